"""A newer process takes the port over from an older one, and no client notices."""
import http.client
import os
import signal
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

SWAPS = 5


class Clients:
    """Ask all the time, over kept and over fresh connections; collect what fails."""

    def __init__(self, service):
        self.address = urllib.parse.urlsplit(service.base).netloc
        self.token = service.client(role="admin").token
        self.failures, self.answers, self.stop = [], 0, threading.Event()
        self.threads = [threading.Thread(target=self.run, args=(kept,))
                        for kept in (True, False, False)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def run(self, kept):
        connection = http.client.HTTPConnection(self.address, timeout=30)
        while not self.stop.is_set():
            try:
                connection.request("GET", "/v1/programs", headers={
                    "Authorization": "Bearer " + self.token})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    self.failures.append(answer.status)
                self.answers += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            if not kept:
                connection.close()
        connection.close()


class TakeOver(unittest.TestCase):
    def replace(self, service, how):
        """Start a successor on the same port, then end the old process."""
        old = service.process
        service.start(port=urllib.parse.urlsplit(service.base).port)
        old.send_signal(how)
        old.wait(60)
        return old.returncode

    def test_no_request_fails(self):
        with cairn.Service("--share-port", "yes", community="swap") as service:
            with Clients(service) as clients:
                for _ in range(SWAPS):
                    before = clients.answers
                    self.assertEqual(self.replace(service, signal.SIGTERM), 0)
                    self.assertTrue(cairn.eventually(
                        lambda: clients.answers > before + 20))
            self.assertEqual(clients.failures, [])

    def test_without_a_drain_requests_do_fail(self):
        """The control arm: the same, but the old process just dies."""
        with cairn.Service("--share-port", "yes", community="die") as service:
            with Clients(service) as clients:
                for _ in range(SWAPS * 4):
                    time.sleep(0.1)
                    self.replace(service, signal.SIGKILL)
                    if clients.failures:
                        break
            self.assertTrue(clients.failures)

    def test_a_port_is_not_shared_by_accident(self):
        with cairn.Service(community="alone") as service:
            port, first = urllib.parse.urlsplit(service.base).port, service.process
            with self.assertRaises(AssertionError):
                service.start(port=port)
            service.process = first


if __name__ == "__main__":
    unittest.main()
