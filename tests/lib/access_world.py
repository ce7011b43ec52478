"""The world in which access is tried: two communities, the first with two programs, and
in each a person of every part with a thing of every kind.

A thing knows what the policy asks about it: whose it is, to whom it is related, of
which program and community, and whether it was deleted. `World.reset()` puts every row
back, so that a case may change what it likes.
"""
import dataclasses
import hashlib
import json
import os
import secrets
import subprocess
import tempfile

from tests.lib import cairn, contract, policy

# A message as the service writes it.
with open(os.path.join(contract.ROOT, "tests", "golden", "single.ics"), encoding="utf-8",
          newline="") as golden:
    ICS = golden.read()

# Written by answering at all, or no change of the world: not compared.
UNCOMPARED = {"schema_migration", "idempotency"}
VOLATILE = {table: "last_used_at" for table in (
    "token", "feed", "identity", "app_password")}
PEOPLE = (
    "external_id,display_name,email,participation,roles,tags,wants,stack,languages,time_zone,"
    "availability,industry,style,organization,years,capacity,preferences,avoid\n"
    "n,N,n@example.org,newcomer,backend,,,go:3,en:native,Europe/Berlin,Mon 18:00-20:00,,,,1,,,\n"
    "m,M,m@example.org,mentor,backend,,,go:3,en:native,Europe/Berlin,Mon 18:00-20:00,,,,5,1,,\n")
STEPS = [{"title": "Say hello", "kind": "task", "text": "", "url": None, "due_day": 1,
          "required": True}]
ZONE = "Africa/Lagos"  # an hour ahead of UTC, always


@dataclasses.dataclass
class Thing:
    kind: str
    ids: dict              # what the path's parameters are called -> their values
    community: str
    program: str = None    # None: of no program
    own: frozenset = frozenset()
    related: frozenset = frozenset()
    deleted: bool = False

    @property
    def id(self):
        return list(self.ids.values())[-1 if self.kind in (
            "feed", "app_password", "calendar_event") else 0]


@dataclasses.dataclass
class Principal:
    name: str
    role: str = None       # None: nobody, whatever is said in Authorization
    community: str = None
    member: str = None
    programs: frozenset = frozenset()
    secret: str = None
    token_id: str = None
    scopes: tuple = None   # None: not limited


def relation(who, thing):
    """How the principal stands to the thing: a column of the matrix."""
    if thing.community != who.community:
        return "other community"
    if thing.deleted:
        return "deleted"
    if who.member in thing.own or who.token_id in thing.own:
        return "own"
    if who.member in thing.related:
        return "related"
    return ("other program" if thing.program and who.programs
            and thing.program not in who.programs else "same program")


class Community:
    """The people and things of one community, `programs` times over."""

    def __init__(self, world, ident, slug, programs):
        self.world, self.id, self.slug = world, ident, slug
        self.member, self.program = {}, []
        for n in range(1, programs + 1):
            self.make_program(n)

    def add(self, kind, table, values, ids=None, **facts):
        """One row; with a kind, a thing too. Gives its id."""
        row = {"community_id": self.id, **values}
        self.world.insert(table, row)
        ident = row.get("id")
        if kind:
            self.world.things.append(Thing(kind, ids or {"id": ident}, self.id, **facts))
        return ident

    def new(self, kind, table, program=None, own=(), related=(), /, **values):
        return self.add(kind, table, {"id": str(cairn.uuid7()), **values}, program=program,
                        own=frozenset(own), related=frozenset(related))

    def person(self, name, program, *roles):
        ident = str(cairn.uuid7())
        slug = f"{self.slug}-{name}"
        self.add("member", "member", {
            "id": ident, "external_id": slug, "display_name": slug, "time_zone": ZONE,
            "email": f"{slug}@example.org", "roles": ["backend"],
            "languages": json.dumps([{"language": "en", "level": "C2"}])},
            program=program, own=frozenset({ident}))
        self.add(None, "availability", {"member_id": ident, "weekday": 0, "begin_minute": 600,
                                        "end_minute": 720})
        for role in roles:
            self.add("enrollment", "enrollment", {
                "program_id": program, "member_id": ident, "role": role,
                "capacity": 0 if role == "newcomer" else 5,
                "used": 1 if role == "mentor" else 0},
                ids={"id": program, "member_id": ident, "role": role}, program=program,
                own=frozenset({ident}))
        self.feed(ident, program)
        self.app_password(ident, program)
        self.world.things.append(Thing("calendar", {"id": ident}, self.id, program,
                                       frozenset({ident})))
        self.member[name] = ident
        return ident

    def feed(self, member, program, revoked=False):
        ident, secret = str(cairn.uuid7()), secrets.token_hex(32)
        values = {"id": ident, "member_id": member,
                  "secret_hash": hashlib.sha256(secret.encode()).digest()}
        if revoked:
            values["revoked_at"] = "2026-01-01"
        self.add("feed", "feed", values, ids={"id": member, "feed_id": ident}, program=program,
                 own=frozenset({member}), deleted=revoked)
        self.world.feed_secret[ident] = secret

    def app_password(self, member, program, revoked=False):
        values = {"id": str(cairn.uuid7()), "member_id": member, "name": "Phone",
                  "secret_hash": secrets.token_bytes(32)}
        if revoked:
            values["revoked_at"] = "2026-01-01"
        self.add("app_password", "app_password", values,
                 ids={"id": member, "password_id": values["id"]}, program=program,
                 own=frozenset({member}), deleted=revoked)

    def make_program(self, n):
        """In program 1 the newcomer's yes is asked for, in program 2 the mentor's."""
        program = self.new(None, "program", name=f"Program {n}")
        self.program.append(program)
        self.world.things.append(Thing("program", {"id": program}, self.id, program))
        self.add("policy", "policy", {
            "program_id": program, "version": 1, "document": json.dumps(
                self.world.policy | {"confirmation": {"newcomer": n == 1, "mentor": n == 2}})},
            ids={"id": program, "version": "1"}, program=program)
        one, two, three = (self.person(f"newcomer-{n}{x}", program, "newcomer") for x in "abc")
        self.new("identity", "identity", issuer="https://id.example.org", subject=one,
                 member_id=one, role="newcomer")
        mentor, other = (self.person(f"mentor-{n}{x}", program, "mentor") for x in "ab")
        guide = self.person(f"guide-{n}", program, "guide")
        requests = {m: self.new("mentor_request", "mentor_request", program, [m],
                                program_id=program, member_id=m, state=state)
                    for m, state in ((one, "offered"), (two, "open"))}
        self.matching(n, program, requests, one, two, mentor, other)
        if n == 2:
            self.queued(program, three, mentor)
        self.pairings(program, [(one, mentor), (two, other)])
        self.template = self.new(
            "journey_template", "journey_template", program, program_id=program,
            title="Welcome", persona="", steps=json.dumps(STEPS))
        for person, helper in ((one, mentor), (two, other)):
            self.journey(program, [person], [helper], member_id=person)
        self.cohorts(program, guide, one, two)
        for person, booker in ((mentor, one), (other, two)):
            self.office_hours(program, person, booker, guide)
        self.feed(one, program, revoked=True)
        self.app_password(one, program, revoked=True)
        if n == 1:
            gone = self.person("gone", program)
            for thing in self.world.things[-4:]:  # member, feed, app password, calendar
                thing.deleted = True
            self.world.execute("UPDATE member SET erased_at = now() WHERE id = %s", gone)
            for table in ("feed", "app_password"):
                self.world.execute(f"UPDATE {table} SET revoked_at = now()"
                                   " WHERE member_id = %s", gone)

    def matching(self, n, program, requests, one, two, mentor, other):
        people = PEOPLE.replace("n,N", f"{two},N").replace("m,M", f"{mentor},M")
        matching_round = self.new(
            "matching_round", "matching_round", program, program_id=program, policy_version=1,
            state="solved", **self.world.solved | {"input": people})
        self.trials(program, matching_round, two, mentor)
        # (newcomer, mentor, whether a coordinator said yes already)
        for newcomer, guide, offered in ((one, mentor, True), (two, other, True),
                                         (one, other, False), (two, mentor, False)):
            asked, rest = (newcomer, guide) if n == 1 else (guide, newcomer)
            self.proposal(program, matching_round, newcomer, guide,
                          [asked] if offered else [], [rest] if offered else [],
                          mentor_request_id=requests[newcomer],
                          state="locked" if offered else "proposed",
                          coordinator_confirmed_at="2026-01-01" if offered else None)

    def trials(self, program, matching_round, newcomer, mentor):
        """An explanation that may be accepted, and one that waits."""
        asked = {"matching_round_id": matching_round, "kind": "explanation",
                 "question": json.dumps({"newcomer_id": newcomer, "mentor_id": mentor})}
        self.new("trial", "trial", program, program_id=program, policy_version=1,
                 state="solved", answer=self.world.explained, **asked)
        queued = self.new("trial", "trial", program, program_id=program, policy_version=1,
                          **asked)
        self.new(None, "job", kind="trial", subject_id=queued)

    def queued(self, program, newcomer, mentor):
        """A round that waits for a worker, with what an earlier run may have left."""
        queued = self.new("matching_round", "matching_round", program, program_id=program,
                          policy_version=1, state="queued", **self.world.solved)
        self.new(None, "job", kind="matching_round", subject_id=queued)
        self.proposal(program, queued, newcomer, mentor)

    def proposal(self, program, matching_round, newcomer, mentor, own=(), related=(), **values):
        self.new("proposal", "proposal", program, own, related, program_id=program,
                 matching_round_id=matching_round, newcomer_id=newcomer, mentor_id=mentor,
                 points=1, shared_minutes=60, explanation=self.world.explanation, **values)

    def pairings(self, program, pairs):
        """All but the first have met."""
        for newcomer, mentor in pairs:
            pairing = self.new("pairing", "pairing", program, [newcomer, mentor],
                               program_id=program, newcomer_id=newcomer, mentor_id=mentor)
            if (newcomer, mentor) == pairs[0]:
                continue
            self.new("meeting", "meeting", program, [newcomer, mentor], pairing_id=pairing,
                     event_id=self.event("meeting"), starts_at="2030-03-05 10:00Z",
                     ends_at="2030-03-05 10:30Z")

    def journey(self, program, own=(), related=(), /, **whose):
        ident = self.new("journey", "journey", program, own, related, program_id=program,
                         template_id=self.template, title="Welcome", persona="",
                         starts_on="2030-03-04", **whose)
        self.add("journey_step", "journey_step", {
            "journey_id": ident, "position": 1, "title": "Say hello", "kind": "task", "text": "",
            "due_on": "2030-03-05", "required": True},
            ids={"id": ident, "position": "1"}, program=program, own=frozenset(own),
            related=frozenset(related))

    def event(self, kind):
        ident = str(cairn.uuid7())
        return self.add(None, "event", {
            "id": ident, "uid": f"{ident}@example.org", "kind": kind, "summary": kind,
            "time_zone": ZONE, "first_local_start": "2030-03-04 11:00", "minutes": 60})

    def invite(self, program, event, kind, recipient):
        token = secrets.token_hex(16)
        ident = self.new("delivery", "attendance", program, [recipient], event_id=event,
                         uid=f"{event}@example.org", member_id=recipient, token=token)
        self.world.rsvp_token[ident] = token
        self.world.things.append(Thing("calendar_event", {"id": recipient, "event_id": event},
                                       self.id, program, frozenset({recipient})))
        self.new("answer", "answer", program, [recipient], attendance_id=ident, via="mail",
                 message_id="1@example.org", kind="words", verdict="taken")
        self.new("invitation", "invitation", program, [recipient], event_id=event,
                 uid=f"{event}@example.org", sequence=0, recipient_id=recipient,
                 recipient_email=f"{kind}@example.org", method="REQUEST", dtstamp="2026-01-01",
                 ics=ICS)

    def cohorts(self, program, guide, one, two):
        """Of a published intake two, of a solved one a proposed one; a bare draft."""
        def intake(state):
            return self.new(
                "intake", "intake", program, program_id=program, name=state, state=state,
                anchor_time_zone=ZONE, first_date="2030-03-04", last_date="2030-03-31",
                session_minutes=60, cohort_min=1, cohort_max=5, language_level="B1",
                input=self.world.solved["input"], plan=self.world.cohorts)

        published, solved = intake("published"), intake("solved")
        intake("draft")
        for hour, (where, leads, newcomers, state) in enumerate((
                (published, guide, [one], "published"),
                (published, self.member["mentor-1b"], [two], "published"),
                (solved, guide, [one], "proposed"))):
            seen = state == "published"
            cohort = self.new("cohort", "cohort", program,
                              [leads, *newcomers] if seen else [], intake_id=where,
                              name=state, guide_id=leads, language="en", state=state)
            for member in (leads, *newcomers):
                self.add(None, "cohort_member", {
                    "cohort_id": cohort, "member_id": member,
                    "part": "guide" if member == leads else "newcomer"})
            if seen:
                self.journey(program, [leads, *newcomers], cohort_id=cohort)
            event = self.event("cohort")
            self.new("session", "session", program, [leads] if seen else [],
                     newcomers if seen else [], cohort_id=cohort, event_id=event,
                     starts_at=f"2030-03-04 1{hour}:00Z", ends_at=f"2030-03-04 1{hour}:45Z",
                     original_starts_at=f"2030-03-04 1{hour}:00Z", local_date="2030-03-04",
                     # half an hour beside its instant: zone drift has something to show
                     local_time=f"1{hour + 1}:30", time_zone=ZONE, tzdata_version="seed")
            if seen:
                for member in (leads, *newcomers):
                    self.invite(program, event, "cohort", member)

    def office_hours(self, program, mentor, booker, guide):
        hours = self.new(
            "office_hours", "office_hours", program, [mentor], program_id=program,
            mentor_id=mentor, title="Ask", weekday=0, local_time="18:00", time_zone=ZONE,
            minutes=60, seats=9, first_date="2030-03-04", last_date="2030-03-04",
            event_id=self.event("office_hours"))
        event = self.event("slot")
        slot = self.new("slot", "office_hours_slot", program, [mentor], office_hours_id=hours,
                        event_id=event, starts_at="2030-03-04 17:00Z",
                        ends_at="2030-03-04 18:00Z", capacity=9, used=1)
        self.new("booking", "booking", program, [booker, mentor], slot_id=slot,
                 member_id=booker)
        self.invite(program, event, "slot", booker)


class World:
    def __init__(self, service):
        self.service, self.things = service, []
        self.feed_secret, self.rsvp_token = {}, {}
        self.solve()
        self.connection = service.cluster.connect()
        self.connection.autocommit = True
        self.cursor = self.connection.cursor()
        self.here = Community(self, service.community_id, "here", 2)
        self.there = Community(self, service.community("there"), "there", 1)
        self.principals = self.make_principals()
        self.keep()

    def close(self):
        self.connection.close()

    def solve(self):
        """Documents as the solver writes them, of two people who fit."""
        samples = os.path.join(cairn.ROOT, "samples")
        with open(os.path.join(samples, "policy.json"), encoding="utf-8") as file:
            self.policy = json.load(file)
        with open(os.path.join(samples, "intake.json"), encoding="utf-8") as file:
            intake = json.load(file) | {"cohort_size": {"min": 1, "max": 5}}
        with tempfile.TemporaryDirectory() as folder:
            def run(*args):
                subprocess.run([cairn.program(), *args], cwd=folder, check=True,
                               capture_output=True, timeout=60)

            def read(name):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    return file.read()

            for name, text in (("members.csv", PEOPLE), ("intake.json", json.dumps(intake))):
                with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                    file.write(text)
            run("match", "members.csv", "--plan", "plan.json", "--certificate", "proof.json")
            run("explain", "members.csv", "--newcomer", "n", "--mentor", "m", "--answer",
                "answer.json")
            run("schedule", "members.csv", "--intake", "intake.json", "--plan",
                "cohorts.json", "--ics", "ics")
            plan, self.cohorts = read("plan.json"), read("cohorts.json")
            self.explained = read("answer.json")
            self.solved = {"input": PEOPLE, "plan": plan, "certificate": read("proof.json"),
                           "input_digest": json.loads(plan)["input_digest"]}
        self.explanation = json.dumps(json.loads(plan)["pairs"][0]["explanation"])

    def execute(self, sql, *values):
        self.cursor.execute(sql, values)

    def rows(self, sql, *values):
        self.execute(sql, *values)
        return self.cursor.fetchall()

    def insert(self, table, row):
        self.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES"
                     f" ({', '.join(['%s'] * len(row))})", *row.values())

    def principal(self, name, role, member=None, community=None, scopes=None):
        """With a token of the service's own making; it is a thing too."""
        where = community or self.here
        ident, secret = self.service.token(role, member, where.id, scopes)
        self.things.append(Thing("token", {"id": ident}, where.id, own=frozenset({ident})))
        programs = frozenset({where.program[0]}) if member else frozenset(where.program)
        return Principal(name, role, where.id, member, programs, secret, ident, scopes)

    def make_principals(self):
        member = self.here.member
        found = [Principal("anonymous"),
                 self.principal("newcomer", "newcomer", member["newcomer-1a"]),
                 self.principal("mentor", "mentor", member["mentor-1a"]),
                 # of the program that asks for the mentor's yes instead
                 self.principal("newcomer elsewhere", "newcomer", member["newcomer-2a"]),
                 self.principal("mentor elsewhere", "mentor", member["mentor-2a"]),
                 self.principal("guide", "mentor", member["guide-1"]),
                 self.principal("coordinator", "coordinator"),
                 self.principal("admin", "admin"),
                 self.principal("service", "service"),
                 self.principal("limited", "coordinator", scopes=["members:read"]),
                 self.principal("limited admin", "admin", scopes=["members:read"]),
                 self.principal("service", "service"),
                 self.principal("stranger", "admin", community=self.there)]
        found[3].programs = found[4].programs = frozenset({self.here.program[1]})
        ident, text = self.service.app_password(member["newcomer-1a"], self.here.id)
        self.things.append(Thing("app_password", {"id": member["newcomer-1a"],
                                                  "password_id": ident}, self.here.id,
                                 self.here.program[0], frozenset({member["newcomer-1a"]})))
        found.append(Principal("app password", policy.APP, self.here.id, member["newcomer-1a"],
                               frozenset({self.here.program[0]}),
                               cairn.basic(member["newcomer-1a"], text)))
        # what is no token, or no more
        feed = next(f for f in self.things if f.kind == "feed")
        found.append(Principal("feed", secret=self.feed_secret[feed.id]))
        found.append(Principal("RSVP link", secret=next(iter(self.rsvp_token.values()))))
        for name, change in (("revoked", "revoked_at = now()"),
                             ("expired", "expires_at = now() - interval '1 s'")):
            dead = self.principal(name, "admin")
            self.execute(f"UPDATE token SET {change} WHERE id = %s", dead.token_id)
            found.append(Principal(name, secret=dead.secret))
        dead = self.principal("erased", "newcomer", member["gone"])
        found.append(Principal("erased", secret=dead.secret))
        return found

    def limit(self, who, scope):
        """Their token is for this scope alone, until the world is reset."""
        self.execute("UPDATE token SET scopes = %s WHERE id = %s", [scope], who.token_id)

    # ---- one world for every case ----

    def keep(self):
        """Remember every row."""
        self.execute("SELECT relname FROM pg_class WHERE relkind = 'r'"
                     " AND relnamespace = 'cairn'::regnamespace")
        self.tables = sorted({name for name, in self.cursor.fetchall()} - UNCOMPARED)
        self.execute("CREATE SCHEMA seed")
        for table in self.tables:
            self.execute(f"CREATE TABLE seed.{table} AS TABLE {table}")
        back = ["SET session_replication_role = replica"]
        for table in self.tables:
            self.execute("SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute"
                         " WHERE attrelid = %s::regclass AND attnum > 0"
                         " AND NOT attisdropped AND attgenerated = ''", table)
            [(columns,)] = self.cursor.fetchall()
            back += [f"DELETE FROM {table}",
                     f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
                     f" SELECT {columns} FROM seed.{table}"]
        self.back = "; ".join([*back, "SET session_replication_role = DEFAULT"])

    def reset(self):
        self.execute("BEGIN; " + self.back + "; COMMIT")

    def _rows(self, table, schema):
        volatile = VOLATILE.get(table)
        row = f"to_jsonb(t) - '{volatile}'" if volatile else "to_jsonb(t)"
        return f"SELECT '{table}', {row} FROM {schema}.{table} t"

    def changes(self):
        """Rows that are not as they were: (table, row as it is or was)."""
        self.execute(" UNION ALL ".join(
            f"(({self._rows(t, 'cairn')} EXCEPT {self._rows(t, 'seed')}) UNION ALL"
            f" ({self._rows(t, 'seed')} EXCEPT {self._rows(t, 'cairn')}))"
            for t in self.tables))
        return self.cursor.fetchall()
