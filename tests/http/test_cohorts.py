"""From members to invitations about cohorts, and what moving and cancelling tell."""
import csv
import datetime
import io
import json
import os
import sys
import unittest
import zoneinfo

import icalendar

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lib"))
import cairn  # noqa: E402
import mailbox  # noqa: E402

BERLIN = zoneinfo.ZoneInfo("Europe/Berlin")
WAIT = {"Prefer": "wait=25"}
# Two guides and six newcomers, all free on two evenings of Berlin; one who never is.
EVENINGS = {"Europe/Berlin": "Tue 18:00-21:00;Thu 18:00-21:00",
            "Europe/Lisbon": "Tue 16:00-21:00;Thu 16:00-21:00"}
INTAKE = {"name": "Spring", "anchor_time_zone": "Europe/Berlin", "first_date": "2031-03-03",
          "last_date": "2031-04-13", "session_minutes": 60, "cohort_min": 2, "cohort_max": 3,
          "holidays": ["2031-03-18", "2031-03-20"]}


def members():
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["external_id", "display_name", "email", "participation", "languages",
                    "time_zone", "availability", "capacity"])
    for i in range(2):
        sheet.writerow([f"g{i}", f"Guide {i}", f"g{i}@example.org", "mentor", "en:C1",
                        "Europe/Berlin", EVENINGS["Europe/Berlin"], 1])
    for i in range(6):
        zone = list(EVENINGS)[i % 2]
        sheet.writerow([f"n{i}", f"Newcomer {i}", f"n{i}@example.org", "newcomer", "en:B2",
                        zone, EVENINGS[zone], ""])
    sheet.writerow(["lone", "Lone", "lone@example.org", "newcomer", "en:B2", "Asia/Tokyo",
                    "Mon 09:00-10:00", ""])
    return out.getvalue()


def begin(staff):
    """A program with these members and its two guides: its id."""
    program = staff.post("/v1/programs", {"name": "Mentoring"}).expect(201)["id"]
    staff.post(f"/v1/imports?program_id={program}", members(),
               headers={"Content-Type": "text/csv"}).expect(200, 201)
    for member in staff.pages("/v1/members"):
        if member["external_id"] in ("g0", "g1"):
            staff.put(f"/v1/programs/{program}/enrollments/{member['id']}/guide",
                      {}).expect(200, 201)
    return program


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def text(moment):
    return moment.astimezone(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class Cohorts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.staff = cls.service.client(role="coordinator")
        cls.program = begin(cls.staff)
        cls.member = {m["external_id"]: m["id"] for m in cls.staff.pages("/v1/members")}

    def create(self, **changes):
        answer = self.staff.post(f"/v1/programs/{self.program}/intakes", {**INTAKE, **changes})
        return answer.expect(201)

    def generate(self, intake):
        return self.staff.act(f"/v1/intakes/{intake['id']}:generate", headers=WAIT).expect(200)

    def test_whole_way(self):
        intake = self.create()
        self.assertEqual((intake["state"], intake["allowed_misses"]), ("draft", 0))
        would = self.staff.act(f"/v1/intakes/{intake['id']}:generate?validate_only=true")
        self.assertEqual(would.expect(200)["state"], "queued")
        self.assertEqual(self.staff.get(f"/v1/intakes/{intake['id']}").json["state"], "draft")
        solved = self.generate(intake)
        self.assertEqual((solved["state"], solved["cohorts"]), ("solved", 2), solved)
        self.assertEqual([u["newcomer"] for u in solved["unplaced"]], [self.member["lone"]])
        self.check_cohorts(intake)
        cohort, other = self.staff.get(f"/v1/cohorts?intake_id={intake['id']}").expect(200)["items"]
        newcomer = next(m for m in cohort["members"] if m["part"] == "newcomer")
        reader = self.service.client(role="newcomer", member_id=newcomer["member_id"])
        reader.get(f"/v1/cohorts/{cohort['id']}").problem(404, "not-found")
        self.check_files(intake)

        published = self.staff.act(f"/v1/intakes/{intake['id']}:publish").expect(200)
        self.assertEqual(published["state"], "published")
        seen = reader.get("/v1/cohorts").expect(200)["items"]
        self.assertEqual([c["id"] for c in seen], [cohort["id"]])
        self.assertEqual(reader.get(f"/v1/cohorts/{cohort['id']}").expect(200), seen[0])
        listed = self.staff.pages(f"/v1/programs/{self.program}/intakes")
        self.assertIn((intake["id"], "published"), [(i["id"], i["state"]) for i in listed])
        self.assertNotIn("@", json.dumps(seen))
        reader.get(f"/v1/cohorts/{other['id']}").problem(404, "not-found")
        sent = list(self.staff.pages("/v1/invitations"))
        self.assertEqual(sorted(i["recipient_id"] for i in sent),
                         sorted(m["member_id"] for c in (cohort, other) for m in c["members"]))
        self.assertEqual({(i["method"], i["sequence"]) for i in sent}, {("REQUEST", 0)})
        problem = self.staff.act(f"/v1/intakes/{intake['id']}:generate").problem(409, "wrong-state")
        self.assertEqual(problem["current_state"], "published")

        self.check_alternatives(cohort, reader)
        self.check_move(cohort, reader, len(sent))
        self.check_double_booking(intake)
        self.check_cancel(cohort)
        actions = {a["action"] for a in self.staff.pages("/v1/audit-events")}
        self.assertLessEqual({"intake.create", "intake.generate", "intake.run", "intake.end",
                              "intake.publish", "session.move", "session.cancel"}, actions)

    def check_cohorts(self, intake):
        """Every session is at one wall-clock time of the anchor, on no holiday."""
        for cohort in self.staff.pages(f"/v1/cohorts?intake_id={intake['id']}"):
            self.assertEqual(cohort["state"], "proposed")
            self.assertEqual(sum(m["part"] == "guide" for m in cohort["members"]), 1)
            self.assertEqual(len({s["local_time"] for s in cohort["sessions"]}), 1)
            self.assertGreaterEqual(len(cohort["sessions"]), 5)
            for session in cohort["sessions"]:
                local = instant(session["starts_at"]).astimezone(BERLIN)
                self.assertEqual((str(local.date()), local.strftime("%H:%M")),
                                 (session["local_date"], session["local_time"]))
                self.assertNotIn(session["local_date"], INTAKE["holidays"])
                self.assertIn(local.weekday(), (1, 3))
                self.assertTrue(18 <= local.hour < 21)

    def check_files(self, intake):
        rows = list(csv.DictReader(io.StringIO(
            self.staff.get(f"/v1/intakes/{intake['id']}/input").body.decode())))
        self.assertEqual({r["external_id"] for r in rows}, set(self.member.values()))
        self.assertEqual({r["email"] for r in rows}, {""})
        for name in ("input", "plan"):
            self.staff.unchanged(f"/v1/intakes/{intake['id']}/{name}")
        plan = self.staff.get(f"/v1/intakes/{intake['id']}/plan").expect(200)
        self.assertEqual(len(plan["cohorts"]), 2)

    def check_alternatives(self, cohort, reader):
        """Free on the whole, nobody elsewhere or away, nearest first; the holiday is none."""
        session = self.staff.get(f"/v1/sessions?cohort_id={cohort['id']}").expect(200)["items"][1]
        path = f"/v1/sessions/{session['id']}/alternatives"
        reader.get(path).problem(404, "not-found")
        guide = self.service.client(role="mentor", member_id=cohort["guide_id"])
        items = guide.get(path + "?limit=100").expect(200)["items"]
        self.assertEqual(items, self.staff.get(path + "?limit=100").expect(200)["items"])
        self.assertEqual(self.staff.get(path + "?limit=1").expect(200)["items"], items[:1])
        whole = [i for i in items if not i["missing"]]
        self.assertTrue(whole)
        self.assertEqual(items[:len(whole)], whole)
        distance = [abs(instant(i["starts_at"]) - instant(session["starts_at"])) for i in whole]
        self.assertEqual(distance, sorted(distance))
        newcomers = {m["member_id"] for m in cohort["members"] if m["part"] == "newcomer"}
        for item in items:
            local = instant(item["starts_at"]).astimezone(BERLIN)
            self.assertEqual((item["local_date"], item["local_time"]),
                             (str(local.date()), local.strftime("%H:%M")))
            self.assertNotIn(item["local_date"], INTAKE["holidays"])
            self.assertLessEqual({m["member_id"] for m in item["missing"]}, newcomers)
        for item in whole:
            local = instant(item["starts_at"]).astimezone(BERLIN)
            self.assertIn(local.weekday(), (1, 3))
            self.assertTrue(18 <= local.hour < 21)
        best = instant(whole[0]["starts_at"])
        self.service.cluster.execute(
            "INSERT INTO availability_exception (community_id, member_id, date_from, date_to)"
            " VALUES (%s, %s, %s, %s)", (self.service.community_id, sorted(newcomers)[0],
                                         best.date(), best.date()))
        self.assertNotIn(best.date(), {instant(i["starts_at"]).date()
                                       for i in self.staff.get(path).expect(200)["items"]})
        self.service.cluster.execute("DELETE FROM availability_exception")

    def check_move(self, cohort, reader, n_sent):
        session = self.staff.get(f"/v1/sessions?cohort_id={cohort['id']}").expect(200)["items"][1]
        path = f"/v1/sessions/{session['id']}"
        later = text(instant(session["starts_at"]) + datetime.timedelta(days=1))
        etag = self.staff.get(path).etag

        self.staff.post(path + ":move", {"starts_at": later}).problem(428, "precondition-required")
        reader.act(path + ":move", {"starts_at": later}).problem(403, "forbidden")
        for body, place, part in (
                ({"starts_at": session["starts_at"]}, "/starts_at", "already"),
                ({"starts_at": "2026-01-05T10:00:00Z"}, "/starts_at", "future"),
                ({"starts_at": later, "local_time": "10:00"}, "/starts_at", "either"),
                ({"local_date": "2030-03-31", "local_time": "02:30"}, "/local_time",
                 "the clocks go from 2030-03-31 02:00 to 2030-03-31 03:00"),
                ({"local_date": "2030-10-27", "local_time": "02:30"}, "/local_time",
                 "comes twice in Europe/Berlin, as the clocks are set back; "
                 "choose 2030-10-27 01:00 or 2030-10-27 03:00"),
                ({"starts_at": "2030-10-27T01:30:00Z"}, "/starts_at", "twice"),
                ({"starts_at": "2030-03-31T00:30:00Z"}, "/starts_at", "clocks")):
            problem = self.staff.act(path + ":move", body).problem(422, "validation-failed")
            self.assertIn(place, json.dumps(problem["errors"]))
            self.assertIn(part, json.dumps(problem["errors"]))

        guide = self.service.client(role="mentor", member_id=cohort["guide_id"])
        moved = guide.act(path + ":move", {"starts_at": later}, etag=etag).expect(200)
        self.assertEqual((moved["starts_at"], moved["original_starts_at"]),
                         (later, session["starts_at"]))
        self.staff.act(path + ":move", {"starts_at": text(instant(later) + datetime.timedelta(1))},
                       etag=etag).problem(412, "stale-version")
        local = instant(later).astimezone(BERLIN) + datetime.timedelta(hours=1)
        moved = self.staff.act(path + ":move", {"local_date": str(local.date()),
                                                "local_time": local.strftime("%H:%M")}).expect(200)
        self.assertEqual(instant(moved["starts_at"]), local)
        news = list(self.staff.pages("/v1/invitations"))[n_sent:]
        self.assertEqual(len(news), 2 * len(cohort["members"]))
        self.assertEqual({(i["method"], i["sequence"], i["recurrence_id"]) for i in news},
                         {("REQUEST", 1, session["starts_at"]), ("REQUEST", 2, session["starts_at"])})
        ics = self.staff.get(f"/v1/invitations/{news[-1]['id']}/ics").body.decode()
        self.assertIn("RECURRENCE-ID", ics)

    def check_double_booking(self, intake):
        """A guide who is taken meanwhile keeps the whole intake from being published."""
        again = self.create(name="Again")
        self.assertEqual(self.generate(again)["cohorts"], 0)  # all newcomers have a cohort
        self.staff.act(f"/v1/intakes/{again['id']}:publish").problem(409, "wrong-state")
        first, second = list(self.staff.pages(f"/v1/cohorts?intake_id={intake['id']}"))
        busy = next(s for s in second["sessions"])
        mine = first["sessions"][0]
        shared = first["members"][0]["member_id"]
        self.service.cluster.execute(
            "INSERT INTO commitment (community_id, member_id, during, session_id) VALUES"
            " (%s, %s, tstzrange(%s::timestamptz + interval '40 d',"
            " %s::timestamptz + interval '40 d'), %s)",
            (self.service.community_id, shared, busy["starts_at"], busy["ends_at"], busy["id"]))
        taken = instant(busy["starts_at"]) + datetime.timedelta(days=40)
        self.staff.act(f"/v1/sessions/{mine['id']}:move", {"starts_at": text(taken)}).problem(
            409, "double-booked")
        same = self.staff.get(f"/v1/sessions/{mine['id']}").expect(200)
        self.assertEqual(same["starts_at"], mine["starts_at"])

    def check_cancel(self, cohort):
        session = self.staff.get(f"/v1/sessions?cohort_id={cohort['id']}").expect(200)["items"][-1]
        path = f"/v1/sessions/{session['id']}"
        before = len(list(self.staff.pages("/v1/invitations")))
        self.assertEqual(self.staff.act(path + ":cancel").expect(200)["state"], "cancelled")
        news = list(self.staff.pages("/v1/invitations"))[before:]
        self.assertEqual({(i["method"], i["recurrence_id"]) for i in news},
                         {("CANCEL", session["original_starts_at"])})
        self.staff.get(path + "/alternatives").problem(409, "wrong-state")
        problem = self.staff.act(path + ":cancel").problem(409, "wrong-state")
        self.assertEqual(problem["current_state"], "cancelled")
        left = self.service.cluster.execute(
            "SELECT count(*) FROM commitment WHERE session_id = %s", (session["id"],))
        self.assertEqual(left, [(0,)])

    def test_values(self):
        path = f"/v1/programs/{self.program}/intakes"
        for changes, status, slug, place, part in (
                ({"anchor_time_zone": "Europe/Berln"}, 422, "validation-failed",
                 "/anchor_time_zone", "Europe/Berlin"),
                ({"last_date": "2031-03-02"}, 422, "validation-failed", "/last_date", "first_date"),
                ({"cohort_min": 4}, 422, "validation-failed", "/cohort_max", "min"),
                ({"session_minutes": 50}, 422, "validation-failed", "/session_minutes", "15"),
                ({"cohort_size": {"min": 1, "max": 2}}, 400, "unknown-field", "/cohort_size", ""),
                ({"first_date": "03.03.2031"}, 400, "invalid-field", "/first_date", "")):
            problem = self.staff.post(path, {**INTAKE, **changes}).problem(status, slug)
            faults = json.dumps(problem["errors"])
            self.assertIn(place, faults)
            self.assertIn(part, faults)
        self.service.client(role="newcomer", member_id=self.member["n0"]).post(
            path, INTAKE).problem(403, "forbidden")

    def test_nobody(self):
        """A program without people gets a plan without cohorts."""
        empty = self.staff.post("/v1/programs", {"name": "Empty"}).expect(201)["id"]
        intake = self.staff.post(f"/v1/programs/{empty}/intakes", INTAKE).expect(201)
        solved = self.generate(intake)
        self.assertEqual((solved["state"], solved["cohorts"], solved["unplaced"]),
                         ("solved", 0, []))

    def test_away(self):
        """Who is away on a date is in no cohort that meets then, however free the week is."""
        program = self.staff.post("/v1/programs", {"name": "Away"}).expect(201)["id"]
        path = f"/v1/programs/{program}/enrollments"
        self.staff.put(f"{path}/{self.member['g0']}/guide", {}).expect(200, 201)
        for name in ("n0", "n2", "n4"):
            self.staff.put(f"{path}/{self.member[name]}/newcomer", {}).expect(200, 201)
        hours = f"/v1/members/{self.member['n4']}/availability"
        before = self.staff.get(hours).expect(200)
        self.staff.put(hours, {"windows": before["windows"], "exceptions": [
            {"from": "2032-03-09", "to": "2032-03-11"}]}).expect(200)
        intake = self.staff.post(f"/v1/programs/{program}/intakes", {
            **INTAKE, "first_date": "2032-03-01", "last_date": "2032-03-28"}).expect(201)
        solved = self.generate(intake)
        self.staff.put(hours, {"windows": before["windows"], "exceptions": []}).expect(200)
        self.assertEqual(solved["cohorts"], 1, solved)
        cohort, = self.staff.get(f"/v1/cohorts?intake_id={intake['id']}").expect(200)["items"]
        self.assertEqual({m["external_id"] for m in cohort["members"]}, {"g0", "n0", "n2"})

    def test_patch_and_cancel(self):
        intake = self.create(name="Draft")
        path = f"/v1/intakes/{intake['id']}"
        changed = self.staff.patch(path, {"name": "Renamed", "holidays": []}).expect(200)
        self.assertEqual((changed["name"], changed["holidays"]), ("Renamed", []))
        self.assertEqual(changed["first_date"], INTAKE["first_date"])
        self.assertEqual(changed["most_per_organization"], 0)
        changed = self.staff.patch(path, {"most_per_organization": 2}).expect(200)
        self.assertEqual(changed["most_per_organization"], 2)
        self.staff.patch(path, {"cohort_min": 4}).problem(422, "validation-failed")
        self.staff.patch(path, {"name": "x"}, etag='"1"').problem(412, "stale-version")
        self.staff.get(path + "/plan").problem(404, "not-found")
        self.staff.act(path + ":publish").problem(409, "wrong-state")
        self.assertEqual(self.staff.post(path + ":cancel").expect(200, 202)["state"], "cancelled")
        self.staff.post(path + ":cancel").problem(409, "wrong-state")
        self.assertEqual(self.staff.patch(path, {"name": "Back"}).expect(200)["state"], "draft")


class Rotation(unittest.TestCase):
    def setUp(self):
        self.service = cairn.Service()
        self.addCleanup(self.service.close)
        self.staff = self.service.client(role="coordinator")

    def test_rotation(self):
        """Hours that come back to an earlier time: each weekly time is one event, and every
        invitation, read on its own, shows the sessions of its time and no other."""
        program = self.staff.post("/v1/programs", {"name": "Rotation"}).expect(201)["id"]
        made = {}
        for name, zone, windows in (
                ("guide", "Europe/Berlin", [{"weekday": "Tue", "from": "16:00", "to": "20:00"}]),
                ("newcomer", "America/New_York",
                 [{"weekday": "Tue", "from": "12:00", "to": "13:00"}])):
            member = self.staff.post("/v1/members", {
                "external_id": f"turn-{name}", "display_name": name.title(),
                "email": f"turn-{name}@example.org", "time_zone": zone,
                "languages": [{"language": "en", "level": "C1"}]}).expect(201)["id"]
            self.staff.put(f"/v1/members/{member}/availability",
                           {"windows": windows}).expect(200)
            self.staff.put(f"/v1/programs/{program}/enrollments/{member}/{name}",
                           {}).expect(200, 201)
            made[name] = member
        # New York's clocks change on 9 March, Berlin's on the 30th.
        intake = self.staff.post(f"/v1/programs/{program}/intakes", {
            **INTAKE, "cohort_min": 1, "allowed_misses": 2}).expect(201)
        self.assertEqual(intake["slots_per_cohort"], 1)
        self.staff.patch(f"/v1/intakes/{intake['id']}", {"slots_per_cohort": 4}).problem(
            400, "invalid-field")
        changed = self.staff.patch(
            f"/v1/intakes/{intake['id']}", {"slots_per_cohort": 2}).expect(200)
        self.assertEqual(changed["slots_per_cohort"], 2)
        solved = self.staff.act(f"/v1/intakes/{intake['id']}:generate", headers=WAIT).expect(200)
        self.assertEqual((solved["state"], solved["cohorts"]), ("solved", 1), solved)
        plan = self.staff.get(f"/v1/intakes/{intake['id']}/plan").expect(200)["cohorts"][0]
        self.assertEqual([(p["from"], p["local_time"]) for p in plan["pattern"]],
                         [("2031-03-03", "18:00"), ("2031-03-10", "17:00"),
                          ("2031-03-31", "18:00")])
        cohort, = self.staff.get(f"/v1/cohorts?intake_id={intake['id']}").expect(200)["items"]
        self.assertEqual([(s["local_date"], s["local_time"]) for s in cohort["sessions"]],
                         [("2031-03-04", "18:00"), ("2031-03-11", "17:00"),
                          ("2031-03-25", "17:00"), ("2031-04-01", "18:00"),
                          ("2031-04-08", "18:00")])
        self.assertEqual([s["starts_at"] for s in cohort["sessions"]], plan["sessions"])
        self.staff.act(f"/v1/intakes/{intake['id']}:publish").expect(200)
        for member in made.values():
            sent = [i for i in self.staff.pages("/v1/invitations")
                    if i["recipient_id"] == member]
            told = [sorted(text(m) for m in mailbox.instants(icalendar.Calendar.from_ical(
                self.staff.get(f"/v1/invitations/{i['id']}/ics").body))) for i in sent]
            self.assertEqual(sorted(told), sorted(
                [s["starts_at"] for s in cohort["sessions"] if s["local_time"] == time]
                for time in ("17:00", "18:00")))


if __name__ == "__main__":
    unittest.main()
