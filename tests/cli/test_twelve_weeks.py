"""A twelve-week intake over the clock changes of Chile, Australia, Europe and the United
States: each session in every member's local time, as tests/golden/twelve_weeks.txt has it.

The weekly time is told by Cairn, the local times by the system's zone data, and what Cairn
prints of each member's clock has to say the same. CAIRN_WRITE_GOLDEN=1 writes the file
anew: for whoever has looked at every line that differs.
"""
import datetime
import json
import os
import re
import sys
import tempfile
import unittest
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from helper import ROOT, UTC, cairn  # noqa: E402

GOLDEN = os.path.join(ROOT, "tests", "golden", "twelve_weeks.txt")
# Chile goes forward on 6 September, Sydney on 4 October; Europe goes back on 25 October,
# North America on 1 November. Kathmandu, Tokyo and Lagos never change.
PEOPLE = (("guide", "Europe/Berlin", "Tue 14:00-23:00"),
          ("santiago", "America/Santiago", "Tue 08:00-19:00"),
          ("sydney", "Australia/Sydney", "Tue 22:00-24:00;Wed 00:00-09:00"),
          ("newyork", "America/New_York", "Tue 07:00-18:00"),
          ("london", "Europe/London", "Tue 13:00-22:00"),
          ("kathmandu", "Asia/Kathmandu", "Tue 17:00-24:00;Wed 00:00-03:00"),
          ("lagos", "Africa/Lagos", "Tue 12:00-23:00"))
INTAKE = {"name": "Twelve weeks", "anchor_time_zone": "Europe/Berlin",
          "first_date": "2026-08-31", "last_date": "2026-11-22", "session_minutes": 60,
          "cohort_size": {"min": 6, "max": 6}, "language_level": "B1"}
HEAD = "external_id,display_name,email,participation,roles,tags,wants,stack,languages," \
    "time_zone,availability,industry,style,organization,years,capacity,preferences,avoid"


def members():
    for name, zone, hours in PEOPLE:
        part, places = ("mentor", "1") if name == "guide" else ("newcomer", "")
        yield f"{name},{name},,{part},,,,,en:C1,{zone},{hours},,,,,{places},,"


class TwelveWeeks(unittest.TestCase):
    maxDiff = None

    def test_every_session_in_everybodys_time(self):
        with tempfile.TemporaryDirectory() as folder:
            def path(name, text=None):
                where = os.path.join(folder, name)
                if text is not None:
                    with open(where, "w", encoding="utf-8") as f:
                        f.write(text)
                return where
            run = cairn("schedule", path("m.csv", "\n".join([HEAD, *members(), ""])),
                        "--intake", path("i.json", json.dumps(INTAKE)), "--plan", path("p.json"))
            self.assertEqual(run.returncode, 0, run.stderr)
            with open(path("p.json"), encoding="utf-8") as f:
                cohort, = json.load(f)["cohorts"]
        starts = [datetime.datetime.strptime(s, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
                  for s in cohort["sessions"]]
        self.assertEqual(len(starts), 12)
        lines = [f"{name:10}" + "".join(
            f"  {start.astimezone(zoneinfo.ZoneInfo(zone)):%m-%d %a %H:%M}" for start in starts)
            for name, zone, _ in PEOPLE]
        lines.insert(0, f"{'UTC':10}" + "".join(f"  {s:%m-%d %a %H:%M}" for s in starts))
        self.check_printed(run.stdout, starts)
        text = "\n".join(lines) + "\n"
        if os.environ.get("CAIRN_WRITE_GOLDEN") == "1":
            with open(GOLDEN, "w", encoding="utf-8") as f:
                f.write(text)
        with open(GOLDEN, encoding="utf-8") as f:
            self.assertEqual(text, f.read())

    def check_printed(self, out, starts):
        """The clock-change table: "name  Tue 18:00  sessions 1–8  zone"."""
        told, name = {}, None
        for line in out.splitlines():
            run = re.fullmatch(r" {4}(\S*) *  (\w{3} \d\d:\d\d)(?:  sessions (\d+)–(\d+))?(?:  \S*)?",
                               line)
            if run:
                name = run[1] or name
                first, last = int(run[3] or 1), int(run[4] or len(starts))
                told.setdefault(name, {}).update(
                    (i, run[2]) for i in range(first - 1, last))
        for person, zone, _ in PEOPLE:
            self.assertEqual(told[person], {
                i: f"{s.astimezone(zoneinfo.ZoneInfo(zone)):%a %H:%M}"
                for i, s in enumerate(starts)}, person)


if __name__ == "__main__":
    unittest.main()
