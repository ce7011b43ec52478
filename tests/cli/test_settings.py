"""cairn serve --print-config: what is in force, from every source, secrets masked."""
import os
import subprocess
import tempfile
import unittest

from tests.cli import helper

KEPT = {name: value for name, value in os.environ.items()
        if not name.startswith("CAIRN_")}


class Settings(unittest.TestCase):
    def printed(self, *flags, **environment):
        done = subprocess.run([helper.CAIRN, "serve", "--print-config", *flags],
                              capture_output=True, text=True, timeout=30, check=False,
                              env={**KEPT, **environment})
        self.assertEqual(done.returncode, 0, done.stderr)
        return dict(line.split(" = ", 1) if " = " in line else (line.rstrip(" ="), "")
                    for line in done.stdout.splitlines())

    def test_later_sources_win(self):
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as file:
            file.write("# a comment\nworkers = 3\nlisten_port = 1000\nlog_format = text\n")
            file.flush()
            got = self.printed("--config", file.name, "--listen-port", "3000",
                               CAIRN_LISTEN_PORT="2000", CAIRN_LOG_FORMAT="json")
        self.assertEqual((got["workers"], got["listen_port"], got["log_format"]),
                         ("3", "3000", "json"))

    def test_secrets_are_masked(self):
        got = self.printed(CAIRN_DATABASE="host=db password=hunter2")
        self.assertEqual(got["database"], "***")

    def test_check_config_tells_all_faults_at_once(self):
        def check(command, *flags):
            return subprocess.run([helper.CAIRN, command, "--check-config", *flags],
                                  capture_output=True, text=True, timeout=30, check=False,
                                  env=KEPT)
        for command in ("serve", "work"):
            self.assertEqual(check(command).returncode, 0)
            self.assertEqual(check(command, "--admin-listen", "unix:/run/x").returncode, 0)
        bad = {"--workers": "0", "--log-level": "loud"}
        done = check("serve", *(word for pair in bad.items() for word in pair))
        self.assertNotEqual(done.returncode, 0)
        bad = {"--listen-address": "example.org", "--database": "host=a nonsense",
               "--admin-listen": "unix:relative"}
        done = check("serve", *(word for pair in bad.items() for word in pair))
        self.assertNotEqual(done.returncode, 0)
        for name in bad:
            self.assertIn(name[2:].replace("-", "_"), done.stderr)


if __name__ == "__main__":
    unittest.main()
