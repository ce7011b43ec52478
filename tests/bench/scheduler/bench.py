"""`make bench-scheduler`: Cairn beside GLPK alone, each in its own process, by turns.

Both get the same people, the same objective and the same time limit. Ratios and gaps are
what counts, as absolute figures are those of this machine. Every plan of Cairn's passes
tests/lib/cohort_checker or the bench ends. BENCH_QUICK=1: one turn, only the instances
with a limit of 10 s or less; BENCH_ONLY=100,medium,hours,availability some.
usage: python3 -m tests.bench.scheduler.bench BUILD   (CAIRN_BUILD: where the programs are)
"""
import csv
import dataclasses
import json
import os
import re
import sys
import tempfile

from tests.bench.matcher.bench import machine, plain, ratio, shown
from tests.bench.matcher.contenders import SHARED, measure, median, program
from tests.bench.scheduler import problem
from tests.bench.table import Table
from tests.lib import cohort_checker, office_checker

QUICK = os.environ.get("BENCH_QUICK") == "1"
ONLY = set(filter(None, os.environ.get("BENCH_ONLY", "").split(",")))
TURNS = 1 if QUICK else 3
SEED = 1
GRACE = 30  # seconds for reading and writing, beyond a contender's own limit
WINTER = {"anchor_time_zone": "Etc/UTC", "first_date": "2026-11-09", "last_date": "2026-12-20",
          "cohort_size": {"min": 3, "max": 6}}
TWELVE = {"anchor_time_zone": "Europe/Berlin", "first_date": "2026-10-12", "last_date": "2027-01-03",
          "cohort_size": {"min": 3, "max": 6}}
SHARED_GUIDES = {**WINTER, "cohort_size": {"min": 12, "max": 12}, "cohorts_per_guide": 3}
ONE_COHORT = {**TWELVE, "cohort_size": {"min": 19, "max": 19}, "slots_per_cohort": 3,
              "first_date": "2026-09-28", "last_date": "2026-12-20"}
COLUMNS = ("instance", "contender", "gap_percent", "time_of_cairns", "objective", "bound", "wall_s",
           "processors_s", "peak_mib", "limit_s", "state", "newcomers", "guides", "slots")


@dataclasses.dataclass(frozen=True, eq=False)
class Instance:
    name: str
    newcomers: int
    guides: int
    slots: int      # 0: a community of the shared data
    intake: dict
    limit: int      # seconds
    gap: float      # percent of the bound that may be missing at most; None: no bar
    wide: bool = False

    def make(self, folder):
        """The member file's path, the intake's, both in place; None without the data."""
        intake = os.path.join(folder, "intake.json")
        with open(intake, "w", encoding="utf-8") as f:
            json.dump({"name": self.name, **self.intake}, f)
        if self.slots == 0:
            members = os.path.join(SHARED, "data", "community", self.name + ".csv")
            return (members, intake) if os.path.exists(members) else None
        members = os.path.join(folder, "members.csv")
        run = measure([program("bench/generate-cohorts"), "--newcomers", str(self.newcomers),
                       "--guides", str(self.guides), "--slots", str(self.slots), "--seed", str(SEED)]
                      + ["--wide"] * self.wide,
                      GRACE, folder, members)
        return (members, intake) if run.done else None


INSTANCES = (
    Instance("40", 40, 7, 20, WINTER, 3, 0),
    Instance("100", 100, 16, 30, WINTER, 3, 0),
    Instance("300", 300, 50, 40, WINTER, 10, 0.5),
    Instance("1000", 1_000, 160, 60, WINTER, 120, 1),
    Instance("20 cohorts, 8 guides", 240, 8, 40, SHARED_GUIDES, 30, 1),
    Instance("one cohort", 19, 1, 1, ONE_COHORT, 3, 0, True),
    Instance("small", 120, 40, 0, TWELVE, 10, None),
    Instance("medium", 500, 300, 0, TWELVE, 60, None),
)


# Office hours: hosts, newcomers, seats of a slot; one slot a week each, one seed in three.
HOURS = {"name": "hours", "hosts": 20, "newcomers": 150, "seats": (4, 7, 10), "limit": 30, "gap": 1}


class Plan:
    """What a contender says it found."""

    def __init__(self, run, objective=0, bound=None):
        self.run, self.objective, self.bound = run, objective, bound

    @property
    def gap(self):
        if not self.bound or not self.run.done:
            return None
        return 100 * max(0, self.bound - self.objective) / self.bound


class Bench:
    def __init__(self, table, rows):
        self.table, self.rows, self.seen, self.office = table, rows, {}, []
        self.bits = None

    def cairn(self, x, folder, members, intake, fits):
        path = os.path.join(folder, "cohorts.json")
        run = measure([program("cairn"), "schedule", members, "--intake", intake, "--plan", path,
                       "--time-limit", str(x.limit)], x.limit + GRACE, folder)
        if not run.done:
            return Plan(run)
        with open(path, encoding="utf-8") as f:
            plan = json.load(f)
        faults = cohort_checker.check(cohort_checker.read_members(members), cohort_checker.Intake.read(intake),
                                      plan, cohort_checker.read_fits(fits))
        if faults:
            raise RuntimeError(f"{x.name}: the checker found " + "; ".join(faults[:5]))
        if not all(c["discomfort"]["proven"] for c in plan["cohorts"]):
            return Plan(run, plan["objective"])
        return Plan(run, plan["objective"], plan["bound"])

    def glpk(self, x, folder, members, intake, fits):
        path = os.path.join(folder, "problem")
        if not os.path.exists(path):
            with open(path, "w", encoding="utf-8") as out:
                problem.write(cohort_checker.read_members(members), cohort_checker.Intake.read(intake),
                              cohort_checker.read_fits(fits), out)
        run = measure([program("bench/cohorts-glpk"), path, str(x.limit)], x.limit + GRACE, folder)
        said = re.match(r"objective (\d+) bound (\d+|inf)", run.said)
        if not run.done or not said:
            return Plan(run)
        return Plan(run, int(said[1]), None if said[2] == "inf" else int(said[2]))

    def run(self, x):
        with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
            made = x.make(folder)
            if made is None:
                self.table.say(f"\n{x.name}: skipped, no such community")
                return
            fits = os.path.join(folder, "fits")
            done = measure([program("bench/fits"), made[0], "--intake", made[1]], GRACE, folder, fits)
            if not done.done:
                raise RuntimeError(f"{x.name}: bench/fits: {done.state}")
            who = {"Cairn": self.cairn} if x.slots == 0 or x.wide else {"Cairn": self.cairn, "GLPK alone": self.glpk}
            plans = {name: [] for name in who}
            for _ in range(TURNS):
                for name, contender in who.items():
                    plans[name].append(contender(x, folder, *made, fits))
        if len({(p.objective, p.bound) for p in plans["Cairn"] if p.run.wall < x.limit * 0.9}) > 1:
            raise RuntimeError(f"{x.name}: another plan from the same input")
        self.tell(x, plans)

    def hours(self):
        """Each in its own folder; the worst gap and the longest time count."""
        self.table.say(f"\n{HOURS['name']}: {HOURS['hosts']} hosts, {HOURS['newcomers']} newcomers, limit "
                       f"{HOURS['limit']} s\n\n| seats | gap % | objective | bound | wall s |\n" + 5 * "|---" + "|")
        for turn, seats in enumerate(HOURS["seats"]):
            with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
                members, wish, path = (os.path.join(folder, n) for n in ("members.csv", "hours.json", "plan.json"))
                measure([program("bench/generate-cohorts"), "--newcomers", str(HOURS["newcomers"]), "--guides",
                         str(HOURS["hosts"]), "--slots", "40", "--seed", str(SEED + turn)], GRACE, folder, members)
                people = cohort_checker.read_members(members)
                asked = {**{k: WINTER[k] for k in ("first_date", "last_date")}, "seats": seats, "hosts": [
                    {"mentor": m.id, "hours_per_week": 1} for m in people.values() if m.capacity],
                    "reached": sorted(m.id for m in people.values() if m.is_newcomer)[::3]}
                with open(wish, "w", encoding="utf-8") as f:
                    json.dump(asked, f)
                run = measure([program("cairn"), "hours", members, "--hosts", wish, "--plan", path],
                              HOURS["limit"] + GRACE, folder)
                if not run.done:
                    raise RuntimeError(f"hours: {run.state}")
                with open(path, encoding="utf-8") as f:
                    plan = json.load(f)
            faults = office_checker.check(people, asked, plan)
            if faults:
                raise RuntimeError("hours: the checker found " + "; ".join(faults[:5]))
            found = Plan(run, plan["objective"], plan["bound"])
            self.table.say(f"| {seats} | {shown(found.gap, 3)} | {found.objective} | {found.bound} | {shown(run.wall)} |")
            self.rows.writerow((f"hours, {seats} seats", "Cairn", plain(found.gap), 1, found.objective, found.bound,
                                plain(run.wall), plain(run.cpu), plain(run.peak_kib / 1024), HOURS["limit"],
                                run.state, HOURS["newcomers"], HOURS["hosts"], 40))
            self.office.append(found)

    def availability(self):
        """Everybody's weekly hours on the real dates, as bit sets; the median of the turns."""
        with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
            members = os.path.join(folder, "members.csv")
            measure([program("bench/generate"), "--newcomers", "7000", "--mentors", "3000", "--seed", str(SEED)],
                    GRACE, folder, members)
            took = []
            for _ in range(TURNS):
                run = measure([program("bench/availability"), "bitsets", members, "--from", "2026-09-07"],
                              GRACE, folder)
                if not run.done:
                    raise RuntimeError(f"availability: {run.state}")
                took.append(int(run.said.split()[3]) / 1000)
        self.bits = median(took)

    def tell(self, x, plans):
        self.table.say(f"\n{x.name}: {x.newcomers:,} newcomers, {x.guides:,} guides, limit {x.limit} s\n\n"
                       "| contender | gap % | time ÷ Cairn's | objective | bound | wall s | processors' s |"
                       " peak MiB | |\n" + 9 * "|---" + "|")
        cairn = median([p.run.wall for p in plans["Cairn"]])
        for name, turns in plans.items():
            worst = max(turns, key=lambda p: (p.gap is None, p.gap))
            wall, cpu, peak = (median([f(p.run) for p in turns]) for f in (
                lambda r: r.wall, lambda r: r.cpu, lambda r: r.peak_kib / 1024))
            row = (shown(worst.gap, 3), shown(ratio(wall, cairn)), worst.objective, worst.bound or "",
                   shown(wall), shown(cpu), shown(peak, 0), worst.run.state)
            self.table.say(f"| {name} | " + " | ".join(map(str, row)) + " |")
            self.rows.writerow((x.name, name, plain(worst.gap), plain(ratio(wall, cairn)), worst.objective,
                                worst.bound or "", plain(wall), plain(cpu), plain(peak), x.limit,
                                worst.run.state, x.newcomers, x.guides, x.slots))
            if name == "Cairn":
                self.seen[x] = worst, wall

    def bars(self):
        self.table.say("\n| figure | measured | bar | |\n|---|---|---|---|")
        for x, (worst, wall) in self.seen.items():
            if x.gap is None:
                continue
            held = worst.gap is not None and worst.gap <= x.gap and wall <= x.limit
            self.table.row(x.name, f"gap {shown(worst.gap, 3) or 'unknown'} % in {shown(wall)} s",
                           f"≤ {x.gap} % in {x.limit} s" if x.gap else f"proven in {x.limit} s", held)
        if self.bits is not None:
            self.table.row("10,000 members × 26 weeks to bit sets", f"{shown(self.bits)} s", "≤ 1 s", self.bits <= 1)
        if self.office:
            gap, wall = max(p.gap for p in self.office), max(p.run.wall for p in self.office)
            self.table.row(f"office hours of {HOURS['hosts']} hosts, {HOURS['newcomers']} newcomers",
                           f"gap {shown(gap, 3)} % in {shown(wall)} s", f"≤ {HOURS['gap']} % in {HOURS['limit']} s",
                           gap <= HOURS["gap"] and wall <= HOURS["limit"])


def main():
    build = os.path.abspath(sys.argv[1])
    table = Table(os.path.join(build, "bench-scheduler.txt"))
    table.say(f"Scheduler bench: {TURNS} turns, the worst gap and the median of the time\n{machine()}")
    with open(os.path.join(build, "bench-scheduler.csv"), "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        bench = Bench(table, rows)
        for x in INSTANCES:
            if x.name in ONLY or (not ONLY and (x.limit <= 10 or not QUICK)):
                bench.run(x)
                out.flush()
        if "availability" in ONLY or not ONLY:
            bench.availability()
        if HOURS["name"] in ONLY or not ONLY:
            bench.hours()
    bench.bars()


if __name__ == "__main__":
    main()
