"""Every session of calendars, as khal lists it after it imported them:

    /usr/bin/python3 expand_khal.py FILE.ics ... -> [[[uid, start, end], ...], ...]
"""
import datetime
import json
import os
import subprocess
import sys
import tempfile

CONFIG = """[calendars]
[[one]]
path = {0}/vdir
[locale]
local_timezone = UTC
default_timezone = UTC
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
[sqlite]
path = {0}/cache.db
"""


def instant(text):
    return int(datetime.datetime.strptime(text, "%Y-%m-%d %H:%M").replace(
        tzinfo=datetime.timezone.utc).timestamp())


def expand(path):
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(os.path.join(folder, "vdir"))
        config = os.path.join(folder, "config")
        with open(config, "w", encoding="utf-8") as file:
            file.write(CONFIG.format(folder))

        def khal(*args):
            return subprocess.run(["khal", "-c", config, *args], check=True, timeout=120,
                                  capture_output=True, text=True, env=os.environ | {
                                      "HOME": folder, "LC_ALL": "C.UTF-8"}).stdout
        khal("import", "--batch", "-a", "one", path)
        listed = khal("list", "--notstarted", "--day-format", "", "--format",
                      "{uid}|{start}|{end}", "2024-01-01", "3300d")
        rows = {tuple(line.split("|")) for line in listed.splitlines() if "|" in line}
    return [(uid, instant(start), instant(end)) for uid, start, end in rows]


if __name__ == "__main__":
    print(json.dumps([expand(path) for path in sys.argv[1:]]))
