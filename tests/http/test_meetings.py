"""First meetings of pairings over HTTP: the times proposed against a search of our own
with Python's zones, and a meeting's whole life."""
import datetime
import unittest
import uuid
import zoneinfo

from tests.lib import cairn

UTC = datetime.timezone.utc
MINUTE, DAY = datetime.timedelta(minutes=1), datetime.timedelta(days=1)
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# What an hour of somebody's own clock costs them.
PAIN = [25] * 6 + [9, 4, 1] + [0] * 8 + [1, 4, 4, 9, 9, 25, 25]


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def text(at):
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class Meetings(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker")
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")
        cls.program = cls.admin.post("/v1/programs", {"name": "Pairs"}).expect(201)["id"]

    def person(self, role, zone, *windows):
        name = uuid.uuid4().hex
        member = self.admin.post("/v1/members", {
            "external_id": name, "display_name": name[:8], "email": f"{name}@example.org",
            "time_zone": zone}).expect(201)
        self.admin.put(f"/v1/members/{member['id']}/availability", {"windows": [
            {"weekday": day, "from": start, "to": end} for day, start, end in windows],
            "exceptions": []}).expect(200)
        self.admin.put(f"/v1/programs/{self.program}/enrollments/{member['id']}/{role}",
                       {"capacity": 3} if role == "mentor" else {}).expect(200)
        client = self.service.client(role=role, member_id=member["id"])
        client.zone, client.windows = zoneinfo.ZoneInfo(zone), windows
        client.clock = "mentor" if role == "mentor" else "newcomer"
        return client

    def pair(self, one=None, two=None):
        always = [(day, "00:00", "24:00") for day in DAYS]
        one = one or self.person("newcomer", "Asia/Kathmandu", *always)
        two = two or self.person("mentor", "Europe/Lisbon", *always)
        made = self.admin.post("/v1/pairings", {
            "program_id": self.program, "newcomer_id": one.member_id,
            "mentor_id": two.member_id}).expect(201)
        return one, two, f"/v1/pairings/{made['id']}"

    @staticmethod
    def is_free(person, start, end):
        """Every minute of it lies in a window; the clocks are unambiguous."""
        at = start
        while at < end:
            local = at.astimezone(person.zone)
            if local.utcoffset() != local.replace(fold=1 - local.fold).utcoffset():
                return False
            now = f"{local:%H:%M}"
            if not any(day == DAYS[local.weekday()] and a <= now < b
                       for day, a, b in person.windows):
                return False
            at += MINUTE * 15  # windows are of whole quarters here
        return True

    def cost(self, people, start, end):
        each = [max(PAIN[at.astimezone(p.zone).hour] for at in (start, end - MINUTE))
                for p in people]
        return max(each), sum(each), start

    def test_the_times_are_the_best(self):
        one = self.person("newcomer", "Asia/Kathmandu", ("Mon", "17:00", "22:00"),
                          ("Wed", "17:00", "22:00"), ("Sat", "12:00", "20:00"),
                          ("Sun", "00:00", "03:00"))
        two = self.person("mentor", "America/New_York", ("Mon", "06:00", "10:00"),
                          ("Wed", "08:15", "10:45"), ("Sat", "07:00", "18:00"))
        _, _, path = self.pair(one, two)
        for minutes in (15, 30, 60):
            before = datetime.datetime.now(UTC)
            got = one.get(f"{path}/first-meetings?minutes={minutes}&limit=100").expect(
                200)["items"]
            after = datetime.datetime.now(UTC)
            self.assertTrue(got)
            length = minutes * MINUTE
            starts = [instant(item["starts_at"]) for item in got]
            for item, start in zip(got, starts):
                self.assertEqual(instant(item["ends_at"]), start + length)
                for person in (one, two):
                    local = start.astimezone(person.zone)
                    self.assertEqual(item[person.clock], {
                        "local_date": f"{local:%Y-%m-%d}", "local_time": f"{local:%H:%M}",
                        "time_zone": person.zone.key})
            # All there are, best first; what is within an hour of a better one is left out.
            at = before.replace(minute=0, second=0, microsecond=0)
            found = []
            while at < after + 14 * DAY:
                if at >= after + DAY and at + length <= before + 14 * DAY and all(
                        self.is_free(p, at, at + length) for p in (one, two)):
                    found.append(self.cost((one, two), at, at + length))
                at += 15 * MINUTE
            kept = []
            for _, _, start in sorted(found):
                if all(abs(start - k) >= 60 * MINUTE for k in kept):
                    kept.append(start)
            self.assertEqual(starts, kept[:100])
        self.assertEqual(two.get(f"{path}/first-meetings?minutes=60&limit=2").expect(
            200)["items"], got[:2])
        self.assertEqual(one.get(f"{path}/first-meetings?minutes=240").expect(
            200)["items"], [])
        one.get(f"{path}/first-meetings?minutes=14").problem(400, "invalid-field")

    def test_what_either_has_is_left_out(self):
        one, two, path = self.pair()
        first = instant(one.get(f"{path}/first-meetings").expect(200)["items"][0]["starts_at"])
        away = first.astimezone(one.zone).date()
        tag = self.admin.get(f"/v1/members/{one.member_id}/availability").etag
        self.admin.put(f"/v1/members/{one.member_id}/availability", {
            "windows": [{"weekday": d, "from": a, "to": b} for d, a, b in one.windows],
            "exceptions": [{"from": str(away), "to": str(away)}]}, etag=tag).expect(200)
        for item in one.get(f"{path}/first-meetings?limit=100").expect(200)["items"]:
            self.assertNotEqual(item["newcomer"]["local_date"], str(away))
        other, _, beside = self.pair(two=two)
        taken = one.get(f"{path}/first-meetings").expect(200)["items"][0]
        two.post(f"{beside}/meetings", {"starts_at": taken["starts_at"]}).expect(201)
        for item in one.get(f"{path}/first-meetings?limit=100").expect(200)["items"]:
            self.assertNotEqual(item["starts_at"], taken["starts_at"])
        one.post(f"{path}/meetings", {"starts_at": taken["starts_at"]}).problem(
            409, "double-booked")
        self.assertEqual(list(one.pages("/v1/meetings")), [])
        self.assertEqual(len(list(other.pages("/v1/meetings"))), 1)

    def told(self, client, event):
        """(method, sequence) of what the member was told of the event."""
        return [(i["method"], i["sequence"])
                for i in client.pages(f"/v1/invitations?event_id={event}")]

    def feed(self, client):
        made = client.post(f"/v1/members/{client.member_id}/feeds").expect(201)
        return "/feeds/" + made["url"].rsplit("/", 1)[1]

    def commitments(self, meeting):
        return self.service.cluster.execute(
            "SELECT count(*), count(DISTINCT member_id) FROM commitment WHERE meeting_id = %s",
            (meeting,))[0]

    def test_a_life(self):
        one, two, path = self.pair()
        feeds = {c: self.feed(c) for c in (one, two)}
        start = one.get(f"{path}/first-meetings?minutes=45").expect(200)["items"][0]
        made = one.post(f"{path}/meetings", {
            "starts_at": start["starts_at"], "minutes": 45, "location": "https://x.example"})
        self.assertEqual(made.headers["Location"], f"/v1/meetings/{made.json['id']}")
        meeting = made.expect(201)
        self.assertEqual((meeting["ends_at"], meeting["state"], meeting["location"]),
                         (start["ends_at"], "scheduled", "https://x.example"))
        self.assertIn(meeting["newcomer_display_name"], meeting["title"])
        own = f"/v1/meetings/{meeting['id']}"
        self.assertEqual(two.get(own).expect(200), meeting)
        self.assertEqual(list(two.pages(f"/v1/meetings?pairing_id={meeting['pairing_id']}")),
                         [meeting])
        self.assertEqual(self.commitments(meeting["id"]), (2, 2))
        two.post(f"{path}/meetings", {"starts_at": start["starts_at"]}).problem(
            409, "conflict")
        stranger, _, _ = self.pair()
        for method, where in (("get", own), ("get", f"{path}/first-meetings")):
            getattr(stranger, method)(where).problem(404, "not-found")
        stranger.post(f"{path}/meetings", {"starts_at": start["starts_at"]}).problem(
            404, "not-found")
        later = text(instant(start["starts_at"]) + DAY)
        stranger.act(f"{own}:move", {"starts_at": later}).problem(404, "not-found")
        two.act(f"{own}:move", {"starts_at": later}, etag='"99"').problem(
            412, "stale-version")
        two.act(f"{own}:move", {"starts_at": meeting["starts_at"]}).problem(
            422, "validation-failed")
        far = text(datetime.datetime.now(UTC) + 61 * DAY)
        for bad in ("2020-01-01T00:00:00Z", far, later[:-3] + "01Z"):
            two.act(f"{own}:move", {"starts_at": bad}).problem(422, "validation-failed")
        moved = two.act(f"{own}:move", {"starts_at": later}).expect(200)
        self.assertEqual(moved["starts_at"], later)
        for client in (one, two):
            self.assertEqual(self.told(client, meeting["event_id"]),
                             [("REQUEST", 0), ("REQUEST", 1)])
            body = self.service.client().get(feeds[client]).body.decode()
            self.assertIn(f"DTSTART:{later.replace('-', '').replace(':', '')}", body)
        self.assertEqual(one.act(f"{own}:cancel").expect(200)["state"], "cancelled")
        self.assertEqual(self.commitments(meeting["id"]), (0, 0))
        two.act(f"{own}:cancel").problem(409, "wrong-state")
        for client in (one, two):
            self.assertEqual(self.told(client, meeting["event_id"])[-1], ("CANCEL", 2))
        again = two.post(f"{path}/meetings", {"starts_at": later, "title": "Hello"}).expect(201)
        self.assertEqual((again["title"], self.commitments(again["id"])), ("Hello", (2, 2)))
        actions = [e["action"] for e in self.admin.pages(
            f"/v1/audit-events?subject_id={meeting['id']}")]
        self.assertEqual(sorted(actions), ["meeting.book", "meeting.cancel", "meeting.move"])

    def test_it_ends_with_the_pairing(self):
        """Whoever may end a pairing may end what goes with it."""
        one, two, path = self.pair()
        start = one.get(f"{path}/first-meetings").expect(200)["items"][0]["starts_at"]
        meeting = one.post(f"{path}/meetings", {"starts_at": start}).expect(201)
        machine = self.service.client(role="service", scopes=["matching:write"])
        machine.act(f"{path}:end").expect(200)
        self.assertEqual(two.get(f"/v1/meetings/{meeting['id']}").expect(200)["state"],
                         "cancelled")
        self.assertEqual(self.commitments(meeting["id"]), (0, 0))
        self.assertEqual(self.told(one, meeting["event_id"]), [("REQUEST", 0), ("CANCEL", 1)])
        one.get(f"{path}/first-meetings").problem(409, "wrong-state")
        one.post(f"{path}/meetings", {"starts_at": start}).problem(409, "wrong-state")


if __name__ == "__main__":
    unittest.main()
