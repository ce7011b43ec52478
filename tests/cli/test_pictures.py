"""Pictures of a schedule: well-formed, and what they shade is what zoneinfo says."""
import csv
import datetime
import json
import os
import re
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from helper import WEEKDAYS, cairn  # noqa: E402

SVG = "{http://www.w3.org/2000/svg}"
LABEL, QUARTER, HEAD, ROW, HEAT = 300, 2, 120, 40, 34
ANCHOR = "Europe/Berlin"
MONDAY = datetime.datetime(2026, 10, 5)
PEOPLE = [
    ("guide", 'Ana <b> & "Ó Súilleabháin"', "mentor", "Europe/Berlin", "Tue 18:00-20:00;Sat 09:00-10:00"),
    ("n1", "Ben", "newcomer", "America/New_York", "Tue 11:00-14:30;Sun 22:00-24:00"),
    ("n2", "Cleo", "newcomer", "Asia/Kathmandu", "Tue 20:00-24:00;Wed 00:00-02:00"),
    ("n3", "Dov", "newcomer", "Europe/London", "Tue 17:00-19:00"),
]


class Pictures(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.path = staticmethod(lambda name: os.path.join(cls.folder.name, name))
        path = cls.path
        with open(path("members.csv"), "w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f)
            writer.writerow(("external_id", "display_name", "participation", "time_zone", "availability", "languages"))
            writer.writerows((*person, "en:C1") for person in PEOPLE)
        with open(path("intake.json"), "w", encoding="utf-8") as f:
            json.dump({"name": "Autumn", "anchor_time_zone": ANCHOR, "first_date": "2026-10-05",
                       "last_date": "2026-11-15", "session_minutes": 60, "cohort_size": {"min": 3, "max": 3},
                       "language_level": "B1", "sessions_per_week": 1, "allowed_misses": 0, "holidays": []}, f)
        with open(path("busy.json"), "w", encoding="utf-8") as f:
            json.dump({"busy": [{"member": "guide", "from": "2026-10-10T07:00:00Z", "to": "2026-10-10T07:30:00Z"}]}, f)
        cls.done = cairn("schedule", path("members.csv"), "--intake", path("intake.json"), "--busy", path("busy.json"),
                        "--plan", path("plan.json"), "--svg", path("svg"))
        assert cls.done.returncode == 0, cls.done.stderr
        with open(path("plan.json"), encoding="utf-8") as f:
            [cls.cohort] = json.load(f)["cohorts"]
        cls.tree = xml.parse(path("svg/cohort-001.svg")).getroot()

    def texts(self, tree=None):
        return ["".join(t.itertext()) for t in (tree or self.tree).iter(SVG + "text")]

    def shaded(self, tree, kind):
        """{y: quarter hours} of the rectangles of a class."""
        rows = {}
        for r in tree.iter(SVG + "rect"):
            if r.get("class") == kind:
                x, y, width = (int(r.get(k)) for k in ("x", "y", "width"))
                rows.setdefault(y, []).extend(range((x - LABEL) // QUARTER, (x + width - LABEL) // QUARTER))
        return rows

    def free(self, zone, hours, busy=()):
        out = []
        for q in range(672):
            begin = (MONDAY + datetime.timedelta(minutes=15 * q)).replace(tzinfo=zoneinfo.ZoneInfo(ANCHOR))
            local = begin.astimezone(zoneinfo.ZoneInfo(zone))
            minute = local.hour * 60 + local.minute
            for window in hours.split(";"):
                day, low, high = re.match(r"(\w+) (.*)-(.*)", window).groups()
                low, high = (int(t[:2]) * 60 + int(t[3:]) for t in (low, high))
                if WEEKDAYS[local.weekday()] == day and low <= minute < high and begin not in busy:
                    out.append(q)
        return out

    def test_everybody_is_shaded_where_they_are_free(self):
        rows = self.shaded(self.tree, "free")
        utc = datetime.timezone.utc
        busy = [datetime.datetime(2026, 10, 10, 7, m, tzinfo=utc) for m in (0, 15)]
        for at, (name, _, _, zone, hours) in enumerate(PEOPLE):
            self.assertEqual(rows[HEAD + at * ROW + 6], self.free(zone, hours, busy if name == "guide" else ()), name)

    def test_the_slot_and_local_times(self):
        [part] = self.cohort["pattern"]
        self.assertEqual((part["weekday"], part["local_time"]), ("Tue", "18:00"))
        self.assertEqual(list(self.shaded(self.tree, "slot").values()), [list(range(96 + 72, 96 + 76))])
        said = self.texts()
        for time in "Tue 18:00", "Tue 12:00", "Tue 21:45", "Tue 17:00":
            self.assertIn(time, said)
        self.assertIn('Ana <b> & "Ó Súilleabháin" (guide)'[:23], " ".join(said))

    def test_whose_time_a_clock_change_moves(self):
        """Berlin changes on 25 October, New York on 1 November, Kathmandu never."""
        moved = [t for t in self.texts() if " for " in t and "session" in t]
        self.assertEqual(moved, ["Tue 13:00 for Ben, session 4 on", "Tue 12:00 for Ben, session 5 on",
                                 "Tue 22:45 for Cleo, session 4 on"])
        self.assertIn("from 2026-10-27", self.texts())
        self.assertIn("from 2026-11-03", self.texts())

    def test_common_hours(self):
        tree = xml.parse(self.path("svg/common-hours.svg")).getroot()
        free = [self.free(zone, hours) for _, _, part, zone, hours in PEOPLE if part == "newcomer"]
        count = {q: sum(q in one for one in free) for q in range(672)}
        shades = {}
        for r in tree.iter(SVG + "rect"):
            if r.get("class") == "heat" and r.get("y") == str(HEAD):
                for q in range((int(r.get("x")) - LABEL) // QUARTER,
                               (int(r.get("x")) + int(r.get("width")) - LABEL) // QUARTER):
                    shades[q] = float(r.get("fill-opacity"))
        self.assertEqual(set(shades), {q for q, n in count.items() if n})
        by_count = {n: {shades[q] for q in shades if count[q] == n} for n in (1, 2, 3)}
        self.assertTrue(max(by_count[1]) < min(by_count[2]) and max(by_count[2]) < min(by_count[3]), by_count)
        self.assertIn("3, at most 3 at once: Tue 18:00", self.texts(tree))

    def test_the_summary_counts_them(self):
        self.assertIn("2 pictures in ", self.done.stdout)
        self.assertEqual(sorted(os.listdir(self.path("svg"))), ["cohort-001.svg", "common-hours.svg"])


if __name__ == "__main__":
    unittest.main()
