"""docs/doctor.md is made from calendars/doctor.def and says what that says."""
import os
import re
import unittest

ROOT = os.getcwd()
TABLE = os.path.join(ROOT, "calendars", "doctor.def")
PAGE = os.path.join(ROOT, "docs", "doctor.md")
ROW = re.compile(r'^DOCTOR\((\w+), (\w+), ' + ", ".join(['"([^"]*)"'] * 5) + r"\)$", re.M)
SECTION = re.compile(r"^/\* ---- (.*) ---- \*/$", re.M)
FAILURES = 37

HEAD = """# The invitation doctor

This page is made from `calendars/doctor.def`; do not edit it by hand
(`CAIRN_WRITE_DOCS=1 python3 tests/run.py --only rules -k doctor_page` writes it).

    cairn doctor invite.ics message.eml
    cairn doctor --json --before first.ics update.ics

`POST /v1/doctor` gives the same answer as JSON. The doctor reads a calendar (`.ics`) or a
mail (`.eml`) and says what is wrong, which client stumbles over it, which clause of the
standard says so, and what to write instead. With `--before` it compares with what was
sent before. It keeps nothing, asks nobody, and never changes the file. It reads with code
of its own, bounded in octets, lines, depth and time.

The verdict is **broken** with an error (some calendar shows it wrongly or not at all),
**risky** with a warning (some calendar may), else **sound**. Advice changes no verdict.
"Failure" is the number of the failure, C1 to C37, that people met in real calendars, by
which Cairn's own invitations are tested.
"""


def rows(text):
    found = ROW.findall(text)
    if len(found) != len(re.findall(r"^DOCTOR\(", text, re.M)):
        raise AssertionError("a row of doctor.def cannot be read")
    return found


def page(text):
    out = [HEAD]
    pieces = SECTION.split(text)
    for title, body in zip(pieces[1::2], pieces[2::2]):
        out.append(f"\n## {title[0].upper()}{title[1:]}\n\n"
                   "| code | | what is wrong | what to write | breaks | clause | failure |\n"
                   "|---|---|---|---|---|---|---|\n")
        for name, severity, failures, clause, breaks, wrong, cure in rows(body):
            code = name.lower().replace("_", "-")
            out.append(f"| `{code}` | {'by hand' if severity == 'HAND' else severity.lower()} "
                       f"| {wrong} | {cure} | {breaks} | {clause} | {failures} |\n")
    return "".join(out)


class Page(unittest.TestCase):
    def setUp(self):
        with open(TABLE, encoding="utf-8") as file:
            self.table = file.read()

    def test_every_failure_has_its_rule(self):
        named = {n for row in rows(self.table) for n in row[2].split()}
        self.assertEqual(named, {f"C{i}" for i in range(1, FAILURES + 1)})

    def test_rows(self):
        names = [row[0] for row in rows(self.table)]
        self.assertEqual(len(names), len(set(names)))
        for name, severity, _, clause, breaks, wrong, cure in rows(self.table):
            with self.subTest(name):
                self.assertIn(severity, ("ERROR", "WARNING", "ADVICE", "HAND"))
                self.assertTrue(breaks and wrong and cure)
                if severity != "HAND":
                    self.assertRegex(clause, r"^RFC \d{4} \d+(\.\d+)*$")

    def test_page_is_current(self):
        """With CAIRN_WRITE_DOCS set this writes the page instead."""
        if os.environ.get("CAIRN_WRITE_DOCS"):
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(page(self.table))
        with open(PAGE, encoding="utf-8") as file:
            self.assertEqual(file.read(), page(self.table))


if __name__ == "__main__":
    unittest.main()
