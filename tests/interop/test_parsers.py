"""Every golden file is read by parsers that nobody here wrote, and where they
expand, they find the instants that stand beside it.

Parsers come from Debian packages; a missing one is skipped by name, but fewer
than three fail the test. The sweep takes a weekly series in every zone of the
system, written by tests/golden/test_vtimezone --print, and compares vobject's
expansion (dateutil over our VTIMEZONE) with Python's zoneinfo.
"""
import datetime
import glob
import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import unittest
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
GOLDEN = os.path.join(ROOT, "tests", "golden")
UTC = datetime.timezone.utc
SWEEP_START = datetime.datetime(2026, 9, 7, 9)
SWEEP_WEEKS = 60
TIME_LIMIT = 120

RUBY = r"""
require "stringio"
require "json"
require "icalendar"
out = ARGV.map do |path|
  calendars = Icalendar::Calendar.parse(File.open(path, "rb:utf-8"))
  raise "#{path}: #{calendars.size} calendars" unless calendars.size == 1
  calendars[0].events.map do |event|
    [event.uid.to_s, event.summary.to_s, event.dtstart.to_time.utc.to_i]
  end
end
puts JSON.generate(out)
"""

# The module predates RFC 7986 and says so for its three properties.
PERL = r"""
use Data::ICal;
use JSON::PP;
local $SIG{__WARN__} = sub {
  die $_[0] unless $_[0] =~
    /^Unknown property for .*: (?:conference|name|refresh-interval)\b/i;
};
my @out;
for my $path (@ARGV) {
  my $calendar = Data::ICal->new(filename => $path);
  die "$path: " . $calendar->error_message unless $calendar->isa("Data::ICal");
  push @out, [map { [$_->property("uid")->[0]->value,
                     $_->property("dtstart")->[0]->value] }
              grep { $_->ical_entry_type eq "VEVENT" }
              @{$calendar->entries}];
}
print encode_json(\@out);
"""


def has(module):
    return importlib.util.find_spec(module) is not None


def has_perl():
    return shutil.which("perl") is not None and subprocess.run(
        ["perl", "-MData::ICal", "-e", "1"], stderr=subprocess.DEVNULL,
        timeout=TIME_LIMIT, check=False).returncode == 0


def has_ruby():
    return shutil.which("ruby") is not None and subprocess.run(
        ["ruby", "-rstringio", "-ricalendar", "-e", "1"],
        stderr=subprocess.DEVNULL, timeout=TIME_LIMIT,
        check=False).returncode == 0


PARSERS = {
    "python3-icalendar": has("icalendar"),
    "python3-recurring-ical-events": has("recurring_ical_events"),
    "python3-vobject": has("vobject"),
    "ruby-icalendar": has_ruby(),
    "libdata-ical-perl": has_perl(),
}


def needs(*packages):
    missing = [name for name in packages if not PARSERS[name]]
    return unittest.skipIf(missing, "not installed: " + ", ".join(missing))


def paths():
    return sorted(glob.glob(os.path.join(GOLDEN, "*.ics")))


def text_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return file.read()


def instant(text):
    return datetime.datetime.strptime(
        text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


def expected(path):
    """(uid, start, end) of every session, in order."""
    with open(path[:-4] + ".json", encoding="utf-8") as file:
        document = json.load(file)
    return sorted((s["uid"], instant(s["start"]), instant(s["end"]))
                  for s in document["sessions"])


def uids(path):
    return {uid for uid, _, _ in expected(path)}


def utc(value):
    """A reader's time as UTC; a floating one is a fault of ours."""
    assert value.tzinfo is not None, "floating time %r" % value
    return value.astimezone(UTC)


def read_vobject(text):
    """Parse with nothing remembered from other files, so that the VTIMEZONE of
    this very text is what counts."""
    import vobject
    known = vars(vobject.icalendar)["__tzidMap"]
    for name in [name for name in known if name != "UTC"]:
        del known[name]
    return vobject.readOne(text)


def expand_vobject(calendar):
    """Masters expanded by dateutil; overrides, which vobject leaves to its caller,
    put in the place of the instance they name."""
    found, replaced = [], set()
    for event in calendar.vevent_list:
        if hasattr(event, "recurrence_id"):
            replaced.add((event.uid.value, utc(event.recurrence_id.value)))
            found.append((event.uid.value, utc(event.dtstart.value),
                          utc(event.dtend.value)))
    for event in calendar.vevent_list:
        if hasattr(event, "recurrence_id"):
            continue
        uid, length = event.uid.value, event.dtend.value - event.dtstart.value
        starts = [event.dtstart.value]
        if hasattr(event, "rrule"):
            starts = list(event.getrruleset())
        for start in starts:
            if (uid, utc(start)) not in replaced:
                found.append((uid, utc(start), utc(start) + length))
    return sorted(found)


def expand_recurring(text):
    import icalendar
    import recurring_ical_events
    calendar = icalendar.Calendar.from_ical(text)
    events = recurring_ical_events.of(calendar).between(
        datetime.datetime(2024, 1, 1), datetime.datetime(2030, 1, 1))
    return sorted((str(event["UID"]), utc(event["DTSTART"].dt),
                   utc(event["DTEND"].dt)) for event in events)


def run(command):
    done = subprocess.run(command, capture_output=True, timeout=TIME_LIMIT,
                          check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode("utf-8", "replace"))
    return json.loads(done.stdout)


class Golden(unittest.TestCase):
    def test_at_least_three_parsers_are_here(self):
        self.assertGreaterEqual(sum(PARSERS.values()), 3, PARSERS)

    def each(self, check):
        self.assertGreaterEqual(len(paths()), 12)
        for path in paths():
            with self.subTest(os.path.basename(path)):
                check(path)

    @needs("python3-vobject")
    def test_vobject_validates_and_expands(self):
        def check(path):
            calendar = read_vobject(text_of(path))
            self.assertTrue(calendar.validate(raiseException=True))
            self.assertEqual(expand_vobject(calendar), expected(path))
        self.each(check)

    @needs("python3-icalendar", "python3-recurring-ical-events")
    def test_recurring_ical_events_expands(self):
        self.each(lambda path: self.assertEqual(
            expand_recurring(text_of(path)), expected(path)))

    @needs("python3-icalendar")
    def test_icalendar_reads_without_errors(self):
        import icalendar

        def check(path):
            calendar = icalendar.Calendar.from_ical(text_of(path))
            for event in calendar.walk("VEVENT"):
                self.assertEqual(event.errors, [])
                self.assertIn(str(event["UID"]), uids(path))
        self.each(check)

    @needs("python3-icalendar")
    def test_what_is_newer_is_taken_and_nothing_else(self):
        """As Thunderbird compares what it has with what comes: SEQUENCE, then DTSTAMP."""
        import icalendar

        def revision(name):
            event = icalendar.Calendar.from_ical(
                text_of(os.path.join(GOLDEN, name + ".ics"))).walk("VEVENT")[0]
            return int(event["SEQUENCE"]), event["DTSTAMP"].dt

        def taken(names):
            held = None
            for name in names:
                if held is None or revision(name) > held:
                    held = revision(name)
                    yield name
        whole = ["request", "minor", "remove"], ["request", "minor", "request_changed", "cancel"]
        single = ["request", "override", "cancel_session", "cancel"],
        for life in (*whole, *single):
            self.assertEqual(list(taken(life)), life)
            for order in itertools.permutations(life):
                took = list(taken(order))
                self.assertEqual(took, sorted(took, key=life.index), order)
                self.assertEqual(took[-1], life[-1], order)
            self.assertEqual(list(taken(reversed(life))), life[-1:])

    @needs("ruby-icalendar")
    def test_ruby_reads(self):
        for path, events in zip(paths(), run(["ruby", "-e", RUBY] + paths())):
            with self.subTest(os.path.basename(path)):
                self.assertEqual({uid for uid, _, _ in events}, uids(path))
                known = {int(start.timestamp())
                         for _, start, _ in expected(path)}
                for _, summary, start in events:
                    self.assertTrue(summary)
                    if len(events) == 1:
                        self.assertIn(start, known)

    @needs("libdata-ical-perl")
    def test_perl_reads(self):
        for path, events in zip(paths(), run(["perl", "-e", PERL] + paths())):
            with self.subTest(os.path.basename(path)):
                self.assertEqual({uid for uid, _ in events}, uids(path))
                for _, start in events:
                    self.assertRegex(start, r"^\d{8}T\d{6}Z?$")


def built(name):
    """The newest build of a test program, or the one CAIRN_BUILD names."""
    folders = [os.environ["CAIRN_BUILD"]] if "CAIRN_BUILD" in os.environ \
        else glob.glob(os.path.join(ROOT, "build", "*"))
    programs = [os.path.join(folder, name) for folder in folders]
    return max(filter(os.path.exists, programs), key=os.path.getmtime,
               default=None)


class Sweep(unittest.TestCase):
    @needs("python3-vobject")
    def test_every_zone_of_the_system(self):
        program = built("tests/golden/test_vtimezone")
        if program is None:
            self.skipTest("tests/golden/test_vtimezone is not built")
        done = subprocess.run([program, "--print"], capture_output=True,
                              timeout=TIME_LIMIT, check=True)
        calendar = read_vobject(done.stdout.decode("utf-8"))
        names = {event.uid.value: event.summary.value
                 for event in calendar.vevent_list}
        found = {}
        for uid, start, _ in expand_vobject(calendar):
            found.setdefault(names[uid], []).append(start)
        self.assertGreater(len(found), 400)
        for name, starts in found.items():
            zone = zoneinfo.ZoneInfo(name)
            want = [(SWEEP_START + datetime.timedelta(weeks=week))
                    .replace(tzinfo=zone).astimezone(UTC)
                    for week in range(SWEEP_WEEKS)]
            with self.subTest(name):
                self.assertEqual(starts, want)
        links = zoneinfo.available_timezones() - set(found)
        self.assertLess(len(links), len(found))


if __name__ == "__main__":
    unittest.main()
