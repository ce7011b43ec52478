"""Radicale, a calendar server that nobody here wrote, takes Cairn's messages as a calendar
app stores them (RFC 4791: without METHOD, one resource an UID), gives them back with
every property, and finds each session by its time and nothing beside it."""
import base64
import datetime
import http.client
import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

from tests.interop.test_parsers import expected, paths, text_of, uids

HOME = "/u/"
LOGIN = {"Authorization": "Basic " + base64.b64encode(b"u:p").decode()}
QUERY = """<?xml version="1.0"?>
<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">
<d:prop><d:getetag/></d:prop><c:filter><c:comp-filter name="VCALENDAR">
<c:comp-filter name="VEVENT"><c:time-range start="{}" end="{}"/></c:comp-filter>
</c:comp-filter></c:filter></c:calendar-query>"""
MINUTE = datetime.timedelta(minutes=1)


def events(text):
    """Its events, unfolded, in order."""
    return re.findall(r"^BEGIN:VEVENT\r\n.*?^END:VEVENT\r\n", text.replace("\r\n ", ""),
                      re.S | re.M)


def lines(event):
    """Its lines in an order of their own, and so the parameters of each."""
    found = (re.match(r'((?:[^:"]|"[^"]*")*):(.*)', line) for line in event.split("\r\n")[:-1])
    return sorted((sorted(re.findall(r'(?:[^;"]|"[^"]*")+', head)), value)
                  for head, value in (line.groups() for line in found))


def stored(text):
    return re.sub(r"^METHOD:.*\r\n", "", text, flags=re.M)


def merged(series, change):
    """The series as an app has it after the message that changes one session."""
    return series.replace("END:VCALENDAR", "".join(events(change)) + "END:VCALENDAR")


@unittest.skipUnless(importlib.util.find_spec("radicale"), "not installed: python3-radicale")
class Radicale(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.mkdtemp(prefix="cairn-radicale-")
        cls.addClassCleanup(shutil.rmtree, folder, ignore_errors=True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            cls.port = probe.getsockname()[1]
        cls.server = subprocess.Popen(
            [sys.executable, "-m", "radicale", "--config", "", "--hosts",
             f"127.0.0.1:{cls.port}", "--auth-type", "none",
             "--storage-filesystem-folder", folder, "--logging-level", "critical"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        cls.addClassCleanup(cls.server.wait)
        cls.addClassCleanup(cls.server.terminate)
        deadline = time.monotonic() + 60
        while True:
            try:
                cls.ask("OPTIONS", HOME)
                return
            except OSError:
                if cls.server.poll() is not None or time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    @classmethod
    def ask(cls, method, path, body=None, **headers):
        connection = http.client.HTTPConnection("127.0.0.1", cls.port, timeout=60)
        try:
            connection.request(method, path, body and body.encode(),
                               LOGIN | {k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def collection(self, path):
        name = HOME + os.path.basename(path)[:-4] + "/"
        self.assertEqual(self.ask("MKCALENDAR", name)[0], 201)
        return name

    def put(self, href, text):
        status, said = self.ask("PUT", href, text, Content_Type="text/calendar; charset=utf-8")
        self.assertIn(status, (201, 204), said)

    def find(self, collection, start, end):
        status, said = self.ask("REPORT", collection, QUERY.format(
            *(t.strftime("%Y%m%dT%H%M%SZ") for t in (start, end))), Depth="1",
            Content_Type="application/xml")
        self.assertEqual(status, 207)
        return set(re.findall(r"<href>([^<]*\.ics)</href>", said))

    def check_times(self, collection, href, sessions):
        spans = [(start, end) for _, start, end in sessions]
        for start, end in spans:
            self.assertEqual(self.find(collection, start + MINUTE, end - MINUTE), {href}, start)
            for beside in ((start - 2 * MINUTE, start - MINUTE), (end + MINUTE, end + 2 * MINUTE)):
                if not any(s < beside[1] and beside[0] < e for s, e in spans):
                    self.assertEqual(self.find(collection, *beside), set(), beside)

    def test_each_message(self):
        tried = 0
        for path in paths():
            sessions, names = expected(path), uids(path)
            text = stored(text_of(path))
            if len(names) != 1 or "STATUS:CANCELLED" in text or all(
                    "RECURRENCE-ID" in event for event in events(text)):
                continue  # a feed is no resource; changes of a series are below
            with self.subTest(os.path.basename(path)):
                collection = self.collection(path)
                href = collection + "event.ics"
                self.put(href, text)
                status, back = self.ask("GET", href)
                self.assertEqual((status, sorted(map(lines, events(back)))),
                                 (200, sorted(map(lines, events(text)))))
                self.assertGreater(len(lines(events(text)[0])), 8)
                self.check_times(collection, href, sessions)
                tried += 1
        self.assertGreaterEqual(tried, 8)

    def test_life_of_a_series(self):
        by_name = {os.path.basename(path)[:-4]: path for path in paths()}
        request, moved = (by_name[name] for name in ("request", "override"))
        collection = self.collection("/life.ics")
        href = collection + "event.ics"
        series, (change,) = stored(text_of(request)), expected(moved)
        for name in ("request", "minor", "request_changed", "request"):
            self.put(href, stored(text_of(by_name[name])))
        self.check_times(collection, href, expected(request))
        self.put(href, merged(series, text_of(moved)))
        instance = re.search(r"RECURRENCE-ID[^:]*:(\w+)", text_of(moved))[1]
        self.assertTrue(instance)
        self.assertEqual(self.find(collection, change[1] + MINUTE, change[2] - MINUTE), {href})
        self.assertEqual(self.ask("DELETE", href)[0], 200)
        self.assertEqual(self.ask("GET", href)[0], 404)
        self.assertEqual(self.find(collection, change[1], change[2]), set())


if __name__ == "__main__":
    unittest.main()
