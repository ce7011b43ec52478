"""kill -9 of the sender of mail at thirty points, in every stage of its talk with a real
SMTP server: nothing is missing, nothing comes twice but for what was taken and not yet
noted, and nobody gets an older revision after a newer one. And the same with the claim or
with the order switched off, which must be found, or the test would prove nothing."""
import collections
import datetime
import itertools
import os
import random
import sys
import threading
import time
import unittest

from tests.lib import cairn, mailbox
from tests.http import test_cohorts

KILLS = 30
STAGES = ("rcpt", "data", "taken", "taken", "anywhere")
TIMEOUT_S = 1
SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))

# At most once: whoever claims a message is thought to have sent it.
NO_CLAIM = """
CREATE FUNCTION believe() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	NEW.state := 'sent';
	RETURN NEW;
END $$;
CREATE TRIGGER believe BEFORE UPDATE ON outbox_message FOR EACH ROW
	WHEN (NEW.state = 'sending') EXECUTE FUNCTION believe();
"""
# In no order at all.
NO_ORDER = """
DROP INDEX outbox_message_one_sending;
CREATE OR REPLACE VIEW outbox_due WITH (security_invoker) AS
SELECT m.* FROM outbox_message m WHERE m.state IN ('pending', 'sending')
	AND m.due_at <= now() ORDER BY random();
"""


class Sender:
    """A worker whose process is killed when the server reaches a stage."""

    def __init__(self, service, server):
        self.service, self.server, self.process = service, server, None
        self.target, self.killed, self.kills = None, threading.Event(), 0
        server.on_stage = self.on_stage
        self.start()

    def start(self):
        self.process = self.service.worker()

    def on_stage(self, stage):
        if stage == self.target:
            self.kill()

    def kill(self):
        self.target = None
        cairn.end(self.process)
        self.kills += 1
        self.killed.set()

    def strike(self, stage, seconds):
        self.killed.clear()
        if stage == "anywhere":
            time.sleep(seconds)
            self.kill()
        else:
            self.target = stage
            if not self.killed.wait(60):
                raise AssertionError(f"nobody came to {stage}")
        self.start()


class MailKill(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}", file=sys.stderr)
        self.dice = random.Random(SEED)
        self.server = mailbox.Server()
        self.addCleanup(self.server.stop)
        flags = self.server.flags("--mail-timeout-seconds", str(TIMEOUT_S))
        self.service = cairn.Service(*flags)
        self.addCleanup(self.service.close)
        self.staff = self.service.client(role="coordinator")
        self.publish()
        self.service.stop()
        self.service.flags = ("--no-worker", *flags)
        self.service.start()
        self.staff = self.service.client(role="coordinator")
        self.stopping, self.moves = threading.Event(), 0

    def publish(self):
        """Two cohorts of four people with their series."""
        program = test_cohorts.begin(self.staff)
        intake = self.staff.post(f"/v1/programs/{program}/intakes",
                                 test_cohorts.INTAKE).expect(201)
        self.staff.act(f"/v1/intakes/{intake['id']}:generate",
                       headers=test_cohorts.WAIT).expect(200)
        self.staff.act(f"/v1/intakes/{intake['id']}:publish").expect(200)

    def sender(self):
        worker = self.service._run  # with the mail settings of the service
        self.service.worker = lambda database=None: worker(
            "work", *self.service.flags[1:], database=database)
        sender = Sender(self.service, self.server)
        self.addCleanup(lambda: cairn.end(sender.process))
        return sender

    def move_on(self):
        """One session after the other is moved: four people are told of each."""
        sessions = list(self.staff.pages("/v1/sessions"))
        for step in itertools.count(1):
            for session in sessions:
                if self.stopping.is_set():
                    return
                start = test_cohorts.instant(session["starts_at"])
                start += datetime.timedelta(hours=18 if step % 2 else 0, minutes=15 * (step % 8))
                answer = self.staff.act(f"/v1/sessions/{session['id']}:move",
                                        {"starts_at": test_cohorts.text(start)})
                self.moves += answer.status == 200
                time.sleep(0.05)

    def settled(self):
        return not self.service.cluster.execute(
            "SELECT 1 FROM outbox_message WHERE state IN ('pending', 'sending')")

    def run_with_kills(self, stages, settles=True):
        sender = self.sender()
        mover = threading.Thread(target=self.move_on)
        mover.start()
        try:
            for stage in stages:
                sender.strike(stage, self.dice.random())
        finally:
            self.stopping.set()
            mover.join()
        self.assertTrue(not settles or cairn.eventually(self.settled, 120),
                        "the outbox never settled")
        cairn.end(sender.process)
        return sender

    def faults(self):
        """Everything that is wrong with what arrived."""
        found, last = [], {}
        letters = list(self.server.letters)
        arrived = collections.defaultdict(list)
        for letter in letters:
            found += letter.faults()
            arrived[letter.message_id].append(letter)
            last[letter.session] = letter
        states = dict(self.service.cluster.execute(
            "SELECT id::text, state FROM outbox_message"))
        for ident, state in states.items():
            here = any(m.startswith(f"<{ident}@") for m in arrived)
            if state == "sent" and not here:
                found.append(f"missing: {ident}")
            if state not in ("sent", "superseded"):
                found.append(f"{ident} is {state}")
        for ident, copies in arrived.items():
            if len({c.raw for c in copies}) > 1:
                found.append(f"{ident} came in two forms")
            # All but one were the last of a sender that was killed with it in hand.
            found += [f"{ident} came twice" for c in copies[:-1]
                      if last[c.session] is not c or hasattr(c.session, "polite")]
        newest = {}
        for letter in letters:
            before = newest.get(letter.key)
            if before and letter.revision < before:
                found.append(f"out of order: {letter.key} {letter.revision} after {before}")
            newest[letter.key] = max(letter.revision, before or letter.revision)
        found += self.wrong_pictures(newest)
        return found

    def wrong_pictures(self, newest):
        """What each person holds is what the service told them last."""
        told = self.service.cluster.execute(
            "SELECT v.uid, v.recipient_email, max(v.dtstamp) FROM invitation v GROUP BY 1, 2")
        held = {(d["uid"], d["member_id"]): d for d in self.staff.pages("/v1/deliveries")}
        found = [f"{d['uid']} {d['member_id']}: {d}" for d in held.values()
                 if d["held_dtstamp"] != d["dtstamp"]]
        for uid, mail, dtstamp in told:
            got = newest.get((uid, mail))
            if not got or got[1] != dtstamp:
                found.append(f"{mail} holds {got} of {uid}, told {dtstamp}")
        return found

    def test_kill(self):
        sender = self.run_with_kills([self.dice.choice(STAGES) for _ in range(KILLS)])
        found = self.faults()
        letters = self.server.letters
        twice = len(letters) - len({m.message_id for m in letters})
        print(f"{self.moves} moves, {len(letters)} letters, {sender.kills} kills,"
              f" {twice} came twice", file=sys.stderr)
        self.assertEqual(found, [])
        self.assertEqual(sender.kills, KILLS)
        self.assertGreater(twice, 0)  # the window was hit
        self.assertGreater(len(letters), KILLS)

    def control(self, sql, stages, complaint, settles):
        self.service.cluster.execute(sql)
        self.run_with_kills(stages, settles)
        found = self.faults()
        print(f"control arm: {len(found)} faults, as {found[:1]}", file=sys.stderr)
        self.assertTrue([f for f in found if complaint in f], found)

    def test_kill_without_a_claim(self):
        """The control arm for what may not be missing: struck before it was taken."""
        self.control(NO_CLAIM, ("rcpt", "data") * 3, "missing", settles=False)

    def test_kill_without_an_order(self):
        """The control arm for the order."""
        self.control(NO_ORDER, ("taken",) * 3, "out of order", settles=True)


if __name__ == "__main__":
    unittest.main()
