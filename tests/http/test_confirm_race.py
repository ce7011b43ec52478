"""One place, a hundred confirmations at once: one pairing.

The control arm, that looking first and writing then overfills a mentor, is in
tests/integration/test_capacity.c.
"""
import concurrent.futures
import threading
import unittest
import uuid

from tests.http.rounds_world import World, cairn

N = 100


class Race(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()

    @classmethod
    def tearDownClass(cls):
        cls.service.close()

    def world(self):
        return World(self.service, None, self.service.community(f"c{uuid.uuid4().hex[:12]}"))

    def at_once(self, calls):
        """Run the calls as near together as threads can; their answers. A 503 says that the
        same request may be sent again, and it is."""
        gate = threading.Barrier(len(calls))

        def one(call):
            key = str(uuid.uuid4())
            gate.wait()
            answer = call(key)
            while answer.status == 503:
                answer = call(key)
            return answer
        with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
            return list(pool.map(one, calls))

    def check(self, world, mentor, answers, good):
        statuses = sorted(a.status for a in answers)
        self.assertEqual(statuses.count(good), 1, statuses)
        self.assertEqual(statuses.count(409), len(answers) - 1, statuses)
        for answer in answers:
            if answer.status == 409:
                answer.problem(409, "capacity-reached")
        [(pairings,)] = world.rows("SELECT count(*) FROM pairing WHERE mentor_id = %s"
                                   " AND state = 'active'", mentor)
        self.assertEqual((pairings, world.used(mentor)), (1, (1, 1)))

    def test_proposals(self):
        """A hundred newcomers, each with a proposal for the same last place."""
        world = self.world()
        mentor = world.mentor("wanted", capacity=1)
        newcomers = [world.newcomer(f"newcomer-{i}") for i in range(N)]
        done = world.round()
        self.assertEqual(len(world.proposals(done)), 1)
        # One round never proposes one place twice; what it left out comes in by hand.
        world.rows("INSERT INTO proposal (community_id, id, matching_round_id, program_id,"
                   " newcomer_id, mentor_id, points, shared_minutes, explanation)"
                   " SELECT m.community_id, gen_random_uuid(), x.matching_round_id,"
                   " x.program_id, m.id, x.mentor_id, x.points, x.shared_minutes,"
                   " x.explanation FROM proposal x JOIN member m USING (community_id)"
                   " WHERE x.matching_round_id = %s AND m.id = ANY (%s::uuid[])"
                   " AND m.id <> x.newcomer_id", done["id"], newcomers)
        ids = [i for (i,) in world.rows("SELECT id FROM proposal WHERE matching_round_id = %s",
                                        done["id"])]
        self.assertEqual(len(ids), N)
        answers = self.at_once([
            lambda key, i=i: world.staff.act(f"/v1/proposals/{i}:confirm",
                                             headers={"Idempotency-Key": key}) for i in ids])
        self.check(world, mentor, answers, 200)
        states = dict(world.rows("SELECT state, count(*) FROM proposal WHERE matching_round_id = %s"
                                 " GROUP BY state", done["id"]))
        self.assertEqual(states, {"confirmed": 1, "proposed": N - 1})

    def test_by_hand(self):
        world = self.world()
        mentor = world.mentor("wanted", capacity=1)
        newcomers = [world.newcomer(f"newcomer-{i}") for i in range(N)]
        answers = self.at_once([
            lambda key, i=i: world.staff.post(
                "/v1/pairings", {"program_id": world.program_id, "newcomer_id": i,
                                 "mentor_id": mentor}, headers={"Idempotency-Key": key})
            for i in newcomers])
        self.check(world, mentor, answers, 201)

    def test_over_programs(self):
        """Room in each of two programs, one place over both."""
        world = self.world()
        other = World(self.service, None, world.community_id)
        mentor = world.mentor("wanted", capacity=N)
        other.enroll(mentor, "mentor", N)
        world.rows("UPDATE member SET mentor_capacity = 1 WHERE id = %s", mentor)
        pairs = [(w, w.newcomer(f"newcomer-{i}-{w.program_id[-6:]}")) for w in (world, other)
                 for i in range(N // 2)]
        answers = self.at_once([
            lambda key, w=w, i=i: w.staff.post(
                "/v1/pairings", {"program_id": w.program_id, "newcomer_id": i,
                                 "mentor_id": mentor}, headers={"Idempotency-Key": key})
            for w, i in pairs])
        self.assertEqual(sorted({a.status for a in answers}), [201, 409])
        self.assertEqual(sum(a.status == 201 for a in answers), 1)
        self.assertEqual(world.used(mentor)[0] + other.used(mentor)[0], 1)
        self.assertEqual(world.rows("SELECT mentor_used FROM member WHERE id = %s", mentor), [(1,)])

    def test_one_newcomer_two_mentors(self):
        """The same newcomer confirmed with many mentors at once: one pairing, one place."""
        world = self.world()
        mentors = [world.mentor(f"mentor-{i}", capacity=1) for i in range(20)]
        newcomer = world.newcomer("newcomer")
        answers = self.at_once([
            lambda key, m=m: world.staff.post(
                "/v1/pairings", {"program_id": world.program_id, "newcomer_id": newcomer,
                                 "mentor_id": m}, headers={"Idempotency-Key": key})
            for m in mentors])
        self.assertEqual(sorted(a.status for a in answers), [201] + [409] * 19)
        self.assertEqual(sum(world.used(m)[0] for m in mentors), 1)

    def test_several_mentors(self):
        """A newcomer who may have three, confirmed with many at once: three, each in a slot."""
        world = World(self.service, {"mentors_per_newcomer": 3},
                      self.service.community(f"c{uuid.uuid4().hex[:12]}"))
        mentors = [world.mentor(f"mentor-{i}", capacity=2) for i in range(20)]
        newcomer = world.newcomer("newcomer")
        answers = self.at_once([
            lambda key, m=m: world.staff.post(
                "/v1/pairings", {"program_id": world.program_id, "newcomer_id": newcomer,
                                 "mentor_id": m}, headers={"Idempotency-Key": key})
            for m in mentors + mentors])
        self.assertEqual(sorted(a.status for a in answers), [201] * 3 + [409] * 37)
        self.assertEqual(sum(world.used(m)[0] for m in mentors), 3)
        self.assertEqual(
            world.rows("SELECT slot, count(DISTINCT mentor_id) FROM pairing WHERE newcomer_id = %s"
                       " AND state = 'active' GROUP BY slot ORDER BY slot", newcomer),
            [(1, 1), (2, 1), (3, 1)])
        [first, *_] = [a.json for a in answers if a.status == 201]
        world.staff.act(f"/v1/pairings/{first['id']}:end", etag="*").expect(200)
        world.staff.post("/v1/pairings", {"program_id": world.program_id, "newcomer_id": newcomer,
                                          "mentor_id": first["mentor_id"]}).expect(201)


if __name__ == "__main__":
    unittest.main()
