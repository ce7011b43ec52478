"""Tokens, and who sees and does what."""
import os
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

NOBODY = "/v1/members/01890000-0000-7000-8000-000000000000"


class Auth(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")
        cls.coordinator = cls.service.client(role="coordinator")
        cls.ids = [cls.admin.post("/v1/members", {
            "external_id": uuid.uuid4().hex, "display_name": "M",
            "time_zone": "UTC"}).expect(201)["id"] for _ in range(2)]
        cls.newcomer = cls.service.client(role="newcomer", member_id=cls.ids[0])
        cls.mentor = cls.service.client(role="mentor", member_id=cls.ids[1])

    def test_without_a_good_token(self):
        good = self.admin.token
        flipped = good[:-1] + ("0" if good[-1] != "0" else "1")
        stranger = self.service.client(token=None)
        for value in (None, "", "Bearer", "Bearer x", "Basic " + good, good,
                      "Bearer " + flipped, "Bearer " + good + "0",
                      "Bearer " + good.replace("cairn", "koala")):
            with self.subTest(value=value):
                answer = stranger.get("/v1/me", headers={"Authorization": value})
                answer.problem(401, "unauthenticated")
                self.assertIn("Bearer", answer.headers["WWW-Authenticate"])
        # The same problem whatever is wrong with it, and also for what does not exist.
        stranger.get(NOBODY).problem(401, "unauthenticated")
        for path in ("/livez", "/readyz", "/v1", "/v1/openapi.json", "/robots.txt",
                     "/problems/not-found"):
            stranger.get(path).expect(200) if path != "/robots.txt" else \
                self.assertEqual(stranger.get(path).status, 200)

    def test_token_life(self):
        made = self.admin.post("/v1/tokens", {
            "name": "bot", "role": "coordinator"})
        doc = made.expect(201)
        bot = self.service.client(token=doc["token"])
        self.assertEqual(bot.get("/v1/tokens/self").json["id"], doc["id"])
        self.assertNotIn("token", bot.get("/v1/tokens/self").json)
        self.assertTrue(cairn.eventually(
            lambda: bot.get("/v1/tokens/self").json["last_used_at"]))
        bot.delete(f"/v1/tokens/{self.admin.token_id}").problem(404, "not-found")
        bot.delete(f"/v1/tokens/{doc['id']}").expect(204)
        bot.get("/v1/tokens/self").problem(401, "unauthenticated")

    def test_an_expired_token(self):
        ident, text = self.service.token("admin")
        self.service.cluster.execute(
            "UPDATE token SET expires_at = now() - interval '1 second' WHERE id = %s",
            (ident,))
        self.service.client(token=text).get("/v1").expect(200)
        self.service.client(token=text).get("/v1/members").problem(
            401, "unauthenticated")

    def test_a_token_that_makes_no_sense(self):
        for body, pointer in (
                ({"name": "x", "role": "newcomer"}, "/member_id"),
                ({"name": "x", "role": "mentor", "member_id": str(uuid.uuid4())},
                 "/member_id"),
                ({"name": "x", "role": "admin", "expires_at": "2020-01-01T00:00:00Z"},
                 "/expires_at")):
            problem = self.admin.post("/v1/tokens", body).problem(
                422, "validation-failed")
            self.assertEqual([e["pointer"] for e in problem["errors"]], [pointer])

    def test_no_secret_is_stored(self):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        body = {"name": "kept", "role": "coordinator"}
        text = self.admin.post("/v1/tokens", body, headers=key).expect(201)["token"]
        again = self.admin.post("/v1/tokens", body, headers=key).expect(201)
        self.assertIsNone(again["token"])
        for table in ("token", "idempotency", "audit_event"):
            for row in self.service.cluster.execute(f"SELECT t::text FROM {table} t"):
                self.assertNotIn(text[10:], row[0])
        self.assertNotIn(text[10:], self.service.log())

    def test_own_and_others(self):
        own, other = (f"/v1/members/{i}" for i in self.ids)
        self.assertEqual(self.newcomer.get("/v1/me").json["id"], self.ids[0])
        self.newcomer.get(own).expect(200)
        self.newcomer.patch(own, {"years": 1}).expect(200)
        self.newcomer.patch("/v1/me", {"style": "calm"}).expect(200)
        self.newcomer.patch("/v1/me", {"external_id": "me"}).problem(403, "forbidden")
        self.newcomer.put(own + "/availability", {"windows": []}).expect(200)
        # What is not theirs is not there: the same words as for an unknown id.
        for path in (other, other + "/availability"):
            seen = self.newcomer.get(path).problem(404, "not-found")
            unknown = self.newcomer.get(
                path.replace(self.ids[1], NOBODY.rsplit("/", 1)[1])).problem(
                    404, "not-found")
            self.assertEqual({k: seen[k] for k in ("title", "detail", "status")},
                             {k: unknown[k] for k in ("title", "detail", "status")})
        self.newcomer.patch(other, {"years": 1}).problem(404, "not-found")
        self.newcomer.put(other + "/availability", {"windows": []}).problem(
            404, "not-found")

    def test_roles(self):
        for client, path, status in (
                (self.newcomer, "/v1/members", 403), (self.mentor, "/v1/members", 403),
                (self.coordinator, "/v1/members", 200),
                (self.newcomer, "/v1/audit-events", 403),
                (self.coordinator, "/v1/tokens", 403), (self.admin, "/v1/tokens", 200),
                (self.mentor, "/v1/mentor-requests", 403),
                (self.newcomer, "/v1/mentor-requests", 200),
                (self.mentor, "/v1/members:export", 403),
                (self.mentor, "/v1/programs", 200)):
            with self.subTest(path=path, role=client.member_id):
                self.assertEqual(client.get(path).status, status)
        self.newcomer.delete(f"/v1/members/{self.ids[0]}").problem(403, "forbidden")
        self.newcomer.post("/v1/programs", {"name": "x"}).problem(403, "forbidden")

    def test_requests_of_others(self):
        program = self.admin.post("/v1/programs", {"name": "P"}).expect(201)["id"]
        for ident in self.ids:
            self.admin.put(f"/v1/programs/{program}/enrollments/{ident}/newcomer",
                           {}).expect(200)
        other = self.service.client(role="newcomer", member_id=self.ids[1])
        asked = other.post("/v1/mentor-requests", {"program_id": program})
        asked.expect(201)
        path = asked.headers["Location"]
        self.newcomer.get(path).problem(404, "not-found")
        self.newcomer.act(path + ":withdraw").problem(404, "not-found")
        self.assertEqual(self.newcomer.get("/v1/mentor-requests").json["items"], [])
        self.newcomer.post("/v1/mentor-requests", {
            "program_id": program, "member_id": self.ids[1]}).problem(403, "forbidden")
        self.coordinator.get(path).expect(200)

    def test_other_communities(self):
        community = self.service.community("elsewhere")
        stranger = self.service.client(role="admin", community_id=community)
        stranger.get(f"/v1/members/{self.ids[0]}").problem(404, "not-found")
        self.assertEqual(stranger.get("/v1/members").json["items"], [])
        page = self.admin.get("/v1/members?limit=1").json["next"]
        stranger.get(page).problem(400, "cursor-mismatch")


if __name__ == "__main__":
    unittest.main()
