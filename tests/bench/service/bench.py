"""`make bench-service`: Cairn beside a Fastify service and pgbench on one database.

One run, the arms by turns, the median of five; ratios are what counts, as absolute
figures are those of this machine. BENCH_QUICK=1: two turns and short ones, to work with.
usage: python3 -m tests.bench.service.bench BUILD   (CAIRN_BUILD: where the program is)
"""
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

from tests.bench.service import arms
from tests.bench.service.world import FEEDS, World, ident
from tests.bench.table import Table
from tests.lib import cairn

QUICK = os.environ.get("BENCH_QUICK") == "1"
TURNS, SECONDS = (2, 2) if QUICK else (5, 6)
LOADED = 50_000 if QUICK else 1_000_000  # requests of the memory row
OVERLOAD_S = 10 if QUICK else 60
CLIENTS = 32
ONLY = set(filter(None, os.environ.get("BENCH_ONLY", "").split(",")))


def right(seen):
    """An arm that answered wrongly measured nothing."""
    if seen.get("wrong", 0) > 0:
        raise RuntimeError(f"wrong answers: {seen}")
    return seen


def by_turns(arms_of_run):
    """{name: [what it gave, turn by turn]}, the arms one after the other each turn."""
    seen = {name: [] for name in arms_of_run}
    for _ in range(TURNS):
        for name, run in arms_of_run.items():
            seen[name].append(right(run()))
    return {name: {key: arms.median([s[key] for s in runs])
                   for key in ("per_second", "p99")} for name, runs in seen.items()}


class Bench:
    def __init__(self, build, world, table):
        self.world, self.table = world, table
        self.gets, self.posts = world.gets(), world.posts()
        self.first = arms.first_request(self.gets)
        self.fastify = arms.start_fastify(world, self.first, build)
        self.cairn = arms.start_cairn(world, self.first)
        self.peak = None

    def close(self):
        for server in (self.cairn, self.fastify):
            server.stop()

    def figures(self, seen):
        for name, s in seen.items():
            self.table.say(f"  {name}: {s['per_second']:.0f}/s, p99 {s['p99'] / 1000:.2f} ms")

    # ---- the rows ----

    def tool(self):
        seen = arms.ceiling(self.gets, SECONDS)
        self.table.say(f"  load tool against a trivial responder: {seen['per_second']:.0f}/s,"
                       f" {seen['cpu_share']:.2f} of a core")

    def get(self):
        script = self.world.get_script()
        seen = by_turns({
            "Cairn": lambda: arms.load(self.cairn, self.gets, c=CLIENTS, t=SECONDS),
            "Fastify": lambda: arms.load(self.fastify, self.gets, c=CLIENTS, t=SECONDS),
            "pgbench": lambda: arms.pgbench(self.world, script, arms.WORKERS, SECONDS)})
        self.figures(seen)
        self.peak = seen["Cairn"]["per_second"]
        for peer, bar in (("Fastify", 2), ("pgbench", 0.5)):
            ratio = self.peak / seen[peer]["per_second"]
            self.table.row("GET member, full checks", f"{ratio:.2f} × {peer}",
                           f"≥ {bar} ×", ratio >= bar)
        rate = 0.7 * seen["Fastify"]["per_second"]
        open_loop = by_turns({
            name: lambda server=server: arms.load(server, self.gets, c=4 * CLIENTS,
                                                  t=SECONDS, r=rate)
            for name, server in (("Cairn", self.cairn), ("Fastify", self.fastify))})
        self.figures(open_loop)
        ratio = open_loop["Cairn"]["p99"] / open_loop["Fastify"]["p99"]
        self.table.row(f"GET member, p99 at {rate:.0f}/s offered", f"{ratio:.2f} × Fastify",
                       "≤ 0.5 ×", ratio <= 0.5)

    def post(self):
        each = 10_000
        script = self.world.post_script(each)

        def fresh(run):
            self.world.fresh()
            return run()
        seen = by_turns({
            "Cairn": lambda: fresh(lambda: arms.load(
                self.cairn, self.posts, c=arms.WORKERS, t=SECONDS)),
            "Fastify": lambda: fresh(lambda: arms.load(
                self.fastify, self.posts, c=arms.WORKERS, t=SECONDS)),
            "pgbench": lambda: fresh(lambda: arms.pgbench(
                self.world, script, arms.WORKERS, SECONDS))})
        self.figures(seen)
        rate = seen["Cairn"]["per_second"] / seen["pgbench"]["per_second"]
        slow = seen["Cairn"]["p99"] / seen["pgbench"]["p99"]
        self.table.row("POST mentor request, full transaction", f"{rate:.2f} × pgbench",
                       "≥ 0.8 ×", rate >= 0.8)
        self.table.row("POST mentor request, p99", f"{slow:.2f} × pgbench", "≤ 3 ×", slow <= 3)

    def feed(self):
        blank = self.world.feed_gets("feed", [None] * FEEDS)
        etags = []
        for feed in self.world.feeds:
            request = f"GET /feeds/{feed}.ics HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
            head = arms.ask(self.cairn.port, request.encode()).split(b"\r\n\r\n")[0]
            etags.append(next(line.split(": ", 1)[1] for line in head.decode().split("\r\n")
                              if line.lower().startswith("etag:")))
        known = self.world.feed_gets("known", etags)
        stop = threading.Event()

        def change():
            while not stop.wait(0.1):
                self.world.cluster.execute(
                    "UPDATE session SET starts_at = starts_at + interval '1 minute',"
                    " ends_at = ends_at + interval '1 minute'"
                    " WHERE community_id = %s AND id = %s",
                    (self.world.community, ident(6, 100_000)))
        same = by_turns({"unchanged (304)": lambda: arms.load(
            self.cairn, known, c=CLIENTS, t=SECONDS)})
        self.figures(same)
        rate = same["unchanged (304)"]["per_second"]
        self.table.row("feed of 200 events, unchanged (304)", f"{rate:.0f}/s", "≥ 20,000/s",
                       rate >= 20_000)
        changer = threading.Thread(target=change)
        changer.start()
        try:
            new = by_turns({"changed (200), 20/s offered": lambda: arms.load(
                self.cairn, blank, c=8, t=SECONDS, r=20)})
        finally:
            stop.set()
            changer.join()
        self.figures(new)
        p99 = new["changed (200), 20/s offered"]["p99"] / 1000
        self.table.row("feed of 200 events, changed", f"p99 {p99:.1f} ms", "≤ 20 ms", p99 <= 20)

    def memory(self):
        server = arms.start_cairn(self.world, self.first)
        try:
            half = LOADED // 2
            right(arms.load(server, self.gets, c=CLIENTS, t=1000, w=0, n=half))
            middle = server.rss()
            right(arms.load(server, self.gets, c=CLIENTS, t=1000, w=0, n=half, s=half))
            end = server.rss()
            drift = (end - middle) / middle * 100
            self.table.row(f"memory after {LOADED} requests", f"{end / 2**20:.1f} MiB",
                           "≤ 32 MB", end <= 32_000_000)
            self.table.row("drift in the last half", f"{drift:+.2f} %", "≤ 1 %", drift <= 1)
            n = 2000
            with arms.Hold(server, n, f=self.gets, a="127.0.0.3"):
                each = (server.rss() - end) / n
            self.table.row("an idle connection that was served", f"{each:.0f} octets",
                           "≤ 6 kB", each <= 6000)
        finally:
            server.stop()

    def cold(self):
        cold = []
        for _ in range(TURNS):
            server = arms.start_cairn(self.world, self.first)
            server.stop()
            cold.append(server.cold_ms)
        ms = arms.median(cold)
        self.table.row("cold start to the first answer", f"{ms:.0f} ms", "≤ 100 ms", ms <= 100)

    def slow_clients(self):
        def beside():
            with arms.Hold(self.cairn, 5000, a="127.0.0.2"):
                return arms.load(self.cairn, self.gets, c=CLIENTS, t=SECONDS)
        seen = by_turns({
            "clean": lambda: arms.load(self.cairn, self.gets, c=CLIENTS, t=SECONDS),
            "beside 5,000 half-open and dribbling": beside})
        self.figures(seen)
        clean, slow = seen.values()
        rate, p99 = slow["per_second"] / clean["per_second"], slow["p99"] / clean["p99"]
        self.table.row("throughput beside 5,000 slow connections", f"{rate:.2f} × clean",
                       "≥ 0.9 ×", rate >= 0.9)
        self.table.row("p99 beside 5,000 slow connections", f"{p99:.2f} × clean", "≤ 2 ×",
                       p99 <= 2)

    def overload(self):
        peak = self.peak or right(arms.load(
            self.cairn, self.gets, c=CLIENTS, t=SECONDS))["per_second"]
        seen = arms.load(self.cairn, self.gets, c=512, t=OVERLOAD_S, r=3 * peak)
        good = seen["per_second"] / peak
        taken = seen["answers"] / seen["seconds"] / peak
        self.table.say(f"  peak {peak:.0f}/s; offered {3 * peak:.0f}/s for {OVERLOAD_S} s,"
                       f" {taken:.2f} x peak answered:"
                       f" {seen['status']}, broken {seen['broken']}, load tool"
                       f" {seen['cpu_share']:.2f} of a core")
        self.table.row("goodput at 3 × overload", f"{good:.2f} × peak", "≥ 0.9 ×", good >= 0.9)
        self.table.row("p99 of the accepted, from sending", f"{seen['sent_p99'] / 1000:.0f} ms",
                       "≤ 250 ms", seen["sent_p99"] <= 250_000)
        others = {s for s in seen["status"] if s not in ("200", "503")}
        shed = not others and seen["broken"] == 0 and seen["no_retry_after"] == 0
        self.table.row("the rest", "503 with Retry-After" if shed else
                       f"{others} and {seen['no_retry_after']} without Retry-After,"
                       f" {seen['broken']} broken", "503 with Retry-After", shed)

    def suites(self):
        """What the slow suites prove, each with its control arm; run here so that the
        table is whole."""
        for figure, suite, good in (("32 clients × 200 mentors", "test_race", "0 over capacity"),
                                    ("kill −9 of API, worker, PostgreSQL", "test_kill",
                                     "0 acknowledged writes lost")):
            done = subprocess.run(
                [sys.executable, os.path.join(cairn.ROOT, "tests", "run.py"), "--build",
                 os.environ["CAIRN_BUILD"], "--only", "slow", "-k", suite],
                capture_output=True, text=True, cwd=cairn.ROOT, check=False)
            held = done.returncode == 0 and re.search(r"^[1-9]\d* passed", done.stdout, re.M)
            self.table.row(figure, good if held else "see the suite",
                           f"{good}; the control arm fails", bool(held))


ROWS = ("tool", "get", "post", "feed", "memory", "cold", "slow_clients", "overload", "suites")


def main():
    build = os.path.abspath(sys.argv[1])
    with tempfile.TemporaryDirectory(prefix="cairn-bench-") as folder:
        began = time.monotonic()
        world = World(folder)
        table = Table(os.path.join(build, "bench-service.txt"))
        table.say(f"Service bench: {TURNS} turns of {SECONDS} s, {os.cpu_count()} processors,"
                  f" {arms.WORKERS} database connections each; seeded in"
                  f" {time.monotonic() - began:.1f} s")
        table.say("| figure | measured | bar | |\n|---|---|---|---|")
        try:
            bench = Bench(build, world, table)
            try:
                for row in ROWS:
                    if not ONLY or row in ONLY:
                        getattr(bench, row)()
            finally:
                bench.close()
        finally:
            world.cluster.close()


if __name__ == "__main__":
    main()
