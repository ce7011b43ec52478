"""Who may what: every operation, as everybody, on everything (access.def).

What is refused leaves every row as it was, and what is hidden is answered like an id
that does not exist. What is allowed happens, and then the world is put back. Of refusals
this takes one for everybody and each way to stand to a thing; tests/slow takes them all."""
import collections
import dataclasses
import unittest

from tests.lib import access_world, cairn, matrix, policy


# Who is limited gives nobody what is not limited.
MORE_THAN_SCOPES = {"tokens_create", "identities_link"}


class TestMatrix(unittest.TestCase):
    whole, at_least = False, 5000

    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker", community="here")
        cls.addClassCleanup(cls.service.close)
        cls.world = access_world.World(cls.service)
        cls.addClassCleanup(cls.world.close)
        cls.matrix = matrix.Matrix(cls.world)
        cls.addClassCleanup(cls.matrix.close)

    def cases(self, op):
        seen = set()
        for case in self.matrix.cases(op):
            like = (case.who.name, case.thing and access_world.relation(case.who, case.thing),
                    case.expected, isinstance(case.body, dict) and tuple(case.body))
            if self.whole or case.expected == "open" or like not in seen:
                yield case
            seen.add(like)

    def test_operations(self):
        cases = 0
        tried = collections.Counter()
        for op in policy.operations():
            with self.subTest(f"{op.method} {op.path}"):
                faults, done = [], set()
                for case in self.cases(op):
                    answer = self.matrix.send(case)
                    cases += 1
                    fault = self.matrix.fault(case, answer)
                    if fault:
                        faults.append(f"{case}: {fault}")
                    if case.thing:
                        tried[access_world.relation(case.who, case.thing)] += 1
                    if case.expected == "open":
                        done.add(answer.status)
                        faults += self.not_there(case, answer)
                        if op.method not in matrix.READS:
                            self.world.reset()
                    else:
                        faults += self.unchanged(case) if answer.status < 400 else []
                faults += self.unchanged(op)
                self.assertEqual(faults, [])
                self.assertTrue(done & {200, 201, 202, 204, 207, 301}, f"nobody got through: {done}")
        self.assertGreater(cases, self.at_least)
        self.assertEqual({r for r in policy.RELATIONS if not tried[r]}, set())

    def test_one_scope_is_enough(self):
        """For all that the second wall knows of scopes: with the scope that an operation
        asks for alone everybody may do what they may without a limit."""
        done = collections.Counter()
        for op in policy.operations():
            if op.method == "GET" or not op.scope or op.handler in MORE_THAN_SCOPES:
                continue
            done[op.handler], seen = 0, set()
            with self.subTest(f"{op.method} {op.path}"):
                for case in self.matrix.cases(op):
                    if case.expected != "open" or case.who.name in seen and done[op.handler]:
                        continue
                    seen.add(case.who.name)
                    self.world.limit(case.who, op.scope)
                    answer = self.matrix.send(case)
                    self.assertIsNone(self.matrix.fault(case, answer), case)
                    done[op.handler] += answer.status < 300
                    self.world.reset()
        self.assertEqual([h for h, n in done.items() if not n], [])
        self.assertGreater(len(done), 35)

    def not_there(self, case, answer):
        """What was created is at its Location, for who created it, at once."""
        where = answer.headers["Location"] if answer.status in (201, 202) else None
        get = next(op for op in policy.operations() if op.method == "GET")
        if where and self.matrix.request(case.who, get, where, None).status != 200:
            return [f"{case}: not at {where}"]
        return []

    def unchanged(self, what):
        changes = self.world.changes()
        self.world.reset()
        return [f"{what} changed {changes}"] if changes else []

    def test_lists(self):
        cases = 0
        for op in (op for op in policy.operations() if op.is_list):
            with self.subTest(op.path):
                n, faults = self.matrix.list_faults(op)
                cases += n
                self.assertEqual(faults, [])
        self.assertGreater(cases, 500)


if __name__ == "__main__":
    unittest.main()
