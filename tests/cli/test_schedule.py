"""cairn schedule against the system's zone data: every session of every cohort lies
inside everybody's hours on the real dates, and the invitations say the same."""
import copy
import datetime
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helper  # noqa: E402
from helper import UTC, cairn  # noqa: E402

# Europe's clocks change on 25 October, North America's on 1 November.
INTAKE = {
    "name": "Autumn; \"2026\"", "anchor_time_zone": "Europe/London", "first_date": "2026-10-05",
    "last_date": "2026-11-29", "session_minutes": 60, "sessions_per_week": 1, "cohort_size": {"min": 3, "max": 6},
    "holidays": ["2026-10-20", "2026-11-11"], "language_level": "B1", "allowed_misses": 0,
}
RUBY = r"""
require "stringio"
require "json"
require "icalendar"
puts JSON.generate(ARGV.map { |path|
  calendars = Icalendar::Calendar.parse(File.open(path, "rb:utf-8"))
  raise path unless calendars.size == 1 && calendars[0].events.size == 1
  calendars[0].events[0].dtstart.to_time.utc.to_i })
"""


def instant(text):
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def days(first, last):
    day, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    while day <= last:
        yield day
        day += datetime.timedelta(days=1)


class Scheduled(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.plan_path = os.path.join(self.folder, "cohorts.json")
        self.ics = os.path.join(self.folder, "ics")

    def schedule(self, members, intake):
        path = os.path.join(self.folder, "intake.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump(intake, f)
        run = cairn("schedule", members, "--intake", path, "--plan", self.plan_path, "--ics", self.ics)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.plan_path, encoding="utf-8") as f:
            plan = json.load(f)
        check = cairn("verify-schedule", members, "--intake", path, "--plan", self.plan_path)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)
        return plan, run

    def expected_sessions(self, cohort, intake):
        """The dates of the pattern in the anchor's zone, holidays left out."""
        out = []
        for day in days(intake["first_date"], intake["last_date"]):
            if day.isoformat() in intake["holidays"]:
                continue
            for part in cohort["pattern"]:
                if helper.WEEKDAYS[day.weekday()] != part["weekday"]:
                    continue
                clock = datetime.time.fromisoformat(part["local_time"])
                zone = zoneinfo.ZoneInfo(part["time_zone"])
                out.append(datetime.datetime.combine(day, clock, zone).astimezone(UTC))
        return sorted(out)

    def check_plan(self, plan, intake, members):
        level = helper.LEVELS[intake["language_level"]]
        seen = set()
        self.assertTrue(plan["cohorts"])
        for cohort in plan["cohorts"]:
            guide = members[cohort["guide"]]
            self.assertTrue(guide.is_mentor)
            self.assertTrue(intake["cohort_size"]["min"] <= len(cohort["newcomers"]) <= intake["cohort_size"]["max"])
            sessions = [instant(s) for s in cohort["sessions"]]
            self.assertEqual(sessions, self.expected_sessions(cohort, intake))
            for name in cohort["newcomers"] + [cohort["guide"]]:
                member = members[name]
                self.assertNotIn(name, seen)
                seen.add(name)
                self.assertGreaterEqual(member.languages.get(cohort["language"], 0), level, name)
                for start in sessions:
                    self.assertTrue(member.is_free(start, intake["session_minutes"]), (name, start))
        placed = [n for c in plan["cohorts"] for n in c["newcomers"]]
        rest = [u["newcomer"] for u in plan["unplaced"]]
        self.assertEqual(sorted(placed + rest), sorted(m.id for m in members.values() if m.is_newcomer))
        self.assertEqual(plan["placed"], len(placed))
        self.assertLessEqual(plan["objective"], plan["bound"])

    def invitations(self, plan, members):
        """File -> (recipient, instants of the plan)."""
        out = {}
        for i, cohort in enumerate(plan["cohorts"]):
            for name in cohort["newcomers"] + [cohort["guide"]]:
                found = glob.glob(os.path.join(self.ics, f"cohort-{i + 1:03d}-*-{glob.escape(name)}.ics"))
                self.assertEqual(len(found), 1 if members[name].email else 0, name)
                for path in found:
                    out[path] = members[name].email, [instant(s) for s in cohort["sessions"]]
        self.assertEqual(set(out), set(glob.glob(os.path.join(self.ics, "*"))))
        return out

    def read_with_icalendar(self, path, start, end):
        import icalendar
        import recurring_ical_events
        with open(path, "rb") as f:
            calendar = icalendar.Calendar.from_ical(f.read())
        event, = calendar.walk("VEVENT")
        self.assertEqual(calendar["METHOD"], "REQUEST")
        people = event["ATTENDEE"]
        return (str(people).removeprefix("mailto:"),
                sorted(e["DTSTART"].dt.astimezone(UTC) for e in recurring_ical_events.of(calendar).between(start, end)))

    def read_with_vobject(self, path):
        import vobject
        with open(path, encoding="utf-8", newline="") as f:
            event = vobject.readOne(f.read()).vevent
        dates = event.getrruleset(addRDate=True)
        return [event.dtstart.value.astimezone(UTC)] if dates is None else [d.astimezone(UTC) for d in dates]

    def check_invitations(self, plan, members):
        files = self.invitations(plan, members)
        begin, end = datetime.datetime(2026, 9, 1), datetime.datetime(2028, 1, 1)
        for path, (mail, sessions) in files.items():
            self.assertEqual(self.read_with_icalendar(path, begin, end), (mail, sessions), path)
            self.assertEqual(self.read_with_vobject(path), sessions, path)
        if shutil.which("ruby") is None:
            self.skipTest("no ruby")
        run = subprocess.run(["ruby", "-e", RUBY, *files], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                             timeout=helper.TIME_LIMIT, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        firsts = [int(sessions[0].timestamp()) for _, sessions in files.values()]
        self.assertEqual(json.loads(run.stdout), firsts)

    def test_small_community_over_both_clock_changes(self):
        path = helper.shared_community(self, "small.csv")
        members = helper.read_members(path)
        plan, run = self.schedule(path, INTAKE)
        self.check_plan(plan, INTAKE, members)
        self.check_invitations(plan, members)
        self.assertIn("newcomers in", run.stdout)

    def test_two_sessions_a_week(self):
        path = helper.shared_community(self, "small.csv")
        intake = {**INTAKE, "sessions_per_week": 2, "session_minutes": 45}
        members = helper.read_members(path)
        plan, _ = self.schedule(path, intake)
        self.assertTrue(all(len(c["pattern"]) == 2 for c in plan["cohorts"]))
        self.check_plan(plan, intake, members)

    def test_sample_with_its_own_intake(self):
        members = helper.read_members(helper.SAMPLE)
        with open(os.path.join(helper.SAMPLES, "intake.json"), encoding="utf-8") as f:
            intake = json.load(f)
        plan, run = self.schedule(helper.SAMPLE, intake)
        self.check_plan(plan, intake, members)
        self.check_invitations(plan, members)
        self.assertIn("sessions 1–", run.stdout, "somebody's clock changes during the intake")

    def test_clock_table_is_what_the_zones_say(self):
        plan, run = self.schedule(helper.SAMPLE, INTAKE)
        members = helper.read_members(helper.SAMPLE)
        for cohort in plan["cohorts"]:
            for name in cohort["newcomers"]:
                local = {instant(s).astimezone(members[name].zone).strftime("%a %H:%M") for s in cohort["sessions"]}
                for text in local:
                    self.assertIn(text, run.stdout, name)

    def test_busy_times_are_kept_free(self):
        members = helper.read_members(helper.SAMPLE)
        plan, _ = self.schedule(helper.SAMPLE, INTAKE)
        guide = plan["cohorts"][0]["guide"]
        taken = instant(plan["cohorts"][0]["sessions"][2])
        busy = os.path.join(self.folder, "busy.json")
        with open(busy, "w", encoding="utf-8") as f:
            json.dump({"busy": [{"member": guide, "from": taken.isoformat(),
                                 "to": (taken + datetime.timedelta(minutes=15)).isoformat()}]}, f)
        args = [helper.SAMPLE, "--intake", os.path.join(self.folder, "intake.json"), "--busy", busy]
        check = cairn("verify-schedule", *args, "--plan", self.plan_path)
        self.assertEqual(check.returncode, 1, check.stdout)
        run = cairn("schedule", *args, "--plan", self.plan_path)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.plan_path, encoding="utf-8") as f:
            plan = json.load(f)
        self.check_plan(plan, INTAKE, members)
        for cohort in plan["cohorts"]:
            if cohort["guide"] == guide:
                self.assertNotIn(taken, [instant(s) for s in cohort["sessions"]])

    def test_changes_to_a_plan_are_found(self):
        path = os.path.join(self.folder, "intake.json")
        plan, _ = self.schedule(helper.SAMPLE, INTAKE)

        def edit(change):
            tree = copy.deepcopy(plan)
            change(tree)
            with open(self.plan_path, "w", encoding="utf-8") as f:
                json.dump(tree, f)
            run = cairn("verify-schedule", helper.SAMPLE, "--intake", path, "--plan", self.plan_path)
            self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
            self.assertTrue(run.stdout.startswith("NOT PROVED\n"))

        edit(lambda t: t["cohorts"][0]["sessions"].__setitem__(0, "2026-10-05T03:00:00Z"))
        edit(lambda t: t["cohorts"][0]["sessions"].pop())
        edit(lambda t: t["cohorts"][0]["newcomers"].append(t["cohorts"][1]["newcomers"][0]))
        edit(lambda t: t["cohorts"][0]["newcomers"].pop())
        edit(lambda t: t["cohorts"][0].__setitem__("guide", t["cohorts"][1]["guide"]))
        edit(lambda t: t["cohorts"][0].__setitem__("language", "xx"))
        edit(lambda t: t["cohorts"][0]["pattern"][0].__setitem__("time_zone", "Europe/Paris"))
        edit(lambda t: t.__setitem__("objective", t["objective"] + 1))
        edit(lambda t: t.__setitem__("placed", t["placed"] + 1))
        edit(lambda t: t["unplaced"].pop())
        edit(lambda t: t.__setitem__("intake_digest", t["input_digest"]))

    def test_faults_of_an_intake_are_named_with_pointers(self):
        path = os.path.join(self.folder, "intake.json")
        with open(path, "w", encoding="utf-8") as f:
            json.dump({"name": "", "anchor_time_zone": "Europe/Berln", "first_date": "2026-02-30",
                       "cohort_size": {"min": 0, "max": 6}, "holidays": ["2026-10-20", 5], "weeks": 8}, f)
        run = cairn("schedule", helper.SAMPLE, "--intake", path, "--plan", self.plan_path)
        self.assertEqual(run.returncode, 2)
        for pointer in ("/name", "/anchor_time_zone", "/first_date", "/last_date", "/cohort_size/min", "/holidays/1",
                        "/weeks"):
            self.assertIn(f"intake.json: {pointer}: ", run.stderr)
        self.assertIn("Europe/Berlin", run.stderr)
        with open(path, "w", encoding="utf-8") as f:
            json.dump({**INTAKE, "last_date": "2026-10-01"}, f)
        run = cairn("schedule", helper.SAMPLE, "--intake", path, "--plan", self.plan_path)
        self.assertEqual(run.returncode, 2)
        self.assertIn("/last_date", run.stderr)
        self.assertFalse(os.path.exists(self.plan_path))


if __name__ == "__main__":
    unittest.main()
