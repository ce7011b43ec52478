"""Rounds whose worker or whose solver dies at some moment: each is queued, running,
solved or failed, with all its proposals or with none, whenever one looks; and every one
that is solved is the same plan."""
import os
import random
import signal
import sys
import threading
import time
import unittest

from tests.http.rounds_world import World
from tests.lib import cairn

SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))
STRIKES, PEOPLE, LIMIT_S = 20, 40, 90
LOOK = """
SELECT r.id, r.state, (SELECT count(*) FROM proposal p
	WHERE p.community_id = r.community_id AND p.matching_round_id = r.id)
FROM matching_round r WHERE r.community_id = %s
"""
COPY_ONE = """
INSERT INTO proposal (community_id, id, matching_round_id, program_id, newcomer_id,
	mentor_id, points, shared_minutes, explanation)
SELECT community_id, gen_random_uuid(), %s, program_id, newcomer_id, mentor_id, points,
	shared_minutes, explanation FROM proposal WHERE matching_round_id = %s
	ORDER BY newcomer_id LIMIT 1 OFFSET %s
"""


class Observer:
    """Looks at all rounds all the time, each time at one moment."""

    def __init__(self, world):
        self.world, self.looks, self.partial = world, 0, set()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self._run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        self.thread.join()

    def _run(self):
        connection = self.world.service.cluster.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            while not self.stopping.is_set():
                cursor.execute(LOOK, (self.world.community_id,))
                for ident, state, proposals in cursor.fetchall():
                    if proposals != (PEOPLE if state == "solved" else 0):
                        self.partial.add((ident, state, proposals))
                self.looks += 1
                time.sleep(0.001)
        connection.close()


def solvers(worker):
    """A worker's solver: whichever of its threads started it."""
    try:
        tasks = os.listdir(f"/proc/{worker.pid}/task")
    except OSError:
        return []
    found = []
    for task in tasks:
        try:
            with open(f"/proc/{worker.pid}/task/{task}/children", encoding="utf-8") as file:
                found += [int(word) for word in file.read().split()]
        except OSError:
            pass
    return found


class Rounds(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}, at most {LIMIT_S} s a round", file=sys.stderr)
        self.dice = random.Random(SEED)
        self.service = cairn.Service("--no-worker")
        self.addCleanup(self.service.close)
        self.world = World(self.service)
        for i in range(PEOPLE):
            self.world.newcomer(f"newcomer-{i}", language="en" if i % 3 else "de")
            self.world.mentor(f"mentor-{i}", capacity=1, language="en" if i % 3 else "de")

    def start_worker(self):
        worker = self.service.worker()
        self.addCleanup(cairn.end, worker)
        return worker

    def ended(self, ident):
        """The round's document, once nothing more happens to it."""
        path, deadline = f"/v1/matching-rounds/{ident}", time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            document = self.world.staff.get(path).expect(200)
            if document["state"] not in ("queued", "running"):
                return document
            time.sleep(0.02)
        raise AssertionError(f"{document['state']} after {LIMIT_S} s")

    def plan(self, ident):
        return tuple(self.world.rows(
            "SELECT newcomer_id, mentor_id, points FROM proposal"
            " WHERE matching_round_id = %s ORDER BY newcomer_id", ident))

    def strike(self, worker, seconds, who):
        """Kill one of them at a moment of the round; gives the worker that goes on."""
        time.sleep(self.dice.random() * seconds)
        if who == "worker":
            cairn.end(worker)
            return self.start_worker(), True
        pids = solvers(worker)
        for pid in pids:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        return worker, bool(pids)

    def test_whole_or_not_at_all(self):
        worker = self.start_worker()
        begun = time.monotonic()
        first = self.ended(self.world.start().expect(202)["id"])
        seconds = time.monotonic() - begun
        self.assertEqual(first["state"], "solved")
        states, hits, plans = [], 0, {(first["input_digest"], self.plan(first["id"]))}
        with Observer(self.world) as observer:
            for i in range(STRIKES):
                ident = self.world.start().expect(202)["id"]
                worker, hit = self.strike(worker, seconds, ("worker", "solver")[i % 2])
                document = self.ended(ident)
                states.append(document["state"])
                hits += hit
                if document["state"] == "solved":
                    plans.add((document["input_digest"], self.plan(ident)))
                else:
                    self.assertTrue(document["error"])
                    self.assertEqual(i % 2, 1, "only a solver's death fails a round")
        print(f"{seconds:.1f} s a round, {hits} strikes hit, {observer.looks} looks;"
              f" {states.count('solved')} solved, {states.count('failed')} failed",
              file=sys.stderr)
        self.assertEqual(observer.partial, set())
        self.assertLessEqual(set(states), {"solved", "failed"})
        self.assertGreaterEqual(hits, STRIKES // 2)
        self.assertEqual(len(plans), 1)
        self.service.cluster.run("audit", "verify")

    def test_one_proposal_after_the_other_is_seen(self):
        """The control arm: results that are stored one by one, by one who dies."""
        worker = self.start_worker()
        first = self.ended(self.world.start().expect(202)["id"])
        cairn.end(worker)
        ident = self.world.start().expect(202)["id"]
        with Observer(self.world) as observer:
            for i in range(PEOPLE // 2):
                self.world.rows(COPY_ONE, ident, first["id"], i)
            self.assertTrue(cairn.eventually(
                lambda: (ident, "queued", PEOPLE // 2) in observer.partial))


if __name__ == "__main__":
    unittest.main()
