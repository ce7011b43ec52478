"""The primary dies under load and a standby takes its place: two services and two workers
go on, and what was acknowledged is there. With a standby that is not waited for, some of
it is not: the control arm."""
import os
import random
import signal
import sys
import threading
import time
import unittest
import uuid

from tests.lib import cairn, history, strike
from tests.http.rounds_world import World

SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))


class FailOver(unittest.TestCase):
    def start(self, synchronous):
        """A pair of servers, two services that know both, two workers."""
        print(f"seed {SEED}", file=sys.stderr)
        self.service = cairn.Service("--no-worker")
        self.addCleanup(self.service.close)
        self.standby = strike.Standby(self.service.cluster, synchronous)
        self.addCleanup(self.standby.close)
        self.service.stop()
        self.bases = []
        for _ in range(2):
            self.service.start(database=self.standby.conninfo)
            process = self.service.process
            self.bases.append(self.service.base)
            self.addCleanup(cairn.end, process)
        for _ in range(2):
            self.addCleanup(cairn.end, self.service.worker(self.standby.conninfo))
        self.world = World(self.service)
        return history.Load(self.world, lambda: self.bases, SEED)

    def test_with_a_synchronous_standby_nothing_is_lost(self):
        with self.start(synchronous=True) as load:
            load.wait_for(100)
            begun = time.monotonic()
            self.standby.fail_over()
            promoted = time.monotonic()
            load.wait_for(1)
            print(f"promoted after {promoted - begun:.1f} s,"
                  f" written again after {time.monotonic() - begun:.1f} s", file=sys.stderr)
            load.wait_for(100)
            document = self.world.start(headers={"Prefer": "wait=20"}).expect(200, 202)
        self.assertTrue(cairn.eventually(lambda: self.world.staff.get(
            f"/v1/matching-rounds/{document['id']}").json["state"] == "solved", 60))
        print(f"{load.answers} answers, {load.again} sent again", file=sys.stderr)
        self.assertEqual(load.faults(), [])
        self.service.cluster.run("audit", "verify", database=self.standby.conninfo)

    def test_with_a_standby_that_lags_some_is_lost(self):
        """The control arm: the standby's receiver stands still for a moment before."""
        with self.start(synchronous=False) as load:
            load.wait_for(50)
            for pid in strike.called(self.standby.data_dir, "walreceiver"):
                os.kill(pid, signal.SIGSTOP)
            load.wait_for(100)
            load.stopping.set()
            strike.kill(self.standby.primary_dir)
            for pid in strike.called(self.standby.data_dir, "walreceiver"):
                os.kill(pid, signal.SIGCONT)
            self.standby.promote()
        lost = len(load.lost())
        print(f"control arm: {lost} acknowledged changes lost", file=sys.stderr)
        self.assertGreater(lost, 0)

    def test_a_wait_that_is_cut_short_is_no_success(self):
        """The primary sends nothing to its standby any more, whoever waits for it is
        cancelled, and the primary dies. The service told nobody that it was done. A
        client that does not listen to warnings was told so: the control arm."""
        self.start(synchronous=True)
        for pid in strike.called(self.standby.primary_dir, "walsender"):
            os.kill(pid, signal.SIGSTOP)
        key, told = str(uuid.uuid4()), {}

        def service():
            told["service"] = self.ask("By the service", key)

        def plain():
            connection = self.service.cluster.connect()
            connection.cursor().execute(
                "INSERT INTO program (community_id, id, name)"
                " VALUES (%s, gen_random_uuid(), 'By a plain client')",
                (self.world.community_id,))
            connection.commit()  # does not raise
            told["plain"] = connection.notices
            connection.close()
        threads = [threading.Thread(target=work) for work in (service, plain)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.service.cluster.execute(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                " WHERE wait_event = 'SyncRep'")
            time.sleep(0.05)
        told["service"].problem(503, "outcome-unknown")
        self.assertIn("WARNING", "".join(told["plain"]))
        self.assertEqual(self.named(), {"By the service", "By a plain client"})
        self.standby.fail_over()
        self.assertEqual(self.named(), set())  # both are lost, and one was told nothing
        self.assertTrue(cairn.eventually(
            lambda: self.ask("By the service", key).status == 201, 60))
        self.assertEqual(self.named(), {"By the service"})

    def ask(self, name, key):
        return self.world.staff.post("/v1/programs", {"name": name},
                                     headers={"Idempotency-Key": key})

    def named(self):
        return {name for name, in self.world.rows(
            "SELECT name FROM program WHERE name LIKE 'By %%'")}


if __name__ == "__main__":
    unittest.main()
