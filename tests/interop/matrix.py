"""make interop: parsers that nobody here wrote, over every zone name and every golden
file, and the page that says how it went.

    /usr/bin/python3 tests/interop/matrix.py BUILD FOLDER

BUILD is a build's folder; FOLDER is where npm puts its packages (kept, so that a second
run does not fetch them again). Every name of the system's zone data, links too, has a
weekly series over two years, written by Cairn; its instants must be the same for Cairn's
own resolver, Python's zoneinfo, ical.js, python3-vobject, and python3-icalendar with
python3-recurring-ical-events. One wrong instant fails, and the page is not written.
"""
import collections
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import zoneinfo

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path[:0] = [HERE, ROOT]

import test_parsers as parsers  # noqa: E402

PAGE = os.path.join(ROOT, "docs", "calendars.md")
BEGIN, END = "<!-- made by make interop -->", "<!-- end -->"
WEEKS = 104
FIRST = datetime.datetime(2026, 9, 7, 9)
UTC = datetime.timezone.utc
ZONEINFO = "/usr/share/zoneinfo/tzdata.zi"
SECONDS = 1800


def run(command, **more):
    done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False, **more)
    if done.returncode != 0:
        raise SystemExit(f"{command[0]}: {done.stderr.decode('utf-8', 'replace')[-2000:]}")
    return done.stdout.decode("utf-8")


def zone_names():
    """(every name of the system's zone data but Factory, its release)."""
    with open(ZONEINFO, encoding="ascii") as file:
        text = file.read()
    names = re.findall(r"^Z (\S+)", text, re.M) + re.findall(r"^L \S+ (\S+)", text, re.M)
    return sorted(set(names) - {"Factory"}), re.search(r"# version (\S+)", text).group(1)


def by_zoneinfo(names):
    return {name: [int((FIRST + datetime.timedelta(weeks=week))
                       .replace(tzinfo=zoneinfo.ZoneInfo(name)).timestamp())
                   for week in range(WEEKS)] for name in names}


def by_name(rows):
    found = collections.defaultdict(list)
    for name, start in rows:
        found[name].append(start)
    return {name: sorted(starts) for name, starts in found.items()}


def sweep(build, node):
    """Party -> name -> instants."""
    names, release = zone_names()
    program = os.path.join(build, "tests", "golden", "test_vtimezone")
    text = "\n".join(names).encode() + b"\n"
    feed = run([program, "--feed", str(WEEKS)], input=text)
    path = os.path.join(node, "zones.ics")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(feed)
    found = {}
    found["Cairn's resolver"] = {
        line.split()[0]: [int(n) for n in line.split()[1:]]
        for line in run([program, "--instants", str(WEEKS)], input=text).splitlines()}
    found["Python's zoneinfo"] = by_zoneinfo(names)
    found["ical.js"] = by_name((summary, start) for _, summary, start, _ in npm(
        node, "ical.js", [path])[0])
    calendar = parsers.read_vobject(feed)
    summary = {e.uid.value: e.summary.value for e in calendar.vevent_list}
    found["python3-vobject"] = by_name((summary[uid], int(start.timestamp()))
                                       for uid, start, _ in parsers.expand_vobject(calendar))
    found["python3-icalendar, python3-recurring-ical-events"] = by_name(
        (summary[uid], int(start.timestamp()))
        for uid, start, _ in parsers.expand_recurring(feed))
    return names, release, found


def npm(node, party, paths):
    return json.loads(run(["node", os.path.join(HERE, "npm", "expand.mjs"), party, *paths],
                          cwd=node))


def install(node):
    os.makedirs(node, exist_ok=True)
    shutil.copy(os.path.join(HERE, "npm", "package.json"), node)
    if not os.path.isdir(os.path.join(node, "node_modules", "ical.js")):
        run(["npm", "install", "--no-audit", "--no-fund", "--silent"], cwd=node)


def expected(path):
    return [(uid, int(s.timestamp()), int(e.timestamp())) for uid, s, e in parsers.expected(path)]


def debian_parties(node):
    """Party -> the command that prints every session of the files behind it, of parsers that
    only this page asks (packages.txt, group interop)."""
    here = os.path.join(HERE, "debian")
    kde = os.path.join(node, "expand-kde")
    flags = run(["pkg-config", "--cflags", "--libs", "Qt5Gui"]).split()
    run(["g++", "-fPIC", "-std=c++17", os.path.join(here, "expand.cpp"), "-o", kde,
         "-I/usr/include/KF5/KCalendarCore", *flags, "-lKF5CalendarCore"])
    bindings = ["/usr/bin/python3", os.path.join(here, "expand_gi.py")]
    return {"libical by its GObject bindings": [*bindings, "libical"],
            "Evolution's libecal": [*bindings, "libecal"],
            "KDE's KCalendarCore": [kde],
            "sabre/vobject (PHP)": ["php", os.path.join(here, "expand.php")],
            "khal": ["/usr/bin/python3", os.path.join(here, "expand_khal.py")]}


PACKAGES = {"libical by its GObject bindings": "gir1.2-ical-3.0",
            "Evolution's libecal": "gir1.2-ecal-2.0",
            "KDE's KCalendarCore": "libkf5calendarcore-dev",
            "sabre/vobject (PHP)": "php-sabre-vobject", "khal": "khal"}


def fixtures(node):
    """Party -> (golden files read, golden files whose sessions are all found; None: it
    leaves series to its caller)."""
    paths = parsers.paths()
    want = [expected(path) for path in paths]
    texts = [parsers.text_of(path) for path in paths]

    def equal(found):
        return sum(sorted(a) == sorted(b) for a, b in zip(found, want))

    def plain(rows):
        return [(uid, int(s.timestamp()), int(e.timestamp())) for uid, s, e in rows]
    vobject = [plain(parsers.expand_vobject(parsers.read_vobject(t))) for t in texts]
    recurring = [plain(parsers.expand_recurring(t)) for t in texts]
    ical = [[(u, s, e) for u, _, s, e in rows] for rows in npm(node, "ical.js", paths)]
    out = {"ical.js": (len(ical), equal(ical)),
           "node-ical": (len(npm(node, "node-ical", paths)), None),
           "python3-vobject": (len(vobject), equal(vobject)),
           "python3-icalendar, python3-recurring-ical-events": (len(recurring),
                                                                equal(recurring))}
    for party, command in debian_parties(node).items():
        found = [[tuple(row) for row in rows] for rows in json.loads(run([*command, *paths]))]
        out[party] = (len(found), equal(found))
    if parsers.PARSERS["ruby-icalendar"]:
        out["ruby-icalendar"] = (len(parsers.run(["ruby", "-e", parsers.RUBY] + paths)), None)
    if parsers.PARSERS["libdata-ical-perl"]:
        out["libdata-ical-perl"] = (len(parsers.run(["perl", "-e", parsers.PERL] + paths)), None)
    return len(paths), out


def debian(*packages):
    return ", ".join(run(["dpkg-query", "-W", "-f", "${Version}", p]) for p in packages)


def versions(node, release):
    def of_npm(name):
        with open(os.path.join(node, "node_modules", name, "package.json"),
                  encoding="utf-8") as file:
            return json.load(file)["version"]
    return {"Cairn's resolver": f"tzdata {release}",
            "Python's zoneinfo": f"{sys.version.split()[0]}, tzdata {release}",
            "ical.js": of_npm("ical.js"), "node-ical": of_npm("node-ical"),
            "python3-vobject": debian("python3-vobject"),
            "python3-icalendar, python3-recurring-ical-events":
                debian("python3-icalendar", "python3-recurring-ical-events"),
            "ruby-icalendar": debian("ruby-icalendar") if parsers.has_ruby() else "",
            "libdata-ical-perl": debian("libdata-ical-perl") if parsers.has_perl() else "",
            **{party: debian(package) for party, package in PACKAGES.items()}}


def page(names, release, found, files, read, version):
    rows = []
    for party in dict.fromkeys(list(found) + list(read)):
        zones = (f"{sum(found[party].get(n) == found[next(iter(found))][n] for n in names)}"
                 f" of {len(names)}" if party in found else "–")
        accepted, expanded = read.get(party, (None, None))
        rows.append(f"| {party} | {version[party]} | {zones} "
                    f"| {'–' if accepted is None else f'{accepted} of {files}'} "
                    f"| {'–' if expanded is None else f'{expanded} of {files}'} |")
    return "\n".join([
        f"Every name of the zone data (tzdata {release}, {len(names)} names, links too) has a"
        f" weekly series of {WEEKS} sessions from {FIRST:%d %B %Y}, 09:00 local:"
        f" {len(names) * WEEKS} instants. The golden files are Cairn's messages and feeds:"
        " request, other words (minor), other times (major), one session moved, one or all"
        " cancelled, one person removed, a seat in office hours, a feed, holidays, odd zones,"
        " hostile texts.", "",
        "| who reads | version | zones with equal instants | golden files read "
        "| and expanded to the same sessions |", "|---|---|---|---|---|", *rows])


def main(build, node):
    install(node)
    names, release, found = sweep(build, node)
    files, read = fixtures(node)
    first = found[next(iter(found))]
    wrong = [f"{party}: {name}" for party in found for name in names
             if found[party].get(name) != first[name] or len(first[name]) != WEEKS]
    wrong += [f"{party}: {files - n} golden files" for party, (_, n) in read.items()
              if n is not None and n != files]
    if wrong:
        raise SystemExit("\n".join(wrong[:40]) + f"\n{len(wrong)} wrong")
    text = page(names, release, found, files, read, versions(node, release))
    with open(PAGE, encoding="utf-8") as file:
        old = file.read()
    before, _, rest = old.partition(BEGIN)
    _, _, after = rest.partition(END)
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}")
    print(text)


if __name__ == "__main__":
    main(*map(os.path.abspath, sys.argv[1:]))
