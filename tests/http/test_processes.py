"""Processes as an operator has them: several database hosts of which one takes writes;
a worker that is told to end, once and twice.
"""
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from tests.http.test_operations import Postgres
from tests.lib import cairn


class Hosts(unittest.TestCase):
    """A connection string names two hosts; the first one only reads."""

    def setUp(self):
        self.servers = []
        for _ in range(2):
            folder = tempfile.mkdtemp(prefix="cairn-host-")
            self.addCleanup(shutil.rmtree, folder)
            os.chmod(folder, 0o755)
            self.servers.append(Postgres(folder))
            self.addCleanup(self.servers[-1].stop)
        self.sql(self.servers[0], "ALTER SYSTEM SET default_transaction_read_only = on")
        self.sql(self.servers[0], "SELECT pg_reload_conf()")

    def sql(self, server, text):
        return subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", server.sockets, "-p",
             str(server.port), "-U", "postgres", "-c", text, "postgres"],
            check=True, capture_output=True, text=True, timeout=60).stdout

    def cairn(self, *args, more=""):
        hosts = ",".join(s.sockets for s in self.servers)
        ports = ",".join(str(s.port) for s in self.servers)
        return subprocess.run(
            [cairn.program(), *args, "--database",
             f"host={hosts} port={ports} user=postgres dbname=postgres {more}"],
            capture_output=True, text=True, timeout=120)

    def test_the_host_that_takes_writes_is_found(self):
        done = self.cairn("migrate", more="target_session_attrs=read-write")
        self.assertEqual(done.returncode, 0, done.stderr)
        done = self.cairn("token", "create", "--community", "acme", "--role", "admin",
                          "--create-community", more="target_session_attrs=read-write")
        self.assertIn("cairn_pat_", done.stdout)
        count = "SELECT count(*) FROM pg_namespace WHERE nspname = 'cairn'"
        self.assertEqual([self.sql(s, count).strip() for s in self.servers], ["0", "1"])

    def test_without_the_attribute_it_is_not(self):
        """The control arm."""
        self.assertNotEqual(self.cairn("migrate").returncode, 0)


class Ending(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker", community="ends")
        cls.addClassCleanup(cls.service.close)

    def worker(self):
        before = self.service.log().count("worker ready")
        process = self.service.worker()
        self.addCleanup(lambda: process.poll() is None and process.kill())
        self.assertTrue(cairn.eventually(
            lambda: self.service.log().count("worker ready") > before))
        return process

    def test_a_worker_ends_in_peace(self):
        process = self.worker()
        process.terminate()
        self.assertEqual(process.wait(30), 0)

    def test_a_worker_sweeps_what_a_killed_one_left(self):
        """tests/integration/test_job_folder.c tells which folders."""
        with tempfile.TemporaryDirectory(prefix="cairn-sweep-") as folder:
            os.chmod(folder, 0o777)
            left = os.path.join(folder, "cairn-job-aB3dE9")
            os.mkdir(left, 0o700)
            with open(os.path.join(left, "input"), "w", encoding="utf-8") as file:
                file.write("x")
            self.addCleanup(os.environ.pop, "TMPDIR", None)
            os.environ["TMPDIR"] = folder
            process = self.worker()
            self.assertTrue(cairn.eventually(lambda: not os.path.exists(left)))
            process.terminate()
            self.assertEqual(process.wait(30), 0)

    def test_a_second_signal_ends_a_worker_that_hangs(self):
        # It waits for a database that does not answer.
        process = self.worker()
        backends = self.service.cluster.execute(
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'cairn worker'")
        self.assertEqual(len(backends), 1)
        os.kill(backends[0][0], signal.SIGSTOP)
        try:
            time.sleep(2)  # it asks for jobs at least once a second
            process.terminate()
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(1)
            process.terminate()
            self.assertEqual(process.wait(30), -signal.SIGTERM)
        finally:
            os.kill(backends[0][0], signal.SIGCONT)


if __name__ == "__main__":
    unittest.main()
