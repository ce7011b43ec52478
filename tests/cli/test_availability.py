"""Weekly hours on the real dates of two years, against Python's zoneinfo: a sample of the
system's zones here, every one in slow/test_every_zone."""
import datetime
import os
import random
import subprocess
import sys
import tempfile
import unittest
import zoneinfo

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from helper import CAIRN, UTC, WEEKDAYS  # noqa: E402

FIRST, DAYS, QUARTER = datetime.date(2026, 1, 1), 731, 900
HEAD = "external_id,display_name,email,participation,roles,tags,wants,stack,languages," \
    "time_zone,availability,industry,style,organization,years,capacity,preferences,avoid"


def offsets(name):
    """[(instant, offset)]: the zone's clock from each instant on, by the hour; changes are
    at full hours of UTC or halves, so half hours are looked at."""
    zone = zoneinfo.ZoneInfo(name)
    begin = int(datetime.datetime.combine(FIRST, datetime.time(), UTC).timestamp()) - 86400 * 2
    found = []
    for at in range(begin, begin + (DAYS + 4) * 86400, 1800):
        off = int(datetime.datetime.fromtimestamp(at, zone).utcoffset().total_seconds())
        if not found or found[-1][1] != off:
            found.append((at, off))
    return found


def spans(name, windows):
    """Free time, quarter hour by quarter hour: within a window on the clock of that moment,
    and at a local time that the clock shows once."""
    begin = int(datetime.datetime.combine(FIRST, datetime.time(), UTC).timestamp())
    free = bytearray(672)
    for day, start, end in windows:
        free[day * 96 + start:day * 96 + end] = b"\1" * (end - start)
    clock, k, found = offsets(name), 0, []
    # Where the clock goes back by d, the d before and after show the same local time.
    twice = [(at - (a - b), at + (a - b)) for (_, a), (at, b) in zip(clock, clock[1:]) if b < a]
    for at in range(begin, begin + DAYS * 86400, QUARTER):
        while k + 1 < len(clock) and clock[k + 1][0] <= at:
            k += 1
        local = at + clock[k][1]
        # 1970 began on a Thursday.
        if free[(local // QUARTER + 3 * 96) % 672] and not any(a <= at < b for a, b in twice):
            if found and found[-1][1] == at:
                found[-1][1] = at + QUARTER
            else:
                found.append([at, at + QUARTER])
    return found


def zones():
    """Those of the system whose offset is a multiple of a quarter hour, as all are now."""
    return sorted(z for z in zoneinfo.available_timezones()
                  if "/" in z and not z.startswith(("posix/", "right/", "SystemV/")))


class Availability(unittest.TestCase):
    def names(self, rng):
        return ["America/Santiago", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca",
                "Africa/Cairo", *rng.sample(zones(), 15)]

    def test_against_zoneinfo(self):
        seed = int(os.environ.get("CAIRN_SEED", random.randrange(1 << 30)))
        rng = random.Random(seed)
        names, rows, hours = self.names(rng), [HEAD], {}
        for i, name in enumerate(names):
            hours[f"p{i:03}"] = windows = []
            for day in rng.sample(range(7), 4):
                start = rng.randrange(0, 90)
                windows.append((day, start, rng.randrange(start + 1, 97)))
            cells = [f"{WEEKDAYS[d]} {a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}"
                     for d, a, b in windows]
            rows.append(f"p{i:03},P,,newcomer,,,,,en,{name},{';'.join(cells)},,,,,,,")
        with tempfile.NamedTemporaryFile("w", suffix=".csv", encoding="utf-8") as f:
            f.write("\n".join(rows) + "\n")
            f.flush()
            run = subprocess.run(
                [os.path.join(os.path.dirname(CAIRN), "bench", "availability"), "spans", f.name,
                 "--from", str(FIRST)], capture_output=True, text=True, check=False)
        self.assertEqual(run.returncode, 0, run.stderr)
        told = {who: [] for who in hours}
        for line in run.stdout.splitlines():
            who, begin, end = line.split()
            told[who].append([int(begin), int(end)])
        for (who, windows), name in zip(hours.items(), names):
            with self.subTest(seed=seed, zone=name):
                self.assertEqual(told[who], spans(name, windows))


if __name__ == "__main__":
    unittest.main()
