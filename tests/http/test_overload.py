"""Overload: what is admitted first, what is given up, and how it is told; and a database
that is gone. Workers are held in the database, so that nothing depends on speed."""
import json
import os
import signal
import sys
import threading
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

ROUTES = {  # one a class, in the order of admission
    "health": ("GET", "/readyz"),
    "change": ("POST", "/v1/programs"),
    "feed": ("GET", "/feeds/none.ics"),
    "read": ("GET", "/v1/programs"),
    "bulk": ("GET", "/v1/members:export"),
}


class Overload(unittest.TestCase):
    def start(self, **settings):
        flags = [word for name, value in settings.items()
                 for word in ("--" + name.replace("_", "-"), str(value))]
        self.service = cairn.Service(*flags)
        self.addCleanup(self.service.close)
        self.client = self.service.client(role="admin")
        self.seen, self.threads = [], []

    def stop_database(self):
        """Every worker waits for its connection, until go_on()."""
        self.backends = [pid for pid, in self.service.cluster.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'cairn'")]
        self.assertTrue(self.backends)
        self.addCleanup(self.go_on)
        for pid in self.backends:
            os.kill(pid, signal.SIGSTOP)

    def go_on(self):
        while self.backends:
            os.kill(self.backends.pop(), signal.SIGCONT)
        for thread in self.threads:
            thread.join()

    def lock_table(self, table):
        """Who needs the table waits, until release() or the lock's time-out."""
        self.table = table
        self.lock = self.service.cluster.connect()
        self.addCleanup(self.lock.close)
        self.lock.cursor().execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")

    def release(self):
        self.lock.rollback()
        for thread in self.threads:
            thread.join()

    def held(self):
        """Requests that wait for the table; the database's own upkeep may, too."""
        return self.service.cluster.execute(
            "SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)"
            " WHERE NOT granted AND relation = %s::regclass AND application_name = 'cairn'",
            ("cairn." + self.table,))[0][0]

    def ask(self, method, path):
        def run():
            body = {"name": "P"} if method == "POST" else None
            answer = self.client.request(method, path, body)
            self.seen.append((answer.status, answer.headers["Retry-After"]))
        self.threads.append(threading.Thread(target=run))
        self.threads[-1].start()

    def until(self, condition):
        deadline = time.monotonic() + 60
        while not condition():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def logged(self):
        """Routes in the order of their answers."""
        lines = [json.loads(line) for line in self.service.log().splitlines()
                 if line.startswith("{")]
        return [line["route"] for line in lines if line.get("event") == "request"]

    def test_the_queue_is_bounded(self):
        """More at once than may wait: each is answered, by 200 or by 503."""
        self.start(workers=1, queue_limit=1, queue_time_ms=60000)
        self.stop_database()
        for _ in range(12):
            self.ask("GET", "/v1/members")
        self.until(lambda: len(self.seen) == 10)  # one runs, one waits
        self.go_on()
        self.assertEqual(sorted(self.seen, key=str), [(200, None)] * 2 + [(503, "1")] * 10)

    def test_a_wait_ends(self):
        """503 after queue_time_ms, though no worker is free to say so."""
        self.start(workers=1, queue_time_ms=1500)
        self.stop_database()
        self.ask("GET", "/v1/members")
        self.ask("GET", "/v1/members")
        self.until(lambda: self.seen)
        self.assertEqual(self.seen, [(503, "1")])
        self.go_on()
        self.assertEqual(self.seen[1], (200, None))

    def test_a_flood_of_lists_starves_nobody(self):
        """All that lists and exports may hold is held, and the queue full of them."""
        self.start(workers=4, queue_limit=6, queue_time_ms=60000)
        self.lock_table("mentor_request")
        for _ in range(4):
            self.ask("GET", "/v1/members:export")
            self.ask("GET", "/v1/mentor-requests")
            self.ask("GET", "/v1/mentor-requests")
        self.until(lambda: self.held() == 3)  # of four workers
        self.until(lambda: len(self.seen) >= 3)  # of twelve: six wait
        self.client.post("/v1/programs", {"name": "P"}).expect(201)
        self.assertLessEqual(self.held(), 3)
        self.release()
        self.assertLessEqual({status for status, _ in self.seen}, {200, 503})

    def test_a_flood_of_changes(self):
        """The control: what is of the same class does starve its like."""
        self.start(workers=4, queue_limit=6, queue_time_ms=60000)
        self.lock_table("program")
        for _ in range(10):
            self.ask("POST", "/v1/programs")
        self.until(lambda: self.held() == 4)
        answer = self.client.post("/v1/programs", {"name": "P"})
        answer.expect(503)  # no room, or all that ran gave up waiting for the lock
        self.release()

    def test_the_order(self):
        """Come in the reverse order, served by urgency."""
        self.start(workers=1, queue_limit=20, queue_time_ms=60000)
        self.stop_database()
        self.ask(*ROUTES["health"])  # runs, or is the first to
        time.sleep(1)
        before = len(self.logged())
        for method, path in reversed(ROUTES.values()):
            self.ask(method, path)
            time.sleep(0.2)
        time.sleep(1)
        self.go_on()
        self.assertEqual(self.logged()[before:],
                         ["/readyz", "/readyz", "/v1/programs", "/feeds/{token}.ics",
                          "/v1/programs", "/v1/members:export"])

    def test_no_database(self):
        """It is told at once, nothing piles up, and it mends itself."""
        self.start(workers=4)
        self.client.get("/v1/programs").expect(200)
        self.service.cluster.run("cluster", "stop")
        for _ in range(40):
            began = time.monotonic()
            answer = self.client.get("/v1/programs")
            answer.problem(503, "database-unavailable")
            self.assertEqual(answer.headers["Retry-After"], "1")
            self.assertLess(time.monotonic() - began, 5)
        self.client.get("/livez").expect(200)
        self.client.get("/readyz").problem(503, "database-unavailable")
        for _ in range(60):
            self.ask("GET", "/v1/programs")
        for thread in self.threads:
            thread.join()
        self.assertEqual({status for status, _ in self.seen}, {503})
        self.service.cluster.run("cluster", "start")
        up = time.monotonic()
        while self.client.get("/v1/programs").status != 200:
            self.assertLess(time.monotonic() - up, 10)
        print(f"served again {time.monotonic() - up:.2f} s after the database was back")
        self.client.get("/readyz").expect(200)


if __name__ == "__main__":
    unittest.main()
