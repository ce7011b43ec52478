#!/usr/bin/python3
"""Run the test suites and count the single tests.

  tests/run.py --build build/asan [--only unit,prop,…] [-k PATTERN] [-j N]

A suite is one program or one Python file:
  unit prop golden integration faults   C programs (cmocka) below BUILD/tests
  fuzz                                  fuzz targets replaying tests/fuzz/corpus
  rules cli http interop slow last      tests/<kind>/test_*.py (unittest)

Suites run two at a time, of those that need some quiet one. "last" judges what all of
http did: it runs when http did, in full. A suite that fails, crashes, runs past its time
or runs no test counts as failed; exit status 77 is one skipped test. The last line is
always "N passed, N failed, N skipped"; the exit status is 1 when anything failed.
"""
import argparse
import concurrent.futures
import dataclasses
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = "/usr/bin/python3"
C_KINDS = ("unit", "prop", "golden", "integration", "faults")
PY_KINDS = ("rules", "cli", "http", "interop", "slow", "last")
KINDS = ("rules", "unit", "prop", "golden", "fuzz", "cli", "interop",
         "integration", "http", "faults", "last")
# Only when asked for: faults and races under load, minutes each.
SLOW_KINDS = ("slow",)
# One after the other: they share a cluster, or look at how long something takes.
SERIAL_KINDS = {"integration", "faults", "slow"}
PACED = {f"http/test_{name}" for name in (
    "door", "limits", "outcome", "overload", "slow", "takeover", "upgrade")}
# Pure code must not depend on the machine's zone: these run in an odd one.
ODD_ZONE = {"unit", "prop", "golden"}
TIMEOUT, SLOW_TIMEOUT = 600, 3000  # seconds a suite
SKIP_ALL = 77


@dataclasses.dataclass(eq=False)  # each is itself: they stand in sets
class Suite:
    kind: str
    name: str
    command: list

    @property
    def is_serial(self):
        return self.kind in SERIAL_KINDS or self.name in PACED


@dataclasses.dataclass
class Result:
    suite: Suite
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    output: str = ""
    reason: str = ""


def find_suites(build, root=ROOT):
    """All suites, in the order of KINDS."""
    suites = []
    for kind in C_KINDS:
        stem = "prop" if kind == "prop" else "test"
        for source in sorted(glob.glob(f"{root}/tests/{kind}/{stem}_*.c")):
            name = os.path.basename(source)[:-2]
            suites.append(Suite(kind, f"{kind}/{name}",
                                [f"{build}/tests/{kind}/{name}"]))
    for source in sorted(glob.glob(f"{root}/tests/fuzz/fuzz_*.c")):
        name = os.path.basename(source)[:-2]
        suites.append(Suite("fuzz", f"fuzz/{name}",
                            [f"{build}/tests/fuzz/{name}",
                             f"{root}/tests/fuzz/corpus/{name[5:]}"]))
    for kind in PY_KINDS:
        for source in sorted(glob.glob(f"{root}/tests/{kind}/test_*.py")):
            name = os.path.basename(source)[:-3]
            suites.append(Suite(kind, f"{kind}/{name}",
                                [PYTHON, "-B", "-m", "unittest", "-v",
                                 os.path.relpath(source, root)]))
    return sorted(suites, key=lambda s: (KINDS + SLOW_KINDS).index(s.kind))


def count_cmocka(output):
    """(passed, failed, skipped) from cmocka's lines: it names a failed test twice."""
    names = {word: re.findall(rf"^\[ +{word} +\] (\w+)$", output, re.M)
             for word in ("OK", "FAILED", "SKIPPED")}
    return len(names["OK"]), len(set(names["FAILED"])), len(set(names["SKIPPED"]))


def count_unittest(output):
    """(passed, failed, skipped) from unittest's closing lines."""
    ran = re.search(r"^Ran (\d+) tests? in", output, re.M)
    last = re.search(r"^(?:OK|FAILED)(?: \((.*)\))?$", output, re.M)
    if not ran or not last:
        return 0, 0, 0
    part = dict(re.findall(r"([a-z ]+)=(\d+)", last.group(1) or ""))
    part = {key.strip(): int(value) for key, value in part.items()}
    failed = (part.get("failures", 0) + part.get("errors", 0)
              + part.get("unexpected successes", 0))
    skipped = part.get("skipped", 0)
    # A class or module that fails or is skipped as a whole is not in "Ran".
    return max(int(ran.group(1)) - failed - skipped, 0), failed, skipped


def count_replay(output):
    """(passed, failed, skipped): one a corpus file; see tests/fuzz/replay.c."""
    return len(re.findall(r"^replayed ", output, re.M)), 0, 0


def judge(suite, status, output, timed_out=False):
    """A suite's result from how its process ended and what it said."""
    if status == SKIP_ALL and not timed_out:
        return Result(suite, skipped=1, output=output)
    count = (count_replay if suite.kind == "fuzz" else
             count_cmocka if suite.kind in C_KINDS else count_unittest)
    result = Result(suite, *count(output), output=output)
    if timed_out:
        result.reason = "ran out of time"
    elif status < 0:
        result.reason = f"killed by {signal.Signals(-status).name}"
    elif status != 0 and result.failed == 0:
        result.reason = f"exit status {status}"
    elif result.passed + result.failed + result.skipped == 0:
        result.reason = "ran no test"
    if result.reason:
        result.failed += 1
    return result


def races(suite, build):
    """Where ThreadSanitizer reports: also of processes whose exit status nobody asks."""
    return f"{os.path.abspath(build)}/races/{suite.name.replace('/', '-')}"


def environment(suite, build):
    kind, env = suite.kind, dict(os.environ)
    env["CAIRN_BUILD"] = os.path.abspath(build)
    env.setdefault("CAIRN_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
    env["ASAN_OPTIONS"] = "detect_leaks=1:abort_on_error=0:strict_string_checks=1"
    env["UBSAN_OPTIONS"] = "print_stacktrace=1"
    env["TSAN_OPTIONS"] = f"log_path={races(suite, build)} history_size=4"
    env["PYTHONPATH"] = os.pathsep.join(
        [ROOT, os.path.join(ROOT, "tests", kind), os.path.join(ROOT, "tests", "lib")])
    if kind in ODD_ZONE:
        env["TZ"] = "Asia/Kathmandu"
    return env


def run_suite(suite, build):
    """Run in a process group of its own, so that a time-out ends all of it."""
    begin = time.monotonic()
    limit = SLOW_TIMEOUT if suite.kind in SLOW_KINDS else TIMEOUT
    timed_out = False
    os.makedirs(os.path.dirname(races(suite, build)), exist_ok=True)
    for old in glob.glob(races(suite, build) + ".*"):
        os.remove(old)
    try:
        process = subprocess.Popen(
            suite.command, cwd=ROOT, env=environment(suite, build),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, start_new_session=True)
    except OSError as error:
        return Result(suite, failed=1, reason=str(error))
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        timed_out = True
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
    result = judge(suite, process.returncode,
                   output.decode("utf-8", "replace"), timed_out)
    reports = sorted(glob.glob(races(suite, build) + ".*"))
    if reports:
        result.failed += 1
        result.reason = f"{len(reports)} processes with races"
        for path in reports:
            with open(path, encoding="utf-8", errors="replace") as file:
                result.output += "\n" + file.read()
    result.seconds = time.monotonic() - begin
    return result


def report(result):
    word = "FAILED" if result.failed else "ok"
    extra = f", {result.skipped} skipped" if result.skipped else ""
    print(f"{word:6} {result.suite.name:34} {result.passed:4} passed{extra}"
          f"  {result.seconds:6.1f} s  {result.reason}".rstrip(), flush=True)
    if result.failed:
        print("  | " + result.output.rstrip().replace("\n", "\n  | "),
              flush=True)


def run_all(suites, build, jobs):
    """In their order; a serial one waits for its turn, others pass it meanwhile."""
    waiting, running, results, change = list(suites), set(), [], threading.Condition()

    def fitting():
        held = any(s.is_serial for s in running)
        return next((s for s in waiting if not (held and s.is_serial)), None)

    def work():
        while True:
            with change:
                change.wait_for(lambda: not waiting or fitting())
                if not waiting:
                    return
                suite = fitting()
                waiting.remove(suite)
                running.add(suite)
            result = run_suite(suite, build)
            with change:
                running.remove(suite)
                results.append(result)
                report(result)
                change.notify_all()

    with concurrent.futures.ThreadPoolExecutor(max_workers=jobs) as pool:
        for worker in [pool.submit(work) for _ in range(jobs)]:
            worker.result()
    return results


def main(argv):
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--build", default="build/asan")
    parser.add_argument("--only", help="kinds of suites, joined by commas")
    parser.add_argument("-k", help="suites whose name holds this text")
    parser.add_argument("-j", type=int, default=2, help="suites at a time")
    args = parser.parse_args(argv)
    kinds = args.only.split(",") if args.only else KINDS
    unknown = set(kinds) - set(KINDS + SLOW_KINDS)
    if unknown:
        parser.error("unknown kind: " + ", ".join(sorted(unknown)))
    suites = [s for s in find_suites(os.path.abspath(args.build))
              if s.kind in kinds and (not args.k or args.k in s.name)]
    last = [s for s in suites if s.kind == "last"]
    suites = [s for s in suites if s.kind != "last"]
    if "http" not in kinds or args.k:
        last = []
    if last:
        shutil.rmtree(os.path.join(args.build, "produced"), ignore_errors=True)
    results = run_all(suites, args.build, args.j) + run_all(last, args.build, 1)
    passed, failed, skipped = (sum(getattr(r, field) for r in results)
                               for field in ("passed", "failed", "skipped"))
    if not suites:
        print("no suite was found", file=sys.stderr)
        failed += 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
