"""A COMMIT whose answer is lost is told as what it was: made, not made, or not known.

The proxy of tests/lib/pgproxy.py stands between the service and its database and strikes
at the COMMIT alone. The control arm shows what a client without our question makes of
the same strike: an error for a change that was made.
"""
import time
import unittest
import uuid

import psycopg2

from tests.lib import cairn, pgproxy

PATIENCE_S = 60


class Outcome(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.proxy = pgproxy.Proxy(cls.service.cluster.conninfo)
        cls.addClassCleanup(cls.proxy.close)
        cls.admin_token = cls.service.token("admin")[1]
        cls.service.stop()
        cls.service.start(database=cls.proxy.conninfo)
        cls.admin = cairn.Client(cls.service.base, cls.admin_token)

    def post(self, name, key):
        return self.admin.post("/v1/programs", {"name": name},
                               headers={"Idempotency-Key": key})

    def effects(self, name):
        """(programs, audit rows, kept answers) of that name."""
        return self.service.cluster.execute(
            "SELECT count(*), count(a.subject_id), (SELECT count(*) FROM idempotency"
            " WHERE body LIKE '%%' || %s || '%%') FROM program p LEFT JOIN audit_event a"
            " ON a.subject_id = p.id AND a.action = 'program.create' WHERE p.name = %s",
            (name, name))[0]

    def replay(self, name, key, first=None):
        again = self.post(name, key)
        again.expect(201)
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        if first is not None:
            self.assertEqual(again.body, first.body)
        self.assertEqual(self.effects(name), (1, 1, 1))

    def test_made_or_not_made(self):
        """Lost before, lost after, held back: 201 once, one effect, the same bytes."""
        for mode in ("before", "after", "hold"):
            with self.subTest(mode=mode):
                name, key = f"Program {mode}", str(uuid.uuid4())
                self.proxy.arm(mode)
                first = self.post(name, key)
                self.assertTrue(self.proxy.struck.is_set())
                first.expect(201)
                self.assertEqual(self.effects(name), (1, 1, 1))
                self.replay(name, key, first)

    def test_not_known_in_time(self):
        """Still under way after five seconds: 503, and the key tells later."""
        for go in (True, False):
            with self.subTest(committed=go):
                name, key = f"Late {go}", str(uuid.uuid4())
                self.proxy.arm("late")
                answer = self.post(name, key)
                problem = answer.problem(503, "outcome-unknown")
                self.assertIs(problem["retryable"], True)
                self.assertGreater(int(answer.headers["Retry-After"]), 0)
                self.proxy.release(go)
                end = time.monotonic() + PATIENCE_S
                while (answer := self.post(name, key)).status != 201:
                    answer.problem(409, "request-in-flight")
                    self.assertLess(time.monotonic(), end)
                self.assertEqual("Idempotency-Replayed" in answer.headers, go)
                self.assertEqual(self.effects(name), (1, 1, 1))

    def test_change_without_a_key(self):
        """PATCH with If-Match has no key: the transaction's id tells."""
        made = self.post("Patched", str(uuid.uuid4()))
        path, etag = made.headers["Location"], made.etag
        for mode in ("before", "after"):
            with self.subTest(mode=mode):
                self.proxy.arm(mode)
                answer = self.admin.patch(path, {"name": f"Patched {mode}"}, etag=etag)
                self.assertTrue(self.proxy.struck.is_set())
                self.assertEqual(answer.expect(200)["row_version"],
                                 int(etag.strip('"').split("-")[0]) + 1)
                etag = answer.etag
                self.assertEqual(self.admin.get(path).etag, etag)
        self.proxy.arm("late")
        self.admin.patch(path, {"name": "Patched late"}, etag=etag).problem(
            503, "outcome-unknown")
        self.proxy.release(False)
        self.assertEqual(self.admin.get(path).etag, etag)

    def test_control_a_client_that_does_not_ask(self):
        """The strike is real: a plain client is told of failure, and the row is there."""
        with pgproxy.Proxy(self.service.cluster.conninfo) as proxy:
            connection = psycopg2.connect(proxy.conninfo, options="-c search_path=cairn")
            connection.cursor().execute("CREATE TABLE control AS SELECT 1 AS n")
            proxy.arm("after")
            with self.assertRaises(psycopg2.OperationalError):
                connection.commit()
            connection.close()
        self.assertEqual(self.service.cluster.execute("SELECT n FROM control"), [(1,)])
