"""Several mentors for one newcomer, for trial talks: from the policy to the pairings."""
import unittest
import uuid

from tests.http.rounds_world import World, cairn


class Several(unittest.TestCase):
    """Each test has a community of its own."""

    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()

    @classmethod
    def tearDownClass(cls):
        cls.service.close()

    def world(self, most, **more):
        return World(self.service, {"mentors_per_newcomer": most, **more},
                     self.service.community(f"c{uuid.uuid4().hex[:12]}"))

    def mentors_of(self, proposals, newcomer):
        return [p["mentor_id"] for p in proposals if p["newcomer_id"] == newcomer]

    def active(self, world, newcomer):
        return {m for (m,) in world.rows(
            "SELECT mentor_id::text FROM pairing WHERE newcomer_id = %s AND state = 'active'",
            newcomer)}

    def test_story(self):
        world = self.world(3)
        mentors = [world.mentor(f"mentor-{i}", capacity=2) for i in range(4)]
        eve = world.newcomer("eve")
        fay = world.person("fay", "newcomer")
        asked = world.staff.post("/v1/mentor-requests", {
            "program_id": world.program_id, "member_id": fay, "mentors_wanted": 2}).expect(201)
        self.assertEqual(asked["mentors_wanted"], 2)
        done = world.round()
        self.assertEqual((done["objective"]["newcomers_matched"], done["plan_status"]),
                         (2, "optimal"))
        proposals = world.proposals(done)
        self.assertEqual(len(set(self.mentors_of(proposals, eve))), 3)
        self.assertEqual(len(set(self.mentors_of(proposals, fay))), 2)
        mine = [p for p in proposals if p["newcomer_id"] == eve]

        first = world.act(mine[0], "confirm").expect(200)
        self.assertEqual(first["state"], "confirmed")
        self.assertEqual(world.request_of(eve)[0], "matched")
        states = [world.staff.get(f"/v1/proposals/{p['id']}").expect(200)["state"] for p in mine]
        self.assertEqual(states, ["confirmed", "proposed", "proposed"])
        world.act(mine[1], "confirm").expect(200)
        world.act(mine[2], "decline", {"reason": "two are enough"}).expect(200)
        self.assertEqual(self.active(world, eve), {p["mentor_id"] for p in mine[:2]})

        # by hand one more, and that is all; the same one twice is none
        [other] = [m for m in mentors if m not in self.mentors_of(proposals, eve)]
        body = {"program_id": world.program_id, "newcomer_id": eve,
                "mentor_id": mine[0]["mentor_id"]}
        world.staff.post("/v1/pairings", body).problem(409, "conflict")
        world.staff.post("/v1/pairings", {**body, "mentor_id": other}).expect(201)
        world.staff.post("/v1/pairings", {**body, "mentor_id": mine[2]["mentor_id"]}
                         ).problem(409, "conflict")
        self.assertEqual(len(self.active(world, eve)), 3)

    def test_what_is_left_is_for_the_next_round(self):
        """Who asks again gets as many as are missing, and none that they have."""
        world = self.world(3)
        first = world.mentor("first", capacity=1)
        eve = world.newcomer("eve")
        [one] = world.proposals(world.round())
        world.act(one, "confirm").expect(200)
        more = {world.mentor(f"mentor-{i}", capacity=1) for i in range(4)}
        world.rows("UPDATE enrollment SET capacity = 5 WHERE member_id = %s AND role = 'mentor'",
                   first)
        world.ask(eve)
        proposals = world.proposals(world.round())
        self.assertEqual(len(proposals), 2)
        self.assertLess(set(self.mentors_of(proposals, eve)), more)
        for proposal in proposals:
            world.act(proposal, "confirm").expect(200)
        world.ask(eve)
        self.assertEqual(world.proposals(world.round()), [])

    def test_offers(self):
        """The request waits again when the last of its offers is declined; the others expire
        when all slots are taken."""
        world = self.world(2, confirmation={"newcomer": True})
        for i in range(3):
            world.mentor(f"mentor-{i}", capacity=1)
        eve = world.newcomer("eve")
        me = world.member(eve, "newcomer")
        two = world.proposals(world.round())
        self.assertEqual(len(two), 2)
        for proposal in two:
            world.act(proposal, "confirm").expect(200)
        self.assertEqual(world.request_of(eve)[0], "offered")
        world.act(two[0], "decline", {}, client=me).expect(200)
        self.assertEqual(world.request_of(eve)[0], "offered")
        world.act(two[1], "decline", {}, client=me).expect(200)
        self.assertEqual(world.request_of(eve)[0], "open")
        [last] = world.proposals(world.round())
        world.put_policy({"mentors_per_newcomer": 1})
        world.act(last, "confirm").expect(200)
        world.act(last, "confirm", client=me).expect(200)
        self.assertEqual(len(self.active(world, eve)), 1)

    def test_others_expire_when_all_are_taken(self):
        world = self.world(2)
        mentors = [world.mentor(f"mentor-{i}", capacity=1) for i in range(3)]
        eve = world.newcomer("eve")
        two = world.proposals(world.round())
        [other] = [m for m in mentors if m not in self.mentors_of(two, eve)]
        world.staff.post("/v1/pairings", {"program_id": world.program_id, "newcomer_id": eve,
                                          "mentor_id": other}).expect(201)
        world.act(two[0], "confirm").expect(200)
        left = world.staff.get(f"/v1/proposals/{two[1]['id']}").expect(200)
        self.assertEqual(left["state"], "expired")

    def test_explained(self):
        world = self.world(2)
        mentors = [world.mentor(f"mentor-{i}", capacity=1) for i in range(3)]
        eve = world.newcomer("eve")
        done = world.round()
        has = self.mentors_of(world.proposals(done), eve)
        [other] = [m for m in mentors if m not in has]
        trial = world.staff.post(f"/v1/matching-rounds/{done['id']}/explanations",
                                 {"newcomer_id": eve, "mentor_id": other},
                                 headers={"Prefer": "wait=20"}).expect(200, 202)
        while trial["state"] in ("queued", "running"):
            trial = world.staff.get(f"/v1/trials/{trial['id']}",
                                    headers={"Prefer": "wait=20"}).expect(200)
        answer = trial["answer"]
        self.assertEqual([answer["has"]["mentor"], *(p["mentor"] for p in answer["has_too"])],
                         sorted(has))
        self.assertEqual(answer["instead"]["price"]["difference"]["newcomers_matched"], 0)
        [change] = answer["instead"]["price"]["changes"]
        self.assertEqual((change["newcomer"], change["is"]), (eve, other))
        self.assertIn(change["was"], has)

    def test_refused(self):
        """What is about one mentor says so at once."""
        world = self.world(1)
        policy = f"/v1/programs/{world.program_id}/policy"
        for wrong, status in (
                ({"mentors_per_newcomer": 6}, (400, "invalid-field")),
                ({"mentors_per_newcomer": 2, "method": "deferred_acceptance"},
                 (422, "validation-failed")),
                ({"mentors_per_newcomer": 2, "constraints": [{"name": "One", "most": 1}]},
                 (422, "validation-failed"))):
            answer = world.staff.put(policy, wrong, etag='"1"').problem(*status)
            self.assertEqual([f["pointer"] for f in answer["errors"]], ["/mentors_per_newcomer"])
        kept = world.staff.put(policy, {"mentors_per_newcomer": 2}, etag='"1"').expect(200)
        self.assertEqual(kept["document"]["mentors_per_newcomer"], 2)
        world.staff.post(f"/v1/programs/{world.program_id}/repairs", {"changes": 1}
                         ).problem(422, "validation-failed")


if __name__ == "__main__":
    unittest.main()
