"""Who takes part in the bench of the matcher, on what, and how a run is measured."""
import dataclasses
import json
import os
import re
import statistics
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SHARED = os.environ.get("CAIRN_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
FROM = "2026-10-01"
SEED = 1
CONSTRAINTS = os.path.join(HERE, "constraints.json")
CAIRN_LIMIT = 600  # seconds


def program(name):
    return os.path.join(os.path.abspath(os.environ["CAIRN_BUILD"]), name)


def median(numbers):
    return statistics.median(numbers) if numbers else None


@dataclasses.dataclass
class Run:
    wall: float
    cpu: float
    peak_kib: int
    state: str  # "done", "not finished in N s" or "exit status N"
    said: str   # standard output's text, "" where it went to a file

    @property
    def done(self):
        return self.state == "done"


def measure(command, limit, folder, out=None):
    """Run a command in a process of its own; its standard output goes to the file `out`."""
    result, text = os.path.join(folder, "measured.json"), out or os.path.join(folder, "said.txt")
    with open(text, "wb") as said:
        subprocess.run([program("bench/measure"), result, str(limit), *command], check=True,
                       stdout=said, stderr=subprocess.DEVNULL, cwd=ROOT)
    with open(result, encoding="utf-8") as file:
        seen = json.load(file)
    state = "done"
    if not seen["finished"]:
        state = f"not finished in {limit} s"
    elif seen["status"] != 0:
        state = f"exit status {seen['status']}"
    if out is None:
        with open(text, encoding="utf-8") as file:
            said = file.read()
    return Run(seen["wall"], seen["cpu"], seen["peak_kib"], state, "" if out else said)


class Instance:
    """One community: its member file, and what Cairn and its scorer made of it. Random,
    constrained and popular ones are made by seed, the others are of the shared data."""

    def __init__(self, folder, name, newcomers, mentors, regime):
        self.folder, self.name = folder, name
        self.newcomers, self.mentors = newcomers, mentors
        self.members = os.path.join(folder, "members.csv")
        self.plan_path, self.certificate, self.points = (
            os.path.join(folder, file) for file in ("plan.json", "certificate.json", "points"))
        self.plan = None
        self.policy = ["--policy", CONSTRAINTS] if regime == "constrained" else []
        if regime == "shared":
            self.members = os.path.join(SHARED, "data", "community", name)
            return
        command = [program("bench/generate"), "--newcomers", str(newcomers),
                   "--mentors", str(mentors), "--seed", str(SEED)]
        with open(self.members, "wb") as out:
            subprocess.run(command + ["--popular"] * (regime == "popular"), stdout=out, check=True)

    def is_there(self):
        return os.path.exists(self.members)

    def confirmation(self, turns):
        """GLPK's part of a match, the rest of the process apart."""
        shares = []
        for _ in range(turns):
            run = measure([program("bench/match"), self.members, "--from", FROM, *self.policy],
                          CAIRN_LIMIT, self.folder)
            seen = {k: float(v) for k, v in re.findall(r"(match|confirm) ([\d.]+)", run.said)}
            shares.append(seen["confirm"] / seen["match"])
        return median(shares)

    def worst(self):
        return str(self.plan["objective"]["worst_points"])


# ---- what each runs ----

def match(instance, *more):
    return [program("cairn"), "match", instance.members, "--from", FROM,
            "--plan", instance.plan_path, "--certificate", instance.certificate,
            "--time-limit", str(CAIRN_LIMIT), *instance.policy, *more]


COMMANDS = {
    "Cairn": match,
    "Cairn, one thread": lambda x: match(x, "--threads", "1"),
    "Cairn's verify": lambda x: [program("cairn"), "verify", x.members, "--plan", x.plan_path,
                                 "--certificate", x.certificate, *x.policy],
    "scores alone": lambda x: [program("bench/points"), x.members, "--from", FROM],
    "LEMON": lambda x: [program("bench/lemon"), x.points],
    "LEMON, last step": lambda x: [program("bench/lemon"), x.points, x.worst()],
    "SciPy": lambda x: ["/usr/bin/python3", os.path.join(HERE, "dense.py"), x.points],
    "GLPK simplex": lambda x: [program("bench/glpk"), x.points, "simplex"],
    "GLPK okalg": lambda x: [program("bench/glpk"), x.points, "okalg"],
}
ALONE = ("Cairn", "Cairn's verify")
ALL = tuple(COMMANDS)
PEERS = ALL[ALL.index("LEMON"):]


class Contender:
    """All turns of one of COMMANDS on one instance."""

    def __init__(self, name, instance):
        self.name, self.instance = name, instance
        self.runs, self.answer = [], {}
        self.solve_s = []

    def turn(self, limit):
        """Nobody who did not finish is asked again, nor anybody without Cairn's plan."""
        x = self.instance
        if (self.runs and not self.runs[-1].done) or (self.name != "Cairn" and not x.plan):
            return
        run = measure(COMMANDS[self.name](x), CAIRN_LIMIT if self.name not in PEERS else limit,
                      x.folder, x.points if self.name == "scores alone" else None)
        self.runs.append(run)
        if run.done:
            self.take_answer(run)

    def take_answer(self, run):
        x = self.instance
        if self.name.startswith("Cairn") and "verify" not in self.name:
            with open(x.plan_path, encoding="utf-8") as file:
                plan = json.load(file)
            x.plan = x.plan or plan
            self.answer = {"people": plan["objective"]["newcomers_matched"],
                           "weight": plan["objective"]["people_weight"],
                           "points": plan["objective"]["total_points"]}
            self.solve_s.append(plan["solver"]["wall_seconds"])
        elif self.name in PEERS:
            seen = {k: float(v) for k, v in re.findall(r"(\w+) ([\d.]+)", run.said)}
            self.answer = {key: int(seen[key]) for key in ("people", "weight", "points")}
            self.solve_s.append(seen["solve"])
        elif "verify" in self.name:
            self.answer = {"verdict": run.said.split("\n")[0]}

    # ---- figures, None where it never finished ----

    @property
    def state(self):
        return self.runs[-1].state if self.runs else "not run"

    def of_runs(self, figure):
        return median([figure(run) for run in self.runs if run.done])

    @property
    def wall(self):
        return self.of_runs(lambda run: run.wall)

    @property
    def cpu(self):
        return self.of_runs(lambda run: run.cpu)

    @property
    def peak_mib(self):
        return self.of_runs(lambda run: run.peak_kib / 1024)

    @property
    def solve(self):
        return median(self.solve_s)


def check_answers(contenders):
    """A contender that found another optimum measured nothing: all who solve the full
    graph agree, serve as many as Cairn and give up no points for the worst pair's
    sake; the last step alone is Cairn's plan to the point."""
    cairn = contenders["Cairn"].answer
    full = [c for name, c in contenders.items()
            if name in PEERS and name != "LEMON, last step" and c.answer]
    wrong = [c for c in full if c.answer != full[0].answer
             or c.answer["weight"] != cairn["weight"] or c.answer["people"] != cairn["people"]
             or c.answer["points"] < cairn["points"]]
    wrong += [c for name, c in contenders.items() if c.answer and c.answer != cairn
              and name in ("Cairn, one thread", "LEMON, last step")]
    wrong += [c for c in contenders.values()
              if not c.answer.get("verdict", "OPTIMAL").startswith(("OPTIMAL", "FEASIBLE"))]
    if wrong:
        raise RuntimeError(f"wrong answers on {wrong[0].instance.name}, Cairn says {cairn}: "
                           + "; ".join(f"{c.name}: {c.answer}" for c in wrong))
