"""cairn hours: what is planned is so, nothing is better where all plans can be tried, and
the bound is one."""
import json
import os
import random
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
from helper import cairn  # noqa: E402
from tests.lib import cohort_checker, office_checker  # noqa: E402

HEAD = ("external_id,display_name,email,participation,roles,tags,wants,stack,languages,time_zone,"
        "availability,industry,style,organization,years,capacity,preferences,avoid\n")
ZONES = ("Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe")
# Over the clock changes of Lord Howe, Berlin and New York.
WISH = {"first_date": "2026-09-28", "last_date": "2026-11-08", "minutes": 45, "seats": 2}


def row(name, part, zone, hours):
    return (f"{name},{name},,{part},,,,,en,{zone},{';'.join(hours)},,,,,"
            f"{1 if part == 'mentor' else ''},,\n")


def hours(rng, n, length):
    found = []
    for day in rng.sample(office_checker.WEEKDAYS, n):
        begin = rng.randrange(24, 80 - length)
        end = begin + rng.randrange(3, length + 1)
        found.append(f"{day} {begin // 4:02}:{begin % 4 * 15:02}-"
                     f"{end // 4:02}:{end % 4 * 15:02}")
    return found


class Hours(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = lambda name: os.path.join(folder.name, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as f:
            f.write(text)

    def plan(self, rows, wish, *more):
        self.write("members.csv", HEAD + "".join(rows))
        self.write("hours.json", json.dumps(wish))
        run = cairn("hours", self.path("members.csv"), "--hosts", self.path("hours.json"),
                    "--plan", self.path("plan.json"), *more)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.path("plan.json"), encoding="utf-8") as f:
            return json.load(f)

    def check(self, wish, plan, busy=()):
        members = cohort_checker.read_members(self.path("members.csv"))
        for who, begin, end in busy:
            members[who].busy.append((cohort_checker.instant(begin),
                                      cohort_checker.instant(end)))
        self.assertEqual(office_checker.check(members, wish, plan), [])
        return members

    def test_nothing_is_better(self):
        seed = int(os.environ.get("CAIRN_SEED", random.randrange(1 << 30)))
        rng = random.Random(seed)
        reached = 0
        for turn in range(3):
            with self.subTest(seed=seed, turn=turn):
                mentors = [f"m{i}" for i in range(3)]
                rows = [row(m, "mentor", rng.choice(ZONES), hours(rng, 2, 6)) for m in mentors]
                news = [f"n{i}" for i in range(9)]
                rows += [row(n, "newcomer", rng.choice(ZONES), hours(rng, 5, 40)) for n in news]
                wish = WISH | {"reached": rng.sample(news, 3), "hosts": [
                    {"mentor": mentors[0], "hours_per_week": 2},
                    {"mentor": mentors[1], "hours_per_week": 1, "minutes": 60},
                    {"mentor": mentors[2], "hours_per_week": 1, "seats": 1}]}
                plan = self.plan(rows, wish, "--seed", turn)
                members = self.check(wish, plan)
                best = office_checker.Wish(members, wish).best()
                self.assertEqual(plan["objective"], best)
                self.assertGreaterEqual(plan["bound"], best)
                reached += len(news) - len(plan["missed"])
        self.assertGreater(reached, 3)

    def test_the_first_come_first(self):
        """One seat: who was not reached before has it, unless nobody else lives there."""
        rows = [row("m", "mentor", "Etc/UTC", ["Mon 09:00-10:00"]),
                row("a", "newcomer", "Etc/UTC", ["Mon 09:00-10:00"]),
                row("b", "newcomer", "Etc/UTC", ["Mon 09:00-10:00"])]
        wish = WISH | {"minutes": 60, "seats": 1, "hosts": [{"mentor": "m", "hours_per_week": 1}]}
        plan = self.plan(rows, wish | {"reached": ["a"]})
        self.assertEqual([s["newcomers"] for s in plan["slots"]], [["b"]])
        self.assertEqual((plan["status"], plan["missed"]),
                         ("optimal", [{"newcomer": "a", "reason": "seats-taken"}]))
        rows.append(row("c", "newcomer", "Asia/Tokyo", ["Mon 18:00-19:00"]))
        rows.append(row("d", "newcomer", "Asia/Tokyo", ["Tue 01:00-02:00"]))
        plan = self.plan(rows[:4], wish)
        self.assertEqual([s["newcomers"] for s in plan["slots"]], [["c"]])
        plan = self.plan(rows, wish)
        self.assertIn({"newcomer": "d", "reason": "no-shared-time"}, plan["missed"])

    def test_whoever_is_busy(self):
        rows = [row("m", "mentor", "Etc/UTC", ["Mon 06:00-07:00", "Wed 11:00-12:00"]),
                row("a", "newcomer", "Etc/UTC", ["Mon 06:00-07:00", "Wed 11:00-12:00"])]
        wish = WISH | {"minutes": 60, "hosts": [{"mentor": "m", "hours_per_week": 1}]}
        plan = self.plan(rows, wish)
        self.assertEqual([(s["weekday"], s["local_time"]) for s in plan["slots"]],
                         [("Wed", "11:00")], "the hour that the host likes better")
        busy = ("m", "2026-10-07T11:30:00Z", "2026-10-07T11:31:00Z")
        self.write("busy.json", json.dumps({"busy": [dict(zip(("member", "from", "to"), busy))]}))
        plan = self.plan(rows, wish, "--busy", self.path("busy.json"))
        self.assertEqual([(s["weekday"], s["local_time"]) for s in plan["slots"]],
                         [("Mon", "06:00")])
        self.check(wish, plan, [busy])

    def test_the_same_again(self):
        rng = random.Random(5)
        rows = [row(f"m{i}", "mentor", rng.choice(ZONES), hours(rng, 4, 8)) for i in range(5)]
        rows += [row(f"n{i}", "newcomer", rng.choice(ZONES), hours(rng, 4, 24)) for i in range(40)]
        wish = WISH | {"hosts": [{"mentor": f"m{i}", "hours_per_week": 2} for i in range(5)]}
        plan = self.plan(rows, wish)
        self.check(wish, plan)
        self.assertEqual(self.plan(list(reversed(rows)), wish), plan)

    def test_faults(self):
        rows = [row("m", "mentor", "Etc/UTC", ["Mon 09:00-10:00"])]
        self.write("members.csv", HEAD + "".join(rows))
        self.write("hours.json", json.dumps({
            "first_date": "2026-10-05", "last_date": "2026-10-04", "hosts": [
                {"mentor": "m", "hours_per_week": 40}, {"mentor": "x", "hours_per_week": 1},
                {"mentor": "m", "hours_per_week": 1}]}))
        run = cairn("hours", self.path("members.csv"), "--hosts", self.path("hours.json"),
                    "--plan", self.path("plan.json"))
        self.assertEqual(run.returncode, 2)
        for place in ("/last_date", "/hosts/0/hours_per_week", "/hosts/1/mentor",
                      "/hosts/2/mentor"):
            self.assertIn(place, run.stderr)
        self.assertFalse(os.path.exists(self.path("plan.json")))


if __name__ == "__main__":
    unittest.main()
