"""What the bench of the scheduler stands on: its communities, its checker, and GLPK alone."""
import copy
import csv
import glob
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helper  # noqa: E402
from helper import cairn  # noqa: E402
from tests.bench.scheduler import problem  # noqa: E402
from tests.lib import cohort_checker  # noqa: E402

INTAKE = {"name": "bench", "anchor_time_zone": "Etc/UTC", "first_date": "2026-11-09", "last_date": "2026-12-20",
          "cohort_size": {"min": 3, "max": 8}}
TURNS = {"name": "turns", "anchor_time_zone": "Europe/Berlin", "first_date": "2026-09-28",
         "last_date": "2026-12-20", "cohort_size": {"min": 12, "max": 12}}
NEWCOMERS, GUIDES, SLOTS = 30, 5, 16
USAGE = ((), ("--newcomers", 5, "--guides", 0, "--slots", 9), ("--newcomers", 5, "--guides"),
         ("--newcomers", 5, "--guides", 2, "--slots", 64), ("--people", 5))


def tool(name, *args):
    return subprocess.run([os.path.join(os.path.dirname(helper.CAIRN), "bench", name), *map(str, args)],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=helper.TIME_LIMIT,
                          check=False)


def generate(seed, newcomers=NEWCOMERS, guides=GUIDES, slots=SLOTS, *more):
    run = tool("generate-cohorts", "--newcomers", newcomers, "--guides", guides, "--slots", slots, "--seed", seed,
               *more)
    assert run.returncode == 0, run.stderr
    return run.stdout


class Generate(unittest.TestCase):
    def test_same_seed_same_octets(self):
        self.assertEqual(generate(7), generate(7))
        self.assertNotEqual(generate(7), generate(8))

    def test_as_its_comment_says(self):
        rows = list(csv.DictReader(io.StringIO(generate(1))))
        sides = [r["participation"] for r in rows]
        self.assertEqual((sides.count("newcomer"), sides.count("mentor")), (NEWCOMERS, GUIDES))
        for row in rows:
            member, hours = cohort_checker.Member(row), sum(cohort_checker.Member(row).minutes) / 60
            self.assertTrue(0.25 * SLOTS - 0.5 <= hours <= 0.3 * SLOTS + 0.5, row)
            self.assertTrue(1 <= len(member.languages) <= 2)

    def test_bad_use(self):
        for args in USAGE:
            run = tool("generate-cohorts", *args)
            self.assertEqual((run.returncode, run.stdout), (2, ""), args)
            self.assertIn("usage: generate-cohorts", run.stderr)


class Formed(unittest.TestCase):
    """One small community, formed by Cairn, by GLPK alone, and checked."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.members, self.intake, self.plan, self.fits, self.problem = (
            os.path.join(folder.name, n) for n in ("members.csv", "intake.json", "plan.json", "fits", "problem"))
        self.write(self.members, generate(3))
        self.write(self.intake, json.dumps(INTAKE))
        run = tool("fits", self.members, "--intake", self.intake)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.write(self.fits, run.stdout)

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)

    def form(self, members=None, *more):
        run = cairn("schedule", members or self.members, "--intake", self.intake, "--plan", self.plan, *more)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.plan, encoding="utf-8") as f:
            return json.load(f)

    def faults(self, plan, busy=()):
        return cohort_checker.check(cohort_checker.read_members(self.members),
                                    cohort_checker.Intake.read(self.intake), plan,
                                    cohort_checker.read_fits(self.fits), busy)

    def test_glpk_alone_agrees(self):
        plan = self.form()
        with open(self.problem, "w", encoding="utf-8") as out:
            problem.write(cohort_checker.read_members(self.members), cohort_checker.Intake.read(self.intake),
                          cohort_checker.read_fits(self.fits), out)
        run = tool("cohorts-glpk", self.problem, 60)
        objective, bound = map(int, re.match(r"objective (\d+) bound (\d+)", run.stdout).groups())
        self.assertEqual(objective, bound, "not solved")
        self.assertLessEqual(plan["objective"], objective)
        self.assertGreaterEqual(plan["bound"], objective)

    def test_checker_finds_what_is_wrong(self):
        plan = self.form()
        self.assertEqual(self.faults(plan), [])
        first, second = plan["cohorts"][:2]

        def edit(change, said):
            tree = copy.deepcopy(plan)
            change(tree["cohorts"], tree)
            self.assertTrue(any(said in fault for fault in self.faults(tree)), (said, self.faults(tree)))

        edit(lambda c, t: c[0]["sessions"].pop(), "not the pattern's dates")
        edit(lambda c, t: c[0].update(pattern=second["pattern"], sessions=second["sessions"]), "misses")
        edit(lambda c, t: c[0].__setitem__("guide", second["guide"]), "guides 2 cohorts")
        edit(lambda c, t: c[0].__setitem__("newcomers", first["newcomers"][:2]), "2 newcomers")
        edit(lambda c, t: c[0]["newcomers"].append(second["newcomers"][0]), "not every newcomer is there once")
        edit(lambda c, t: c[0].__setitem__("language", "xx"), "does not speak")
        edit(lambda c, t: c[0]["discomfort"]["members"][0].__setitem__("share", 10 ** 6), "what its members bear")
        edit(lambda c, t: c[0]["discomfort"]["over_share"].append({"member": first["guide"], "kinder": []}),
             "over their share")
        edit(lambda c, t: t.__setitem__("objective", t["objective"] + 1), "objective is")
        edit(lambda c, t: t.__setitem__("bound", t["objective"] - 1), "bound is below")
        edit(lambda c, t: t.__setitem__("status", "feasible" if t["status"] == "optimal" else "optimal"), "status")
        start = cohort_checker.instant(first["sessions"][1])
        self.assertTrue(any("unable" in f for f in self.faults(plan, [(first["guide"], start, start + 900)])))

    def test_a_time_limit_leaves_a_plan(self):
        self.write(self.members, generate(1, 300, 50, 40))
        self.write(self.fits, tool("fits", self.members, "--intake", self.intake).stdout)
        self.assertEqual(self.faults(self.form(None, "--time-limit", 5)), [])

    def test_hours_rotate(self):
        """One cohort over two clock changes: kinder with every slot more, and invitations for all of it."""
        import icalendar
        import recurring_ical_events
        self.write(self.members, generate(1, 12, 1, 1, "--wide"))
        worst = []
        for slots in (1, 2, 3):
            self.write(self.intake, json.dumps({**TURNS, "slots_per_cohort": slots}))
            self.write(self.fits, tool("fits", self.members, "--intake", self.intake).stdout)
            ics = os.path.join(os.path.dirname(self.plan), f"ics{slots}")
            plan = self.form(None, "--ics", ics)
            self.assertEqual(self.faults(plan), [])
            [cohort] = plan["cohorts"]
            self.assertTrue(cohort["discomfort"]["proven"])
            worst.append((cohort["discomfort"]["worst"], cohort["discomfort"]["total"]))
            check = cairn("verify-schedule", self.members, "--intake", self.intake, "--plan", self.plan)
            self.assertEqual(check.returncode, 0, check.stdout)
            seen = []
            for name in glob.glob(os.path.join(ics, f"*-{cohort['guide']}.ics")):
                with open(name, "rb") as f:
                    calendar = icalendar.Calendar.from_ical(f.read())
                seen += [int(e["DTSTART"].dt.timestamp()) for e in
                         recurring_ical_events.of(calendar).between((2026, 9, 1), (2027, 3, 1))]
            self.assertEqual(sorted(seen), [cohort_checker.instant(s) for s in cohort["sessions"]])
        self.assertGreater(len({(p["weekday"], p["local_time"]) for p in cohort["pattern"]}), 1)
        self.assertEqual(worst, sorted(worst, reverse=True))
        self.assertLess(worst[2], worst[0])
        tree = copy.deepcopy(plan)
        tree["cohorts"][0]["discomfort"]["worst"] -= 1
        self.write(self.plan, json.dumps(tree))
        check = cairn("verify-schedule", self.members, "--intake", self.intake, "--plan", self.plan)
        self.assertEqual(check.returncode, 1, "a discomfort that is not the sessions'")
        self.write(self.intake, json.dumps({**TURNS, "slots_per_cohort": 4}))
        run = cairn("schedule", self.members, "--intake", self.intake, "--plan", self.plan)
        self.assertEqual(run.returncode, 2)
        self.assertIn("/slots_per_cohort: expected", run.stderr)

    def test_preferred_hours_draw_the_cohort(self):
        """Likes change the time of a cohort, not who is in it; volunteers bear more than others."""
        rows = list(csv.DictReader(io.StringIO(generate(1, 12, 1, 1, "--wide"))))
        seen = set()
        self.write(self.intake, json.dumps({**TURNS, "slots_per_cohort": 2}))
        for change in ({}, {"preferred_hours": "Wed 06:00-07:00"}, {"volunteer": "3"}):
            out = io.StringIO()
            sheet = csv.DictWriter(out, [*rows[0], "preferred_hours", "volunteer"])
            sheet.writeheader()
            for row in rows:
                hours = cohort_checker.Member(row).minutes[2 * 1440 + 360:2 * 1440 + 420]
                likes = change.get("preferred_hours", "") if all(hours) else ""
                sheet.writerow({**row, "preferred_hours": likes,
                                "volunteer": change.get("volunteer", "") if row["time_zone"].startswith("Asia") else ""})
            self.write(self.members, out.getvalue())
            self.write(self.fits, tool("fits", self.members, "--intake", self.intake).stdout)
            plan = self.form()
            self.assertEqual(self.faults(plan), [])
            [cohort] = plan["cohorts"]
            seen.add(tuple(cohort["sessions"]))
            check = cairn("verify-schedule", self.members, "--intake", self.intake, "--plan", self.plan)
            self.assertEqual(check.returncode, 0, check.stdout)
        self.assertEqual(len(seen), 3)

    def test_cohorts_are_mixed(self):
        """At most so many of one organization, and whoever is left out for it is told so."""
        head = "external_id,display_name,participation,languages,time_zone,availability,organization\n"
        people = [("g", "mentor", "Acme"), ("a1", "newcomer", "Acme"), ("a2", "newcomer", "acme"),
                  ("a3", "newcomer", "ACME"), ("b", "newcomer", "Other"), ("c", "newcomer", "")]
        self.write(self.members, head + "".join(
            f"{name},{name},{side},en:C1,Europe/Berlin,Tue 10:00-11:00,{house}\n" for name, side, house in people))
        for most, placed in ((0, 5), (2, 4), (1, 3)):
            self.write(self.intake, json.dumps({**INTAKE, "cohort_size": {"min": 3, "max": 6},
                                                "most_per_organization": most}))
            self.write(self.fits, tool("fits", self.members, "--intake", self.intake).stdout)
            plan = self.form()
            self.assertEqual(self.faults(plan), [])
            self.assertEqual((plan["placed"], plan["status"]), (placed, "optimal"))
            self.assertEqual([u["reason"] for u in plan["unplaced"]], ["organization-full"] * (5 - placed))
            for one in plan["unplaced"]:
                self.assertIn(f"a limit of {most + 1} would", one["help"])
        tree = copy.deepcopy(plan)
        tree["cohorts"][0]["newcomers"] = sorted([*tree["cohorts"][0]["newcomers"], tree["unplaced"][0]["newcomer"]])
        self.assertTrue(any("more than 1 of one organization" in f for f in self.faults(tree)))
        self.write(self.plan, json.dumps(tree))
        check = cairn("verify-schedule", self.members, "--intake", self.intake, "--plan", self.plan)
        self.assertEqual(check.returncode, 1)
        self.assertIn("more than 1 of the organization", check.stdout + check.stderr)
        self.write(self.intake, json.dumps({**INTAKE, "most_per_organization": 51}))
        run = cairn("schedule", self.members, "--intake", self.intake, "--plan", self.plan)
        self.assertEqual(run.returncode, 2)
        self.assertIn("/most_per_organization: expected", run.stderr)

    def test_shared_communities(self):
        members = self.members = helper.shared_community(self, "small.csv")
        self.write(self.intake, json.dumps({**INTAKE, "anchor_time_zone": "Europe/Berlin",
                                            "first_date": "2026-10-12", "last_date": "2027-01-03"}))
        run = tool("fits", members, "--intake", self.intake)
        self.write(self.fits, run.stdout)
        self.assertEqual(self.faults(self.form(members)), [])


if __name__ == "__main__":
    unittest.main()
