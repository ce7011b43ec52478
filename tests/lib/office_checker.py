"""An independent check of a plan of office hours, and the best plan by trying all.

    problems = office_checker.check(members, wish, plan, busy)   # [] when all is well

Shares nothing with Cairn: members are those of cohort_checker, hours laid out minute by
minute with zoneinfo, seats given by augmenting paths.
"""
import datetime
import itertools
import zoneinfo

from tests.lib import cohort_checker
from tests.lib.cohort_checker import WEEKDAYS

FRESH, AGAIN, ZONE = 3000, 1000, 1000
DAY = datetime.timedelta(days=1)


class Wish:
    def __init__(self, members, wish):
        self.members = members
        self.first, self.last = (datetime.date.fromisoformat(wish[k])
                                 for k in ("first_date", "last_date"))
        self.holidays = {datetime.date.fromisoformat(d) for d in wish.get("holidays", [])}
        self.hosts = {}
        for host in wish["hosts"]:
            minutes = host.get("minutes", wish.get("minutes", 60))
            self.hosts[host["mentor"]] = (host["hours_per_week"] * 60 // minutes, minutes,
                                          host.get("seats", wish.get("seats", 4)))
        reached = set(wish.get("reached", []))
        self.newcomers = sorted(m.id for m in members.values()
                                if m.is_newcomer and m.id not in self.hosts)
        at = datetime.datetime.combine(self.first, datetime.time(), datetime.timezone.utc)
        offset = {n: at.astimezone(zoneinfo.ZoneInfo(members[n].zone)).utcoffset()
                  for n in self.newcomers}
        alike = list(offset.values())
        self.worth = {n: (AGAIN if n in reached else FRESH) + ZONE // alike.count(offset[n])
                      for n in self.newcomers}

    def starts(self, host, weekday, minute):
        """The instants of a weekly slot; dates whose local time is doubtful are left out."""
        zone, length = self.members[host].zone, self.hosts[host][1]
        day, found = self.first, []
        while day <= self.last:
            if day.weekday() == weekday and day not in self.holidays:
                start = cohort_checker.usable(zone, day, minute, length)
                if start is not None:
                    found.append(start)
            day += DAY
        return found

    def reach(self, host, weekday, minute):
        """Who is reached by the slot; None where the host cannot hold it."""
        starts, length = self.starts(host, weekday, minute), self.hosts[host][1]
        if not starts or not all(self.members[host].is_free(s, length) for s in starts):
            return None
        return {n for n in self.newcomers if 2 * sum(
            self.members[n].is_free(s, length) for s in starts) >= len(starts)}

    def seated(self, slots):
        """The worth of the dearest who can sit in slots [(reach, seats)] at once."""
        sits = {}

        def seat(newcomer, met):
            for k, (reach, seats) in enumerate(slots):
                if newcomer not in reach or k in met:
                    continue
                met.add(k)
                there = [n for n, where in sits.items() if where == k]
                if len(there) < seats or any(seat(n, met) for n in there):
                    sits[newcomer] = k
                    return True
            return False
        return sum(self.worth[n] for n in sorted(self.newcomers, key=lambda n: -self.worth[n])
                   if seat(n, set()))

    def best(self):
        """Of all plans, by trying them all: for a few hosts with few hours only."""
        choices = []
        for host, (weekly, minutes, seats) in self.hosts.items():
            slots = [(q, self.reach(host, q // 96, q % 96 * 15)) for q in range(672)]
            slots = [(q, r) for q, r in slots if r is not None]
            sets = [c for n in range(weekly + 1) for c in itertools.combinations(slots, n)
                    if not any(clash(a[0] * 15, b[0] * 15, minutes)
                               for a, b in itertools.combinations(c, 2))]
            # Alike for whom they reach: one of each is enough.
            choices.append({frozenset((frozenset(r), k) for k, (_, r) in enumerate(
                sorted(c, key=lambda s: sorted(s[1])))): [(r, seats) for _, r in c]
                for c in sets}.values())
        return max(self.seated(sum(plan, [])) for plan in itertools.product(*choices))


def clash(a, b, minutes):
    return min((a - b) % 10080, (b - a) % 10080) < minutes


def check(members, wish, plan):
    wish = Wish(members, wish)
    faults, seen, mine = [], [], {}
    for slot in plan["slots"]:
        host = slot["mentor"]
        weekly, minutes, seats = wish.hosts[host]
        at = int(slot["local_time"][:2]) * 60 + int(slot["local_time"][3:])
        name = f"{host} {slot['weekday']} {slot['local_time']}"
        reach = wish.reach(host, WEEKDAYS.index(slot["weekday"]), at)
        if reach is None:
            faults.append(f"{name}: the host is not free")
            continue
        if (slot["minutes"], slot["seats"], slot["time_zone"]) != (
                minutes, seats, members[host].zone):
            faults.append(f"{name}: other minutes, seats or zone")
        if slot["dates"] != len(wish.starts(host, WEEKDAYS.index(slot["weekday"]), at)):
            faults.append(f"{name}: other dates")
        if len(slot["newcomers"]) > seats or not set(slot["newcomers"]) <= reach:
            faults.append(f"{name}: too many newcomers, or some who cannot come")
        week = WEEKDAYS.index(slot["weekday"]) * 1440 + at
        if any(clash(week, other, minutes) for other in mine.setdefault(host, [])):
            faults.append(f"{name}: overlaps with another slot")
        mine[host].append(week)
        if len(mine[host]) > weekly:
            faults.append(f"{name}: more slots than the host gives")
        seen += slot["newcomers"]
    if len(set(seen)) < len(seen):
        faults.append("somebody has two seats")
    if sorted(seen + [m["newcomer"] for m in plan["missed"]]) != wish.newcomers:
        faults.append("somebody is neither seated nor missed")
    if sum(wish.worth[n] for n in set(seen)) != plan["objective"]:
        faults.append("the objective is not what the seats are worth")
    if plan["objective"] > plan["bound"] or (
            (plan["status"] == "optimal") != (plan["objective"] == plan["bound"])):
        faults.append("status, objective and bound do not go together")
    return faults
