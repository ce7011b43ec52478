"""Rate limits: bursts and what comes back, each by itself, and what counts as a guess."""
import time
import unittest
import uuid

from tests.lib import cairn

PER_MINUTE = 120  # two come back in a second


def numbers(answer, name):
    """{"q": 120, "w": 60} of `"token";q=120;w=60`."""
    policy, *rest = answer.headers[name].split(";")
    assert policy == '"token"', answer.headers[name]
    return {key: int(value) for key, value in (part.split("=") for part in rest)}


class Limits(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service(
            "--no-worker", "--token-requests-per-minute", str(PER_MINUTE),
            "--failures-per-minute", "20", "--mentor-requests-per-hour", "2")
        cls.addClassCleanup(cls.service.close)

    def drain(self, client):
        """Ask until it is refused; gives the refusal."""
        for _ in range(PER_MINUTE * 20):
            answer = client.get("/v1/programs")
            if answer.status != 200:
                answer.problem(429, "rate-limited")
                return answer
        raise AssertionError("never refused")

    def test_burst_and_refill(self):
        client = self.service.client(role="admin")
        first = client.get("/v1/programs")
        self.assertEqual(numbers(first, "RateLimit-Policy"), {"q": PER_MINUTE, "w": 60})
        self.assertEqual(numbers(first, "RateLimit"), {"r": PER_MINUTE - 1, "t": 1})
        refused = self.drain(client)
        self.assertEqual(numbers(refused, "RateLimit")["r"], 0)
        self.assertEqual(refused.headers["Retry-After"], "1")
        self.assertTrue(refused.json["retryable"])
        # After the time it was told, it is heard again, and not for a whole burst.
        time.sleep(1.1)
        client.get("/v1/programs").expect(200)
        begun = time.monotonic()
        heard = sum(client.get("/v1/programs").status == 200 for _ in range(60))
        self.assertLessEqual(heard, 3 + 2 * (time.monotonic() - begun))

    def test_each_token_by_itself(self):
        one, two = (self.service.client(role="admin") for _ in range(2))
        self.drain(one)
        self.assertGreater(numbers(two.get("/v1/programs"), "RateLimit")["r"], 100)

    def test_a_refusal_has_no_effect(self):
        client = self.service.client(role="admin")
        self.drain(client)
        name, key = uuid.uuid4().hex, {"Idempotency-Key": uuid.uuid4().hex}
        refused = 0
        while (answer := client.post("/v1/programs", {"name": name}, headers=key)
               ).status == 429:
            refused += 1
            time.sleep(0.05)
        answer.expect(201)
        self.assertIsNone(answer.headers["Idempotency-Replayed"])
        self.assertEqual(self.service.cluster.execute(
            "SELECT count(*) FROM program WHERE name = %s", (name,)), [(1,)])

    def test_unchanged_costs_nothing(self):
        client = self.service.client(role="admin")
        etag = {"If-None-Match": client.get("/v1/programs").etag}
        for _ in range(PER_MINUTE * 2):
            answer = client.get("/v1/programs", headers=etag)
            answer.expect(304)
        self.assertGreaterEqual(numbers(answer, "RateLimit")["r"], PER_MINUTE - 2)

    def test_public_operations_have_no_limit(self):
        for _ in range(PER_MINUTE * 2):
            answer = self.service.client().get("/livez")
            answer.expect(200)
        self.assertIsNone(answer.headers["RateLimit"])

    def guess(self, address, path="/v1/me", token="x"):
        return self.service.client().get(path, headers={
            "X-Forwarded-For": address, "Authorization": f"Bearer {token}"})

    def test_guesses_at_tokens(self):
        """By address, as the proxy names it; IPv6 by network."""
        good = self.service.client(role="admin")
        for address, neighbour, other in (
                ("203.0.113.7", "203.0.113.7", "203.0.113.8"),
                ("2001:db8::1", "2001:db8::ffff", "2001:db8:0:1::1")):
            statuses = [self.guess(address).status for _ in range(30)]
            self.assertEqual(statuses[:20], [401] * 20)
            self.assertEqual(statuses[-1], 429)
            refused = self.guess(neighbour)
            refused.problem(429, "rate-limited")
            self.assertGreaterEqual(int(refused.headers["Retry-After"]), 1)
            # Not told even when it is right; others are, and so is the proxy itself.
            self.guess(address, "/v1/programs", good.token).problem(429, "rate-limited")
            self.guess(other, "/v1/programs", good.token).expect(200)
        for _ in range(30):
            self.service.client(token="x").get("/v1/me").problem(401, "unauthenticated")

    def test_guesses_at_feeds(self):
        admin = self.service.client(role="admin")
        member = admin.post("/v1/members", {
            "external_id": uuid.uuid4().hex, "display_name": "M",
            "time_zone": "UTC"}).expect(201)["id"]
        feed = admin.post(f"/v1/members/{member}/feeds").expect(201)["url"]
        feed = feed[feed.index("/feeds/"):]
        statuses = [self.guess("198.51.100.1", f"/feeds/{uuid.uuid4().hex * 2}.ics").status
                    for _ in range(30)]
        self.assertEqual((statuses[0], statuses[-1]), (404, 429))
        for path in (feed, feed.removesuffix(".ics")):
            self.guess("198.51.100.1", path).problem(429, "rate-limited")
        for _ in range(30):
            self.assertEqual(self.guess("198.51.100.2", feed).status, 200)

    def test_guesses_at_links_of_mail(self):
        """Those that look and those that act are counted together."""
        client = self.service.client()
        statuses = [client.request(
            method, f"/rsvp/{uuid.uuid4().hex}", body, {
                "X-Forwarded-For": "198.51.100.3",
                "Content-Type": "application/x-www-form-urlencoded"}).status
            for _ in range(15) for method, body in (("GET", None), ("POST", "mail=stop"))]
        self.assertEqual(statuses[:2] + statuses[-2:], [404, 404, 429, 429])

    def test_mentor_requests(self):
        admin = self.service.client(role="admin")
        ids = [admin.post("/v1/members", {
            "external_id": uuid.uuid4().hex, "display_name": "M",
            "time_zone": "UTC"}).expect(201)["id"] for _ in range(2)]
        program = admin.post("/v1/programs", {"name": "P"}).expect(201)["id"]
        for ident in ids:
            admin.put(f"/v1/programs/{program}/enrollments/{ident}/newcomer", {}).expect(200)
        wish = {"program_id": program, "member_id": ids[0]}
        for _ in range(2):
            made = admin.post("/v1/mentor-requests", wish)
            made.expect(201)
            # What is refused for another reason does not count.
            admin.post("/v1/mentor-requests", wish).problem(409, "conflict")
            admin.act(made.headers["Location"] + ":withdraw").expect(200)
        refused = admin.post("/v1/mentor-requests", wish)
        refused.problem(429, "rate-limited")
        self.assertGreater(int(refused.headers["Retry-After"]), 1000)
        admin.post("/v1/mentor-requests", wish | {"member_id": ids[1]}).expect(201)


if __name__ == "__main__":
    unittest.main()
