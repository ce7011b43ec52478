"""Busy times from an address: read over real HTTP and HTTPS, again and again, and never
from where only the service could reach."""
import datetime
import http.server
import json
import tempfile
import threading
import unittest
import uuid

from tests.lib import cairn, mailbox

SECRET = "s3cretpath"
SOON = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(
    days=3)


def calendar(*starts):
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0"]
    for start in starts:
        lines += ["BEGIN:VEVENT", f"UID:{start}", "SUMMARY:Private matter",
                  f"DTSTART:{start:%Y%m%dT%H%M%SZ}", "DURATION:PT1H", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def spans(*starts):
    return [{"from": f"{s:%Y-%m-%dT%H:%M:%SZ}",
             "to": f"{s + datetime.timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"} for s in starts]


class Web:
    """A web server of calendars. `pages` maps a path to what is answered: octets, or
    (status, headers, octets), or what gives one of them. `seen`: (path, headers) of each request."""

    def __init__(self, address="127.0.0.1", tls=None, port=0):
        self.pages, self.seen, web = {}, [], self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                web.seen.append((self.path, dict(self.headers)))
                page = web.pages.get(self.path, (404, {}, b""))
                if callable(page):
                    page = page()
                status, headers, text = page if isinstance(page, tuple) else (200, {}, page)
                tag = headers.get("ETag")
                if tag and self.headers.get("If-None-Match") == tag:
                    status, text = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 304 and "Transfer-Encoding" not in headers:
                    self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                try:
                    self.wfile.write(text)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer((address, port), Handler)
        if tls:
            self.server.socket = mailbox.certificate(tls).wrap_socket(
                self.server.socket, server_side=True)
        self.port = self.server.server_address[1]
        self.base = f"{'https://localhost' if tls else 'http://' + address}:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def asked(self, path):
        return [headers for where, headers in self.seen if where == path]


class Case(unittest.TestCase):
    FLAGS = ("--busy-url-networks", "127.0.0.1", "--log-level", "debug")

    @classmethod
    def setUpClass(cls):
        cls.web = Web()
        cls.addClassCleanup(cls.web.stop)
        cls.service = cairn.Service(*cls.FLAGS)
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")

    def person(self):
        name = uuid.uuid4().hex
        member = self.admin.post("/v1/members", {
            "external_id": name, "display_name": name, "email": f"{name}@example.org",
            "time_zone": "Europe/Berlin"}).expect(201)["id"]
        client = self.service.client(role="newcomer", member_id=member)
        client.path = f"/v1/members/{member}/busy-subscription"
        client.times = f"/v1/members/{member}/busy-times"
        client.member = member
        return client

    def subscribe(self, client, url):
        return client.put(client.path, {"url": url}).expect(200)

    def after(self, client, state):
        """The document once it has this state."""
        def look():
            found = client.get(client.path).expect(200)
            return found if found["state"] == state else None
        found = cairn.eventually(look)
        self.assertIsNotNone(found, client.get(client.path).json)
        return found

    def due(self, client):
        """As if the pause were over."""
        self.service.cluster.execute(
            "UPDATE busy_subscription SET due_at = now() WHERE member_id = %s RETURNING 1",
            (client.member,))

    def busy(self, client):
        return client.get(client.times).expect(200)["busy"]


class Reading(Case):
    def test_from_nothing_to_nothing(self):
        own, path = self.person(), f"/{SECRET}/a.ics"
        nothing = own.get(own.path).expect(200)
        self.assertEqual((nothing["state"], nothing["host"], nothing["next_read_at"]),
                         ("none", None, None))
        self.web.pages[path] = calendar(SOON)
        put = own.put(own.path, {"url": self.web.base + path})
        put.expect(200)
        read = self.after(own, "good")
        self.assertEqual((read["host"], read["failures"], read["failure"], read["left_out"]),
                         ("127.0.0.1", 0, None, []))
        self.assertIsNotNone(read["last_success_at"])
        self.assertGreater(read["next_read_at"], read["last_success_at"])
        self.assertEqual(self.busy(own), spans(SOON))
        # It is not the file's: both stand, and each goes alone.
        other = SOON + datetime.timedelta(hours=5)
        text = {"Content-Type": "text/calendar"}
        own.put(own.times, calendar(other).decode(), headers=text).expect(200)
        self.assertEqual(self.busy(own), spans(SOON, other))
        own.delete(own.path).expect(204)
        self.assertEqual(self.busy(own), spans(other))
        self.assertEqual(own.get(own.path).expect(200)["state"], "none")
        own.put(own.path, {"url": self.web.base + path}, etag=put.etag).problem(
            412, "stale-version")
        # Nothing but the host was ever told.
        self.assertNotIn(SECRET, self.service.log())
        self.assertNotIn(SECRET, json.dumps(read) + put.body.decode())
        for table in ("audit_event", "idempotency"):
            rows = self.service.cluster.execute(f"SELECT t::text FROM {table} t")
            self.assertNotIn(SECRET, str(rows), table)

    def test_two_that_overlap_are_merged(self):
        own, half = self.person(), datetime.timedelta(minutes=30)
        self.web.pages["/half"] = calendar(SOON + half)
        own.put(own.times, calendar(SOON).decode(),
                headers={"Content-Type": "text/calendar"}).expect(200)
        self.subscribe(own, self.web.base + "/half")
        self.after(own, "good")
        self.assertEqual(self.busy(own), [{"from": spans(SOON)[0]["from"],
                                           "to": spans(SOON + half)[0]["to"]}])

    def test_read_again(self):
        own, later = self.person(), SOON + datetime.timedelta(hours=5)
        self.web.pages["/tag"] = (200, {"ETag": '"one"', "Last-Modified": "Mon"}, calendar(SOON))
        self.subscribe(own, self.web.base + "/tag")
        first = self.after(own, "good")
        before = own.get(own.times).etag
        self.due(own)
        cairn.eventually(lambda: own.get(own.path).json["last_success_at"]
                         > first["last_success_at"])
        asked = self.web.asked("/tag")
        self.assertNotIn("If-None-Match", asked[0])
        self.assertEqual((asked[-1]["If-None-Match"], asked[-1]["If-Modified-Since"]),
                         ('"one"', "Mon"))
        self.assertEqual(own.get(own.times).etag, before)
        # Another text.
        self.web.pages["/tag"] = (200, {"ETag": '"two"'}, calendar(later))
        self.due(own)
        self.assertTrue(cairn.eventually(lambda: self.busy(own) == spans(later)))
        self.assertNotEqual(own.get(own.times).etag, before)
        # The zone is another: what was read may mean something else now.
        self.admin.patch(f"/v1/members/{own.member}", {"time_zone": "Asia/Tokyo"}).expect(200)
        many = len(self.web.asked("/tag"))
        self.due(own)
        self.assertTrue(cairn.eventually(lambda: len(self.web.asked("/tag")) > many))
        self.assertNotIn("If-None-Match", self.web.asked("/tag")[-1])

    def test_what_tells_nothing_new_changes_nothing(self):
        own = self.person()
        self.web.pages["/same"] = calendar(SOON)  # no ETag
        self.subscribe(own, self.web.base + "/same")
        first = self.after(own, "good")
        before = own.get(own.times).etag
        self.due(own)
        self.assertTrue(cairn.eventually(lambda: own.get(own.path).json["last_success_at"]
                                         > first["last_success_at"]))
        self.assertEqual(own.get(own.times).etag, before)

    def test_failures(self):
        own = self.person()
        self.web.pages["/fails"] = calendar(SOON)
        self.subscribe(own, self.web.base + "/fails")
        self.after(own, "good")
        pauses = []
        for number, (page, words) in enumerate((
                ((404, {}, b""), "the host answers with status 404"),
                ((503, {"Retry-After": "7000"}, b""), "the host answers with status 503"),
                (b"hello", "there is no calendar in it: expected BEGIN:VCALENDAR"),
                (b"x" * (3 << 20), "the calendar is too large"),
                ((200, {f"X-{i}": "y" * 900 for i in range(90)}, b""),
                 "the calendar is too large"),
                ((302, {"Location": "/fails"}, b""), "too many redirections"),
                ((302, {"Location": "file:///etc/passwd"}, b""),
                 "a redirection leads away from https, or to no web address")), 1):
            self.web.pages["/fails"] = page
            self.due(own)
            with self.subTest(words):
                self.assertTrue(cairn.eventually(
                    lambda: own.get(own.path).json["failures"] == number))
                found = own.get(own.path).json
                self.assertEqual((found["state"], found["failure"]), ("failing", words))
                self.assertIsNotNone(found["last_failure_at"])
                pauses.append((datetime.datetime.fromisoformat(found["next_read_at"][:-1])
                               - datetime.datetime.fromisoformat(
                                   found["last_failure_at"][:-1])).total_seconds())
                self.assertEqual(self.busy(own), spans(SOON))  # the last good ones
        # 15 minutes, doubled each time, each between half and one and a half; or as asked.
        for number, pause in enumerate(pauses):
            base = min(900 * 2 ** number, 86400)
            self.assertLessEqual(base // 2 - 1, pause)
            self.assertLessEqual(pause, base * 1.5 + 1 if number != 1 else 7000 + 1)
        self.assertGreaterEqual(pauses[1], 7000)
        # The same address once more forgets all that.
        self.web.pages["/fails"] = calendar(SOON)
        self.assertEqual(self.subscribe(own, self.web.base + "/fails")["state"], "waiting")
        self.after(own, "good")

    def test_another_address(self):
        own = self.person()
        self.web.pages["/before"] = calendar(SOON)
        self.subscribe(own, self.web.base + "/before")
        self.after(own, "good")
        self.subscribe(own, self.web.base + "/not-there")
        self.assertEqual(self.busy(own), [])
        self.after(own, "failing")
        self.assertEqual(self.busy(own), [])

    def test_what_was_read_from_an_address_that_is_gone_is_thrown_away(self):
        own, later = self.person(), SOON + datetime.timedelta(hours=5)
        reading, go_on = threading.Event(), threading.Event()
        self.addCleanup(go_on.set)

        def slow():
            reading.set()
            go_on.wait(20)
            return calendar(SOON)
        self.web.pages |= {"/slow": slow, "/quick": calendar(later)}
        self.subscribe(own, self.web.base + "/slow")
        self.assertTrue(reading.wait(20))
        self.subscribe(own, self.web.base + "/quick")
        go_on.set()
        self.after(own, "good")
        self.assertEqual(self.busy(own), spans(later))

    def test_a_redirection(self):
        own = self.person()
        self.web.pages["/from"] = (301, {"Location": "/to", "ETag": '"of the redirection"'}, b"")
        self.web.pages["/to"] = calendar(SOON)
        self.subscribe(own, self.web.base + "/from")
        self.after(own, "good")
        self.assertEqual(self.busy(own), spans(SOON))
        tags = self.service.cluster.execute(
            "SELECT entity_tag FROM busy_subscription WHERE member_id = %s", (own.member,))
        self.assertEqual(tags, [("",)])

    def test_addresses_that_are_none(self):
        own = self.person()
        for url in ("ftp://example.org/a", "file:///etc/passwd", "https://", "example.org",
                    "https://user:word@example.org/", "https://[::1]/", "gopher://127.0.0.1:25/",
                    "https://example.org/a b", "webcal://user@example.org/"):
            with self.subTest(url):
                own.put(own.path, {"url": url}).problem(422, "validation-failed")
        own.put(own.path, {"url": ""}).problem(400, "invalid-field")
        self.assertEqual(own.get(own.path).expect(200)["state"], "none")
        self.assertEqual(self.subscribe(own, "webcal://calendar.example.org:8443/x")["host"],
                         "calendar.example.org")

    def test_others(self):
        own, other = self.person(), self.person()
        other.put(own.path, {"url": self.web.base}).problem(404, "not-found")
        other.get(own.path).problem(404, "not-found")
        self.admin.put(own.path, {"url": self.web.base + "/not-there"}).expect(200)
        self.admin.delete(f"/v1/members/{own.member}").expect(204)
        self.assertEqual(self.service.cluster.execute(
            "SELECT 1 FROM busy_subscription WHERE member_id = %s", (own.member,)), [])

    def test_the_api_cannot_read_addresses(self):
        with self.service.cluster.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SET ROLE cairn_api")
            with self.assertRaisesRegex(Exception, "permission denied"):
                cursor.execute("SELECT url FROM cairn.busy_subscription")


class Tls(Case):
    def test_certificates(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        web = Web(tls=folder.name)
        self.addCleanup(web.stop)
        web.pages["/a"] = calendar(SOON)
        web.pages["/down"] = (302, {"Location": self.web.base + "/plain"}, b"")
        own = self.person()
        self.subscribe(own, web.base + "/a")
        self.assertEqual(self.after(own, "failing")["failure"],
                         "the host's certificate is not good")
        self.assertEqual(web.seen, [])
        service = cairn.Service(*self.FLAGS, "--busy-url-ca-file", folder.name + "/cert.pem")
        self.addCleanup(service.close)
        type(self).service, type(self).admin = service, service.client(role="admin")
        own = self.person()
        self.subscribe(own, web.base + "/a")
        self.after(own, "good")
        self.subscribe(own, web.base + "/down")  # never from https to http
        self.assertEqual(self.after(own, "failing")["failure"],
                         "a redirection leads away from https, or to no web address")
        self.assertEqual(self.web.asked("/plain"), [])


class Inside(unittest.TestCase):
    """What is not public sees no connection; a control arm shows that it could."""

    def attempts(self, networks):
        """Every address tried by a service with these networks: how many failed, and what
        the listeners saw."""
        web, inner = Web(), Web("127.0.0.2")
        web.pages["/in"] = (302, {"Location": inner.base + "/x"}, b"")
        inner.pages["/x"] = calendar(SOON)
        Case.service = service = cairn.Service("--busy-url-networks", networks)
        Case.admin = service.client(role="admin")
        case, people = Case(), {}
        try:
            for host in ("127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001",
                         "0177.0.0.1", "0", "127.0.0.2"):
                people[host] = case.person()
                port = inner.port if host == "127.0.0.2" else web.port
                case.subscribe(people[host], f"http://{host}:{port}/x")
            people["redirection"] = case.person()
            case.subscribe(people["redirection"], web.base + "/in")
            ends = {}
            for host, client in people.items():
                found = cairn.eventually(lambda: next(iter(
                    d for d in [client.get(client.path).json] if d["state"] != "waiting"), None))
                self.assertIsNotNone(found, host)
                ends[host] = found["failure"]
            return ends, len(web.seen), len(inner.seen)
        finally:
            service.close()
            web.stop()
            inner.stop()

    REFUSED = "the address leads into a network that is not public"

    def test_nothing_inside_is_reached(self):
        ends, web, inner = self.attempts("")
        self.assertEqual((web, inner), (0, 0))
        self.assertEqual(set(ends.values()), {self.REFUSED})

    def test_control(self):
        _, web, inner = self.attempts("127.0.0.0/8,0.0.0.0/8")
        self.assertGreaterEqual(web, 8)
        self.assertEqual(inner, 2)  # by its address and by the redirection

    def test_a_redirection_is_judged_by_itself(self):
        ends, web, inner = self.attempts("127.0.0.1")
        self.assertGreater(web, 0)
        self.assertEqual(inner, 0)
        self.assertEqual(ends["redirection"], self.REFUSED)


if __name__ == "__main__":
    unittest.main()
