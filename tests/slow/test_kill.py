"""kill -9 of the service, of the worker and of PostgreSQL, five times each, under load:
nothing that was acknowledged is lost, nothing happens twice. And the same with the
promise switched off, which must lose, or the tests would prove nothing."""
import os
import random
import sys
import time
import unittest

from tests.lib import cairn, history, strike
from tests.http.rounds_world import World

KILLS = 5
SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))

# The transactions of the service commit without waiting for the disk, as if the server
# had synchronous_commit=off (which Cairn would refuse to connect to).
UNSAFE = """
CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	PERFORM set_config('synchronous_commit', 'off', true);
	RETURN NULL;
END $$;
CREATE TRIGGER forget BEFORE INSERT ON audit_event
	FOR EACH STATEMENT EXECUTE FUNCTION forget();
CREATE TRIGGER forget BEFORE UPDATE ON token
	FOR EACH STATEMENT EXECUTE FUNCTION forget();
"""


class Kill(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", file=sys.stderr)
        self.dice = random.Random(SEED)
        self.service = cairn.Service("--no-worker")
        self.addCleanup(self.service.close)
        self.port = int(self.service.base.rsplit(":", 1)[1])
        self.world = World(self.service)
        self.data = os.path.join(self.service.cluster.data_dir, "data")

    def load(self, **more):
        return history.Load(self.world, lambda: [self.service.base], SEED, **more)

    def at_some_point(self, load):
        """Somewhere in the middle of what the writers do."""
        load.wait_for(20)
        time.sleep(self.dice.random() / 5)

    def holds(self, load):
        print(f"{load.answers} answers, {load.again} sent again, {load.replays} replayed",
              file=sys.stderr)
        self.assertEqual(load.faults(), [])
        self.assertGreater(load.replays, 0)
        self.service.cluster.run("audit", "verify")

    def test_the_service(self):
        with self.load() as load:
            for _ in range(KILLS):
                self.at_some_point(load)
                self.service.process.kill()
                self.service.process.wait()
                self.service.start(port=self.port)
            load.wait_for(20)
        self.assertGreater(load.again, 0)
        self.holds(load)

    def test_the_database(self):
        with self.load() as load:
            for _ in range(KILLS):
                self.at_some_point(load)
                self.assertGreater(strike.kill(self.data), 5)
                self.service.cluster.run("cluster", "start")
            load.wait_for(20)
        self.assertGreater(load.again, 0)
        self.holds(load)

    def test_the_database_that_does_not_wait_for_the_disk(self):
        """The control arm."""
        connection = self.service.cluster.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(UNSAFE)
            cursor.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
            cursor.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
            cursor.execute("SELECT pg_reload_conf()")
        connection.close()
        lost = 0
        for _ in range(KILLS):
            with self.load(mentors=1) as load:
                load.wait_for(200)
                strike.kill(self.data)
                load.stopping.set()
                self.service.cluster.run("cluster", "start")
            lost += len(load.lost())
            if lost:
                break
        print(f"control arm: {lost} acknowledged changes lost", file=sys.stderr)
        self.assertGreater(lost, 0)

    def worker(self):
        process = self.service.worker()
        self.addCleanup(cairn.end, process)
        return process

    def test_the_worker(self):
        """Rounds come one after the other while workers die; each ends whole or not at
        all, and what was taken over is the same plan."""
        worlds = [World(self.service, None, self.service.community(f"c{i}"))
                  for i in range(6)]
        for world in worlds:
            for i in range(40):
                world.newcomer(f"newcomer-{i}")
                world.mentor(f"mentor-{i}", capacity=1)
        rounds = []
        worker = self.worker()
        kills = 0
        for world in worlds:
            rounds.append((world, world.start().expect(202)["id"]))
            if kills < KILLS:
                time.sleep(self.dice.random() / 3)
                cairn.end(worker)
                kills += 1
                worker = self.worker()
        for world, ident in rounds:
            self.assertTrue(cairn.eventually(lambda w=world, i=ident: w.staff.get(
                f"/v1/matching-rounds/{i}").json["state"] not in ("queued", "running"), 90))
        plans = set()
        for world, ident in rounds:
            document = world.staff.get(f"/v1/matching-rounds/{ident}").expect(200)
            self.assertEqual(document["state"], "solved", document)
            self.assertEqual(document["proposals"]["proposed"], 40)
            plans.add(document["objective"] if not isinstance(document["objective"], dict)
                      else str(document["objective"]))
        self.assertEqual(len(plans), 1)
        self.assertEqual(kills, KILLS)
        self.service.cluster.run("audit", "verify")


if __name__ == "__main__":
    unittest.main()
