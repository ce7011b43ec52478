"""The invitation doctor over HTTP: what the command line says, and its bounds."""
import base64
import os
import unittest

from tests.lib import cairn, contract

CALENDAR = {"Content-Type": "text/calendar; charset=utf-8"}
MAIL = {"Content-Type": "message/rfc822"}


def golden(name):
    with open(os.path.join(contract.ROOT, "tests", "golden", name + ".ics"), "rb") as file:
        return file.read()


class Doctor(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker", "--max-calendar-bytes", "65536")
        cls.addClassCleanup(cls.service.close)
        cls.client = cls.service.client(role="newcomer")

    def examine(self, body, kind=CALENDAR):
        return self.client.post("/v1/doctor", body, headers={"Idempotency-Key": None, **kind})

    def test_sound_and_broken(self):
        good = golden("request")
        report = self.examine(good).expect(200)
        self.assertEqual((report["verdict"], report["method"], report["events"],
                          report["findings"]), ("sound", "REQUEST", 1, []))
        report = self.examine(good.replace(b"mailto:ann", b"ann")).expect(200)
        self.assertEqual((report["verdict"], [f["code"] for f in report["findings"]]),
                         ("broken", ["address-form"]))
        self.assertEqual(report["findings"][0]["failures"], ["C5"])

    def test_mail(self):
        mail = (b"From: cohorts@cairn.example.org\r\nTo: ann@example.com\r\n"
                b"Content-Type: text/calendar; method=REQUEST; charset=UTF-8\r\n"
                b"Content-Transfer-Encoding: base64\r\n\r\n"
                + base64.encodebytes(golden("request")))
        report = self.examine(mail, MAIL).expect(200)
        self.assertEqual((report["kind"], {f["code"] for f in report["findings"]}),
                         ("mail", {"mail-structure", "mail-text-missing"}))

    def test_anything_is_examined(self):
        for body in (b"\0", b"BEGIN:VCALENDAR", b"\xff\xfe", b"\r\n" * 9000, b"{}"):
            with self.subTest(body[:9]):
                self.assertEqual(self.examine(body).expect(200)["verdict"], "broken")

    def test_bounds(self):
        self.examine(b"x" * 65537).problem(413, "too-large")
        self.examine(b"x", {"Content-Type": "text/plain"}).problem(415, "unsupported-media-type")


if __name__ == "__main__":
    unittest.main()
