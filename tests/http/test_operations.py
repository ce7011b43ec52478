"""docs/operations.md, done: its blocks marked `sh`, in their order, by a shell, on a
PostgreSQL as Debian's package makes one (passwords by scram, an administrator who is
let in for being `postgres`). Only places differ: files lie below a temporary folder.
"""
import os
import re
import shutil
import socket
import subprocess
import tempfile
import unittest
import urllib.request

from tests.lib import cairn

BIN = "/usr/lib/postgresql/15/bin/"
PAGE = os.path.join(cairn.ROOT, "docs", "operations.md")
UNIT = os.path.join(cairn.ROOT, "samples", "systemd", "cairn-serve@.service")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


class Postgres:
    """A new server; as root it runs as the user postgres."""

    def __init__(self, folder):
        self.port, self.sockets = free_port(), folder + "/sockets"
        self.data, self.log = folder + "/data", folder + "/sockets/log"
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        for path in (self.sockets, self.data):
            os.mkdir(path, 0o700)
            if self.user:
                shutil.chown(path, "postgres", "postgres")
        self.run("initdb", "-U", "postgres", "--auth-local=trust",
                 "--auth-host=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8")
        self.run("pg_ctl", "-w", "-l", self.log, "-o",
                 f"-p {self.port} -h 127.0.0.1 -k {self.sockets}", "start")

    def run(self, name, *args):
        done = subprocess.run([*self.user, BIN + name, "-D", self.data, *args], text=True,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              timeout=120, cwd="/")
        if done.returncode != 0:
            raise AssertionError(f"{name}: {done.stderr}")

    def stop(self):
        self.run("pg_ctl", "-w", "-m", "immediate", "stop")


class Operations(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="cairn-ops-")
        self.addCleanup(shutil.rmtree, self.dir)
        os.chmod(self.dir, 0o755)
        for name in ("bin", "etc", "backups", "run"):
            os.mkdir(f"{self.dir}/{name}")
        self.postgres = Postgres(self.dir)
        self.addCleanup(self.postgres.stop)
        self.service_port = free_port()
        os.symlink(cairn.program(), self.dir + "/bin/cairn")
        # "su postgres -c psql" is: be the administrator of the database.
        with open(self.dir + "/bin/su", "w", encoding="utf-8") as file:
            file.write(f"#!/bin/sh\nexec psql -q -v ON_ERROR_STOP=1 -h {self.postgres.sockets}"
                       f" -p {self.postgres.port} -U postgres postgres\n")
        os.chmod(self.dir + "/bin/su", 0o755)

    def placed(self, text):
        """The places of a real machine are ones below our folder."""
        for place, ours in (("/etc/cairn", self.dir + "/etc"),
                            ("/var/backups", self.dir + "/backups"),
                            ("/run/cairn-serve-1", self.dir + "/run"),
                            ("/usr/share/doc/cairn/samples", cairn.ROOT + "/samples")):
            text = text.replace(place, ours)
        return text

    def shell(self, block):
        done = subprocess.run(
            ["/bin/sh", "-eu", "-c", self.placed(block)], text=True, capture_output=True,
            timeout=300, cwd=self.dir,
            env={"PATH": f"{self.dir}/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": self.dir})
        self.assertEqual(done.returncode, 0, f"{block}\n{done.stdout}{done.stderr}")
        # The database listens on a port of its own.
        for name in os.listdir(self.dir + "/etc"):
            path = f"{self.dir}/etc/{name}"
            text = read(path)
            with open(path, "w", encoding="utf-8") as file:
                file.write(text.replace("host=127.0.0.1 dbname",
                                        f"host=127.0.0.1 port={self.postgres.port} dbname"))
        return done.stdout

    def serve(self):
        """What the unit starts."""
        words = re.search("ExecStart=/usr/bin/cairn (.*)", read(UNIT))[1]
        words = self.placed(words.replace("%i", "1")).split()
        with open(self.dir + "/serve.log", "wb") as log:
            process = subprocess.Popen(
                [cairn.program(), *words, "--listen-port", str(self.service_port)],
                env={"CAIRN_CONFIG": self.dir + "/etc/cairn.conf"}, stdout=log, stderr=log)
        self.addCleanup(process.wait, 60)
        self.addCleanup(process.terminate)
        ready = cairn.eventually(lambda: process.poll() is not None or self.ask("/readyz"))
        self.assertTrue(ready and process.poll() is None, read(self.dir + "/serve.log"))
        return process

    def ask(self, path, token=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.service_port}{path}")
        if token:
            request.add_header("Authorization", "Bearer " + token)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.read().decode()
        except OSError:
            return None

    def test_the_page(self):
        blocks = re.findall(r"^```sh\n(.*?)^```$", read(PAGE), re.M | re.S)
        self.assertGreaterEqual(len(blocks), 10)
        said, process = [], None
        for block in blocks:
            said.append(self.shell(block))
            if "--print-config" in block:
                self.assertNotIn("CHANGE-ME", said[-1])
                process = self.serve()
        everything = "\n".join(said)
        token = re.search(r"cairn_pat_\w+", everything)[0]
        self.assertIn('"Onboarding"', self.ask("/v1/programs", token))
        for phrase in ("the settings are good", 'cairn_database_up 1', "quarantine"):
            self.assertIn(phrase, everything)
        with open(f"/proc/{process.pid}/limits", encoding="utf-8") as limits:
            self.assertRegex(limits.read(), r"Max core file size +0 +0 ")
        for name in ("cmdline", "environ"):
            with open(f"/proc/{process.pid}/{name}", "rb") as file:
                self.assertNotIn(b"CHANGE-ME", file.read())
        self.assertEqual(os.stat(self.dir + "/etc/cairn.conf").st_mode & 0o777, 0o600)

    def test_the_page_names_commands_and_settings_that_exist(self):
        page, table = read(PAGE), read(os.path.join(cairn.ROOT, "docs", "config.md"))
        helped = subprocess.run([cairn.program(), "help"], capture_output=True, text=True,
                                timeout=30, check=True).stdout
        commands = set(re.findall(r"^  (\S+) ", helped, re.M))
        for name in re.findall(r"(?:`|^)cairn (\w+)", page, re.M):
            self.assertIn(name, commands)
        metrics = read(os.path.join(cairn.ROOT, "base", "metric.def"))
        for name in set(re.findall(r"\bcairn_([a-z]+_[a-z_]+)", page)) - {"pat"}:
            if name not in ("api", "owner", "service", "worker", "restored"):
                self.assertIn(name, metrics)
        for name in re.findall(r"`((?:solver|max|queue|log|listen|share|admin|trusted)_\w+)",
                               page):
            if name != "log_error_verbosity":  # PostgreSQL's
                self.assertIn(f"`{name}", table)


if __name__ == "__main__":
    unittest.main()
