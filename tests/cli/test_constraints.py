"""Side constraints on the command line: kept, counted, proved, explained, refused."""
import collections
import csv
import json
import os
import random
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from helper import cairn  # noqa: E402

COLUMNS = ("external_id", "display_name", "email", "participation", "stack", "wants", "languages", "time_zone",
           "availability", "tags", "organization", "capacity", "recent_pairings")
CONSTRAINTS = [
    {"name": "Africa", "newcomers": {"time_zones": ["Africa"]}, "least_percent": 40},
    {"name": "One company", "most_of_one_organization": 1},
    {"name": "New mentors", "mentors": {"most_recent_pairings": 0}, "least_mentors": 3},
    {"name": "Tired", "mentors": {"tags": ["Tired"]}, "most": 3},
]


def people(dice):
    for k in range(60):
        mentor = k >= 40
        yield {
            "external_id": f"p{k:02}", "display_name": f"P {k}", "email": f"p{k}@example.org",
            "participation": "mentor" if mentor else "newcomer",
            "stack": f"{dice.choice(['go', 'sql', 'rust'])}:{dice.randint(1, 5)}", "wants": dice.choice(["go", "sql"]),
            "languages": "en:C1", "time_zone": dice.choice(["Africa/Lagos", "Europe/Berlin", "Europe/Paris"]),
            "availability": "Mon 12:00-20:00;Sat 09:00-15:00", "tags": "tired" if dice.random() < 0.4 else "",
            "organization": dice.choice(["acme", "umbra"]), "capacity": dice.randint(1, 3) if mentor else "",
            "recent_pairings": dice.choice(["", 0, 2]) if mentor else ""}


class Constraints(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.rows = list(people(random.Random(7)))
        self.write_people(self.rows)

    def path(self, name):
        return os.path.join(self.folder, name)

    def write_people(self, rows):
        with open(self.path("members.csv"), "w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, COLUMNS)
            writer.writeheader()
            writer.writerows(rows)

    def policy(self, constraints, **more):
        with open(self.path("policy.json"), "w", encoding="utf-8") as f:
            json.dump({"constraints": constraints, **more}, f)

    def run_cairn(self, command, *more):
        return cairn(command, self.path("members.csv"), "--policy", self.path("policy.json"), *more)

    def match(self, *more):
        return self.run_cairn("match", "--from", "2026-10-01", "--plan", self.path("plan.json"),
                              "--certificate", self.path("cert.json"), *more)

    def plan(self, *more):
        run = self.match(*more)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.path("plan.json"), encoding="utf-8") as f:
            return json.load(f), run.stdout

    def verify(self):
        return self.run_cairn("verify", "--plan", self.path("plan.json"), "--certificate", self.path("cert.json"))

    def test_kept_and_counted(self):
        self.policy(CONSTRAINTS)
        plan, said = self.plan()
        who = {row["external_id"]: row for row in self.rows}
        pairs = [(who[p["newcomer"]], who[p["mentor"]]) for p in plan["pairs"]]
        africa = sum(n["time_zone"].startswith("Africa/") for n, _ in pairs)
        of_one = collections.Counter((m["external_id"], n["organization"]) for n, m in pairs)
        new = {m["external_id"] for _, m in pairs if m["recent_pairings"] == 0}
        tired = sum(m["tags"] == "tired" for _, m in pairs)
        self.assertGreaterEqual(100 * africa, 40 * len(pairs))
        self.assertEqual(max(of_one.values()), 1)
        self.assertGreaterEqual(len(new), 3)
        self.assertLessEqual(tired, 3)
        self.assertEqual([(u["name"], u["limit"], u["value"], u["used"]) for u in plan["constraints"]], [
            ("Africa", "least_percent", 40, africa), ("One company", "most_of_one_organization", 1, 1),
            ("New mentors", "least_mentors", 3, len(new)), ("Tired", "most", 3, tired)])
        self.assertIn(f"  Tired: {tired} pairs, at most 3\n", said)
        self.assertIn("constraints", {u["reason"] for u in plan["unmatched"]})
        run = self.verify()
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue(run.stdout.startswith("OPTIMAL" if plan["status"] == "optimal" else "FEASIBLE"), run.stdout)

    def test_the_constraints_cost_something(self):
        """The control: without them the plan breaks every one."""
        self.policy([])
        plan, _ = self.plan()
        who = {row["external_id"]: row for row in self.rows}
        of_one = collections.Counter((p["mentor"], who[p["newcomer"]]["organization"]) for p in plan["pairs"])
        self.assertGreater(max(of_one.values()), 1)
        self.assertGreater(sum(who[p["mentor"]]["tags"] == "tired" for p in plan["pairs"]), 3)
        self.assertEqual(plan["constraints"], [])

    def test_same_octets_from_other_rows_and_threads(self):
        self.policy(CONSTRAINTS)
        plan, _ = self.plan("--threads", "1")
        self.write_people(reversed(self.rows))
        again, _ = self.plan("--threads", "2")
        for one in plan, again:
            del one["solver"]["wall_seconds"]
        self.assertEqual(plan, again)

    def test_out_of_reach(self):
        self.policy([{"name": "Too many", "mentors": {"tags": ["tired"]}, "least": 1000},
                     {"name": "Few", "most": 500}])
        run = self.match()
        self.assertEqual(run.returncode, 2)
        self.assertIn("/constraints/0/least", run.stderr)
        self.assertRegex(run.stderr, r'"Too many" cannot be kept beside the others: at most \d+, not 1000')
        self.assertFalse(os.path.exists(self.path("plan.json")))

    def test_every_price_is_checked(self):
        self.policy(CONSTRAINTS)
        self.plan()
        with open(self.path("cert.json"), encoding="utf-8") as f:
            whole = json.load(f)
        tried = 0
        for step in "people", "worst", "total":
            # Another price of a percentage, or of all new mentors there are, may be as good.
            for key, change in ("limits", 1), ("limits", -1), ("mentors", 1), ("newcomers", 1), ("newcomers", -1):
                for at, price in list(enumerate(whole[step][key]))[2 * (key == "limits"):]:
                    broken = json.loads(json.dumps(whole))
                    broken[step][key][at] = str(int(price) + change)
                    with open(self.path("cert.json"), "w", encoding="utf-8") as f:
                        json.dump(broken, f)
                    run = self.verify()
                    self.assertEqual(run.returncode, 1, (step, key, at, run.stdout))
                    tried += 1
                    if at > 4:
                        break
        self.assertGreater(tried, 40)

    def test_another_count_is_noticed(self):
        self.policy(CONSTRAINTS)
        plan, _ = self.plan()
        plan["constraints"][3]["used"] += 1
        with open(self.path("plan.json"), "w", encoding="utf-8") as f:
            json.dump(plan, f)
        run = self.verify()
        self.assertEqual(run.returncode, 1)
        self.assertIn('"Tired": most counts', run.stdout + run.stderr)

    def test_explained(self):
        self.policy(CONSTRAINTS)
        plan, _ = self.plan()
        pair = plan["pairs"][0]
        taken = {p["mentor"] for p in plan["pairs"] if p["newcomer"] != pair["newcomer"]}
        other = sorted(taken - {pair["mentor"]})[0]
        run = self.run_cairn("explain", "--from", "2026-10-01", "--newcomer", pair["newcomer"], "--mentor", other)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertIn(f"{pair['newcomer']} has {pair['mentor']}.", run.stdout)
        self.assertRegex(run.stdout, r"It would cost: [+-]\d+ served|It is not allowed")

    def test_all_faults_at_once(self):
        self.policy([
            {"newcomers": {}, "least": 1},
            {"name": "a", "newcomers": {"time_zones": ["Nowhere !"]}},
            {"name": "b", "least": 3, "most": 2},
            {"name": "c", "newcomers": {"tags": ["x"]}, "least_mentors": 1},
            {"name": "d", "most_percent": 101, "newcomers": {"most_recent_pairings": 1}},
        ], method="deferred_acceptance")
        run = self.match()
        self.assertEqual(run.returncode, 2)
        for place in ("/constraints/0/name", "/constraints/0/newcomers", "/constraints/1/newcomers/time_zones/0",
                      "/constraints/1:", "/constraints/2/least", "/constraints/3/least_mentors",
                      "/constraints/4/most_percent", "/constraints/4/newcomers/most_recent_pairings"):
            self.assertIn(place, run.stderr)
        self.policy([{"name": "e", "least": 1}], method="deferred_acceptance")
        run = self.match()
        self.assertEqual(run.returncode, 2)
        self.assertIn("deferred acceptance keeps none", run.stderr)


if __name__ == "__main__":
    unittest.main()
