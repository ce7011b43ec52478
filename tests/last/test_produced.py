"""After all of tests/http: what openapi.yaml documents was given at least once.

The client of tests/lib/cairn.py notes every (operation, status) that it met; that none
was met that is not documented, it has seen to itself.
"""
import glob
import os
import unittest

from tests.lib import cairn, contract


def produced(folder):
    seen = set()
    for path in glob.glob(os.path.join(folder, "*")):
        with open(path, encoding="ascii") as file:
            seen |= {tuple(line.split()) for line in file}
    return seen


def documented():
    return {(operation["operationId"], status)
            for _, _, _, operation in contract.operations()
            for status in operation["responses"]}


class Produced(unittest.TestCase):
    maxDiff = None

    def test_every_documented_status(self):
        cairn.program()  # a build is named
        seen = produced(contract.produced_folder(os.environ["CAIRN_BUILD"]))
        # 405 belongs to paths, not to operations.
        known = documented()
        self.assertGreater(len(known), 1000)
        self.assertEqual(sorted(known - seen), [], "never given")
        self.assertEqual(sorted(seen - known), [], "not documented")


if __name__ == "__main__":
    unittest.main()
