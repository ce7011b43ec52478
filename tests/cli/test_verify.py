"""Every number of a plan and of a certificate matters: change one, and cairn verify
refuses and says which condition does not hold."""
import copy
import csv
import json
import os
import re
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helper  # noqa: E402
from helper import cairn  # noqa: E402

NEWCOMERS, MENTORS = 14, 9


def numbers(tree, path=()):
    """Paths of all numbers, those written as decimal strings too."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            yield from numbers(value, path + (key,))
    elif isinstance(tree, list):
        for i, value in enumerate(tree):
            yield from numbers(value, path + (i,))
    elif isinstance(tree, (int, float)) and not isinstance(tree, bool):
        yield path
    elif isinstance(tree, str) and re.fullmatch(r"-?\d+", tree):
        yield path


def changed(tree, path, by):
    tree = copy.deepcopy(tree)
    at = tree
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = str(int(at[path[-1]]) + by) if isinstance(at[path[-1]], str) else at[path[-1]] + by
    return tree


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.members, cls.plan, cls.cert = (
            os.path.join(cls.folder.name, n) for n in ("members.csv", "plan.json", "cert.json"))
        with open(helper.SAMPLE, encoding="utf-8", newline="") as f:
            reader = csv.DictReader(f)
            columns, rows = reader.fieldnames, list(reader)
        en = [r for r in rows if "en:" in r["languages"] and r["time_zone"].startswith("Europe/")]
        chosen = [r for r in en if r["participation"] == "newcomer"][:NEWCOMERS]
        chosen += [r for r in en if r["participation"] == "mentor" and r["capacity"] != "0"][:MENTORS]
        with open(cls.members, "w", encoding="utf-8", newline="") as f:
            writer = csv.DictWriter(f, columns)
            writer.writeheader()
            for row in chosen:
                writer.writerow({**row, "preferences": "", "avoid": ""})
        run = cairn("match", cls.members, "--from", "2026-10-01", "--plan", cls.plan, "--certificate", cls.cert)
        assert run.returncode == 0, run.stderr
        with open(cls.plan, encoding="utf-8") as f:
            cls.plan_tree = json.load(f)
        with open(cls.cert, encoding="utf-8") as f:
            cls.cert_tree = json.load(f)

    def verify(self, **files):
        paths = {"plan": self.plan, "certificate": self.cert, "members": self.members}
        for name, tree in files.items():
            if isinstance(tree, str):
                paths[name] = tree
                continue
            paths[name] = os.path.join(self.folder.name, f"changed-{name}.json")
            with open(paths[name], "w", encoding="utf-8") as f:
                json.dump(tree, f)
        return cairn("verify", paths["members"], "--plan", paths["plan"], "--certificate", paths["certificate"])

    def refused(self, run, what):
        self.assertEqual(run.returncode, 1, f"{what}: {run.stdout}{run.stderr}")
        lines = run.stdout.splitlines()
        self.assertEqual(lines[0], "NOT PROVED", what)
        self.assertRegex(lines[1], r"\.json: .{10,}", what)

    def test_the_plan_itself_is_optimal(self):
        run = self.verify()
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertTrue(run.stdout.startswith("OPTIMAL\n"))

    def test_every_number_of_the_plan(self):
        paths = list(numbers(self.plan_tree))
        self.assertGreater(len(paths), 60)
        for path in paths:
            self.refused(self.verify(plan=changed(self.plan_tree, path, 1)), path)

    def test_every_number_of_the_certificate(self):
        paths = list(numbers(self.cert_tree))
        self.assertGreater(len(paths), 3 * (NEWCOMERS + MENTORS))
        for path in paths:
            for by in (1, -1):
                self.refused(self.verify(certificate=changed(self.cert_tree, path, by)), (path, by))

    def test_conditions_are_named(self):
        pair = self.plan_tree["pairs"][0]
        criterion = next(k for k, v in pair["explanation"].items() if v > 0)
        for path, words in ((("pairs", 0, "points"), pair["newcomer"]),
                            (("pairs", 0, "explanation", criterion), pair["newcomer"]),
                            (("objective", "total_points"), "total_points|bound|objective"),
                            (("seed",), "certificate|seed|digest")):
            run = self.verify(plan=changed(self.plan_tree, path, 1))
            self.refused(run, path)
            self.assertRegex(run.stdout, words)

    def test_another_member_file_is_noticed(self):
        with open(self.members, encoding="utf-8") as f:
            text = f.read()
        other = os.path.join(self.folder.name, "other.csv")
        with open(other, "w", encoding="utf-8") as f:
            f.write(text.replace("18:00", "18:15", 1))
        run = self.verify(members=other)
        self.refused(run, "members")
        self.assertIn("another member file", run.stdout)

    def test_swapped_and_missing_people(self):
        tree = copy.deepcopy(self.plan_tree)
        del tree["pairs"][0]
        self.refused(self.verify(plan=tree), "a pair less")
        tree = copy.deepcopy(self.plan_tree)
        tree["pairs"][0]["newcomer"] = "nobody"
        self.refused(self.verify(plan=tree), "an unknown person")
        tree = copy.deepcopy(self.plan_tree)
        tree["pairs"][0]["extra"] = 1
        self.refused(self.verify(plan=tree), "an unknown field")

    def test_text_that_is_no_plan(self):
        path = os.path.join(self.folder.name, "no.json")
        for text in ("", "{", "[]", "null", '{"status": "optimal"}', '{"status": 1, "status": 2}'):
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            self.assertEqual(self.verify(plan=path).returncode, 1, text)


if __name__ == "__main__":
    unittest.main()
