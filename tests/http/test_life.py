"""The life of an invitation: every change of a cohort reaches exactly those whose calendars
it changes, as the message that it is, through a real mail server; and what a calendar app
makes of the messages is at each step what the service says.
"""
import datetime
import unittest
import uuid

import icalendar

from tests.lib import cairn, mailbox
from tests.http import test_cohorts

REQUEST, CANCEL = "REQUEST", "CANCEL"


class Told:
    """A published cohort whose people's mailboxes and calendar apps are watched."""

    @classmethod
    def publish(cls, program, intake):
        """An intake with these values; the first of its cohorts is watched."""
        made = cls.staff.post(f"/v1/programs/{program}/intakes", intake).expect(201)
        cls.staff.act(f"/v1/intakes/{made['id']}:generate",
                      headers=test_cohorts.WAIT).expect(200)
        cls.staff.act(f"/v1/intakes/{made['id']}:publish").expect(200)
        cls.mail = {m["id"]: m["email"] for m in cls.staff.pages("/v1/members")}
        cls.by_name = {m["external_id"]: m["id"] for m in cls.staff.pages("/v1/members")}
        cls.program = program
        cls.cohorts = list(cls.staff.pages("/v1/cohorts"))
        cls.seen, cls.clients = {}, {}

    @classmethod
    def start(cls):
        cls.server = mailbox.Server()
        cls.addClassCleanup(cls.server.stop)
        cls.service = cairn.Service(*cls.server.flags())
        cls.addClassCleanup(cls.service.close)
        cls.staff = cls.service.client(role="coordinator")

    def path(self):
        return f"/v1/cohorts/{self.cohorts[0]['id']}"

    def people(self):
        return {m["member_id"] for m in self.staff.get(self.path()).expect(200)["members"]}

    def sessions(self):
        return list(self.staff.pages(f"/v1/sessions?cohort_id={self.cohorts[0]['id']}"))

    def expect_letters(self, wanted):
        """Of each member of `wanted` exactly one letter more: (method, SEQUENCE after the
        event's first, whether about one session); of others none."""
        total = sum(len(n) for n in self.seen.values()) + len(wanted)
        cairn.eventually(lambda: len(self.mine()) >= total, 30)
        for member, letters in self.by_member().items():
            new = letters[len(self.seen.get(member, [])):]
            self.seen[member] = letters
            expected = [wanted[member]] if member in wanted else []
            self.assertEqual([self.kind(n) for n in new], expected, self.mail[member])
            for letter in new:
                self.assertEqual(letter.faults(), [])
                self.clients.setdefault(member, mailbox.Client()).take(letter)
                self.assertEqual(self.clients[member].refused, [])
        self.same_picture()

    def mine(self):
        uid = self.sessions()[0]["uid"]
        return [n for n in list(self.server.letters) if n.key[0] == uid]

    def by_member(self):
        found = {}
        back = {v: k for k, v in self.mail.items()}
        for letter in self.mine():
            found.setdefault(back[letter.recipients[0]], []).append(letter)
        return found

    @staticmethod
    def kind(letter):
        uids = {str(e["UID"]) for e in letter.calendar().walk("VEVENT")}
        if len(uids) != 1:
            raise AssertionError(f"{len(uids)} UIDs in one message")
        return (str(letter.calendar()["METHOD"]), letter.revision[0],
                "RECURRENCE-ID" in letter.event and "RRULE" not in letter.event)

    def same_picture(self):
        """Each person's calendar app shows the sessions there are, as their feed does."""
        people = self.people()
        cohort = self.staff.get(self.path()).expect(200)
        live = sorted(test_cohorts.instant(s["starts_at"]) for s in self.sessions()
                      if s["state"] == "scheduled") if cohort["state"] == "published" else []
        for member, client in self.clients.items():
            self.assertEqual(client.instants(), live if member in people else [],
                             self.mail[member])
        for member in people:
            feed = self.staff.post(f"/v1/members/{member}/feeds").expect(201)["url"]
            calendar = icalendar.Calendar.from_ical(self.service.client().get(
                feed.removeprefix(self.service.base)).body)
            self.assertEqual(mailbox.instants(calendar), live)
            if live:
                self.assertEqual({str(e["UID"]) for e in calendar.walk("VEVENT")},
                                 {self.sessions()[0]["uid"]})

    def newcomers(self):
        return sorted(self.people() - {self.staff.get(self.path()).json["guide_id"]})

    def another_guide(self):
        name = uuid.uuid4().hex
        member = self.staff.post("/v1/members", {
            "external_id": name, "display_name": "Second Guide",
            "email": f"{name}@example.org", "time_zone": "Europe/Berlin"}).expect(201)["id"]
        self.staff.put(f"/v1/programs/{self.program}/enrollments/{member}/guide",
                       {}).expect(200)
        self.mail[member] = f"{name}@example.org"
        return member

    def move(self, session, hours):
        start = test_cohorts.instant(session["starts_at"]) + datetime.timedelta(hours=hours)
        self.staff.act(f"/v1/sessions/{session['id']}:move",
                       {"starts_at": test_cohorts.text(start)}).expect(200)


class Life(Told, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.start()
        cls.publish(test_cohorts.begin(cls.staff), test_cohorts.INTAKE)

    def test_life(self):
        all_of = lambda *kind: {m: kind for m in self.people()}
        with self.subTest("invited"):
            self.expect_letters(all_of(REQUEST, 0, False))
            for stale in (lambda: self.staff.patch(self.path(), {"name": "x"}, etag='"999"'),
                          lambda: self.staff.act(f"{self.path()}:cancel", etag='"999"'),
                          lambda: self.staff.put(
                              f"{self.path()}/newcomers/{self.by_name['lone']}", None,
                              etag='"999"'),
                          lambda: self.staff.delete(
                              f"{self.path()}/newcomers/{self.newcomers()[0]}",
                              etag='"999"')):
                stale().problem(412, "stale-version")
        with self.subTest("new words: the SEQUENCE stays"):
            self.staff.patch(self.path(), {"name": "Granite", "location":
                                           "https://meet.example.org/granite"}).expect(200)
            self.expect_letters(all_of(REQUEST, 0, False))
            letter = self.mine()[-1]
            self.assertEqual(str(letter.event["SUMMARY"]), "Spring: Granite")
            self.assertEqual(str(letter.event["LOCATION"]), "https://meet.example.org/granite")
            self.assertIn("Updated: Spring: Granite", letter.subject)
        with self.subTest("one session moved"):
            self.move(self.sessions()[1], 18)
            self.expect_letters(all_of(REQUEST, 1, True))
        with self.subTest("moved again"):
            self.move(self.sessions()[1], 1)
            self.expect_letters(all_of(REQUEST, 2, True))
        with self.subTest("one session cancelled"):
            self.staff.act(f"/v1/sessions/{self.sessions()[2]['id']}:cancel").expect(200)
            self.expect_letters(all_of(CANCEL, 3, True))
        with self.subTest("new words after that tell all of it"):
            self.staff.patch(self.path(), {"description": "Bring\na question"}).expect(200)
            self.expect_letters(all_of(REQUEST, 3, False))
        with self.subTest("one person more: nobody else is told"):
            lone = self.by_name["lone"]
            self.staff.put(f"{self.path()}/newcomers/{lone}", None).expect(200)
            self.expect_letters({lone: (REQUEST, 3, False)})
            self.staff.put(f"{self.path()}/newcomers/{lone}", None).problem(409, "conflict")
        with self.subTest("one person less: nobody else is told"):
            self.staff.delete(f"{self.path()}/newcomers/{lone}").expect(204)
            self.expect_letters({lone: (CANCEL, 4, False)})
            self.staff.delete(f"{self.path()}/newcomers/{lone}").problem(404, "not-found")
        with self.subTest("back again, under a SEQUENCE of their own"):
            self.staff.put(f"{self.path()}/newcomers/{lone}", None).expect(200)
            self.expect_letters({lone: (REQUEST, 5, False)})
            self.move(self.sessions()[3], 18)
            self.expect_letters(all_of(REQUEST, 4, True) | {lone: (REQUEST, 6, True)})
        with self.subTest("another guide"):
            former = self.staff.get(self.path()).json["guide_id"]
            guide = self.another_guide()
            self.staff.patch(self.path(), {"guide_id": guide}).expect(200)
            self.expect_letters(all_of(REQUEST, 4, False) | {
                former: (CANCEL, 5, False), lone: (REQUEST, 6, False)})
            event = self.seen[guide][-1].event
            self.assertEqual(event["ATTENDEE"].params["ROLE"], "CHAIR")
            self.staff.delete(f"{self.path()}/newcomers/{guide}").problem(
                422, "validation-failed")
            self.staff.patch(self.path(), {"guide_id": lone}).problem(422, "validation-failed")
        with self.subTest("the end"):
            self.staff.act(f"{self.path()}:cancel").expect(200)
            self.expect_letters(all_of(CANCEL, 5, False) | {lone: (CANCEL, 7, False)})
            self.staff.act(f"{self.path()}:cancel").problem(409, "wrong-state")
            self.staff.patch(self.path(), {"name": "x"}).problem(409, "wrong-state")
            self.assertEqual(self.service.cluster.execute(
                "SELECT count(*) FROM commitment k JOIN session s"
                " ON s.id = k.session_id WHERE s.cohort_id = %s", (self.cohorts[0]["id"],)),
                [(0,)])
        # SEQUENCE never fell and DTSTAMP always rose, for everybody; the other cohort
        # heard of nothing.
        for letters in self.seen.values():
            revisions = [n.revision for n in letters]
            self.assertEqual(revisions, sorted(set(revisions)))
            stamps = [r[1] for r in revisions]
            self.assertEqual(stamps, sorted(set(stamps)))
        others = [n for n in self.server.letters if n not in self.mine()]
        self.assertEqual(len(others), len(self.cohorts[1]["members"]))


if __name__ == "__main__":
    unittest.main()
