"""`make bench-matcher`: Cairn beside LEMON, SciPy and GLPK alone, each in its own process.

One run, the contenders by turns, the median of five; ratios are what counts, as absolute
figures are those of this machine. docs/performance-matcher.md says what each solves.
BENCH_QUICK=1: two turns of the small communities, to work with; BENCH_ONLY=10k-random,50k
some communities.
usage: python3 -m tests.bench.matcher.bench BUILD   (CAIRN_BUILD: where the programs are)
"""
import csv
import os
import platform
import re
import subprocess
import sys
import tempfile

from tests.bench.matcher import contenders
from tests.bench.matcher.contenders import ALL, ALONE, Contender, Instance
from tests.bench.table import Table

QUICK = os.environ.get("BENCH_QUICK") == "1"
TURNS = 2 if QUICK else 5
LIMIT = 60 if QUICK else 120  # seconds that the peers have
ONLY = set(filter(None, os.environ.get("BENCH_ONLY", "").split(",")))
PACKAGES = ("liblemon-dev", "python3-scipy", "libglpk-dev", "gcc")
COMMUNITIES = (  # name, newcomers, mentors, regime, who, also in a quick run
    ("200", 200, 100, "random", ALL, True),
    ("500", 500, 500, "random", ALL, True),
    ("full.csv", 790, 3_000, "shared", ALL, True),
    ("1k", 1_000, 300, "random", ALONE, True),
    ("2k-constrained", 2_000, 700, "constrained", ALONE, True),
    ("3k", 3_000, 1_000, "random", ALONE, True),
    ("10k-random", 10_000, 3_000, "random", ALL, False),
    ("10k-popular", 10_000, 3_000, "popular", ALL, False),
    ("30k", 30_000, 10_000, "random", ALONE, False),
    ("50k", 50_000, 15_000, "random", ALONE, False),
    ("100k", 100_000, 20_000, "random", ALONE, False),
    ("100k-popular", 100_000, 20_000, "popular", ALONE, False),
)
CURVE = ("1k", "3k", "10k-random", "30k", "100k")
COLUMNS = ("community", "contender", "time_of_cairns", "memory_of_cairns", "wall_s", "wall_least_s",
           "wall_most_s", "processors_s", "solve_s", "peak_mib", "turns", "state", "newcomers", "mentors",
           "allowed_pairs", "people", "points")


def version(package):
    run = subprocess.run(["dpkg-query", "-W", "-f", "${Package} ${Version}", package],
                         stdout=subprocess.PIPE, text=True, check=False)
    return run.stdout or f"{package} unknown"


def machine():
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.M)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{model[1] if model else platform.machine()}, {os.cpu_count()} processors,"
            f" {memory:.1f} GiB, Linux {platform.release()}; "
            + ", ".join(map(version, PACKAGES)))


def shown(number, digits=2):
    return "" if number is None else f"{number:,.{digits}f}"


def plain(number):
    return "" if number is None else f"{number:.4f}"


def ratio(a, b):
    return a / b if a is not None and b else None


class Bench:
    def __init__(self, table, rows):
        self.table, self.rows = table, rows
        self.seen = {}  # community -> {contender's name: Contender}
        self.confirmed = {}  # community -> GLPK's part

    def run(self, name, newcomers, mentors, regime, who):
        with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
            instance = Instance(folder, name, newcomers, mentors, regime)
            if not instance.is_there():
                self.table.say(f"\n{name}: skipped, no {instance.members}")
                return
            seen = {arm: Contender(arm, instance) for arm in who}
            for _ in range(TURNS):
                for contender in seen.values():
                    contender.turn(LIMIT)
            if (Bench.confirmation, name) in BARS:
                self.confirmed[name] = instance.confirmation(TURNS)
        contenders.check_answers(seen)
        self.seen[name] = seen
        self.tell(instance, seen)

    def tell(self, x, seen):
        allowed = x.plan["solver"]["allowed_pairs"] if x.plan else None
        self.table.say(f"\n{x.name}: {x.newcomers:,} newcomers, {x.mentors:,} mentors,"
                       f" {shown(allowed, 0)} allowed pairs\n\n"
                       "| contender | time ÷ Cairn's | memory ÷ Cairn's | wall s | processors' s"
                       " | solving s | peak MiB | people | points | |\n" + 10 * "|---" + "|")
        cairn = seen["Cairn"]
        for name, c in seen.items():
            time, memory = ratio(c.wall, cairn.wall), ratio(c.peak_mib, cairn.peak_mib)
            answer = [c.answer.get(key, "") for key in ("people", "points")]
            walls = [run.wall for run in c.runs if run.done]
            self.table.say("| " + " | ".join(map(str, (
                name, shown(time), shown(memory), shown(c.wall, 3), shown(c.cpu, 3),
                shown(c.solve, 3), shown(c.peak_mib, 1), *answer,
                c.answer.get("verdict", c.state)))) + " |")
            self.rows.writerow((
                x.name, name, *map(plain, (
                    time, memory, c.wall, min(walls, default=None), max(walls, default=None),
                    c.cpu, c.solve, c.peak_mib)),
                len(walls), c.state, x.newcomers, x.mentors, allowed, *answer))

    # ---- the bars ----

    def proved(self, name, seconds, mib, figure):
        """So many seconds and so much memory, with a certificate that verifies."""
        cairn, verify = (self.seen[name][arm] for arm in ALONE)
        good = verify.answer.get("verdict") == "OPTIMAL"
        holds = good and cairn.wall <= seconds and (mib is None or cairn.peak_mib <= mib)
        self.table.row(figure, f"{shown(cairn.wall, 3)} s, {shown(cairn.peak_mib, 0)} MiB,"
                       f" certificate {'verified' if good else 'NOT verified'}",
                       f"≤ {seconds} s" + (f", ≤ {mib} MiB" if mib else ""), holds)

    def within(self, name, percent, seconds):
        """Side constraints: near the bound over all pairs, in time."""
        cairn, verify = (self.seen[name][arm] for arm in ALONE)
        gap, verdict = cairn.instance.plan["gap"], verify.answer.get("verdict", "")
        self.table.row(f"{name}: five side constraints", f"gap {gap} %, {shown(cairn.wall, 3)} s,"
                       f" certificate {'verified' if verdict else 'NOT verified'}",
                       f"≤ {percent} % in {seconds} s",
                       bool(verdict) and gap <= percent and cairn.wall <= seconds)

    def against_lemon(self, name, least):
        cairn, lemon = self.seen[name]["Cairn"], self.seen[name]["LEMON"]
        time, memory = ratio(lemon.wall, cairn.wall), ratio(cairn.peak_mib, lemon.peak_mib)
        figure = f"{name} against LEMON on the full graph"
        self.judge(figure, time, f"{shown(time, 1)} × faster", f"≥ {least} ×", lambda x: x >= least)
        self.judge(figure, memory, f"{shown(memory, 3)} of its memory", "≤ 0.1", lambda x: x <= 0.1)

    def confirmation(self, name):
        """GLPK's part of a match."""
        share = self.confirmed[name]
        self.judge(f"GLPK's confirmation, {name}", share, f"{shown(share)} of the time", "≤ 0.2",
                   lambda x: x <= 0.2)

    def verifying(self, name):
        cairn, verify = (self.seen[name][arm] for arm in ALONE)
        times = ratio(verify.wall, cairn.wall)
        self.judge(f"cairn verify, {name}", times, f"{shown(times)} × the match", "≤ 1 ×",
                   lambda x: x <= 1)

    def judge(self, figure, number, said, bar, holds):
        """A ratio that nobody gave, since a contender did not finish, is not judged."""
        if number is None:
            self.table.row(figure, "", bar, None)
        else:
            self.table.row(figure, said, bar, holds(number))

    def curve(self):
        figures = [f"{name}: {shown(self.seen[name]['Cairn'].peak_mib, 0)}" for name in CURVE
                   if name in self.seen]
        self.table.say(f"| Cairn's peak memory, MiB | {', '.join(figures)} | | |")

    def bars(self):
        self.table.say("\n| figure | measured | bar | |\n|---|---|---|---|")
        for judge, name, *bar in BARS:
            if name in self.seen:
                judge(self, name, *bar)
        self.curve()


BARS = (
    (Bench.proved, "500", 0.1, None, "500 × 500"),
    (Bench.against_lemon, "10k-random", 20),
    (Bench.against_lemon, "10k-popular", 10),
    (Bench.proved, "50k", 25, 1024, "50,000 × 15,000"),
    (Bench.proved, "100k", 90, 2048, "100,000 × 20,000"),
    (Bench.within, "2k-constrained", 0.1, 30),
    (Bench.confirmation, "10k-random"),
    (Bench.confirmation, "10k-popular"),
    (Bench.verifying, "10k-random"),
    (Bench.verifying, "10k-popular"),
)


def main():
    build = os.path.abspath(sys.argv[1])
    table = Table(os.path.join(build, "bench-matcher.txt"))
    table.say(f"Matcher bench: {TURNS} turns, the peers have {LIMIT} s\n{machine()}")
    with open(os.path.join(build, "bench-matcher.csv"), "w", encoding="utf-8", newline="") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        bench = Bench(table, rows)
        for *community, quick in COMMUNITIES:
            if community[0] in ONLY or (not ONLY and (quick or not QUICK)):
                bench.run(*community)
                out.flush()
    bench.bars()


if __name__ == "__main__":
    main()
