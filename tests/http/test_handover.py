"""A guide steps down: who could take over with the least disturbance, and the handing over;
and random moves, cancellations and handovers (two hundred in slow/test_round_trip) after
each of which nobody is in two places, by a count that looks at sessions and people, not at
commitments."""
import datetime
import os
import random
import unittest

from tests.lib import cairn
from tests.http import test_cohorts
from tests.http.test_cohorts import instant, text

EVENING = ("18:00", "21:00")
DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)


class World:
    @classmethod
    def start(cls, **values):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.staff = cls.service.client(role="coordinator")
        cls.program = test_cohorts.begin(cls.staff)
        intake = cls.staff.post(f"/v1/programs/{cls.program}/intakes", {
            **test_cohorts.INTAKE, **values}).expect(201)
        cls.staff.act(f"/v1/intakes/{intake['id']}:generate",
                      headers=test_cohorts.WAIT).expect(200)
        cls.staff.act(f"/v1/intakes/{intake['id']}:publish").expect(200)
        cls.cohorts = [c["id"] for c in cls.staff.pages("/v1/cohorts")]

    @classmethod
    def guide(cls, name, days, away=(), language="en", zone="Europe/Berlin"):
        member = cls.staff.post("/v1/members", {
            "external_id": name, "display_name": name, "email": f"{name}@example.org",
            "time_zone": zone, "languages": [{"language": language, "level": "C1"}]}).expect(201)
        cls.staff.put(f"/v1/members/{member['id']}/availability", {
            "windows": [{"weekday": d, "from": EVENING[0], "to": EVENING[1]} for d in days],
            "exceptions": [{"from": d, "to": d} for d in away]}).expect(200)
        cls.staff.put(f"/v1/programs/{cls.program}/enrollments/{member['id']}/guide",
                      {}).expect(200, 201)
        return member["id"]

    def cohort(self, cohort):
        return self.staff.get(f"/v1/cohorts/{cohort}").expect(200)

    def overlaps(self):
        """Pairs of sessions, meetings and seats at the same time with somebody in both."""
        return self.service.cluster.execute("""
            WITH held AS (
                SELECT x.member_id, s.id, s.starts_at, s.ends_at FROM session s
                JOIN cohort c ON c.community_id = s.community_id AND c.id = s.cohort_id
                    AND c.state = 'published'
                JOIN cohort_member x ON x.community_id = c.community_id AND x.cohort_id = c.id
                WHERE s.state = 'scheduled'
                UNION ALL SELECT o.mentor_id, s.id, s.starts_at, s.ends_at
                FROM office_hours_slot s JOIN office_hours o
                    ON o.community_id = s.community_id AND o.id = s.office_hours_id
                WHERE s.state = 'open')
            SELECT a.member_id, a.id, b.id FROM held a JOIN held b ON a.member_id = b.member_id
                AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at""")

    def commitments(self):
        """Those that there should be, and those that there are."""
        return [self.service.cluster.execute(sql) for sql in (
            """SELECT x.member_id, s.id, s.starts_at, s.ends_at FROM session s
            JOIN cohort c ON c.community_id = s.community_id AND c.id = s.cohort_id
                AND c.state = 'published'
            JOIN cohort_member x ON x.community_id = c.community_id AND x.cohort_id = c.id
            WHERE s.state = 'scheduled' ORDER BY 1, 2""",
            """SELECT member_id, session_id, lower(during), upper(during) FROM commitment
            WHERE session_id IS NOT NULL ORDER BY 1, 2""")]

    def check_time(self):
        self.assertEqual(self.overlaps(), [])
        wanted, found = self.commitments()
        self.assertEqual(found, wanted)


class Handover(World, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.start()

    def test_the_least_disturbance(self):
        path = f"/v1/cohorts/{self.cohorts[0]}"
        before = self.cohort(self.cohorts[0])
        starts = [s["starts_at"] for s in before["sessions"]]
        dates = [s["local_date"] for s in before["sessions"]]
        day = instant(starts[0]).strftime("%a")
        other = {"Tue": "Thu", "Thu": "Tue"}[day]
        whole = self.guide("whole", [day])
        some = self.guide("some", [day, other], away=[dates[1], dates[3]])
        never = self.guide("never", [])
        self.guide("deaf", [day], language="de")
        found = self.staff.get(f"{path}/successors").expect(200)["items"]
        rank = [s["display_name"] for s in found]
        self.assertEqual((rank[0], rank[-1]), ("whole", "never"))
        self.assertNotIn("deaf", rank)
        self.assertEqual((found[0]["holds"], found[0]["moves"]), (len(starts), []))
        last = found[-1]
        self.assertEqual((last["guide_id"], last["holds"]), (never, 0))
        self.assertEqual([(m["from"], m["starts_at"]) for m in last["moves"]],
                         [(s, None) for s in starts])
        second = next(s for s in found if s["guide_id"] == some)
        self.assertEqual(second["holds"], len(starts) - 2)
        self.assertEqual([m["from"] for m in second["moves"]], [starts[1], starts[3]])
        for move in second["moves"]:
            local = instant(move["starts_at"]).astimezone(test_cohorts.BERLIN)
            self.assertIn(local.strftime("%a"), (day, other))
            self.assertNotIn(str(local.date()), (dates[1], dates[3]))
            self.assertTrue(EVENING[0] <= local.strftime("%H:%M") <= "20:00")
            self.assertEqual(move["missing"], 0)
        self.check_refusals(path, before, second)
        moves = [{k: m[k] for k in ("session_id", "starts_at")} for m in second["moves"]]
        sent = len(list(self.staff.pages("/v1/invitations")))
        after = self.staff.patch(path, {"guide_id": some, "moves": moves}).expect(200)
        self.assertEqual(after["guide_id"], some)
        by_id = {s["id"]: s["starts_at"] for s in after["sessions"]}
        for session in before["sessions"]:
            wanted = {m["session_id"]: m["starts_at"] for m in moves}
            self.assertEqual(by_id[session["id"]],
                             wanted.get(session["id"], session["starts_at"]))
        self.check_time()
        news = list(self.staff.pages("/v1/invitations"))[sent:]
        told = {}
        for one in news:
            told.setdefault(one["recipient_id"], []).append((one["method"],
                                                             one["recurrence_id"] is None))
        self.assertEqual(told.pop(before["guide_id"]), [("CANCEL", True)])
        self.assertEqual(told.pop(some), [("REQUEST", True)])
        self.assertEqual(set(told), {m["member_id"] for m in before["members"]
                                     if m["part"] == "newcomer"})
        for letters in told.values():
            self.assertEqual(letters, [("REQUEST", False)] * 2 + [("REQUEST", True)])
        names = [s["guide_id"] for s in self.staff.get(f"{path}/successors").expect(200)["items"]]
        self.assertNotIn(some, names)
        self.assertIn(before["guide_id"], names)
        self.staff.patch(path, {"guide_id": whole}).expect(200)
        self.check_time()

    def check_refusals(self, path, before, second):
        """Nothing of what cannot be done is done."""
        there = self.cohort(self.cohorts[1])["sessions"][0]
        move = {"session_id": second["moves"][0]["session_id"],
                "starts_at": second["moves"][0]["starts_at"]}
        for body, status, slug in (
                ({"moves": [move]}, 422, "validation-failed"),
                ({"guide_id": second["guide_id"], "moves": [
                    move, {**move, "session_id": there["id"]}]}, 422, "validation-failed"),
                ({"guide_id": second["guide_id"], "moves": [
                    move, {**move, "session_id": second["moves"][1]["session_id"]}]},
                 409, "double-booked")):
            self.staff.patch(path, body).problem(status, slug)
        self.assertEqual(self.cohort(self.cohorts[0]), before)
        proposed = self.cohorts[1]
        self.service.cluster.execute(
            "UPDATE cohort SET state = 'cancelled' WHERE id = %s", (proposed,))
        self.staff.get(f"/v1/cohorts/{proposed}/successors").problem(409, "wrong-state")
        self.service.cluster.execute(
            "UPDATE cohort SET state = 'published' WHERE id = %s", (proposed,))


class RoundTrip(World, unittest.TestCase):
    TURNS = 30

    @classmethod
    def setUpClass(cls):
        cls.start(last_date="2031-08-24")
        cls.guides = [cls.guide(f"more{i}", days) for i, days in enumerate(
            (["Tue", "Thu"], ["Tue"], ["Thu"], ["Mon", "Wed"]))]

    def move(self, rng, session):
        path = f"/v1/sessions/{session['id']}"
        if rng.random() < 0.5:
            found = self.staff.get(f"{path}/alternatives?limit=20").expect(200)["items"]
            if not found:
                return 404
            start = rng.choice(found)["starts_at"]
            self.staff.act(f"{path}:move", {"starts_at": start}).expect(200)
            return 200  # what is proposed can be done
        start = instant(session["starts_at"]) + rng.randrange(-9, 10) * DAY \
            + rng.randrange(-2, 3) * HOUR
        return self.staff.act(f"{path}:move", {"starts_at": text(start)}).status

    def hand_over(self, rng, cohort):
        """To one of the best, wherever they leave no session without a time."""
        path = f"/v1/cohorts/{cohort}"
        found = [s for s in self.staff.get(f"{path}/successors?limit=3").expect(200)["items"]
                 if all(m["starts_at"] for m in s["moves"])]
        if not found:
            return 404
        chosen = rng.choice(found)
        self.staff.patch(path, {"guide_id": chosen["guide_id"], "moves": [
            {k: m[k] for k in ("session_id", "starts_at")} for m in chosen["moves"]]}).expect(200)
        return 200  # the same

    def test_nobody_is_in_two_places(self):
        seed = int(os.environ.get("CAIRN_SEED", random.randrange(1 << 30)))
        rng, done = random.Random(seed), {}
        with self.subTest(seed=seed):
            for turn in range(self.TURNS):
                cohort = rng.choice(self.cohorts)
                ahead = [s for s in self.cohort(cohort)["sessions"]
                         if s["state"] == "scheduled"]
                session, kinds = rng.choice(ahead), ("move", "cancel", "hand over")
                what = kinds[turn % 3] if turn < 9 else rng.choices(kinds, (90, 6, 4))[0]
                if what == "move":
                    status = self.move(rng, session)
                elif what == "cancel":
                    status = self.staff.act(f"/v1/sessions/{session['id']}:cancel").status
                else:
                    status = self.hand_over(rng, cohort)
                self.assertIn(status, (200, 404, 409, 422), (turn, what))
                done[what, status] = done.get((what, status), 0) + 1
                self.check_time()
            for what in ("move", "cancel", "hand over"):
                self.assertGreater(done.get((what, 200), 0), 0, (what, done))


if __name__ == "__main__":
    unittest.main()
