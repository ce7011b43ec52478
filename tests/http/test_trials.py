"""Trials over HTTP: why, why not that mentor and at what price, the override, with the
real solver and a real database. What a price must be comes from plans that are solved
anew with the pair forced by other means."""
import itertools
import unittest
import uuid

from tests.http.rounds_world import World, cairn

SERVICE = None


def setUpModule():
    global SERVICE
    SERVICE = cairn.Service()


def tearDownModule():
    SERVICE.close()


def world_of(policy=None):
    """A community of its own."""
    return World(SERVICE, policy, SERVICE.community(f"t{uuid.uuid4().hex[:12]}"))


def settled(staff, trial):
    while trial["state"] in ("queued", "running"):
        trial = staff.get(f"/v1/trials/{trial['id']}", headers={"Prefer": "wait=20"}).expect(200)
    return trial


def ask(world, path, body, state="solved"):
    """The trial when it has ended."""
    trial = world.staff.post(path, body, headers={"Prefer": "wait=20"}).expect(200, 202)
    trial = settled(world.staff, trial)
    if trial["state"] != state:
        raise AssertionError(trial)
    return trial


def explain(world, matching_round, newcomer, mentor=None, state="solved"):
    return ask(world, f"/v1/matching-rounds/{matching_round['id']}/explanations",
               {"newcomer_id": newcomer} | ({"mentor_id": mentor} if mentor else {}), state)


class Explanations(unittest.TestCase):
    def filled(self, policy=None):
        """Two mentors with one place each, whom three newcomers like differently; one
        newcomer speaks what nobody speaks."""
        world = world_of(policy)
        self.mentors = [world.mentor(f"mentor-{i}", capacity=1) for i in range(2)]
        self.newcomers = [world.newcomer(f"newcomer-{i}") for i in range(3)]
        self.alone = world.newcomer("alone", language="eu")
        world.rows("UPDATE member SET preferences = '{mentor-0}' WHERE community_id = %s"
                   " AND id = ANY (%s::uuid[])", world.community_id, self.newcomers[:2])
        return world

    def test_the_plan_is_explained_and_priced(self):
        world = self.filled()
        done = world.round({"seed": 3})
        has = {p["newcomer_id"]: p for p in world.proposals(done)}
        self.assertEqual(len(has), 2)
        answers = {pair: explain(world, done, *pair)["answer"]
                   for pair in itertools.product(self.newcomers, self.mentors)}
        points = {pair: answer["instead"]["points"] for pair, answer in answers.items()}
        prices = 0
        for (newcomer, mentor), answer in answers.items():
            self.assertEqual(answer["objective"], done["objective"])
            mine = has.get(newcomer)
            self.assertEqual(answer["has"], mine and {
                "mentor": mine["mentor_id"], "points": mine["points"],
                "shared_minutes": mine["shared_minutes"], "explanation": mine["explanation"]})
            self.assertEqual(answer["unmatched"] and answer["unmatched"]["reason"],
                             None if mine else "places-taken")
            pair, price = answer["instead"], answer["instead"]["price"]
            self.assertEqual(sum(pair["explanation"].values()), pair["points"])
            self.assertEqual(pair["is_in_plan"], bool(mine) and mine["mentor_id"] == mentor)
            # two places, one of them given away: the best for the other one
            self.assertEqual(price["objective"]["total_points"], pair["points"] + max(
                p for (n, m), p in points.items() if n != newcomer and m != mentor))
            self.assertEqual(price["difference"], {
                goal: price["objective"][goal] - was for goal, was in done["objective"].items()})
            self.assertEqual(price["touched"], len(price["changes"]))
            moved = {(c["newcomer"], c["is"]) for c in price["changes"]}
            self.assertEqual((newcomer, mentor) in moved, not pair["is_in_plan"])
            prices += price["difference"]["total_points"] < 0
        self.assertGreater(prices, 0)

    def test_what_is_not_allowed_says_why(self):
        world = self.filled()
        done = world.round()
        trial = explain(world, done, self.alone, self.mentors[0])
        self.assertEqual(trial["answer"]["unmatched"]["reason"], "no-shared-language")
        pair = trial["answer"]["instead"]
        self.assertEqual((pair["is_allowed"], pair["broken_rules"], pair["price"]),
                         (False, ["no-shared-language"], None))
        world.staff.act(f"/v1/trials/{trial['id']}:accept").problem(422, "not-feasible")
        # nobody learns who avoids whom
        world.rows("UPDATE member SET avoid = '{mentor-0}' WHERE community_id = %s AND id = %s",
                   world.community_id, self.newcomers[0])
        pair = explain(world, world.round(), self.newcomers[0],
                       self.mentors[0])["answer"]["instead"]
        self.assertEqual(pair["broken_rules"], ["excluded"])

    def test_without_a_mentor(self):
        world = self.filled()
        trial = explain(world, world.round(), self.alone)
        self.assertIsNone(trial["answer"]["instead"])
        problem = world.staff.act(f"/v1/trials/{trial['id']}:accept").problem(409, "wrong-state")
        self.assertEqual(problem["detail"], "the trial asked for no pair")

    def test_a_stable_plan_has_no_prices(self):
        world = self.filled({"method": "deferred_acceptance"})
        done = world.round()
        has = {p["newcomer_id"]: p["mentor_id"] for p in world.proposals(done)}
        newcomer = next(n for n in self.newcomers if n not in has)
        pair = explain(world, done, newcomer, self.mentors[0])["answer"]["instead"]
        self.assertEqual((pair["price"], pair["would_rather_not"]), (None, ["mentor"]))

    def test_an_override_is_made_after_its_price(self):
        world = self.filled()
        done = world.round()
        has = {p["newcomer_id"]: p for p in world.proposals(done)}
        newcomer = next(n for n in self.newcomers if n not in has)
        loser = next(p for p in has.values() if p["mentor_id"] == self.mentors[0])
        trial = explain(world, done, newcomer, self.mentors[0])
        changes = trial["answer"]["instead"]["price"]["changes"]
        self.assertIn({"newcomer": newcomer, "was": None, "is": self.mentors[0]}, changes)
        [moved] = [c for c in changes if c["newcomer"] == loser["newcomer_id"]]
        self.assertEqual(moved["was"], self.mentors[0])
        self.assertNotEqual(moved["is"], self.mentors[0])
        path = f"/v1/trials/{trial['id']}:accept"
        [tried] = world.staff.act(path + "?validate_only=true").expect(200)["items"]
        self.assertEqual(len(world.proposals(done)), 2)
        world.staff.act(path, etag='"1"').problem(412, "stale-version")
        world.staff.act(path, etag=None).problem(428, "precondition-required")
        [made] = world.staff.act(path).expect(200)["items"]
        self.assertEqual({k: made[k] for k in ("newcomer_id", "mentor_id", "state", "points",
                                               "explanation", "matching_round_id")},
                         {"newcomer_id": newcomer, "mentor_id": self.mentors[0],
                          "state": "locked", "matching_round_id": done["id"],
                          "points": trial["answer"]["instead"]["points"],
                          "explanation": trial["answer"]["instead"]["explanation"]})
        problem = world.staff.act(path).problem(409, "wrong-state")
        self.assertEqual(problem["current_state"], "accepted")
        self.assertIsNotNone(settled(world.staff, trial | {"state": "queued"})["accepted_at"])
        # the next round goes round it, and reaches what the price said of the others
        after = world.round()
        rest = {p["newcomer_id"]: p["mentor_id"] for p in world.proposals(after)}
        self.assertNotIn(newcomer, rest)
        self.assertEqual(list(rest.values()), [self.mentors[1]])
        self.assertEqual(after["objective"]["total_points"] + made["points"],
                         trial["answer"]["instead"]["price"]["objective"]["total_points"])
        confirmed = world.act(made, "confirm").expect(200)
        self.assertEqual(confirmed["state"], "confirmed")
        self.assertEqual(world.used(self.mentors[0])[0], 1)

    def test_an_override_keeps_the_rules(self):
        world = self.filled()
        done = world.round()
        has = {p["newcomer_id"]: p for p in world.proposals(done)}
        newcomer = next(n for n in self.newcomers if n not in has)
        taken = next(p for p in has.values() if p["mentor_id"] == self.mentors[0])
        trial = explain(world, done, newcomer, self.mentors[0])
        path = f"/v1/trials/{trial['id']}:accept"
        world.act(taken, "lock").expect(200)
        world.staff.act(path).problem(409, "capacity-reached")
        world.act(taken, "unlock").expect(200)
        world.act(taken, "confirm").expect(200)
        world.staff.act(path).problem(409, "capacity-reached")
        other = explain(world, done, taken["newcomer_id"], self.mentors[1])
        world.staff.act(f"/v1/trials/{other['id']}:accept").problem(409, "wrong-state")
        # declined is declined, by hand too
        free = explain(world, done, newcomer, self.mentors[1])
        [made] = world.staff.act(f"/v1/trials/{free['id']}:accept").expect(200)["items"]
        world.act(made, "decline").expect(200)
        again = explain(world, done, newcomer, self.mentors[1])
        world.staff.act(f"/v1/trials/{again['id']}:accept").problem(409, "wrong-state")

    def test_who_may_ask_and_what(self):
        world = self.filled()
        done = world.round()
        path = f"/v1/matching-rounds/{done['id']}/explanations"
        newcomer, mentor = self.newcomers[0], self.mentors[0]
        stranger = str(uuid.uuid4())
        for who in (world.member(newcomer, "newcomer"), world.member(mentor, "mentor")):
            who.post(path, {"newcomer_id": newcomer}).problem(403, "forbidden")
            who.get(f"/v1/programs/{world.program_id}/trials").problem(403, "forbidden")
        problem = world.staff.post(path, {"newcomer_id": stranger, "mentor_id": stranger}
                                   ).problem(422, "validation-failed")
        self.assertEqual([f["pointer"] for f in problem["errors"]],
                         ["/newcomer_id", "/mentor_id"])
        world.staff.post(path, {"newcomer_id": "x"}).problem(400, "invalid-field")
        world.staff.post(path, {"mentor_id": mentor}).problem(400, "invalid-field")
        trial = explain(world, done, mentor, state="failed")
        self.assertEqual(trial["error"], "the newcomer took no part in the round")
        elsewhere = world_of()
        elsewhere.staff.post(path, {"newcomer_id": newcomer}).problem(404, "not-found")
        elsewhere.staff.get(f"/v1/trials/{trial['id']}").problem(404, "not-found")

    def test_lists_and_cancels(self):
        with cairn.Service("--no-worker") as service:
            world = World(service)
            newcomer, mentor = world.newcomer("n"), world.mentor("m")
            ids = f"{newcomer},{mentor}"
            waiting = str(cairn.uuid7())
            world.rows("INSERT INTO matching_round (community_id, id, program_id, policy_version,"
                       " state, input) VALUES (%s, %s, %s, 1, 'queued', NULL)",
                       world.community_id, waiting, world.program_id)
            path = f"/v1/matching-rounds/{waiting}/explanations"
            problem = world.staff.post(path, {"newcomer_id": newcomer}).problem(409, "wrong-state")
            self.assertEqual(problem["current_state"], "queued")
            world.rows("UPDATE matching_round SET state = 'solved', input = %s", ids)
            trials = [world.staff.post(path, {"newcomer_id": newcomer}).expect(202)["id"]
                      for _ in range(20)]
            world.staff.post(path, {"newcomer_id": newcomer}).problem(409, "conflict")
            listed = f"/v1/programs/{world.program_id}/trials"
            self.assertEqual([t["id"] for t in world.staff.get(listed).expect(200)["items"]],
                             trials)
            self.assertEqual(len(world.staff.get(listed + "?kind=explanation&limit=3"
                                                 ).expect(200)["items"]), 3)
            world.staff.get(listed + "?kind=guess").problem(400, "invalid-field")
            cancelled = world.staff.post(f"/v1/trials/{trials[0]}:cancel").expect(200, 202)
            self.assertEqual(cancelled["state"], "cancelled")
            problem = world.staff.post(f"/v1/trials/{trials[0]}:cancel").problem(409, "wrong-state")
            self.assertEqual(problem["current_state"], "cancelled")
            world.staff.act(f"/v1/trials/{trials[1]}:accept").problem(409, "wrong-state")


if __name__ == "__main__":
    unittest.main()
