"""The matrix of access: every operation as everybody on everything of access_world.

    matrix = Matrix(world)
    for case in matrix.cases(op):
        answer = matrix.send(case)
        matrix.fault(case, answer)   # None, or what is wrong

Cases that must be refused come first: after them the world must be as it was.
"""
import dataclasses
import datetime
import http.client
import json
import re
import urllib.parse
import uuid

from tests.lib import access_world, cairn, contract, policy

UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
# Of the answer, what two refusals of the same kind may differ in.
FLEETING = {"X-Request-Id", "Date", "RateLimit", "RateLimit-Policy", "Retry-After"}
READS = ("GET", "PROPFIND", "REPORT", "OPTIONS")
# Kinds of things that go by the id of another one.
BORROWED = {"policy", "enrollment", "journey_step", "calendar"}
# What list filters name.
NAMED = {"member_id": "member", "mentor_id": "member", "program_id": "program",
         "pairing_id": "pairing", "matching_round_id": "matching_round",
         "cohort_id": "cohort", "intake_id": "intake",
         "slot_id": "slot", "event_id": "event", "subject_id": "member", "actor_id": "token"}
INTAKE = {"name": "Spring", "anchor_time_zone": access_world.ZONE, "first_date": "2030-05-06",
          "last_date": "2030-05-26", "session_minutes": 60, "cohort_min": 1, "cohort_max": 4,
          "language_level": "B1"}


@dataclasses.dataclass
class Case:
    op: policy.Operation
    who: access_world.Principal
    url: str
    expected: str
    thing: access_world.Thing = None
    body: object = None
    unknown: str = None  # the same request for an id that does not exist
    unknown_body: object = None

    def __str__(self):
        about = (f" on {self.thing.kind} ({access_world.relation(self.who, self.thing)})"
                 if self.thing else "")
        return f"{self.who.name}: {self.op.method} {self.url}{about}, expected {self.expected}"


class Answer(cairn.Answer):
    def faceless(self, ids):
        """Without what tells one request from another, the ids it named among them."""
        text = self.body
        if "json" in (self.headers["Content-Type"] or ""):
            text = json.dumps(json.loads(text) | {"request_id": None}).encode()
        for ident in ids:
            text = text.replace(ident.encode(), b"{}")
        return self.status, text, sorted((k, v) for k, v in self.headers.items()
                                         if k not in FLEETING and k != "Content-Length")


def unknown_ids(ids, keep=None):
    """Ids of nothing, but for the one to keep when it is not alone."""
    return {name: str(cairn.uuid7()) if UUID.fullmatch(value.encode())
            and (value != keep or len(ids) == 1) else value for name, value in ids.items()}


def fill(path, ids):
    return re.sub(r"\{(\w+)\}", lambda m: urllib.parse.quote(ids[m.group(1)]), path)


def verdict(status):
    """What the service did, in the policy's words."""
    return {401: "unauthenticated", 403: "forbidden", 404: "hidden"}.get(status, "open")


class Matrix:
    """`strict`: hold every answer to the contract, too."""

    def __init__(self, world, strict=True):
        self.world, self.strict = world, strict
        address = urllib.parse.urlsplit(world.service.base)
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=60)
        self.foreign = {t.id.encode() for t in world.things if t.community == world.there.id}

    def close(self):
        self.connection.close()

    # ---- one request ----

    def request(self, who, op, url, body):
        head = {"Accept": "*/*"}
        if who.secret:
            head["Authorization"] = (who.secret if who.role == policy.APP
                                     else "Bearer " + who.secret)
        if op.method == "PROPFIND":
            head["Depth"] = "1"
        if "IF_MATCH" in op.flags:
            head["If-Match"] = "*"
        if "KEY" in op.flags:
            head["Idempotency-Key"] = uuid.uuid4().hex
        if isinstance(body, str):
            head["Content-Type"] = next((kind for flag, kind in (
                ("CALENDAR", "text/calendar"), ("XML", "application/xml"), ("MAIL", "message/rfc822"),
                ("FORM", "application/x-www-form-urlencoded")) if flag in op.flags), "text/csv")
        elif body is not None:
            head["Content-Type"] = ("application/merge-patch+json" if "MERGE" in op.flags
                                    else "application/json")
            body = json.dumps(body)
        self.connection.request(op.method, url, body if body is not None or op.method == "GET"
                                else b"", head)
        reply = self.connection.getresponse()
        answer = Answer(reply.status, reply.headers, reply.read())
        if self.strict:
            contract.check_response(op.method, url, answer.status, answer.headers, answer.body)
        return answer

    def send(self, case):
        return self.request(case.who, case.op, case.url, case.body)

    # ---- what to say ----

    def body(self, op, who, thing):
        """A body that would do something if it were let in."""
        key = f"{op.method} {op.path}"
        here = self.world.there if who.community == self.world.there.id else self.world.here
        staff = who.role in policy.subjects()["member"].all
        name = {"member_id": here.member[f"newcomer-{len(here.program)}c"]} if staff else {}
        fresh = uuid.uuid4().hex
        start = "2030-03-05T09:00:00Z"
        soon = f"{datetime.date.today() + datetime.timedelta(days=30)}T09:00:00Z"
        bodies = {
            "POST /v1/tokens": {"name": "more", "role": "coordinator"},
            "POST /v1/identities": {"issuer": "https://id.example.org", "subject": fresh,
                                    "role": "coordinator"},
            "PATCH /v1/me": {"display_name": fresh},
            "POST /v1/members": {"external_id": fresh, "display_name": "New",
                                 "time_zone": access_world.ZONE},
            "PATCH /v1/members/{id}": {"display_name": fresh},
            "PUT /v1/members/{id}/availability": {"windows": [
                {"weekday": "Tue", "from": "09:00", "to": "10:00"}], "exceptions": []},
            "PUT /v1/members/{id}/busy-times": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "PUT /v1/members/{id}/busy-subscription": {
                "url": f"https://calendar.example.org/{fresh}"},
            "POST /v1/imports": "external_id,display_name,email,participation,roles,tags,wants,"
                                "stack,languages,time_zone,availability,industry,style,"
                                "organization,years,capacity,preferences,avoid\n"
                                f"{fresh},New,new@example.org,newcomer,,,,,,Africa/Lagos,,,,,,"
                                ",,\n",
            "POST /v1/doctor": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "POST /v1/programs": {"name": fresh},
            "PATCH /v1/programs/{id}": {"name": fresh},
            "PUT /v1/programs/{id}/policy": {"points": {"role": 21}},
            "PUT /v1/programs/{id}/enrollments/{member_id}/{role}": {"capacity": 7},
            "POST /v1/mentor-requests": {"program_id": here.program[-1]} | name,
            "POST /v1/matching-rounds/{id}/proposals:confirm-batch": {
                "proposal_ids": self.of_round(thing)},
            "POST /v1/matching-rounds/{id}/explanations": {
                "newcomer_id": self.of_input(thing)},
            "POST /v1/programs/{id}/comparisons": self.world.policy,
            "POST /v1/pairings": {"program_id": here.program[0],
                                  "newcomer_id": here.member["newcomer-1c"],
                                  "mentor_id": here.member["mentor-1b"]},
            "POST /v1/programs/{id}/intakes": INTAKE,
            "POST /v1/programs/{id}/journey-templates": {
                "title": fresh, "steps": access_world.STEPS},
            "PATCH /v1/journey-templates/{id}": {"title": fresh},
            "POST /v1/journeys": {"template_id": here.template,
                                  "member_id": here.member[f"newcomer-{len(here.program)}c"]},
            "PATCH /v1/journeys/{id}/steps/{position}": {"state": "done", "note": fresh},
            "PATCH /v1/intakes/{id}": {"name": fresh},
            "POST /v1/sessions/{id}:settle-zone": {"keep": "wall"},
            "PATCH /v1/office-hours/{id}": {"seats": 17},
            "PATCH /v1/cohorts/{id}": {"name": fresh},
            "POST /v1/sessions/{id}:move": {"starts_at": start},
            "POST /v1/pairings/{id}/meetings": {"starts_at": soon},
            "POST /v1/meetings/{id}:move": {"starts_at": soon},
            "POST /v1/office-hours": {
                "program_id": here.program[0], "title": "More", "weekday": "Tue",
                "local_time": "09:00", "minutes": 60, "seats": 2, "first_date": "2030-03-04",
                "last_date": "2030-03-10"} | ({"mentor_id": here.member["mentor-1b"]}
                                              if staff else {}),
            "POST /v1/members/{id}/app-passwords": {"name": fresh},
            "REPORT /dav/{id}/sessions/":
                '<sync-collection xmlns="DAV:"><sync-token/><prop><getetag/></prop>'
                '</sync-collection>',
            "POST /rsvp/{token}": "mail=stop",
            "POST /v1/answers": self.words(here),
            "POST /v1/slots/{id}/bookings": {"member_id": here.member["newcomer-1c"]}
            if staff else {},
        }
        return bodies.get(key)

    def words(self, here):
        """A mail to the address of an attendance of this community."""
        token = next(self.world.rsvp_token[t.id] for t in self.world.things
                     if t.kind == "delivery" and t.community == here.id)
        return (f"From: a@example.org\r\nTo: calendar+{token}@cairn.example\r\n"
                f"Message-ID: <{uuid.uuid4().hex}@example.org>\r\n\r\nI may be late.\r\n")

    def of_round(self, thing):
        """Proposals of the round that a coordinator may confirm."""
        if thing is None:
            return [str(cairn.uuid7())]
        found = self.world.rows("SELECT id FROM proposal WHERE matching_round_id = %s"
                                " AND coordinator_confirmed_at IS NULL ORDER BY id LIMIT 1",
                                thing.id)
        return [found[0][0]] if found else [str(cairn.uuid7())]

    def of_input(self, thing):
        """Somebody who took part in the round."""
        found = thing and self.world.rows(
            "SELECT substring(input FROM '[0-9a-f-]{36}') FROM matching_round WHERE id = %s",
            thing.id)
        return found[0][0] if found and found[0][0] else str(cairn.uuid7())

    # ---- what to try ----

    def things(self, op):
        return [t for t in self.world.things if t.kind == op.subject.kind]

    def cases(self, op):
        """Refusals first."""
        found = []
        for who in self.world.principals:
            if "{" not in op.path or op.subject.kind == "none":
                found += self.plain(op, who)
            else:
                found += self.on_things(op, who)
            if op.acts_for and op.lets(who.role, who.scopes):
                found += self.on_behalf(op, who)
            app = who.role == policy.APP
            if op.field and who.member and not app and who.role not in op.subject.all:
                here = self.world.there if who.community == self.world.there.id \
                    else self.world.here
                value = here.program[0] if op.field == "program_id" else uuid.uuid4().hex
                found.append(Case(op, who, fill(op.path, {"id": who.member}), "forbidden",
                                  body={op.field: value}))
            if op.handler == "feeds_create" and who.member and not app \
                    and who.role not in op.subject.all:
                found += self.on_cohorts(op, who)
        return sorted(found, key=lambda c: c.expected == "open")

    def plain(self, op, who):
        expected = policy.judge(op, who.role, None, who.scopes) if not op.is_list else (
            "open" if op.lets(who.role, who.scopes) else
            "forbidden" if who.role not in (None, policy.APP) else "unauthenticated")
        if op.path == "/v1/me" and who.role and not who.member:
            expected = "forbidden"  # a token of no member has no profile
        secrets = (self.world.rsvp_token if op.path.startswith("/rsvp/") else {
            t.id: self.world.feed_secret[t.id] for t in self.world.things
            if t.kind == "feed" and not t.deleted})
        ids = {"slug": "not-found", "token": next(iter(secrets.values())),
               "id": str(cairn.uuid7()), "event_id": str(cairn.uuid7())}
        yield Case(op, who, fill(op.path, ids), expected, body=self.body(op, who, None))

    def ids(self, op, thing):
        """What fills the path, where the thing is not all of it."""
        if "{id}/newcomers/" not in op.path:
            return thing.ids
        # One who may come in, or one who is in it.
        here = self.world.there if thing.community == self.world.there.id else self.world.here
        member = here.member["newcomer-1c"]
        if op.method == "DELETE":
            member = next((ident for name, ident in here.member.items()
                           if ident in thing.own and "newcomer" in name), member)
        return thing.ids | {"member_id": member}

    def on_things(self, op, who):
        for thing in self.things(op):
            ids = self.ids(op, thing)
            expected = policy.judge(op, who.role, access_world.relation(who, thing),
                                    who.scopes)
            body = self.body(op, who, thing)
            yield Case(op, who, fill(op.path, ids), expected, thing, body,
                       fill(op.path, unknown_ids(ids, who.member)), body)
            # Their thing by way of what is mine.
            mine = any(t.kind == thing.kind and t.id == thing.id and who.member in t.own
                       for t in self.world.things)
            if {"feed_id", "password_id", "event_id"} & set(thing.ids) and who.member \
                    and expected == "hidden" and not mine:
                mine = {"id": who.member}
                yield Case(op, who, fill(op.path, thing.ids | mine), "hidden", thing, body,
                           fill(op.path, unknown_ids(thing.ids) | mine), body)

    def on_cohorts(self, op, who):
        """Name every cohort in the body that is not theirs to guide."""
        for thing in (t for t in self.world.things if t.kind == "cohort"):
            ((guide,),) = self.world.rows("SELECT guide_id FROM cohort WHERE id = %s", thing.id)
            if guide != who.member:
                url = fill(op.path, {"id": who.member})
                yield Case(op, who, url, "forbidden" if who.member in thing.own else "named",
                           body={"cohort_id": thing.id}, unknown=url,
                           unknown_body={"cohort_id": str(cairn.uuid7())})

    def on_behalf(self, op, who):
        """Name every member in the body."""
        everybody = op.roles & policy.role_sets()["ROLES_STAFF"]
        about = next((t for t in self.things(op) if t.community == who.community), None)
        url = fill(op.path, about.ids) if about else op.path
        for member in (t for t in self.world.things if t.kind == "member"):
            stands = access_world.relation(who, member)
            expected = ("open" if stands == "own" else "forbidden") \
                if who.role not in everybody else \
                "named" if stands in ("other community", "deleted") else "open"
            body = self.body(op, who, about) | {op.acts_for: member.id}
            yield Case(op, who, url, expected, member, body, url,
                       body | {op.acts_for: str(cairn.uuid7())})

    # ---- what to think of it ----

    def fault(self, case, answer):
        done = verdict(answer.status)
        leak = self.leak(case, answer)
        if leak:
            return leak
        if case.expected == "ended":
            ok = case.op.method == "GET" or answer.status >= 400
            return None if ok else f"{answer.status} for what is deleted"
        if case.expected == "named":
            return self.unlike_unknown(case, answer)
        if done != case.expected:
            return f"{answer.status}: {answer.body[:300]}"
        if case.expected == "open" and case.op.method in READS:
            return None if answer.status in (200, 207, 301) else f"{answer.status}"
        if case.expected in ("hidden", "forbidden") and case.unknown:
            visible = case.expected == "forbidden" and not case.op.acts_for \
                and case.op.lets(case.who.role, case.who.scopes)
            return None if visible else self.unlike_unknown(case, answer)
        return None

    def unlike_unknown(self, case, answer):
        """A refusal must not tell whether the thing exists."""
        if answer.status < 400:
            return f"{answer.status} for what is not theirs"
        other = self.request(case.who, case.op, case.unknown, case.unknown_body)
        ids = {part for url in (case.url, case.unknown) for part in url.split("/")
               for part in re.split("[:.]", part)[:1] if UUID.fullmatch(part.encode())}
        one, two = answer.faceless(ids), other.faceless(ids)
        return None if one == two else f"{one}\n  but for an unknown id\n  {two}"

    def leak(self, case, answer):
        """Ids of the other community, and of a list what is not seen."""
        if answer.status >= 300 or case.who.community is None:
            return None
        if not case.op.roles and "BASIC" not in case.op.flags:
            return None  # whoever has the address
        inside = set(UUID.findall(answer.body))
        there = case.who.community == self.world.there.id
        mine = {t.id.encode() for t in self.world.things if t.community == case.who.community}
        foreign = {t.id.encode() for t in self.world.things} - mine if there else self.foreign
        if inside & foreign:
            return f"shows {inside & foreign} of another community"
        if case.who.role not in policy.role_sets()["ROLES_STAFF"]:
            others = set(re.findall(rb"here-[\w-]+@example\.org", answer.body)) - {
                f"here-{n}@example.org".encode() for n, m in self.world.here.member.items()
                if m == case.who.member}
            if others:
                return f"shows the addresses {others}"
        return None

    # ---- lists ----

    def seen(self, op, who):
        """Ids that a list may give to the principal."""
        reach = policy.REACH["ALL"] if who.role in op.subject.all else policy.REACH[op.sees]
        return {t.id for t in self.things(op) if access_world.relation(who, t) in reach}

    def listed(self, who, op, query=""):
        answer = self.request(who, op, f"{op.path}?limit=200{query}", None)
        if answer.status != 200:
            return answer, set()
        if answer.json["next"]:
            raise AssertionError("the world is too large for one page")
        return answer, {item["id"] for item in answer.json["items"]}

    def list_faults(self, op):
        """(cases, faults) of a list and of its filters."""
        n, faults = 0, []
        for who in (w for w in self.world.principals if op.lets(w.role, w.scopes)):
            seen = self.seen(op, who)
            n += 1
            _, all_of_it = self.listed(who, op)
            if all_of_it != seen:
                faults.append(f"{who.name}: GET {op.path} gives {all_of_it - seen} too much,"
                              f" {seen - all_of_it} too little")
            for name in (q for q in op.query if q in NAMED):
                unknown, _ = self.listed(who, op, f"&{name}={cairn.uuid7()}")
                for thing in (t for t in self.world.things if t.kind == NAMED[name]):
                    n += 1
                    answer, some = self.listed(who, op, f"&{name}={thing.id}")
                    strange = access_world.relation(who, thing) == "other community"
                    if not some <= seen or answer.status not in (200, 404) or strange and \
                            answer.faceless([]) != unknown.faceless([]) and answer.status == 200:
                        faults.append(f"{who.name}: GET {op.path}?{name} of {thing}: "
                                      f"{answer.status}, {some - seen}")
        return n, faults

    # ---- whatever the program checks: is anybody in who should not? ----

    def within_reach(self, who, thing):
        """What the principal may come to see by one operation or another."""
        stands = access_world.relation(who, thing)
        return stands in ("own", "related") or stands in policy.REACH["ALL"] and any(
            op.sees == "ALL" and op.subject.kind == thing.kind and who.role in op.roles
            or who.role in op.subject.all and op.subject.kind == thing.kind
            for op in policy.operations())

    def shown(self, case, answer):
        """What of others an answer gives away; None when nothing."""
        who = case.who
        leak = self.leak(case, answer)
        if leak or case.op.method not in READS or who.role is None:
            return leak
        if case.expected == "hidden" and case.thing:
            return f"shows {case.thing}"
        known = {t.id: t for t in self.world.things if t.kind not in BORROWED}
        document = answer.json if "json" in answer.headers["Content-Type"] else {}
        for item in document.get("items", [document]):
            thing = known.get(item.get("id"))
            if thing and not self.within_reach(who, thing) \
                    or not thing and who.member and item.get("member_id", who.member) != who.member:
                return f"shows {item}"
        if case.expected == "forbidden" and "items" not in document \
                and case.op.subject.kind == "none" and "json" in answer.headers["Content-Type"]:
            return f"shows {document}"
        return None

    def attempts(self, op):
        """Everything that is to be refused; lists, for what they give, by every filter."""
        nobody = set()
        for case in self.cases(op):
            if case.expected == "unauthenticated":  # whatever they ask for
                if case.who.name not in nobody:
                    yield case
                nobody.add(case.who.name)
            elif case.expected in ("hidden", "forbidden") or (
                    op.is_list and case.expected == "open"):
                yield case
        for who in (w for w in self.world.principals if op.is_list and w.member):
            for name in (q for q in op.query if q in NAMED):
                for thing in (t for t in self.world.things if t.kind == NAMED[name]):
                    yield Case(op, who, f"{op.path}?{name}={thing.id}", "open")

    def intrusions(self, ops, stop=False):
        """(cases, what got in); with `stop` no further than the first."""
        n, found = 0, []
        for op in ops:
            for case in self.attempts(op):
                if stop and found:
                    return n, found
                n += 1
                answer = self.send(case)
                if answer.status >= 300:
                    continue
                got = self.shown(case, answer)
                if got:
                    found.append(f"{case}: {got}")
                if op.method not in READS:
                    changes = self.world.changes()
                    if changes:
                        found.append(f"{case}: changed {changes}")
                        self.world.reset()
        changes = self.world.changes()
        if changes:
            found.append(f"changed {changes}")
            self.world.reset()
        return n, found
