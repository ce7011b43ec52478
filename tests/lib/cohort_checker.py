"""An independent check of a cohorts file, and an independent view of who can come when.

    problems = cohort_checker.check(members, intake, plan, fits, busy)   # [] when all is well
    python3 -m tests.lib.cohort_checker MEMBERS.csv INTAKE.json PLAN.json FITS

Shares nothing with Cairn: rows are read with csv, hours are laid out with zoneinfo. FITS is
what bench/fits says, the scorer's points of every guide and newcomer.
"""
import csv
import dataclasses
import datetime
import functools
import json
import sys
import zoneinfo

UTC = datetime.timezone.utc
QUARTER = 900
WEEK_QUARTERS = 672
PLACED = 10_000
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
LEVELS = {"A1": 1, "A2": 2, "B1": 3, "B2": 4, "C1": 5, "C2": 6, "native": 7}
DEFAULTS = {"session_minutes": 60, "sessions_per_week": 1, "cohort_size": {"min": 3, "max": 6},
            "holidays": [], "language_level": "B1", "allowed_misses": 0, "cohorts_per_guide": 1,
            "slots_per_cohort": 1, "most_per_organization": 0}
DEFAULT_LEVEL = 5
HOUR_COST = [25] * 6 + [9, 4, 1] + [0] * 8 + [1, 4, 4, 9, 9, 25, 25]


def instant(text):
    return int(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def items(cell):
    return [item.strip() for item in (cell or "").split(";") if item.strip()]


@functools.lru_cache(maxsize=None)
def zone_of(name):
    return zoneinfo.ZoneInfo(name)


@functools.lru_cache(maxsize=1 << 18)
def local_of(zone, second):
    """The local minute of the week at an instant; None where the clock shows it twice."""
    local = datetime.datetime.fromtimestamp(second, UTC).astimezone(zone_of(zone))
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        return None
    return local.weekday() * 1440 + local.hour * 60 + local.minute


def usable(zone, day, minute, length):
    """The instant of a session's start, or None where the clock skips, repeats or changes."""
    wall = datetime.datetime.combine(day, datetime.time()) + datetime.timedelta(minutes=minute)
    start = wall.replace(tzinfo=zone_of(zone)).timestamp()
    for passed in range(length):
        local = datetime.datetime.fromtimestamp(start + passed * 60, zone_of(zone))
        if (local.replace(tzinfo=None) != wall + datetime.timedelta(minutes=passed)
                or local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()):
            return None
    return int(start)


class Member:
    def __init__(self, row):
        self.id = row["external_id"]
        self.is_newcomer = row["participation"] in ("newcomer", "both")
        self.capacity = int(row.get("capacity") or 1) if row["participation"] in ("mentor", "both") else 0
        self.zone = row["time_zone"]
        self.avoid = set(items(row.get("avoid")))
        self.organization = (row.get("organization") or "").strip().casefold()
        self.languages = {}
        for item in items(row["languages"]):
            tag, _, level = item.partition(":")
            base = tag.replace("_", "-").split("-")[0].lower()
            self.languages[base] = max(self.languages.get(base, 0), LEVELS[level] if level else DEFAULT_LEVEL)
        self.minutes = self.hours(row["availability"])
        self.preferred = self.hours(row.get("preferred_hours"))
        self.volunteer, self.carried = (int(row.get(key) or 0) for key in ("volunteer", "carried_discomfort"))
        self.busy = []

    @staticmethod
    def hours(cell):
        minutes = bytearray(7 * 1440)
        for window in items(cell):
            day, _, clock = window.partition(" ")
            begin, end = (int(t[:2]) * 60 + int(t[3:]) for t in clock.split("-"))
            base = WEEKDAYS.index(day) * 1440
            minutes[base + begin:base + end] = b"\1" * (end - begin)
        return minutes

    def minute_cost(self, second):
        local = datetime.datetime.fromtimestamp(second, zone_of(self.zone))
        here = local.weekday() * 1440 + local.hour * 60 + local.minute
        if not any(self.preferred):
            return HOUR_COST[local.hour]
        if self.preferred[here]:
            return 0
        away = next((d for d in range(301) if self.preferred[here - d]
                     or self.preferred[(here + d) % 10080]), 301)
        return max(HOUR_COST[local.hour], 1 if away <= 60 else 4 if away <= 180 else 9 if away <= 300 else 25)

    def discomfort(self, start, length):
        return max(self.minute_cost(start + 60 * m) for m in (*range(0, length, 15), length - 1))

    def is_able(self, start, length):
        """Not elsewhere, and no minute that the own clock shows twice."""
        return (all(b >= start + 60 * length or e <= start for b, e in self.busy)
                and all(local_of(self.zone, start + 60 * m) is not None for m in range(0, length, 15)))

    def is_free(self, start, length):
        return self.is_able(start, length) and all(
            all(self.minutes[(local_of(self.zone, start + 60 * m) + k) % 10080] for k in range(15))
            for m in range(0, length, 15))


def read_members(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        return {m.id: m for m in map(Member, csv.DictReader(f))}


def read_fits(path):
    with open(path, encoding="utf-8") as f:
        return {(g, n): int(points) for g, n, points in map(str.split, f)}


@dataclasses.dataclass
class Intake:
    """The file with its defaults, dates parsed."""
    values: dict

    def __getattr__(self, name):
        return self.values[name]

    @classmethod
    def read(cls, path):
        with open(path, encoding="utf-8") as f:
            return cls({**DEFAULTS, **json.load(f)})

    @property
    def level(self):
        return LEVELS[self.language_level]

    def days(self, weekday=None):
        day, last = (datetime.date.fromisoformat(d) for d in (self.first_date, self.last_date))
        while day <= last:
            if day.isoformat() not in self.holidays and weekday in (None, day.weekday()):
                yield day
            day += datetime.timedelta(days=1)

    def starts(self, weekday, minute):
        """Every dated session of a weekly slot; None when one of them cannot be."""
        out = [usable(self.anchor_time_zone, day, minute, self.session_minutes) for day in self.days(weekday)]
        return None if None in out else out


class Check:
    def __init__(self, members, intake, plan, fits):
        self.members, self.intake, self.plan, self.fits = members, intake, plan, fits
        self.faults = []

    def fault(self, cohort, text):
        self.faults.append(f"cohort of {cohort['guide']}: {text}")

    def slots(self, cohort):
        """Date from which it holds -> the weekdays and minute that hold together."""
        out = {}
        for part in cohort["pattern"]:
            hour, minute = part["local_time"].split(":")
            if part["time_zone"] != self.intake.anchor_time_zone:
                self.fault(cohort, "a pattern in another zone")
            out.setdefault(part["from"], set()).add((WEEKDAYS.index(part["weekday"]), int(hour) * 60 + int(minute)))
        for slot in out.values():
            if len(slot) != self.intake.sessions_per_week or len({minute for _, minute in slot}) != 1:
                self.fault(cohort, "not as many weekdays as sessions a week at one time")
        if min(out) != self.intake.first_date:
            self.fault(cohort, "its pattern does not begin with the intake")
        if len({frozenset(slot) for slot in out.values()}) > self.intake.slots_per_cohort:
            self.fault(cohort, f"more than {self.intake.slots_per_cohort} slots")
        return out

    def sessions(self, cohort):
        """The dates of the pattern must be the sessions that the file lists."""
        slots, expected = self.slots(cohort), []
        for day in self.intake.days():
            held = slots[max(f for f in slots if f <= max(day.isoformat(), min(slots)))]
            for weekday, minute in held:
                if weekday == day.weekday():
                    expected.append(usable(self.intake.anchor_time_zone, day, minute, self.intake.session_minutes))
        if None in expected:
            self.fault(cohort, "a session does not exist")
        listed = [instant(s) for s in cohort["sessions"]]
        if listed != sorted(filter(None, expected)) or not listed:
            self.fault(cohort, "its sessions are not the pattern's dates")
        return listed

    def discomfort(self, cohort, sessions):
        """What everybody bears, recounted."""
        bears = [sum(self.members[name].discomfort(s, self.intake.session_minutes) for s in sessions)
                 for name in (cohort["guide"], *cohort["newcomers"])]
        said = cohort["discomfort"]
        if (said["worst"], said["total"]) != (max(bears), sum(bears)):
            self.fault(cohort, f"discomfort {said}, counted {max(bears)} and {sum(bears)}")
        self.shares(cohort, sessions, bears)

    def shares(self, cohort, sessions, bears):
        """What each bears, their fair share, and who is more than a session above it."""
        people = [self.members[name] for name in (cohort["guide"], *cohort["newcomers"])]
        load, parts = sum(bears) + sum(m.carried for m in people), sum(1 + m.volunteer for m in people)
        told, over = [], []
        for member, points in zip(people, bears):
            dearest = max(member.discomfort(s, self.intake.session_minutes) for s in sessions)
            mine = load * (1 + member.volunteer)
            told.append({"member": member.id, "points": points, "dearest": dearest, "carried": member.carried,
                         "share": mine // parts})
            if points and (points + member.carried - dearest) * parts > mine:
                over.append(member.id)
        if cohort["discomfort"]["members"] != told:
            self.fault(cohort, f"what its members bear, counted {told}")
        if [o["member"] for o in cohort["discomfort"]["over_share"]] != over:
            self.fault(cohort, f"over their share are {over}")
        for one in cohort["discomfort"]["over_share"]:
            for kinder in one["kinder"]:
                self.kinder(cohort, one["member"], kinder, bears[[m.id for m in people].index(one["member"])]
                            / len(sessions))

    def kinder(self, cohort, name, kinder, now):
        """The time looks better, and whoever is said not to be free then is not."""
        hour, minute = map(int, kinder["local_time"].split(":"))
        starts = [s for day in kinder["weekdays"]
                  for s in self.intake.starts(WEEKDAYS.index(day), hour * 60 + minute) or ()]
        length, who = self.intake.session_minutes, self.members[kinder["who"]]
        cost = sum(self.members[name].discomfort(s, length) for s in starts)
        if not starts or cost / len(starts) >= now:
            self.fault(cohort, f"{kinder} is no better for {name}")
        missed = sum(not who.is_free(s, length) for s in starts)
        allowed = 0 if who.id == cohort["guide"] else self.intake.allowed_misses
        if (kinder["reason"] == "not-free") != (missed > allowed or not all(who.is_able(s, length) for s in starts)):
            self.fault(cohort, f"{kinder['who']} misses {missed} of {kinder}")
        if kinder["reason"] == "more-misses" and not missed:
            self.fault(cohort, f"{kinder['who']} misses none of {kinder}")

    def people(self, cohort):
        size, language = self.intake.cohort_size, cohort["language"]
        if not size["min"] <= len(cohort["newcomers"]) <= size["max"]:
            self.fault(cohort, f"{len(cohort['newcomers'])} newcomers")
        everybody = [cohort["guide"], *cohort["newcomers"]]
        for name in everybody:
            member = self.members[name]
            if member.languages.get(language, 0) < self.intake.level:
                self.fault(cohort, f"{name} does not speak {language}")
            if member.avoid & set(everybody):
                self.fault(cohort, f"{name} must not meet somebody of it")
        houses = [self.members[n].organization for n in cohort["newcomers"]]
        most = self.intake.most_per_organization
        if most and any(houses.count(h) > most for h in set(houses) - {""}):
            self.fault(cohort, f"more than {most} of one organization")
        if not all(self.members[n].is_newcomer for n in cohort["newcomers"]):
            self.fault(cohort, "somebody in it is no newcomer")
        if self.members[cohort["guide"]].capacity < 1:
            self.fault(cohort, "its guide has no place")
        return everybody

    def presence(self, cohort, name, sessions):
        member, length = self.members[name], self.intake.session_minutes
        if not all(member.is_able(s, length) for s in sessions):
            self.fault(cohort, f"{name} is unable to come to a session")
        missed = sum(not member.is_free(s, length) for s in sessions)
        allowed = 0 if name == cohort["guide"] else self.intake.allowed_misses
        if missed > allowed:
            self.fault(cohort, f"{name} misses {missed} sessions, allowed {allowed}")

    def double_booking(self, attended):
        length = 60 * self.intake.session_minutes
        for name, (cohorts, starts) in attended.items():
            guided = [c for c in cohorts if c["guide"] == name]
            if len(guided) != len(cohorts) and len(cohorts) > 1:
                self.faults.append(f"{name} is in {len(cohorts)} cohorts")
            if len(guided) > self.intake.cohorts_per_guide:
                self.faults.append(f"{name} guides {len(guided)} cohorts")
            starts.sort()
            if any(b - a < length for a, b in zip(starts, starts[1:])):
                self.faults.append(f"{name} is in two places at once")

    def numbers(self):
        placed = [(c["guide"], n) for c in self.plan["cohorts"] for n in c["newcomers"]]
        rest = [u["newcomer"] for u in self.plan["unplaced"]]
        everybody = sorted(m.id for m in self.members.values() if m.is_newcomer)
        if sorted([n for _, n in placed] + rest) != everybody:
            self.faults.append("not every newcomer is there once")
        if not all(u["reason"] and u["help"] for u in self.plan["unplaced"]):
            self.faults.append("somebody is unplaced without a reason or a help")
        points = sum(self.fits[pair] for pair in placed)
        for key, number in (("placed", len(placed)), ("fit_points", points),
                            ("objective", len(placed) * PLACED + points)):
            if self.plan[key] != number:
                self.faults.append(f"{key} is {self.plan[key]}, counted {number}")
        if self.plan["bound"] < self.plan["objective"]:
            self.faults.append("the bound is below the objective")
        if (self.plan["status"] == "optimal") != (self.plan["bound"] == self.plan["objective"]):
            self.faults.append("the status does not follow from bound and objective")

    def run(self):
        attended = {}
        for cohort in self.plan["cohorts"]:
            sessions = self.sessions(cohort)
            self.discomfort(cohort, sessions)
            for name in self.people(cohort):
                self.presence(cohort, name, sessions)
                cohorts, starts = attended.setdefault(name, ([], []))
                cohorts.append(cohort)
                starts += sessions
        self.double_booking(attended)
        self.numbers()
        return self.faults


def check(members, intake, plan, fits, busy=()):
    for name, begin, end in busy:
        members[name].busy.append((begin, end))
    return Check(members, intake, plan, fits).run()


def main():
    members, intake, plan, fits = sys.argv[1:5]
    with open(plan, encoding="utf-8") as f:
        faults = check(read_members(members), Intake.read(intake), json.load(f), read_fits(fits))
    print("\n".join(faults) or "every session, size, guide and number holds")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
