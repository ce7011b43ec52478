"""The ledger of fairness: what sessions cost is kept, fades, and is seen by those whose it is;
the next cohort spares whoever bore the last one. And the clock-change table."""
import csv
import datetime
import io
import unittest
import zoneinfo

from tests.http import test_cohorts
from tests.lib import cairn, cohort_checker

HALF_LIFE_DAYS = 90
# At 05:00 UTC the evening is late in Phoenix, at 20:00 the morning is early in Tokyo: no
# time suits both. The guide likes either.
PEOPLE = {"guide": ("UTC", ("05:00", "06:00"), ("20:00", "21:00")),
          "east": ("Asia/Tokyo", ("00:00", "24:00")),
          "west": ("America/Phoenix", ("00:00", "24:00"))}


def monday(weeks):
    today = datetime.datetime.now(datetime.timezone.utc).date()
    return today - datetime.timedelta(days=today.weekday()) + datetime.timedelta(weeks=weeks)


class Ledger(unittest.TestCase):
    def setUp(self):
        self.service = cairn.Service()
        self.addCleanup(self.service.close)
        self.staff = self.service.client(role="coordinator")
        self.program = self.staff.post("/v1/programs", {"name": "Far"}).expect(201)["id"]
        self.member = {}
        for name, (zone, *hours) in PEOPLE.items():
            ident = self.staff.post("/v1/members", {
                "external_id": name, "display_name": name.title(), "time_zone": zone,
                "email": f"{name}@example.org",
                "languages": [{"language": "en", "level": "C1"}]}).expect(201)["id"]
            windows = [{"weekday": day, "from": begin, "to": end}
                       for day in (("Tue",) if name == "guide" else ("Mon", "Tue", "Wed"))
                       for begin, end in hours]
            self.staff.put(f"/v1/members/{ident}/availability", {
                "windows": windows, "preferred": windows if name == "guide" else []}).expect(200)
            self.staff.put(f"/v1/programs/{self.program}/enrollments/{ident}/"
                           + ("guide" if name == "guide" else "newcomer"), {}).expect(200)
            self.member[name] = ident

    def cohort(self, first, weeks):
        """Of an intake that was published: its only cohort."""
        intake = self.staff.post(f"/v1/programs/{self.program}/intakes", {
            "name": "Far", "anchor_time_zone": "UTC", "first_date": str(monday(first)),
            "last_date": str(monday(first + weeks) - datetime.timedelta(1)),
            "cohort_min": 2, "cohort_max": 2}).expect(201)
        self.staff.act(f"/v1/intakes/{intake['id']}:generate",
                       headers=test_cohorts.WAIT).expect(200)
        self.input = list(csv.DictReader(io.StringIO(
            self.staff.get(f"/v1/intakes/{intake['id']}/input").body.decode())))
        self.staff.act(f"/v1/intakes/{intake['id']}:publish").expect(200)
        cohort, = self.staff.get(f"/v1/cohorts?intake_id={intake['id']}").expect(200)["items"]
        return cohort

    def ledger(self, name, who=None):
        return (who or self.staff).get(f"/v1/members/{self.member[name]}/discomfort").expect(200)

    def test_the_next_cohort_spares_whoever_bore_the_last(self):
        self.assertEqual((self.ledger("west")["carried"], self.ledger("west")["items"]), (0, []))
        past = self.cohort(-8, 4)
        self.assertEqual({s["local_time"] for s in past["sessions"]}, {"05:00"})
        self.assertEqual({r["carried_discomfort"] for r in self.input}, {"0"})
        self.service.stop()
        self.service.start()  # a worker begins with its upkeep
        self.staff = self.service.client(role="coordinator")
        self.assertTrue(cairn.eventually(lambda: self.ledger("west")["items"], 30))
        for name, (zone, *_) in PEOPLE.items():
            doc = self.ledger(name)
            of = cohort_checker.Member({
                "external_id": name, "participation": "newcomer", "time_zone": zone,
                "languages": "", "availability": "",
                "preferred_hours": "Tue 05:00-06:00;Tue 20:00-21:00" if name == "guide" else ""})
            wanted = [(s["id"], s["starts_at"],
                       of.discomfort(cohort_checker.instant(s["starts_at"]), 60))
                      for s in past["sessions"]]
            self.assertEqual([(i["session_id"], i["held_at"], i["points"]) for i in doc["items"]],
                             wanted[::-1])
            now = datetime.datetime.now(datetime.timezone.utc).timestamp()
            carried = sum(points * 0.5 ** ((now - cohort_checker.instant(at)) / 86400
                                           / HALF_LIFE_DAYS) for _, at, points in wanted)
            self.assertAlmostEqual(doc["carried"], carried, delta=1)
            self.assertEqual(doc["half_life_days"], HALF_LIFE_DAYS)
        self.assertGreater(self.ledger("west")["carried"], self.ledger("east")["carried"])
        coming = self.cohort(1, 4)
        self.assertEqual({s["local_time"] for s in coming["sessions"]}, {"20:00"})
        self.assertEqual({r["external_id"]: int(r["carried_discomfort"]) > 0 for r in self.input},
                         {self.member[n]: n == "west" for n in PEOPLE})
        own = self.service.client(role="newcomer", member_id=self.member["west"])
        self.assertEqual(self.ledger("west", own), self.ledger("west"))
        own.get(f"/v1/members/{self.member['east']}/discomfort").problem(404, "not-found")

    def test_guides_rest(self):
        """After the last session of a cohort, for as many days as the policy or their own
        enrollment says; whoever waits for nobody but them is told that there is no guide."""
        self.cohort(-8, 4)
        policy = self.staff.get(f"/v1/programs/{self.program}/policy").expect(200)["document"]
        policy["hard_rules"]["rest_days"] = 60
        self.staff.put(f"/v1/programs/{self.program}/policy", policy).expect(200)
        path = f"/v1/programs/{self.program}/enrollments/{self.member['guide']}/guide"
        intake = self.staff.post(f"/v1/programs/{self.program}/intakes", {
            "name": "Soon", "anchor_time_zone": "UTC", "first_date": str(monday(1)),
            "last_date": str(monday(4)), "cohort_min": 2, "cohort_max": 2}).expect(201)
        for own, cohorts in ((None, 0), (14, 1), (60, 0), (0, 1)):
            self.staff.put(path, {"rest_days": own}).expect(200)
            solved = self.staff.act(f"/v1/intakes/{intake['id']}:generate",
                                    headers=test_cohorts.WAIT).expect(200)
            self.assertEqual(solved["cohorts"], cohorts, own)
            self.assertEqual({u["reason"] for u in solved["unplaced"]},
                             set() if cohorts else {"no-guides"})

    def test_clocks(self):
        """Each line is a run at which one clock shows the same."""
        with_change = self.staff.post("/v1/members", {
            "external_id": "dst", "display_name": "Dst", "email": "dst@example.org",
            "time_zone": "Europe/Berlin",
            "languages": [{"language": "en", "level": "C1"}]}).expect(201)["id"]
        self.staff.put(f"/v1/members/{with_change}/availability", {"windows": [
            {"weekday": "Tue", "from": "00:00", "to": "24:00"}]}).expect(200)
        self.staff.delete(f"/v1/programs/{self.program}/enrollments/{self.member['west']}"
                          "/newcomer").expect(200, 204)
        self.staff.put(f"/v1/programs/{self.program}/enrollments/{with_change}/newcomer",
                       {}).expect(200)
        year = monday(30).year
        first = datetime.date(year, 3, 1)
        weeks = (first - monday(0)).days // 7
        cohort = self.cohort(weeks, 8)
        path = f"/v1/cohorts/{cohort['id']}/clocks"
        doc = self.staff.get(path).expect(200)
        starts = [s["starts_at"] for s in cohort["sessions"]]
        seen = {}
        for line in doc["items"]:
            zone = zoneinfo.ZoneInfo(line["time_zone"])
            run = [s for s in starts if line["from"] <= s <= line["to"]]
            self.assertEqual(len(run), line["sessions"])
            for start in run:
                local = test_cohorts.instant(start).astimezone(zone)
                self.assertEqual((local.strftime("%a"), local.strftime("%H:%M")),
                                 (line["weekday"], line["local_time"]))
            self.assertEqual((line["anchor_weekday"], line["anchor_local_time"]),
                             ("Tue", cohort["sessions"][0]["local_time"]))
            seen[line["member_id"]] = seen.get(line["member_id"], 0) + 1
        self.assertEqual(seen, {self.member["guide"]: 1, self.member["east"]: 1, with_change: 2})
        self.staff.unchanged(path)
        own = self.service.client(role="newcomer", member_id=with_change)
        self.assertEqual(own.get(path).expect(200), doc)
        other = self.service.client(role="newcomer", member_id=self.member["west"])
        other.get(path).problem(404, "not-found")


if __name__ == "__main__":
    unittest.main()
