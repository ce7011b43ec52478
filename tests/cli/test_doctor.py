"""The invitation doctor: what Cairn writes is sound, every rule finds its fault, and
nothing that others wrote brings it down."""
import base64
import email.message
import email.policy
import glob
import json
import os
import re
import tempfile
import unittest

from tests.cli.helper import ROOT, SHARED, cairn

GOLDEN = os.path.join(ROOT, "tests", "golden")
FOREIGN = os.path.join(SHARED, "data", "ics")


def golden(name):
    with open(os.path.join(GOLDEN, name + ".ics"), "rb") as file:
        return file.read()


def codes():
    """Every code of the table but those that are looked at by hand."""
    with open(os.path.join(ROOT, "calendars", "doctor.def"), encoding="utf-8") as file:
        return {name.lower().replace("_", "-") for name, severity in
                re.findall(r"^DOCTOR\((\w+), (\w+),", file.read(), re.M) if severity != "HAND"}


REQUEST, CANCEL, FEED = golden("request"), golden("cancel"), golden("feed")
CHANGED = golden("request_changed")
SINGLE = golden("single")
PUBLISHED = re.sub(rb"(ATTENDEE|ORGANIZER)[^\r]*\r\n( [^\r]*\r\n)*", b"",
                   SINGLE.replace(b"METHOD:REQUEST", b"METHOD:PUBLISH"))
EVENT = re.search(rb"BEGIN:VEVENT.*?END:VEVENT\r\n", REQUEST, re.S).group()
ZONE = re.search(rb"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r\n", REQUEST, re.S).group()
ZONED = b";TZID=America/New_York:20261020T090000"

# (code, a good text, what stands there, what takes its place): each brings its finding.
CASES = [
    ("no-calendar", REQUEST, REQUEST, b"hello\r\n"),
    ("several-calendars", REQUEST, b"END:VCALENDAR\r\n", b"END:VCALENDAR\r\n" + FEED),
    ("line-end", REQUEST, b"\r\n", b"\n"),
    ("line-long", REQUEST, b"SUMMARY:", b"SUMMARY:" + b"x" * 70),
    ("fold-splits-character", REQUEST, "\u2013".encode(),
     "\u2013".encode()[:1] + b"\r\n " + "\u2013".encode()[1:]),
    ("not-utf8", REQUEST, "\u2013".encode(), b"\xff"),
    ("byte-order-mark", REQUEST, b"BEGIN:VCALENDAR", b"\xef\xbb\xbfBEGIN:VCALENDAR"),
    ("control-character", REQUEST, b"SUMMARY:", b"SUMMARY:\x07"),
    ("empty-line", REQUEST, b"SUMMARY:", b"\r\nSUMMARY:"),
    ("leading-space", REQUEST, b"BEGIN:VCALENDAR", b" BEGIN:VCALENDAR"),
    ("not-a-line", REQUEST, b"SUMMARY:", b"a session\r\nSUMMARY:"),
    ("quote-open", REQUEST, b"CN=Ann Example", b"CN=\"Ann Example"),
    ("end-alone", REQUEST, b"END:VCALENDAR", b"END:VTODO\r\nEND:VCALENDAR"),
    ("not-closed", REQUEST, b"END:VEVENT\r\n", b""),
    ("outside", REQUEST, b"END:VCALENDAR\r\n", b"END:VCALENDAR\r\nX-A:1\r\n"),
    ("too-deep", REQUEST, b"END:VEVENT", b"BEGIN:X\r\n" * 9 + b"END:X\r\n" * 9 + b"END:VEVENT"),
    ("version-missing", REQUEST, b"VERSION:2.0\r\n", b""),
    ("prodid-missing", REQUEST, b"PRODID:", b"X-PRODID:"),
    ("calscale-foreign", REQUEST, b"GREGORIAN", b"JULIAN"),
    ("method-absent", REQUEST, b"METHOD:REQUEST\r\n", b""),
    ("method-unknown", REQUEST, b"METHOD:REQUEST", b"METHOD:INVITE"),
    ("method-in-component", REQUEST, b"SUMMARY:", b"METHOD:REQUEST\r\nSUMMARY:"),
    ("method-late", REQUEST.replace(b"METHOD:REQUEST\r\n", b""), b"END:VEVENT\r\n",
     b"END:VEVENT\r\nMETHOD:REQUEST\r\n"),
    ("property-late", REQUEST, b"END:VEVENT\r\n", b"END:VEVENT\r\nX-WR-TIMEZONE:UTC\r\n"),
    ("no-component", REQUEST, EVENT, b""),
    ("several-uids", REQUEST, EVENT, EVENT + EVENT.replace(b"UID:0192", b"UID:0193")),
    ("publish-names-people", REQUEST, b"METHOD:REQUEST", b"METHOD:PUBLISH"),
    ("publish-is-copy", PUBLISHED, b"", b""),
    ("feed-empty", re.sub(rb"BEGIN:V[ET].*END:V(EVENT|TIMEZONE)\r\n", b"", FEED, flags=re.S), b"", b""),
    ("feed-name-missing", FEED, b"\r\nNAME:", b"\r\nX-NAME:"),
    ("feed-refresh-missing", FEED, b"X-PUBLISHED-TTL", b"X-TTL"),
    ("feed-revision-missing", FEED, b"LAST-MODIFIED", b"X-LAST-MODIFIED"),
    ("uid-missing", REQUEST, b"\r\nUID:", b"\r\nX-UID:"),
    ("uid-form", REQUEST, b"\r\nUID:", b"\r\nUID:not so random "),
    ("event-twice", REQUEST, EVENT, EVENT + EVENT),
    ("dtstamp-missing", REQUEST, b"DTSTAMP:", b"X-DTSTAMP:"),
    ("dtstamp-not-utc", REQUEST, b"DTSTAMP:20260921T141320Z", b"DTSTAMP:20260921T141320"),
    ("sequence-missing", REQUEST, b"SEQUENCE:0\r\n", b""),
    ("sequence-form", REQUEST, b"SEQUENCE:0", b"SEQUENCE:abc"),
    ("property-twice", REQUEST, b"SUMMARY:", b"SUMMARY:Other\r\nSUMMARY:"),
    ("start-missing", REQUEST, b"\r\nDTSTART;", b"\r\nX-DTSTART;"),
    ("time-form", SINGLE, b"\r\nDTSTART:2026", b"\r\nDTSTART:202613"),
    ("time-floating", REQUEST, b"DTSTART" + ZONED, b"DTSTART:20261020T090000"),
    ("tzid-undefined", REQUEST, ZONE, b""),
    ("tzid-not-iana", REQUEST, b"America/New_York", b"/example.org/America/New_York"),
    ("end-and-duration", REQUEST, b"SUMMARY:", b"DURATION:PT1H\r\nSUMMARY:"),
    ("end-before-start", REQUEST, b":20261020T100000", b":20261020T080000"),
    ("duration-used", REQUEST, b"DTEND;TZID=America/New_York:20261020T100000",
     b"DURATION:PT1H"),
    ("time-in-gap", REQUEST, ZONED, b";TZID=America/New_York:20260308T023000"),
    ("time-in-overlap", REQUEST, ZONED, b";TZID=America/New_York:20261101T013000"),
    ("zone-wrong", REQUEST, b"TZOFFSETTO:-0400", b"TZOFFSETTO:-0300"),
    ("zone-incomplete", REQUEST, b"TZOFFSETFROM:-0400\r\n", b""),
    ("zone-twice", REQUEST, ZONE, ZONE + ZONE),
    ("zone-start-not-local", REQUEST, b"DTSTART:19701101T020000", b"DTSTART:19701101T020000Z"),
    ("zone-rdate", REQUEST, b"RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11",
     b"RDATE:20261101T020000"),
    ("zone-day-twice", REQUEST, b"BYDAY=1SU", b"BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=SU"),
    ("zone-history", REQUEST, b"END:VTIMEZONE", b"BEGIN:STANDARD\r\nDTSTART:19180101T000000\r\n"
     b"TZOFFSETFROM:-0500\r\nTZOFFSETTO:-0500\r\nEND:STANDARD\r\nEND:VTIMEZONE"),
    ("rule-form", REQUEST, b"FREQ=WEEKLY", b"FREQ=SOMETIMES"),
    ("rule-count-and-until", REQUEST, b"COUNT=6", b"COUNT=6;UNTIL=20270101T000000Z"),
    ("rule-until-form", REQUEST, b"COUNT=6", b"UNTIL=20270101T000000"),
    ("rule-below-daily", REQUEST, b"FREQ=WEEKLY", b"FREQ=HOURLY"),
    ("rdate-used", REQUEST, b"SUMMARY:", b"RDATE" + ZONED + b"\r\nSUMMARY:"),
    ("exdate-kind", CHANGED, b"EXDATE;TZID=America/New_York:20261110T090000",
     b"EXDATE:20261110T140000Z"),
    ("exdate-several", CHANGED, b"EXDATE;TZID=America/New_York:20261110T090000",
     b"EXDATE;TZID=America/New_York:20261110T090000,20261117T090000"),
    ("override-kind", CHANGED, b"RECURRENCE-ID;TZID=America/New_York:20261103T090000",
     b"RECURRENCE-ID:20261103T140000Z"),
    ("override-alone", golden("override").replace(b"METHOD:REQUEST\r\n", b""), b"", b""),
    ("organizer-missing", REQUEST, b"\r\nORGANIZER;", b"\r\nX-ORGANIZER;"),
    ("reply-without-organizer", REQUEST.replace(b"REQUEST", b"REPLY"), b"\r\nORGANIZER;",
     b"\r\nX-ORGANIZER;"),
    ("attendee-missing", REQUEST, b"\r\nATTENDEE;", b"\r\nX-ATTENDEE;"),
    ("address-form", REQUEST, b"mailto:ann", b"ann"),
    ("rsvp-missing", REQUEST, b";RSVP=TRUE", b""),
    ("attendee-short", REQUEST, b"CUTYPE=INDIVIDUAL;", b""),
    ("name-caret", REQUEST, b"CN=Ann Example", b"CN=Ann ^'E^'"),
    ("status-unknown", REQUEST, b"STATUS:CONFIRMED", b"STATUS:SURE"),
    ("cancel-as-request", CANCEL, b"METHOD:CANCEL", b"METHOD:REQUEST"),
    ("cancel-status", CANCEL, b"STATUS:CANCELLED\r\n", b""),
    ("alarm-sent", REQUEST, b"END:VEVENT", b"BEGIN:VALARM\r\nEND:VALARM\r\nEND:VEVENT"),
]


def part(kind, body, *fields, encoding="base64"):
    text = base64.encodebytes(body).replace(b"\n", b"\r\n") if encoding == "base64" else body
    head = [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", *fields]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + text + b"\r\n"


def multipart(kind, mark, *parts):
    return (f"Content-Type: multipart/{kind}; boundary=\"{mark}\"\r\n\r\n".encode()
            + b"".join(b"--" + mark.encode() + b"\r\n" + p for p in parts)
            + b"--" + mark.encode() + b"--\r\n")


HEAD = (b"From: Cairn <cohorts@cairn.example.org>\r\nTo: \"Example, Ann\" <ann@example.com>\r\n"
        b"Subject: Your sessions\r\nMIME-Version: 1.0\r\n")
TEXT = part("text/plain; charset=UTF-8", b"Tuesdays at 14:00, your time.\r\n")
CALENDAR = part("text/calendar; charset=UTF-8; method=REQUEST", REQUEST)
ATTACHED = part("application/ics; name=invite.ics", REQUEST,
                "Content-Disposition: attachment; filename=invite.ics")
MAIL = HEAD + multipart("mixed", "m", multipart("alternative", "a", TEXT, CALENDAR), ATTACHED)


def inside(body):
    """The good mail with another calendar in both of its parts."""
    return HEAD + multipart(
        "mixed", "m", multipart("alternative", "a", TEXT, part(
            "text/calendar; charset=UTF-8; method=REQUEST", body)),
        part("application/ics; name=invite.ics", body, "Content-Disposition: attachment"))


MAILS = [
    ("mail-form", MAIL, b"--m--\r\n", b""),
    ("mail-no-calendar", HEAD + TEXT, b"", b""),
    ("mail-method-missing", MAIL, b"; method=REQUEST", b""),
    ("mail-method-other", MAIL, b"method=REQUEST", b"method=PUBLISH"),
    ("method-missing", inside(REQUEST.replace(b"METHOD:REQUEST\r\n", b"")), b"", b""),
    ("mail-charset", MAIL, b"text/calendar; charset=UTF-8", b"text/calendar"),
    ("mail-disposition", MAIL, b"method=REQUEST\r\n",
     b"method=REQUEST\r\nContent-Disposition: inline\r\n"),
    ("mail-structure", HEAD + multipart("mixed", "m", TEXT, CALENDAR), b"", b""),
    ("mail-text-missing", HEAD + multipart("alternative", "a", CALENDAR), b"", b""),
    ("mail-parts-differ", HEAD + multipart(
        "mixed", "m", multipart("alternative", "a", TEXT, CALENDAR),
        part("application/ics", CHANGED)), b"", b""),
    ("mail-encoding", HEAD + multipart("alternative", "a", TEXT, part(
        "text/calendar; charset=UTF-8; method=REQUEST", REQUEST, encoding="8bit")), b"", b""),
    ("mail-recipient", MAIL, b"<ann@example.com>", b"<ben@example.com>"),
    ("mail-organizer", MAIL, b"<cohorts@", b"<robot@"),
]

NEWER = CHANGED
# (code, before, after)
REVISIONS = [
    ("revision-uid", REQUEST, NEWER.replace(b"UID:0192", b"UID:0193")),
    ("revision-fell", NEWER, REQUEST),
    ("revision-not-raised", REQUEST, NEWER.replace(b"SEQUENCE:2", b"SEQUENCE:0")),
    ("revision-for-words", REQUEST,
     REQUEST.replace(b"SEQUENCE:0", b"SEQUENCE:1").replace(b"DTSTAMP:2026", b"DTSTAMP:2027")),
    ("revision-stamp", REQUEST, REQUEST),
]


class Doctor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def write(self, name, octets):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(octets)
        return path

    def examine(self, *args):
        done = cairn("doctor", "--json", *args)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return json.loads(done.stdout)

    def found(self, paths):
        return [{f["code"]: f for f in report["findings"]} for report in self.examine(*paths)]

    def test_what_cairn_writes_is_sound(self):
        paths = sorted(glob.glob(os.path.join(GOLDEN, "*.ics")))
        self.assertGreaterEqual(len(paths), 12)
        for report in self.examine(*paths):
            self.assertEqual((report["verdict"], report["findings"]), ("sound", []),
                             report["file"])

    def test_a_good_mail_is_sound(self):
        library = email.message.EmailMessage(policy=email.policy.SMTP)
        library["From"], library["To"] = "cohorts@cairn.example.org", "ann@example.com"
        library.set_content("Tuesdays at 14:00, your time.")
        library.add_alternative(REQUEST, "text", "calendar", cte="base64",
                                params={"method": "REQUEST", "charset": "UTF-8"})
        for name, octets in (("own.eml", MAIL), ("library.eml", library.as_bytes())):
            with self.subTest(name):
                (report,) = self.examine(self.write(name, octets))
                self.assertEqual((report["kind"], report["verdict"], report["findings"]),
                                 ("mail", "sound", []))

    def test_every_rule_finds_its_fault(self):
        paths = []
        for i, (code, good, old, new) in enumerate(CASES + MAILS):
            self.assertIn(old, good, code)
            count = -1 if len(old) < 3 or b"America" in old else 1
            bad = good.replace(old, new, count) if old else good
            paths.append(self.write(f"{i:03}-{code}.{'eml' if i >= len(CASES) else 'ics'}", bad))
        for (code, *_), findings in zip(CASES + MAILS, self.found(paths)):
            with self.subTest(code):
                self.assertIn(code, findings)
                for field in ("wrong", "cure", "breaks", "clause"):
                    self.assertTrue(findings[code][field])

    def test_revisions(self):
        for code, before, after in REVISIONS:
            with self.subTest(code):
                (findings,) = self.found(["--before", self.write("a.ics", before),
                                          self.write("b.ics", after)])
                self.assertIn(code, findings)
        mails = self.write("a.eml", MAIL), self.write("b.eml", inside(NEWER))
        for before, after in (mails, (self.write("a.ics", REQUEST), self.write("b.ics", NEWER))):
            self.assertEqual(self.found(["--before", before, after]), [{}])

    def test_no_rule_is_without_a_case(self):
        self.assertEqual(codes(), {row[0] for row in CASES + MAILS + REVISIONS})

    def test_words_and_exit_status(self):
        bad = self.write("bad.ics", REQUEST.replace(b";RSVP=TRUE", b"").replace(b"mailto:ann", b"ann"))
        done = cairn("doctor", bad)
        self.assertEqual(done.returncode, 1)
        self.assertIn(f"{bad}:38: error: an address does not begin with mailto: [address-form]",
                      done.stdout)
        self.assertIn("broken: calendar REQUEST, errors 1, warnings 1, advice 0", done.stdout)
        self.assertEqual(cairn("doctor", os.path.join(GOLDEN, "feed.ics")).returncode, 0)
        self.assertEqual(cairn("doctor", os.path.join(self.folder, "none.ics")).returncode, 2)
        self.assertEqual(cairn("doctor").returncode, 2)

    @unittest.skipUnless(os.path.isdir(FOREIGN), "no calendars beside this checkout")
    def test_a_verdict_for_every_foreign_file(self):
        paths = sorted(path for path in glob.glob(os.path.join(FOREIGN, "*", "*")))
        self.assertEqual(len(paths), 741)
        reports = self.examine(*paths)
        self.assertEqual([r["file"] for r in reports], paths)
        for report in reports:
            self.assertIn(report["verdict"], ("sound", "risky", "broken"))
            self.assertEqual(report["verdict"] == "broken", report["errors"] > 0)


if __name__ == "__main__":
    unittest.main()
