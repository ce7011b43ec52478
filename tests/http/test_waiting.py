"""Waiting lists of office hours: in order, into the calendar, never into two places at once,
and under a rush never more people than seats."""
import concurrent.futures
import threading
import unittest
import uuid

from tests.http.test_mail import World
from tests.lib import cairn

# Looking first and writing then, by the service itself: seats in use are counted when they
# are asked for, and nothing is held meanwhile (a function's rows cannot be locked).
LOOK_THEN_WRITE = """
ALTER TABLE office_hours_slot RENAME TO slot_held;
CREATE FUNCTION slot_rows() RETURNS SETOF slot_held LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = cairn AS 'SELECT community_id, id, row_version, created_at, updated_at,
	office_hours_id, event_id, starts_at, ends_at, capacity,
	(SELECT count(*)::int FROM booking b WHERE b.community_id = s.community_id
		AND b.slot_id = s.id AND b.state = ''booked''), state FROM slot_held s';
CREATE VIEW office_hours_slot AS SELECT * FROM slot_rows();
CREATE FUNCTION look_only() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = cairn AS $$
BEGIN
	UPDATE slot_held SET capacity = NEW.capacity, event_id = NEW.event_id WHERE id = NEW.id
		AND (capacity, event_id) IS DISTINCT FROM (NEW.capacity, NEW.event_id);
	RETURN NEW;
END $$;
CREATE TRIGGER look_only INSTEAD OF UPDATE ON office_hours_slot
	FOR EACH ROW EXECUTE FUNCTION look_only();
GRANT SELECT, UPDATE ON office_hours_slot TO cairn_api;
"""


def at_once(calls):
    """Their answers; what is answered with 503 is asked again."""
    gate = threading.Barrier(len(calls))

    def one(call):
        gate.wait()
        answer = call()
        while answer.status == 503:
            answer = call()
        return answer
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker")
        cls.addClassCleanup(cls.service.close)
        cls.world = World(cls.service, None)
        cls.mentor = cls.world.person("mentor")

    def people(self, number):
        return [self.world.person("newcomer") for _ in range(number)]

    def book(self, client, slot, wait=True):
        made = client.post(f"/v1/slots/{slot}/bookings", {"wait": wait}).expect(201)
        return f"/v1/bookings/{made['id']}"

    def look(self, client, booking):
        found = client.get(booking).expect(200)
        return found["state"], found["position"]

    def told(self, client):
        return [i["method"] for i in client.pages("/v1/invitations")]


class Waiting(Case):
    def test_first_come_first_served(self):
        slot = self.world.slots(self.mentor, seats=1)[0]
        one, two, three, four = self.people(4)
        one.post(f"/v1/slots/{slot}/bookings").expect(201)
        seat = next(one.pages("/v1/bookings"))
        self.assertEqual((seat["state"], seat["position"]), ("booked", None))
        two.post(f"/v1/slots/{slot}/bookings").problem(409, "capacity-reached")
        at = {client: self.book(client, slot) for client in (two, three, four)}
        self.assertEqual([self.look(c, at[c]) for c in at],
                         [("waiting", 1), ("waiting", 2), ("waiting", 3)])
        two.post(f"/v1/slots/{slot}/bookings", {"wait": True}).problem(409, "conflict")
        self.assertEqual(self.told(two), [])
        two.get(at[three]).problem(404, "not-found")
        # The mentor sees who waits; others do not.
        self.assertEqual([b["state"] for b in self.mentor.pages(
            f"/v1/bookings?slot_id={slot}")], ["booked"] + ["waiting"] * 3)
        # Leaving the list moves the others up.
        before = four.get(at[four]).etag
        two.delete(at[two]).expect(204)
        self.assertEqual(self.look(two, at[two]), ("cancelled", None))
        self.assertEqual([self.look(c, at[c]) for c in (three, four)],
                         [("waiting", 1), ("waiting", 2)])
        self.assertNotEqual(four.get(at[four]).etag, before)
        two.delete(at[two]).problem(409, "wrong-state")
        # A seat given back is the first one's, in their calendar too.
        one.delete(f"/v1/bookings/{seat['id']}").expect(204)
        self.assertEqual([self.look(c, at[c]) for c in (three, four)],
                         [("booked", None), ("waiting", 1)])
        self.assertEqual((self.told(one), self.told(three), self.told(four)),
                         (["REQUEST", "CANCEL"], ["REQUEST"], []))
        self.assertEqual([a["action"] for a in self.world.admin.pages(
            f"/v1/audit-events?subject_id={at[three].rsplit('/', 1)[1]}")],
            ["booking.create", "booking.promote"])
        # They may give it back like any other.
        three.delete(at[three]).expect(204)
        self.assertEqual(self.look(four, at[four]), ("booked", None))

    def test_wait_where_there_is_room(self):
        slot, one = self.world.slots(self.mentor, seats=1)[0], self.people(1)[0]
        self.assertEqual(self.look(one, self.book(one, slot)), ("booked", None))

    def test_nobody_into_a_clash(self):
        slot = self.world.slots(self.mentor, seats=1)[0]
        other = self.world.person("mentor")
        self.world.hour -= 1  # the same hour, another mentor
        there = self.world.slots(other, seats=1)[0]
        one, two, three = self.people(3)
        seat = self.book(one, slot)
        at = {client: self.book(client, slot) for client in (two, three)}
        elsewhere = self.book(two, there)
        one.delete(seat).expect(204)
        self.assertEqual([self.look(c, at[c]) for c in (two, three)],
                         [("waiting", 1), ("booked", None)])
        self.assertIsNotNone(two.get(at[two]).json["passed_over_at"])
        self.assertEqual(self.told(two), ["REQUEST"])  # of the other one
        # Once they have time, the next seat is theirs.
        two.delete(elsewhere).expect(204)
        three.delete(at[three]).expect(204)
        self.assertEqual(self.look(two, at[two]), ("booked", None))
        self.assertIsNone(two.get(at[two]).json["passed_over_at"])

    def test_more_seats(self):
        slots = self.world.slots(self.mentor, weeks=2, seats=1)
        hours = self.mentor.get("/v1/office-hours").json["items"][-1]
        path = f"/v1/office-hours/{hours['id']}"
        one, *rest = self.people(5)
        for slot in slots:
            self.book(one, slot)
        at = [self.book(client, slot) for client in rest for slot in slots]
        self.mentor.patch(path, {"seats": 0}).problem(400, "invalid-field")
        self.world.person("mentor").patch(path, {"seats": 3}).problem(403, "forbidden")
        self.mentor.patch(path, {"seats": 3}, etag='"99"').problem(412, "stale-version")
        self.assertEqual(self.mentor.patch(path, {"seats": 3}).expect(200)["seats"], 3)
        self.assertEqual([self.look(self.mentor, b) for b in at],
                         [("booked", None)] * 4 + [("waiting", 1)] * 2 + [("waiting", 2)] * 2)
        self.assertEqual(self.told(rest[1]), ["REQUEST", "REQUEST"])
        self.mentor.patch(path, {"seats": 2}).problem(409, "capacity-reached")
        # Closing them ends the waiting, too.
        self.mentor.delete(path).expect(204)
        self.assertEqual({self.look(self.mentor, b) for b in at}, {("cancelled", None)})
        self.mentor.patch(path, {"seats": 9}).problem(409, "wrong-state")

    def test_who_is_gone_is_not_promoted(self):
        slot = self.world.slots(self.mentor, seats=1)[0]
        one, two, three = self.people(3)
        seat = self.book(one, slot)
        at = {client: self.book(client, slot) for client in (two, three)}
        self.world.admin.delete(f"/v1/members/{two.member_id}").expect(204)
        one.delete(seat).expect(204)
        self.assertEqual(self.look(self.mentor, at[two]), ("cancelled", None))
        self.assertEqual(self.look(three, at[three]), ("booked", None))

    def test_the_list_has_an_end(self):
        slot = self.world.slots(self.mentor, seats=1)[0]
        one, two, three = self.people(3)
        self.book(one, slot)
        self.book(two, slot)
        for _ in range(99):
            self.book(self.world.person("newcomer"), slot)
        three.post(f"/v1/slots/{slot}/bookings", {"wait": True}).problem(
            409, "capacity-reached")


class Rush(unittest.TestCase):
    """Seats given back, taken and waited for, and more of them, all at once."""
    ROUNDS, SEATS, WAITING, COMING = 6, 4, 8, 8

    def rush(self, sql=None):
        service = cairn.Service("--no-worker")
        self.addCleanup(service.close)
        case, over, under = Case(), 0, 0
        case.world = World(service, None)
        mentor = case.world.person("mentor")
        slots = [case.world.slots(mentor, seats=self.SEATS)[0] for _ in range(self.ROUNDS)]
        if sql:
            with service.cluster.connect() as connection, connection.cursor() as cursor:
                cursor.execute("SET search_path = cairn; " + sql)
        for slot, hours in zip(slots, (h["id"] for h in list(mentor.pages("/v1/office-hours")))):
            have, wait, come = (case.people(n) for n in (self.SEATS, self.WAITING, self.COMING))
            seats = [case.book(c, slot) for c in have]
            case.book(wait[0], slot)
            for c, booking in list(zip(have, seats))[:2]:  # one for who waits, one is free
                c.delete(booking).expect(204)
            at_once([lambda c=c, s=s: c.delete(s) for c, s in zip(have[2:], seats[2:])]
                    + [lambda c=c: c.post(f"/v1/slots/{slot}/bookings",
                                          headers={"Idempotency-Key": uuid.uuid4().hex})
                       for c in come]
                    + [lambda c=c: c.post(f"/v1/slots/{slot}/bookings", {"wait": True},
                                          headers={"Idempotency-Key": uuid.uuid4().hex})
                       for c in wait[1:]]
                    + [lambda: mentor.patch(f"/v1/office-hours/{hours}",
                                            {"seats": self.SEATS + 2})])
            [(capacity, booked, waiting, ranks, commitments)] = service.cluster.execute(
                "SELECT capacity, (SELECT count(*) FROM booking b WHERE b.slot_id = s.id"
                " AND b.state = 'booked'), (SELECT count(*) FROM booking b WHERE b.slot_id = s.id"
                " AND b.state = 'waiting'), (SELECT array_agg(position ORDER BY position) FROM"
                " booking b WHERE b.slot_id = s.id AND b.state = 'waiting'), (SELECT count(*) - 1"
                " FROM commitment k WHERE k.slot_id = s.id) FROM office_hours_slot s"
                " WHERE s.id = %s", (slot,))
            over += booked > capacity
            under += booked < capacity and waiting > 0
            if not sql:
                self.assertEqual(commitments, booked)
                self.assertEqual(ranks or [], list(range(1, waiting + 1)))
        return over, under

    def test_never_more_than_seats(self):
        """And nobody waits beside a seat that is free."""
        self.assertEqual(self.rush(), (0, 0))

    def test_control(self):
        self.assertGreater(self.rush(LOOK_THEN_WRITE)[0], 0)


if __name__ == "__main__":
    unittest.main()
