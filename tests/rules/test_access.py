"""The policy file agrees with itself, with the routes, and with its page."""
import os
import unittest

from tests.lib import contract, policy

PAGE = os.path.join(contract.ROOT, "docs", "access.md")


class Access(unittest.TestCase):
    def test_every_operation(self):
        """Each route has its row and no row is left over; the contract knows them all."""
        found = {(op.method, op.path) for op in policy.operations()}
        self.assertEqual(found, {(m, p) for m, p, _, _ in contract.operations()})

    def test_rows(self):
        for op in policy.operations():
            with self.subTest(f"{op.method} {op.path}"):
                self.assertLessEqual(set(policy.REACH[op.may]), set(policy.REACH[op.sees]))
                if op.method == "GET":
                    self.assertEqual(op.sees, op.may, "to read is to see")
                if "BASIC" in op.flags:
                    self.assertEqual((op.roles, op.may), (frozenset(), op.sees))
                if op.subject.kind in ("none", "self") or "BASIC" in op.flags:
                    continue
                # Members are reached if and only if the route lets them in.
                self.assertEqual(bool(op.roles - op.subject.all), op.sees != "NOBODY")

    def test_page_is_current(self):
        """With CAIRN_WRITE_DOCS set this writes the page instead."""
        if os.environ.get("CAIRN_WRITE_DOCS"):
            with open(PAGE, "w", encoding="utf-8") as file:
                file.write(policy.page())
        with open(PAGE, encoding="utf-8") as file:
            self.assertEqual(file.read(), policy.page())


if __name__ == "__main__":
    unittest.main()
