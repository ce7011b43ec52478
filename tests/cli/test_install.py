"""make install: what lies where, and units that systemd finds right and tight."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

from tests.lib import cairn

UNITS = ("cairn-serve@.service", "cairn-work.service", "cairn-migrate.service")
EXPOSURE = 2.0


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **more)
    return done.returncode, done.stdout + done.stderr


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.root = tempfile.mkdtemp(prefix="cairn-install-")
        cls.addClassCleanup(shutil.rmtree, cls.root)
        cls.install("prefix=" + cls.root + "/usr")

    @staticmethod
    def install(*where):
        """The build under test, without building anything."""
        folder, variant = os.path.split(os.path.dirname(cairn.program()))
        status, said = run("make", "-s", "install", f"V={variant}", f"BUILD={folder}",
                           "-o", f"{folder}/{variant}/cairn", *where, cwd=cairn.ROOT)
        assert status == 0, said

    def unit(self, name):
        return os.path.join(self.root, "usr/lib/systemd/system", name)

    def analyze(self, *args):
        if shutil.which("systemd-analyze") is None:
            self.skipTest("systemd-analyze is not installed")
        return run("systemd-analyze", *args)

    def test_what_lies_where(self):
        status, said = run(os.path.join(self.root, "usr/bin/cairn"), "version")
        self.assertEqual((status, said[:6]), (0, "cairn "))
        for path in ("lib/sysusers.d/cairn.conf", "share/doc/cairn/operations.md",
                     "share/doc/cairn/samples/cairn.conf",
                     "share/doc/cairn/samples/proxy/nginx.conf"):
            self.assertTrue(os.path.isfile(os.path.join(self.root, "usr", path)), path)
        found = glob.glob(self.unit("*"))
        self.assertEqual(sorted(map(os.path.basename, found)), sorted(UNITS))

    def test_a_folder_to_pack(self):
        with tempfile.TemporaryDirectory() as root:
            self.install("DESTDIR=" + root)
            for name in UNITS:
                with open(f"{root}/usr/local/lib/systemd/system/{name}",
                          encoding="utf-8") as unit:
                    text = unit.read()
                self.assertIn("ExecStart=/usr/local/bin/cairn ", text)
                self.assertNotIn("/usr/bin", text)

    def test_units_are_right(self):
        for name in UNITS:
            _, said = self.analyze("verify", "--man=no", self.unit(name))
            ours = [line for line in said.splitlines() if "cairn" in line]
            self.assertEqual((name, ours), (name, []))

    def test_a_wrong_unit_is_seen(self):
        """The control arm of the above."""
        with open(self.unit(UNITS[1]), encoding="utf-8") as unit:
            text = unit.read()
        with open(self.unit("cairn-wrong.service"), "w", encoding="utf-8") as unit:
            unit.write(text.replace("bin/cairn work", "bin/nothing work"))
        self.addCleanup(os.unlink, self.unit("cairn-wrong.service"))
        _, said = self.analyze("verify", "--man=no",
                                    self.unit("cairn-wrong.service"))
        self.assertIn("cairn-wrong", said)

    def test_units_are_tight(self):
        for name in UNITS:
            _, said = self.analyze("security", "--offline=true", "--no-pager",
                                   self.unit(name))
            level = re.search(r"Overall exposure level .*: (\d+\.\d)", said)
            self.assertIsNotNone(level, said)
            self.assertLessEqual(float(level[1]), EXPOSURE, said)

    def test_units_say_what_the_program_takes(self):
        for name in UNITS:
            with open(self.unit(name), encoding="utf-8") as unit:
                line = re.search("ExecStart=(.*)", unit.read())[1]
            command = line.replace("%i", "1").split()
            if "migrate" in command:
                continue
            status, said = run(*command, "--check-config", env={})
            self.assertEqual((status, said), (0, "the settings are good\n"))


if __name__ == "__main__":
    unittest.main()
