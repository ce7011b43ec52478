"""The database under load is down for a while, has no connection to give, has no room on
its disk: the service lives, says so at once, holds no more memory, and goes on by itself."""
import http.client
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
import urllib.parse

import psycopg2

from tests.http.rounds_world import World
from tests.lib import cairn, history, strike

SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))
DOWN_S, LIMIT_S = 10, 60
AT_ONCE_S = 1.0  # generous: the machine is busy
GROWTH_KB = 16384


def resident_kb(process):
    with open(f"/proc/{process.pid}/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class Gone(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}, at most {LIMIT_S} s to go on", file=sys.stderr)
        # The sanitizer keeps what was freed for a while; here that would look like growth.
        self.enterContext(unittest.mock.patch.dict(os.environ, {
            "ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"}))
        self.service = cairn.Service("--no-worker")
        self.addCleanup(self.service.close)
        self.world = World(self.service)
        self.data = os.path.join(self.service.cluster.data_dir, "data")

    def timed(self, method, path, body=None):
        """(status, seconds) of one request over a connection of its own."""
        connection = http.client.HTTPConnection(
            urllib.parse.urlsplit(self.service.base).netloc, timeout=60)
        headers = {"Authorization": "Bearer " + self.world.staff.token,
                   "Idempotency-Key": str(cairn.uuid7()), "Content-Type": "application/json"}
        if method == "GET":
            del headers["Idempotency-Key"], headers["Content-Type"]
        begun = time.monotonic()
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status == 503:
            self.assertTrue(answer.headers["Retry-After"])
        connection.close()
        return answer.status, time.monotonic() - begun

    def program(self):
        return self.timed("POST", "/v1/programs", f'{{"name": "{cairn.uuid7()}"}}')

    def goes_on(self):
        """Seconds until a change is made again."""
        begun = time.monotonic()
        self.assertTrue(cairn.eventually(lambda: self.program()[0] == 201, LIMIT_S))
        return time.monotonic() - begun

    def test_down_under_load(self):
        waits, states = [], set()
        with history.Load(self.world, lambda: [self.service.base], SEED) as load:
            load.wait_for(200)
            strike.kill(self.data)
            time.sleep(0.5)  # the first of them find out
            before = resident_kb(self.service.process)
            end = time.monotonic() + DOWN_S
            while time.monotonic() < end:
                for method, path in (("GET", "/v1/programs"), ("GET", "/readyz"),
                                     ("GET", "/livez")):
                    status, seconds = self.timed(method, path)
                    states.add((path, status))
                    waits.append(seconds)
                time.sleep(0.02)
            grown = resident_kb(self.service.process) - before
            self.service.cluster.run("cluster", "start")
            back = self.goes_on()
            load.wait_for(100)
        waits.sort()
        print(f"down for {DOWN_S} s: {load.again} refused writes, {len(waits)} looks,"
              f" the slowest but one in a hundred {waits[len(waits) * 99 // 100] * 1000:.0f} ms,"
              f" {grown} kB more, served {back:.2f} s after it was back", file=sys.stderr)
        self.assertEqual(states, {("/v1/programs", 503), ("/readyz", 503), ("/livez", 200)})
        self.assertLess(waits[len(waits) * 99 // 100], AT_ONCE_S)
        self.assertLess(grown, GROWTH_KB)
        self.assertGreater(load.again, 100)
        self.assertEqual(load.faults(), [])

    def test_no_connection_left(self):
        """Others have them all. The control: while they do, nobody comes in."""
        held = []
        self.addCleanup(lambda: [c.close() for c in held])
        admin = self.service.cluster.connect()
        self.addCleanup(admin.close)
        admin.autocommit = True
        cursor = admin.cursor()
        ours = ("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE application_name LIKE 'cairn%'")
        deadline = time.monotonic() + LIMIT_S
        while True:
            self.assertLess(time.monotonic(), deadline)
            cursor.execute(ours)
            ended = cursor.fetchone()[0]
            try:
                while True:
                    held.append(self.service.cluster.connect())
            except psycopg2.OperationalError:
                if ended == 0:
                    break
        with self.assertRaises(psycopg2.OperationalError):
            self.service.cluster.connect()
        for _ in range(20):
            status, seconds = self.program()
            self.assertEqual(status, 503)
            self.assertLess(seconds, AT_ONCE_S * 5)
        self.assertEqual(self.timed("GET", "/livez")[0], 200)
        while held:
            held.pop().close()
        print(f"served {self.goes_on():.2f} s after there were connections", file=sys.stderr)

    def small_disk(self):
        """A folder of eight megabytes that belongs to PostgreSQL."""
        home = tempfile.mkdtemp(prefix="cairn-small-")
        self.addCleanup(os.rmdir, home)
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", home],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest("may not mount: " + done.stderr.strip())
        self.addCleanup(subprocess.run, ["umount", "-l", home], check=True)
        if os.geteuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        return home

    def test_disk_full(self):
        home = self.small_disk()
        self.addCleanup(self.service.close)  # before the disk goes
        admin = self.service.cluster.connect()
        admin.autocommit = True
        cursor = admin.cursor()
        cursor.execute("CREATE TABLESPACE small LOCATION %s", (home,))
        cursor.execute("ALTER TABLE audit_event SET TABLESPACE small")
        admin.close()
        filler = os.path.join(home, "filler")
        with history.Load(self.world, lambda: [self.service.base], SEED) as load:
            load.wait_for(50)
            with open(filler, "wb") as file:
                try:
                    while True:
                        file.write(bytes(1 << 16))
                        file.flush()
                except OSError:
                    pass
            self.assertTrue(cairn.eventually(lambda: self.program()[0] == 503, LIMIT_S))
            before = load.again
            time.sleep(2)
            self.assertGreater(load.again, before)
            self.assertEqual(self.timed("GET", "/livez")[0], 200)
            self.assertEqual(self.timed("GET", "/v1/programs")[0], 200)
            os.unlink(filler)
            back = self.goes_on()
            load.wait_for(50)
        print(f"{load.again} writes refused, served {back:.2f} s after there was room",
              file=sys.stderr)
        self.assertEqual(load.faults(), [])
        self.service.cluster.run("audit", "verify")


if __name__ == "__main__":
    unittest.main()
