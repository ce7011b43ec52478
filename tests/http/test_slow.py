"""Slow clients and many of them: absolute deadlines, and how many connections there may
be. Each deadline has its control: without it, the same client stays."""
import contextlib
import os
import socket
import sys
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

LIVE = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
TIMES = ("header", "body", "answer", "transfer")
SHORT_MS, IDLE_MS = 400, 2500


def times(ms, idle_ms=0):
    flags = [word for name in TIMES for word in (f"--{name}-time-ms", str(ms))]
    return [*flags, "--idle-time-ms", str(idle_ms)]


class Client:
    def __init__(self, service, **more):
        self.socket = socket.socket()
        for option, value in more.items():
            self.socket.setsockopt(socket.SOL_SOCKET, getattr(socket, option), value)
        self.socket.settimeout(10)
        self.socket.connect(("127.0.0.1", int(service.base.rsplit(":", 1)[1])))

    def ended_within(self, seconds, drip=b""):
        """Whether the other side ends the connection, be it fed or not."""
        until = time.monotonic() + seconds
        self.socket.settimeout(0.05)
        while time.monotonic() < until:
            try:
                self.socket.sendall(drip)
                if self.socket.recv(65536) == b"":
                    return True
            except TimeoutError:
                pass
            except OSError:
                return True
        return False

    def get(self):
        """The status of GET /livez on this connection; None when it has ended."""
        try:
            self.socket.sendall(LIVE)
            return int(self.socket.recv(65536).split(b" ")[1])
        except (OSError, IndexError):
            return None


class Slow(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service(*times(SHORT_MS, IDLE_MS))
        cls.addClassCleanup(cls.service.close)
        cls.patient = cairn.Service(*times(0), community="patient")
        cls.addClassCleanup(cls.patient.close)

    def client(self, service, **more):
        client = Client(service, **more)
        self.addCleanup(client.socket.close)
        return client

    def both(self, begin, drip):
        """The impatient service ends it, the patient one does not."""
        for service, ends, seconds in ((self.service, True, 20), (self.patient, False, 3)):
            client = self.client(service)
            client.socket.sendall(begin)
            self.assertEqual(client.ended_within(seconds, drip), ends)

    def test_nothing(self):
        self.both(b"", b"")

    def test_half_a_head(self):
        self.both(b"GET /livez HTTP/1.1\r\nX: ", b"x")

    def test_half_a_first_line(self):
        self.both(b"GET /", b"x")

    def test_a_dripping_body(self):
        self.both(b"POST /v1/members HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n",
                  b" ")

    def test_a_dripping_file(self):
        self.both(b"POST /v1/imports HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n\r\n",
                  b" ")

    def test_dripping_chunks(self):
        self.both(b"POST /v1/members HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
                  b"\r\n", b"1\r\n \r\n")

    def test_an_idle_connection(self):
        for service, ends, seconds in ((self.service, True, 20), (self.patient, False, 5)):
            client = self.client(service)
            self.assertEqual(client.get(), 200)
            self.assertEqual(client.ended_within(seconds), ends)

    def test_a_connection_in_use(self):
        """The clock starts anew with each request."""
        client, until = self.client(self.service), time.monotonic() + 2.5 * IDLE_MS / 1000
        while time.monotonic() < until:
            self.assertEqual(client.get(), 200)
            time.sleep(IDLE_MS / 5000)

    def test_a_slow_reader(self):
        """More than any buffer holds, and nobody takes it."""
        request = b"GET /v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
        for service, whole in ((self.service, False), (self.patient, True)):
            client, n, seen = self.client(service, SO_RCVBUF=4096), 0, 0
            want = len(service.client().get("/v1/openapi.json").body)
            count = 24_000_000 // want + 1
            client.socket.sendall(request * count)
            time.sleep(3)
            with contextlib.suppress(OSError):
                while seen < count * want and (chunk := client.socket.recv(1 << 20)):
                    seen += len(chunk)
                    n += 1
            self.assertEqual(seen >= count * want, whole)


class Many(unittest.TestCase):
    def service(self, *flags):
        service = cairn.Service(*flags)
        self.addCleanup(service.close)
        time.sleep(1)  # until the connections of the start are gone
        return service

    def client(self, service):
        client = Client(service)
        self.addCleanup(client.socket.close)
        return client

    def test_of_one_address(self):
        service = self.service("--trusted-proxies", "", "--connections-per-address", "3")
        clients = [self.client(service) for _ in range(3)]
        self.assertEqual([c.get() for c in clients], [200] * 3)
        self.assertIsNone(self.client(service).get())
        clients[0].socket.close()
        deadline = time.monotonic() + 20
        while self.client(service).get() is None:  # until the close was seen
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual([c.get() for c in clients[1:]], [200] * 2)

    def test_of_a_proxy(self):
        """The control: loopback addresses are trusted proxies unless told otherwise."""
        service = self.service("--connections-per-address", "3")
        clients = [self.client(service) for _ in range(20)]
        self.assertEqual([c.get() for c in clients], [200] * 20)

    def test_in_all(self):
        """One more than there may be: the one that has waited longest makes room."""
        service = self.service("--max-connections", "4")
        first, second = self.client(service), self.client(service)
        first.socket.sendall(b"GET /livez HTTP/1.1\r\nX: ")
        self.assertEqual(second.get(), 200)
        others = [self.client(service) for _ in range(2)]
        self.assertEqual([c.get() for c in others], [200] * 2)
        late = self.client(service)
        self.assertEqual(late.get(), 200)
        self.assertTrue(first.ended_within(20))
        self.assertEqual([c.get() for c in (second, *others)], [200] * 3)

    def test_a_storm(self):
        """Many that come, say half a word and go, beside requests that are served; ids of
        connections are used anew all the time while others are cut off."""
        service = self.service(*times(4 * SHORT_MS), "--max-connections", "50")
        client, until = service.client(role="admin"), time.monotonic() + 6
        crowd = []
        while time.monotonic() < until:
            crowd += [self.client(service) for _ in range(20)]
            for one in crowd[-20:]:
                one.socket.sendall(b"GET /livez HTTP/1.1\r\nX: ")
            for one in crowd[:-30]:
                one.socket.close()
            del crowd[:-30]
            client.get("/v1/programs").expect(200)
        self.assertIsNone(service.process.poll())

    def test_the_memory_of_bodies(self):
        service = self.service("--body-memory-bytes", str(1 << 20))
        client = service.client(role="admin")
        head = (b"POST /v1/imports HTTP/1.1\r\nHost: x\r\nContent-Length: 900000\r\n\r\n")
        csv = {"Content-Type": "text/csv"}
        deadline = time.monotonic() + 60
        while True:
            first = self.client(service)
            first.socket.sendall(head + b" " * 800_000)
            time.sleep(0.5)  # until it is in: else it may be the one that has no room
            answer = client.post("/v1/imports", b"\n" * 500_000, headers=csv)
            if answer.status == 503 or time.monotonic() > deadline:
                break
            first.socket.close()
        answer.problem(503, "overloaded")
        self.assertEqual(answer.headers["Retry-After"], "1")
        client.get("/v1/programs").expect(200)
        first.socket.close()
        while client.post("/v1/imports", b"\n" * 500_000, headers=csv).status == 503:
            self.assertLess(time.monotonic(), deadline)


if __name__ == "__main__":
    unittest.main()
