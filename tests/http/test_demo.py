"""The demo as a newcomer meets it: it runs, its five lines work, it stops."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import cairn  # noqa: E402

import icalendar  # noqa: E402


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        program = cairn.program()
        cls.build = tempfile.mkdtemp(prefix="cairn-demo-")
        cls.addClassCleanup(shutil.rmtree, cls.build, ignore_errors=True)
        os.chmod(cls.build, 0o755)  # as root the cluster runs as another user
        cls.command = ["/usr/bin/python3", "-B", os.path.join(ROOT, "tools", "demo.py"),
                       cls.build, "--program", program]
        cls.addClassCleanup(cls.demo, "--stop")
        cls.story = cls.demo()

    @classmethod
    def demo(cls, *more):
        # The story in UTF-8 whatever the locale of who runs the test.
        done = subprocess.run([*cls.command, *more], capture_output=True, text=True,
                              encoding="utf-8", timeout=400, check=False,
                              env=dict(os.environ, PYTHONUTF8="1"))
        if done.returncode != 0:
            raise AssertionError(done.stdout + done.stderr)
        return done.stdout

    def test_story(self):
        lines = [line for line in self.story.splitlines() if line.startswith("curl ")]
        self.assertEqual(len(lines), 5)
        answers = []
        for line in lines:
            done = subprocess.run(["sh", "-c", line], capture_output=True, text=True,
                                  encoding="utf-8", timeout=60, check=False)
            self.assertEqual(done.returncode, 0, line + done.stdout + done.stderr)
            answers.append(done.stdout)
        pairs, cohort, sessions, seat = (json.loads(a) for a in answers[:4])
        self.assertEqual({p["state"] for p in pairs["items"]}, {"confirmed"})
        self.assertEqual(cohort["state"], "published")
        self.assertEqual({s["cohort_id"] for s in sessions["items"]}, {cohort["id"]})
        self.assertEqual(seat["state"], "booked")
        uids = {str(e["UID"]) for e in
                icalendar.Calendar.from_ical(answers[4]).walk("VEVENT")}
        self.assertEqual(len(uids), 2, "the cohort and the seat")
        self.invitations()
        self.stops()

    def invitations(self):
        folder = os.path.join(self.build, "demo", "ics")
        names = os.listdir(folder)
        self.assertIn(f"{len(names)} invitations, one file each", self.story)
        for name in names:
            with open(os.path.join(folder, name), "rb") as file:
                calendar = icalendar.Calendar.from_ical(file.read())
            self.assertEqual(calendar["METHOD"], "REQUEST")
            self.assertTrue(calendar.walk("VEVENT"))

    def stops(self):
        address = next(word for word in self.story.split("The service runs at ")[1]
                       .split() if word.startswith("http"))
        with urllib.request.urlopen(address + "/readyz", timeout=30) as reply:
            self.assertEqual(reply.status, 200)
        self.assertIn("stopped", self.demo("--stop"))
        with self.assertRaises(urllib.error.URLError):
            urllib.request.urlopen(address + "/readyz", timeout=30)
        self.assertFalse(os.path.exists(os.path.join(self.build, "demo", "db")))
        self.assertIn("no demo was running", self.demo("--stop"))


if __name__ == "__main__":
    unittest.main()
