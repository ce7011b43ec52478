"""Trials over HTTP: why, why not that mentor and at what price, the override; another
policy; repairs, with the real solver and a real database. What an answer must be comes
from rounds and from looking at all plans there are."""
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
            world.staff.post(f"/v1/trials/{trials[2]}:cancel").expect(202)
            cancelled = world.staff.post(f"/v1/trials/{trials[0]}:cancel",
                                         headers={"Prefer": "wait=20"}).expect(200)
            self.assertEqual(cancelled["state"], "cancelled")
            problem = world.staff.post(f"/v1/trials/{trials[0]}:cancel").problem(409, "wrong-state")
            self.assertEqual(problem["current_state"], "cancelled")
            world.staff.act(f"/v1/trials/{trials[1]}:accept").problem(409, "wrong-state")


class Comparisons(unittest.TestCase):
    def filled(self):
        """Two like the first mentor, one of whom learns more from them than from the other."""
        world = world_of()
        self.mentors = [world.mentor(f"mentor-{i}", capacity=1) for i in range(2)]
        self.newcomers = [world.newcomer(f"newcomer-{i}") for i in range(3)]
        for mentor, level in zip(self.mentors, (5, 1)):
            world.rows("UPDATE member SET stack = %s WHERE community_id = %s AND id = %s",
                       f'[{{"term": "go", "level": {level}}}]', world.community_id, mentor)
        for k, newcomer in enumerate(self.newcomers):
            world.rows("UPDATE member SET preferences = %s, wants = %s WHERE community_id = %s"
                       " AND id = %s", ["mentor-0"] if k < 2 else [],
                       ["go"] if k == 1 else ["rust"], world.community_id, newcomer)
        return world

    def test_a_draft_is_what_it_would_be(self):
        world = self.filled()
        draft = {"points": {"newcomer_preference": 0, "stack": 60},
                 "hard_rules": {"min_shared_minutes": 45}}
        path = f"/v1/programs/{world.program_id}/comparisons"
        trial = ask(world, path + "?seed=4", draft)
        self.assertEqual((trial["kind"], trial["matching_round_id"], trial["policy_version"]),
                         ("comparison", None, 1))
        self.assertEqual(trial["question"]["policy"]["points"]["stack"], 60)
        self.assertEqual(world.rows("SELECT count(*) FROM proposal WHERE community_id = %s",
                                    world.community_id), [(0,)])
        plans = []
        for _ in range(2):
            done = world.round({"seed": 4})
            plans.append((done, {p["newcomer_id"]: p for p in world.proposals(done)}))
            world.put_policy(draft)
        (first, was), (second, after) = plans
        answer = trial["answer"]
        self.assertEqual(answer["was"], {"plan_status": "optimal", "unmatched": 1,
                                         "objective": first["objective"]})
        self.assertEqual(answer["is"], {"plan_status": "optimal", "unmatched": 1,
                                        "objective": second["objective"]})
        moved = {c["newcomer"]: c for c in answer["changes"]}
        self.assertEqual((moved[self.newcomers[1]]["was"], moved[self.newcomers[1]]["is"]),
                         (self.mentors[1], self.mentors[0]))
        for newcomer in self.newcomers:
            before, now = was.get(newcomer), after.get(newcomer)
            same = (before and before["mentor_id"]) == (now and now["mentor_id"])
            self.assertEqual(newcomer not in moved, same)
            if not same:
                change = moved[newcomer]
                self.assertEqual(change["was"], before and before["mentor_id"])
                self.assertEqual(change["is"], now and now["mentor_id"])
                self.assertEqual(change["points_was"], before and before["points"])
                self.assertEqual(change["points_is"] is None, now is None)
        self.assertEqual(len(moved), sum(answer[k] for k in
                                         ("gained", "lost", "better", "worse", "even")))
        self.assertEqual(answer["is_by_was"]["total_points"] - first["objective"]["total_points"],
                         sum((c["points_is"] or 0) - (c["points_was"] or 0)
                             for c in moved.values()))
        self.assertEqual(answer["forbidden"], 0)
        problem = world.staff.act(f"/v1/trials/{trial['id']}:accept").problem(409, "wrong-state")
        self.assertIn("nothing to accept", problem["detail"])
        beside = ask(world, path + "?policy_version=2&seed=4", draft)
        self.assertEqual((beside["answer"]["changes"], beside["answer"]["was"]),
                         ([], beside["answer"]["is"]))

    def test_who_is_busy_has_no_hours(self):
        """As in a round: what comes back every week is no time for a mentor."""
        world = world_of()
        world.mentor("mentor")
        newcomer = world.newcomer("newcomer")
        path = f"/v1/programs/{world.program_id}/comparisons"
        free = ask(world, path, {})["answer"]["was"]["objective"]
        world.rows("INSERT INTO busy_calendar (community_id, member_id, covers)"
                   " VALUES (%s, %s, tstzrange(now(), now() + interval '1 year'))",
                   world.community_id, newcomer)
        world.rows("INSERT INTO busy_time (community_id, member_id, starts_at, ends_at)"
                   " SELECT %s, %s, d, d + interval '1 day' FROM generate_series("
                   " date_trunc('week', now(), 'UTC') - interval '1 week', now() + interval"
                   " '90 days', '7 days') AS d", world.community_id, newcomer)
        busy = ask(world, path, {})["answer"]["was"]
        self.assertEqual((free["newcomers_matched"], busy["objective"]["newcomers_matched"]),
                         (1, 0))
        self.assertEqual(busy["objective"], world.round()["objective"])

    def test_what_cannot_be_compared(self):
        world = self.filled()
        path = f"/v1/programs/{world.program_id}/comparisons"
        problem = world.staff.post(path, {"hard_rules": {"rest_days": 9}, "scales": {
            "load_window_days": 1}}).problem(422, "validation-failed")
        self.assertEqual([f["pointer"] for f in problem["errors"]],
                         ["/hard_rules/rest_days", "/scales/load_window_days"])
        problem = world.staff.post(path, {"points": {"role": -1}}).problem(400, "invalid-field")
        self.assertEqual(problem["errors"][0]["pointer"], "/points/role")
        world.staff.post(path + "?policy_version=9", {}).problem(422, "validation-failed")
        world.staff.post(path + "?seed=x", {}).problem(400, "invalid-field")
        world.staff.post(f"/v1/programs/{uuid.uuid4()}/comparisons", {}).problem(404, "not-found")
        world.member(self.newcomers[0], "newcomer").post(path, {}).problem(403, "forbidden")


class Repairs(unittest.TestCase):
    def filled(self, policy=None, capacities=(1, 1, 2)):
        """Newcomers paired with the mentors of their number."""
        self.assertIn(len(capacities), (2, 3))
        world = world_of(policy)
        self.mentors = [world.mentor(f"mentor-{i}", capacity=c)
                        for i, c in enumerate(capacities)]
        self.newcomers = [world.newcomer(f"newcomer-{i}") for i in range(2)]
        self.pairings = [world.staff.post("/v1/pairings", {
            "program_id": world.program_id, "newcomer_id": n, "mentor_id": m}).expect(201)
            for n, m in zip(self.newcomers, self.mentors)]
        return world

    def repair(self, world, body=None):
        return ask(world, f"/v1/programs/{world.program_id}/repairs", body)

    def pause(self, world, mentor):
        world.rows("UPDATE enrollment SET paused_until = current_date + 30 WHERE community_id ="
                   " %s AND member_id = %s", world.community_id, mentor)

    def has(self, world):
        items = world.staff.get(f"/v1/pairings?program_id={world.program_id}&state=active"
                                ).expect(200)["items"]
        return {p["newcomer_id"]: p["mentor_id"] for p in items}

    def test_a_mentor_pauses(self):
        world = self.filled()
        waits = world.newcomer("waits")
        old = world.proposals(world.round())
        self.assertEqual([p["newcomer_id"] for p in old], [waits])
        self.pause(world, self.mentors[0])
        trial = self.repair(world)
        answer = trial["answer"]
        self.assertEqual((answer["status"], answer["kept"], answer["changed"], answer["ended"]),
                         ("optimal", 1, 0, 1))
        self.assertEqual(answer["objective"]["newcomers_matched"], 3)
        changes = {c["newcomer"]: c for c in answer["changes"]}
        self.assertEqual(set(changes), {self.newcomers[0], waits})
        self.assertEqual((changes[self.newcomers[0]]["was"], changes[waits]["was"]),
                         (self.mentors[0], None))
        for change in changes.values():
            self.assertEqual(change["is"], self.mentors[2])
            self.assertEqual(sum(change["pair"]["explanation"].values()),
                             change["pair"]["points"])
        self.assertEqual(self.has(world), dict(zip(self.newcomers, self.mentors)))

        path = f"/v1/trials/{trial['id']}:accept"
        world.staff.act(path + "?validate_only=true").expect(200)
        made = {p["newcomer_id"]: p for p in world.staff.act(path).expect(200)["items"]}
        self.assertEqual({n: (p["mentor_id"], p["points"], p["state"]) for n, p in made.items()},
                         {n: (c["is"], c["pair"]["points"], "proposed")
                          for n, c in changes.items()})
        moved = made[self.newcomers[0]]
        self.assertEqual(moved["replaces_pairing_id"], self.pairings[0]["id"])
        self.assertIsNone(made[waits]["replaces_pairing_id"])
        done = world.staff.get(f"/v1/matching-rounds/{moved['matching_round_id']}").expect(200)
        self.assertEqual((done["state"], done["trial_id"], done["proposals"]["proposed"]),
                         ("solved", trial["id"], 2))
        [expired] = [world.staff.get(f"/v1/proposals/{p['id']}").expect(200) for p in old]
        self.assertEqual(expired["state"], "expired")
        world.staff.get(f"/v1/matching-rounds/{done['id']}/plan").problem(404, "not-found")
        world.staff.act(path).problem(409, "wrong-state")

        for p in made.values():
            self.assertEqual(world.act(p, "confirm").expect(200)["state"], "confirmed")
        self.assertEqual(self.has(world), {self.newcomers[0]: self.mentors[2],
                                           self.newcomers[1]: self.mentors[1],
                                           waits: self.mentors[2]})
        ended = world.staff.get(f"/v1/pairings/{self.pairings[0]['id']}").expect(200)
        self.assertEqual((ended["state"], ended["end_reason"]),
                         ("ended", "another mentor, by a repair"))
        self.assertEqual([world.used(m)[0] for m in self.mentors], [0, 1, 2])
        self.assertEqual(world.request_of(waits)[0], "matched")

    def like_each_other(self, world):
        """Each of the two would rather have the other one's mentor."""
        for k in range(2):
            world.rows("UPDATE member SET preferences = %s WHERE community_id = %s AND id = %s",
                       [f"mentor-{1 - k}"], world.community_id, self.newcomers[k])

    def test_two_change_places(self):
        world = self.filled(capacities=(1, 1))
        self.like_each_other(world)
        [k0, k1, k2] = self.repair(world, {"frontier": 9})["answer"]["frontier"]
        self.assertEqual([k["changed"] for k in (k0, k1, k2)], [0, 0, 2])
        self.assertEqual([k["kept"] for k in (k0, k1, k2)], [2, 2, 0])
        totals = [k["objective"]["total_points"] for k in (k0, k1, k2)]
        self.assertEqual(totals, [totals[0], totals[0], totals[0] + 40])  # two first wishes
        self.assertEqual(self.repair(world, {"changes": 1})["answer"]["changes"], [])
        trial = self.repair(world, {"changes": 2})
        made = world.staff.act(f"/v1/trials/{trial['id']}:accept").expect(200)["items"]
        self.assertEqual(len(made), 2)
        # alone neither finds a place; together they do
        world.act(made[0], "confirm").problem(409, "capacity-reached")
        self.assertEqual(self.has(world), dict(zip(self.newcomers, self.mentors)))
        path = f"/v1/matching-rounds/{made[0]['matching_round_id']}/proposals:confirm-batch"
        world.staff.post(path, {"proposal_ids": [p["id"] for p in made] + [str(uuid.uuid4())]}
                         ).problem(404, "not-found")
        self.assertEqual(self.has(world), dict(zip(self.newcomers, self.mentors)))
        world.staff.post(path, {"proposal_ids": [p["id"] for p in made]}).expect(200)
        self.assertEqual(self.has(world), dict(zip(self.newcomers, reversed(self.mentors))))
        self.assertEqual([world.used(m)[0] for m in self.mentors], [1, 1])

    def test_members_are_asked_as_ever(self):
        world = self.filled({"confirmation": {"newcomer": True, "mentor": True}})
        trial = self.repair(world, {"without_mentor_ids": [self.mentors[0]]})
        self.assertEqual(trial["answer"]["ended"], 1)
        [made] = world.staff.act(f"/v1/trials/{trial['id']}:accept").expect(200)["items"]
        newcomer = world.member(self.newcomers[0], "newcomer")
        mentor = world.member(made["mentor_id"], "mentor")
        newcomer.get(f"/v1/proposals/{made['id']}").problem(404, "not-found")
        world.act(made, "confirm").expect(200)
        seen = newcomer.get(f"/v1/proposals/{made['id']}").expect(200)
        self.assertEqual(seen["replaces_pairing_id"], self.pairings[0]["id"])
        self.assertIsNone(mentor.get(f"/v1/proposals/{made['id']}").expect(200)
                          ["replaces_pairing_id"])
        world.act(made, "confirm", client=mentor).expect(200)
        self.assertEqual(self.has(world)[self.newcomers[0]], self.mentors[0])
        # while it is offered nobody moves the newcomer about
        self.assertEqual(self.repair(world, {"without_mentor_ids": [self.mentors[0]]}
                                     )["answer"]["changes"], [])
        self.assertEqual(world.act(made, "confirm", client=newcomer).expect(200)["state"],
                         "confirmed")
        self.assertEqual(self.has(world)[self.newcomers[0]], made["mentor_id"])

    def test_what_changed_meanwhile(self):
        world = self.filled()
        self.pause(world, self.mentors[0])
        trial = self.repair(world)
        world.staff.act(f"/v1/pairings/{self.pairings[0]['id']}:end").expect(200)
        path = f"/v1/trials/{trial['id']}:accept"
        problem = world.staff.act(path).problem(409, "wrong-state")
        self.assertIn("no longer where the trial saw them", problem["detail"])
        self.assertEqual(world.staff.get(f"/v1/programs/{world.program_id}/matching-rounds"
                                         ).expect(200)["items"], [])
        frontier = self.repair(world, {"frontier": 1})
        world.staff.act(f"/v1/trials/{frontier['id']}:accept").problem(409, "wrong-state")

    def test_rest_is_for_newcomers_who_come(self):
        """A mentor at rest keeps whom they have and gets nobody; a pairing that was made in
        spite of a decline stays."""
        world = self.filled({"hard_rules": {"rest_days": 30}})
        world.rows("INSERT INTO pairing (community_id, id, program_id, newcomer_id, mentor_id,"
                   " state, ended_at) VALUES (%s, %s, %s, %s, %s, 'ended', now())",
                   world.community_id, str(cairn.uuid7()), world.program_id, self.newcomers[0],
                   self.mentors[1])
        waits = world.newcomer("waits")
        world.rows("UPDATE enrollment SET capacity = 3 WHERE community_id = %s AND member_id = %s",
                   world.community_id, self.mentors[1])
        answer = self.repair(world)["answer"]
        self.assertEqual((answer["kept"], answer["ended"]), (2, 0))
        self.assertEqual([(c["newcomer"], c["is"]) for c in answer["changes"]],
                         [(waits, self.mentors[2])])

    def test_who_may_ask_and_what(self):
        world = self.filled()
        path = f"/v1/programs/{world.program_id}/repairs"
        world.staff.post(path, {"changes": 1, "frontier": 2}).problem(422, "validation-failed")
        world.staff.post(path, {"changes": -1}).problem(400, "invalid-field")
        problem = world.staff.post(path, {"without_mentor_ids": [self.newcomers[0]]}).problem(
            422, "validation-failed")
        self.assertEqual(problem["errors"][0]["pointer"], "/without_mentor_ids/0")
        world.member(self.mentors[0], "mentor").post(path, {}).problem(403, "forbidden")
        world_of().staff.post(path, {}).problem(404, "not-found")


if __name__ == "__main__":
    unittest.main()
