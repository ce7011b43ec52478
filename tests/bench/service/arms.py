"""What is measured: Cairn, the Fastify peer, pgbench; and the tools that measure."""
import json
import os
import shutil
import socket
import statistics
import subprocess
import tempfile
import time

from tests.bench.service.world import HERE, statements
from tests.lib import cairn

WORKERS = 8  # database connections, the same for all
PGOPTIONS = "-c role=cairn_api -c search_path=cairn -c TimeZone=UTC"


def tool(name):
    return os.path.join(os.path.dirname(cairn.program()), "bench", name)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ask(port, request, timeout=5):
    """One request, raw; the octets of the answer's beginning, b"" when nobody is there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout) as s:
            s.sendall(request)
            return s.recv(65536)
    except OSError:
        return b""


def first_request(path):
    with open(path, "rb") as file:
        return file.read(int(file.readline()))


class Server:
    """A process that listens on self.port."""

    def __init__(self, command, port, log, request, environment=None):
        self.port, self.log = port, log
        with open(log, "wb") as out:
            began = time.monotonic()
            self.process = subprocess.Popen(command, stdout=out, stderr=out, cwd=cairn.ROOT,
                                            env=environment)
        while not ask(port, request).startswith(b"HTTP/1.1 200"):
            if self.process.poll() is not None or time.monotonic() > began + 60:
                self.stop()
                raise RuntimeError(f"{command[0]} does not answer: {self.said()}")
            time.sleep(0.001)
        self.cold_ms = (time.monotonic() - began) * 1000

    def said(self):
        """The end of its log, for when something went wrong."""
        with open(self.log, encoding="utf-8", errors="replace") as text:
            return text.read()[-2000:]

    def rss(self):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as status:
            return next(int(line.split()[1]) * 1024 for line in status
                        if line.startswith("VmRSS:"))

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start_cairn(world, request, *flags):
    port = free_port()
    return Server([cairn.program(), "serve", "--database", world.cluster.conninfo,
                   "--listen-port", str(port), "--workers", str(WORKERS),
                   "--log-level", "warn", "--queue-limit", "256",
                   "--token-requests-per-minute", "0", "--mentor-requests-per-hour", "0",
                   *flags], port,
                  os.path.join(world.folder, "cairn.log"), request)


def start_fastify(world, request, build):
    folder = os.path.join(build, "peer")
    os.makedirs(folder, exist_ok=True)
    for name in ("package.json", "package-lock.json", "server.js"):
        shutil.copy(os.path.join(HERE, "peer", name), folder)
    if not os.path.isdir(os.path.join(folder, "node_modules", "fastify")):
        subprocess.run(["npm", "ci", "--no-audit", "--no-fund", "--silent"], cwd=folder,
                       check=True)
    path = os.path.join(world.folder, "statements.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(statements(), file)
    port = free_port()
    environment = {**os.environ, "PORT": str(port), "STATEMENTS": path,
                   "WORKERS": str(WORKERS), "NODE_ENV": "production",
                   "DATABASE": url_of(world.cluster.conninfo)}
    return Server(["node", os.path.join(folder, "server.js")], port,
                  os.path.join(world.folder, "fastify.log"), request, environment)


def words_of(conninfo):
    return dict(word.split("=", 1) for word in conninfo.replace("'", "").split())


def url_of(conninfo):
    """libpq's words as the address that pg reads."""
    w = words_of(conninfo)
    return (f"socket://{w.get('user', 'postgres')}@{w['host']}"
            f"?db={w.get('dbname', 'postgres')}" if w["host"].startswith("/") else
            f"postgres://{w['user']}@{w['host']}:{w.get('port', 5432)}/{w['dbname']}")


def load(server, requests, **options):
    """Run the load tool; options are its letters."""
    command = [tool("load"), "-p", str(server.port), "-f", requests]
    for letter, value in options.items():
        command += [f"-{letter}", str(value)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1200)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    seen = json.loads(done.stdout)
    seen["per_second"] = sum(n for s, n in seen["status"].items()
                             if int(s) < 400) / seen["seconds"]
    seen["wrong"] = seen["broken"] + sum(n for s, n in seen["status"].items()
                                         if int(s) >= 400)
    if seen["wrong"] > 0:
        seen["said"] = server.said()
    return seen


def pgbench(world, script, clients, seconds):
    """Transactions per second and the 99th percentile in microseconds."""
    w = words_of(world.cluster.conninfo)
    environment = {**os.environ, "PGHOST": w["host"], "PGOPTIONS": PGOPTIONS}
    for word, name in (("user", "PGUSER"), ("dbname", "PGDATABASE"), ("port", "PGPORT")):
        if word in w:
            environment[name] = w[word]
    with tempfile.TemporaryDirectory(dir=world.folder) as folder:
        command = ["pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", "1",
                   "-T", str(seconds), "-l", "-D", "k=0", "-f", script]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True,
                              text=True, timeout=600)
        if done.returncode != 0 or "aborted" in done.stderr:
            raise RuntimeError("pgbench: " + done.stderr[-2000:])
        took = []
        for name in os.listdir(folder):
            with open(os.path.join(folder, name), encoding="utf-8") as log:
                took += [int(line.split()[2]) for line in log]
    took.sort()
    return {"per_second": len(took) / seconds, "p99": took[int(len(took) * 0.99)]}


class Hold:
    """Connections that only weigh, while the block runs."""

    def __init__(self, server, n, **options):
        command = [tool("hold"), "-p", str(server.port), "-c", str(n)]
        for letter, value in options.items():
            command += [f"-{letter}", str(value)]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.seen = None

    def __enter__(self):
        self.process.stdout.readline()
        return self

    def __exit__(self, *_):
        self.seen = json.loads(self.process.communicate("")[0])


def ceiling(requests, seconds):
    """What the load tool reaches against the least that can answer."""
    with subprocess.Popen([tool("answer")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as process:
        class Least:
            port = int(process.stdout.readline())
            said = staticmethod(lambda: "")
        seen = load(Least, requests, c=32, t=seconds)
        process.stdin.close()
    return seen


median = statistics.median
