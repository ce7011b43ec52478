"""A migration and a new release under load: no request fails.

`cairn-next` is this program with one migration more, as a next release would be. A
long transaction holds the table that the migration wants for itself.
"""
import os
import subprocess
import threading
import time
import unittest
import urllib.parse
import uuid

from tests.lib import cairn

HELD = 4  # seconds; longer than a request waits for a lock


class Load:
    """People who read and write members all the time; collects what fails."""

    def __init__(self, service, n=3):
        self.clients = [service.client(role="admin") for _ in range(n)]
        self.failures, self.answers, self.made = [], 0, []
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(c,)) for c in self.clients]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def run(self, client):
        while not self.stop.is_set():
            try:
                name = uuid.uuid4().hex
                made = client.post("/v1/members", {
                    "external_id": name, "display_name": name, "time_zone": "UTC"})
                self.note(made, 201)
                if made.status == 201:
                    ident = made.json["id"]
                    self.made.append(ident)
                    self.note(client.patch(f"/v1/members/{ident}", {"industry": "x"}), 200)
                    self.note(client.get(f"/v1/members/{ident}"), 200)
            except Exception as error:  # pylint: disable=broad-except
                self.failures.append(repr(error))

    def note(self, answer, status):
        self.answers += 1
        if answer.status != status:
            self.failures.append((answer.status, answer.body))

    def goes_on(self, n=20):
        before = self.answers
        return cairn.eventually(lambda: self.answers > before + n)


def next_program():
    return cairn.program() + "-next"


class Holder:
    """A long read, such as a report or a backup, in the way of ALTER TABLE."""

    def __init__(self, cluster):
        self.connection = cluster.connect()
        self.connection.cursor().execute("SELECT count(*) FROM member")

    def __enter__(self):
        self.timer = threading.Timer(HELD, self.connection.close)
        self.timer.start()
        return self

    def __exit__(self, *_):
        self.timer.join()


def migrate(service, program):
    done = subprocess.run([program, "migrate", "--database", service.cluster.conninfo],
                          capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr


class Upgrade(unittest.TestCase):
    def setUp(self):
        if not os.path.exists(next_program()):
            self.skipTest("cairn-next is not built (make tests)")

    def test_a_release_comes_in_under_load(self):
        with cairn.Service("--share-port", "yes", community="up") as service:
            port = urllib.parse.urlsplit(service.base).port
            with Load(service) as load:
                self.assertTrue(load.goes_on())
                with Holder(service.cluster):
                    begun = time.monotonic()
                    status, said = migrate(service, next_program())
                    self.assertEqual(status, 0, said)
                    self.assertGreater(time.monotonic() - begun, HELD / 2)
                # The program before serves beside the newer schema, and starts there.
                self.assertTrue(load.goes_on())
                service.client().get("/readyz").expect(200)
                status, said = migrate(service, cairn.program())
                self.assertNotEqual(status, 0)
                self.assertIn("newer", said)
                for program in (cairn.program(), next_program(), cairn.program()):
                    old, service.program = service.process, program
                    service.start(port=port)
                    self.assertTrue(load.goes_on())  # both at once
                    old.terminate()
                    self.assertEqual(old.wait(60), 0)
                    self.assertTrue(load.goes_on())
            self.assertEqual(load.failures, [])
            kept = service.cluster.execute("SELECT count(*) FROM member WHERE nickname = ''"
                                           " AND industry = 'x'")
            self.assertEqual(kept[0][0], len(load.made))

    def test_patience_with_a_lock_makes_requests_fail(self):
        """The control arm: ALTER TABLE waits for its lock, everybody waits behind it."""
        with cairn.Service(community="wait") as service:
            with Load(service) as load:
                self.assertTrue(load.goes_on())
                with Holder(service.cluster):
                    service.cluster.execute(
                        "ALTER TABLE member ADD COLUMN nickname text NOT NULL DEFAULT ''")
            self.assertTrue(load.failures)


if __name__ == "__main__":
    unittest.main()
