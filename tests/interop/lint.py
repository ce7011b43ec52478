"""Octet-level rules for the calendars Cairn sends.

`lint(octets)` returns a list of faults, empty for a good object; it shares no code
with the writers and parses no more than it must. Usable on files too:

    /usr/bin/python3 tests/interop/lint.py FILE.ics ...
"""
import re
import sys

MAX_LINE = 75
TZID_FORM = re.compile(r"[A-Z][A-Za-z0-9_+\-]*(/[A-Za-z0-9_+\-]+)*\Z")
UTC_TIME = re.compile(r"\d{8}T\d{6}Z\Z")
WALL_TIME = re.compile(r"\d{8}T\d{6}\Z")
CONTENT_LINE = re.compile(
    r'([A-Z][A-Z0-9-]*)((?:;[A-Z-]+=(?:"[^"]*"|[^";:,]*))*):(.*)\Z', re.S)
PARAMETER = re.compile(r';([A-Z-]+)=(?:"([^"]*)"|([^";:,]*))')
ONCE = ("UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "SUMMARY", "STATUS")
TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE")
FIRST = ["VERSION", "PRODID", "CALSCALE"]


class Line:
    """One unfolded content line."""

    def __init__(self, text):
        match = CONTENT_LINE.match(text)
        if match is None:
            raise ValueError("not a content line: %r" % text[:60])
        self.name, parameters, self.value = match.groups()
        self.parameters = {name: quoted or plain for name, quoted, plain
                           in PARAMETER.findall(parameters)}


class Component:
    def __init__(self, name):
        self.name, self.lines, self.parts = name, [], []

    def all(self, name):
        return [line for line in self.lines if line.name == name]

    def value(self, name):
        lines = self.all(name)
        return lines[0].value if lines else None

    def named(self, name):
        return [part for part in self.parts if part.name == name]


def unfold(octets, faults):
    """Physical lines by the octet, then logical lines as text."""
    if not octets.endswith(b"\r\n"):
        faults.append("the last line does not end in CRLF")
    if octets.count(b"\n") != octets.count(b"\r\n") or \
            octets.count(b"\r") != octets.count(b"\r\n"):
        faults.append("a line does not end in CRLF")
    logical = []
    for number, line in enumerate(octets.split(b"\r\n")[:-1], 1):
        if len(line) > MAX_LINE:
            faults.append("line %d has %d octets" % (number, len(line)))
        if not line:
            faults.append("line %d is empty" % number)
        try:
            line.decode("utf-8")
        except UnicodeDecodeError:
            faults.append("line %d splits or breaks UTF-8" % number)
        if re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line):
            faults.append("line %d has a control character" % number)
        if line[:1] in (b" ", b"\t"):
            if not logical:
                faults.append("the first line is a continuation")
            else:
                logical[-1] += line[1:]
        else:
            logical.append(line)
    return [line.decode("utf-8", "replace") for line in logical]


def parse(octets, faults):
    """A tree of components; None when BEGIN and END do not nest."""
    root = Component(None)
    stack = [root]
    for text in unfold(octets, faults):
        try:
            line = Line(text)
        except ValueError as fault:
            faults.append(str(fault))
            continue
        if line.name == "BEGIN":
            part = Component(line.value)
            stack[-1].parts.append(part)
            stack.append(part)
        elif line.name == "END":
            if len(stack) < 2 or stack.pop().name != line.value:
                faults.append("END:%s closes nothing" % line.value)
                return None
        elif stack[-1].parts and len(stack) == 2:
            faults.append("%s stands after a component" % line.name)
        else:
            stack[-1].lines.append(line)
    if len(stack) != 1 or len(root.parts) != 1 or root.lines or \
            root.parts[0].name != "VCALENDAR":
        faults.append("it is not exactly one VCALENDAR")
        return None
    return root.parts[0]


def lint_times(part, zones, faults):
    for line in part.lines:
        if line.name in ("DTSTAMP", "CREATED", "LAST-MODIFIED"):
            if line.parameters or not UTC_TIME.match(line.value):
                faults.append("%s is not in UTC" % line.name)
        elif line.name in TIMES:
            zone = line.parameters.get("TZID")
            form = UTC_TIME if zone is None else WALL_TIME
            if not form.match(line.value):
                faults.append("%s is floating or several" % line.name)
            if zone is not None and zone not in zones:
                faults.append("TZID %s has no VTIMEZONE" % zone)
    kinds = {line.parameters.get("TZID") for line in part.lines
             if line.name in ("EXDATE", "RRULE", "DTSTART")
             and line.name != "RRULE"}
    if len(kinds) > 1:
        faults.append("EXDATE and DTSTART differ in zone")


def lint_rule(part, faults):
    for line in part.all("RRULE"):
        if not re.match(r"FREQ=WEEKLY;COUNT=\d+\Z", line.value):
            faults.append("RRULE:%s is not a plain weekly one" % line.value)
    if part.all("RDATE"):
        faults.append("there is an RDATE")


def lint_people(part, method, faults):
    organizers, attendees = part.all("ORGANIZER"), part.all("ATTENDEE")
    if method is None:
        if organizers or attendees:
            faults.append("a feed names people")
        return
    if len(organizers) != 1 or len(attendees) != 1:
        faults.append("not exactly one ORGANIZER and one ATTENDEE")
    for line in organizers + attendees:
        if not re.match(r"mailto:[!-~]+@[A-Za-z0-9.-]+\Z", line.value):
            faults.append("%s is no mailto: address" % line.name)
        if "^" in line.parameters.get("CN", "^"):
            faults.append("%s has no CN, or one with ^" % line.name)
    for line in attendees:
        for name in ("CUTYPE", "ROLE", "PARTSTAT", "RSVP"):
            if name not in line.parameters:
                faults.append("ATTENDEE has no %s" % name)


def lint_event(part, method, zones, faults):
    for name in ONCE:
        if len(part.all(name)) != 1:
            faults.append("%s stands %d times" % (name, len(part.all(name))))
    uid = part.value("UID") or ""
    if not re.match(r"[!-~]{1,199}\Z", uid):
        faults.append("UID %r is not short ASCII" % uid)
    if not re.match(r"\d+\Z", part.value("SEQUENCE") or ""):
        faults.append("SEQUENCE is no number")
    status = "CANCELLED" if method == "CANCEL" else "CONFIRMED"
    if part.value("STATUS") != status:
        faults.append("STATUS is not %s" % status)
    if method is None and part.value("DTSTAMP") != part.value("LAST-MODIFIED"):
        faults.append("a feed's DTSTAMP is not its LAST-MODIFIED")
    if part.all("METHOD"):
        faults.append("METHOD stands in a VEVENT")
    lint_times(part, zones, faults)
    lint_rule(part, faults)
    lint_people(part, method, faults)


def lint_zone(part, faults):
    zone = part.value("TZID") or ""
    if not TZID_FORM.match(zone):
        faults.append("TZID %r is no IANA name" % zone)
    if len(part.parts) not in (1, 2):
        faults.append("VTIMEZONE %s has %d rules" % (zone, len(part.parts)))
    for side in part.parts:
        rule = side.value("RRULE")
        if rule is not None and "BYMONTHDAY" in rule:
            faults.append("VTIMEZONE %s has a BYMONTHDAY" % zone)
        if not WALL_TIME.match(side.value("DTSTART") or ""):
            faults.append("VTIMEZONE %s starts in no local time" % zone)
        if side.all("RDATE"):
            faults.append("VTIMEZONE %s has an RDATE" % zone)


def lint_head(calendar, faults):
    names = [line.name for line in calendar.lines]
    method = calendar.value("METHOD")
    if names[:3] != FIRST:
        faults.append("it does not begin with VERSION, PRODID, CALSCALE")
    if method is not None:
        if method not in ("REQUEST", "CANCEL") or names[3:] != ["METHOD"]:
            faults.append("METHOD:%s, or more beside it" % method)
    else:
        for name in ("NAME", "X-WR-CALNAME", "REFRESH-INTERVAL",
                     "X-PUBLISHED-TTL"):
            if name not in names:
                faults.append("the feed has no %s" % name)
    return method


def lint(octets):
    """All faults of one object, as sentences."""
    faults = []
    calendar = parse(octets, faults)
    if calendar is None:
        return faults
    method = lint_head(calendar, faults)
    zones = [part.value("TZID") for part in calendar.named("VTIMEZONE")]
    if len(set(zones)) != len(zones):
        faults.append("a zone is defined twice")
    for part in calendar.named("VTIMEZONE"):
        lint_zone(part, faults)
    events = calendar.named("VEVENT")
    for part in events:
        lint_event(part, method, zones, faults)
    if method is not None and len({e.value("UID") for e in events}) != 1:
        faults.append("a message does not have exactly one UID")
    identities = [(e.value("UID"), e.value("RECURRENCE-ID")) for e in events]
    if len(set(identities)) != len(identities):
        faults.append("a session is described twice")
    return faults


def main(paths):
    bad = False
    for path in paths:
        with open(path, "rb") as file:
            for fault in lint(file.read()):
                print("%s: %s" % (path, fault))
                bad = True
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
