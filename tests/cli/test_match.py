"""cairn match against a second opinion: who may be paired, and how many at most."""
import collections
import csv
import datetime
import json
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helper  # noqa: E402
from helper import cairn  # noqa: E402

FROM = datetime.date(2026, 10, 1)
WEEKS = 8


class Folder(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def match(self, members, *more):
        run = cairn("match", members, "--plan", self.path("plan.json"), "--certificate", self.path("cert.json"), *more)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.path("plan.json"), encoding="utf-8") as f:
            return json.load(f), run


class Served(Folder):
    def check(self, members, instance, *more):
        plan, run = self.match(members, *more)
        self.assertEqual(plan["status"], "optimal")
        pairs = plan["pairs"]
        self.assertEqual(len(pairs), instance.most_served())
        self.assertEqual(plan["objective"]["newcomers_matched"], len(pairs))
        self.assertEqual(plan["solver"]["allowed_pairs"], len(instance.shared))
        self.assertIn(f"{len(pairs)} of {len(instance.newcomers)} newcomers", run.stdout)
        used = collections.Counter(p["mentor"] for p in pairs)
        for mentor, n in used.items():
            self.assertLessEqual(n, instance.members[mentor].capacity, mentor)
        for p in pairs:
            key = p["newcomer"], p["mentor"]
            self.assertIn(key, instance.shared, "this pair breaks a hard rule")
            self.assertEqual(p["shared_minutes"], instance.shared[key], key)
            self.assertEqual(sum(p["explanation"].values()), p["points"], key)
        self.assertEqual(plan["objective"]["worst_points"], min(p["points"] for p in pairs))
        self.assertEqual(plan["objective"]["total_points"], sum(p["points"] for p in pairs))
        people = [p["newcomer"] for p in pairs] + [u["newcomer"] for u in plan["unmatched"]]
        self.assertEqual(sorted(people), sorted(n.id for n in instance.newcomers))
        for u in plan["unmatched"]:
            self.assertTrue(u["help"], u)
        self.check_shortages(plan, instance, run.stdout)
        verify = cairn("verify", members, "--plan", self.path("plan.json"), "--certificate", self.path("cert.json"),
                       *more[:2] if "--policy" in more else ())
        self.assertEqual(verify.returncode, 0, verify.stdout + verify.stderr)
        self.assertTrue(verify.stdout.startswith("OPTIMAL\n"), verify.stdout)
        return plan

    def check_shortages(self, plan, instance, said):
        """Where people come first everybody who could have a mentor is in one of them."""
        short = collections.Counter()
        mentor_of = {p["newcomer"]: p["mentor"] for p in plan["pairs"]}
        for shortage in plan["shortages"]:
            mentors, others, unmatched = (set(shortage[k]) for k in ("mentors", "others", "unmatched"))
            self.assertEqual(shortage["places"], sum(instance.members[m].capacity for m in mentors))
            self.assertEqual(shortage["places"], len(others))
            self.assertEqual({n for n, m in mentor_of.items() if m in mentors}, others)
            self.assertEqual({m for n, m in instance.shared if n in others | unmatched}, mentors)
            short.update(unmatched)
        taken = [u["newcomer"] for u in plan["unmatched"] if u["reason"] == "places-taken"]
        self.assertEqual(short, collections.Counter(taken))
        left = {u["newcomer"] for u in plan["unmatched"]}
        for wanted in plan["mentors_wanted"]:
            served = set(wanted["newcomers"])
            self.assertTrue(served and served <= left)
            left -= served
            for n in served:
                self.assertGreaterEqual(instance.members[n].languages[wanted["language"]],
                                        helper.LEVELS[wanted["level"]])
            self.assertIn(f"free {wanted['from_utc']} UTC for {wanted['minutes']} minutes: {len(served)} more served",
                          said)

    def shared(self, name):
        path = helper.shared_community(self, name)
        self.check(path, helper.Instance(helper.read_members(path), FROM, WEEKS), "--from", FROM.isoformat())

    def test_small_community_reaches_the_maximum_flow(self):
        self.shared("small.csv")

    def test_medium_community_reaches_the_maximum_flow(self):
        self.shared("medium.csv")

    def test_sample_reaches_the_maximum_flow_and_shows_every_reason(self):
        with open(helper.SAMPLE_POLICY, encoding="utf-8") as f:
            policy = json.load(f)
        rules = policy["hard_rules"]
        instance = helper.Instance(
            helper.read_members(helper.SAMPLE), datetime.date.fromisoformat(policy["horizon"]["first_date"]),
            policy["horizon"]["weeks"], helper.LEVELS[rules["language_level"]], rules["min_shared_minutes"],
            rules["forbid_same_organization"])
        plan = self.check(helper.SAMPLE, instance, "--policy", helper.SAMPLE_POLICY)
        self.assertEqual({u["reason"] for u in plan["unmatched"]},
                         {"no-shared-language", "no-shared-hours", "excluded", "places-taken"})

    def test_people_alike_take_few_columns(self):
        """Equals must not all list the same mentors: then pricing ends with every pair."""
        path, n = self.path("alike.csv"), 300
        with open(path, "w", encoding="utf-8") as f:
            print("external_id,display_name,participation,languages,time_zone,availability,capacity", file=f)
            for i in range(n):
                print(f"m{i},M,mentor,en:native,Europe/Berlin,Mon 18:00-22:00,1", file=f)
                print(f"n{i},N,newcomer,en:native,Europe/Berlin,Mon 18:00-22:00,", file=f)
        plan, _ = self.match(path)
        self.assertEqual(len(plan["pairs"]), n)
        self.assertTrue(plan["solver"]["lp_confirmed"])
        self.assertLess(plan["solver"]["columns"], n * n / 3)


class Stable(Folder):
    """Ann is the better fit for the one who likes her less: who gets her depends on the method."""

    ROWS = """external_id,display_name,participation,languages,time_zone,availability,wants,stack,preferences,avoid
ann,Ann,mentor,en:native,UTC,Mon 18:00-22:00,,go:5,eve;fay,
bob,Bob,mentor,en:native,UTC,Mon 18:00-22:00,,sql:1,,gus
eve,Eve,newcomer,en:native,UTC,Mon 18:00-22:00,sql,,ann;bob,
fay,Fay,newcomer,en:native,UTC,Mon 18:00-22:00,go,,ann,
gus,Gus,newcomer,en:native,UTC,Mon 18:00-22:00,go;sql,,bob,ann
"""

    def plan_by(self, method):
        with open(self.path("members.csv"), "w", encoding="utf-8") as f:
            f.write(self.ROWS)
        with open(self.path("policy.json"), "w", encoding="utf-8") as f:
            json.dump({"method": method}, f)
        members, policy = self.path("members.csv"), ("--policy", self.path("policy.json"))
        plan, run = self.match(members, *policy, "--from", FROM.isoformat())
        verify = cairn("verify", members, "--plan", self.path("plan.json"), "--certificate", self.path("cert.json"),
                       *policy)
        self.assertEqual(verify.returncode, 0, verify.stdout + verify.stderr)
        return plan, run.stdout, verify.stdout.splitlines()[0]

    def test_the_optimum_names_who_would_rather_have_each_other(self):
        plan, summary, word = self.plan_by("optimal")
        self.assertEqual(word, "OPTIMAL")
        self.assertEqual({p["newcomer"]: p["mentor"] for p in plan["pairs"]}, {"eve": "bob", "fay": "ann"})
        self.assertEqual(plan["stability"]["blocking_pairs"], 1)
        [pair] = plan["stability"]["pairs"]
        self.assertEqual((pair["newcomer"], pair["mentor"]), ("eve", "ann"))
        now = {p["newcomer"]: p["points"] for p in plan["pairs"]}
        self.assertEqual(pair["gain"], 2 * pair["points"] - now["eve"] - now["fay"])
        self.assertIn("prefer each other to what they have: 1.", summary)

    def test_deferred_acceptance_leaves_nobody_who_would(self):
        plan, summary, word = self.plan_by("deferred_acceptance")
        best = self.plan_by("optimal")[0]["objective"]
        self.assertEqual((plan["status"], word), ("stable", "STABLE"))
        self.assertEqual({p["newcomer"]: p["mentor"] for p in plan["pairs"]}, {"eve": "ann", "fay": "bob"})
        self.assertEqual(plan["stability"], {"blocking_pairs": 0, "pairs": []})
        self.assertEqual((plan["bound"], plan["gap"]), (best, None))
        self.assertGreater(best["total_points"], plan["objective"]["total_points"])
        self.assertIn("The plan is stable", summary)
        self.assertIn(f"total {best['total_points']}.", summary)

    def test_avoid_lists_stay_unseen(self):
        """Gus would like Ann's points and Bob; neither can be: no word of it anywhere."""
        plan, summary, _ = self.plan_by("optimal")
        self.assertNotIn("gus", json.dumps(plan["stability"]))
        self.assertEqual([u["reason"] for u in plan["unmatched"]], ["excluded"])


class Behaviour(Folder):
    def test_same_input_and_seed_give_the_same_plan_whatever_the_row_order(self):
        with open(helper.SAMPLE, encoding="utf-8", newline="") as f:
            reader = csv.DictReader(f)
            rows, columns = list(reader), reader.fieldnames
        with open(self.path("turned.csv"), "w", encoding="utf-8-sig", newline="") as f:
            writer = csv.DictWriter(f, columns[::-1], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows[::-1])
        plans = []
        for members in (helper.SAMPLE, helper.SAMPLE, self.path("turned.csv")):
            plan, _ = self.match(members, "--policy", helper.SAMPLE_POLICY, "--seed", 7)
            del plan["solver"]["wall_seconds"]
            plans.append(plan)
        self.assertEqual(plans[0], plans[1])
        self.assertEqual(plans[0], plans[2])

    def test_progress_for_machines_is_json_lines(self):
        read_end, write_end = os.pipe()
        plan, _ = self.match_with_fd(write_end)
        os.close(write_end)
        with os.fdopen(read_end, encoding="utf-8") as f:
            lines = [json.loads(line) for line in f]
        self.assertTrue(lines)
        for line in lines:
            self.assertEqual(set(line), {"phase", "done", "total", "best_objective", "bound"})
        self.assertEqual(plan["status"], "optimal")

    def match_with_fd(self, fd):
        run = cairn("match", helper.SAMPLE, "--plan", self.path("plan.json"), "--progress-fd", fd, pass_fds=[fd])
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.path("plan.json"), encoding="utf-8") as f:
            return json.load(f), run

    @staticmethod
    def open_writer(fifo):
        try:
            return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:  # nobody reads yet
            return None

    def test_a_solver_ends_with_whoever_reads_its_progress(self):
        members = self.path("members.csv")
        os.mkfifo(members)  # it waits for what nobody writes
        parent = subprocess.Popen(
            [sys.executable, "-c", "import subprocess, sys;"
             "print(p := subprocess.Popen(sys.argv[1:], pass_fds=[1]).pid, flush=True);"
             "sys.stdin.read()", helper.CAIRN, "match", members, "--plan",
             self.path("plan.json"), "--progress-fd", "1"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        solver = pathlib.Path(f"/proc/{int(parent.stdout.readline())}")
        while (writer := self.open_writer(members)) is None:
            time.sleep(0.01)
        self.addCleanup(os.close, writer)
        parent.kill()
        parent.communicate()
        deadline = time.monotonic() + 60
        while solver.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        self.assertFalse(solver.exists())

    def test_a_solver_that_dies_gives_3_and_leaves_nothing(self):
        run = cairn("match", helper.SAMPLE, "--plan", self.path("plan.json"),
                    preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)))
        self.assertEqual(run.returncode, 3, run.stderr)
        self.assertIn("signal", run.stderr)
        self.assertEqual(os.listdir(self.folder), [])

    def test_bad_use_gives_2(self):
        plan = self.path("plan.json")
        for args in ([], ["match"], ["nonsense"], ["match", helper.SAMPLE], ["match", helper.SAMPLE, "--plan"],
                     ["match", helper.SAMPLE, "--plan", plan, "--unknown", "1"],
                     ["match", helper.SAMPLE, "--plan", plan, "--seed", "-1"],
                     ["match", helper.SAMPLE, "--plan", plan, "--from", "2026-13-01"],
                     ["match", helper.SAMPLE, helper.SAMPLE, "--plan", plan],
                     ["match", self.path("missing.csv"), "--plan", plan]):
            with self.subTest(args=args):
                self.assertEqual(cairn(*args).returncode, 2)
        self.assertEqual(os.listdir(self.folder), [])

    def test_goals_may_be_left_out_and_each_has_its_price(self):
        goals = ["newcomers_matched", "worst_points", "total_points"]
        steps = self.plan_of_goals(goals)["steps"]
        self.assertEqual([s["goal"] for s in steps], ["total_points", "newcomers_matched", "worst_points"])
        for objective, step in ((goals, 2), ([goals[0], goals[2]], 1), ([goals[2]], 0)):
            plan = self.plan_of_goals(objective)
            self.assertEqual({k: steps[step][k] for k in plan["objective"]}, plan["objective"])
            self.assertEqual(len(plan["steps"]), step + 1 if step else 0)
        self.assertGreaterEqual(steps[1]["newcomers_matched"], steps[0]["newcomers_matched"])
        self.assertGreaterEqual(steps[2]["worst_points"], steps[1]["worst_points"])
        self.assertGreaterEqual(steps[0]["total_points"], steps[2]["total_points"])

    def plan_of_goals(self, objective):
        with open(self.path("goals.json"), "w", encoding="utf-8") as f:
            json.dump({"objective": objective}, f)
        args = (helper.SAMPLE, "--policy", self.path("goals.json"), "--plan", self.path("goals-plan.json"),
                "--certificate", self.path("goals-cert.json"))
        self.assertEqual(cairn("match", *args, "--from", "2026-10-01").returncode, 0)
        self.assertIn("OPTIMAL", cairn("verify", *args).stdout)
        with open(self.path("goals-plan.json"), encoding="utf-8") as f:
            return json.load(f)

    def test_faults_of_a_policy_are_named_with_pointers(self):
        with open(self.path("policy.json"), "w", encoding="utf-8") as f:
            json.dump({"hard_rules": {"language_level": "D1", "min_shared_minuts": 5},
                       "points": {"role": 1001}, "objective": ["worst_points", "total_points"],
                       "scales": {"experience_gap_years": {"min": "two"}}}, f)
        run = cairn("match", helper.SAMPLE, "--policy", self.path("policy.json"), "--plan", self.path("plan.json"))
        self.assertEqual(run.returncode, 2)
        for pointer in ("/hard_rules/language_level", "/hard_rules/min_shared_minuts", "/points/role", "/objective",
                        "/scales/experience_gap_years/min"):
            self.assertIn(f"policy.json: {pointer}: ", run.stderr)
        self.assertIn('did you mean "min_shared_minutes"', run.stderr)

    def test_help_and_version(self):
        self.assertIn("match", cairn("help").stdout)
        self.assertTrue(cairn("version").stdout.startswith("cairn "))
        self.assertEqual(cairn("match", "--help").returncode, 0)


if __name__ == "__main__":
    unittest.main()
