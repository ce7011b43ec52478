"""The raw corpus: directly, behind nginx and behind HAProxy, as samples/proxy has them.

A request that hides in another one never reaches a handler. The hidden one carries an
X-Request-Id, and the service logs the id of every request that it answers. A proxy may
read a case as two requests and mend both: it marks the ids of those it saw, so one
without the mark is one that only the service saw.
"""
import concurrent.futures
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
sys.path.insert(0, os.path.dirname(__file__))
import cairn  # noqa: E402
from raw_cases import CASES, NO_ANSWER  # noqa: E402

PROXIES = os.path.join(cairn.ROOT, "samples", "proxy")
MARK = "-seen"
STATUS = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def exchange(port, data, tls=None, timeout=3):
    """(everything that came back, whether the other side ended the connection)."""
    out, ended = b"", False
    with socket.create_connection(("127.0.0.1", port), timeout) as plain:
        s = tls.wrap_socket(plain) if tls else plain
        try:
            s.sendall(data)
            while chunk := s.recv(65536):
                out += chunk
            ended = True
        except TimeoutError:
            pass
        except OSError:  # reset: also an end
            ended = True
        finally:
            s.close()
    return out, ended


def statuses(out):
    """Of the answers in the octets; MHD's own refusals may stand there twice."""
    return [int(code) for code in STATUS.findall(out) if code != b"100"]


class Proxy:
    """A private process of a Debian proxy, run from its sample."""

    def __init__(self, test, name, service_port):
        self.port, self.dir = free_port(), tempfile.mkdtemp(prefix=f"cairn-{name}-")
        test.addClassCleanup(shutil.rmtree, self.dir, True)
        os.chmod(self.dir, 0o755)
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        pem, key = self.path("cairn.pem"), self.path("cairn.key")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes",
                        "-days", "2", "-subj", "/CN=cairn.example", "-keyout", key,
                        "-out", pem], check=True, capture_output=True)
        command = getattr(self, name)(service_port, pem, key)
        with open(self.path("log"), "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log,
                                            stdin=subprocess.DEVNULL)
        test.addClassCleanup(self.stop)
        self.wait()

    def path(self, name):
        return os.path.join(self.dir, name)

    def sample(self, name, changes):
        """The operator's file with other addresses; each change must find its place."""
        with open(os.path.join(PROXIES, name), encoding="utf-8") as file:
            text = file.read()
        for old, new in changes:
            if old not in text:
                raise AssertionError(f"{name} has no {old!r}")
            text = text.replace(old, new)
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def nginx(self, service_port, pem, key):
        site = self.sample("nginx.conf", (
            ("127.0.0.1:8080", f"127.0.0.1:{service_port}"),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.port} ssl"),
            ("/etc/ssl/private/cairn.pem", pem), ("/etc/ssl/private/cairn.key", key),
            ("proxy_set_header Host $host;", "proxy_set_header Host $host;\n"
             f"proxy_set_header X-Request-Id ${{http_x_request_id}}{MARK};")))
        folders = "".join(f"{what}_temp_path {self.path(what)};\n" for what in
                          ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        with open(self.path("main.conf"), "w", encoding="utf-8") as file:
            file.write(f"daemon off;\nmaster_process off;\npid {self.path('pid')};\n"
                       f"error_log stderr;\nevents {{}}\nhttp {{\naccess_log off;\n"
                       f"{folders}include {site};\n}}\n")
        return [shutil.which("nginx", path="/usr/sbin:/usr/bin"), "-p", self.dir, "-e",
                "stderr", "-c", self.path("main.conf")]

    def haproxy(self, service_port, pem, key):
        with open(pem, "ab") as out, open(key, "rb") as more:
            out.write(more.read())
        site = self.sample("haproxy.cfg", (
            ("127.0.0.1:8080", f"127.0.0.1:{service_port}"),
            ("bind :443", f"bind 127.0.0.1:{self.port}"),
            ("/etc/haproxy/cairn.pem", pem),
            ("option forwardfor", "option forwardfor\nhttp-request set-header "
             f"X-Request-Id %[req.hdr(X-Request-Id)]{MARK}")))
        return [shutil.which("haproxy", path="/usr/sbin:/usr/bin"), "-db", "-f", site]

    def wait(self):
        deadline = time.monotonic() + 30
        while True:
            try:
                out, _ = exchange(self.port, b"GET /livez HTTP/1.1\r\nHost: x\r\n"
                                  b"Connection: close\r\n\r\n", self.tls)
                if statuses(out) == [200]:
                    return
            except OSError:
                pass
            if self.process.poll() is not None or time.monotonic() > deadline:
                with open(self.path("log"), encoding="utf-8", errors="replace") as log:
                    raise AssertionError("the proxy does not answer:\n" + log.read())
            time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


class Raw(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.port = int(cls.service.base.rsplit(":", 1)[1])

    def served(self):
        """The ids of the requests that the service has answered."""
        ids = set()
        for line in self.service.log().splitlines():
            if line.startswith("{"):
                entry = json.loads(line)
                if entry.get("event", entry.get("msg")) == "request":
                    ids.add(entry["request"])
        return ids

    def run_all(self, door, port, tls=None):
        """case -> (octets, whether it ended, whether the hidden one was served)."""
        def run(number, case):
            hidden = (b"GET /robots.txt HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      b"X-Request-Id: %s-%d\r\n\r\n" % (door.encode(), number))
            data = case.data.replace(b"LENGTH", b"%d" % len(hidden))
            return exchange(port, data.replace(b"HIDDEN", hidden), tls)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            results = list(pool.map(run, range(len(CASES)), CASES))
        # The control: an honest second request is in the log, with the door's mark.
        exchange(port, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\nGET /robots.txt HTTP/1.1\r\n"
                 b"Host: x\r\nConnection: close\r\nX-Request-Id: %s-honest\r\n\r\n"
                 % door.encode(), tls)
        served = self.served()
        self.assertIn(f"{door}-honest{MARK if tls else ''}", served)
        return {case: (*result, f"{door}-{number}" in served) for
                number, (case, result) in enumerate(zip(CASES, results))}

    def test_directly(self):
        self.assertGreaterEqual(len(CASES), 40)
        for case, (out, ended, served) in self.run_all("directly", self.port).items():
            with self.subTest(case.name):
                got = statuses(out) or [NO_ANSWER]
                self.assertIn(got[0], case.statuses)
                if got[0] in (401, 404, 405) or b"LENGTH" in case.data:  # understood
                    self.assertFalse(served and b"LENGTH" in case.data)
                    continue
                self.assertEqual(len(set(got)), 1)
                self.assertTrue(ended)
                self.assertFalse(served)
                if got[0] != NO_ANSWER:
                    self.assertIn(b"connection: close", out.lower())

    def behind(self, name):
        proxy = Proxy(type(self), name, self.port)
        for case, (out, _, served) in self.run_all(name, proxy.port, proxy.tls).items():
            with self.subTest(case.name):
                self.assertFalse(served, out)

    def test_behind_nginx(self):
        self.behind("nginx")

    def test_behind_haproxy(self):
        self.behind("haproxy")

    def test_the_largest_head(self):
        """As much as is allowed comes in: the parser's buffer grows in its place."""
        filler = b"X: " + b"a" * 15500 + b"\r\n"
        for fields in (filler, b"Xx: " + b"a" * 150 + b"\r\n"):
            data = (b"GET /livez?" + b"a" * 8000 + b" HTTP/1.1\r\nHost: x\r\n" + fields
                    + b"Connection: close\r\n\r\n")
            for cut in (1, 9000, len(data) - 1):
                out = b""
                with socket.create_connection(("127.0.0.1", self.port), 10) as s:
                    s.sendall(data[:cut])
                    time.sleep(0.02)
                    s.sendall(data[cut:])
                    while chunk := s.recv(65536):
                        out += chunk
                # understood: the only fault is the query that /livez does not know
                self.assertEqual(statuses(out), [400])
                self.assertIn(b"unknown-field", out)


if __name__ == "__main__":
    unittest.main()
