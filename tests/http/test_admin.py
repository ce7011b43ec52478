"""The operator's listener: probes, metrics, queues, drain; not for clients."""
import json
import http.client
import os
import re
import socket
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

SAMPLE = re.compile(
    r'([a-zA-Z_:][a-zA-Z0-9_:]*)'
    r'(?:\{((?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?\d+(?:\.\d+)?)')


def parse_metrics(text):
    """Prometheus text 0.0.4, strictly: (types by name, samples by name and labels)."""
    types, samples, helped = {}, {}, set()
    assert text.endswith("\n")
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in helped and len(line.split(" ", 3)[3]) > 5, line
            helped.add(name)
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name in helped and name not in types, line
            assert kind in ("counter", "gauge", "histogram"), line
            assert (kind == "counter") == name.endswith("_total"), line
            types[name] = kind
        else:
            match = SAMPLE.fullmatch(line)
            assert match, line
            name, labels, value = match[1], match[2] or "", match[3]
            family = name if name in types else re.sub("_(bucket|sum|count)$", "", name)
            assert family in types, line
            assert (name, labels) not in samples, line
            samples[name, labels] = float(value)
    for (name, labels), value in samples.items():
        if name.endswith("_bucket") and 'le="+Inf"' in labels:
            rest = re.sub(',?le="[^"]*"', "", labels)
            assert samples[name[:-7] + "_count", rest] == value, name
    return types, samples


class OverUnix(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Admin(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker", admin=True)
        cls.addClassCleanup(cls.service.close)

    def ask(self, method, path, headers=None):
        connection = OverUnix(self.service.admin_path)
        try:
            connection.request(method, path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def get(self, path):
        status, _, text = self.ask("GET", path)
        return status, json.loads(text)

    def test_probes_and_version(self):
        self.assertEqual(self.get("/livez"), (200, {"status": "live"}))
        self.assertEqual(self.get("/readyz"), (200, {"status": "ready"}))
        version = subprocess.run([cairn.program(), "version"], capture_output=True,
                                 text=True, check=True, timeout=30).stdout.split()[1]
        self.assertEqual(self.get("/version"), (200, {"version": version}))
        self.assertEqual(self.ask("HEAD", "/livez")[0], 200)

    def test_what_is_not_there(self):
        self.assertEqual(self.get("/v1/me")[0], 404)
        self.assertEqual(self.get("/")[0], 404)
        self.assertEqual(self.ask("POST", "/metrics")[0], 405)
        self.assertEqual(self.get("/admin/drain")[0], 405)
        stranger = self.service.client(token=None)
        for path in ("/metrics", "/version", "/admin/queues", "/admin/drain"):
            self.assertEqual(stranger.get(path).status, 404)  # the public listener

    def test_a_web_page_may_not_ask(self):
        for name in ("Origin", "Sec-Fetch-Site"):
            self.assertEqual(self.ask("POST", "/admin/drain", {name: "x"})[0], 403)
        self.assertEqual(self.get("/readyz")[0], 200)

    def test_the_socket_is_not_for_everybody(self):
        self.assertEqual(os.stat(self.service.admin_path).st_mode & 0o777, 0o660)

    def test_metrics(self):
        client = self.service.client(role="admin")
        client.get("/v1/me").problem(403, "forbidden")
        client.get("/v1/programs").expect(200)
        status, headers, text = self.ask("GET", "/metrics")
        self.assertEqual(status, 200)
        self.assertEqual(headers["Content-Type"],
                         "text/plain; version=0.0.4; charset=utf-8")
        types, samples = parse_metrics(text)
        self.assertEqual(types["cairn_request_seconds"], "histogram")
        self.assertEqual(samples["cairn_database_up", ""], 1)
        self.assertGreater(samples["cairn_process_resident_bytes", ""], 1 << 20)
        self.assertGreaterEqual(
            samples["cairn_requests_total", 'route="/v1/programs",class="2xx"'], 1)
        self.assertGreaterEqual(samples["cairn_problems_total", 'slug="forbidden"'], 1)
        self.assertEqual(samples["cairn_jobs", 'kind="intake",state="queued"'], 0)
        self.assertGreater(samples["cairn_database_connects_total", ""], 2)

    def test_queues(self):
        admin = self.service.client(role="admin")
        program = admin.post("/v1/programs", {"name": "P"}).expect(201)["id"]
        self.service.cluster.execute(
            "INSERT INTO job (community_id, id, kind, subject_id, created_at)"
            " VALUES (%s, %s, 'matching_round', %s, now() - interval '1 minute')",
            (self.service.community_id, program, program))
        status, queues = self.get("/admin/queues")
        self.assertEqual(status, 200)
        self.assertGreaterEqual(queues["requests_in_flight"], 0)
        self.assertEqual([(j["kind"], j["state"]) for j in queues["jobs"]], [
            ("intake", "queued"), ("intake", "running"),
            ("matching_round", "queued"), ("matching_round", "running"),
            ("trial", "queued"), ("trial", "running")])
        waiting = queues["jobs"][2]
        self.assertEqual(waiting["number"], 1)
        self.assertGreaterEqual(waiting["oldest_seconds"], 60)
        self.service.cluster.execute("UPDATE job SET state = 'cancelled'")

    def test_the_outbox_is_switched(self):
        def mode():
            return self.get("/admin/queues")[1]["outbox"]["mode"]
        self.assertEqual(mode(), "normal")
        for verb, then in (("pause", "paused"), ("pause", "paused"), ("resume", "normal")):
            with self.subTest(verb):
                status, _, text = self.ask("POST", f"/admin/outbox/{verb}")
                self.assertEqual((status, json.loads(text)), (200, {"mode": then}))
                self.assertEqual(mode(), then)
                self.assertIn(f"mode {then}", self.service.cluster.run("outbox"))
        self.assertEqual(self.get("/admin/outbox/pause")[0], 405)
        self.assertEqual(self.ask("POST", "/admin/outbox/pause", {"Origin": "x"})[0], 403)
        # A copy is silent until its owner says otherwise.
        self.service.cluster.execute("UPDATE system_state SET home = 'elsewhere'")
        for verb in ("pause", "resume"):
            status, _, text = self.ask("POST", f"/admin/outbox/{verb}")
            self.assertEqual((status, json.loads(text)["mode"]), (409, "quarantine"))
        self.service.cluster.run("outbox", "resume")
        self.assertEqual(mode(), "normal")

    def test_the_metrics_parser_is_strict(self):
        good = "# HELP a_total Some help\n# TYPE a_total counter\na_total 1\n"
        self.assertEqual(parse_metrics(good)[1], {("a_total", ""): 1.0})
        for bad in (good + "b 1\n", good + "a_total 2\n", good + 'a_total{x="} 1\n',
                    good[:-1], good.replace("a_total", "a")):
            with self.assertRaises(AssertionError):
                parse_metrics(bad)


class Leaving(unittest.TestCase):
    def test_drain_takes_it_out_of_service_and_it_goes_on(self):
        with cairn.Service(admin=True) as service:
            connection = OverUnix(service.admin_path)
            connection.request("POST", "/admin/drain")
            self.assertEqual(connection.getresponse().status, 202)
            connection.close()
            service.client(token=None).get("/readyz").problem(503, "draining")
            service.client(role="admin").get("/v1/programs").expect(200)
            connection = OverUnix(service.admin_path)
            connection.request("GET", "/readyz")
            self.assertEqual(connection.getresponse().status, 503)
            connection.close()
            path = service.admin_path
            self.assertEqual(service.stop(), 0)
            self.assertFalse(os.path.exists(path))

    def test_it_answers_without_a_database(self):
        with cairn.Service(admin=True) as service:
            service.cluster.run("cluster", "stop")
            for method, path, status in (
                    ("GET", "/livez", 200), ("GET", "/readyz", 503), ("GET", "/metrics", 200),
                    ("GET", "/admin/queues", 503), ("POST", "/admin/outbox/pause", 503)):
                connection = OverUnix(service.admin_path)
                connection.request(method, path)
                answer = connection.getresponse()
                self.assertEqual(answer.status, status)
                text = answer.read().decode()
                connection.close()
                if path == "/metrics":
                    self.assertEqual(parse_metrics(text)[1]["cairn_database_up", ""], 0)
            service.cluster.run("cluster", "start")
            self.assertTrue(cairn.eventually(
                lambda: service.client(token=None).get("/readyz").status == 200))


if __name__ == "__main__":
    unittest.main()
