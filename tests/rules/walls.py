"""The rules of the house as functions from text to complaints.

Each takes a path (from the repository root) and what is in it, and returns a list
of messages, empty when the rule holds. test_rules.py runs them over the repository
and, as a control, over small bad examples.
"""
import os
import re

FLOORS = {
    "base": {"base"},
    "matcher": {"base", "matcher"},
    "scheduler": {"base", "matcher", "scheduler"},
    "calendars": {"base", "calendars"},
    "db": {"base", "db"},
    "api": {"base", "matcher", "scheduler", "calendars", "db", "api"},
}
HOMES = (  # header, the one place that may include it, in words of a path prefix
    ("glpk.h", "matcher/lp.c"),
    ("libical/", "calendars/"),
    ("unicode/", "calendars/ics_windows.c"),
    ("libpq-fe.h", "db/"),
    ("microhttpd.h", "api/"),
    ("json-c/", "api/"),
    ("csv.h", "api/"),
    ("unistr.h", "api/"),
    ("unicase.h", "api/"),
    ("uninorm.h", "api/"),
    ("openssl/", "api/digest"),
    ("curl/", "api/transfer.h"),
    ("qrencode.h", "api/qr.c"),
    ("libxml/", "api/xml.c"),
)
# Headers that only these may include, as they bring a home's own header with them.
INNER = {"api/transfer.h": {"api/transfer.c", "api/smtp.c", "api/fetch.c"}}
# foo.c exports foo_*. These name a family by intent: one header whose functions
# several files of a floor define, or a type that a file brings with it.
FAMILIES = {
    "matcher": ("match_",),
    "scheduler": ("schedule_",),
    "db": ("pq_",),
    "api/router.c": ("routes",),
    "api/worker.c": ("job_",),
    "matcher/explain.c": ("unmatched_",),
    "matcher/policy.c": ("criterion_",),
    "base/instant.c": ("day_", "civil_", "weekday_", "monotonic_"),
    "base/week.c": ("window_", "windows_"),
    "api/main.c": ("main",),
}
# PQexec of text that is not written there: the migrations inside the binary.
CONSTANT_SQL = {("db/migrate.c", "m->begin")}
MAX_LINES = 600
DEV_PACKAGE = {  # -l name: the package that brings its header
    "glpk": "libglpk-dev", "ical": "libical-dev", "pq": "libpq-dev",
    "microhttpd": "libmicrohttpd-dev", "json-c": "libjson-c-dev",
    "csv": "libcsv-dev", "unistring": "libunistring-dev",
    "crypto": "libssl-dev", "curl": "libcurl4-openssl-dev",
    "qrencode": "libqrencode-dev", "xml2": "libxml2-dev",
    "cmocka": "libcmocka-dev", "m": "libc6-dev", "lemon": "liblemon-dev",
    "icui18n": "libicu-dev", "icuuc": "libicu-dev",
}


def floor_of(path):
    first = path.split("/")[0]
    return first if first in FLOORS else None


def includes(text):
    return re.findall(r'^\s*#\s*include\s+([<"])([^>"]+)[>"]', text, re.M)


def check_includes(path, text):
    floor, bad = floor_of(path), []
    if floor is None:
        return bad
    for mark, name in includes(text):
        other = name.split("/")[0]
        if mark == '"' and other not in FLOORS:
            bad.append(f"{path}: includes \"{name}\", which is not written "
                       "from the repository's root")
        elif mark == '"' and other not in FLOORS[floor]:
            bad.append(f"{path}: {floor} may not include {other}")
        elif mark == '"' and path not in INNER.get(name, {path}):
            bad.append(f"{path}: only {sorted(INNER[name])} may include \"{name}\"")
        for header, home in HOMES:
            if mark == "<" and name.startswith(header) \
                    and not path.startswith(home):
                bad.append(f"{path}: only {home} may include <{header}>")
    return bad


def check_header(path, text):
    bad = []
    guard = re.sub(r"[/.]", "_", path).upper()
    if not text.lstrip().startswith("/*"):
        bad.append(f"{path}: no opening comment")
    if path.endswith(".h") and path != "base/banned.h" and \
            not re.search(r"#ifndef (\w+)\n#define \1\n", text):
        bad.append(f"{path}: no include guard such as {guard}")
    return bad


def check_text(path, text):
    bad = []
    for number, line in enumerate(text.split("\n"), 1):
        if line != line.rstrip():
            bad.append(f"{path}:{number}: white space at the end of the line")
        if re.search(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b", line):
            bad.append(f"{path}:{number}: unfinished")
    if text and not text.endswith("\n"):
        bad.append(f"{path}: no line break at the end")
    return bad


def check_size(path, text):
    n = text.count("\n")
    return [f"{path}: {n} lines, at most {MAX_LINES}"] if n > MAX_LINES else []


def check_sql(path, text):
    """PQexec takes no parameters: only constant text may reach it."""
    return [f"{path}: PQexec with text that is not a literal: {argument}"
            for argument in re.findall(r"\bPQexec\([^,]+,\s*(\S+?)\)?[,;)\s]", text)
            if not argument.startswith('"')
            and (path, argument) not in CONSTANT_SQL]


def check_exports(source, names, families=FAMILIES):
    """source: "api/foo.c"; names: the symbols that its object defines."""
    stem = os.path.basename(source)[:-2]
    # A file that was cut in two keeps the family: match_repair.c exports match_*.
    allowed = {stem.split("_")[0], source.split("/")[0]}
    prefixes = tuple(f"{a}_" for a in allowed) + families.get(source, ()) \
        + families.get(source.split("/")[0], ())
    return [f"{source}: exports {name}" for name in names
            if name != stem and not name.lower().startswith(prefixes)]


def check_packages_elsewhere(path, text):
    """packages.txt is the one list: no other file names packages to install."""
    return [f"{path}: names a package: {m}"
            for m in re.findall(r"apt(?:-get)? +install[^\n]*", text)
            if re.search(r"install(?: +-\S+)* +[a-z0-9]", m)]


def check_libraries(makefile, packages):
    listed = {line.split()[0] for line in packages.split("\n")
              if line.strip() and not line.startswith("#")}
    bad = []
    for name in sorted(set(re.findall(r"(?<![\w-])-l(?::lib)?([\w-]+)", makefile))):
        if name not in DEV_PACKAGE:
            bad.append(f"Makefile: -l{name}: unknown package")
        elif DEV_PACKAGE[name] not in listed:
            bad.append(f"packages.txt: {DEV_PACKAGE[name]} is missing "
                       f"(Makefile links -l{name})")
    return bad
