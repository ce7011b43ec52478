"""The suites over HTTP once more, against two services and two workers that share a pair
of databases, after the primary died and the standby took over."""
import os
import re
import subprocess
import sys
import unittest

from tests.lib import cairn

# Those that are about one process or one cluster stay out: its death, its log, its port.
SUITES = ("auth", "calendars", "cohorts", "confirm_race", "ledger", "matrix", "outbox",
          "people", "rounds", "tour", "walls")


class Topology(unittest.TestCase):
    def test_all_suites_hold(self):
        build = os.path.dirname(cairn.program())
        for name in SUITES:
            with self.subTest(suite=name):
                done = subprocess.run(
                    [sys.executable, "-B", "tests/run.py", "--build", build, "--only",
                     "http", "-k", "test_" + name], cwd=cairn.ROOT, capture_output=True,
                    text=True, check=False, timeout=900,
                    env={**os.environ, "CAIRN_TOPOLOGY": "promoted"})
                self.assertEqual(done.returncode, 0, done.stdout[-4000:])
                self.assertRegex(done.stdout, re.compile(r"^[1-9]\d* passed", re.M))


if __name__ == "__main__":
    unittest.main()
