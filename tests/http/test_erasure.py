"""Erased is erased: of a person who left a word in every place that takes one, nothing is
found in any row of the database; what says how many, when and with what end stays."""
import json
import unittest

from tests.http.test_cohorts import INTAKE, WAIT, begin
from tests.lib import cairn

DAYS = [{"weekday": day, "from": "08:00", "to": "22:00"}
        for day in ("Mon", "Tue", "Wed", "Thu", "Fri")]
STEPS = [{"title": "S", "kind": "task", "due_day": 1}]


class Erasure(unittest.TestCase):
    def setUp(self):
        self.service = cairn.Service()
        self.addCleanup(self.service.close)
        self.staff = self.service.client(role="coordinator")
        self.program = begin(self.staff)
        self.planted = set()

    def plant(self, place):
        """A text that stands nowhere else."""
        self.planted.add(f"zq{place}qz")
        return f"zq{place}qz"

    def person(self, role, prefix, capacity=0):
        member = self.staff.post("/v1/members", {
            "external_id": self.plant(prefix + "id"), "display_name": self.plant(prefix + "name"),
            "email": self.plant(prefix + "mail") + "@example.org", "time_zone": "Europe/Berlin",
            "organization": self.plant(prefix + "org"), "industry": self.plant(prefix + "industry"),
            "style": self.plant(prefix + "style"), "tags": [self.plant(prefix + "tag")],
            "roles": [self.plant(prefix + "role")], "wants": [self.plant(prefix + "want")],
            "stack": [{"term": self.plant(prefix + "term"), "level": 3}],
            "languages": [{"language": "en", "level": "C1"}]}).expect(201)["id"]
        self.staff.put(f"/v1/programs/{self.program}/enrollments/{member}/{role}",
                       {"capacity": capacity}).expect(200)
        self.staff.put(f"/v1/members/{member}/availability",
                       {"windows": DAYS, "exceptions": []}).expect(200)
        return member, self.service.client(role=role, member_id=member)

    def found(self):
        """{(table, column): texts} of what was planted."""
        found = {}
        for table, in self.service.cluster.execute(
                "SELECT relname FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = 'cairn'::regnamespace"):
            for row, in self.service.cluster.execute(f"SELECT to_jsonb(t) FROM {table} t"):
                for column, value in row.items():
                    text = json.dumps(value, ensure_ascii=False).lower()
                    # A folded line of a calendar is one line.
                    text = text.replace("\\r\\n ", "")
                    hits = {word for word in self.planted if word in text}
                    if hits:
                        found.setdefault((table, column), set()).update(hits)
        return found

    def a_life(self):
        """Of a newcomer and their mentor, each with their words everywhere."""
        newcomer, ada = self.person("newcomer", "n")
        mentor, ben = self.person("mentor", "m", 3)
        ada.post("/v1/mentor-requests", {
            "program_id": self.program, "note": self.plant("asked")}).expect(201)
        done = self.staff.post(f"/v1/programs/{self.program}/matching-rounds", {},
                               headers=WAIT).expect(200)
        proposal = next(p for p in self.staff.get(
            f"/v1/matching-rounds/{done['id']}/proposals").expect(200)["items"]
            if p["newcomer_id"] == newcomer)
        self.staff.act(f"/v1/proposals/{proposal['id']}:confirm").expect(200)
        pairing = self.staff.get(f"/v1/pairings?member_id={newcomer}").expect(200)["items"][0]["id"]
        intake = self.staff.post(f"/v1/programs/{self.program}/intakes", INTAKE).expect(201)["id"]
        self.staff.act(f"/v1/intakes/{intake}:generate", headers=WAIT).expect(200)
        self.staff.act(f"/v1/intakes/{intake}:publish").expect(200)
        for more in ({"title": self.plant("title"), "location": self.plant("place")}, {}):
            start = ada.get(f"/v1/pairings/{pairing}/first-meetings").expect(200)["items"][-1]
            meeting = ada.post(f"/v1/pairings/{pairing}/meetings", {
                "starts_at": start["starts_at"], "minutes": 30, **more}).expect(201)["id"]
            ada.act(f"/v1/meetings/{meeting}:cancel").expect(200)
        hours = ben.post("/v1/office-hours", {
            "program_id": self.program, "title": self.plant("hours"), "weekday": "Sat",
            "local_time": "09:00", "minutes": 60, "seats": 2, "first_date": "2031-01-04",
            "last_date": "2031-01-11"}).expect(201)["id"]
        slot = ada.get(f"/v1/office-hours/{hours}/slots").expect(200)["items"][0]["id"]
        ada.post(f"/v1/slots/{slot}/bookings", {"note": self.plant("booked")}).expect(201)
        template = self.staff.post(f"/v1/programs/{self.program}/journey-templates", {
            "title": "T", "steps": STEPS}).expect(201)["id"]
        journey = self.staff.post("/v1/journeys", {
            "template_id": template, "member_id": newcomer}).expect(201)["id"]
        ada.patch(f"/v1/journeys/{journey}/steps/1", {"note": self.plant("stepped")}).expect(200)
        ada.act(f"/v1/pairings/{pairing}:end", {"reason": self.plant("ended")}).expect(200)
        again = ada.post("/v1/mentor-requests", {
            "program_id": self.program, "note": self.plant("again")}).expect(201)["id"]
        ada.act(f"/v1/mentor-requests/{again}:withdraw",
                {"reason": self.plant("withdrawn")}).expect(200)
        ada.put(f"/v1/members/{newcomer}/busy-subscription",
                {"url": "https://nowhere.invalid/" + self.plant("url")}).expect(200)
        return newcomer, mentor

    def test_nothing_is_found(self):
        newcomer, mentor = self.a_life()
        before = self.found()
        self.assertEqual(set().union(*before.values()), self.planted, "the search sees them all")
        self.assertGreaterEqual(len(self.planted), 30)
        counts = self.counts()
        self.staff.delete(f"/v1/members/{newcomer}").expect(204)
        of_mentor = {word for word in self.planted if word.startswith("zqm")} | {"zqhoursqz"}
        self.planted -= of_mentor
        # What is on its way to the mentor has a day; then the upkeep of a worker comes.
        self.assertEqual(set(self.found()), {("invitation", "ics")})
        self.service.cluster.execute(
            "UPDATE outbox_message SET dtstamp = dtstamp - interval '25 hours'")
        self.service.stop()
        self.service.start()
        self.assertTrue(cairn.eventually(lambda: not self.found(), 60), self.found())
        self.planted |= of_mentor
        self.service.client(role="coordinator").delete(f"/v1/members/{mentor}").expect(204)
        self.assertEqual(self.found(), {})
        self.assertEqual(self.counts(), counts)

    def rows(self):
        return {table: sorted(json.dumps(row, sort_keys=True) for row, in
                              self.service.cluster.execute(f"SELECT to_jsonb(t) FROM {table} t"))
                for table in ("event", "office_hours", "invitation", "mentor_request", "pairing",
                              "booking", "matching_round", "intake", "outbox_message")}

    def test_once_is_enough(self):
        """The upkeep comes back for days: who was forgotten already leaves no new versions."""
        _, mentor = self.a_life()
        self.service.stop()
        self.service.flags = ("--no-worker",)
        self.service.start()
        self.service.client(role="coordinator").delete(f"/v1/members/{mentor}").expect(204)
        before = self.rows()
        self.service.cluster.execute("SELECT forget_member(%s, %s)",
                                     (self.service.community_id, mentor))
        self.assertEqual(self.rows(), before)

    def counts(self):
        return {table: self.service.cluster.execute(f"SELECT count(*) FROM {table}")
                for table in ("pairing", "proposal", "meeting", "booking", "invitation",
                              "outbox_message", "session", "cohort_member", "matching_round")}

    def test_what_is_gone_is_said_to_be_gone(self):
        newcomer, mentor = self.a_life()
        sent = [i["id"] for i in self.staff.pages("/v1/invitations")
                if i["recipient_id"] == newcomer]
        round_id = self.staff.get(f"/v1/programs/{self.program}/matching-rounds").expect(200)[
            "items"][0]["id"]
        self.assertEqual(self.staff.get(f"/v1/matching-rounds/{round_id}/input").status, 200)
        self.staff.delete(f"/v1/members/{newcomer}").expect(204)
        for ident in sent:
            self.assertEqual(self.staff.get(f"/v1/invitations/{ident}").expect(200)[
                "recipient_email"], "")
            self.staff.get(f"/v1/invitations/{ident}/ics").problem(404, "not-found")
        self.staff.get(f"/v1/matching-rounds/{round_id}/input").problem(404, "not-found")
        self.staff.get(f"/v1/matching-rounds/{round_id}/plan").expect(200)
        self.assertEqual(self.staff.get(f"/v1/members/{mentor}").expect(200)["erased_at"], None)


if __name__ == "__main__":
    unittest.main()
