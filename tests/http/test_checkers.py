"""What one looks for who wants to break a service by its description: the checkers of
docs/internals/checkers.md that no other test has."""
import threading
import unicodedata
import unittest
import uuid

from tests.lib import cairn, contract, fuzz
from tests.lib.blackbox import BlackBox, body_schema

BATCH = 12  # names at a time; more than 32 faults are only counted
TRAPS = ["\u200b", "a\u200bb", "\u202eabc", "\u2066abc\u2069", "\ufeffa", "e\u0301", "\u00e9",
         "\u2028", "\U0001f468\u200d\U0001f469", "\u0000", "\u0007", "a\u001bb", "\u007f", "\u0085",
         "", " ", " a ", "\u00a0", "x" * 100_000, "\U0002f800", "\ufffd", "\uffff", "\U0001d160" * 200]
# Two bodies that both change something.
RIVALS = {
    "PATCH /v1/me": ({"years": 1}, {"years": 2}),
    "PATCH /v1/members/{id}": ({"years": 3}, {"years": 4}),
    "PUT /v1/members/{id}/availability": tuple(
        {"windows": [{"weekday": day, "from": "09:00", "to": "10:00"}], "exceptions": []}
        for day in ("Thu", "Fri")),
    "PUT /v1/members/{id}/busy-times": tuple(
        f"BEGIN:VEVENT\r\nDTSTART:2020010{day}T000000Z\r\nEND:VEVENT\r\n" for day in (1, 2)),
    "PUT /v1/members/{id}/busy-subscription": tuple(
        {"url": f"https://calendar.example.org/{name}"} for name in ("one", "two")),
    "PATCH /v1/programs/{id}": ({"name": "One"}, {"name": "Two"}),
    "PUT /v1/programs/{id}/policy": ({"points": {"role": 31}}, {"points": {"role": 32}}),
    "PUT /v1/programs/{id}/enrollments/{member_id}/{role}": ({"capacity": 8}, {"capacity": 9}),
    "PATCH /v1/journey-templates/{id}": ({"title": "One"}, {"title": "Two"}),
    "PATCH /v1/journeys/{id}/steps/{position}": ({"note": "One"}, {"note": "Two"}),
    "PATCH /v1/intakes/{id}": ({"name": "One"}, {"name": "Two"}),
    "PATCH /v1/office-hours/{id}": ({"seats": 300}, {"seats": 301}),
    "PATCH /v1/cohorts/{id}": ({"name": "One"}, {"name": "Two"}),
}


def ids_of(schema):
    """Names of the properties that are an id, or a list of them."""
    for name, part in schema["properties"].items():
        part = contract.resolve(part)
        inner = contract.resolve(part.get("items", part))
        some = [contract.resolve(p) for p in inner.get("anyOf", [inner])]
        if any(p.get("format") == "uuid" for p in some):
            yield name, "items" in part


def texts_of(schema):
    for name, part in schema["properties"].items():
        part = contract.resolve(part)
        if "string" in fuzz.kinds(part) and not {"enum", "format", "pattern"} & set(part):
            yield name, part


class Checkers(BlackBox):
    def places(self, answer):
        return [e.get("pointer", "") for e in answer.json.get("errors", [])]

    def test_11_use_after_delete(self):
        for _, path, item, operation in self.operations("DELETE"):
            self.world.reset()
            url = next(u for u in (self.address(path, item, operation) for _ in range(50))
                       if self.send("DELETE", u).status == 204)
            for method, below, _, other in self.operations(
                    "GET", "PUT", "PATCH", "POST", "DELETE"):
                if not below.startswith(path):
                    continue
                kind, schema = body_schema(other)
                body = self.one(fuzz.bodies(schema, self.known)) if schema else None
                if "text/calendar" in other.get("requestBody", {}).get("content", {}):
                    kind, body = "text/calendar", "BEGIN:VEVENT\r\nEND:VEVENT\r\n"
                at = url + below[len(path):].replace("{feed_id}", str(cairn.uuid7()))
                with self.subTest(f"{method} {at}"):
                    answer = self.send(method, at, body, kind)
                    if method == "GET" and answer.status == 200:
                        self.assertTrue(ended(answer.json), answer.body)
                    elif (method, below) not in AGAIN:
                        self.assertIn(answer.status, (404, 409, 410, 412), answer.body)

    def test_14_a_child_of_another_parent(self):
        """Feeds of others' members are in the matrix."""
        here = self.world.here
        one, two = here.program
        there = [i for i in self.ids["enrollment"] if i["id"] == one]
        for ids in there:
            if any(i["id"] == two and i["member_id"] == ids["member_id"]
                   for i in self.ids["enrollment"]):
                continue
            path = f"/v1/programs/{two}/enrollments/{ids['member_id']}/{ids['role']}"
            self.admin.get(path).problem(404, "not-found")
            self.admin.delete(path).problem(404, "not-found")
        self.admin.get(f"/v1/programs/{two}/policies/99").problem(404, "not-found")
        self.untouched()

    def test_16_ids_of_nothing_and_of_others(self):
        foreign = {t.kind: t.id for t in self.world.things
                   if t.community == self.world.there.id}

        def check(send, schema, body):
            for name, is_list in ids_of(schema):
                kinds = [k for k in foreign if name.startswith(k)] or ["member"]
                for bad in (str(uuid.uuid4()), str(cairn.uuid7()), foreign[kinds[0]],
                            self.world.here.member["gone"]):
                    answer = send({**body, name: [bad] if is_list else bad})
                    self.assertIn(answer.status, (403, 404, 409, 422),
                                  (name, bad, answer.body))
        self.with_bodies(check)
        self.untouched()

    def test_18_the_same_key_twice(self):
        def check(send, schema, _):
            name = next(iter(schema["properties"]))
            for text in ('{"%s":1,"%s":1}', '{"x":{"%s":1,"%s":1}}', '{"x":[{"%s":1,"%s":1}]}'):
                send(text=text % (name, name)).problem(400, "malformed-json")
        self.with_bodies(check)
        self.untouched()

    def test_19_members_of_other_schemas(self):
        every = sorted({name for schema in contract.document()["components"]["schemas"].values()
                        for name in schema.get("properties", {})})
        self.assertGreater(len(every), 150)

        def check(send, schema, body):
            names = [name for name in every if name not in schema["properties"]]
            for at in range(0, len(names), BATCH):
                some = names[at:at + BATCH]
                answer = send({**body, **dict.fromkeys(some, 1)})
                answer.problem(400, "unknown-field")
                self.assertLessEqual({"/" + name for name in some}, set(self.places(answer)))
        self.with_bodies(check)
        self.untouched()

    def test_20_text_that_is_odd(self):
        """Taken as it is, or refused as of the wrong form; never something between."""
        def check(send, schema, body):
            for name, part in texts_of(schema):
                for text in TRAPS:
                    answer = send({**body, name: text})
                    self.assertLess(answer.status, 500)
                    if answer.status in (200, 201) and isinstance(answer.json.get(name), str):
                        self.assertIn(answer.json[name], (
                            text, unicodedata.normalize("NFC", text.strip(" \t"))))
                    if not part.get("minLength", 0) <= len(text) <= part.get("maxLength", 10**9):
                        self.assertEqual(answer.status, 400, (name, text[:20]))
        self.with_bodies(check)

    def test_22_another_character_set(self):
        for method, path, item, operation in self.operations("POST", "PUT", "PATCH"):
            url = self.address(path, item, operation)
            for kind in operation.get("requestBody", {}).get("content", {}):
                body = "{}" if "json" in kind else "external_id\n"
                with self.subTest(f"{method} {path}"):
                    for charset in ("utf-16", "iso-8859-1", '"utf-7"', "x"):
                        self.admin.request(method, url, body, headers={
                            "If-Match": "*", "Content-Type": f"{kind}; charset={charset}"}
                            ).problem(415, "unsupported-media-type")
                    for charset in ("utf-8", '"UTF-8"'):
                        self.assertNotEqual(self.admin.request(method, url, body, headers={
                            "If-Match": "*", "Content-Type": f"{kind}; charset={charset}"}
                            ).status, 415)

    def test_23_the_bounds(self):
        """What is just within is no wrong field, what is just beyond is one."""
        def check(send, schema, body):
            for name, part in schema["properties"].items():
                if name in ("time_zone", "anchor_time_zone", "industry", "style",
                            "organization"):
                    continue  # only some are there; terms are measured when normalised
                for value, good in bounds(contract.resolve(part)):
                    answer = send({**body, name: value})
                    named = answer.status == 400 and any(
                        p.startswith("/" + name) for p in self.places(answer))
                    self.assertEqual(named, not good, (name, str(value)[:40], answer.body))
        self.with_bodies(check)

    def test_25_two_writers(self):
        """With one ETag: one of them succeeds, whichever; the other one is told."""
        tried = 0
        readable = {path for _, path, _, _ in self.operations("GET")}
        for method, path, item, operation in self.operations("PUT", "PATCH"):
            if path not in readable:
                continue  # there is no tag to write by
            self.world.reset()  # a changed intake has no cohorts any more
            bodies, writer = RIVALS[f"{method} {path}"], self.admin
            if path == "/v1/me":
                writer = self.service.client(role="coordinator",
                                             member_id=self.world.here.member["newcomer-1a"])
            kind = body_schema(operation)[0] or "text/calendar"
            statuses = [409]
            while 409 in statuses:  # an intake that is no draft any more
                url, statuses = self.address(path, item, operation), []
                tag = writer.get(url).etag

                def write(body):
                    statuses.append(writer.request(method, url, body, headers={
                        "If-Match": tag, "Content-Type": kind}).status)
                threads = [threading.Thread(target=write, args=(body,)) for body in bodies]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
            with self.subTest(f"{method} {path}"):
                self.assertEqual(sorted(statuses), [200, 412])
            tried += 1
        self.assertEqual(tried, len(RIVALS))

    def test_26_a_walk_while_the_list_changes(self):
        """Whoever is there all the time is met once."""
        def new():
            return self.admin.post("/v1/members", {
                "external_id": uuid.uuid4().hex, "display_name": "W",
                "time_zone": "UTC"}).expect(201)["id"]
        stay, go, met, step = [], [], [], 0
        for _ in range(12):
            stay.append(new())
            go.append(new())
        path = "/v1/members?limit=3"
        while path:
            page = self.admin.get(path).expect(200)
            met += [m["id"] for m in page["items"]]
            new()
            if go:  # from both ends: before and behind where the walk is
                self.admin.delete(f"/v1/members/{go.pop(-1 if step % 2 else 0)}").expect(204)
            step += 1
            path = page["next"]
            self.assertLess(step, 100)
        self.assertEqual([m for m in met if m in stay], stay)
        self.assertEqual(len(set(met)), len(met))

    def test_28_reads_write_nothing(self):
        """test_auth and test_walls read one thing often; here everything once."""
        def xid():
            return self.service.cluster.execute(
                "SELECT pg_snapshot_xmax(pg_current_snapshot())::text")[0][0]
        self.admin.get("/v1/programs").expect(200)
        self.assertTrue(cairn.eventually(
            lambda: self.admin.get("/v1/tokens/self").json["last_used_at"]))
        urls = [self.address(path, item, operation)
                for _, path, item, operation in self.operations("GET")]
        before = xid()
        for url in urls:
            self.admin.get(url)
            self.admin.request("HEAD", url)
        self.assertEqual(xid(), before)
        self.untouched()


# Revoking, leaving and forgetting twice are fine, and who left may come back.
ENROLLMENT = "/v1/programs/{id}/enrollments/{member_id}/{role}"
BUSY = "/v1/members/{id}/busy-times"
SUBSCRIPTION = "/v1/members/{id}/busy-subscription"
NEWCOMER = "/v1/cohorts/{id}/newcomers/{member_id}"
AGAIN = {("DELETE", "/v1/tokens/{id}"), ("DELETE", ENROLLMENT), ("PUT", ENROLLMENT),
         ("DELETE", BUSY), ("PUT", BUSY), ("DELETE", SUBSCRIPTION), ("PUT", SUBSCRIPTION),
         ("DELETE", NEWCOMER), ("PUT", NEWCOMER)}


def ended(document):
    """A document that stays tells that its thing has ended, or has nothing in it."""
    if "items" in document:
        return all(map(ended, document["items"]))
    if "member" in document:  # all that is known of somebody
        return ended(document["member"])
    if "windows" in document:
        return document["windows"] == document["exceptions"] == []
    if "busy" in document:
        return document["busy"] == []
    if "host" in document:
        return document["host"] is None
    return any(document.get(key) for key in ("revoked_at", "erased_at", "ended_at")) or (
        document.get("state") in ("left", "closed", "cancelled", "ended"))


def bounds(part):
    """(value, whether it is within) around each bound of a schema."""
    kinds = fuzz.kinds(part)
    if "string" in kinds and not {"enum", "format", "pattern"} & set(part):
        for limit in {part.get("minLength"), part.get("maxLength")} - {None}:
            for length in (limit - 1, limit, limit + 1):
                if length >= 0 and length < 10_000:
                    yield "x" * length, (part.get("minLength", 0) <= length
                                         <= part.get("maxLength", length))
    if "integer" in kinds:
        low, high = part.get("minimum"), part.get("maximum")
        for limit in {low, high} - {None}:
            for value in (limit - 1, limit, limit + 1):
                if abs(value) < 2**53:
                    yield value, ((low is None or value >= low)
                                  and (high is None or value <= high))


if __name__ == "__main__":
    unittest.main()
