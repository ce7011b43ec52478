"""Office hours with seats, the invitations about them, and feeds, over HTTP."""
import datetime
import time
import unittest
import uuid

from tests.lib import cairn


class Calendars(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")
        cls.program = cls.admin.post("/v1/programs", {"name": "Hours"}).expect(201)
        cls.mentor = cls.person("mentor")
        cls.one, cls.two, cls.three = (cls.person("newcomer") for _ in range(3))
        monday = datetime.date.today() + datetime.timedelta(days=7)
        cls.first = monday - datetime.timedelta(days=monday.weekday() - 7)

    @classmethod
    def person(cls, role):
        name = uuid.uuid4().hex
        member = cls.admin.post("/v1/members", {
            "external_id": name, "display_name": name, "email": f"{name}@example.org",
            "time_zone": "Asia/Kathmandu"}).expect(201)
        cls.admin.put(f"/v1/programs/{cls.program['id']}/enrollments/{member['id']}/{role}",
                      {}).expect(200)
        return cls.service.client(role=role, member_id=member["id"])

    def open(self, hour, **more):
        """Two Mondays of an hour with two seats; gives the hours and their slots."""
        made = self.mentor.post("/v1/office-hours", {
            "program_id": self.program["id"], "title": "Ask me", "weekday": "Mon",
            "local_time": f"{hour:02}:15", "minutes": 60, "seats": 2,
            "first_date": str(self.first),
            "last_date": str(self.first + datetime.timedelta(days=7))} | more)
        hours = made.expect(201)
        slots = list(self.mentor.pages(f"/v1/office-hours/{hours['id']}/slots?limit=1"))
        self.assertEqual(len(slots), hours["slots"])
        return hours, slots

    @staticmethod
    def ids(client, path):
        return {item["id"] for item in client.pages(path)}

    def test_program(self):
        seen = self.one.get(f"/v1/programs/{self.program['id']}").expect(200)
        self.assertEqual(seen["name"], "Hours")
        self.assertGreaterEqual(seen["enrolled"]["newcomers"], 3)

    def test_hours(self):
        hours, slots = self.open(8)
        self.assertEqual((hours["mentor_id"], hours["time_zone"], len(slots)),
                         (self.mentor.member_id, "Asia/Kathmandu", 2))
        # 08:15 in Kathmandu, which is 5:45 ahead
        self.assertEqual([s["starts_at"] for s in slots],
                         [f"{self.first + datetime.timedelta(days=d)}T02:30:00Z" for d in (0, 7)])
        path = f"/v1/office-hours/{hours['id']}"
        self.assertEqual(self.one.get(path).expect(200), hours)
        self.assertIn(hours["id"], self.ids(
            self.one, f"/v1/office-hours?mentor_id={self.mentor.member_id}"))
        later = list(self.one.pages(f"{path}/slots?from={slots[1]['starts_at']}"))
        self.assertEqual([s["id"] for s in later], [slots[1]["id"]])
        booked = self.one.post(f"/v1/slots/{slots[0]['id']}/bookings").expect(201)
        self.person("mentor").delete(path).problem(403, "forbidden")
        self.mentor.delete(path, etag='"999"').problem(412, "stale-version")
        self.mentor.delete(path).expect(204)
        self.assertEqual(self.one.get(path).expect(200)["state"], "closed")
        self.assertEqual(self.one.get(f"/v1/bookings/{booked['id']}").expect(200)["state"],
                         "cancelled")
        self.mentor.delete(path).problem(409, "wrong-state")

    def test_seats(self):
        _, slots = self.open(10)
        path = f"/v1/slots/{slots[0]['id']}/bookings"
        mine = self.one.post(path, {"note": "indexes"}).expect(201)
        self.one.post(path).problem(409, "conflict")
        self.mentor.post(path).problem(422, "validation-failed")
        self.two.post(path, {"member_id": self.one.member_id}).problem(403, "forbidden")
        self.two.post(path).expect(201)
        self.three.post(path).problem(409, "capacity-reached")
        self.assertEqual(self.ids(self.one, f"/v1/bookings?slot_id={slots[0]['id']}"),
                         {mine["id"]})
        own = f"/v1/bookings/{mine['id']}"
        self.assertEqual(self.one.get(own).expect(200), mine)
        self.two.get(own).problem(404, "not-found")
        self.one.delete(own).expect(204)
        self.three.post(path).expect(201)

    def test_two_places_at_once(self):
        _, slots = self.open(13)
        other = self.person("mentor")
        clash = other.post("/v1/office-hours", {
            "program_id": self.program["id"], "title": "Also", "weekday": "Mon",
            "local_time": "13:30", "minutes": 60, "seats": 1,
            "first_date": str(self.first), "last_date": str(self.first)}).expect(201)
        there = next(other.pages(f"/v1/office-hours/{clash['id']}/slots"))
        self.one.post(f"/v1/slots/{slots[0]['id']}/bookings").expect(201)
        self.one.post(f"/v1/slots/{there['id']}/bookings").problem(409, "double-booked")

    def test_invitations(self):
        _, slots = self.open(16)
        seat = self.one.post(f"/v1/slots/{slots[0]['id']}/bookings").expect(201)
        got = [i for i in self.one.pages("/v1/invitations") if i["event_kind"] == "slot"
               and i["summary"] == "Ask me"][-1]
        path = f"/v1/invitations/{got['id']}"
        self.assertEqual(self.one.get(path).expect(200), got)
        self.two.get(path).problem(404, "not-found")
        self.two.get(f"/v1/invitations?member_id={self.one.member_id}").problem(
            404, "not-found")
        text = self.one.get(path + "/ics")
        self.assertEqual(text.headers["Content-Type"],
                         "text/calendar; charset=utf-8; method=REQUEST")
        self.assertIn(b"\r\nMETHOD:REQUEST\r\n", text.body)
        self.one.delete(f"/v1/bookings/{seat['id']}").expect(204)
        about = list(self.one.pages(f"/v1/invitations?event_id={got['event_id']}"))
        self.assertEqual([i["method"] for i in about], ["REQUEST", "CANCEL"])
        self.assertLess(about[0]["sequence"], about[1]["sequence"])
        self.assertEqual({i["uid"] for i in about}, {got["uid"]})

    def test_a_law_that_changed(self):
        """A slot computed under another law of the zone is an override, not the end of
        the feed: until somebody decides, it stays at its instant."""
        _, slots = self.open(19)
        made = self.mentor.post(f"/v1/members/{self.mentor.member_id}/feeds").expect(201)
        feed = "/feeds/" + made["url"].rsplit("/", 1)[1]
        connection = self.service.cluster.connect()
        self.addCleanup(connection.close)
        with connection, connection.cursor() as cursor:
            cursor.execute("UPDATE office_hours_slot SET starts_at = starts_at + '1 hour',"
                           " ends_at = ends_at + '1 hour' WHERE id = %s", (slots[1]["id"],))
        text = self.service.client().get(feed)
        self.assertEqual(text.status, 200)
        second = self.first + datetime.timedelta(days=7)
        # 19:15 in Kathmandu; the session is an hour later.
        self.assertIn(f"RECURRENCE-ID;TZID=Asia/Kathmandu:{second:%Y%m%d}T191500\r\n".encode(),
                      text.body)
        self.assertIn(f"DTSTART;TZID=Asia/Kathmandu:{second:%Y%m%d}T201500\r\n".encode(),
                      text.body)

    def test_feeds(self):
        base = f"/v1/members/{self.two.member_id}/feeds"
        key = {"Idempotency-Key": uuid.uuid4().hex}
        made = self.two.post(base, headers=key).expect(201)
        again = self.two.post(base, headers=key)
        self.assertEqual(again.expect(201), {"feed": made["feed"], "url": None,
                                             "webcal_url": None, "page_url": None})
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertIn(made["feed"]["id"], self.ids(self.two, base))
        self.one.get(base).problem(404, "not-found")
        anybody = self.service.client()
        old = "/feeds/" + made["url"].rsplit("/", 1)[1]
        read = anybody.get(old)
        self.assertTrue(read.body.startswith(b"BEGIN:VCALENDAR\r\n"))
        self.assertEqual(anybody.get(old, headers={"If-None-Match": read.etag}).status, 304)
        self.assertEqual(anybody.request("HEAD", old).status, 200)
        feed = f"{base}/{made['feed']['id']}"
        new = "/feeds/" + self.two.post(feed + ":rotate").expect(200)["url"].rsplit("/", 1)[1]
        anybody.get(old).problem(404, "not-found")
        self.assertEqual(anybody.get(new).status, 200)
        tag = anybody.get(new).etag
        self.assertEqual(anybody.get(new, headers={"If-None-Match": tag}).status, 304)
        self.two.delete(feed).expect(204)
        gone = time.monotonic()
        anybody.get(new).problem(404, "not-found")
        # Whoever has it already may hear so for a second, and not longer.
        while True:
            late = time.monotonic() - gone >= 1
            answer = anybody.get(new, headers={"If-None-Match": tag})
            self.assertIn(answer.status, (404,) if late else (304, 404))
            if late:
                break
            time.sleep(0.1)

    def test_own_token(self):
        own = self.one.get("/v1/tokens/self").expect(200)
        self.assertEqual(own["member_id"], self.one.member_id)
        self.assertEqual(self.admin.get(f"/v1/tokens/{own['id']}").expect(200)["id"], own["id"])
        self.two.get(f"/v1/tokens/{own['id']}").problem(404, "not-found")


if __name__ == "__main__":
    unittest.main()
