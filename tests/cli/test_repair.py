"""cairn repair: a mentor pauses, few pairs change, nobody loses a mentor for it."""
import csv
import json
import os
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helper  # noqa: E402
from helper import cairn  # noqa: E402

DAY = "2026-10-01"


class Repair(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.run_ok("match", helper.SAMPLE, "--plan", self.path("plan.json"), "--from", DAY)
        self.was = self.pairs("plan.json")
        self.gone = max(set(self.was.values()), key=list(self.was.values()).count)
        self.ended = sum(mentor == self.gone for mentor in self.was.values())
        self.members = self.path("paused.csv")
        with open(helper.SAMPLE, encoding="utf-8", newline="") as f:
            rows = list(csv.DictReader(f))
        for row in rows:
            if row["external_id"] == self.gone:
                row["capacity"] = "0"
        with open(self.members, "w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, rows[0].keys(), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_ok(self, *args):
        run = cairn(*args)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def pairs(self, name):
        with open(self.path(name), encoding="utf-8") as f:
            return {p["newcomer"]: p["mentor"] for p in json.load(f)["pairs"]}

    def repair(self, changes):
        self.said = self.run_ok("repair", self.members, "--was", self.path("plan.json"), "--changes", str(changes),
                                "--plan", self.path("repaired.json"), "--from", DAY)
        with open(self.path("repaired.json"), encoding="utf-8") as f:
            return json.load(f)

    def test_few_pairs_change_and_nobody_loses_a_mentor(self):
        total = 0
        for changes in (0, 1, 3, 10):
            repaired = self.repair(changes)
            now = {p["newcomer"]: p["mentor"] for p in repaired["pairs"]}
            still = {n: m for n, m in self.was.items() if m != self.gone}
            changed = [n for n, m in still.items() if now.get(n) != m]
            self.assertLessEqual(len(changed), changes)
            self.assertEqual(repaired["changed"], len(changed))
            self.assertEqual(repaired["kept"], len(still) - len(changed))
            self.assertEqual(repaired["ended"], self.ended)
            self.assertNotIn(self.gone, now.values())
            self.assertEqual(set(still) - set(now), set())
            for pair in repaired["pairs"]:
                self.assertEqual(pair["was"], self.was.get(pair["newcomer"]))
                self.assertEqual(sum(pair["explanation"].values()), pair["points"])
            stability = repaired["stability"]
            self.assertGreater(stability["blocking_pairs"], 0)
            self.assertEqual(len(stability["pairs"]), min(100, stability["blocking_pairs"]))
            self.assertIn(f"what they have: {stability['blocking_pairs']}.\n", self.said)
            goals = (repaired["objective"]["people_weight"], repaired["objective"]["total_points"])
            bound = (repaired["bound"]["people_weight"], repaired["bound"]["total_points"])
            self.assertLessEqual(goals, bound)
            self.assertEqual(repaired["status"] == "optimal", goals == bound)
            self.assertGreaterEqual(goals[1] + 1000 * goals[0], total)
            total = goals[1] + 1000 * goals[0]

    def test_the_frontier_says_what_each_change_brings(self):
        lines = self.run_ok("repair", self.members, "--was", self.path("plan.json"), "--frontier", "4",
                            "--plan", self.path("frontier.json"), "--from", DAY).splitlines()
        lines = [line for line in lines if "changed:" in line]
        self.assertIn(len(lines), range(1, 5))
        self.assertIn(" 0 changed: ", lines[0])
        with open(self.path("frontier.json"), encoding="utf-8") as f:
            frontier = json.load(f)["frontier"]
        self.assertEqual(len(frontier), len(lines))
        for line, plan in zip(lines, frontier):
            self.assertIn(f"{plan['kept']} kept, {plan['changed']} changed: {plan['objective']['newcomers_matched']} "
                          f"newcomers have a mentor, total {plan['objective']['total_points']} points", line)
        alone = self.repair(len(frontier) - 1)
        self.assertEqual(alone["objective"], frontier[-1]["objective"])

    def test_faults_are_named(self):
        with open(self.path("bad.json"), "w", encoding="utf-8") as f:
            json.dump({"pairs": [{"newcomer": 1, "mentor": "x"}, "nobody"]}, f)
        run = cairn("repair", self.members, "--was", self.path("bad.json"), "--from", DAY)
        self.assertEqual(run.returncode, 2)
        self.assertIn("bad.json: /pairs/0: expected the external ids", run.stderr)
        self.assertIn("bad.json: /pairs/1: ", run.stderr)
        self.assertEqual(cairn("repair", self.members).returncode, 2)
        self.assertEqual(cairn("repair", self.members, "--was", self.path("missing.json")).returncode, 2)
        self.assertFalse(os.path.exists(self.path("repaired.json")))


if __name__ == "__main__":
    unittest.main()
