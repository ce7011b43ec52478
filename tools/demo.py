#!/usr/bin/python3
"""The tour of Cairn as a story: `make demo`.

  tools/demo.py BUILD          start afresh, tell the story, leave the service running
  tools/demo.py BUILD --stop   stop what the first form left running

--program names another program than BUILD/release/cairn.
Everything lies under BUILD/demo: the database, the server's log and process id, the
tokens, the invitations. Only the release program, PostgreSQL and Python's own library
are used, and everything but the first token goes over HTTP.
"""
import argparse
import collections
import contextlib
import csv
import datetime
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
import zoneinfo

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
COMMUNITY = "demo"
WISHED_PORT = 8080
GUIDES = 30
BATCH = 200  # the most that one call confirms
SHOWN_PAIRS, SHOWN_HELP, SHOWN_COHORTS = 3, 4, 3
WAIT_S = 300


def say(text=""):
    print(text, flush=True)


def heading(text):
    say(f"\n{text}\n{'-' * len(text)}")


class Failed(Exception):
    """What went wrong, for the person who typed make demo."""


class Client:
    """A few verbs of HTTP for one token."""

    def __init__(self, base, token):
        self.base, self.token = base, token

    def call(self, method, path, body=None, kind="application/json", **headers):
        head = {"Authorization": "Bearer " + self.token}
        if method == "POST":
            head["Idempotency-Key"] = str(uuid.uuid4())
        if body is not None:
            head["Content-Type"] = kind
            if not isinstance(body, bytes):
                body = json.dumps(body).encode()
        elif method == "POST":
            body = b""
        head.update({name.replace("_", "-"): value for name, value in headers.items()})
        request = urllib.request.Request(self.base + path, data=body,
                                         headers=head, method=method)
        try:
            with urllib.request.urlopen(request, timeout=120) as reply:
                return reply.read()
        except urllib.error.HTTPError as reply:
            with reply:
                raise Failed(f"{method} {path} answered {reply.code}: "
                             f"{reply.read().decode(errors='replace')}") from None

    def json(self, method, path, body=None, **headers):
        return json.loads(self.call(method, path, body, **headers))

    def pages(self, path):
        """All items of a list, page by page."""
        while path:
            page = self.json("GET", path)
            yield from page["items"]
            path = page["next"] and page["next"].removeprefix(self.base)

    def finished(self, path):
        """The round or intake at `path`, once its job has ended."""
        deadline = time.monotonic() + WAIT_S
        while time.monotonic() < deadline:
            doc = self.json("GET", path, Prefer="wait=20")
            if doc["state"] == "solved":
                return doc
            if doc["state"] not in ("queued", "running"):
                raise Failed(f"{path} is {doc['state']}: {doc['error']}")
        raise Failed(f"{path} took longer than {WAIT_S} s")


class House:
    """The folder of the demo and the two things that run in it."""

    def __init__(self, build, program=None):
        self.dir = os.path.join(build, "demo")
        self.cairn = os.path.abspath(program or
                                     os.path.join(build, "release", "cairn"))
        self.data_dir = os.path.abspath(self.path("db"))
        self.stop_command = "make demo-stop" if build == "build" else \
            f"make BUILD={shlex.quote(build)} demo-stop"

    def path(self, name):
        return os.path.join(self.dir, name)

    def run(self, *args):
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("CAIRN_")}
        done = subprocess.run([self.cairn, *args, "--data-dir", self.data_dir],
                              capture_output=True, text=True, check=False,
                              env=environment)
        if done.returncode != 0:
            raise Failed(f"cairn {' '.join(args)}: {done.stderr.strip()}")
        return done.stdout.strip()

    def keep(self, name, text):
        """A file that only its owner reads; gives its path."""
        path = self.path(name)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w",
                  encoding="utf-8") as file:
            file.write(text)
        return path

    def server_pid(self):
        """The process id of the server we left, or None. An id that has gone to
        another program meanwhile is not ours."""
        try:
            with open(self.path("server.pid"), encoding="ascii") as file:
                pid = int(file.read())
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                command = file.read().split(b"\0")
        except (OSError, ValueError):
            return None
        return pid if os.fsencode(self.data_dir) in command else None

    def stop_server(self):
        pid = self.server_pid()
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 30
        while self.server_pid() is not None:
            # A child of ours stays in the table until it is waited for.
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)
            if time.monotonic() > deadline:
                raise Failed(f"process {pid} does not end")
            time.sleep(0.05)
        return True

    def clear(self):
        """Stop both and remove the database; gives whether a server ran."""
        ran = self.stop_server()
        if os.path.isdir(self.dir):
            data = self.run("cluster", "stop").removeprefix("stopped: ")
            sockets = re.search(r"host=(\S+)", self.run("cluster", "conninfo"))[1]
            if os.path.exists(os.path.join(data, "PG_VERSION")):
                shutil.rmtree(os.path.dirname(data))
            shutil.rmtree(sockets, ignore_errors=True)
            for name in ("server.pid", "token", "newcomer-token"):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(self.path(name))
        return ran

    def serve(self):
        """Start the service; gives its address."""
        base = f"http://127.0.0.1:{free_port()}"
        log = self.path("server.log")
        environment = {name: value for name, value in os.environ.items()
                       if not name.startswith("CAIRN_")}
        with open(log, "wb") as out:
            process = subprocess.Popen(
                [self.cairn, "serve", "--data-dir", self.data_dir,
                 "--listen-port", base.rsplit(":", 1)[1]],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=ROOT,
                env=environment, start_new_session=True)
        self.keep("server.pid", f"{process.pid}\n")
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and process.poll() is None:
            with contextlib.suppress(OSError):
                with urllib.request.urlopen(base + "/readyz", timeout=5):
                    return base
            time.sleep(0.05)
        raise Failed(f"the service did not start: see {log}")


def free_port():
    """The usual port, or one the system has free."""
    for port in (WISHED_PORT, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return probe.getsockname()[1]
    raise Failed("no TCP port is free")


def sample(name):
    with open(os.path.join(ROOT, "samples", name), "rb") as file:
        return file.read()


def counted(items):
    return ", ".join(f"{n} {what}" for what, n in
                     collections.Counter(items).most_common())


def local(instant, zone):
    moment = datetime.datetime.fromisoformat(instant.replace("Z", "+00:00"))
    return moment.astimezone(zoneinfo.ZoneInfo(zone))


class Story:
    """The tour, one chapter a method."""

    def __init__(self, house, base, admin):
        self.house, self.base, self.admin = house, base, admin
        self.member, self.name, self.rows = {}, {}, []

    def people(self):
        heading("1. A spreadsheet becomes a community")
        self.program = self.admin.json("POST", "/v1/programs", {
            "name": "Onboarding", "description": "Made by make demo"})["id"]
        self.admin.json("PUT", f"/v1/programs/{self.program}/policy",
                        json.loads(sample("policy.json")), If_Match="*")
        text = sample("community.csv")
        self.admin.call("POST", f"/v1/imports?program_id={self.program}", text,
                        kind="text/csv")
        self.rows = list(csv.DictReader(text.decode().splitlines()))
        self.member = {m["external_id"]: m
                       for m in self.admin.pages("/v1/members?limit=200")}
        self.name = {m["id"]: m["display_name"] for m in self.member.values()}
        enrolled = self.admin.json("GET", f"/v1/programs/{self.program}")["enrolled"]
        zones = {m["time_zone"] for m in self.member.values()}
        say(f"{len(self.member)} members in {len(zones)} time zones imported: "
            f"{enrolled['newcomers']} newcomers and {enrolled['mentors']} mentors, who "
            f"offer {enrolled['places']} places.")

    def requests(self):
        heading("2. Newcomers ask for a mentor")
        asking = [row for row in self.rows if row["participation"] != "mentor"]
        for row in asking:
            self.last = self.admin.json("POST", "/v1/mentor-requests", {
                "program_id": self.program,
                "member_id": self.member[row["external_id"]]["id"]})
        say(f"{len(asking)} requests wait in the queue; the last to come, "
            f"{self.last['display_name']}, is number {self.last['queue_position']}.")

    def matching(self):
        heading("3. A matching round")
        started = self.admin.json("POST", f"/v1/programs/{self.program}/matching-rounds",
                                  {"seed": 1}, Prefer="wait=20")
        path = f"/v1/matching-rounds/{started['id']}"
        done = self.admin.finished(path)
        goal, unmatched = done["objective"], done["unmatched"]
        self.proposals = list(self.admin.pages(path + "/proposals?limit=200"))
        say(f"{goal['newcomers_matched']} newcomers served, {len(unmatched)} not; the plan "
            f"is {done['plan_status']}.\nThe worst-off pair has {goal['worst_points']} "
            f"points, all together {goal['total_points']}.")
        say(f"\nNot served, and why: {counted(u['reason'] for u in unmatched)}.")
        shown = {}
        for person in unmatched:  # one of each reason
            shown.setdefault(person["reason"], person)
        for person in list(shown.values())[:SHOWN_HELP]:
            name = self.name[person["newcomer"]]
            say(f"  {name} ({person['reason']}): {person['help']}")
        say("\nSome of the proposals, explained:")
        best = sorted(self.proposals, key=lambda p: (-p["points"], p["id"]))
        for p in best[:SHOWN_PAIRS - 1] + best[-1:]:
            reasons = ", ".join(f"{name} {points}" for name, points
                                in p["explanation"].items() if points)
            say(f"  {p['newcomer_display_name']} ({p['newcomer_time_zone']}) with "
                f"{p['mentor_display_name']} ({p['mentor_time_zone']})\n"
                f"    {p['points']} points = {reasons};"
                f" {p['shared_minutes']} minutes a week in common")
        self.round = path

    def confirm(self):
        heading("4. Humans decide")
        declined, rest = self.proposals[0], [p["id"] for p in self.proposals[1:]]
        self.admin.json("POST", f"/v1/proposals/{declined['id']}:decline",
                        {"reason": "they know each other already"}, If_Match="*")
        for begin in range(0, len(rest), BATCH):
            self.admin.json("POST", self.round + "/proposals:confirm-batch",
                            {"proposal_ids": rest[begin:begin + BATCH]})
        pairings = list(self.admin.pages("/v1/pairings?limit=200"))
        enrolled = self.admin.json("GET", f"/v1/programs/{self.program}")["enrolled"]
        say(f"The coordinator declines {declined['newcomer_display_name']} with "
            f"{declined['mentor_display_name']} and confirms the rest:\n{len(pairings)} "
            f"pairings; {enrolled['places_used']} of {enrolled['places']} places taken.")

    def cohorts(self):
        heading("5. Cohorts and their weekly sessions")
        guides = self.enroll_guides()
        values = json.loads(sample("intake.json"))
        size = values.pop("cohort_size")
        values["cohort_min"], values["cohort_max"] = size["min"], size["max"]
        intake = self.admin.json(
            "POST", f"/v1/programs/{self.program}/intakes", values)
        path = f"/v1/intakes/{intake['id']}"
        self.admin.json("POST", path + ":generate", If_Match="*", Prefer="wait=20")
        solved = self.admin.finished(path)
        self.admin.json("POST", path + ":publish", If_Match="*")
        found = list(self.admin.pages(f"/v1/cohorts?intake_id={intake['id']}&limit=200"))
        placed = sum(len(c["members"]) - 1 for c in found)
        sessions = sum(len(c["sessions"]) for c in found)
        say(f"{len(guides)} mentors guide. Intake {values['name']}, {values['first_date']} "
            f"to {values['last_date']}:\n{placed} newcomers in {len(found)} cohorts with "
            f"{sessions} sessions, each inside everybody's hours on its date.")
        say(f"Without a cohort: {counted(u['reason'] for u in solved['unplaced'])}.")
        # The most zones first: there the local times tell most.
        found.sort(key=lambda c: (-len({m["time_zone"] for m in c["members"]}), c["id"]))
        for cohort in found[:SHOWN_COHORTS]:
            self.show_cohort(cohort)
        self.cohort, self.silent = found[0], sum(
            not self.member[m["external_id"]]["email"]
            for c in found for m in c["members"])

    def enroll_guides(self):
        """Mentors round robin over the zones, so that guides are spread like people."""
        by_zone = collections.defaultdict(list)
        for row in self.rows:
            if row["participation"] == "mentor":
                zone = self.member[row["external_id"]]["time_zone"]
                by_zone[zone].append(row["external_id"])
        spread = sorted((turn, zone, who) for zone, people in by_zone.items()
                        for turn, who in enumerate(people))
        self.guides = [who for _, _, who in spread[:GUIDES]]
        for who in self.guides:
            self.admin.json("PUT", f"/v1/programs/{self.program}/enrollments/"
                            f"{self.member[who]['id']}/guide", {"capacity": 1},
                            If_Match="*")
        return self.guides

    def show_cohort(self, cohort):
        meets = [s["starts_at"] for s in cohort["sessions"]]
        say(f"\n  {cohort['name']}, in {cohort['language']}, {len(meets)} sessions, "
            f"first {meets[0]}")
        for person in cohort["members"]:
            zone = person["time_zone"]
            when, last = [], None
            for start in (local(s, zone) for s in meets):
                if f"{start:%a %H:%M}" != last:
                    last = f"{start:%a %H:%M}"
                    when.append(f"from {start:%Y-%m-%d} {last}" if when else last)
            when = ", ".join(when)
            part = "guide   " if person["part"] == "guide" else "newcomer"
            say(f"    {part}  {person['display_name']}: {when} ({zone})")

    def office_hours(self):
        heading("6. Office hours")
        busy = set(self.guides)
        host = max((row for row in self.rows if row["participation"] == "mentor"
                    and row["external_id"] not in busy),
                   key=lambda row: int(row["capacity"] or 1))["external_id"]
        hours = self.admin.json(
            "GET", f"/v1/members/{self.member[host]['id']}/availability")
        window = hours["windows"][0]
        intake = json.loads(sample("intake.json"))
        made = self.admin.json("POST", "/v1/office-hours", {
            "program_id": self.program, "mentor_id": self.member[host]["id"],
            "title": "Ask me anything", "weekday": window["weekday"],
            "local_time": window["from"], "minutes": 30, "seats": 4,
            "first_date": intake["first_date"], "last_date": intake["last_date"]})
        slots = list(self.admin.pages(f"/v1/office-hours/{made['id']}/slots"))
        self.slot = slots[0]
        say(f"{made['mentor_display_name']} opens {made['title']!r}: {made['weekday']} "
            f"{made['local_time']} ({made['time_zone']}), {len(slots)} dates with "
            f"{made['seats']} seats.")

    def calendars(self):
        heading("7. Everybody's calendar")
        folder = self.house.path("ics")
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        name_of = {m["id"]: key for key, m in self.member.items()}
        n = 0
        for letter in self.admin.pages("/v1/invitations?limit=200"):
            what = re.sub(r"[^a-z0-9]+", "-", letter["summary"].lower()).strip("-")
            name = f"{what}-{name_of[letter['recipient_id']]}-{letter['sequence']}.ics"
            with open(os.path.join(folder, name), "xb") as file:
                file.write(self.admin.call("GET", f"/v1/invitations/{letter['id']}/ics"))
            n += 1
        self.newcomer = next(m for m in self.cohort["members"]
                             if m["part"] == "newcomer")
        self.feed = self.admin.json(
            "POST", f"/v1/members/{self.newcomer['member_id']}/feeds")["url"]
        say(f"{n} invitations, one file each: {folder}/\n{self.silent} people of the "
            "cohorts have no e-mail address: a feed shows them the same.\n"
            f"{self.newcomer['display_name']} can subscribe to\n  {self.feed}")

    def try_next(self):
        made = self.admin.json("POST", "/v1/tokens", {
            "name": "make demo", "role": "newcomer",
            "member_id": self.newcomer["member_id"]})
        admin = f'-H "Authorization: Bearer $(cat {self.house.path("token")})"'
        own = self.house.keep("newcomer-token", made["token"] + "\n")
        own = f'-H "Authorization: Bearer $(cat {own})"'
        heading("Try next")
        for text, line in (
                ("three confirmed pairs, explained",
                 f'{admin} "{self.base}/v1/proposals?state=confirmed&limit=3"'),
                (f"the cohort of {self.newcomer['display_name']}",
                 f'{admin} {self.base}/v1/cohorts/{self.cohort["id"]}'),
                (f"the sessions that {self.newcomer['display_name']} sees",
                 f'{own} {self.base}/v1/sessions'),
                ("a seat in the office hours; the key makes repeating harmless",
                 f"{own} -H 'Idempotency-Key: seat-from-make-demo' -X POST "
                 f"{self.base}/v1/slots/{self.slot['id']}/bookings"),
                ("the same newcomer's calendar, seat included, as a calendar app reads it",
                 self.feed)):
            say(f"# {text}\ncurl -sS --fail-with-body {line}\n")

    def tell(self):
        for chapter in (self.people, self.requests, self.matching, self.confirm,
                        self.cohorts, self.office_hours, self.calendars, self.try_next):
            chapter()


def tell(house):
    if not os.path.exists(house.cairn):
        raise Failed(f"{house.cairn} is missing: run make demo")
    begin = time.monotonic()
    house.clear()
    os.makedirs(house.dir, exist_ok=True)
    say("Cairn: starting a private PostgreSQL cluster and the service ...")
    base = house.serve()
    token = house.run("token", "create", "--community", COMMUNITY, "--role", "admin",
                      "--create-community", "--name", "make demo")
    house.keep("token", token + "\n")
    Story(house, base, Client(base, token)).tell()
    where = house.run("cluster", "status").split("data in ", 1)[1]
    say(f"The service runs at {base} (process {house.server_pid()}), told in "
        f"{time.monotonic() - begin:.0f} s.\nDatabase {where}, log "
        f"{house.path('server.log')}, invitations {house.path('ics')}/\n"
        f"Stop it and remove its database: {house.stop_command}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("build")
    parser.add_argument("--stop", action="store_true")
    parser.add_argument("--program")
    arguments = parser.parse_args()
    sys.stdout.reconfigure(errors="replace")  # names in many scripts, terminals in one
    house = House(arguments.build, arguments.program)
    if arguments.stop:
        say("stopped, database removed" if house.clear() else "no demo was running")
        return
    try:
        tell(house)
    except BaseException:
        # A service without a story would surprise whoever finds it later.
        with contextlib.suppress(Failed, OSError):
            house.clear()
        raise


if __name__ == "__main__":
    try:
        main()
    except Failed as failed:
        sys.exit(f"demo: {failed}")
