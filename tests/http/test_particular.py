"""Statuses that only some operations have, and that no other test asks for."""
import functools
import unittest
import uuid

from tests.lib import access_world, cairn, contract

NOBODY = str(uuid.UUID(int=7))


class Particular(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker")
        cls.addClassCleanup(cls.service.close)
        cls.world = access_world.World(cls.service)
        cls.addClassCleanup(cls.world.close)

    def setUp(self):
        self.world.reset()
        self.here = self.world.here
        self.admin = self.service.client(role="admin")
        self.members = list(self.here.member.values())

    def things(self, kind):
        return [t for t in self.world.things
                if t.kind == kind and t.community == self.here.id and not t.deleted]

    def test_unchanged(self):
        me = self.service.client(role="coordinator", member_id=self.members[0])
        identity = f"/v1/identities/{self.things('identity')[0].id}"
        program = f"/v1/programs/{self.here.program[0]}"
        policy = self.admin.get(program + "/policy").expect(200)
        for client, path in ((me, "/v1/me"), (self.admin, identity),
                             (self.admin, f"{program}/policies/{policy['version']}")):
            with self.subTest(path):
                tag = client.get(path).etag
                client.get(path, headers={"If-None-Match": tag}).expect(304)
        me.patch("/v1/me", {}, etag='"999999"').problem(412, "stale-version")
        me.get("/v1/tokens/self", headers={"If-None-Match": "*"}).expect(304)

    def addresses(self, path, item, operation):
        """The path with the ids of every thing that fits."""
        names = {p["name"] for p in contract.parameters(item, operation)
                 if p["in"] == "path"}
        for thing in self.world.things:
            if (names and names <= set(thing.ids) and thing.community == self.here.id
                    and thing.kind.split("_")[0] in path.replace("-", "_")):
                yield functools.reduce(lambda text, name: text.replace(
                    "{" + name + "}", thing.ids[name]), names, path)

    def some(self, status, method, headers):
        """Of each operation without a body, some thing answers so."""
        asked = 0
        for verb, path, item, operation in contract.operations():
            if (method not in (verb, "") or str(status) not in operation["responses"]
                    or operation.get("requestBody", {}).get("required")):
                continue
            urls = list(self.addresses(path, item, operation))
            if urls:
                asked += 1
                with self.subTest(f"{verb} {path}"):
                    self.assertTrue(any(self.admin.request(
                        verb, url, headers=headers).status == status for url in urls))
        self.assertGreater(asked, 8)

    def test_things_that_did_not_change(self):
        self.some(304, "GET", {"If-None-Match": "*"})

    def test_lists_that_did_not_change(self):
        """A list, the audit's head, the export and the contract have the tag of what is
        in them: it stays while that stays, and changes with it."""
        paths = [path for method, path, _, operation in contract.operations()
                 if method == "GET" and "304" in operation["responses"] and "{" not in path
                 and path not in ("/v1/me", "/v1/tokens/self")]
        self.assertGreater(len(paths), 15)
        for path in paths:
            with self.subTest(path):
                self.admin.unchanged(path)
        before = self.admin.unchanged("/v1/members")
        self.assertNotEqual(self.admin.unchanged("/v1/members?limit=1"), before)
        self.admin.patch(f"/v1/members/{self.members[0]}", {"years": 31}).expect(200)
        self.assertNotEqual(self.admin.unchanged("/v1/members"), before)

    def test_things_that_changed(self):
        self.some(412, "", {"If-Match": '"999999"'})

    def test_tokens_of_others_want_a_scope(self):
        other, _ = self.service.token("newcomer")
        few = self.service.client(role="admin", scopes=["members:read"])
        few.post(f"/v1/tokens/{other}:rotate").problem(403, "forbidden")
        few.delete(f"/v1/tokens/{other}").problem(403, "forbidden")

    def test_a_program_that_is_not_there(self):
        self.admin.post("/v1/mentor-requests", {
            "program_id": NOBODY, "member_id": self.members[0]}).problem(404, "not-found")
        self.admin.get(f"/v1/members:export?program_id={NOBODY}").problem(404, "not-found")

    def test_twice(self):
        booking = f"/v1/bookings/{self.things('booking')[0].id}"
        self.admin.delete(booking).expect(204)
        self.admin.delete(booking).problem(409, "wrong-state")

    def test_fewer_places_than_are_taken(self):
        answers = [self.admin.put(
            f"/v1/programs/{t.ids['id']}/enrollments/{t.ids['member_id']}/mentor",
            {"capacity": 0}) for t in self.things("enrollment") if t.ids["role"] == "mentor"]
        self.assertIn(409, [answer.status for answer in answers])

    def test_names_are_given_once(self):
        me = self.service.client(role="coordinator", member_id=self.members[0])
        other = self.admin.get(f"/v1/members/{self.members[1]}").expect(200)
        taken = {"external_id": other["external_id"]}
        me.patch("/v1/me", taken).problem(409, "conflict")
        me.patch(f"/v1/members/{self.members[0]}", taken).problem(409, "conflict")

    def test_values_that_fit_alone_but_not_together(self):
        program = f"/v1/programs/{self.here.program[0]}"
        self.admin.put(program + "/policy", {"scales": {"experience_gap_years": {
            "min": 9, "max": 2}}}).problem(422, "validation-failed")
        senseless, formless = {"name": "a", "least": 3, "most": 2}, {"name": "b", "least": "3"}
        for constraints, status, slug in (
                ([senseless], 422, "validation-failed"), ([{"name": "a"}], 422, "validation-failed"),
                ([senseless, formless], 400, "invalid-field"),
                ([formless, senseless], 400, "invalid-field")):
            answer = self.admin.put(program + "/policy", {"constraints": constraints})
            places = {e["pointer"] for e in answer.problem(status, slug)["errors"]}
            for i, constraint in enumerate(constraints):
                self.assertTrue([p for p in places if p.startswith(f"/constraints/{i}")],
                                (constraint, places))

    def test_ended_at_once(self):
        """A cancelled job that nobody runs has ended: whoever waits is told so."""
        wait, applied = {"Prefer": "respond-async, wait=5"}, "Preference-Applied"
        program = f"/v1/programs/{self.here.program[0]}"
        path = program + "/matching-rounds"
        first = self.admin.post(path, {}, headers={"Prefer": "respond-async"})
        self.assertEqual(first.headers[applied], "respond-async")
        path = f"/v1/matching-rounds/{first.expect(202)['id']}"
        again = self.admin.get(path, headers={"Prefer": "wait=1, respond-async"})
        self.assertEqual((again.expect(200)["state"], again.headers[applied]),
                         ("queued", "wait=1"))
        ended = self.admin.post(path + ":cancel", headers=wait)
        ended.expect(200)
        self.assertEqual(ended.headers[applied], "wait=5")
        self.assertIsNone(self.admin.get(path, headers=wait).headers[applied])
        self.assertIsNone(self.admin.get("/v1/me", headers=wait).headers[applied])
        intake = self.admin.post(program + "/intakes", {
            "name": "Spring", "anchor_time_zone": access_world.ZONE,
            "first_date": "2030-05-06", "last_date": "2030-05-26", "session_minutes": 60,
            "cohort_min": 1, "cohort_max": 4, "language_level": "B1"}).expect(201)
        self.admin.act(f"/v1/intakes/{intake['id']}:generate").expect(202)
        self.admin.post(f"/v1/intakes/{intake['id']}:cancel", headers=wait).expect(200)


if __name__ == "__main__":
    unittest.main()
