"""Nothing that people or clients send comes out in logs or metrics.

Canaries go into every body field, parameter, path and header of every operation, into
tokens, feed addresses, e-mail addresses and names, into malformed requests and into
requests that fail; then the log at level debug and the metrics are searched. What is
looked for and must be found is the control: the request id, which clients may choose.
"""
import collections
import http.client
import itertools
import json
import re
import socket
import unittest
import urllib.parse
import uuid

from tests.http.rounds_world import World
from tests.http.test_admin import OverUnix
from tests.lib import cairn, contract

CANARY = "cnry"
TEXT_LINE = re.compile(
    r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warn|error) ("[^"]*"|\S+)'
    r'( \w+=("(?:[^"\\]|\\.)*"|[-\w./:{}]*))*')
HEADERS = ("User-Agent", "Referer", "Cookie", "X-Forwarded-For", "X-Custom", "Origin",
           "If-Match", "If-None-Match", "Idempotency-Key", "Prefer", "Accept",
           "Authorization", "Content-Type", "Content-Encoding", "Forwarded")


class Hostile:
    """Sends canaries, each one numbered, and takes whatever comes back."""

    def __init__(self, service):
        self.service, self.count = service, itertools.count()
        self.sent, self.statuses, self.last = 0, collections.Counter(), b""
        self.clients = [service.client("admin").token, service.client("service").token]

    def canary(self, kind="x"):
        return f"{CANARY}-{kind}-{next(self.count)}"

    def ask(self, method, path, body=None, token=None, headers=None):
        connection = http.client.HTTPConnection(
            urllib.parse.urlsplit(self.service.base).netloc, timeout=60)
        head = {"Content-Type": "application/json"}
        if method == "PATCH":
            head["Content-Type"] = "application/merge-patch+json"
        if method == "POST":
            head["Idempotency-Key"] = f"{self.canary('key')}-{uuid.uuid4()}"
        if method != "GET":
            head["If-Match"] = "*"
        if token:
            head["Authorization"] = "Bearer " + token
        try:
            connection.request(method, path, body=body, headers={**head, **(headers or {})})
            answer = connection.getresponse()
            self.last = answer.read()
            self.sent += 1
            self.statuses[answer.status] += 1
            return answer.status
        finally:
            connection.close()

    def raw(self, data):
        with socket.create_connection(
                ("127.0.0.1", urllib.parse.urlsplit(self.service.base).port), 30) as link:
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
            while link.recv(65536):
                pass
        self.sent += 1

    def bodies(self, operation):
        """Every field with a canary of its own, one at a time and all at once."""
        content = contract.resolve(operation.get("requestBody", {})).get("content", {})
        for kind, media in content.items():
            if "json" not in kind:
                yield self.canary("row") + "," + self.canary("row"), {"Content-Type": kind}
                continue
            fields = set(self.fields(media.get("schema", {})))
            for name in fields:
                yield json.dumps({name: self.canary(name)}), None
            yield json.dumps({name: self.canary(name) for name in fields}), None
            yield json.dumps({self.canary("member"): self.canary("value")}), None
            yield '{"' + self.canary("open"), None

    def fields(self, schema):
        schema = contract.resolve(schema)
        yield from schema.get("properties", {})
        for part in ("allOf", "oneOf", "anyOf"):
            for other in schema.get(part, ()):
                yield from self.fields(other)

    def every_operation(self, ident):
        token = self.clients[0]
        for method, template, item, operation in contract.operations():
            if template.startswith("/feeds"):
                continue
            for value in (lambda: self.canary("path"), lambda: ident):
                path = re.sub(r"\{\w+\}", lambda _: value(), template)
                self.ask(method, path, b"{}" if method != "GET" else None, token)
                for parameter in contract.parameters(item, operation):
                    query = urllib.parse.urlencode(
                        {parameter["name"]: self.canary("query")})
                    if parameter["in"] == "query":
                        self.ask(method, f"{path}?{query}", None, token)
                    elif parameter["in"] == "header":
                        self.ask(method, path, None, token,
                                 {parameter["name"]: self.canary("header")})
                self.ask(method, f"{path}?{self.canary('name')}={self.canary()}", None, token)
                for body, headers in self.bodies(operation):
                    self.ask(method, path, body, token, headers)

    def every_header(self):
        for name in HEADERS:
            for value in (self.canary(name), "Bearer " + self.canary(),
                          "cairn_pat_" + self.canary(), f'"{self.canary()}"'):
                self.ask("GET", "/v1/programs", None, self.clients[0], {name: value})
        for name in ("GET", self.canary("method").upper()):
            self.ask(name, "/v1/" + self.canary("path"))
        self.ask("GET", f"/feeds/{self.canary('feed')}.ics")
        self.ask("GET", f"/problems/{self.canary('slug')}")

    def malformed(self):
        """What the HTTP library and the gate refuse, and speak of at level debug."""
        c = self.canary
        for lines in (f"{c()} / HTTP/1.1\r\n\r\n", f"GET /{c()} HTTP/9.9\r\n\r\n",
                      f"GET /{c()}%zz HTTP/1.1\r\nHost: {c()}\r\n\r\n",
                      f"GET / HTTP/1.1\r\nHost: x\r\n{c()} : 1\r\n\r\n",
                      f"GET / HTTP/1.1\r\nHost: {c()}\r\nHost: {c()}\r\n\r\n",
                      f"POST /v1/members HTTP/1.1\r\nHost: x\r\nContent-Length: {c()}\r\n\r\n",
                      f"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: {c()}\r\n\r\n",
                      "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                      f"{c()}\r\n", f"GET / HTTP/1.1\r\nHost: x\r\nA: {c() * 4000}\r\n\r\n",
                      f"GET /{c() * 4000} HTTP/1.1\r\nHost: x\r\n\r\n",
                      f"GET / HTTP/1.1\r\nHost: x\r\nA: {c()}\r\n folded {c()}\r\n\r\n",
                      f"GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: {c()} \"\n\r\n\r\n",
                      f"GET /{c()}\x00 HTTP/1.1\r\nHost: x\r\n\r\n"):
            try:
                self.raw(lines.encode())
            except OSError:
                pass  # closed while we wrote


class Logs(unittest.TestCase):
    def what_people_do(self, service, hostile):
        """A round with people whose every field is a canary; gives the secrets used."""
        c = hostile.canary
        world = World(service)
        newcomer = world.newcomer(c("newcomer"))
        world.mentor(c("mentor"))
        member = world.staff.post("/v1/members", {
            "external_id": c("id"), "display_name": c("name"), "industry": c("industry"),
            "email": c("mail") + "@example.org", "time_zone": "Europe/Berlin",
            "organization": c("org"), "style": c("style"), "roles": [c("role")],
            "wants": [c("want")], "tags": [c("tag")]}).expect(201)["id"]
        world.staff.post(f"/v1/imports?program_id={world.program_id}",
                         f"external_id,display_name,email,participation\n{c()},{c()},{c()},"
                         f"{c()}\n", headers={"Content-Type": "text/csv"}).problem(
                             422, "validation-failed")
        done = world.staff.post(f"/v1/programs/{world.program_id}/matching-rounds",
                                {"seed": 1}, headers={"Prefer": "wait=25"}).json
        proposals = cairn.eventually(lambda: world.staff.get(
            f"/v1/matching-rounds/{done['id']}/proposals").expect(200)["items"])
        world.staff.act(f"/v1/proposals/{proposals[0]['id']}:decline",
                        {"reason": c("reason")}).expect(200)
        mine = service.client("newcomer", newcomer)
        feed = mine.post(f"/v1/members/{newcomer}/feeds").expect(201)
        address = next(v for v in feed.values() if isinstance(v, str) and "/feeds/" in v)
        path = address[address.index("/feeds/"):]
        self.assertEqual(hostile.ask("GET", path), 200)
        self.assertEqual(hostile.ask("GET", path[:-8] + "AAAA.ics"), 404)
        tokens = [world.staff.token, mine.token, *hostile.clients]
        return member, [path[7:-4]] + [t[32:75] for t in tokens] + [t[10:]
            for t in tokens]

    def run_all(self, form):
        with cairn.Service("--log-level", "debug", "--log-format", form, "--token-requests-"
                           "per-minute", "0", community="logs", admin=True) as service:
            hostile = Hostile(service)
            member, secrets = self.what_people_do(service, hostile)
            hostile.every_operation(member)
            hostile.every_header()
            hostile.malformed()
            self.assertEqual(hostile.ask("GET", "/v1/me", headers={
                "X-Request-Id": "chosen-by-client-1"}), 401)
            # A failure inside, of which the database speaks with the values in hand.
            service.cluster.execute(
                "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE"
                " EXCEPTION 'no %%', NEW.display_name USING ERRCODE = 'XX001'; END$$;"
                " CREATE TRIGGER a_refuse BEFORE INSERT ON member FOR EACH ROW"
                " EXECUTE FUNCTION refuse()")
            body = json.dumps({"external_id": hostile.canary(), "time_zone": "UTC",
                               "display_name": hostile.canary()})
            self.assertEqual(hostile.ask("POST", "/v1/members", body, hostile.clients[0]), 500)
            service.cluster.run("cluster", "stop")
            self.assertEqual(hostile.ask("POST", "/v1/members", body, hostile.clients[0]), 503)
            connection = OverUnix(service.admin_path)
            connection.request("GET", "/metrics")
            metrics = connection.getresponse().read().decode()
            connection.close()
            service.stop()
            log = service.log()
        self.assertGreater(hostile.sent, 900)
        for status in (200, 400, 404, 412):  # it came as far as that
            self.assertGreater(hostile.statuses[status], 20, hostile.statuses)
        self.assertGreater(log.count("\n"), 900)
        self.assertIn("chosen-by-client-1", log)
        self.assertRegex(log, r"\bdebug\b")
        for text in (log, metrics):
            found = [line for line in text.split("\n") if CANARY in line.lower()
                     or any(secret in line for secret in secrets)]
            self.assertEqual(found[:5], [])
        return log

    def test_json(self):
        for line in self.run_all("json")[:-1].split("\n"):
            self.assertLessEqual({"time", "level", "event"}, set(json.loads(line)), line)

    def test_text(self):
        for line in self.run_all("text")[:-1].split("\n"):
            self.assertRegex(line, TEXT_LINE.pattern + r"\Z")


if __name__ == "__main__":
    unittest.main()
