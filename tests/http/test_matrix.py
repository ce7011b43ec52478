"""Who may what, in full: every operation, as everybody, on everything (access.def).

What is refused leaves every row as it was, and what is hidden is answered like an id
that does not exist. What is allowed happens, and then the world is put back."""
import collections
import unittest

from tests.lib import access_world, cairn, matrix, policy


class TestMatrix(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker", community="here")
        cls.addClassCleanup(cls.service.close)
        cls.world = access_world.World(cls.service)
        cls.addClassCleanup(cls.world.close)
        cls.matrix = matrix.Matrix(cls.world)
        cls.addClassCleanup(cls.matrix.close)

    def test_operations(self):
        cases = 0
        tried = collections.Counter()
        for op in policy.operations():
            with self.subTest(f"{op.method} {op.path}"):
                faults, done = [], set()
                for case in self.matrix.cases(op):
                    answer = self.matrix.send(case)
                    cases += 1
                    fault = self.matrix.fault(case, answer)
                    if fault:
                        faults.append(f"{case}: {fault}")
                    if case.thing:
                        tried[access_world.relation(case.who, case.thing)] += 1
                    if case.expected == "open":
                        done.add(answer.status)
                        if op.method != "GET":
                            self.world.reset()
                    else:
                        faults += self.unchanged(case) if answer.status < 400 else []
                faults += self.unchanged(op)
                self.assertEqual(faults, [])
                self.assertTrue(done & {200, 201, 202, 204}, f"nobody got through: {done}")
        self.assertGreater(cases, 5000)
        self.assertEqual({r for r in policy.RELATIONS if not tried[r]}, set())

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
