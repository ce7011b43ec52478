"""A running Cairn for tests over HTTP: a private cluster, the server, a small client.

    with cairn.Service() as service:
        admin = service.client(role="admin")
        member = admin.post("/v1/members", {"external_id": "a", …}).expect(201)
        admin.get("/v1/members/nope").problem(404, "not-found")

The program is $CAIRN_BUILD/cairn (the runner sets CAIRN_BUILD). Everything lives in a
temporary folder and is stopped by process id. Only Debian's packages are used.
"""
import base64
import binascii
import collections
import hashlib
import itertools
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import uuid

import psycopg2

from tests.lib import contract

# Tests are quicker than people; what comes later on the command line counts.
UNHINDERED = ("--token-requests-per-minute", "10000000", "--mentor-requests-per-hour", "0")
SCOPES = contract.document()["components"]["schemas"]["Scope"]["enum"]
# "promoted": every service of the tests is two processes that take turns, with a worker
# beside each, over a pair of servers whose primary died and whose standby took over.
TOPOLOGY = os.environ.get("CAIRN_TOPOLOGY", "")
LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # of app passwords
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def program():
    """The built program; the whole test is skipped when the build is not named."""
    build = os.environ.get("CAIRN_BUILD")
    if build is None:
        raise unittest.SkipTest("CAIRN_BUILD does not name a build folder")
    return os.path.join(os.path.abspath(build), "cairn")


def _base62(data, length):
    number, out = int.from_bytes(data, "big"), ""
    for _ in range(length):
        number, rest = divmod(number, 62)
        out = ALPHABET[rest] + out
    return out


def uuid7():
    ms = time.time_ns() // 1_000_000
    raw = bytearray(ms.to_bytes(6, "big") + secrets.token_bytes(10))
    raw[6] = raw[6] & 0x0F | 0x70
    raw[8] = raw[8] & 0x3F | 0x80
    return uuid.UUID(bytes=bytes(raw))


Token = collections.namedtuple("Token", "ident text hash")


def new_token():
    """Id, text and stored hash of a token as the service makes them."""
    ident = uuid7()
    core = _base62(ident.bytes, 22) + _base62(secrets.token_bytes(32), 43)
    check = binascii.crc32(("cairn_pat_" + core).encode()).to_bytes(4, "big")
    return Token(str(ident), "cairn_pat_" + core + _base62(check, 6),
                 hashlib.sha256(core.encode()).digest())


def basic(user, password):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def eventually(look, seconds=20):
    """The first true answer of look(), or its last."""
    deadline = time.monotonic() + seconds
    while not (seen := look()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return seen


def _answers(base):
    try:
        with urllib.request.urlopen(base + "/readyz", timeout=10) as answer:
            return answer.status == 200
    except OSError:
        return False


def end(process):
    """Kill a process of ours, if it still lives."""
    if process.poll() is None:
        process.kill()
    process.wait()


class Answer:
    """What the server answered; header names are looked up without regard to case."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def etag(self):
        return self.headers["ETag"]

    def expect(self, *statuses):
        if self.status not in statuses:
            raise AssertionError(f"expected {statuses}, got {self.status}: "
                                 f"{self.body.decode(errors='replace')}")
        return self.json if self.body else None

    def problem(self, status, slug):
        """Check that this is the problem document named; gives it."""
        document = self.expect(status)
        kind = self.headers["Content-Type"].split(";")[0]
        if kind != "application/problem+json":
            raise AssertionError(f"a problem as {kind}")
        if document["type"].rstrip("/").rsplit("/", 1)[-1] != slug:
            raise AssertionError(f"expected {slug}, got {document}")
        return document


class Client:
    """Speaks for one token. Requests that write get an Idempotency-Key by themselves;
    `headers` may name another, or None to leave it out. Every answer is held to
    openapi.yaml."""

    def __init__(self, base, token=None, member_id=None, token_id=None, twin=None):
        self.base, self.token = base, token
        self.turns = itertools.cycle([base, twin or base])
        self.member_id, self.token_id = member_id, token_id

    def request(self, method, path, body=None, headers=None, timeout=60):
        head = {"Accept": "*/*"}
        if self.token:
            head["Authorization"] = (self.token if self.token.startswith("Basic ")
                                     else "Bearer " + self.token)
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            head["Content-Type"] = ("application/merge-patch+json"
                                    if method == "PATCH" else "application/json")
        if isinstance(body, str):
            body = body.encode()
        if method == "POST":
            head["Idempotency-Key"] = str(uuid.uuid4())
            body = b"" if body is None else body
        head.update(headers or {})
        request = urllib.request.Request(next(self.turns) + path, data=body, method=method)
        for name, value in head.items():
            if value is not None:
                request.add_header(name, value)
        try:
            reply = urllib.request.urlopen(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            reply = error
        with reply:
            answer = Answer(reply.status, reply.headers, reply.read())
        contract.check_response(method, path, answer.status, answer.headers, answer.body)
        return answer

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def post(self, path, body=None, **more):
        return self.request("POST", path, body, **more)

    def put(self, path, body, etag="*", **more):
        return self._guarded("PUT", path, body, etag, more)

    def patch(self, path, body, etag="*", **more):
        return self._guarded("PATCH", path, body, etag, more)

    def delete(self, path, etag="*", **more):
        return self._guarded("DELETE", path, None, etag, more)

    def act(self, path, body=None, etag="*", **more):
        """A state action such as …:confirm: POST with If-Match."""
        return self._guarded("POST", path, body, etag, more)

    def _guarded(self, method, path, body, etag, more):
        headers = dict(more.pop("headers", None) or {})
        if etag is not None:
            headers.setdefault("If-Match", etag)
        return self.request(method, path, body, headers=headers, **more)

    def unchanged(self, path):
        """Whoever has what a read gave is told so, with nothing else; gives the ETag."""
        tag = self.get(path).etag
        again = self.get(path, headers={"If-None-Match": tag})
        if (again.status, again.body, again.etag) != (304, b"", tag):
            raise AssertionError(f"GET {path}: {again.status} for the same content")
        return tag

    def pages(self, path):
        """All items of a list, page by page."""
        while path:
            page = self.get(path.removeprefix(self.base)).expect(200)
            yield from page["items"]
            path = page["next"]


class Cluster:
    """The private cluster of the program under test, migrated."""

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="cairn-test-")
        os.chmod(self.dir, 0o755)  # as root the cluster runs as another user
        self.data_dir = os.path.join(self.dir, "db")
        self.standby = None  # with CAIRN_TOPOLOGY=promoted: what became the primary
        try:
            self.run("cluster", "start")
            self.conninfo = self.run("cluster", "conninfo").strip()
            self.run("migrate")
            self.for_services = self.conninfo
            if TOPOLOGY == "promoted":
                self._promote()
        except BaseException:
            self.close()
            raise

    def _promote(self):
        """A standby, which at once takes the place of the primary."""
        from tests.lib import strike  # needs this module
        self.standby = strike.Standby(self, synchronous=True)
        self.standby.fail_over()
        self.for_services = self.standby.conninfo

    def run(self, *args, database=None):
        """Run a subcommand against this cluster; gives its output."""
        if self.standby and args[0] == "cluster":
            raise unittest.SkipTest("needs the private cluster alone")
        database = database or (self.standby and self.conninfo)
        where = ["--database", database] if database else ["--data-dir", self.data_dir]
        environment = {k: v for k, v in os.environ.items() if k != "CAIRN_DATABASE"}
        done = subprocess.run([program(), *args, *where],
                              capture_output=True, text=True, timeout=120,
                              cwd=self.dir, env=environment)
        if done.returncode != 0:
            raise AssertionError(f"cairn {' '.join(args)}: {done.stderr}")
        return done.stdout

    def connect(self):
        return psycopg2.connect(self.conninfo, options="-c search_path=cairn")

    def execute(self, sql, values=()):
        """One statement, committed; its rows when it has any."""
        connection = self.connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(sql, values)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()

    def close(self):
        try:
            if self.standby:
                self.standby.close()
            subprocess.run([program(), "cluster", "stop", "--data-dir", self.data_dir],
                           capture_output=True, timeout=120, check=False)
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)


class Service:
    """Cluster and server, with one community. The server's log is `log()`. With
    `admin` the operator's listener is a socket at `admin_path`."""

    def __init__(self, *flags, community="test", admin=False):
        self.cluster, self.process, self.flags = Cluster(), None, flags
        self.program = program()
        self.twin, self.twin_base = None, None
        self.admin_path = os.path.join(self.cluster.dir, "admin.sock")
        if admin:
            self.flags += ("--admin-listen", "unix:" + self.admin_path)
        try:
            self.community_id = self.community(community)
            self.start()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    @property
    def log_path(self):
        return os.path.join(self.cluster.dir, "server.log")

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    def start(self, port=None, database=None):
        """Start the server, on a free port or on this one, which an older one may
        have, and wait until it is ready."""
        before = self.log().count("listening") if port else None
        if port is None:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.process = self._run("serve", "--listen-port", str(port), *UNHINDERED,
                                 *self.flags, database=database)
        if TOPOLOGY == "promoted" and self.twin is None:
            self._start_twin()
        deadline = time.monotonic() + 60
        while True:
            try:
                if ((before is None or self.log().count("listening") > before)
                        and self.client(token=None).get("/readyz").status == 200):
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                raise AssertionError("the server ended:\n" + self.log())
            if time.monotonic() > deadline:
                raise AssertionError("the server is not ready:\n" + self.log())
            time.sleep(0.02)

    def _run(self, *args, database=None):
        with open(self.log_path, "ab") as log:
            return subprocess.Popen(
                [self.program, *args, "--database", database or self.cluster.for_services],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=ROOT)

    def worker(self, database=None):
        """A worker alone; the caller ends it."""
        return self._run("work", database=database)

    def _start_twin(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        twin_flags = [f for f in self.flags if not f.startswith("unix:")
                      and f != "--admin-listen"]
        self.twin = self._run("serve", "--listen-port", str(port), "--public-url",
                              self.base, *UNHINDERED, *twin_flags)
        self.twin_base = f"http://127.0.0.1:{port}"
        if not eventually(lambda: _answers(self.twin_base), 60):
            raise AssertionError("the second server is not ready:\n" + self.log())

    def stop(self, how=signal.SIGTERM, timeout=60):
        """Stop the server; gives its exit status."""
        process, self.process = self.process, None
        if process is None:
            return None
        process.send_signal(how)
        try:
            return process.wait(timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise

    def close(self):
        try:
            self.stop()
        finally:
            if self.twin:
                end(self.twin)
            self.cluster.close()

    def community(self, slug):
        """Another community; gives its id."""
        ident = str(uuid7())
        self.cluster.execute(
            "INSERT INTO community (community_id, name, slug, calendar_domain)"
            " VALUES (%s, %s, %s, %s)", (ident, slug.title(), slug, f"{slug}.example.org"))
        return ident

    def client(self, role=None, member_id=None, community_id=None, token=None, scopes=None):
        """A client with a token of its own; without a role: with the token given."""
        ident = None
        if role is not None:
            ident, token = self.token(role, member_id, community_id, scopes)
        return Client(self.base, token, member_id, ident, self.twin_base)

    def app(self, member_id=None):
        """A client with an app password of this member's, or of a new one."""
        if member_id is None:
            member_id = str(uuid7())
            self.cluster.execute(
                "INSERT INTO member (community_id, id, external_id, display_name, time_zone)"
                " VALUES (%s, %s, %s, 'App', 'UTC')",
                (self.community_id, member_id, member_id))
        ident, text = self.app_password(member_id, self.community_id)
        return Client(self.base, basic(member_id, text), member_id, ident, self.twin_base)

    def app_password(self, member_id, community_id):
        """Store one as the service would; gives its id and its text."""
        ident, bare = str(uuid7()), "".join(secrets.choice(LETTERS) for _ in range(25))
        self.cluster.execute(
            "INSERT INTO app_password (community_id, id, member_id, name, secret_hash)"
            " VALUES (%s, %s, %s, 'App', %s)",
            (community_id, ident, member_id, hashlib.sha256(bare.encode()).digest()))
        return ident, "-".join(bare[i:i + 5] for i in range(0, 25, 5))

    def token(self, role, member_id=None, community_id=None, scopes=None):
        """Store a token as the service would; gives its id and its text. A service that
        is not limited may do everything that a service can."""
        if role == "service" and scopes is None:
            scopes = SCOPES
        new = new_token()
        self.cluster.execute(
            "INSERT INTO token (community_id, id, member_id, name, role, secret_hash, scopes)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (community_id or self.community_id, new.ident, member_id, role, role, new.hash,
             scopes))
        return new.ident, new.text
