"""One outbox row for every message, whatever is tried at the same time and again; and a
newer message takes the place of what was not sent.
"""
import concurrent.futures
import datetime
import json
import os
import shutil
import socket
import tempfile
import unittest
import uuid

from tests.lib import cairn

PEOPLE = 8


class Outbox(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.admin_socket = os.path.join(tempfile.mkdtemp(prefix="cairn-"), "admin")
        cls.addClassCleanup(shutil.rmtree, os.path.dirname(cls.admin_socket))
        cls.service = cairn.Service("--admin-listen", f"unix:{cls.admin_socket}")
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client("admin")
        cls.program = cls.admin.post("/v1/programs", {"name": "Hours"}).expect(201)["id"]
        cls.mentor = cls.person("mentor")
        cls.people = [cls.person("newcomer") for _ in range(PEOPLE)]

    @classmethod
    def person(cls, role):
        name = uuid.uuid4().hex
        member = cls.admin.post("/v1/members", {
            "external_id": name, "display_name": name, "email": f"{name}@example.org",
            "time_zone": "Europe/Berlin"}).expect(201)["id"]
        cls.admin.put(f"/v1/programs/{cls.program}/enrollments/{member}/{role}",
                      {}).expect(200)
        return cls.service.client(role, member)

    def slots(self, hour):
        """Two dates of an hour with a seat for everybody."""
        first = datetime.date.today() + datetime.timedelta(days=14)
        first -= datetime.timedelta(days=first.weekday())
        hours = self.mentor.post("/v1/office-hours", {
            "program_id": self.program, "title": "Ask", "weekday": "Mon",
            "local_time": f"{hour:02}:00", "minutes": 60, "seats": PEOPLE,
            "first_date": str(first),
            "last_date": str(first + datetime.timedelta(days=7))}).expect(201)
        return [s["id"] for s in self.mentor.pages(f"/v1/office-hours/{hours['id']}/slots")]

    def query(self, sql, *values):
        return self.service.cluster.execute(sql, values)

    def watch(self, path):
        """What the operator's listener says."""
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(self.admin_socket)
            end.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
                        .encode())
            with end.makefile() as answer:
                return answer.read().partition("\n\n")[2]

    @staticmethod
    def twice(client, method, path, **more):
        """A request and its retry beside each other, under one key."""
        more.setdefault("headers", {})["Idempotency-Key"] = str(uuid.uuid4())
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            sent = [pool.submit(client.request, method, path, **more) for _ in range(2)]
            return [one.result() for one in sent]

    def book_and_cancel(self, client, slots):
        for slot in slots * 2:
            answers = self.twice(client, "POST", f"/v1/slots/{slot}/bookings")
            made = [a.json["id"] for a in answers if a.status == 201]
            self.assertEqual(len(set(made)), 1, [a.body for a in answers])
            gone = [a.status for a in self.twice(client, "DELETE", f"/v1/bookings/{made[0]}",
                                                 headers={"If-Match": "*"})]
            self.assertEqual(gone.count(204), 1, gone)

    def test_one_row_for_each_message(self):
        slots = self.slots(9)
        with concurrent.futures.ThreadPoolExecutor(PEOPLE) as pool:
            list(pool.map(lambda p: self.book_and_cancel(p, slots), self.people))
        # As many as there were messages, and the same ones.
        self.assertEqual(self.query(
            "SELECT count(*) FROM invitation v FULL JOIN outbox_message o"
            " USING (community_id, id, uid, sequence, recipient_id, method)"
            " WHERE v.ics IS NULL OR o.state IS NULL")[0][0], 0)
        again = self.query("SELECT uid, sequence, recipient_id, method FROM outbox_message"
                           " GROUP BY 1, 2, 3, 4 HAVING count(*) > 1")
        self.assertEqual(again, [])
        # Each date: 0 for the first booking, one more for each cancellation, no gap.
        dates = self.query(
            "SELECT e.sequence, array_agg(DISTINCT o.sequence ORDER BY o.sequence)"
            " FROM event e JOIN outbox_message o USING (community_id, uid)"
            " JOIN office_hours_slot s ON s.event_id = e.id"
            " WHERE s.id = ANY(%s::uuid[]) GROUP BY e.uid, e.sequence", slots)
        self.assertEqual(dates, [(2 * PEOPLE, list(range(2 * PEOPLE + 1)))] * len(slots))
        # What is still to be sent to anybody about a date is its last word.
        waiting = self.query(
            "SELECT o.method, count(*) FROM event e JOIN outbox_message o"
            " USING (community_id, uid) JOIN office_hours_slot s ON s.event_id = e.id"
            " WHERE s.id = ANY(%s::uuid[]) AND o.state = 'pending'"
            " GROUP BY o.recipient_id, e.uid, o.method", slots)
        self.assertEqual(waiting, [("CANCEL", 1)] * PEOPLE * len(slots))

    def test_modes(self):
        slot = self.slots(11)[0]
        self.people[0].post(f"/v1/slots/{slot}/bookings").expect(201)
        outbox = self.service.cluster.run
        self.assertIn("mode normal", outbox("outbox"))
        due = self.query("SELECT count(*) FROM outbox_due")[0][0]
        self.assertGreater(due, 0)
        self.assertIn('cairn_outbox_silent 0', self.watch("/metrics"))
        self.assertEqual(json.loads(self.watch("/admin/queues"))["outbox"]["due"], due)
        self.assertIn("mode paused", outbox("outbox", "pause"))
        self.assertIn('cairn_outbox_silent 1', self.watch("/metrics"))
        seen = json.loads(self.watch("/admin/queues"))["outbox"]
        self.assertEqual((seen["mode"], seen["pending"], seen["due"]), ("paused", due, 0))
        self.assertIn("due now 0", outbox("outbox"))
        self.assertEqual(self.query("SELECT count(*) FROM outbox_due"), [(0,)])
        self.assertIn(f"due now {due}", outbox("outbox", "resume"))


if __name__ == "__main__":
    unittest.main()
