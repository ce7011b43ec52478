"""What the bench of the matcher stands on: its communities and its files of points."""
import array
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helper  # noqa: E402
from helper import cairn  # noqa: E402
from tests.bench.matcher import contenders  # noqa: E402

FROM = "2026-10-01"
NEWCOMERS, MENTORS = 150, 101
REGIMES = {"random": (), "popular": ("--popular",)}


def tool(name, *args):
    return subprocess.run([os.path.join(os.path.dirname(helper.CAIRN), "bench", name), *map(str, args)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=helper.TIME_LIMIT, check=False)


def generate(seed, *more):
    run = tool("generate", "--newcomers", NEWCOMERS, "--mentors", MENTORS, "--seed", seed, *more)
    assert run.returncode == 0, run.stderr
    return run.stdout


class Points:
    """A file of bench/points as its comment says it is."""

    def __init__(self, octets):
        whole = array.array("I", octets[:12])
        self.n, self.m, self.person = whole
        head = 4 * (3 + self.n + self.m)
        numbers = array.array("I", octets[12:head])
        self.weight, self.places = numbers[:self.n], numbers[self.n:]
        self.points = array.array("h", octets[head:])

    def of(self, newcomer, mentor):
        return self.points[newcomer * self.m + mentor]


class Generate(unittest.TestCase):
    def test_same_seed_same_octets(self):
        for more in REGIMES.values():
            self.assertEqual(generate(7, *more), generate(7, *more))
            self.assertNotEqual(generate(7, *more), generate(8, *more))
        self.assertNotEqual(generate(7), generate(7, "--popular"))

    def test_as_many_as_asked_for(self):
        rows = list(csv.DictReader(io.StringIO(generate(1).decode())))
        sides = [r["participation"] for r in rows]
        self.assertEqual((sides.count("newcomer"), sides.count("mentor"), len(sides)),
                         (NEWCOMERS, MENTORS, NEWCOMERS + MENTORS))

    def test_bad_use(self):
        for args in ((), ("--newcomers", 5, "--mentors", 0, "--seed", 1), ("--newcomers", 5, "--mentors"),
                     ("--newcomers", "five", "--mentors", 5, "--seed", 1), ("--people", 5)):
            run = tool("generate", *args)
            self.assertEqual((run.returncode, run.stdout), (2, b""), args)
            self.assertIn(b"usage: generate", run.stderr)


class Match(unittest.TestCase):
    """Each regime matched and verified, and its points beside the plan."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.members, self.plan, self.cert, self.points = (
            os.path.join(folder.name, n) for n in ("members.csv", "plan.json", "cert.json", "points"))

    def solve(self, regime):
        with open(self.members, "wb") as f:
            f.write(generate(3, *REGIMES[regime]))
        run = cairn("match", self.members, "--from", FROM, "--plan", self.plan, "--certificate", self.cert)
        self.assertEqual(run.returncode, 0, run.stderr)
        run = cairn("verify", self.members, "--plan", self.plan, "--certificate", self.cert)
        self.assertEqual((run.returncode, run.stdout.split("\n")[0]), (0, "OPTIMAL"), run.stderr)
        with open(self.plan, encoding="utf-8") as f:
            plan = json.load(f)
        run = tool("points", self.members, "--from", FROM)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.points, "wb") as f:
            f.write(run.stdout)
        return plan, Points(run.stdout)

    def test_points_are_those_of_the_plan(self):
        for regime in REGIMES:
            with self.subTest(regime):
                plan, points = self.solve(regime)
                self.assertEqual((points.n, points.m), (NEWCOMERS, MENTORS))
                self.assertEqual(sum(p >= 0 for p in points.points), plan["solver"]["allowed_pairs"])
                self.assertEqual(set(points.weight), {1})
                with open(self.members, encoding="utf-8") as f:
                    places = [int(r["capacity"]) for r in csv.DictReader(f) if r["participation"] == "mentor"]
                self.assertEqual(list(points.places), places)
                for pair in plan["pairs"]:
                    i, j = int(pair["newcomer"][1:]), int(pair["mentor"][1:])
                    self.assertEqual(points.of(i, j), pair["points"], pair)
                self.assertGreater(points.person, plan["objective"]["total_points"])

    def test_popular_mentors_are(self):
        """Nearly everybody's best mentor is one of the few."""
        plan, points = self.solve("popular")
        few = range(0, MENTORS, 100)
        best = [max(range(MENTORS), key=lambda j: points.of(i, j)) for i in range(NEWCOMERS)]
        self.assertGreater(sum(j in few for j in best), 0.8 * NEWCOMERS)
        self.assertLess(sum(points.places[j] for j in few), 0.1 * NEWCOMERS)
        self.assertGreater(len(plan["pairs"]), 0.8 * NEWCOMERS)

    def test_glpk_alone_agrees(self):
        """The last step to the point; without it as many people and no points fewer."""
        for regime in REGIMES:
            plan, _ = self.solve(regime)
            goals = plan["objective"]
            for way in ("simplex", "okalg"):
                with self.subTest(regime=regime, way=way):
                    last = self.glpk(way, goals["worst_points"])
                    self.assertEqual(last, (goals["newcomers_matched"], goals["people_weight"],
                                            goals["total_points"]))
                    people, weight, points = self.glpk(way)
                    self.assertEqual((people, weight), last[:2])
                    self.assertGreaterEqual(points, last[2])

    def glpk(self, way, *least):
        run = tool("glpk", self.points, way, *least)
        self.assertEqual(run.returncode, 0, run.stderr)
        words = run.stdout.decode().split()
        return tuple(int(words[words.index(key) + 1]) for key in ("people", "weight", "points"))


class Measure(unittest.TestCase):
    def measure(self, seconds, *command):
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "out")
            self.assertEqual(tool("measure", out, seconds, *command).returncode, 0)
            with open(out, encoding="utf-8") as f:
                return json.load(f)

    def test_status(self):
        for command, status in ((("true",), 0), (("sh", "-c", "exit 3"), 3), (("/no/such",), 127),
                                (("sh", "-c", "kill -9 $$"), 137)):
            seen = self.measure(20, *command)
            self.assertEqual((seen["finished"], seen["status"]), (True, status), command)

    def test_time(self):
        seen = self.measure(20, "sleep", 0.3)
        self.assertGreaterEqual(seen["wall"], 0.3)
        seen = self.measure(1, "sleep", 30)
        self.assertFalse(seen["finished"])
        self.assertLess(seen["wall"], 20)

    def test_peak_is_the_commands_own(self):
        """Also that of a process that it forked."""
        fill = "x = b'x' * (64 << 20)"
        for program in (fill, f"import os; p = os.fork()\nif p == 0: {fill}\nelse: os.waitpid(p, 0)"):
            seen = self.measure(20, sys.executable, "-c", program)
            self.assertGreater(seen["peak_kib"], 64 << 10)
            self.assertLess(seen["peak_kib"], 128 << 10)
        ballast = b"x" * (128 << 20)
        self.assertLess(self.measure(20, "true")["peak_kib"], len(ballast) >> 11)


class Answers(unittest.TestCase):
    """A contender that finds another optimum ends the bench."""

    CAIRN = {"people": 5, "weight": 7, "points": 300}

    def check(self, **answers):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        instance = contenders.Instance(folder.name, "full.csv", 0, 0, "shared")
        seen = {}
        for name, answer in {"Cairn": self.CAIRN, **answers}.items():
            seen[name] = contenders.Contender(name, instance)
            seen[name].answer = answer
        contenders.check_answers(seen)

    def test_right(self):
        more = {**self.CAIRN, "points": 304}
        self.check(**{"LEMON": more, "SciPy": more, "LEMON, last step": self.CAIRN, "GLPK okalg": {},
                      "Cairn, one thread": self.CAIRN, "Cairn's verify": {"verdict": "OPTIMAL"}})

    def test_wrong(self):
        for answers in ({"LEMON": {**self.CAIRN, "points": 299}}, {"SciPy": {**self.CAIRN, "people": 6}},
                        {"GLPK simplex": {**self.CAIRN, "weight": 6}},
                        {"LEMON": self.CAIRN, "SciPy": {**self.CAIRN, "points": 301}},
                        {"LEMON, last step": {**self.CAIRN, "points": 301}},
                        {"Cairn, one thread": {**self.CAIRN, "points": 301}},
                        {"Cairn's verify": {"verdict": "NOT PROVED"}}):
            with self.assertRaises(RuntimeError, msg=answers):
                self.check(**answers)


if __name__ == "__main__":
    unittest.main()
