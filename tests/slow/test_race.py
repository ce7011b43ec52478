"""Thirty-two clients on two hundred mentors: pairing, ending, changing the number of
places. No mentor is ever over it, and every answer is explained by some order of the
requests. Times and people that two clients want at once. Each with the same race against
a database without the protection, which must go wrong."""
import concurrent.futures
import datetime
import http.client
import json
import os
import random
import sys
import threading
import time
import unittest
import urllib.parse
import uuid

import psycopg2.extras

from tests.http.rounds_world import World
from tests.lib import cairn, history

SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))
LIMIT_S = 300
CLIENTS, MENTORS, EACH, PLACES = 32, 200, 200, 2
NEAR = 5  # how many mentors all clients are busy with at a time
RACES = 300

# Looking first and writing then, by the service itself: the places in use are counted
# when they are asked for, and nothing is held meanwhile.
LOOK_THEN_WRITE = """
ALTER TABLE enrollment RENAME TO enrolled;
CREATE VIEW enrollment AS SELECT community_id, program_id, member_id, role, row_version,
	capacity, (SELECT count(*)::int FROM pairing g
		WHERE g.community_id = n.community_id AND g.program_id = n.program_id
		AND g.mentor_id = n.member_id AND g.state = 'active') AS used,
	paused_until, state FROM enrolled n;
CREATE FUNCTION look_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RETURN NEW;
END $$;
CREATE TRIGGER look_only INSTEAD OF UPDATE ON enrollment
	FOR EACH ROW EXECUTE FUNCTION look_only();
GRANT SELECT, UPDATE ON enrollment TO cairn_api;
"""
OVER = """
SELECT count(*) FROM enrollment n WHERE role = 'mentor' AND capacity < (
	SELECT count(*) FROM pairing g WHERE g.community_id = n.community_id
	AND g.program_id = n.program_id AND g.mentor_id = n.member_id AND g.state = 'active')
"""
UNEQUAL = """
SELECT count(*) FROM enrollment n WHERE role = 'mentor' AND used <> (
	SELECT count(*) FROM pairing g WHERE g.community_id = n.community_id
	AND g.program_id = n.program_id AND g.mentor_id = n.member_id AND g.state = 'active')
"""


class Caller:
    """One kept connection. What is answered with 503 is sent again."""

    def __init__(self, base, token):
        self.connection = http.client.HTTPConnection(
            urllib.parse.urlsplit(base).netloc, timeout=60)
        self.token = token

    def __call__(self, method, path, document=None, **headers):
        headers = {"Authorization": "Bearer " + self.token, **headers}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid.uuid4())
        if document is not None:
            headers["Content-Type"] = "application/json"
        deadline = time.monotonic() + LIMIT_S
        while time.monotonic() < deadline:
            self.connection.request(
                method, path, None if document is None else json.dumps(document), headers)
            answer = self.connection.getresponse()
            text = answer.read()
            if answer.status != 503:
                return answer.status, json.loads(text) if text else {}
            time.sleep(0.01)
        raise AssertionError(f"{method} {path}: only 503")

    def close(self):
        self.connection.close()


def at_once(callers, *calls):
    """The statuses of calls that are made as near together as threads can."""
    gate = threading.Barrier(len(calls))

    def one(caller, call):
        gate.wait()
        return caller(*call[:-1], **call[-1])
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, callers, calls))


class Race(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}, at most {LIMIT_S} s", file=sys.stderr)
        self.service = cairn.Service("--no-worker")
        self.addCleanup(self.service.close)
        self.world = World(self.service)

    def callers(self, number):
        made = [Caller(self.service.base, self.world.staff.token) for _ in range(number)]
        for caller in made:
            self.addCleanup(caller.close)
        return made

    def number(self, sql):
        return self.service.cluster.execute(sql)[0][0]

    def people(self, role, number, capacity=0):
        """Many at once; their ids."""
        ids = [str(cairn.uuid7()) for _ in range(number)]
        where = (self.world.community_id, self.world.program_id)
        connection = self.service.cluster.connect()
        try:
            with connection, connection.cursor() as cursor:
                psycopg2.extras.execute_values(
                    cursor, "INSERT INTO member (community_id, id, external_id,"
                    " display_name, time_zone) VALUES %s",
                    [(where[0], i, i, role, "UTC") for i in ids])
                psycopg2.extras.execute_values(
                    cursor, "INSERT INTO enrollment (community_id, program_id, member_id,"
                    " role, capacity) VALUES %s",
                    [(*where, i, role, capacity) for i in ids])
        finally:
            connection.close()
        return ids

    # ---- places ----

    def pair(self, caller, newcomer, mentor):
        return caller("POST", "/v1/pairings", {
            "program_id": self.world.program_id, "newcomer_id": newcomer,
            "mentor_id": mentor})

    def client(self, number, caller, newcomers, steps):
        """What one client does; every answer becomes a step of its mentor."""
        dice, free, held = random.Random(f"{SEED}/{number}"), list(newcomers), []
        for i in range(EACH):
            mentor = self.mentors[(i * MENTORS // EACH + dice.randrange(NEAR)) % MENTORS]
            what, begun, name, places = dice.random(), time.monotonic(), uuid.uuid4().hex, 0
            if what < 0.15:
                kind, places = "set", dice.randrange(4)
                status, _ = caller(
                    "PUT", f"/v1/programs/{self.world.program_id}/enrollments/{mentor}/mentor",
                    {"capacity": places}, **{"If-Match": "*"})
            elif held and (what < 0.5 or not free):
                kind, (mentor, name, newcomer) = "give", held.pop(0)
                status, _ = caller("POST", f"/v1/pairings/{name}:end", **{"If-Match": "*"})
                free.append(newcomer)
            else:
                kind, newcomer = "take", free.pop()
                status, made = self.pair(caller, newcomer, mentor)
                name = made.get("id", name)
                if status == 201:
                    held.append((mentor, name, newcomer))
                else:
                    free.append(newcomer)
            done = {200: True, 201: True, 409: False}[status]
            steps.append((mentor, history.Step(kind, name, done, begun, time.monotonic(),
                                               places)))

    def test_no_mentor_is_over_capacity(self):
        self.mentors = self.people("mentor", MENTORS, PLACES)
        newcomers = self.people("newcomer", CLIENTS * 10)
        steps = []
        begun = time.monotonic()
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            for done in [pool.submit(self.client, i, caller, newcomers[i::CLIENTS], steps)
                         for i, caller in enumerate(self.callers(CLIENTS))]:
                done.result()
        seconds = time.monotonic() - begun
        kinds = {(k, d): sum(s.kind == k and s.done is d for _, s in steps)
                 for k in ("take", "give", "set") for d in (True, False)}
        print(f"{len(steps)} answers in {seconds:.0f} s: {kinds}", file=sys.stderr)
        self.assertEqual(len(steps), CLIENTS * EACH)
        self.assertGreater(min(kinds[k, d] for k in ("take", "set") for d in (True, False)),
                           50)
        self.assertEqual(self.number(OVER), 0)
        self.assertEqual(self.number(UNEQUAL), 0)
        for mentor in self.mentors:
            self.assertEqual(history.unexplained(
                [s for m, s in steps if m == mentor], PLACES), [])

    def test_looking_first_and_writing_then_overfills(self):
        """The control arm: the same service, and a database that only counts."""
        self.mentors = self.people("mentor", MENTORS, PLACES)
        newcomers = self.people("newcomer", CLIENTS * MENTORS // 20)
        self.service.stop()
        self.service.cluster.execute(LOOK_THEN_WRITE)
        self.service.start()
        callers = self.callers(CLIENTS)

        def client(number):
            for i, newcomer in enumerate(newcomers[number::CLIENTS]):
                self.pair(callers[number], newcomer, self.mentors[i])
        with concurrent.futures.ThreadPoolExecutor(CLIENTS) as pool:
            list(pool.map(client, range(CLIENTS)))
        over = self.number(OVER)
        print(f"control arm: {over} of {MENTORS // 20} mentors over capacity",
              file=sys.stderr)
        self.assertGreater(over, 0)

    # ---- times ----

    def hours(self, mentor, local_time, day):
        """Office hours of one slot; gives the slot's id."""
        made = self.world.staff.post("/v1/office-hours", {
            "program_id": self.world.program_id, "mentor_id": mentor, "title": "Race",
            "weekday": "Sun", "local_time": local_time, "minutes": 60, "seats": 500,
            "first_date": str(day), "last_date": str(day)}).expect(201)
        return next(self.world.staff.pages(f"/v1/office-hours/{made['id']}/slots"))["id"]

    def book_races(self, races):
        """Each newcomer is booked into two slots that overlap, at once, by two clients:
        how often both, one and none were made."""
        day = datetime.date.today() + datetime.timedelta(days=60)
        while day.month not in (3, 10) or day.weekday() != 6 or (
                day + datetime.timedelta(days=7)).month == day.month:
            day += datetime.timedelta(days=1)  # the Sunday of Berlin's clock change
        slots = [self.hours(self.world.mentor(uuid.uuid4().hex), at, day)
                 for at in ("03:15", "03:45")]
        callers, made = self.callers(2), {0: 0, 1: 0, 2: 0}
        for newcomer in self.people("newcomer", races):
            answers = at_once(callers, *(
                ("POST", f"/v1/slots/{slot}/bookings", {"member_id": newcomer}, {})
                for slot in slots))
            statuses = sorted(status for status, _ in answers)
            self.assertLessEqual(set(statuses), {201, 409}, answers)
            made[statuses.count(201)] += 1
        [(twice,)] = self.service.cluster.execute(
            "SELECT count(*) FROM (SELECT 1 FROM commitment a JOIN commitment b"
            " ON a.member_id = b.member_id AND a.id < b.id AND a.during && b.during) x")
        self.assertEqual(twice, made[2])
        return made

    def test_nobody_is_booked_twice(self):
        self.assertEqual(self.book_races(RACES), {0: 0, 1: RACES, 2: 0})

    def test_without_the_constraint_people_are_booked_twice(self):
        """The control arm."""
        self.service.cluster.execute(
            "ALTER TABLE commitment DROP CONSTRAINT commitment_during_excl")
        made = self.book_races(20)
        print(f"control arm: {made[2]} of 20 booked twice", file=sys.stderr)
        self.assertGreater(made[2], 0)

    # ---- people ----

    def test_nobody_is_paired_and_erased(self):
        """A pairing is made while one of the two is erased: one of both is refused."""
        callers = self.callers(2)
        outcomes = {}
        for i, (newcomer, mentor) in enumerate(zip(
                self.people("newcomer", RACES), self.people("mentor", RACES, 1))):
            erased = mentor if i % 2 else newcomer
            answers = at_once(callers, (
                "POST", "/v1/pairings", {
                    "program_id": self.world.program_id, "newcomer_id": newcomer,
                    "mentor_id": mentor}, {}),
                ("DELETE", f"/v1/members/{erased}", None, {"If-Match": "*"}))
            statuses = tuple(status for status, _ in answers)
            outcomes[statuses] = outcomes.get(statuses, 0) + 1
        print(f"pairing and erasure: {outcomes}", file=sys.stderr)
        self.assertEqual(self.number(
            "SELECT count(*) FROM pairing g JOIN member m"
            " ON m.community_id = g.community_id AND m.id IN (g.newcomer_id, g.mentor_id)"
            " WHERE g.state = 'active' AND m.erased_at IS NOT NULL"), 0)
        self.assertEqual(sum(n for s, n in outcomes.items() if (s[0] < 300) != (s[1] < 300)),
                         RACES)


if __name__ == "__main__":
    unittest.main()
