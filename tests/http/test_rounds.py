"""The coordinator's round over HTTP, with the real solver and a real database."""
import datetime
import os
import subprocess
import tempfile
import time
import unittest
import uuid

from tests.http.rounds_world import World, cairn

SERVICE = None


def setUpModule():
    global SERVICE
    SERVICE = cairn.Service()


def tearDownModule():
    SERVICE.close()


class Rounds(unittest.TestCase):
    """Each test has a community of its own."""

    def world(self, policy=None):
        slug = f"c{uuid.uuid4().hex[:12]}"
        return World(SERVICE, policy, SERVICE.community(slug))

    def filled(self, policy=None):
        world = self.world(policy)
        self.mentors = [world.mentor(f"mentor-{i}") for i in range(3)]
        self.newcomers = [world.newcomer(f"newcomer-{i}") for i in range(4)]
        self.alone = world.newcomer("alone", language="eu")
        return world

    def pair(self, proposal):
        return proposal["newcomer_id"], proposal["mentor_id"]

    def test_story(self):
        world = self.filled()
        first = world.round({"seed": 5})
        self.assertEqual(first["seed"], 5)
        self.assertEqual(first["plan_status"], "optimal")
        self.assertEqual(first["objective"]["newcomers_matched"], 4)
        self.assertEqual([(u["newcomer"], u["reason"]) for u in first["unmatched"]],
                         [(self.alone, "no-shared-language")])
        self.assertTrue(first["unmatched"][0]["help"])
        proposals = world.proposals(first)
        self.assertEqual(len(proposals), 4)
        for p in proposals:
            self.assertEqual(sum(p["explanation"].values()), p["points"])
            self.assertGreater(p["shared_minutes"], 0)
            self.assertEqual(p["newcomer_time_zone"], "Europe/Berlin")
        self.assertEqual(sum(p["points"] for p in proposals), first["objective"]["total_points"])

        locked, declined, *confirmed = proposals
        self.assertEqual(world.act(locked, "lock").expect(200)["state"], "locked")
        done = world.act(declined, "decline", {"reason": "they know each other"}).expect(200)
        self.assertEqual((done["state"], done["decline_reason"]),
                         ("declined", "they know each other"))
        for p in confirmed:
            done = world.act(p, "confirm").expect(200)
            self.assertEqual(done["state"], "confirmed")
            pairing = world.staff.get(f"/v1/pairings/{done['pairing_id']}").expect(200)
            self.assertEqual(self.pair(pairing), self.pair(p))
            self.assertEqual(pairing["state"], "active")
            state, history = world.request_of(p["newcomer_id"])
            self.assertEqual((state, history), ("matched", ["open", "in_round", "open", "matched"]))

        second = world.round()
        again = world.proposals(second)
        self.assertEqual([p["newcomer_id"] for p in again], [declined["newcomer_id"]])
        self.assertNotEqual(again[0]["mentor_id"], declined["mentor_id"])
        states = {p["id"]: p["state"] for p in world.proposals(first)}
        self.assertEqual(states[locked["id"]], "locked")
        self.assertEqual(states[declined["id"]], "declined")
        self.assertEqual({states[p["id"]] for p in confirmed}, {"confirmed"})
        self.assertEqual(world.act(locked, "confirm").expect(200)["state"], "confirmed")
        for mentor in self.mentors:
            used, capacity = world.used(mentor)
            self.assertLessEqual(used, capacity)

    def test_files_verify_on_a_laptop(self):
        world = self.filled()
        done = world.round()
        self.assertTrue(done["input_digest"])
        with tempfile.TemporaryDirectory() as folder:
            for name, kind in (("input", "text/csv"), ("plan", "application/json"),
                               ("certificate", "application/json")):
                path = f"/v1/matching-rounds/{done['id']}/{name}"
                world.staff.unchanged(path)
                answer = world.staff.get(path)
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.headers["Content-Type"].split(";")[0], kind)
                with open(os.path.join(folder, name), "wb") as out:
                    out.write(answer.body)
            args = [cairn.program(), "verify", "input", "--plan", "plan",
                    "--certificate", "certificate"]
            good = subprocess.run(args, cwd=folder, capture_output=True, text=True, timeout=60)
            self.assertEqual((good.returncode, "OPTIMAL" in good.stdout), (0, True),
                             good.stdout + good.stderr)
            with open(os.path.join(folder, "input"), encoding="utf-8") as members:
                text = members.read()
            self.assertIn("waiting_days", text.splitlines()[0])
            self.assertNotIn("newcomer-0,", text)  # ids, not the community's own names for people

    def test_wrong_states(self):
        world = self.filled()
        p = world.proposals(world.round())[0]
        world.act(p, "decline").expect(200)
        for verb in ("lock", "unlock", "confirm", "decline"):
            problem = world.act(p, verb).problem(409, "wrong-state")
            self.assertEqual(problem["current_state"], "declined")
        world.act(p, "lock", etag='"1"').problem(412, "stale-version")
        world.act(p, "lock", etag=None).problem(428, "precondition-required")
        world.act({"id": str(uuid.uuid4())}, "lock").problem(404, "not-found")
        world.act(p, "decline", {"why": "x"}).problem(400, "unknown-field")
        world.act(p, "decline", {"reason": "x" * 1001}).problem(400, "invalid-field")

    def test_lock_and_unlock(self):
        world = self.filled()
        p = world.proposals(world.round())[0]
        locked = world.act(p, "lock").expect(200)
        world.act(locked, "lock").problem(409, "wrong-state")
        self.assertEqual(world.act(locked, "unlock").expect(200)["state"], "proposed")
        world.round()
        now = world.staff.get(f"/v1/proposals/{p['id']}").expect(200)
        self.assertEqual(now["state"], "expired")

    def test_batch_is_all_or_none(self):
        world = self.filled()
        done = world.round()
        proposals = world.proposals(done)
        path = f"/v1/matching-rounds/{done['id']}/proposals:confirm-batch"
        ids = [p["id"] for p in proposals]
        world.act(proposals[2], "decline").expect(200)
        problem = world.staff.post(path, {"proposal_ids": ids}).problem(409, "wrong-state")
        self.assertEqual(problem["errors"][0]["pointer"], "/proposal_ids/2")
        self.assertEqual(problem["current_state"], "declined")
        self.assertEqual(world.staff.get("/v1/pairings").expect(200)["items"], [])
        rest = ids[:2] + ids[3:]
        answer = world.staff.post(path, {"proposal_ids": rest}).expect(200)
        self.assertEqual([p["id"] for p in answer["items"]], rest)
        self.assertEqual({p["state"] for p in answer["items"]}, {"confirmed"})
        self.assertEqual(len(world.staff.get("/v1/pairings").expect(200)["items"]), 3)
        for body in ({"proposal_ids": []}, {"proposal_ids": ["x"]}, {}, {"proposal_ids": rest * 70}):
            world.staff.post(path, body).problem(400, "invalid-field")

    def test_members_confirm_where_the_policy_asks(self):
        world = self.filled({"confirmation": {"newcomer": True, "mentor": True}})
        mine, other, *_ = world.proposals(world.round())
        newcomer = world.member(mine["newcomer_id"], "newcomer")
        mentor = world.member(mine["mentor_id"], "mentor")
        stranger = world.member(self.alone, "newcomer")
        self.assertEqual(newcomer.get("/v1/proposals").expect(200)["items"], [])
        newcomer.get(f"/v1/proposals/{mine['id']}").problem(404, "not-found")
        world.act(mine, "confirm", client=newcomer).problem(404, "not-found")

        offered = world.act(mine, "confirm").expect(200)
        self.assertEqual((offered["state"], offered["pairing_id"]), ("locked", None))
        self.assertEqual(world.request_of(mine["newcomer_id"])[0], "offered")
        self.assertEqual([p["id"] for p in newcomer.get("/v1/proposals").expect(200)["items"]],
                         [mine["id"]])
        stranger.get(f"/v1/proposals/{mine['id']}").problem(404, "not-found")
        newcomer.act(f"/v1/proposals/{mine['id']}:lock").problem(403, "forbidden")
        world.round()  # an offer outlives a round
        self.assertEqual(world.act(mine, "confirm", client=newcomer).expect(200)["state"], "locked")
        done = world.act(mine, "confirm", client=mentor).expect(200)
        self.assertEqual(done["state"], "confirmed")
        self.assertEqual(world.request_of(mine["newcomer_id"])[0], "matched")
        pairing = mentor.get(f"/v1/pairings/{done['pairing_id']}").expect(200)
        stranger.get(f"/v1/pairings/{pairing['id']}").problem(404, "not-found")

        ended = newcomer.act(f"/v1/pairings/{pairing['id']}:end", {"reason": "no time"}).expect(200)
        self.assertEqual((ended["state"], ended["end_reason"]), ("ended", None))
        staff = world.staff.get(f"/v1/pairings/{pairing['id']}").expect(200)
        self.assertEqual(staff["end_reason"], "no time")
        self.assertEqual(world.used(mine["mentor_id"])[0], 0)
        problem = world.staff.act(f"/v1/pairings/{pairing['id']}:end").problem(409, "wrong-state")
        self.assertEqual(problem["current_state"], "ended")

    def test_a_member_declines_an_offer(self):
        world = self.filled({"confirmation": {"newcomer": True, "mentor": False}})
        mine = world.proposals(world.round())[0]
        newcomer = world.member(mine["newcomer_id"], "newcomer")
        mentor = world.member(mine["mentor_id"], "mentor")
        world.act(mine, "confirm").expect(200)
        world.act(mine, "decline", client=mentor).problem(403, "forbidden")
        said = world.act(mine, "decline", {"reason": "my former boss"}, client=newcomer).expect(200)
        self.assertEqual(said["state"], "declined")
        seen = mentor.get(f"/v1/proposals/{mine['id']}").expect(200)
        self.assertIsNone(seen["decline_reason"])
        self.assertEqual(world.request_of(mine["newcomer_id"])[0], "open")
        again = [p for p in world.proposals(world.round())
                 if p["newcomer_id"] == mine["newcomer_id"]]
        self.assertEqual(len(again), 1)
        self.assertNotEqual(again[0]["mentor_id"], mine["mentor_id"])

    def test_pairing_by_hand(self):
        world = self.filled()
        small = world.mentor("small", capacity=1)
        a, b, *_ = self.newcomers
        body = {"program_id": world.program_id, "newcomer_id": a, "mentor_id": small}
        made = world.staff.post("/v1/pairings", body)
        document = made.expect(201)
        self.assertEqual(made.headers["Location"], f"/v1/pairings/{document['id']}")
        self.assertEqual(world.staff.get(made.headers["Location"]).etag, made.etag)
        self.assertEqual(world.request_of(a)[0], "matched")
        world.staff.post("/v1/pairings", {**body, "newcomer_id": b}).problem(409, "capacity-reached")
        world.staff.post("/v1/pairings", {**body, "mentor_id": self.mentors[0]}
                         ).problem(409, "conflict")
        problem = world.staff.post("/v1/pairings", {**body, "newcomer_id": self.mentors[1],
                                                    "mentor_id": b}).problem(422, "validation-failed")
        self.assertEqual({e["pointer"] for e in problem["errors"]}, {"/newcomer_id", "/mentor_id"})
        world.member(b, "newcomer").post("/v1/pairings", body).problem(403, "forbidden")
        round_ = world.round()
        self.assertNotIn(a, [p["newcomer_id"] for p in world.proposals(round_)])
        self.assertNotIn(small, [p["mentor_id"] for p in world.proposals(round_)])

    def test_repeat_window_and_pause(self):
        world = self.world({"hard_rules": {"repeat_window_days": 30}})
        first, second = world.mentor("first"), world.mentor("second")
        newcomer = world.newcomer("newcomer")
        body = {"program_id": world.program_id, "newcomer_id": newcomer, "mentor_id": first}
        pairing = world.staff.post("/v1/pairings", body).expect(201)
        world.staff.act(f"/v1/pairings/{pairing['id']}:end").expect(200)
        world.ask(newcomer)
        p = world.proposals(world.round())
        self.assertEqual([self.pair(x) for x in p], [(newcomer, second)])
        world.rows("UPDATE enrollment SET paused_until = current_date + 5 WHERE member_id = %s",
                   second)
        done = world.round()
        self.assertEqual(world.proposals(done), [])
        self.assertEqual(len(done["unmatched"]), 1)
        world.rows("UPDATE pairing SET ended_at = now() - interval '31 days' WHERE id = %s",
                   pairing["id"])
        self.assertEqual([self.pair(x) for x in world.proposals(world.round())],
                         [(newcomer, first)])

    def test_a_newcomer_who_pauses_waits(self):
        world = self.world()
        world.mentor("mentor")
        newcomer = world.newcomer("away")
        enrollment = f"/v1/programs/{world.program_id}/enrollments/{newcomer}/newcomer"
        today = world.rows("SELECT current_date")[0][0]
        until = today + datetime.timedelta(days=5)
        world.staff.put(enrollment, {"paused_until": str(until)}).expect(200)
        done = world.round()
        self.assertEqual((world.proposals(done), done["unmatched"]), ([], []))
        self.assertEqual(world.request_of(newcomer)[0], "open")
        # back on that very day
        world.staff.put(enrollment, {"paused_until": str(today)}).expect(200)
        self.assertEqual([p["newcomer_id"] for p in world.proposals(world.round())], [newcomer])

    def test_no_rest_and_no_window_whenever_it_ended(self):
        """Where the policy asks for neither, a pairing that ends while the round waits for a
        worker keeps nobody out."""
        world = self.world({"hard_rules": {"repeat_window_days": 0}})
        mentor, newcomer = world.mentor("mentor"), world.newcomer("newcomer")
        body = {"program_id": world.program_id, "newcomer_id": newcomer, "mentor_id": mentor}
        pairing = world.staff.post("/v1/pairings", body).expect(201)
        world.staff.act(f"/v1/pairings/{pairing['id']}:end").expect(200)
        world.rows("UPDATE pairing SET ended_at = now() + interval '1 hour' WHERE id = %s", pairing["id"])
        world.ask(newcomer)
        self.assertEqual([self.pair(p) for p in world.proposals(world.round())], [(newcomer, mentor)])

    def paired_once(self, world, mentor, days_ago):
        """A pairing of the mentor that ended so long ago."""
        newcomer = world.newcomer(f"former-{uuid.uuid4().hex[:8]}")
        pairing = world.staff.post("/v1/pairings", {
            "program_id": world.program_id, "newcomer_id": newcomer, "mentor_id": mentor}).expect(201)
        world.staff.act(f"/v1/pairings/{pairing['id']}:end").expect(200)
        world.rows("UPDATE pairing SET started_at = started_at - interval '1 year',"
                   " ended_at = now() - make_interval(days => %s) WHERE id = %s", days_ago, pairing["id"])

    def mentors_of(self, world):
        return {p["mentor_id"] for p in world.proposals(world.round())}

    def test_rest_after_a_pairing(self):
        world = self.world({"hard_rules": {"rest_days": 30}})
        tired, fresh = world.mentor("tired"), world.mentor("fresh", capacity=1)
        self.paired_once(world, tired, 10)
        for name in ("a", "b"):
            world.newcomer(name)
        self.assertEqual(self.mentors_of(world), {fresh})
        enrollment = f"/v1/programs/{world.program_id}/enrollments/{tired}/mentor"
        document = world.staff.put(enrollment, {"capacity": 2, "rest_days": 9}).expect(200)
        self.assertEqual(document["rest_days"], 9)  # their own word counts
        self.assertEqual(self.mentors_of(world), {tired, fresh})
        world.staff.put(enrollment, {"capacity": 2, "rest_days": 11}).expect(200)
        self.assertEqual(self.mentors_of(world), {fresh})
        self.assertIsNone(world.staff.put(enrollment, {"capacity": 2}).expect(200)["rest_days"])
        world.staff.put(enrollment, {"capacity": 2, "rest_days": -1}).problem(400, "invalid-field")
        world.rows("UPDATE pairing SET ended_at = now() - interval '31 days' WHERE mentor_id = %s", tired)
        self.assertEqual(self.mentors_of(world), {tired, fresh})

    def test_rest_counts_all_programs(self):
        world = self.world({"hard_rules": {"rest_days": 30}})
        other = World(SERVICE, None, world.community_id)
        mentor = world.mentor("shared")
        other.enroll(mentor, "mentor")
        self.paired_once(other, mentor, 10)
        world.newcomer("eager")
        self.assertEqual(self.mentors_of(world), set())

    def test_who_carried_much_lately_costs_more(self):
        world = self.world({"scales": {"load_window_days": 60}})
        busy, calm = world.mentor("busy"), world.mentor("calm")
        self.paired_once(world, busy, 10)
        self.paired_once(world, busy, 61)  # too long ago to count
        world.newcomer("a")
        [first] = world.proposals(world.round())
        self.assertEqual((first["mentor_id"], first["explanation"]["rested"]), (calm, 5))
        world.rows("UPDATE enrollment SET paused_until = current_date + 5 WHERE member_id = %s", calm)
        [second] = world.proposals(world.round())
        self.assertEqual((second["mentor_id"], second["explanation"]["rested"]), (busy, 2))
        self.assertEqual(first["points"] - second["points"], 3)

    def overall(self, world, mentor):
        document = world.staff.get(f"/v1/members/{mentor}").expect(200)
        return document["mentor_used"], document["mentor_capacity"]

    def test_capacity_over_all_programs(self):
        world = self.world()
        other = World(SERVICE, None, world.community_id)
        mentor = world.mentor("shared", capacity=3)
        other.enroll(mentor, "mentor", 3)
        member = f"/v1/members/{mentor}"
        before = world.staff.get(member)
        world.staff.patch(member, {"mentor_capacity": 2}, etag=before.etag).expect(200)
        version = world.staff.get(member).json["row_version"]
        [a, b], [c, d] = ([w.newcomer(f"{name}-{i}") for i in range(2)]
                          for name, w in (("here", world), ("there", other)))
        made = other.staff.post("/v1/pairings", {"program_id": other.program_id, "newcomer_id": c,
                                                 "mentor_id": mentor}).expect(201)
        self.assertEqual(self.overall(world, mentor), (1, 2))
        # being counted is no change that anybody's If-Match would miss
        self.assertEqual(world.staff.get(member).json["row_version"], version)
        proposals = world.proposals(world.round())
        self.assertEqual(len(proposals), 1, "one place is left over both")
        # a lock in one program holds the place in the other
        world.act(proposals[0], "lock").expect(200)
        self.assertEqual(other.proposals(other.round()), [])
        world.act(proposals[0], "confirm").expect(200)
        self.assertEqual(self.overall(world, mentor), (2, 2))
        for w, newcomer in ((world, b), (world, a), (other, d)):
            if newcomer == proposals[0]["newcomer_id"]:
                continue
            w.staff.post("/v1/pairings", {"program_id": w.program_id, "newcomer_id": newcomer,
                                          "mentor_id": mentor}).problem(409, "capacity-reached")
        world.staff.patch(member, {"mentor_capacity": 1}).problem(409, "capacity-reached")
        world.staff.patch(member, {"mentor_capacity": -1}).problem(400, "invalid-field")
        other.staff.act(f"/v1/pairings/{made['id']}:end").expect(200)
        self.assertEqual(self.overall(world, mentor), (1, 2))
        world.staff.patch(member, {"mentor_capacity": None}).expect(200)
        other.staff.post("/v1/pairings", {"program_id": other.program_id, "newcomer_id": d,
                                          "mentor_id": mentor}).expect(201)
        self.assertEqual(self.overall(world, mentor), (2, None))

    def test_preferences_of_both_sides(self):
        world = self.world()
        ann, bob = (world.mentor(name, capacity=1) for name in ("ann", "bob"))
        eve, fay = world.newcomer("eve"), world.newcomer("fay")
        world.rows("UPDATE member SET preferences = '{eve,fay}', stack = '[]' WHERE id = %s", ann)
        world.rows("UPDATE member SET preferences = '{ann,bob}' WHERE id = %s", eve)
        world.rows("UPDATE member SET preferences = '{ann}' WHERE id = %s", fay)
        done = world.round()
        self.assertEqual(done["plan_status"], "optimal")
        stability = done["stability"]
        self.assertEqual(len(stability["pairs"]), stability["blocking_pairs"])
        self.assertEqual([(p["newcomer"], p["mentor"]) for p in stability["pairs"]], [(eve, ann)])
        world.put_policy({"method": "deferred_acceptance"})
        stable = world.round()
        self.assertEqual((stable["plan_status"], stable["gap"]), ("stable", None))
        self.assertEqual(stable["stability"], {"blocking_pairs": 0, "pairs": []})
        self.assertEqual(stable["bound"], done["objective"])
        self.assertEqual({self.pair(p) for p in world.proposals(stable)}, {(eve, ann), (fay, bob)})
        policy = f"/v1/programs/{world.program_id}/policy"
        world.staff.put(policy, {"method": "fair"}, etag='"2"').problem(400, "invalid-field")
        kept = world.staff.put(policy, {"method": "deferred_acceptance"}, etag='"2"').expect(200)
        self.assertEqual(kept["document"]["method"], "deferred_acceptance")

    def test_side_constraints(self):
        world = self.world()
        ann = world.mentor("ann", capacity=2)
        people = [world.newcomer(name) for name in ("eve", "fay")]
        policy = f"/v1/programs/{world.program_id}/policy"
        constraint = {"name": "One only", "mentors": {"tags": ["Slow Start"]}, "most": 1}
        kept = world.staff.put(policy, {"constraints": [constraint]}, etag='"1"').expect(200)
        constraint["mentors"]["tags"] = ["slow-start"]
        self.assertEqual(kept["document"]["constraints"], [constraint])
        free = world.round()
        self.assertEqual((len(world.proposals(free)), free["constraints"][0]["used"]), (2, 0))
        world.rows("UPDATE member SET tags = '{slow-start}' WHERE id = %s", ann)
        done = world.round()
        self.assertEqual(done["constraints"], [{"name": "One only", "limit": "most", "value": 1, "used": 1}])
        [pair] = world.proposals(done)
        [left] = done["unmatched"]
        self.assertEqual({self.pair(pair)[0], left["newcomer"]}, set(people))
        self.assertEqual((done["plan_status"], left["reason"]), ("optimal", "constraints"))
        world.staff.put(policy, {"constraints": [{"name": "Two", "least": 2, "mentors": {"tags": ["nobody"]}}]},
                        etag='"2"').expect(200)
        failed = world.round(state="failed")
        self.assertIn("cannot be kept beside the others: at most 0, not 2", failed["error"])

    def test_nobody_to_match(self):
        world = self.world()
        done = world.round()
        self.assertEqual((world.proposals(done), done["unmatched"]), ([], []))
        world.newcomer("early")
        done = world.round()
        self.assertEqual([u["reason"] for u in done["unmatched"]], ["no-mentors"])

    def test_one_round_at_a_time_and_cancel(self):
        world = self.filled()
        world.rows("INSERT INTO matching_round (community_id, id, program_id, policy_version)"
                   " VALUES (%s, %s, %s, 1)", world.community_id, ident := str(cairn.uuid7()),
                   world.program_id)
        problem = world.start().problem(409, "conflict")
        self.assertEqual(problem["running_id"], ident)
        world.rows("UPDATE matching_round SET state = 'failed' WHERE id = %s", ident)
        problem = world.staff.post(f"/v1/matching-rounds/{ident}:cancel").problem(409, "wrong-state")
        self.assertEqual(problem["current_state"], "failed")
        world.start({"seed": -1}).problem(400, "invalid-field")
        world.start({"policy_version": 99}).problem(422, "validation-failed")
        world.start({"speed": 1}).problem(400, "unknown-field")
        world.staff.post(f"/v1/programs/{uuid.uuid4()}/matching-rounds").problem(404, "not-found")
        world.member(self.newcomers[0], "newcomer").post(
            f"/v1/programs/{world.program_id}/matching-rounds").problem(403, "forbidden")

    def test_hidden_from_other_communities(self):
        world, other = self.filled(), self.world()
        done = world.round()
        p = world.proposals(done)[0]
        for path in (f"/v1/matching-rounds/{done['id']}", f"/v1/matching-rounds/{done['id']}/input",
                     f"/v1/matching-rounds/{done['id']}/proposals", f"/v1/proposals/{p['id']}"):
            other.staff.get(path).problem(404, "not-found")
        other.act(p, "confirm").problem(404, "not-found")
        self.assertEqual(other.staff.get("/v1/proposals").expect(200)["items"], [])

    def test_lists_and_filters(self):
        world = self.filled()
        first, second = world.round(), world.round()
        path = f"/v1/programs/{world.program_id}/matching-rounds"
        page = world.staff.get(path + "?limit=1").expect(200)
        self.assertEqual([r["id"] for r in page["items"]], [first["id"]])
        page = world.staff.get(page["next"]).expect(200)
        self.assertEqual(([r["id"] for r in page["items"]], page["next"]), ([second["id"]], None))
        self.assertEqual({p["state"] for p in world.proposals(first)}, {"expired"})
        live = world.proposals(second, "?state=proposed")
        self.assertEqual(len(live), 4)
        one = live[0]["newcomer_id"]
        items = world.staff.get(f"/v1/proposals?member_id={one}&state=proposed").expect(200)["items"]
        self.assertEqual([p["newcomer_id"] for p in items], [one])
        world.staff.get("/v1/proposals?state=nice").problem(400, "invalid-field")
        world.staff.get("/v1/pairings?state=nice").problem(400, "invalid-field")

    def test_validate_only_changes_nothing(self):
        """The same answers and errors, no effect, and the key is as good as before."""
        world = self.filled()
        rounds = f"/v1/programs/{world.program_id}/matching-rounds"
        dry, key = "?validate_only=true", {"Idempotency-Key": str(uuid.uuid4())}

        def rows():
            return world.rows("SELECT (SELECT count(*) FROM matching_round), (SELECT count(*)"
                              " FROM pairing), (SELECT count(*) FROM job), (SELECT count(*)"
                              " FROM idempotency), (SELECT max(seq) FROM audit_event)")
        before = rows()
        answer = world.staff.post(rounds + dry, {"seed": 7}, headers=key)
        self.assertEqual(answer.expect(200)["seed"], 7)
        self.assertIsNone(answer.headers["Location"])
        world.staff.post(rounds + dry, {"policy_version": 99}).problem(422, "validation-failed")
        world.staff.post(rounds + "?validate_only=1").problem(400, "invalid-field")
        self.assertEqual(rows(), before)
        world.staff.post(rounds, {"seed": 7}, headers=key | {"Prefer": "wait=20"}).expect(200, 202)
        done = world.round()
        p, q = world.proposals(done, "?state=proposed")[:2]
        before = rows()
        would = world.staff.act(f"/v1/proposals/{p['id']}:confirm{dry}").expect(200)
        self.assertEqual(would["state"], "confirmed")
        world.staff.act(f"/v1/proposals/{p['id']}:confirm{dry}", etag='"99"').problem(412, "stale-version")
        batch = f"/v1/matching-rounds/{done['id']}/proposals:confirm-batch"
        would = world.staff.post(batch + dry, {"proposal_ids": [p["id"], q["id"]]}).expect(200)
        self.assertEqual([x["state"] for x in would["items"]], ["confirmed"] * 2)
        self.assertEqual(rows(), before)
        world.act(p, "confirm").expect(200)
        world.staff.act(f"/v1/proposals/{p['id']}:confirm{dry}").problem(409, "wrong-state")

    def test_same_key_starts_one_round(self):
        world = self.filled()
        key = {"Idempotency-Key": str(uuid.uuid4())}
        a, b = world.start(headers=key).expect(202), world.start(headers=key).expect(202)
        self.assertEqual(a["id"], b["id"])
        items = world.staff.get(f"/v1/programs/{world.program_id}/matching-rounds").expect(200)
        self.assertEqual(len(items["items"]), 1)

    def test_every_change_is_audited(self):
        world = self.filled()
        p, q, *_ = world.proposals(world.round())
        world.act(p, "lock").expect(200)
        world.act(q, "confirm").expect(200)
        actions = [a for (a,) in world.rows(
            "SELECT action FROM audit_event WHERE community_id = %s ORDER BY seq",
            world.community_id)]
        self.assertEqual(actions, ["matching_round.start", "matching_round.run",
                                   "matching_round.end", "proposal.lock", "pairing.create",
                                   "proposal.confirm"])


class Solver(unittest.TestCase):
    """A solver that is stopped, or dies, under a service that goes on."""

    def running(self, world):
        """A round large enough to be met while it runs, and its solver's process."""
        document = world.start().expect(202)
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            for pid in self.solvers():
                return document, pid
            time.sleep(0.001)
        raise AssertionError(f"no solver was seen: {self.ends(world, document)}\n{SERVICE.log()}")

    def solvers(self):
        """Children of our servers that run `cairn match`."""
        parents = [str(p.pid) for p in (SERVICE.process, SERVICE.twin) if p]
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
                    if f.read().rsplit(")", 1)[1].split()[1] not in parents:
                        continue
                with open(f"/proc/{pid}/cmdline", "rb") as f:
                    if f.read().split(b"\0")[1:2] == [b"match"]:
                        yield int(pid)
            except OSError:
                continue

    def large(self):
        world = World(SERVICE, None, SERVICE.community(f"c{uuid.uuid4().hex[:12]}"))
        world.rows(
            "WITH m AS (INSERT INTO member (community_id, id, external_id, display_name,"
            " time_zone, languages) SELECT %s, gen_random_uuid(), 'p' || i, 'P' || i,"
            " 'Europe/Berlin', '[{\"language\":\"en\",\"level\":6}]'"
            " FROM generate_series(1, 6000) i RETURNING id, external_id, community_id),"
            " a AS (INSERT INTO availability SELECT community_id, id, 0, 1080, 1320 FROM m),"
            " e AS (INSERT INTO enrollment (community_id, program_id, member_id, role, capacity)"
            " SELECT community_id, %s, id, CASE WHEN substr(external_id, 2)::int <= 3000"
            " THEN 'mentor' ELSE 'newcomer' END, 1 FROM m)"
            " INSERT INTO mentor_request (community_id, id, program_id, member_id)"
            " SELECT community_id, gen_random_uuid(), %s, id FROM m"
            " WHERE substr(external_id, 2)::int > 3000",
            world.community_id, world.program_id, world.program_id)
        return world

    def ends(self, world, document):
        deadline = time.monotonic() + 60
        while document["state"] in ("queued", "running") and time.monotonic() < deadline:
            document = world.staff.get(f"/v1/matching-rounds/{document['id']}",
                                       headers={"Prefer": "wait=20"}).expect(200)
        return document

    def test_cancel(self):
        world = self.large()
        document, _ = self.running(world)
        world.staff.post(f"/v1/matching-rounds/{document['id']}:cancel").expect(200, 202)
        document = self.ends(world, document)
        self.assertEqual(document["state"], "cancelled", document["error"])
        self.assertEqual(world.proposals(document), [])
        self.assertEqual(list(self.solvers()), [])
        states = world.rows("SELECT DISTINCT state FROM mentor_request WHERE community_id = %s",
                            world.community_id)
        self.assertEqual(states, [("open",)])

    def test_kill_9(self):
        world = self.large()
        document, pid = self.running(world)
        os.kill(pid, 9)
        document = self.ends(world, document)
        self.assertEqual(document["state"], "failed")
        self.assertIn("signal 9", document["error"])
        self.assertEqual(world.proposals(document), [])


if __name__ == "__main__":
    unittest.main()
