"""Somebody who has nothing but openapi.yaml, an admin's token and a world full of things:
the beginning of tests that try every operation.

CAIRN_FUZZ is how many requests of each kind an operation gets (make fuzz-api N=…), and
CAIRN_SEED where they begin.
"""
import json
import os
import random
import sys
import unittest
import urllib.parse
import uuid

import hypothesis

from tests.lib import access_world, cairn, contract, fuzz

EXAMPLES = int(os.environ.get("CAIRN_FUZZ", "4"))
SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))
JSON = ("application/json", "application/merge-patch+json")


def body_schema(operation):
    content = contract.resolve(operation.get("requestBody", {})).get("content", {})
    for kind in JSON:
        if kind in content:
            return kind, content[kind]["schema"]
    return None, None


class BlackBox(unittest.TestCase):
    """Tests that come after it begin with the world as it was."""

    @classmethod
    def setUpClass(cls):
        print(f"seed {SEED}", file=sys.stderr)
        cls.service = cairn.Service("--no-worker")
        cls.addClassCleanup(cls.service.close)
        cls.world = access_world.World(cls.service)
        cls.addClassCleanup(cls.world.close)
        admin = next(p for p in cls.world.principals if p.name == "admin")
        cls.admin = cls.service.client(token=admin.secret)
        here = cls.world.here
        cls.ids = {}
        for thing in cls.world.things:
            if (thing.community == here.id and not thing.deleted
                    and thing.id != admin.token_id):
                cls.ids.setdefault(thing.kind, []).append(thing.ids)
        cls.ids["cohort_newcomer"] = [
            {"id": cohort, "member_id": member} for cohort, member in cls.service.cluster.execute(
                "SELECT cohort_id::text, member_id::text FROM cohort_member"
                " WHERE community_id = %s AND part = 'newcomer' ORDER BY 1, 2", (here.id,))]
        cls.known = {"program_id": here.program, "member_id": list(here.member.values()),
                     "mentor_id": list(here.member.values()),
                     "newcomer_id": list(here.member.values()),
                     "time_zone": ["UTC", "Europe/Berlin", "Africa/Lagos"],
                     "time_zones": [["UTC"], ["Africa", "Europe/Berlin"]],
                     "url": ["https://example.org/a?b#c", "http://127.0.0.1:8/"],
                     "anchor_time_zone": ["UTC", "Europe/Berlin"]}

    def setUp(self):
        self.world.reset()
        self.dice = random.Random(f"{SEED}/{self.id()}")

    # ---- making requests ----

    def operations(self, *methods):
        for method, path, item, operation in contract.operations():
            if method in methods and path.startswith("/v1/"):
                yield method, path, item, operation

    def address(self, path, item, operation):
        """The path with ids of things that are there, where the world has such a thing."""
        names = {p["name"] for p in contract.parameters(item, operation) if p["in"] == "path"}
        words = path.replace("-", "_")
        fitting = {kind: all_ids for kind, all_ids in sorted(self.ids.items())
                   if names <= set(all_ids[0]) and kind.split("_")[0].rstrip("y") in words}
        exact = [kind for kind in fitting if kind.rstrip("s") == words.split("/")[2].rstrip("s")]
        fitting = [ids for kind in exact or fitting for ids in fitting[kind]]
        ids = self.dice.choice(fitting) if fitting else {}
        for name in names:
            path = path.replace("{" + name + "}", urllib.parse.quote(
                str(ids.get(name, "1" if name == "version" else uuid.uuid4()))))
        return path

    def examples(self, strategy, check):
        """check(value) for some values of the strategy; what fails is told whole."""
        @hypothesis.settings(max_examples=EXAMPLES, deadline=None, database=None,
                             suppress_health_check=list(hypothesis.HealthCheck),
                             phases=[hypothesis.Phase.generate])
        @hypothesis.seed(self.dice.randrange(2**31))
        @hypothesis.given(strategy)
        def run(value):
            check(value)
        run()

    def one(self, strategy):
        """One value of it."""
        found = []
        self.examples(strategy, found.append)
        return found[0]

    def with_bodies(self, check):
        """check(send, schema, a good body) for each operation with a JSON object, on
        something that is there; send(body) and send(text=…) ask it."""
        for method, path, item, operation in self.operations("POST", "PUT", "PATCH"):
            kind, schema = body_schema(operation)
            schema = contract.resolve(schema) if schema else {}
            if "properties" not in schema or path == "/v1/me":  # as /v1/members/{id}
                continue
            url = self.address(path, item, operation)
            while (path == "/v1/intakes/{id}"
                   and self.admin.get(url).expect(200)["state"] != "draft"):
                url = self.address(path, item, operation)

            def send(body=None, text=None):
                return self.admin.request(method, url, text or json.dumps(body), headers={
                    "If-Match": "*", "Content-Type": kind})
            with self.subTest(operation=f"{method} {path}"):
                check(send, schema, self.one(fuzz.bodies(schema, self.known)))

    def untouched(self):
        self.assertEqual(self.world.changes(), [])

    def send(self, method, path, body=None, kind=None, **headers):
        """Every answer is held to its schema by the client."""
        head = {"If-Match": "*", "Content-Type": kind, **headers}
        text = None if body is None else json.dumps(body)
        return self.admin.request(method, path, text, headers=head)
