"""Every operation in every trouble that may meet any of them: each says so with the
status that openapi.yaml has for it, and none has one that it cannot give."""
import contextlib
import re
import socket
import threading
import time
import unittest
import uuid

from tests.lib import cairn, contract

BODY_BYTES, MEMORY_BYTES = 300_000, 1 << 20
BREAK = """
CREATE OR REPLACE FUNCTION cairn.{0} RETURNS {1} LANGUAGE plpgsql AS $$
BEGIN RAISE 'broken by a test'; END $$"""


def addresses(status):
    """(method, address, operation, template) of those that have the status."""
    for method, path, _, operation in contract.operations():
        if str(status) in operation["responses"]:
            yield method, re.sub(r"\{(\w+)\}", lambda m: "mentor" if m.group(1) == "role"
                                 else str(uuid.UUID(int=7)), path), operation, path


class Statuses(unittest.TestCase):
    def start(self, *flags):
        self.service = cairn.Service(*flags)
        self.addCleanup(self.service.close)
        self.client = self.service.client(role="admin")
        self.app = self.service.app()

    def ask(self, method, path, operation, body=None, **headers):
        kinds = contract.resolve(operation.get("requestBody", {})).get("content", {})
        if kinds:
            headers["Content-Type"] = next(iter(kinds))
            body = body or "{}"
        if "If-Match" not in headers:
            headers["If-Match"] = "*"
        client = self.app if operation.get("security") == [{"appPassword": []}] else self.client
        return client.request(method, path, body, headers)

    def all_say(self, status, slug, suffix="", at_least=80, **more):
        asked = 0
        for method, path, operation, _ in addresses(status):
            with self.subTest(f"{method} {path}"):
                self.ask(method, path + suffix, operation, **more).problem(status, slug)
            asked += 1
        self.assertGreater(asked, at_least)

    def test_too_much(self):
        self.start("--max-import-bytes", "262144", "--max-calendar-bytes", "262144")
        self.all_say(413, "too-large", body="x" * BODY_BYTES)
        self.all_say(414, "uri-too-long", suffix="?x=" + "x" * 8300)
        self.all_say(431, "headers-too-large", **{f"X-{i}": "x" * 4000 for i in range(5)})

    def test_malformed(self):
        self.start()
        self.all_say(400, "malformed-request", suffix="?%zz")

    def test_not_acceptable(self):
        """Where the answer would be JSON; files, and what has no content, are sent."""
        self.start("--no-worker")
        self.all_say(406, "not-acceptable", at_least=70, Accept="text/html, */*;q=0")
        for path in ("/livez", "/readyz", "/v1/docs", "/v1/members:export"):
            self.assertEqual(self.client.get(path, headers={"Accept": "image/png"}).status, 200)
        for accept in ("application/json", "application/*", "*/*;q=0.1", "nonsense", None):
            self.client.get("/v1/programs", headers={"Accept": accept}).expect(200)

    def test_too_often(self):
        """A client has had its requests of the minute, an address its guesses."""
        self.start("--token-requests-per-minute", "1", "--failures-per-minute", "3")
        self.client.get("/v1/me")
        self.app.request("PROPFIND", "/dav/", headers={"Depth": "0"})
        for method, path, operation, _ in addresses(429):
            if operation["x-roles"] or operation["security"]:
                with self.subTest(f"{method} {path}"):
                    self.ask(method, path, operation).problem(429, "rate-limited")

    def test_no_room(self):
        """Bodies that others send slowly fill the memory for bodies."""
        self.start("--body-memory-bytes", str(MEMORY_BYTES))
        port = int(self.service.base.rsplit(":", 1)[1])
        with contextlib.ExitStack() as open_ones:
            for _ in range(20):
                one = open_ones.enter_context(socket.create_connection(("127.0.0.1", port)))
                one.sendall(b"POST /v1/programs HTTP/1.1\r\nHost: x\r\n"
                            b"Content-Length: 262144\r\n\r\n" + b" " * 250_000)
                answer = self.client.post("/v1/programs", " " * 60_000, headers={
                    "Content-Type": "application/json"})
                if answer.status == 503:
                    break
            self.all_say(503, "overloaded", body=" " * 60_000)

    def test_keys(self):
        """Another request with the key goes on, here in a transaction of the test's; when
        that has ended, the key belongs to it."""
        self.start("--workers", "32", "--queue-limit", "1000", "--queue-time-ms", "60000",
                   "--request-deadline-ms", "60000", "--no-worker")
        rows = [row for row in addresses(409)
                if any(contract.resolve(p)["name"] == "Idempotency-Key"
                       for p in row[2].get("parameters", []))]
        self.assertGreater(len(rows), 25)
        key, other = uuid.uuid4().hex, self.service.cluster.connect()
        self.addCleanup(other.close)
        with other.cursor() as cursor:
            for method, _, _, template in rows:
                cursor.execute(
                    "INSERT INTO idempotency (community_id, principal, method, route, key,"
                    " fingerprint, status, headers, body)"
                    " VALUES (%s, %s, %s, %s, %s, '', 200, '{}', '{}')",
                    (self.service.community_id, self.client.token_id, method, template, key))
        self.at_once(rows, 409, "request-in-flight", key)
        other.commit()
        self.at_once(rows, 422, "idempotency-key-reused", key)

    def at_once(self, rows, status, slug, key=None, meanwhile=lambda: None):
        """Ask all beside each other."""
        seen, threads = [], []

        def one(method, path, operation):
            headers = {"Idempotency-Key": key} if key else {}
            seen.append((method, path, self.ask(method, path, operation, **headers)))
        for method, path, operation, *_ in rows:
            threads.append(threading.Thread(target=one, args=(method, path, operation)))
            threads[-1].start()
        meanwhile()
        for thread in threads:
            thread.join()
        self.assertEqual(len(seen), len(threads))
        for method, path, answer in seen:
            with self.subTest(f"{method} {path}"):
                answer.problem(status, slug)

    def test_too_late(self):
        """The one worker waits for the database, and what came meanwhile is late."""
        self.start("--workers", "1", "--queue-limit", "1000", "--queue-time-ms", "60000",
                   "--request-deadline-ms", "300")
        lock = self.service.cluster.connect()
        self.addCleanup(lock.close)
        lock.cursor().execute("LOCK TABLE token IN ACCESS EXCLUSIVE MODE")
        first = threading.Thread(target=self.client.get, args=("/v1/me",))
        first.start()
        self.assertTrue(cairn.eventually(lambda: self.service.cluster.execute(
            "SELECT count(*) FROM pg_locks WHERE NOT granted")[0][0] == 1))

        def release():
            time.sleep(1)
            lock.rollback()
        self.at_once(list(addresses(504)), 504, "deadline-passed", meanwhile=release)
        first.join()

    def test_broken(self):
        """What the service cannot explain: the schema is not what it was."""
        self.start("--no-worker")
        for function in ("enter_token(hash bytea)", "enter_feed(hash bytea)",
                         "enter_app_password(hash bytea, username text)",
                         "enter_attendance(token text)"):
            result = self.service.cluster.execute(
                "SELECT pg_get_function_result(%s::regprocedure)",
                ("cairn." + re.sub(r"\w+ ", "", function),))[0][0]
            self.service.cluster.execute(BREAK.format(function, result))
        self.service.cluster.execute("ALTER TABLE cairn.schema_migration RENAME sha256 TO gone")
        with contract.may_fail():
            self.all_say(500, "internal-error")


if __name__ == "__main__":
    unittest.main()
