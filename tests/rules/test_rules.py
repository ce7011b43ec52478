"""The walls of the house, over the repository and over bad examples."""
import glob
import os
import shutil
import subprocess
import unittest

from tests.rules import walls

ROOT = os.getcwd()
BUILD = os.environ.get("CAIRN_BUILD", "build/asan")


def tracked(*ends):
    """Paths of the repository's own files (a checkout without git: all files)."""
    try:
        out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"],
                             cwd=ROOT, capture_output=True, check=True).stdout
        paths = out.decode().split("\n")
    except (OSError, subprocess.CalledProcessError):
        paths = [os.path.relpath(os.path.join(d, f), ROOT)
                 for d, _, files in os.walk(ROOT) for f in files
                 if not os.path.relpath(d, ROOT).startswith(("build", ".git/"))]
    return sorted(p for p in paths if p.endswith(ends) and os.path.isfile(p)
                  and not os.path.islink(p))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Repository(unittest.TestCase):
    maxDiff = None

    def hold(self, check, paths):
        self.assertTrue(paths, "nothing to check")
        bad = [message for path in paths for message in check(path, read(path))]
        self.assertEqual(bad, [], "\n".join(bad))

    def floors(self, *ends):
        return [p for p in tracked(*ends) if walls.floor_of(p)]

    def test_includes(self):
        self.hold(walls.check_includes, self.floors(".c", ".h", ".def"))

    def test_headers(self):
        self.hold(walls.check_header, self.floors(".c", ".h", ".def"))

    def test_file_sizes(self):
        self.hold(walls.check_size, tracked(".c", ".h"))

    def test_text(self):
        self.hold(walls.check_text, tracked(
            ".c", ".h", ".def", ".sql", ".py", ".sh", ".md", ".txt", "Makefile"))

    def test_sql_text(self):
        self.hold(walls.check_sql, self.floors(".c", ".h"))

    def test_exports(self):
        bad, seen = [], 0
        for source in self.floors(".c"):
            thing = os.path.join(BUILD, source[:-2] + ".o")
            if not os.path.exists(thing):
                continue
            out = subprocess.run(["nm", "-g", "--defined-only", thing],
                                 capture_output=True, check=True).stdout
            # Only code and data: sanitizers and coverage add names of their own.
            names = [f[2] for f in map(str.split, out.decode().split("\n"))
                     if len(f) == 3 and f[1] in "TDBRC"
                     and not f[2].startswith("__")]
            bad += walls.check_exports(source, names)
            seen += 1
        if seen == 0:
            self.skipTest(f"no objects in {BUILD}")
        self.assertEqual(bad, [], "\n".join(bad))

    def test_one_list_of_packages(self):
        self.hold(walls.check_packages_elsewhere, tracked(
            ".sh", ".py", ".md", "Makefile", "run", "pre-commit"))
        self.assertEqual(walls.check_libraries(
            read("Makefile"), read("packages.txt")), [])

    def test_format(self):
        tool = shutil.which("clang-format")
        if tool is None:
            self.skipTest("clang-format is not installed")
        run = subprocess.run([tool, "--dry-run", "-Werror",
                              *tracked(".c", ".h")], capture_output=True)
        self.assertEqual(run.returncode, 0, run.stderr.decode()[:4000])


class Control(unittest.TestCase):
    """Each rule must refuse what it is there to refuse."""

    def test_includes(self):
        check = walls.check_includes
        self.assertTrue(check("matcher/x.c", '#include "db/db.h"\n'))
        self.assertTrue(check("base/x.c", '#include "api/bind.h"\n'))
        self.assertTrue(check("db/x.c", '#include "calendars/tz.h"\n'))
        self.assertTrue(check("api/x.c", '#include "bind.h"\n'))
        self.assertTrue(check("api/x.c", "#include <libpq-fe.h>\n"))
        self.assertTrue(check("matcher/score.c", "# include <glpk.h>\n"))
        self.assertTrue(check("calendars/x.c", "#include <json-c/json.h>\n"))
        self.assertTrue(check("api/sender.c", '#include "api/transfer.h"\n'))
        self.assertEqual(check("api/smtp.c", '#include "api/transfer.h"\n'), [])
        self.assertEqual(check("matcher/lp.c", "#include <glpk.h>\n"), [])
        self.assertEqual(check("api/x.c", '#include "db/db.h"\n'), [])
        self.assertEqual(check("tests/unit/x.c", "#include <glpk.h>\n"), [])

    def test_headers(self):
        self.assertTrue(walls.check_header("base/x.h", "#ifndef A\n"))
        self.assertTrue(walls.check_header("base/x.h", "/* x */\nint y;\n"))
        self.assertEqual(walls.check_header(
            "base/x.h", "/* x */\n#ifndef BASE_X_H\n#define BASE_X_H\n"), [])

    def test_text(self):
        self.assertTrue(walls.check_text("x.c", "int a; \n"))
        self.assertTrue(walls.check_text("x.c", "/* TO" "DO */\n"))
        self.assertTrue(walls.check_text("x.c", "int a;"))
        self.assertEqual(walls.check_text("x.c", "int a;\n"), [])

    def test_size(self):
        self.assertTrue(walls.check_size("x.c", "\n" * (walls.MAX_LINES + 1)))
        self.assertEqual(walls.check_size("x.c", "\n" * walls.MAX_LINES), [])

    def test_sql(self):
        self.assertTrue(walls.check_sql("db/x.c", "PQexec(c, sql)"))
        self.assertEqual(walls.check_sql("db/x.c", 'PQexec(c, "BEGIN")'), [])

    def test_exports(self):
        self.assertTrue(walls.check_exports("base/str.c", ["text_put"]))
        self.assertEqual(walls.check_exports("base/str.c", ["str_put"]), [])
        self.assertEqual(walls.check_exports("base/week.c", ["window_parse"]), [])

    def test_packages(self):
        check = walls.check_packages_elsewhere
        self.assertTrue(check("x.sh", "apt-get " "install -y libfoo-dev"))
        self.assertEqual(check("x.sh", "apt-get " "install -y $want"), [])
        self.assertTrue(walls.check_libraries("-lnew", ""))
        self.assertTrue(walls.check_libraries("-l:liblemon.a", "gcc build\n"))
        self.assertTrue(walls.check_libraries("X := -lpq", "gcc build\n"))
        self.assertEqual(walls.check_libraries("-lpq", "libpq-dev build\n"), [])


if __name__ == "__main__":
    unittest.main()
