"""The primary dies under load and a standby takes its place: two services and two workers
go on, and what was acknowledged is there. With a standby that is not waited for, some of
it is not: the control arm."""
import os
import random
import signal
import sys
import time
import unittest

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
            for pid in strike.receivers(self.standby.data_dir):
                os.kill(pid, signal.SIGSTOP)
            load.wait_for(100)
            load.stopping.set()
            strike.kill(self.standby.primary_dir)
            for pid in strike.receivers(self.standby.data_dir):
                os.kill(pid, signal.SIGCONT)
            self.standby.promote()
        lost = len(load.lost())
        print(f"control arm: {lost} acknowledged changes lost", file=sys.stderr)
        self.assertGreater(lost, 0)


if __name__ == "__main__":
    unittest.main()
