"""Tokens, and who sees and does what."""
import datetime
import os
import re
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

from tests.lib import contract  # noqa: E402

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
        for path in ("/livez", "/readyz", "/v1", "/v1/openapi.json", "/v1/docs", "/robots.txt",
                     "/problems/not-found"):
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

    def test_how_long_a_token_lasts(self):
        def days(**more):
            made = self.admin.post("/v1/tokens", {"name": "x", "role": "admin", **more})
            doc = made.expect(201)
            return round((datetime.datetime.fromisoformat(doc["expires_at"][:-1])
                          - datetime.datetime.fromisoformat(doc["created_at"][:-1]))
                         / datetime.timedelta(days=1))

        now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
        self.assertEqual(days(), 90)
        self.assertEqual(days(expires_at=None), 90)
        self.assertEqual(
            days(expires_at=(now + datetime.timedelta(days=364)).isoformat()), 364)
        self.admin.post("/v1/tokens", {
            "name": "x", "role": "admin",
            "expires_at": (now + datetime.timedelta(days=366)).isoformat()}).problem(
                422, "validation-failed")

    def test_a_service(self):
        """Limited to its scopes, without a member; handles itself and nobody else."""
        doc = self.admin.post("/v1/tokens", {
            "name": "sync", "role": "service",
            "scopes": ["programs:read", "members:read", "members:read"]}).expect(201)
        self.assertEqual(doc["scopes"], ["members:read", "programs:read"])
        bot = self.service.client(token=doc["token"])
        bot.get("/v1/members").expect(200)
        bot.get(f"/v1/members/{self.ids[0]}").expect(200)
        refused = bot.post("/v1/members", {"external_id": "x", "display_name": "X",
                                           "time_zone": "UTC"}).problem(403, "forbidden")
        self.assertIn("members:write", refused["detail"])
        bot.get("/v1/pairings").problem(403, "forbidden")
        bot.get("/v1/tokens").problem(403, "forbidden")
        bot.get(f"/v1/tokens/{self.admin.token_id}").problem(404, "not-found")
        self.assertEqual(bot.get("/v1/tokens/self").json["role"], "service")
        rotated = bot.post(f"/v1/tokens/{doc['id']}:rotate").expect(200)
        self.assertEqual(rotated["scopes"], doc["scopes"])
        bot.delete(f"/v1/tokens/{doc['id']}").expect(204)

    def test_scopes_of_every_operation(self):
        """x-scope of the contract lets in, and nothing else does."""
        clients = {(name, without): self.service.client(
            role="service", scopes=[s for s in cairn.SCOPES if (s == name) != without])
            for name in cairn.SCOPES for without in (False, True)}
        n = 0
        for method, path, _, operation in contract.operations():
            if "service" not in operation["x-roles"] or "x-scope" not in operation:
                continue
            n += 1
            address = re.sub(r"\{\w+\}", str(uuid.UUID(int=7)), path)
            with self.subTest(f"{method} {path}"):
                scope = operation["x-scope"]
                refused = clients[scope, True].request(method, address).problem(
                    403, "forbidden")
                self.assertIn(scope, refused["detail"])
                let_in = clients[scope, False].request(method, address)
                if let_in.status == 403:
                    self.assertNotIn("scope", let_in.json["detail"])
        self.assertGreater(n, 70)

    def test_scopes_are_never_more_than_the_maker_has(self):
        scopes = ["tokens:write", "members:read"]
        limited = self.service.client(role="admin", scopes=scopes)
        for more in ({}, {"scopes": None}, {"scopes": ["members:write"]},
                     {"scopes": [*scopes, "audit:read"]}):
            problem = limited.post("/v1/tokens", {
                "name": "x", "role": "admin", **more}).problem(422, "validation-failed")
            self.assertEqual(problem["errors"][0]["pointer"], "/scopes")
        limited.post("/v1/tokens", {
            "name": "x", "role": "service", "scopes": ["members:read"]}).expect(201)
        limited.get("/v1/tokens").problem(403, "forbidden")
        limited.get(f"/v1/tokens/{self.admin.token_id}").problem(403, "forbidden")
        limited.get("/v1/tokens/self").expect(200)
        self.admin.get(f"/v1/tokens/{limited.token_id}").expect(200)

    def test_rotation(self):
        doc = self.admin.post("/v1/tokens", {"name": "r", "role": "coordinator"}).expect(201)
        path = f"/v1/tokens/{doc['id']}"
        self.service.cluster.execute(
            "UPDATE token SET created_at = now() - interval '80 days' WHERE id = %s",
            (doc["id"],))
        self.service.cluster.execute(
            "UPDATE token SET expires_at = now() + interval '10 days' WHERE id = %s",
            (doc["id"],))
        old = self.service.client(token=doc["token"])
        key = {"Idempotency-Key": uuid.uuid4().hex}
        answer = old.post(path + ":rotate", headers=key)
        new = self.service.client(token=answer.expect(200)["token"])
        self.assertNotEqual(new.token, old.token)
        self.assertIsNone(old.post(path + ":rotate", headers=key).expect(200)["token"])
        # As long again as at first; both secrets are good, for the same token.
        left = self.service.cluster.execute(
            "SELECT expires_at - now() > interval '89 days', previous_until"
            " BETWEEN now() + interval '59 min' AND now() + interval '1 h'"
            " FROM token WHERE id = %s", (doc["id"],))
        self.assertEqual(left, [(True, True)])
        for client in (old, new):
            self.assertEqual(client.get("/v1/tokens/self").expect(200)["id"], doc["id"])
        # The one before the last is gone with the next rotation; no overlap, no old one.
        third = self.service.client(token=new.post(path + ":rotate", {
            "overlap_minutes": 10}).expect(200)["token"])
        old.get("/v1/tokens/self").problem(401, "unauthenticated")
        new.get("/v1/tokens/self").expect(200)
        fourth = self.service.client(token=self.admin.post(path + ":rotate", {
            "overlap_minutes": 0}).expect(200)["token"])
        third.get("/v1/tokens/self").problem(401, "unauthenticated")
        fourth.get("/v1/tokens/self").expect(200)
        self.service.cluster.execute(
            "UPDATE token SET previous_until = now() - interval '1 s' WHERE id = %s",
            (doc["id"],))
        third.get("/v1/tokens/self").problem(401, "unauthenticated")
        self.admin.delete(path).expect(204)
        fourth.get("/v1/tokens/self").problem(401, "unauthenticated")
        self.admin.post(path + ":rotate").problem(409, "wrong-state")
        self.admin.post(path + ":rotate", {"overlap_minutes": 10081}).problem(
            400, "invalid-field")
        for row in self.service.cluster.execute("SELECT t::text FROM idempotency t"):
            self.assertNotIn(new.token[32:], row[0])

    def test_the_command_line(self):
        def run(*args):
            return self.service.cluster.run("token", *args, "--community", "test").strip()

        text = run("create", "--role", "service", "--scopes", "members:read", "--days", "1")
        bot = self.service.client(token=text)
        me = bot.get("/v1/tokens/self").expect(200)
        self.assertEqual(me["scopes"], ["members:read"])
        other = self.service.client(token=run("rotate", me["id"]))
        for client in (bot, other):
            client.get("/v1/members").expect(200)
        run("revoke", me["id"])
        other.get("/v1/members").problem(401, "unauthenticated")
        for wrong in (("--role", "service"), ("--role", "admin", "--days", "366"),
                      ("--role", "admin", "--scopes", "members:all")):
            with self.assertRaises(AssertionError):
                run("create", *wrong)

    def test_what_cannot_be_valid_costs_no_query(self):
        """A wrong check is seen without the database."""
        service = cairn.Service("--no-worker", "--workers", "1")
        self.addCleanup(service.close)
        _, good = service.token("admin")
        flipped = good[:40] + ("0" if good[40] != "0" else "1") + good[41:]
        service.cluster.execute("SELECT pg_terminate_backend(pid, 10000) FROM"
                                " pg_stat_activity WHERE application_name = 'cairn'")

        def connections():
            return service.cluster.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'cairn'")[0][0]

        for value in ("Bearer " + flipped, "Bearer x.y.z", None):
            service.client(token=None).get("/v1/me", headers={
                "Authorization": value}).problem(401, "unauthenticated")
        self.assertEqual(connections(), 0)
        service.client(token=good).get("/v1/tokens/self").expect(200)
        self.assertEqual(connections(), 1)

    def test_reads_write_nothing(self):
        """Not a transaction id is used up by reading."""
        def next_id():
            return int(self.service.cluster.execute(
                "SELECT pg_snapshot_xmax(pg_current_snapshot())::text")[0][0])

        service = self.service
        reader = service.client(role="coordinator")
        reader.get("/v1/members")
        self.assertTrue(cairn.eventually(
            lambda: reader.get("/v1/tokens/self").json["last_used_at"]))
        noted, before = reader.get("/v1/tokens/self").json["last_used_at"], next_id()
        for _ in range(200):
            reader.get("/v1/members")
            reader.get(f"/v1/members/{self.ids[0]}")
            reader.get(NOBODY).problem(404, "not-found")
        self.assertEqual(next_id(), before)
        self.assertEqual(reader.get("/v1/tokens/self").json["last_used_at"], noted)

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
