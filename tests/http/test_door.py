"""The door: what comes in, how much at once, and how it closes. What must not come in is
the corpus of test_raw.py."""
import json
import os
import signal
import socket
import sys
import threading
import time
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

HOST = b"Host: x\r\n"


class Door(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")
        cls.port = int(cls.service.base.rsplit(":", 1)[1])

    def raw(self, data, timeout=5):
        """Send octets; everything that comes back until end of file or time-out."""
        out = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout) as s:
            try:
                s.sendall(data)
                while chunk := s.recv(65536):
                    out += chunk
            except (TimeoutError, ConnectionResetError, BrokenPipeError):
                pass
        return out

    def status(self, data):
        first = self.raw(data).split(b"\r\n")[0].split(b" ")
        return int(first[1]) if len(first) > 1 else None

    def test_allowed(self):
        end = b"Connection: close\r\n\r\n"
        for data in (b"GET /livez HTTP/1.0\r\n\r\n",
                     b"GET /livez HTTP/1.1\r\nHost: [::1]:80\r\n" + end,
                     b"GET /%6civez HTTP/1.1\r\n" + HOST + end,
                     b"GET /livez HTTP/1.1\r\nHost: x\r\nX: \t a b \xc3\xa9\r\nY:\r\n" + end,
                     b"\r\nGET /livez HTTP/1.1\r\n" + HOST + end,
                     b"HEAD /livez HTTP/1.1\r\n" + HOST + end):
            with self.subTest(data):
                self.assertEqual(self.status(data), 200)

    def test_a_list_in_several_lines(self):
        """Accept, If-None-Match and Prefer are lists: their lines are one."""
        head = b"GET /v1 HTTP/1.1\r\nConnection: close\r\n" + HOST
        self.assertEqual(self.status(head + b"Accept: text/html\r\nAccept: */*\r\n\r\n"), 200)
        self.assertEqual(self.status(head + b"Accept: text/html\r\nAccept: a/b\r\n\r\n"), 406)
        tag = self.admin.get("/v1/openapi.json").etag.encode()
        self.assertEqual(self.status(
            head.replace(b"/v1", b"/v1/openapi.json") + b"If-None-Match: \"x\"\r\n"
            b"Prefer: a\r\nPrefer: b\r\nIf-None-Match: " + tag + b"\r\n\r\n"), 304)

    def test_a_body_where_there_is_none(self):
        self.assertEqual(self.status(b"GET /readyz HTTP/1.1\r\n" + HOST +
                                     b"Content-Length: 2\r\n\r\n{}"), 400)

    def test_problems_by_the_gate(self):
        out = self.raw(b"GET /livez HTTP/1.1\r\n" + HOST + HOST + b"\r\n")
        head, _, body = out.partition(b"\r\n\r\n")
        self.assertIn(b"application/problem+json", head)
        self.assertEqual(json.loads(body)["type"], "/problems/malformed-request")

    def test_pipeline(self):
        out = self.raw(b"GET /livez HTTP/1.1\r\n" + HOST + b"\r\nGET /v1 HTTP/1.1\r\n" +
                       HOST + b"Connection: close\r\n\r\n")
        self.assertEqual(out.count(b"HTTP/1.1 200"), 2)
        self.assertLess(out.index(b"live"), out.index(b"cairn"))

    def test_chunks(self):
        token = self.admin.token.encode()
        head = (b"POST /v1/members HTTP/1.1\r\n" + HOST + b"Authorization: Bearer " +
                token + b"\r\nContent-Type: application/json\r\nIdempotency-Key: " +
                uuid.uuid4().hex.encode() +
                b"\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n")
        body = json.dumps({"external_id": uuid.uuid4().hex, "display_name": "C",
                           "time_zone": "UTC"}).encode()
        parts = b"".join(b"%x\r\n%s\r\n" % (len(body[i:i + 7]), body[i:i + 7])
                         for i in range(0, len(body), 7)) + b"0\r\n\r\n"
        self.assertEqual(self.status(head + parts), 201)
        block = b"%x\r\n%s\r\n" % (65536, b" " * 65536)
        self.assertEqual(self.status(head + block * 6 + b"0\r\n\r\n"), 413)
        self.assertNotEqual(self.status(head + block * 64), 201)

    def test_headers_of_every_answer(self):
        for path in ("/livez", "/v1/members", "/nope"):
            answer = self.admin.get(path, headers={"X-Request-Id": "abc.DEF-123"})
            self.assertEqual(answer.headers["X-Request-Id"], "abc.DEF-123")
            self.assertEqual(answer.headers["X-Content-Type-Options"], "nosniff")
            self.assertEqual(answer.headers["Cache-Control"], "no-store")
        for bad in ("short", "x" * 65, "with space here"):
            got = self.admin.get("/livez", headers={"X-Request-Id": bad})
            self.assertEqual(len(got.headers["X-Request-Id"]), 36)

    def test_methods(self):
        answer = self.admin.request("DELETE", "/v1/programs")
        answer.problem(405, "method-not-allowed")
        self.assertEqual(set(answer.headers["Allow"].split(", ")),
                         {"GET", "HEAD", "POST"})
        head = self.admin.request("HEAD", "/v1/members")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertGreater(int(head.headers["Content-Length"]), 0)

    def test_it_ends_in_order(self):
        """What was accepted is answered; nothing new is accepted; status 0."""
        service = cairn.Service(community="ends")
        self.addCleanup(service.close)
        client, seen = service.client(role="admin"), []
        lock = service.cluster.connect()
        self.addCleanup(lock.close)
        lock.cursor().execute("LOCK TABLE member IN ACCESS EXCLUSIVE MODE")
        thread = threading.Thread(
            target=lambda: seen.append(client.get("/v1/members").status))
        thread.start()
        while not service.cluster.execute(
                "SELECT 1 FROM pg_locks WHERE NOT granted"):
            time.sleep(0.01)
        process = service.process
        process.send_signal(signal.SIGTERM)
        while "draining" not in service.log():
            time.sleep(0.01)
        with self.assertRaises(OSError):
            for _ in range(200):
                socket.create_connection(
                    ("127.0.0.1", int(service.base.rsplit(":", 1)[1])), 1).close()
                time.sleep(0.01)
        lock.rollback()
        thread.join()
        self.assertEqual(seen, [200])
        self.assertEqual(process.wait(30), 0)


if __name__ == "__main__":
    unittest.main()
