"""The member file: every fault named with row, column and reason; every way people
save a table read alike; the shipped sample as its script makes it."""
import csv
import filecmp
import io
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import helper  # noqa: E402
from helper import cairn  # noqa: E402

BROKEN = [  # row, column, words of the reason
    (1, "shoe_size", "not a known column"),
    (2, "external_id", "found nothing"),
    (3, "display_name", "found nothing"),
    (4, "email", "e-mail address"),
    (5, "participation", "newcomer, mentor or both"),
    (6, "roles", "not a term"),
    (7, "stack", "level from 1 to 5"),
    (8, "languages", "A1, A2, B1, B2, C1, C2 or native"),
    (9, "languages", "not a language tag"),
    (10, "time_zone", 'did you mean "Europe/Berlin"'),
    (11, "availability", "ends before it starts"),
    (12, "availability", "expected a weekday"),
    (13, "availability", "from 00:00 to 24:00"),
    (14, "years", "years from 0 to 80"),
    (15, "capacity", "whole number from 0 to 100"),
    (16, "capacity", "only mentors"),
    (17, "external_id", "used in row 3 already"),
    (18, "preferences", '"nobody" is not the external_id'),
    (19, "avoid", "cannot name itself"),
    (20, "waiting_days", "whole number of days"),
]
HEADER = "external_id,display_name,participation,languages,time_zone,availability"
ADA = "ada,Ada,newcomer,en:native,Europe/London,Mon 18:00-20:00"
BOB = "bob,Bob,mentor,en,Europe/London,Mon 18:00-20:00"


class MemberFile(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.plan = os.path.join(self.folder, "plan.json")

    def match(self, content):
        path = os.path.join(self.folder, "members.csv")
        with open(path, "wb") as f:
            f.write(content if isinstance(content, bytes) else content.encode())
        return cairn("match", path, "--from", "2026-10-01", "--plan", self.plan)

    def faults(self, content):
        run = self.match(content)
        self.assertEqual(run.returncode, 2, run.stderr)
        self.assertFalse(os.path.exists(self.plan))
        return [tuple(m.groups()) for m in re.finditer(r"members\.csv:(\d+): (.*)$", run.stderr, re.M)]

    def digest(self, content):
        run = self.match(content)
        self.assertEqual(run.returncode, 0, run.stderr)
        with open(self.plan, encoding="utf-8") as f:
            return json.load(f)["input_digest"]

    def test_recent_pairings_are_optional(self):
        faults = self.faults(f"{HEADER},recent_pairings\n{ADA},\n{BOB},1001\n{BOB.replace('bob', 'eve')},-1\n")
        self.assertEqual([row for row, _ in faults], ["3", "4"])
        for _, words in faults:
            self.assertIn("recent_pairings: expected a whole number from 0 to 1000", words)
        for cell, points in (("0", 5), ("1", 2), ("", 0)):
            run = self.match(f"{HEADER},recent_pairings\n{ADA},\n{BOB},{cell}\n")
            self.assertEqual(run.returncode, 0, run.stderr)
            with open(self.plan, encoding="utf-8") as f:
                [pair] = json.load(f)["pairs"]
            self.assertEqual(pair["explanation"]["rested"], points)

    def test_preferred_hours_are_some_of_those_offered(self):
        faults = self.faults(f"{HEADER},preferred_hours,volunteer\n{ADA},Mon 19:00-20:30;Mon 18:00-18:30,4\n"
                             f"{BOB},Mon,x\n")
        self.assertEqual([row for row, _ in faults], ["2", "2", "3", "3"])
        self.assertIn("expected a whole number from 0 to 3", faults[0][1] + faults[1][1])
        self.assertIn('preferred_hours: "Mon 19:00-20:30" is not within', faults[0][1] + faults[1][1])
        plain = self.digest(f"{HEADER}\n{ADA}\n{BOB}\n")
        self.assertEqual(self.digest(f"{HEADER},preferred_hours,volunteer\n{ADA},,\n{BOB},,0\n"), plain)
        self.assertNotEqual(self.digest(f"{HEADER},preferred_hours\n{ADA},Mon 18:00-19:00\n{BOB},\n"), plain)
        self.assertNotEqual(self.digest(f"{HEADER},volunteer\n{ADA},1\n{BOB},\n"), plain)

    def test_twenty_faults_give_twenty_messages(self):
        path = os.path.join(helper.SAMPLES, "broken.csv")
        run = cairn("match", path, "--plan", self.plan)
        self.assertEqual(run.returncode, 2)
        self.assertFalse(os.path.exists(self.plan))
        lines = run.stderr.splitlines()
        self.assertEqual(len(lines), len(BROKEN) + 1)
        self.assertIn("20 faults", lines[-1])
        for line, (row, column, words) in zip(lines, BROKEN):
            self.assertTrue(line.startswith(f"{path}:{row}: {column}: "), line)
            self.assertIn(words, line)

    def test_the_sample_is_what_its_script_makes(self):
        subprocess.run([sys.executable, "-B", os.path.join(helper.ROOT, "tools", "make_sample.py"), "--out",
                        self.folder], check=True, timeout=helper.TIME_LIMIT)
        names = sorted(os.listdir(self.folder))
        self.assertGreater(len(names), 2)
        for name in names:
            self.assertTrue(filecmp.cmp(os.path.join(self.folder, name), os.path.join(helper.SAMPLES, name), False), name)

    def test_the_sample_is_as_large_and_uneven_as_it_says(self):
        with open(helper.SAMPLE, encoding="utf-8", newline="") as f:
            rows = list(csv.DictReader(f))
        self.assertGreaterEqual(sum(r["participation"] == "newcomer" for r in rows), 300)
        self.assertGreaterEqual(sum(r["participation"] == "mentor" for r in rows), 120)
        self.assertGreaterEqual(len({r["time_zone"] for r in rows}), 25)

    def test_one_table_saved_in_many_ways_is_one_input(self):
        want = self.digest(f"{HEADER}\r\n{ADA}\r\n{BOB}\r\n")
        for content in (f"{HEADER}\n{BOB}\n{ADA}\n", f"{HEADER}\n{ADA}\n{BOB}", f"\ufeff{HEADER}\r\n{ADA}\r\n{BOB}\r\n",
                        f"{HEADER}\r{ADA}\r{BOB}\r", f"{HEADER}\n\n{ADA}\n,,,,,\n{BOB}\n\n",
                        f"{HEADER.upper()}\n{ADA.replace('newcomer', 'Newcomer')}\n{BOB}\n",
                        f'"external_id",display_name,participation,languages,time_zone,availability\n"ada","Ada",newcomer, '
                        f'EN-gb:NATIVE ,Europe/London,Mon 18:00-19:00; mon 19:00-20:00;\n{BOB}\n',
                        "time_zone,participation,external_id,availability,display_name,languages\n"
                        "Europe/London,newcomer,ada,Mon 18:00-20:00,Ada,en:native\n"
                        "Europe/London,mentor,bob,Mon 18:00-20:00,Bob,en:C1\n"):
            with self.subTest(content=content):
                self.assertEqual(self.digest(content), want)
        self.assertNotEqual(self.digest(f"{HEADER}\n{ADA.replace('18:00', '18:15')}\n{BOB}\n"), want)

    def test_links_of_zones_and_synonyms_mean_the_same(self):
        header = HEADER + ",roles"
        a = self.digest(f"{header}\n{ADA},Full-Stack\n{BOB.replace('Europe/London', 'Asia/Calcutta')},x\n")
        b = self.digest(f"{header}\n{ADA},full stack dev\n{BOB.replace('Europe/London', 'Asia/Kolkata')},X\n")
        self.assertEqual(a, b)

    def test_rows_are_counted_as_a_spreadsheet_does(self):
        text = f'{HEADER}\r\n"a\u00e4","two\r\nlines",newcomer,en,Europe/London,\r\n\r\n{ADA},more\r\n'
        self.assertEqual([row for row, _ in self.faults(text)], ["2", "4"])

    def test_suggestions_end(self):
        """A suggestion costs a look at every zone: a file of bad zones gets a few."""
        rows = "".join(f'b{i},"B",newcomer,en,Europe/Berln,\n' for i in range(60))
        reasons = [reason for _, reason in self.faults(f"{HEADER}\n{rows}")]
        hinted = ["did you mean" in reason for reason in reasons]
        self.assertEqual(hinted, [True] * 30 + [False] * 30)

    def test_headers(self):
        for text, words in (("", "header row"), ("\n\n", "header row"),
                            (f"{HEADER},external_id\n", "twice"),
                            (HEADER.replace("languages", "langauges") + "\n", 'did you mean "languages"'),
                            (HEADER.replace(",languages", "") + "\n", "languages: this column is required"),
                            (HEADER.replace(",", ";") + f"\n{ADA}\n", "separated by commas")):
            with self.subTest(text=text):
                self.assertTrue(any(words in reason for _, reason in self.faults(text)))

    def test_octets_that_are_no_table(self):
        for content, words in ((f"{HEADER}\n{ADA}\n".encode("utf-16"), "UTF-16"),
                               (f"{HEADER}\n".encode() + ADA.encode().replace(b"Ada", b"A\xffa") + b"\n", "valid UTF-8"),
                               (f"{HEADER}\n".encode() + ADA.encode().replace(b"London", b"London\0x") + b"\n", "UTF-8"),
                               (f'{HEADER}\nada,A"da,newcomer,en,UTC,\n', "double quote"),
                               (f'{HEADER}\nada,"Ada,newcomer,en,UTC,\n', "not closed"),
                               (f"{HEADER}\n" + ADA.replace("Ada", "A\u202eda") + "\n", "direction-changing"),
                               (f"{HEADER}\n{ADA},1\n", "expected 6 fields as in the header, found 7")):
            with self.subTest(words=words):
                self.assertTrue(any(words in reason for _, reason in self.faults(content)), self.faults(content))

    def test_limits(self):
        header = HEADER + ",wants,preferences"
        many = ";".join(f"t{i}" for i in range(65))
        long = "x" * 81
        ids = ";".join(f"p{i}" for i in range(101))
        hours = ";".join(f"Mon {h:02d}:{m:02d}-{h:02d}:{m + 5:02d}" for h in range(24) for m in (0, 20, 40))
        reasons = "\n".join(r for _, r in self.faults(
            f"{header}\n{ADA},{many},\n{ADA.replace('ada', 'b')},{long},{ids}\n"
            f"{'c' * 101},C,newcomer,en,UTC,{hours},,\n"))
        for words in ("wants: more than 64 terms", "at most 80 octets", "preferences: more than 100 people",
                      "longer than 100 characters", "more than 64 windows"):
            self.assertIn(words, reasons)

    def test_a_flood_of_faults_is_capped(self):
        out = io.StringIO()
        out.write(HEADER + "\n")
        for i in range(1500):
            out.write(f"x{i},X,nobody,en,UTC,\n")
        run = self.match(out.getvalue())
        self.assertEqual(run.returncode, 2)
        self.assertEqual(run.stderr.count("expected newcomer, mentor or both"), 1000)
        self.assertIn("and 500 more", run.stderr)
        self.assertIn("1500 faults", run.stderr)


if __name__ == "__main__":
    unittest.main()
