"""cairn explain: why this mentor, why not that one, why nobody."""
import json
import os
import re
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helper  # noqa: E402
from helper import cairn  # noqa: E402

DAY = "2026-10-01"


class Explain(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        plan = os.path.join(folder.name, "plan.json")
        run = cairn("match", helper.SAMPLE, "--plan", plan, "--from", DAY)
        assert run.returncode == 0, run.stderr
        with open(plan, encoding="utf-8") as f:
            cls.plan = json.load(f)

    def explain(self, newcomer, *more):
        run = cairn("explain", helper.SAMPLE, "--from", DAY, "--newcomer", newcomer, *more)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def test_a_pair_is_the_plans_and_its_points_add_up(self):
        pair = self.plan["pairs"][5]
        told = self.explain(pair["newcomer"])
        self.assertIn(f"{pair['newcomer']} has {pair['mentor']}.", told)
        points, parts, minutes = re.search(r"(\d+) points:(.*); (\d+) shared", told).groups()
        self.assertEqual(int(points), pair["points"])
        self.assertEqual(int(minutes), pair["shared_minutes"])
        parts = dict(re.findall(r"(\w+) (\d+)", parts))
        self.assertEqual({k: int(v) for k, v in parts.items()}, {k: v for k, v in pair["explanation"].items() if v})

    def test_nobody_has_the_plans_reason(self):
        unmatched = self.plan["unmatched"][0]
        told = self.explain(unmatched["newcomer"])
        self.assertIn(f"{unmatched['newcomer']} has no mentor: {unmatched['reason']}; {unmatched['help']}.", told)

    def test_another_mentor_has_its_price_or_its_reason(self):
        pair = self.plan["pairs"][5]
        mentors = sorted({p["mentor"] for p in self.plan["pairs"]} - {pair["mentor"]})
        priced = refused = 0
        for mentor in mentors[:40]:
            told = self.explain(pair["newcomer"], "--mentor", mentor)
            self.assertIn(f"With {mentor} instead:", told)
            if "not allowed" in told:
                refused += 1
                continue
            price = re.search(r"It would cost: ([+-]\d+) served, worst pair (\d+) -> (\d+), total ([+-]\d+) points", told)
            served, before, _, total = map(int, price.groups())
            self.assertLessEqual((served, total if served == 0 else 0), (0, 0))
            self.assertEqual(before, self.plan["objective"]["worst_points"])
            self.assertIn(f"  {pair['newcomer']}: {pair['mentor']} -> {mentor}\n", told)
            priced += 1
        self.assertGreater(priced, 0)
        self.assertGreater(refused, 0)

    def test_the_answer_is_a_file_too(self):
        pair = self.plan["pairs"][5]
        mentor = min({p["mentor"] for p in self.plan["pairs"]} - {pair["mentor"]})
        told = self.explain(pair["newcomer"], "--mentor", mentor, "--answer", "-")
        answer, end = json.JSONDecoder().raw_decode(told)
        self.assertEqual(answer["has"], {k: v for k, v in pair.items() if k != "newcomer"})
        self.assertEqual((answer["objective"], answer["unmatched"]), (self.plan["objective"], None))
        instead = answer["instead"]
        self.assertEqual(sum(instead["explanation"].values()), instead["points"])
        self.assertEqual(instead["is_allowed"], "not allowed" not in told[end:])
        self.assertEqual(instead["is_allowed"], instead["price"] is not None and not instead["broken_rules"])
        unmatched = self.plan["unmatched"][0]
        answer, _ = json.JSONDecoder().raw_decode(self.explain(unmatched["newcomer"], "--answer", "-"))
        self.assertEqual((answer["has"], answer["unmatched"], answer["instead"]),
                         (None, {"reason": unmatched["reason"], "help": unmatched["help"]}, None))

    def test_a_stable_plan_is_told_by_who_prefers_whom(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        policy, plan = (os.path.join(folder.name, name) for name in ("policy.json", "plan.json"))
        with open(policy, "w", encoding="utf-8") as f:
            json.dump({"method": "deferred_acceptance"}, f)
        run = cairn("match", helper.SAMPLE, "--policy", policy, "--plan", plan, "--from", DAY)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(plan, encoding="utf-8") as f:
            has = {p["newcomer"]: p["mentor"] for p in json.load(f)["pairs"]}
        best = {p["newcomer"]: p["mentor"] for p in self.plan["pairs"]}
        newcomer = min(n for n in set(has) & set(best) if has[n] != best[n])
        mentor = best[newcomer]
        told = self.explain(newcomer, "--mentor", mentor, "--policy", policy)
        self.assertIn(f"{newcomer} has {has[newcomer]}.", told)
        said = [f"{newcomer} prefers the mentor they have.", f"{mentor} has no free place, and prefers all they have."]
        self.assertTrue(any(s in told for s in said), told)
        self.assertNotIn("cost", told)

    def test_another_policy(self):
        """What the two plans say, each made on its own."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        draft, plan, answer = (os.path.join(folder.name, n) for n in ("draft.json", "plan.json", "answer.json"))
        with open(draft, "w", encoding="utf-8") as f:
            json.dump({"points": {"stack": 60, "role": 0}, "hard_rules": {"min_shared_minutes": 45}}, f)
        self.assertEqual(cairn("match", helper.SAMPLE, "--policy", draft, "--plan", plan, "--from", DAY).returncode, 0)
        run = cairn("explain", helper.SAMPLE, "--from", DAY, "--against", draft, "--answer", answer)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(plan, encoding="utf-8") as f:
            other = json.load(f)
        with open(answer, encoding="utf-8") as f:
            told = json.load(f)
        for key, made in (("was", self.plan), ("is", other)):
            self.assertEqual(told[key], {"plan_status": "optimal", "objective": made["objective"],
                                         "unmatched": len(made["unmatched"])})
        was, now = ({p["newcomer"]: p["mentor"] for p in made["pairs"]} for made in (self.plan, other))
        moved = {n for n in set(was) | set(now) if was.get(n) != now.get(n)}
        self.assertEqual(sum(told[k] for k in ("gained", "lost", "better", "worse", "even")), len(moved))
        self.assertEqual((told["gained"], told["lost"]), (len(set(now) - set(was)), len(set(was) - set(now))))
        self.assertEqual(len(told["changes"]), min(len(moved), 200))
        points = {p["newcomer"]: p["points"] for p in self.plan["pairs"]}
        loss = []
        for change in told["changes"]:
            newcomer = change["newcomer"]
            self.assertIn(newcomer, moved)
            self.assertEqual((change["was"], change["is"], change["points_was"]),
                             (was.get(newcomer), now.get(newcomer), points.get(newcomer)))
            if change["was"] and change["is"]:
                loss.append(change["points_is"] - change["points_was"])
        self.assertEqual(loss, sorted(loss))
        self.assertEqual(sum(x < 0 for x in loss), told["worse"])
        self.assertGreater(told["forbidden"], 0)  # hours that are too short for the policy
        self.assertIn(f"{told['gained']} more have a mentor and {told['lost']} have none any more", run.stdout)
        self.assertIn(f"{told['forbidden']} of its pairs are not allowed", run.stdout)
        for more in (["--newcomer", "n001"], ["--mentor", "m001"]):
            self.assertEqual(cairn("explain", helper.SAMPLE, "--against", draft, *more).returncode, 2)

    def test_faults_are_named(self):
        run = cairn("explain", helper.SAMPLE, "--newcomer", "nobody", "--mentor", "x")
        self.assertEqual(run.returncode, 2)
        self.assertIn('--newcomer: "nobody" is not the external_id of a member', run.stderr)
        self.assertIn('--mentor: "x" is not', run.stderr)
        pair = self.plan["pairs"][0]
        run = cairn("explain", helper.SAMPLE, "--newcomer", pair["mentor"])
        self.assertEqual(run.returncode, 2)
        self.assertIn("is not a newcomer", run.stderr)
        self.assertEqual(cairn("explain", helper.SAMPLE).returncode, 2)


if __name__ == "__main__":
    unittest.main()
