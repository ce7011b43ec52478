"""Several mentors for one newcomer on the command line: matched, proved, explained, refused."""
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

COLUMNS = ("external_id", "display_name", "participation", "stack", "wants", "languages", "time_zone",
           "availability", "capacity", "mentors_wanted")


def people(dice):
    for k in range(50):
        mentor = k >= 20
        yield {
            "external_id": f"p{k:02}", "display_name": f"P {k}",
            "participation": "mentor" if mentor else "newcomer",
            "stack": f"{dice.choice(['go', 'sql', 'rust'])}:{dice.randint(1, 5)}",
            "wants": dice.choice(["go", "sql"]), "languages": "en:C1", "time_zone": "Europe/Paris",
            "availability": dice.choice(["Mon 12:00-20:00", "Mon 12:00-14:00;Sat 09:00-15:00"]),
            "capacity": dice.randint(1, 2) if mentor else "",
            "mentors_wanted": dice.choice(["", 0, 1, 2, 5]) if not mentor else ""}


class Several(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.rows = list(people(random.Random(3)))
        with open(self.path("members.csv"), "w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        self.policy({"mentors_per_newcomer": 3, "objective": ["newcomers_matched", "total_points"]})

    def path(self, name):
        return os.path.join(self.folder, name)

    def policy(self, document):
        with open(self.path("policy.json"), "w", encoding="utf-8") as f:
            json.dump(document, f)

    def run_cairn(self, command, *more):
        return cairn(command, self.path("members.csv"), "--policy", self.path("policy.json"), *more)

    def read(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return json.load(f)

    def match(self):
        run = self.run_cairn("match", "--from", "2026-10-05", "--plan", self.path("plan.json"),
                             "--certificate", self.path("cert.json"))
        self.assertEqual(run.returncode, 0, run.stderr)
        return self.read("plan.json"), run.stdout

    def verify(self):
        return self.run_cairn("verify", "--plan", self.path("plan.json"),
                              "--certificate", self.path("cert.json"))

    def test_matched_and_proved(self):
        plan, said = self.match()
        self.assertIn("20 of 20 newcomers have a mentor", said)
        mentors = collections.defaultdict(set)
        for pair in plan["pairs"]:
            self.assertNotIn(pair["mentor"], mentors[pair["newcomer"]])
            mentors[pair["newcomer"]].add(pair["mentor"])
        for row in self.rows[:20]:
            wanted = int(row["mentors_wanted"] or 0) or 3
            self.assertIn(len(mentors[row["external_id"]]), range(1, min(wanted, 3) + 1))
        self.assertEqual(plan["objective"]["newcomers_matched"], 20)
        self.assertGreater(len(plan["pairs"]), 30)
        run = self.verify()
        self.assertEqual((run.returncode, "OPTIMAL" in run.stdout), (0, True), run.stdout + run.stderr)

    def test_no_pair_is_worse_than_the_worst_has_to_be(self):
        many, _ = self.match()
        self.policy({"mentors_per_newcomer": 3})
        plan, _ = self.match()
        self.policy({})
        one, _ = self.match()
        self.assertEqual(plan["objective"]["worst_points"], one["objective"]["worst_points"])
        self.assertLess(many["objective"]["worst_points"], one["objective"]["worst_points"])
        self.assertGreater(len(many["pairs"]), len(plan["pairs"]))

    def test_a_pair_less_is_noticed(self):
        """A certificate for more than the plan gives proves nothing."""
        plan, _ = self.match()
        pairs = plan["pairs"]
        [k, *_] = [k for k in range(1, len(pairs)) if pairs[k]["newcomer"] == pairs[k - 1]["newcomer"]]
        plan["objective"]["total_points"] -= pairs[k]["points"]
        plan["bound"]["total_points"] -= pairs[k]["points"]
        del pairs[k]
        with open(self.path("plan.json"), "w", encoding="utf-8") as f:
            json.dump(plan, f)
        run = self.verify()
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("NOT PROVED", run.stdout)

    def test_explained(self):
        plan, _ = self.match()
        count = collections.Counter(p["newcomer"] for p in plan["pairs"])
        newcomer = count.most_common(1)[0][0]
        has = [p["mentor"] for p in plan["pairs"] if p["newcomer"] == newcomer]
        run = self.run_cairn("explain", "--from", "2026-10-05", "--newcomer", newcomer,
                             "--answer", self.path("answer.json"))
        self.assertEqual(run.returncode, 0, run.stderr)
        for mentor in has:
            self.assertIn(f"{newcomer} has {mentor}.", run.stdout)
        answer = self.read("answer.json")
        self.assertEqual([answer["has"]["mentor"], *(p["mentor"] for p in answer["has_too"])], has)

    def test_refused(self):
        self.match()
        run = self.run_cairn("repair", "--from", "2026-10-05", "--was", self.path("plan.json"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("a repair is about one mentor for each newcomer, not 3", run.stderr)
        self.policy({"mentors_per_newcomer": 2, "method": "deferred_acceptance"})
        run = self.run_cairn("match", "--from", "2026-10-05", "--plan", self.path("plan.json"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("/mentors_per_newcomer: side constraints and deferred acceptance", run.stderr)
        self.rows[0]["mentors_wanted"] = 6
        self.policy({})
        with open(self.path("members.csv"), "w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, COLUMNS)
            writer.writeheader()
            writer.writerows(self.rows)
        run = self.run_cairn("match", "--from", "2026-10-05", "--plan", self.path("plan.json"))
        self.assertEqual(run.returncode, 2)
        self.assertIn("mentors_wanted: expected a whole number from 0 to 5", run.stderr)


if __name__ == "__main__":
    unittest.main()
