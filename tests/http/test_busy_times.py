"""Busy times over HTTP: a calendar in, intervals out, whose they are, and that they keep
cohorts and pairs away."""
import datetime
import json
import unittest
import uuid

from tests.lib import cairn

CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}


def event(*lines):
    return "\r\n".join(("BEGIN:VCALENDAR", "BEGIN:VEVENT", "UID:u", "SUMMARY:Private matter",
                        *lines, "END:VEVENT", "END:VCALENDAR", ""))


class BusyTimes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker")
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")

    def person(self, **more):
        name = uuid.uuid4().hex
        made = self.admin.post("/v1/members", {
            "external_id": name, "display_name": name, "email": f"{name}@example.org",
            "time_zone": "Asia/Kathmandu"} | more).expect(201)
        return made, self.service.client(role="newcomer", member_id=made["id"])

    def put(self, client, member, text, **more):
        return client.put(f"/v1/members/{member['id']}/busy-times", text,
                          headers=CALENDAR | more.pop("headers", {}), **more)

    def test_nothing_yet(self):
        member, own = self.person()
        self.assertEqual(own.get(f"/v1/members/{member['id']}/busy-times").expect(200), {
            "member_id": member["id"], "from": None, "to": None, "read_at": None, "busy": []})

    def test_a_series_in_the_members_zone(self):
        member, own = self.person()
        monday = datetime.date.today() + datetime.timedelta(days=7 - datetime.date.today().weekday())
        read = self.put(own, member, event(f"DTSTART:{monday:%Y%m%d}T081500", "DURATION:PT1H",
                                           "RRULE:FREQ=WEEKLY;COUNT=2")).expect(200)
        self.assertEqual(read["left_out"], [])
        # 08:15 in Kathmandu, which is 5:45 ahead
        self.assertEqual(read["busy_times"]["busy"], [
            {"from": f"{day}T02:30:00Z", "to": f"{day}T03:30:00Z"}
            for day in (monday, monday + datetime.timedelta(days=7))])
        path = f"/v1/members/{member['id']}/busy-times"
        self.assertEqual(own.get(path).expect(200), read["busy_times"])
        self.assertNotIn("Private", json.dumps(own.get(path).expect(200)))
        # Another calendar takes the place of the first.
        self.assertEqual(self.put(own, member, event("DTSTART:20200101T000000Z"))
                         .expect(200)["busy_times"]["busy"], [])
        own.delete(path).expect(204)
        self.assertIsNone(own.get(path).expect(200)["from"])

    def test_working_hours(self):
        """Outside of them the member is busy; the one with the higher priority decides."""
        member, own = self.person()
        monday = datetime.date.today() + datetime.timedelta(days=7 - datetime.date.today().weekday())

        def hours(first, begin, end, rule, *more):
            return ("BEGIN:VAVAILABILITY", *more, "BEGIN:AVAILABLE",
                    f"DTSTART;TZID=Asia/Kathmandu:{first:%Y%m%d}T{begin}",
                    f"DTEND;TZID=Asia/Kathmandu:{first:%Y%m%d}T{end}", f"RRULE:{rule}",
                    "END:AVAILABLE", "END:VAVAILABILITY")
        text = "\r\n".join((
            "BEGIN:VCALENDAR",
            *hours(monday - datetime.timedelta(days=70), "090000", "170000",
                   "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
            # For one Tuesday: the evening instead.
            *hours(monday + datetime.timedelta(days=1), "180000", "200000", "FREQ=DAILY;COUNT=1",
                   "PRIORITY:1", f"DTSTART:{monday:%Y%m%d}T181500Z",
                   f"DTEND:{monday + datetime.timedelta(days=1):%Y%m%d}T181500Z"),
            "END:VCALENDAR", ""))
        busy = self.put(own, member, text).expect(200)["busy_times"]["busy"]

        def is_busy(days, hour):
            """At this hour in Kathmandu, so many days after the Monday."""
            at = (datetime.datetime.combine(monday, datetime.time(hour))
                  + datetime.timedelta(days=days, hours=-5, minutes=-45))
            at = f"{at:%Y-%m-%dT%H:%M:%SZ}"
            return any(b["from"] <= at < b["to"] for b in busy)
        self.assertEqual([is_busy(d, h) for d in range(7) for h in (8, 10, 16, 19)], [
            True, False, False, True,    # Monday
            True, True, True, False,     # the other hours
            True, False, False, True, True, False, False, True, True, False, False, True,
            True, True, True, True, True, True, True, True])
        hours = own.get(f"/v1/members/{member['id']}/availability").expect(200)
        self.assertEqual(hours["windows"], [])

    def test_declined_by_the_member(self):
        member, own = self.person()
        soon = datetime.datetime.now() + datetime.timedelta(days=3)
        text = event(f"DTSTART:{soon:%Y%m%dT%H%M%SZ}", "DURATION:PT1H",
                     f"ATTENDEE;PARTSTAT=DECLINED:mailto:{member['email']}")
        self.assertEqual(self.put(own, member, text).expect(200)["busy_times"]["busy"], [])
        read = self.put(own, member, text.replace("DECLINED", "ACCEPTED")).expect(200)
        self.assertEqual(len(read["busy_times"]["busy"]), 1)

    def test_versions(self):
        member, own = self.person()
        path = f"/v1/members/{member['id']}/busy-times"
        first = own.get(path)
        text = event("DTSTART:20200101T000000Z")
        own.put(path, text, headers=CALENDAR, etag=first.headers["ETag"]).expect(200)
        own.put(path, text, headers=CALENDAR, etag=first.headers["ETag"]).problem(
            412, "stale-version")
        own.delete(path, etag=first.headers["ETag"]).problem(412, "stale-version")

    def test_what_cannot_be_read(self):
        member, own = self.person()
        for text in ("hello", "\0", "{}"):
            with self.subTest(text):
                self.put(own, member, text).problem(422, "validation-failed")
        read = self.put(own, member, event("DTSTART:20261399")).expect(200)
        self.assertEqual(read["left_out"], [{"line": 2, "reason": "DTSTART cannot be read"}])

    def test_a_rule_without_end_ends(self):
        member, own = self.person()
        for rule in ("FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30", "FREQ=SECONDLY"):
            with self.subTest(rule):
                self.put(own, member, event("DTSTART:20260101T000000Z", "DURATION:PT1S",
                                            f"RRULE:{rule}")).expect(200, 422)

    def test_others(self):
        member, own = self.person()
        _, other = self.person()
        text = event("DTSTART:20200101T000000Z")
        self.put(other, member, text).problem(404, "not-found")
        self.put(self.admin, member, text).expect(200)
        own.get(f"/v1/members/{member['id']}/busy-times").expect(200)

    def test_gone_with_the_member(self):
        member, own = self.person()
        soon = datetime.datetime.now() + datetime.timedelta(days=3)
        self.put(own, member, event(f"DTSTART:{soon:%Y%m%dT%H%M%SZ}", "DURATION:PT1H")).expect(200)
        self.admin.delete(f"/v1/members/{member['id']}").expect(204)
        with self.service.cluster.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM busy_time WHERE member_id = %s", (member["id"],))
            self.assertEqual(cursor.fetchone()[0], 0)


class Planning(unittest.TestCase):
    """What comes back in the calendar keeps pairs away, and every hour keeps cohorts."""

    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.staff = cls.service.client(role="coordinator")

    def member(self, program, name, roles):
        made = self.staff.post("/v1/members", {
            "external_id": name, "display_name": name, "email": f"{name}@example.org",
            "time_zone": "Europe/Berlin",
            "languages": [{"language": "en", "level": "native"}]}).expect(201)
        self.staff.put(f"/v1/members/{made['id']}/availability", {
            "windows": [{"weekday": "Tue", "from": "18:00", "to": "20:00"}],
            "exceptions": []}).expect(200)
        for role in roles:
            self.staff.put(f"/v1/programs/{program}/enrollments/{made['id']}/{role}",
                           {"capacity": 3} if role == "mentor" else {}).expect(200, 201)
        return made["id"]

    def busy(self, member, weeks, first=None):
        """Tuesdays from 17:30 to 20:30."""
        first = first or datetime.date.today() - datetime.timedelta(
            days=datetime.date.today().weekday() + 6)
        self.staff.put(f"/v1/members/{member}/busy-times", event(
            f"DTSTART;TZID=Europe/Berlin:{first:%Y%m%d}T173000", "DURATION:PT3H",
            f"RRULE:FREQ=WEEKLY;COUNT={weeks}"), headers=CALENDAR).expect(200)

    def test_matching(self):
        program = self.staff.post("/v1/programs", {"name": "Pairs"}).expect(201)["id"]
        self.member(program, "pm", ["mentor"])
        names = {name: self.member(program, name, ["newcomer"]) for name in ("pa", "pb", "pc")}
        self.busy(names["pa"], 60)  # every Tuesday
        self.busy(names["pb"], 3)   # last week, this one and the next
        for ident in names.values():
            self.staff.post("/v1/mentor-requests", {
                "program_id": program, "member_id": ident}).expect(201)
        made = self.staff.post(f"/v1/programs/{program}/matching-rounds",
                               headers={"Prefer": "wait=25"}).expect(200, 202)
        plan = self.staff.get(f"/v1/matching-rounds/{made['id']}/plan").expect(200)
        self.assertEqual({p["newcomer"] for p in plan["pairs"]}, {names["pb"], names["pc"]})

    def test_cohorts(self):
        program = self.staff.post("/v1/programs", {"name": "Groups"}).expect(201)["id"]
        self.member(program, "cg", ["guide"])
        names = {name: self.member(program, name, ["newcomer"]) for name in ("ca", "cb", "cc")}
        first = datetime.date.today() + datetime.timedelta(days=14)
        tuesday = first + datetime.timedelta(days=(1 - first.weekday()) % 7)
        self.busy(names["ca"], 1, tuesday + datetime.timedelta(days=7))  # one of the sessions
        intake = self.staff.post(f"/v1/programs/{program}/intakes", {
            "name": "Soon", "anchor_time_zone": "Europe/Berlin", "first_date": str(first),
            "last_date": str(first + datetime.timedelta(days=27)), "session_minutes": 60,
            "cohort_min": 2, "cohort_max": 3}).expect(201)
        self.staff.act(f"/v1/intakes/{intake['id']}:generate", headers={
            "Prefer": "wait=25"}).expect(200, 202)
        plan = self.staff.get(f"/v1/intakes/{intake['id']}/plan").expect(200)
        placed = {n for cohort in plan["cohorts"] for n in cohort["newcomers"]}
        self.assertEqual(placed, {names["cb"], names["cc"]})


if __name__ == "__main__":
    unittest.main()
