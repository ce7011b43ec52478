"""The linter accepts every golden file and rejects each known way to break one."""
import glob
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(HERE, "..", "golden")
sys.path.insert(0, HERE)

from lint import lint  # noqa: E402  (its folder is no package)

# (golden file, what stands there, what takes its place)
BREAKAGES = [
    ("request", b"\r\n", b"\n"),
    ("request", b"SUMMARY:", b"SUMMARY:" + b"x" * 70),
    ("request", "\u2013".encode(), "\u2013".encode()[:2] + b"\r\n "
     + "\u2013".encode()[2:]),
    ("request", b"METHOD:REQUEST\r\n", b"METHOD:PUBLISH\r\n"),
    ("request", b"METHOD:REQUEST\r\n", b""),
    ("request", b"TZID:America", b"TZID:/freeassociation.sourceforge.net/A"),
    ("request", b"TZID:America/New_York", b"TZID:Etc/GMT"),
    ("request", b"FREQ=WEEKLY;COUNT=6", b"FREQ=SECONDLY;COUNT=6"),
    ("request", b"RRULE:FREQ=WEEKLY;COUNT=6", b"RDATE:20261020T130000Z"),
    ("request", b"BYDAY=2SU", b"BYMONTHDAY=8;BYDAY=SU"),
    ("request", b"DTSTART;TZID=America/New_York:", b"DTSTART:"),
    ("request", b"\r\nDTSTAMP:20260921T141320Z", b""),
    ("request", b"\r\nSEQUENCE:0", b""),
    ("request", b"\r\nUID:", b"\r\nX-UID:"),
    ("request", b";RSVP=TRUE", b""),
    ("request", b"mailto:ann", b"ann"),
    ("request", b"STATUS:CONFIRMED", b"STATUS:CANCELLED"),
    ("request", b"END:VEVENT\r\n", b"END:VEVENT\r\nMETHOD:REQUEST\r\n"),
    ("request", b"TRANSP:OPAQUE\r\n", b"TRANSP:OPAQUE\r\nMETHOD:REQUEST\r\n"),
    ("request", b"TRANSP:OPAQUE\r\n", b"TRANSP:OPAQUE\r\n\r\n"),
    ("request", b"END:VCALENDAR", b"END:VEVENT"),
    ("cancel", b"STATUS:CANCELLED", b"STATUS:CONFIRMED"),
    ("request_changed", b"EXDATE;TZID=America/New_York:20261110T090000",
     b"EXDATE:20261110T140000Z"),
    ("request_changed", b"RECURRENCE-ID;", b"X-RECURRENCE-ID;"),
    ("feed", b"TRANSP:OPAQUE\r\n",
     b"TRANSP:OPAQUE\r\nATTENDEE:mailto:ann@example.com\r\n"),
    ("feed", b"DTSTAMP:2026092", b"DTSTAMP:2026102"),
    ("feed", b"X-PUBLISHED-TTL", b"X-TTL"),
]


def golden(name):
    with open(os.path.join(GOLDEN, name + ".ics"), "rb") as file:
        return file.read()


class Lint(unittest.TestCase):
    def test_every_golden_file_is_clean(self):
        paths = glob.glob(os.path.join(GOLDEN, "*.ics"))
        self.assertGreaterEqual(len(paths), 12)
        for path in paths:
            with self.subTest(os.path.basename(path)):
                with open(path, "rb") as file:
                    self.assertEqual(lint(file.read()), [])

    def test_every_breakage_is_found(self):
        for name, old, new in BREAKAGES:
            with self.subTest(name, old=old, new=new):
                good = golden(name)
                self.assertIn(old, good)
                self.assertNotEqual(lint(good.replace(old, new, 1)), [])


if __name__ == "__main__":
    unittest.main()
