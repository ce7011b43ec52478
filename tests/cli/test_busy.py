"""cairn busy: what it prints, the busy file it makes for cairn schedule, and what it
refuses. When somebody is busy is judged in tests/golden and tests/interop."""
import json
import os
import tempfile
import unittest

from tests.cli.helper import ROOT, SAMPLE, SAMPLES, cairn

REQUEST = os.path.join(ROOT, "tests", "golden", "request.ics")
SPAN = ("--zone", "Europe/Berlin", "--from", "2026-10-20", "--to", "2026-11-03")
BUSY = [("2026-10-20T13:00:00Z", "2026-10-20T14:00:00Z"),
        ("2026-10-27T13:00:00Z", "2026-10-27T14:00:00Z"),
        ("2026-11-03T14:00:00Z", "2026-11-03T15:00:00Z")]


class Busy(unittest.TestCase):
    def run_busy(self, *args):
        done = cairn("busy", *args)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done

    def test_lines(self):
        out = self.run_busy(REQUEST, *SPAN)
        self.assertEqual([tuple(line.split()) for line in out.stdout.splitlines()], BUSY)

    def test_json(self):
        report = json.loads(self.run_busy(REQUEST, *SPAN, "--json").stdout)
        self.assertEqual([(b["from"], b["to"]) for b in report["busy"]], BUSY)
        self.assertEqual((report["busy_components"], report["free_components"],
                          report["left_out"]), (1, 0, []))

    def test_owner_who_declined(self):
        with open(REQUEST, encoding="utf-8", newline="") as file:
            text = file.read().replace("NEEDS-ACTION", "DECLINED")
        with tempfile.NamedTemporaryFile("w", suffix=".ics", newline="") as file:
            file.write(text)
            file.flush()
            out = self.run_busy(file.name, *SPAN, "--owner", "ann@example.com")
            self.assertEqual(out.stdout, "")

    def test_what_is_left_out_is_told(self):
        with tempfile.NamedTemporaryFile("w", suffix=".ics") as file:
            file.write("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261399\nEND:VEVENT\n"
                       "END:VCALENDAR\n")
            file.flush()
            out = self.run_busy(file.name, *SPAN)
            self.assertEqual((out.stdout, out.stderr),
                             ("", f"{file.name}:2: DTSTART cannot be read\n"))

    def test_busy_file_for_schedule(self):
        with tempfile.TemporaryDirectory() as folder:
            busy, plan = os.path.join(folder, "busy.json"), os.path.join(folder, "plan.json")
            with open(busy, "w", encoding="utf-8") as file:
                file.write(self.run_busy(REQUEST, *SPAN, "--member", "n001").stdout)
            done = cairn("schedule", SAMPLE, "--intake", os.path.join(SAMPLES, "intake.json"),
                         "--policy", os.path.join(SAMPLES, "policy.json"), "--busy", busy,
                         "--plan", plan, "--time-limit", "20")
            self.assertEqual(done.returncode, 0, done.stderr)

    def test_refused(self):
        for args in ((), (REQUEST,), (REQUEST, *SPAN[:4]), (REQUEST, *SPAN, "--nonsense"),
                     (REQUEST, "--zone", "Europe/Berln", *SPAN[2:]),
                     (REQUEST, *SPAN[:2], "--from", "tomorrow", "--to", "2026-11-03"),
                     (REQUEST, *SPAN[:2], "--from", "2026-11-04", "--to", "2026-11-02"),
                     (REQUEST, *SPAN[:2], "--from", "1980-01-01", "--to", "2026-11-02"),
                     ("/nonexistent.ics", *SPAN), (SAMPLE, *SPAN)):
            with self.subTest(args):
                self.assertEqual(cairn("busy", *args).returncode, 2)


if __name__ == "__main__":
    unittest.main()
