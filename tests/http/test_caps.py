"""Limits on every text and list of the contract: one more than `maxLength` or `maxItems`
allows is refused at its place, exactly as many are not.

Bodies hold one thing only, so that other faults (what is missing) stand beside; what
counts is whether the place of the thing itself is among the faults.
"""
import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402
from tests.lib import contract  # noqa: E402

ID = "018f0000-0000-7000-8000-000000000000"
INTAKE = {"name": "I", "first_date": "2031-03-03", "last_date": "2031-03-28",
          "session_minutes": 60, "cohort_min": 2, "cohort_max": 4,
          "anchor_time_zone": "Europe/Berlin"}
# No text of the full length is a zone, a language or a level.
MEANING = ("time_zone", "anchor_time_zone", "language", "level")
# Texts of these forms have one length only; the tests of each form are elsewhere.
BOUND = ("enum", "const", "format")


def resolve(schema):
    schema = dict(contract.resolve(schema))
    for one in schema.pop("allOf", []) + schema.pop("oneOf", [])[:1]:
        schema = {**resolve(one), **schema}
    return schema


def kinds(schema):
    kind = schema.get("type", [])
    return kind if isinstance(kind, list) else [kind]


def find(schema, path=(), depth=0):
    """(path, schema) of every text and list in it."""
    schema = resolve(schema)
    if {"string", "array"} & set(kinds(schema)):
        yield path, schema
    if depth < 6:
        for name, one in schema.get("properties", {}).items():
            yield from find(one, (*path, name), depth + 1)
        if "items" in schema:
            yield from find(schema["items"], (*path, 0), depth + 1)


def bodies():
    for method, path, _, operation in contract.operations():
        content = contract.resolve(operation.get("requestBody", {})).get("content", {})
        for kind, one in content.items():
            if "json" in kind:
                yield method, path, kind, one["schema"]


def wrap(value, path):
    for part in reversed(path):
        value = [value] if part == 0 else {part: value}
    return value


def texts(n):
    """Texts of n characters of which some field takes one."""
    yield "a" * n
    yield "a" + " " * (n - 2) + "a"  # a term: shorter once it is normalised
    label = "b" * 60 + "."
    yield "a@" + (label * n)[:n - 5] + "b.c"
    yield "https://example.org/" + "u" * (n - 20)


def item(schema, number):
    """One element of a list, each of them another one."""
    schema = resolve(schema)
    if "enum" in schema:
        return schema["enum"][number % len(schema["enum"])]
    if "string" in kinds(schema):
        return (f"018f0000-0000-7000-8000-{number:012x}" if schema.get("format") == "uuid"
                else f"a{number}"[:schema.get("maxLength", 99)])
    return {} if "object" in kinds(schema) else number


class Caps(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.client = admin = cls.service.client(role="admin")
        member = admin.post("/v1/members", {"external_id": "caps", "display_name": "C",
                                            "time_zone": "UTC"}).expect(201)["id"]
        program = admin.post("/v1/programs", {"name": "P"}).expect(201)["id"]
        intake = admin.post(f"/v1/programs/{program}/intakes", INTAKE).expect(201)["id"]
        cls.member = cls.service.client(role="mentor", member_id=member)
        cls.ids = {"members": member, "programs": program, "intakes": intake}

    def faults(self, method, path, kind, place, value):
        """Pointers of the faults of a body that has the value in this place."""
        client = self.member if path == "/v1/me" else self.client
        path = path.replace("{id}", self.ids.get(path.split("/")[2], ID))
        path = path.replace("{member_id}", ID).replace("{role}", "mentor")
        path = path.replace("{position}", "1")
        answer = client.request(method, path, wrap(value, place), headers={
            "Content-Type": kind, "If-Match": "*"})
        if answer.status < 300:
            return set()
        self.assertIn(answer.status, (400, 404, 409, 422), answer.body)
        return {error.get("pointer") for error in answer.json.get("errors", [])}

    def check(self, method, path, kind, place, within, beyond):
        """Some of the values within are allowed, none of those beyond."""
        pointer = "/" + "/".join(map(str, place))
        refused = [pointer in self.faults(method, path, kind, place, value)
                   for value in (*within, *beyond)]
        self.assertIn(False, refused[:len(within)] or [False], "what is allowed is refused")
        self.assertTrue(all(refused[len(within):]), "what is too much is let in")

    def test_everything_has_a_cap(self):
        for method, path, _, schema in bodies():
            for place, one in find(schema):
                with self.subTest(f"{method} {path} {place}"):
                    if "array" in kinds(one):
                        self.assertIn("maxItems", one)
                    elif not set(BOUND) & set(one):
                        self.assertTrue({"maxLength", "pattern"} & set(one))

    def test_each_cap(self):
        seen = 0
        for method, path, kind, schema in bodies():
            for place, one in find(schema):
                if "maxLength" in one and not {"pattern", *BOUND} & set(one):
                    n = one["maxLength"]
                    values = [list(texts(count)) for count in (n, n + 1)]
                    if place[-1] in MEANING:
                        values[0] = []
                elif "maxItems" in one:
                    n = one["maxItems"]
                    values = [[[item(one["items"], i) for i in range(count)]]
                              for count in (n, n + 1)]
                else:
                    continue
                if (path, place) == ("/v1/me", ("external_id",)):  # not by themselves
                    continue
                seen += 1
                with self.subTest(f"{method} {path} {place} {n}"):
                    self.check(method, path, kind, place, *values)
        self.assertGreater(seen, 30)


if __name__ == "__main__":
    unittest.main()
