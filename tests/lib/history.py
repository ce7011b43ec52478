"""Writers that never give up, what they were told, and whether the database agrees.

A Load writes over HTTP from several threads while something is done to the service.
What gets no clear answer (no answer, 503) is sent again with the same key until it has
one, and some of what was answered is sent once more, to see the same answer. `faults()`
then holds the answers against the database: every acknowledged change is there, once,
with one event in the audit; a mentor has as many pairings as places in use, never more
than there are; and every answer about a mentor's places can be explained by some order
of the requests (`unexplained`).
"""
import dataclasses
import http.client
import json
import math
import random
import threading
import time
import urllib.parse
import uuid

PATIENCE = 90  # seconds until a request counts as never answered


@dataclasses.dataclass
class Step:
    """One request about one mentor's places: taken (take), given back (give), or how
    many there are (set)."""
    kind: str
    pairing: str   # which pairing; of a refused take, and of a set: any unique word
    done: object   # True, False (refused), None (nobody knows)
    begun: float
    ended: float
    places: int = 0  # of a set


def capacities(steps, places, step):
    """Every number of places that a mentor may have had at some moment of step."""
    sets = [Step("set", "", True, -math.inf, -math.inf, places)] + [
        s for s in steps if s.kind == "set" and s.done is not False and s is not step]
    return [s.places for s in sets if s.begun < step.ended and not any(
        later.done and later.begun > s.ended and later.ended < step.begun
        for later in sets)]


def unexplained(steps, places):
    """The steps that no order of the requests explains, each taking effect at one moment
    between its beginning and its end. Looks at one answer after the other: a place was
    given although all must have been taken, or refused although one must have been free;
    and so for the number of places, which is never below those in use."""
    takes = {s.pairing: s for s in steps if s.kind == "take" and s.done is not False}
    gives = {s.pairing: s for s in steps if s.kind == "give" and s.done is not False}

    def others(step, must):
        """Pairings that must (or can) have been there at every (some) moment of step."""
        number = 0
        for pairing, take in takes.items():
            give = gives.get(pairing)
            if pairing == step.pairing:
                continue
            if must:
                number += (take.done is True and take.ended < step.begun
                           and (give is None or give.begun > step.ended))
            else:
                number += (take.begun < step.ended
                           and (give is None or give.done is None
                                or give.ended > step.begun))
        return number

    def is_bad(step):
        if step.done is None or step.kind == "give":
            return False
        if step.kind == "set":
            number = others(step, must=step.done)
            return number > step.places if step.done else number <= step.places
        there = capacities(steps, places, step)
        return (others(step, must=True) >= max(there) if step.done
                else others(step, must=False) < min(there))

    return [s for s in steps if is_bad(s)]


class Load:
    """`bases()` gives the addresses to write to, which may change meanwhile."""

    def __init__(self, world, bases, seed, writers=8, mentors=4, places=2):
        self.world, self.bases = world, bases
        self.cluster = world.service.cluster
        self.token = world.staff.token
        self.places, self.seed = places, seed
        self.mentors = [world.mentor(uuid.uuid4().hex, capacity=places)
                        for _ in range(mentors)]
        self.lock, self.stopping = threading.Lock(), threading.Event()
        self.members, self.names, self.steps, self.wrong = {}, {}, {}, []
        self.answers, self.replays, self.again = 0, 0, 0
        self.threads = [threading.Thread(
            target=self._run, args=(i, world.person(uuid.uuid4().hex, "newcomer")))
            for i in range(writers)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join()

    def wait_for(self, answers, seconds=60):
        """Until so many more requests were answered."""
        goal, deadline = self.answers + answers, time.monotonic() + seconds
        while self.answers < goal:
            if time.monotonic() > deadline:
                raise AssertionError("the writers hang: " + "; ".join(self.wrong[:3]))
            time.sleep(0.01)

    # ---- sending ----

    def _once(self, dice, method, path, headers, body):
        base = urllib.parse.urlsplit(dice.choice(self.bases()))
        connection = http.client.HTTPConnection(base.netloc, timeout=20)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}, b""
        finally:
            connection.close()

    def _send(self, dice, method, path, document=None):
        """(status, document), status None when it never was answered."""
        body = None if document is None else json.dumps(document)
        headers = {"Authorization": "Bearer " + self.token, "If-Match": "*",
                   "Idempotency-Key": str(uuid.uuid4())}
        if method != "POST":
            del headers["Idempotency-Key"]
        elif not path.endswith(":end"):
            del headers["If-Match"]
        if body is not None:
            headers["Content-Type"] = ("application/json" if method == "POST"
                                       else "application/merge-patch+json")
        deadline = time.monotonic() + PATIENCE
        while True:
            status, head, text = self._once(dice, method, path, headers, body)
            if status not in (0, 503):
                break
            self.again += 1
            if time.monotonic() > deadline:
                self.wrong.append(f"{method} {path}: never answered")
                return None, {}
            time.sleep(0.02)
        self.answers += 1
        if status >= 500:
            self.wrong.append(f"{method} {path}: {status} {text[:200]}")
        if method == "POST" and status < 300 and dice.random() < 0.2:
            self._replay(dice, path, headers, body, status, text)
        return status, json.loads(text)

    def _replay(self, dice, path, headers, body, status, text):
        for _ in range(200):
            got = self._once(dice, "POST", path, headers, body)
            if got[0] not in (0, 503):
                break
            time.sleep(0.02)
        else:
            return
        self.replays += 1
        if (got[0], got[2]) != (status, text) or not got[1].get("Idempotency-Replayed"):
            self.wrong.append(f"{path}: the replay says {got[0]} {got[2][:200]}")

    # ---- what a writer does ----

    def _run(self, number, member):
        dice = random.Random(f"{self.seed}/{number}")
        named, held = 0, None
        try:
            while not self.stopping.is_set():
                what = dice.random()
                if what < 0.4:
                    self._make_member(dice, number)
                elif what < 0.6:
                    named += 1
                    self._rename(dice, member, named)
                elif held is None:
                    held = self._pair(dice, member)
                else:
                    self._end(dice, *held)
                    held = None
        except Exception as error:  # pylint: disable=broad-except
            self.wrong.append(f"writer {number}: {error!r}")

    def _make_member(self, dice, number):
        name = f"made-{number}-{uuid.uuid4().hex}"
        status, document = self._send(dice, "POST", "/v1/members", {
            "external_id": name, "display_name": "Made", "time_zone": "UTC"})
        with self.lock:
            self.members[name] = document.get("id") if status == 201 else None
        if status not in (201, None):
            self.wrong.append(f"member: {status} {document}")

    def _rename(self, dice, member, number):
        status, document = self._send(dice, "PATCH", f"/v1/members/{member}",
                                      {"display_name": f"N{number}"})
        if status == 200:
            self.names[member] = number
        elif status is not None:
            self.wrong.append(f"rename: {status} {document}")

    def _note(self, mentor, kind, pairing, done, begun):
        step = Step(kind, pairing, done, begun, time.monotonic())
        with self.lock:
            self.steps.setdefault(mentor, []).append(step)

    def _pair(self, dice, newcomer):
        mentor, begun = dice.choice(self.mentors), time.monotonic()
        status, document = self._send(dice, "POST", "/v1/pairings", {
            "program_id": self.world.program_id, "newcomer_id": newcomer,
            "mentor_id": mentor})
        done = {201: True, 409: False, None: None}.get(status)
        if status not in (201, 409, None) or (
                status == 409 and not document["type"].endswith("capacity-reached")):
            self.wrong.append(f"pairing: {status} {document}")
        pairing = document.get("id") or uuid.uuid4().hex
        self._note(mentor, "take", pairing, done, begun)
        return (mentor, pairing) if done else None

    def _end(self, dice, mentor, pairing):
        begun = time.monotonic()
        status, document = self._send(dice, "POST", f"/v1/pairings/{pairing}:end")
        if status not in (200, None):
            self.wrong.append(f"end: {status} {document}")
        self._note(mentor, "give", pairing, True if status == 200 else None, begun)

    # ---- judging ----

    def lost(self):
        """Acknowledged changes that the database does not have."""
        rows = self.world.rows
        community = self.world.community_id
        have = {str(row[0]) for row in rows(
            "SELECT id FROM member WHERE community_id = %s", community)}
        names = dict((str(i), n) for i, n in rows(
            "SELECT id, display_name FROM member WHERE community_id = %s", community))
        states = {str(i): s for i, s in rows(
            "SELECT id, state FROM pairing WHERE community_id = %s", community)}
        found = [f"member {i}" for i in self.members.values() if i and i not in have]
        found += [f"name {n} of {m}: {names[m]}" for m, n in self.names.items()
                  if int(names[m][1:] if names[m][1:].isdigit() else 0) < n]
        for steps in self.steps.values():
            ended = {s.pairing for s in steps if s.kind == "give" and s.done}
            found += [f"pairing {s.pairing}" for s in steps if s.kind == "take" and s.done
                      and s.pairing not in states]
            found += [f"end of {p}" for p in ended if states.get(p) == "active"]
        return found

    def faults(self):
        """Everything that is not as it must be."""
        rows, community = self.world.rows, self.world.community_id
        found = list(self.wrong) + ["lost: " + what for what in self.lost()]
        for mentor, used, capacity, active in rows(
                "SELECT n.member_id, n.used, n.capacity, (SELECT count(*) FROM pairing g"
                " WHERE g.community_id = n.community_id AND g.program_id = n.program_id"
                " AND g.mentor_id = n.member_id AND g.state = 'active')"
                " FROM enrollment n WHERE n.community_id = %s AND n.role = 'mentor'",
                community):
            if not active == used <= capacity:
                found.append(f"mentor {mentor}: {active} pairings, {used} of {capacity}")
        found += [f"{action} of {subject}: {n} events" for action, subject, n in rows(
            "SELECT action, subject_id, count(*) FROM audit_event WHERE community_id = %s"
            " AND action IN ('member.create', 'pairing.create', 'pairing.end')"
            " GROUP BY 1, 2 HAVING count(*) <> 1", community)]
        for table, action in (("member", "member.create"), ("pairing", "pairing.create")):
            made = [str(i) for i in self.members.values() if i] if table == "member" else [
                s.pairing for steps in self.steps.values() for s in steps
                if s.kind == "take" and s.done]
            audited = {str(row[0]) for row in rows(
                "SELECT subject_id FROM audit_event WHERE community_id = %s"
                " AND action = %s", community, action)}
            found += [f"{table} {i}: not in the audit" for i in made if i not in audited]
        for mentor, steps in self.steps.items():
            found += [f"{mentor}: {step}" for step in unexplained(steps, self.places)]
        return found
