"""Killing PostgreSQL the hard way, and standbys to survive it."""
import os
import shutil
import signal
import subprocess
import time

import psycopg2

from tests.lib import cairn

BIN = "/usr/lib/postgresql/15/bin"


def _parent(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return int(stat.read().rsplit(")", 1)[1].split()[1])
    except (OSError, ValueError):
        return None


def processes(data_dir):
    """The process ids of a running server, its postmaster first; [] when it is down."""
    try:
        with open(os.path.join(data_dir, "postmaster.pid"), encoding="utf-8") as file:
            master = int(file.readline())
        os.kill(master, 0)
    except (OSError, ValueError):
        return []
    return [master] + [int(p) for p in os.listdir("/proc")
                       if p.isdigit() and _parent(int(p)) == master]


def kill(data_dir):
    """kill -9 of the whole server: what it had only in memory is lost."""
    for pid in processes(data_dir)[:1]:
        os.kill(pid, signal.SIGSTOP)  # no child escapes the list
    pids = processes(data_dir)
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    deadline = time.monotonic() + 30
    while any(_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.01)
    return len(pids)


def _alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
            return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def called(data_dir, word):
    """The process ids of a server's processes of that name, say walreceiver."""
    found = []
    for pid in processes(data_dir):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as line:
                if word in line.read():
                    found.append(pid)
        except OSError:
            pass
    return found


def as_postgres(*command):
    """Run a program of PostgreSQL, which does not run as root."""
    how = {"user": "postgres", "group": "postgres",
           "extra_groups": []} if os.geteuid() == 0 else {}
    done = subprocess.run(command, capture_output=True, text=True, timeout=120,
                          check=False, cwd="/", **how)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stdout}{done.stderr}")


class Standby:
    """A streaming standby of a private cluster. `synchronous`: the primary answers a
    commit once it is on the standby's disk, too."""

    def __init__(self, cluster, synchronous):
        self.cluster = cluster
        self.primary_dir = os.path.join(cluster.data_dir, "data")
        self.home = os.path.join(cluster.dir, "standby")
        self.data_dir = os.path.join(self.home, "data")
        self.parts = psycopg2.extensions.parse_dsn(cluster.conninfo)
        os.mkdir(self.home, 0o700)
        if os.geteuid() == 0:
            shutil.chown(self.home, "postgres", "postgres")
        as_postgres(f"{BIN}/pg_basebackup", "-h", self.parts["host"], "-U",
                    self.parts["user"], "-D", self.data_dir, "-R", "-X", "stream",
                    "-c", "fast")
        as_postgres(f"{BIN}/pg_ctl", "start", "-D", self.data_dir, "-w", "-s", "-l",
                    os.path.join(self.home, "log"), "-o",
                    f"-k {self.home} -p 5432 -c listen_addresses= -c lc_messages=C"
                    " -c max_connections=200 -c hot_standby=on")
        if synchronous:
            self._alter("ALTER SYSTEM SET synchronous_standby_names = '*'")
        state = "sync" if synchronous else "async"
        if not cairn.eventually(lambda: cluster.execute(
                "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming'"
                " AND sync_state = %s", (state,))):
            raise AssertionError("the standby does not stream")

    def _alter(self, statement):
        connection = self.cluster.connect()
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                cursor.execute(statement)
                cursor.execute("SELECT pg_reload_conf()")
        finally:
            connection.close()

    @property
    def conninfo(self):
        """Both servers; whichever takes writes."""
        return (f"host={self.parts['host']},{self.home} user={self.parts['user']}"
                f" dbname={self.parts['dbname']} target_session_attrs=read-write")

    def promote(self):
        as_postgres(f"{BIN}/pg_ctl", "promote", "-D", self.data_dir, "-w", "-s")
        # From now on the tests' own statements go where the data is.
        self.cluster.conninfo = (f"host={self.home} user={self.parts['user']}"
                                 f" dbname={self.parts['dbname']}")

    def fail_over(self):
        """The primary dies and the standby takes over."""
        if kill(self.primary_dir) < 6:
            raise AssertionError("the primary was not there")
        self.promote()

    def close(self):
        for pid in processes(self.data_dir)[:1]:
            os.kill(pid, signal.SIGQUIT)
            while _alive(pid):
                time.sleep(0.01)
