"""Recurrence rules against python3-dateutil, which shares no code with Cairn: random
rules from a fixed seed, their first instances, equal or explained."""
import datetime
import os
import random
import subprocess
import types
import unittest

SEED, RULES, FIRST, YEARS = 20261020, 1500, 40, 12
EPOCH = datetime.datetime(1970, 1, 1)
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(os.environ.get("CAIRN_BUILD", os.path.join(ROOT, "build", "asan")),
                       "tests", "golden", "test_rrule")
DAYS = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def some(rng, values, most=3):
    return ",".join(str(v) for v in rng.sample(list(values), rng.randint(1, most)))


def signed(rng, top):
    return [rng.choice((1, 1, -1)) * n for n in rng.sample(range(1, top + 1), min(6, top))]


def random_rule(rng):
    freq = rng.choice(["YEARLY", "MONTHLY", "WEEKLY", "DAILY"] * 3 + ["HOURLY", "HOURLY"])
    parts, numbered = [f"FREQ={freq}"], freq in ("YEARLY", "MONTHLY")
    if rng.random() < 0.4:
        parts.append(f"INTERVAL={rng.randint(1, 5)}")
    if rng.random() < 0.4:
        parts.append(f"BYMONTH={some(rng, range(1, 13))}")
    weekno = freq == "YEARLY" and rng.random() < 0.15
    if weekno:
        # Alone it means another thing to dateutil: all seven days of the week.
        parts += [f"BYWEEKNO={some(rng, signed(rng, 53))}", f"BYDAY={some(rng, DAYS)}"]
    elif rng.random() < 0.45:
        # All or none: dateutil wants both where some have a number.
        numbered = numbered and rng.random() < 0.6
        days = [f"{rng.choice((1, 2, 3, -1, -2))}{d}" if numbered else d for d in DAYS]
        parts.append(f"BYDAY={some(rng, days)}")
    if freq not in ("WEEKLY",) and rng.random() < 0.3:
        parts.append(f"BYMONTHDAY={some(rng, signed(rng, 31))}")
    if freq == "YEARLY" and not weekno and rng.random() < 0.15:
        parts.append(f"BYYEARDAY={some(rng, signed(rng, 366))}")
    if rng.random() < 0.2:
        parts.append(f"BYHOUR={some(rng, range(24))}")
    if rng.random() < 0.15:
        parts.append(f"BYMINUTE={some(rng, range(60))}")
    # Of a week that began before DTSTART, dateutil counts from DTSTART on; and it drops
    # the days of a numbered week that lie in the next year.
    if freq in ("YEARLY", "MONTHLY", "DAILY") and not weekno and rng.random() < 0.2:
        parts.append(f"BYSETPOS={some(rng, [1, 2, 3, -1, -2])}")
    if rng.random() < 0.3:
        parts.append(f"WKST={rng.choice(DAYS)}")
    if rng.random() < 0.4:
        parts.append(f"COUNT={rng.randint(1, 30)}")
    return ";".join(parts)


def expected(start, text):
    """dateutil's instances, with DTSTART as the first: it counts towards COUNT."""
    from dateutil import rrule
    # It looks for the next instance until the year 9999: minutes where there is none.
    rrule.datetime = types.SimpleNamespace(**vars(datetime) | {"MAXYEAR": 2045})
    count = next((int(p[6:]) for p in text.split(";") if p.startswith("COUNT=")), None)
    bare = ";".join(p for p in text.split(";") if not p.startswith("COUNT="))
    end = start + datetime.timedelta(days=366 * YEARS)
    found = [start]
    try:
        rule = rrule.rrulestr(bare, dtstart=start)
    except ValueError:  # it refuses rules that give nothing
        rule = []
    for at in rule:
        if at > end or len(found) >= FIRST or (count and len(found) >= count):
            break
        if at != start:
            found.append(at)
    return [int((at - EPOCH).total_seconds()) for at in found], end


class Rules(unittest.TestCase):
    def test_random_rules(self):
        try:
            import dateutil  # noqa: F401
        except ImportError as error:
            self.skipTest(str(error))
        rng = random.Random(SEED)
        rows = []
        for _ in range(RULES):
            start = EPOCH + datetime.timedelta(days=rng.randint(9000, 21000),
                                               minutes=rng.randint(0, 1439))
            rows.append((start, random_rule(rng)))
        lines = "".join(f"{start:%Y%m%dT%H%M%S} {rule}\n" for start, rule in rows)
        done = subprocess.run([PROGRAM, "--print", str(FIRST)], input=lines.encode(),
                              capture_output=True, timeout=300, check=True)
        answers = done.stdout.decode().split("\n")[:-1]
        self.assertEqual(len(answers), len(rows))
        for (start, rule), answer in zip(rows, answers):
            want, end = expected(start, rule)
            last = int((end - EPOCH).total_seconds())
            with self.subTest(rule, start=start):
                self.assertNotEqual(answer, "bad")
                got = [int(n) for n in answer.split() if int(n) <= last]
                self.assertEqual(got, want)


if __name__ == "__main__":
    unittest.main()
