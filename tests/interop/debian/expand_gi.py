"""Every session of calendars, as libical or Evolution's libecal finds it, through their
bindings:

    /usr/bin/python3 expand_gi.py libical|libecal FILE.ics ... -> [[[uid, start, end], ...], ...]

libical expands one component; its overrides are put in place here, as every user of it must.
"""
import json
import sys

import gi
gi.require_version("ECal", "2.0")
gi.require_version("ICalGLib", "3.0")
from gi.repository import ECal, ICalGLib  # noqa: E402

FROM, TO = (ICalGLib.Time.new_from_string(t) for t in ("20240101T000000Z", "20330101T000000Z"))
UTC = ICalGLib.Timezone.get_utc_timezone()
KIND = ICalGLib.ComponentKind.VEVENT_COMPONENT
ID = ICalGLib.PropertyKind.RECURRENCEID_PROPERTY


def instant(root, prop, time):
    tzid = prop.get_first_parameter(ICalGLib.ParameterKind.TZID_PARAMETER)
    zone = root.get_timezone(tzid.get_tzid()) if tzid else UTC
    return time.as_timet_with_zone(zone)


def events(root):
    event = root.get_first_component(KIND)
    while event:
        yield event
        event = root.get_next_component(KIND)


def by_libical(root, event):
    found = []
    event.foreach_recurrence(FROM, TO, lambda _, span, __: found.append(
        (span.get_start(), span.get_end())), None)
    return found


def by_libecal(root, event):
    found, zones = [], {}

    def zone(tzid, *_):
        return zones.setdefault(tzid, root.get_timezone(tzid))

    def take(_, start, end, *__):
        found.append((start.as_timet_with_zone(start.get_timezone()),
                      end.as_timet_with_zone(end.get_timezone())))
        return True
    ECal.recur_generate_instances_sync(event, FROM, TO, take, None, zone, None, UTC, None)
    return found


def expand(root, one):
    found, moved = [], set()
    every = list(events(root))
    for event in every:
        prop = event.get_first_property(ID)
        if prop:
            uid = event.get_uid()
            moved.add((uid, instant(root, prop, event.get_recurrenceid())))
            start, end = (event.get_first_property(k) for k in (
                ICalGLib.PropertyKind.DTSTART_PROPERTY, ICalGLib.PropertyKind.DTEND_PROPERTY))
            found.append((uid, instant(root, start, event.get_dtstart()),
                          instant(root, end, event.get_dtend())))
    for event in every:
        if not event.get_first_property(ID):
            uid = event.get_uid()
            found += [(uid, s, e) for s, e in one(root, event) if (uid, s) not in moved]
    return found


def main(party, *paths):
    one = {"libical": by_libical, "libecal": by_libecal}[party]
    out = []
    for path in paths:
        with open(path, encoding="utf-8", newline="") as file:
            out.append(expand(ICalGLib.Component.new_from_string(file.read()), one))
    print(json.dumps(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
