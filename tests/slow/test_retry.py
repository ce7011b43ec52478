"""A client that loses its connection, at any point, and asks again with the same key:
one effect, one answer. And the same without the unique index, which must double."""
import concurrent.futures
import http.client
import json
import os
import random
import socket
import struct
import sys
import threading
import time
import unittest
import urllib.parse
import uuid

from tests.lib import cairn

SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))
LIMIT_S = 300  # for one request to get an answer in the end
WRITERS, EACH = 8, 30
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: the connection is not closed but broken


class Thief:
    """A proxy that keeps every third answer for itself, whole or from some octet on."""

    def __init__(self, base):
        address = urllib.parse.urlsplit(base)
        self._to = (address.hostname, address.port)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.base = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.seen, self.stolen, self._lock = 0, 0, threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        """One connection is one request: the clients keep none."""
        with client, socket.create_connection(self._to) as server:
            upward = threading.Thread(target=_copy, args=(client, server), daemon=True)
            upward.start()
            answer = b""
            while data := _receive(server):
                answer += data
            with self._lock:
                self.seen += 1
                steal = self.seen % 3 == 0
                self.stolen += steal
                keep = self.seen * 37 % (len(answer) + 1) if steal else len(answer)
            try:
                client.sendall(answer[:keep])
            except OSError:
                pass
            _shut(client)
            upward.join()


def _copy(source, sink):
    try:
        while data := _receive(source):
            sink.sendall(data)
    except OSError:
        pass


def _receive(end):
    try:
        return end.recv(1 << 16)
    except OSError:
        return b""


def _shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


class Retry(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}, at most {LIMIT_S} s a request", file=sys.stderr)
        self.dice = random.Random(SEED)
        self.service = cairn.Service("--no-worker")
        self.addCleanup(self.service.close)
        self.admin = self.service.client(role="admin")

    def octets(self, name, key):
        """The request as it goes over the wire."""
        body = json.dumps({"name": name}).encode()
        return (f"POST /v1/programs HTTP/1.1\r\nHost: cairn\r\nConnection: close\r\n"
                f"Authorization: Bearer {self.admin.token}\r\nIdempotency-Key: {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
                ).encode() + body

    def until_answered(self, base, name, key):
        """(status, headers, body), sent again as often as it takes."""
        address = urllib.parse.urlsplit(base)
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            connection = http.client.HTTPConnection(address.netloc, timeout=60)
            try:
                connection.request("POST", "/v1/programs", json.dumps({"name": name}), {
                    "Authorization": "Bearer " + self.admin.token, "Connection": "close",
                    "Content-Type": "application/json", "Idempotency-Key": key})
                answer = connection.getresponse()
                body = answer.read()
                # A head that was cut short, even in the length, looks whole to http.client.
                if (answer.status not in (409, 503)
                        and answer.headers["Content-Length"] == str(len(body))):
                    return answer.status, answer.headers, body
            except (OSError, http.client.HTTPException):
                pass
            finally:
                connection.close()
            time.sleep(0.005)
        raise AssertionError(f"{name}: never answered")

    def effects(self):
        """For each name: programs, events in the audit; and how many answers are kept."""
        programs = dict(self.service.cluster.execute(
            "SELECT name, count(*) FROM program GROUP BY 1"))
        events = dict(self.service.cluster.execute(
            "SELECT p.name, count(*) FROM program p JOIN audit_event a"
            " ON a.subject_id = p.id AND a.action = 'program.create' GROUP BY 1"))
        [(kept,)] = self.service.cluster.execute("SELECT count(*) FROM idempotency")
        return programs, events, kept

    def once_each(self, names):
        programs, events, kept = self.effects()
        once = dict.fromkeys(names, 1)
        self.assertEqual(programs, once)
        self.assertEqual(events, once)
        self.assertEqual(kept, len(names))

    def test_same_answer_after_every_cut(self):
        """The connection ends after each octet of the request, at some time after the
        last one, and after octets of the answer."""
        length = len(self.octets("Cut 0000", str(uuid.uuid4())))
        cuts = [(sent, None, 0) for sent in range(length)]
        cuts += [(length, None, self.dice.random() / 50) for _ in range(100)]
        cuts += [(length, read, 0) for read in range(1, 900, 30)]
        names = []
        for number, (sent, read, wait) in enumerate(cuts):
            name, key = f"Cut {number:04}", str(uuid.uuid4())
            names.append(name)
            self.cut(self.octets(name, key), sent, read, wait)
            first = self.until_answered(self.service.base, name, key)
            again = self.until_answered(self.service.base, name, key)
            self.assertEqual((first[0], again[0]), (201, 201), name)
            self.assertEqual(first[2], again[2])
            self.assertEqual(again[1]["Idempotency-Replayed"], "true")
            for header in ("ETag", "Location", "Content-Type"):
                self.assertEqual(first[1][header], again[1][header])
        self.once_each(names)
        print(f"{len(cuts)} cuts", file=sys.stderr)

    def cut(self, octets, sent, read, wait):
        address = urllib.parse.urlsplit(self.service.base)
        with socket.create_connection((address.hostname, address.port)) as client:
            client.sendall(octets[:sent])
            if read:
                client.settimeout(60)
                client.recv(read)
            time.sleep(wait)
            if self.dice.random() < 0.5:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def through_the_thief(self):
        """Writers whose answers are stolen now and then; their names and answers."""
        thief = Thief(self.service.base)
        self.addCleanup(thief.close)

        def write(number):
            got = []
            for i in range(EACH):
                name, key = f"Stolen {number}-{i}", str(uuid.uuid4())
                got.append((name, key, self.until_answered(thief.base, name, key)))
            return got
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            got = [one for some in pool.map(write, range(WRITERS)) for one in some]
        print(f"{thief.stolen} of {thief.seen} answers stolen", file=sys.stderr)
        self.assertGreater(thief.stolen, WRITERS * EACH // 4)
        return got

    def test_same_answer_when_the_first_is_stolen(self):
        got = self.through_the_thief()
        for name, key, (status, _, body) in got:
            self.assertEqual(status, 201, body)
            again = self.until_answered(self.service.base, name, key)
            self.assertEqual((again[0], again[2]), (status, body))
        self.once_each([name for name, _, _ in got])

    def test_without_the_unique_index_it_is_done_twice(self):
        """The control arm."""
        self.service.cluster.execute(
            "ALTER TABLE idempotency DROP CONSTRAINT idempotency_pkey")
        got = self.through_the_thief()
        programs, _, _ = self.effects()
        twice = sum(n > 1 for n in programs.values())
        print(f"control arm: {twice} of {len(got)} requests done twice or more",
              file=sys.stderr)
        self.assertGreater(twice, 0)

    def test_the_same_key_from_many_at_once(self):
        key, clients = str(uuid.uuid4()), 16
        gate = threading.Barrier(clients)

        def ask(_):
            gate.wait()
            return self.until_answered(self.service.base, "At once", key)
        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            answers = list(pool.map(ask, range(clients)))
        self.assertEqual({(a[0], a[2]) for a in answers}, {(201, answers[0][2])})
        self.assertEqual(sum("Idempotency-Replayed" in a[1] for a in answers), clients - 1)
        self.once_each(["At once"])


if __name__ == "__main__":
    unittest.main()
