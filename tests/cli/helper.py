"""What the command line's tests share: running cairn, and a second opinion.

Nothing here comes from Cairn's code: members are read with csv, hours laid out
with zoneinfo, and the most people that can be served is found by augmenting paths.
"""
import collections
import csv
import datetime
import os
import subprocess
import unicodedata
import zoneinfo

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CAIRN = os.path.join(os.environ.get("CAIRN_BUILD", os.path.join(ROOT, "build", "release")), "cairn")
SHARED = os.environ.get("CAIRN_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
SAMPLES = os.path.join(ROOT, "samples")
SAMPLE = os.path.join(SAMPLES, "community.csv")
SAMPLE_POLICY = os.path.join(SAMPLES, "policy.json")
TIME_LIMIT = 300

UTC = datetime.timezone.utc
QUARTER = datetime.timedelta(minutes=15)
WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
LEVELS = {"A1": 1, "A2": 2, "B1": 3, "B2": 4, "C1": 5, "C2": 6, "native": 7}
DEFAULT_LEVEL = 5
SLOTS = 672


def cairn(*args, **more):
    return subprocess.run([CAIRN, *map(str, args)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          encoding="utf-8", timeout=TIME_LIMIT, check=False, **more)


def shared_community(test, name):
    path = os.path.join(SHARED, "data", "community", name)
    if not os.path.exists(path):
        test.skipTest(f"no {name} beside this checkout")
    return path


def split(cell):
    return [item.strip() for item in cell.split(";") if item.strip()]


def plain(term):
    text = unicodedata.normalize("NFC", term.casefold())
    for c in " _/":
        text = text.replace(c, "-")
    return text.strip("-")


class Member:
    def __init__(self, row):
        self.id = row["external_id"]
        self.is_newcomer = row["participation"] in ("newcomer", "both")
        self.is_mentor = row["participation"] in ("mentor", "both")
        self.email = row.get("email", "")
        self.zone = zoneinfo.ZoneInfo(row["time_zone"])
        self.languages = {}
        for item in split(row["languages"]):
            tag, _, level = item.partition(":")
            base = tag.replace("_", "-").split("-")[0].lower()
            self.languages[base] = max(self.languages.get(base, 0), LEVELS[level] if level else DEFAULT_LEVEL)
        self.minutes = set()  # of the local week
        for window in split(row["availability"]):
            day, _, clock = window.partition(" ")
            begin, end = (int(t[:2]) * 60 + int(t[3:]) for t in clock.split("-"))
            base = WEEKDAYS.index(day) * 1440
            self.minutes.update(range(base + begin, base + end))
        self.organization = plain(row.get("organization", ""))
        self.avoid = set(split(row.get("avoid", "")))
        self.capacity = int(row.get("capacity") or 1) if self.is_mentor else 0
        self.grid = 0

    def is_free(self, instant, minutes):
        """Every quarter hour inside the windows, at local times that exist once."""
        for _ in range(minutes // 15):
            local = instant.astimezone(self.zone)
            if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
                return False
            minute = local.weekday() * 1440 + local.hour * 60 + local.minute
            if any(m % 10080 not in self.minutes for m in range(minute, minute + 15)):
                return False
            instant += QUARTER
        return True

    def lay_out(self, monday, weeks):
        """Bit t: the quarter hour t after `monday` 00:00 UTC is free."""
        quarters = [m for m in range(0, 10080, 15) if all(k in self.minutes for k in range(m, m + 15))]
        for week in range(-1, weeks + 1):
            for m in quarters:
                local = datetime.datetime.combine(monday, datetime.time()) + datetime.timedelta(weeks=week, minutes=m)
                offset = local.replace(tzinfo=self.zone).utcoffset()
                if local.replace(tzinfo=self.zone, fold=1).utcoffset() != offset:
                    continue
                at = week * SLOTS + (m - int(offset.total_seconds()) // 60) // 15
                if 0 <= at < weeks * SLOTS:
                    self.grid |= 1 << at


def read_members(path):
    with open(path, encoding="utf-8-sig", newline="") as f:
        return {m.id: m for m in map(Member, csv.DictReader(f))}


class Instance:
    """The pairs that break no hard rule, with their shared minutes."""

    def __init__(self, members, first_date, weeks, level=3, min_minutes=60, forbid_organization=False):
        monday = first_date - datetime.timedelta(days=first_date.weekday())
        self.members = members
        self.newcomers = [m for m in members.values() if m.is_newcomer]
        self.mentors = [m for m in members.values() if m.is_mentor]
        for m in members.values():
            m.lay_out(monday, weeks)
        week = [((1 << SLOTS) - 1) << (SLOTS * w) for w in range(weeks)]
        self.shared = {}
        for n in self.newcomers:
            for m in self.mentors:
                both = n.grid & m.grid
                if n is m or not m.capacity or not both or n.id in m.avoid or m.id in n.avoid:
                    continue
                if forbid_organization and n.organization and n.organization == m.organization:
                    continue
                if all(min(v, m.languages.get(k, 0)) < level for k, v in n.languages.items()):
                    continue
                minutes = min(15 * (both & w).bit_count() for w in week)
                if minutes >= min_minutes:
                    self.shared[n.id, m.id] = minutes

    def most_served(self):
        """Maximum flow with unit newcomers: one augmenting path at a time."""
        edges = collections.defaultdict(list)
        for n, m in self.shared:
            edges[n].append(m)
        mentor_of, mentees = {}, collections.defaultdict(set)
        for start in list(edges):
            seen, queue, came = set(), collections.deque([start]), {}
            while queue:
                n = queue.popleft()
                for m in edges[n]:
                    if m in seen:
                        continue
                    seen.add(m)
                    came[m] = n
                    if len(mentees[m]) < self.members[m].capacity:
                        queue.clear()
                        while m is not None:
                            n, before = came[m], mentor_of.get(came[m])
                            if before is not None:
                                mentees[before].discard(n)
                            mentor_of[n] = m
                            mentees[m].add(n)
                            m = before
                        break
                    queue.extend(mentees[m])
        return len(mentor_of)
