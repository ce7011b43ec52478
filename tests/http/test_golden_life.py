"""The golden life: an intake over three clock changes, in four languages, is mailed, moved,
answered, proposed anew, partly cancelled and cancelled, all through a real mail server; and
at each step every attendee's calendar app shows what there is, and the coordinator sees what
was answered.
"""
import csv
import datetime
import io
import os
import subprocess
import tempfile
import unittest
import zoneinfo

from tests.http import test_answers, test_cohorts
from tests.http.test_life import CANCEL, REQUEST, Told
from tests.lib import cairn

# Clocks change on 9 March (New York), 30 March (Berlin) and 6 April (Sydney) 2031.
PEOPLE = (("guide", "mentor", "America/New_York", "en:native"),
          ("berlin", "newcomer", "Europe/Berlin", "en:B2;es:C2"),
          ("sydney", "newcomer", "Australia/Sydney", "en:native"),
          ("lisbon", "newcomer", "Europe/Lisbon", "pt:native;en:C1"),
          ("riyadh", "newcomer", "Asia/Riyadh", "ar:native;en:C1"))
SUBJECT = {"guide": "Invitation: ", "berlin": "Invitación: ", "sydney": "Invitation: ",
           "lisbon": "Convite: ", "riyadh": "دعوة: "}
INTAKE = {"name": "Autumn", "anchor_time_zone": "America/New_York", "first_date": "2031-03-03",
          "last_date": "2031-04-27", "session_minutes": 60, "cohort_min": 2, "cohort_max": 6}
WEEK = ";".join(f"{day} 00:00-24:00" for day in ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))


def members():
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["external_id", "display_name", "email", "participation", "languages",
                    "time_zone", "availability", "capacity"])
    for name, part, zone, languages in PEOPLE:
        sheet.writerow([name, name.title(), f"{name}@example.org", part, languages, zone, WEEK,
                        1 if part == "mentor" else ""])
    return out.getvalue()


class GoldenLife(Told, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.start()
        program = cls.staff.post("/v1/programs", {"name": "Mentoring"}).expect(201)["id"]
        cls.staff.post(f"/v1/imports?program_id={program}", members(),
                       headers={"Content-Type": "text/csv"}).expect(200, 201)
        guide = next(m["id"] for m in cls.staff.pages("/v1/members")
                     if m["external_id"] == "guide")
        cls.staff.put(f"/v1/programs/{program}/enrollments/{guide}/guide", {}).expect(200, 201)
        cls.publish(program, INTAKE)
        cls.machine = cls.service.client("service")

    def letter(self, name):
        """The newest that they have."""
        return self.seen[self.by_name[name]][-1]

    def answer(self, name, ics, verdict="taken"):
        found = self.machine.post("/v1/answers", test_answers.mail(self.letter(name), ics),
                                  headers={"Content-Type": "message/rfc822"}).expect(200)
        self.assertEqual(found["verdict"], verdict)
        return found["answer"]

    def told(self):
        return {d["member_display_name"]: d for d in self.staff.pages("/v1/deliveries")}

    def all_of(self, *kind):
        return {m: kind for m in self.people()}

    def check_clocks(self):
        """Three of the people see another time after a change of somebody's clocks."""
        starts = [test_cohorts.instant(s["starts_at"]) for s in self.sessions()]
        self.assertGreaterEqual(len(starts), 7)
        for name, _, zone, _ in PEOPLE:
            letter, local = self.letter(name), zoneinfo.ZoneInfo(zone)
            text = letter.text.replace("\u2068", "").replace("\u2069", "")
            for start in starts:
                self.assertIn(f"{start.astimezone(local):%H:%M}\u2013", text, name)
            self.assertIn(zone, text)
        shown = {name: {f"{s.astimezone(zoneinfo.ZoneInfo(zone)):%H:%M}" for s in starts}
                 for name, _, zone, _ in PEOPLE}
        self.assertEqual(len(shown["guide"]), 1)  # the anchor's own
        self.assertGreaterEqual(sum(len(times) > 1 for times in shown.values()), 3, shown)

    def test_life(self):
        everybody = {name for name, *_ in PEOPLE}
        with self.subTest("mailed, in everybody's language and time"):
            self.assertEqual(len(self.cohorts), 1)
            self.assertEqual({m["external_id"] for m in self.cohorts[0]["members"]}, everybody)
            self.expect_letters(self.all_of(REQUEST, 0, False))
            for name, subject in SUBJECT.items():
                self.assertTrue(self.letter(name).subject.startswith(subject), name)
            self.check_clocks()
        with self.subTest("answered"):
            first = {name: test_answers.itip(self.letter(name)) for name in everybody}
            for name in ("guide", "berlin", "sydney"):
                self.answer(name, first[name])
            self.answer("lisbon", test_answers.itip(self.letter("lisbon"), "TENTATIVE"))
            told = self.told()
            self.assertEqual([told[n]["answer"] for n in (
                "Guide", "Berlin", "Sydney", "Lisbon", "Riyadh")],
                ["accepted", "accepted", "accepted", "tentative", None])
        with self.subTest("proposed anew: a suggestion, with who else could"):
            second = self.sessions()[1]
            start = test_cohorts.instant(second["starts_at"])
            wish = start + datetime.timedelta(hours=25)
            suggestion = self.answer("riyadh", test_answers.itip(
                self.letter("riyadh"), "TENTATIVE", "COUNTER",
                DTSTART=test_answers.stamp(wish),
                DTEND=test_answers.stamp(wish + datetime.timedelta(hours=1)),
                RECURRENCE_ID=test_answers.stamp(start)))
            self.assertEqual(suggestion["recurrence_id"], second["original_starts_at"])
            self.assertEqual({(o["display_name"], o["is_free"], o["is_within_hours"])
                              for o in suggestion["others"]},
                             {(n.title(), True, True) for n in everybody - {"riyadh"}})
            self.expect_letters({})
        with self.subTest("moved, as was proposed"):
            self.staff.act(f"/v1/sessions/{second['id']}:move",
                           {"starts_at": suggestion["proposed_starts_at"]}).expect(200)
            self.expect_letters(self.all_of(REQUEST, 1, True))
        with self.subTest("answered the old time: asked once more, under the same SEQUENCE"):
            late = test_answers.itip(self.letter("sydney"), SEQUENCE="0", RECURRENCE_ID=(
                test_answers.stamp(start)))
            answer = self.answer("sydney", late, "old_time")
            self.assertEqual((answer["verdict"], answer["sequence"]), ("old_time", 0))
            self.expect_letters({self.by_name["sydney"]: (REQUEST, 1, False)})
            good = test_answers.itip(self.letter("sydney"), RECURRENCE_ID=(
                test_answers.stamp(start)))
            self.answer("sydney", good)
            # Everybody's answer to the whole is as it was.
            self.assertEqual(self.told()["Sydney"]["answer"], "accepted")
        with self.subTest("bounced"):
            bounce = test_answers.bounce(self.letter("lisbon"))
            self.machine.post("/v1/answers", bounce, headers={
                "Content-Type": "message/rfc822"}).expect(200)
            self.assertIsNotNone(self.told()["Lisbon"]["bounced_at"])
        with self.subTest("partly cancelled"):
            for number in (3, 4):
                session = self.sessions()[number]
                self.staff.act(f"/v1/sessions/{session['id']}:cancel").expect(200)
                self.expect_letters(self.all_of(CANCEL, number - 1, True))
        with self.subTest("one leaves"):
            self.staff.delete(f"{self.path()}/newcomers/{self.by_name['berlin']}").expect(204)
            self.expect_letters({self.by_name["berlin"]: (CANCEL, 4, False)})
            self.answer("berlin", first["berlin"], "outdated")
        with self.subTest("cancelled"):
            self.staff.act(f"{self.path()}:cancel").expect(200)
            self.expect_letters(self.all_of(CANCEL, 4, False))
            self.answer("guide", test_answers.itip(self.letter("guide")), "outdated")
        for name in everybody:
            self.assertEqual(self.clients[self.by_name[name]].instants(), [], name)
        stamps = [n.revision for n in self.seen[self.by_name["sydney"]]]
        self.assertEqual(stamps, sorted(set(stamps)))
        self.service.cluster.run("audit", "verify")
        self.doctor()

    def doctor(self):
        """Every mail passes our own doctor."""
        with tempfile.TemporaryDirectory() as folder:
            files = []
            for number, letter in enumerate(self.server.letters):
                files.append(os.path.join(folder, f"{number}.eml"))
                with open(files[-1], "wb") as file:
                    file.write(letter.raw)
            done = subprocess.run([cairn.program(), "doctor", *files], capture_output=True,
                                  text=True, timeout=120)
        self.assertGreater(len(files), 25)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout[:3000])
        self.assertEqual(done.stdout.count("errors 0, warnings 0, advice 0"), len(files),
                         done.stdout)


if __name__ == "__main__":
    unittest.main()
