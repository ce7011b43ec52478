"""The runner counts rightly, also when a suite crashes, hangs or says nothing."""
import os
import subprocess
import tempfile
import unittest

from tests import run

RACY = """#include <pthread.h>
#include <stdio.h>
static int n;
static void *add(void *p) { n++; return p; }
int main(void) { pthread_t t; pthread_create(&t, NULL, add, NULL); n++;
pthread_join(t, NULL); puts("[       OK ] test_a"); return 0; }
"""

CMOCKA = """[==========] Running 3 test(s).
[ RUN      ] test_a
[       OK ] test_a
[ RUN      ] test_b
[  ERROR   ] --- 1 != 2
[  FAILED  ] test_b
[ RUN      ] test_c
[  SKIPPED ] test_c
[==========] 3 test(s) run.
[  PASSED  ] 1 test(s).
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] test_b
"""


def counts(kind, status, output, late=False):
    r = run.judge(run.Suite(kind, "x", []), status, output, late)
    return r.passed, r.failed, r.skipped


class Judge(unittest.TestCase):
    def test_cmocka(self):
        self.assertEqual(counts("unit", 1, CMOCKA), (1, 1, 1))
        good = CMOCKA.replace("FAILED  ] test_b", "     OK ] test_b", 1)
        self.assertEqual(run.count_cmocka(good)[0], 2)

    def test_unittest(self):
        for last, want in (("OK", (5, 0, 0)), ("OK (skipped=2)", (3, 0, 2)),
                           ("FAILED (failures=1, errors=1)", (3, 2, 0)),
                           ("FAILED (failures=1, skipped=1)", (3, 1, 1))):
            text = f"Ran 5 tests in 0.1s\n\n{last}\n"
            status = 0 if last.startswith("OK") else 1
            self.assertEqual(counts("http", status, text), want)

    def test_bad_ends(self):
        self.assertEqual(counts("unit", 0, ""), (0, 1, 0))
        self.assertEqual(counts("unit", -11, "[       OK ] a\n"), (1, 1, 0))
        self.assertEqual(counts("unit", 1, "[       OK ] a\n"), (1, 1, 0))
        self.assertEqual(counts("unit", -9, "[       OK ] a\n", True), (1, 1, 0))
        self.assertEqual(counts("http", 0, "Ran 0 tests in 0s\n\nOK\n"), (0, 1, 0))
        self.assertEqual(counts("interop", 77, ""), (0, 0, 1))
        self.assertEqual(counts("fuzz", 0, "replayed a (1 octets)\n"), (1, 0, 0))

    def test_races(self):
        """One that ThreadSanitizer sees fails the suite, whoever swallows the status."""
        with tempfile.TemporaryDirectory() as build:
            program = os.path.join(build, "racy")
            subprocess.run(["gcc", "-x", "c", "-g", "-fsanitize=thread", "-o", program, "-"],
                           input=RACY.encode(), check=True)
            suite = run.Suite("unit", "unit/racy", ["sh", "-c", program + " || true"])
            result = run.run_suite(suite, build)
            self.assertEqual((result.passed, result.failed), (1, 1), result.output)
            self.assertIn("data race", result.output)


if __name__ == "__main__":
    unittest.main()
