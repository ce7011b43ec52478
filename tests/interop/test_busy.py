"""Busy times of 741 calendars that others wrote, against python3-icalendar with
python3-recurring-ical-events, which share no code with Cairn.

The judge here expands with that library and applies the same policy (what is
transparent, cancelled, all-day). Where the two differ, EXPLAINED says why and how often;
a difference that nobody explained fails. Skipped where the calendars are absent.
"""
import collections
import datetime
import glob
import os
import subprocess
import unittest
import warnings
import zoneinfo

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("CAIRN_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
FOREIGN = os.path.join(SHARED, "data", "ics")
PROGRAM = os.path.join(os.environ.get("CAIRN_BUILD", os.path.join(ROOT, "build", "asan")),
                       "tests", "golden", "test_busy")
UTC = datetime.timezone.utc
ZONE = "America/New_York"
MEMBER = zoneinfo.ZoneInfo(ZONE)
LATE = (datetime.datetime(2026, 1, 1, tzinfo=UTC), datetime.datetime(2027, 1, 1, tzinfo=UTC))
DAY = datetime.timedelta(days=1)
EARLIEST = datetime.datetime(1991, 1, 1, tzinfo=UTC)


def instant(value):
    """A date or time of the library as an instant; floating ones in the member's zone."""
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if value.tzinfo is None:
        value = value.replace(tzinfo=MEMBER)
    return value.astimezone(UTC)


def blocks(event, calendar):
    is_date = not isinstance(event["DTSTART"].dt, datetime.datetime)
    text = {name: str(event.get(name, "")).upper() for name in
            ("STATUS", "TRANSP", "X-MICROSOFT-CDO-BUSYSTATUS")}
    if str(calendar.get("METHOD", "")).upper() == "CANCEL" or text["STATUS"] == "CANCELLED":
        return False
    if text["X-MICROSOFT-CDO-BUSYSTATUS"]:
        return text["X-MICROSOFT-CDO-BUSYSTATUS"] not in ("FREE", "WORKINGELSEWHERE")
    return not is_date if not text["TRANSP"] else text["TRANSP"] != "TRANSPARENT"


def merge(spans, start, end):
    out = []
    for begin, stop in sorted((max(b, start), min(e, end)) for b, e in spans):
        if begin >= stop:
            continue
        if out and begin <= out[-1][1]:
            out[-1][1] = max(out[-1][1], stop)
        else:
            out.append([begin, stop])
    return [tuple(span) for span in out]


def foreign(calendars, window):
    """What the library finds; whatever it raises goes to the caller."""
    import recurring_ical_events
    start, end = window
    spans = []
    for calendar in calendars:
        for event in recurring_ical_events.of(calendar).between(start - 3 * DAY, end + 3 * DAY):
            if not blocks(event, calendar):
                continue
            begin = event["DTSTART"].dt
            stop = event["DTEND"].dt if "DTEND" in event else begin
            if not isinstance(begin, datetime.datetime) and stop == begin:
                stop = begin + DAY
            spans.append((instant(begin), instant(stop)))
    return merge(spans, start, end)


def ours(rows):
    """One answer for each (path, window): intervals, or None for what is no calendar."""
    lines = "".join(f"{text(start)} {text(end)} {path}\n" for path, (start, end) in rows)
    done = subprocess.run([PROGRAM, "--print", ZONE], input=lines.encode(), capture_output=True,
                          timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode("utf-8", "replace"))
    answers = done.stdout.decode().split("\n")[:-1]
    return [None if a == "none" else spans([int(n) for n in a.split()]) for a in answers]


def spans(numbers):
    times = [datetime.datetime.fromtimestamp(n, UTC) for n in numbers]
    return list(zip(times[::2], times[1::2]))


def text(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def first_window(calendars):
    starts = [instant(e["DTSTART"].dt) for c in calendars for e in c.walk("VEVENT")
              if "DTSTART" in e]
    start = max(min(starts) - DAY, EARLIEST) if starts else EARLIEST
    start = min(start, LATE[0]).replace(hour=0, minute=0, second=0, microsecond=0)
    return start, start + 500 * DAY


# Why the two differ. The standard, or what people expect, is on our side in all of them.
UNTIL = "UNTIL is inclusive, and a local one is local (RFC 5545, 3.3.10)"
PATH = "a TZID that ends in an IANA name means that zone; the library takes another"
OWN = "the zone is the file's own VTIMEZONE; the library takes another"
HOURS = "VAVAILABILITY, which the library does not know"
UTC_RULE = "a rule in UTC stays in UTC; the library moves it into X-WR-TIMEZONE"
NOBODY = "a zone that nobody knows: the member's (and a note), in the library UTC"
EXPLAINED = {
    "allenporter__ical/4beff054_google_calendar_invalid_offset.ics":
        "an EXDATE that is a date takes away what begins on it",
    "allenporter__ical/a1a43948_datetime_vtimezone.ics": OWN,
    "collective__icalendar/04884b27_issue_1050_all_components.ics": HOURS,
    "collective__icalendar/19e658fa_issue_313_globally_unique_tzid.ics": PATH,
    "collective__icalendar/1baf63c4_rfc_7953_3.ics": HOURS,
    "collective__icalendar/bfcd332e_issue_466_convert_tzid_with_slash.ics": PATH,
    "collective__icalendar/ee5a149d_rfc_7953_1.ics": HOURS,
    "collective__icalendar/c5ccfeb2_event_with_recurrence.ics":
        "a floating series stays on the member's wall; the library moves it to its EXDATEs' UTC",
    "eventable__vobject/d61c3b2a_recurrence.ics": UNTIL,
    "ical4j__ical4j/141991b8_talios.ics": PATH,
    "ical4j__ical4j/3d85e7bf_friday13-NOT.ics": "EXRULE, which the library does not know",
    "ical4j__ical4j/7944d248_blankTzid.ics": OWN,
    "ical4j__ical4j/846a8272_phpicalendar_sample.ics": PATH,
    "ical4j__ical4j/bf98173d_evolution.ics": PATH,
    "ical4j__ical4j/fc316565_korganizer_sample.ics":
        "DTSTART counts towards COUNT, also where it does not fit the rule",
    "icalendar__icalendar/ad314fbf_single_event_bad_dtstart.ics":
        "DTSTART is a date, so it is an all-day event that does not say it is opaque",
    "jens-maus__node-ical/4cefe8b7_bad_ms_tz.ics": OWN,
    "jens-maus__node-ical/58d071ba_recurrence-sequence.ics":
        "two overrides of one day are two, also where they name no instance",
    "jens-maus__node-ical/abebd8eb_windows-quoted-tz-rrule.ics": NOBODY,
    "jens-maus__node-ical/ac6ffe8e_biweekly-exdate-until.ics": UTC_RULE,
    "jens-maus__node-ical/b45396a5_non-utc-until-ny.ics": UNTIL,
    "pimutils__khal/02795cae_event_dtr_no_tz_exdatez.ics": NOBODY,
    "pimutils__khal/db91cf19_event_dt_mixed_awareness.ics":
        "a time with Z is UTC, whatever TZID says",
}


@unittest.skipUnless(os.path.isdir(FOREIGN), "no calendars beside this checkout")
class Busy(unittest.TestCase):
    def test_every_foreign_calendar(self):
        """Equal over two windows, or explained; and an answer for every file."""
        try:
            import icalendar
            import recurring_ical_events  # noqa: F401
        except ImportError as error:
            self.skipTest(str(error))
        warnings.simplefilter("ignore")
        paths = sorted(glob.glob(os.path.join(FOREIGN, "*", "*")))
        self.assertEqual(len(paths), 741)
        asked, theirs = [], []
        for path in paths:
            for window, found in self.judge(icalendar, path):
                asked.append((path, window))
                theirs.append(found)
        rows = []
        for (path, _), mine, found in zip(asked, ours(asked), theirs, strict=True):
            verdict = ("alone" if found is None or mine is None else
                       "equal" if mine == found else "different")
            rows.append((os.path.relpath(path, FOREIGN), verdict,
                         len(mine) if verdict == "equal" else 0))
        count = collections.Counter(verdict for _, verdict, _ in rows)
        print(f"windows: {dict(count)}; {sum(n for _, _, n in rows)} equal intervals")
        different = {name for name, verdict, _ in rows if verdict == "different"}
        self.assertEqual(different - set(EXPLAINED), set())
        self.assertEqual(set(EXPLAINED) - different, set(), "explained, but equal")
        self.assertGreater(count["equal"], 850)

    @staticmethod
    def judge(icalendar, path):
        """(window, intervals; None where the library gives up) of each window."""
        with open(path, "rb") as file:
            octets = file.read()
        try:
            calendars = icalendar.Calendar.from_ical(octets, multiple=True)
            windows = (first_window(calendars), LATE)
        except Exception:  # it raises anything on broken files
            return [(LATE, None)]
        found = []
        for window in windows:
            try:
                found.append((window, foreign(calendars, window)))
            except Exception:
                found.append((window, None))
        return found


if __name__ == "__main__":
    unittest.main()
