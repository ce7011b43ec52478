"""A zone's law changes after sessions were computed: who is concerned, and both ways out.
The older law is acted by moving stored instants: that is what they would look like."""
import datetime
import unittest

from tests.http.test_cohorts import INTAKE, WAIT, begin, instant
from tests.lib import cairn

HOUR = datetime.timedelta(hours=1)


class ZoneDrift(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.staff = cls.service.client(role="coordinator")
        program = begin(cls.staff)
        intake = cls.staff.post(f"/v1/programs/{program}/intakes", INTAKE).expect(201)["id"]
        cls.staff.act(f"/v1/intakes/{intake}:generate", headers=WAIT).expect(200)
        cls.staff.act(f"/v1/intakes/{intake}:publish").expect(200)
        cls.cohort = cls.staff.get(f"/v1/cohorts?intake_id={intake}").expect(200)["items"][0]

    def older_law(self, sessions, shift="1 hour"):
        with self.service.cluster.connect() as connection, connection.cursor() as cursor:
            cursor.execute("UPDATE session SET starts_at = starts_at + %s, ends_at = ends_at + %s,"
                           " original_starts_at = original_starts_at + %s, tzdata_version = '2020a'"
                           " WHERE id = ANY(%s::uuid[])", (shift, shift, shift, sessions))
            cursor.execute("UPDATE commitment SET during = tstzrange(lower(during) + %s,"
                           " upper(during) + %s) WHERE session_id = ANY(%s::uuid[])",
                           (shift, shift, sessions))

    def drift(self):
        return self.staff.get("/v1/zone-drift").expect(200)

    def settle(self, session, keep, **more):
        return self.staff.act(f"/v1/sessions/{session}:settle-zone", {"keep": keep}, **more)

    def test_whole_way(self):
        self.assertEqual(self.drift()["items"], [])
        before = {s["id"]: s for s in self.cohort["sessions"]}
        one, two, same = list(before)[-3:]
        self.older_law([one, two])
        self.older_law([same], "0 hours")
        seen = self.drift()
        self.assertEqual({d["id"] for d in seen["items"]}, {one, two})
        self.assertEqual((seen["unchanged"], seen["more"]), (1, False))
        for item in seen["items"]:
            was = before[item["id"]]
            self.assertEqual((item["tzdata_version"], item["cohort_id"], item["time_zone"]),
                             ("2020a", self.cohort["id"], "Europe/Berlin"))
            self.assertEqual(instant(item["starts_at"]), instant(was["starts_at"]) + HOUR)
            self.assertEqual(item["by_wall"], {"starts_at": was["starts_at"]})
            hour = int(was["local_time"][:2]) + 1
            self.assertEqual(item["by_instant"], {
                "local_date": was["local_date"],
                "local_time": f"{hour:02}{was['local_time'][2:]}"})
        sent = len(list(self.staff.pages("/v1/invitations")))

        wall = self.settle(one, "wall").expect(200)
        self.assertEqual((wall["starts_at"], wall["local_time"]),
                         (before[one]["starts_at"], before[one]["local_time"]))
        kept = self.settle(two, "instant").expect(200)
        self.assertEqual(instant(kept["starts_at"]), instant(before[two]["starts_at"]) + HOUR)
        self.assertEqual(int(kept["local_time"][:2]), int(before[two]["local_time"][:2]) + 1)
        self.assertEqual(self.drift()["items"], [])

        news = list(self.staff.pages("/v1/invitations"))[sent:]
        self.assertEqual(len(news), 2 * len(self.cohort["members"]))
        self.assertEqual({(n["method"], n["recurrence_id"]) for n in news}, {("REQUEST", None)})
        text = self.staff.get(f"/v1/invitations/{news[-1]['id']}/ics").body.decode()
        # The one whose wall clock was kept is of the pattern again, the other one moved.
        self.assertEqual(text.count("RECURRENCE-ID"), 1)
        self.settle(one, "wall").problem(409, "wrong-state")

    def test_refusals(self):
        session = self.cohort["sessions"][0]["id"]
        self.settle(session, "wall").problem(409, "wrong-state")
        self.settle(cairn.uuid7(), "wall").problem(404, "not-found")
        self.settle(session, "both").problem(400, "invalid-field")
        self.settle(session, "wall", etag='"999"').problem(412, "stale-version")
        guide = self.service.client(role="mentor", member_id=self.cohort["guide_id"])
        guide.get("/v1/zone-drift").problem(403, "forbidden")
        guide.act(f"/v1/sessions/{session}:settle-zone", {"keep": "wall"}).problem(403, "forbidden")


if __name__ == "__main__":
    unittest.main()
