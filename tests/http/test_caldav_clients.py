"""CalDAV as people's own programs read it: vdirsyncer and khal, cadaver."""
import os
import re
import subprocess
import tempfile
import unittest
import urllib.parse

from tests.lib import cairn

KHAL = """
[calendars]
[[cairn]]
path = {folder}/calendar/*
type = discover
[locale]
timeformat = %H:%M
dateformat = %Y-%m-%d
longdateformat = %Y-%m-%d
datetimeformat = %Y-%m-%d %H:%M
longdatetimeformat = %Y-%m-%d %H:%M
local_timezone = {zone}
default_timezone = {zone}
"""
VDIRSYNCER = """
[general]
status_path = "{folder}/status/"
[pair cairn]
a = "local"
b = "remote"
collections = ["from b"]
conflict_resolution = "b wins"
[storage local]
type = "filesystem"
path = "{folder}/calendar/"
fileext = ".ics"
[storage remote]
type = "caldav"
url = "{url}"
username = "{user}"
password = "{password}"
read_only = {read_only}
"""


class Clients(unittest.TestCase):
    """Office hours on Mondays at 18:30 in Berlin, over the clock changes of autumn 2030."""

    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker")
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")
        program = cls.admin.post("/v1/programs", {"name": "P"}).expect(201)["id"]
        cls.mentor, cls.other = (cls.person(program, name) for name in ("mentor", "other"))
        cls.hours = cls.admin.post("/v1/office-hours", {
            "program_id": program, "mentor_id": cls.mentor, "title": "Ask: me, & <you>",
            "weekday": "Mon", "local_time": "18:30", "time_zone": "Europe/Berlin",
            "minutes": 60, "seats": 2, "first_date": "2030-10-07",
            "last_date": "2030-11-11"}).expect(201)["id"]
        ((cls.event,),) = cls.service.cluster.execute(
            "SELECT event_id FROM office_hours WHERE id = %s", (cls.hours,))

    @classmethod
    def person(cls, program, name):
        member = cls.admin.post("/v1/members", {
            "external_id": name, "display_name": name, "time_zone": "Europe/Berlin",
            "email": f"{name}@example.org"}).expect(201)["id"]
        cls.admin.put(f"/v1/programs/{program}/enrollments/{member}/mentor", {}).expect(200)
        return member

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        made = self.admin.post(f"/v1/members/{self.mentor}/app-passwords",
                               {"name": "test"}).expect(201)
        self.user, self.password = made["username"], made["password"]

    def run_in(self, *args, text="", **environment):
        return subprocess.run(
            args, input=text, capture_output=True, text=True, timeout=120, cwd=self.folder,
            check=False, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8",
                              "HOME": self.folder, **environment})

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, 0o600)
        return path

    # ---- vdirsyncer, khal ----

    def sync(self, *steps, password=None, url=None, read_only=True):
        self.write("vdirsyncer.conf", VDIRSYNCER.format(
            folder=self.folder, url=url or self.service.base + "/", user="mentor@example.org",
            password=password or self.password, read_only=str(read_only).lower()))
        return [self.run_in("vdirsyncer", "-c", "vdirsyncer.conf", *step.split(), text="y\n" * 9)
                for step in steps]

    def listed(self, zone, days=("2030-10-01", "40d")):
        config = self.write("khal.conf", KHAL.format(folder=self.folder, zone=zone))
        done = self.run_in("khal", "-c", config, "list", "--format", "{start} {end} {title}",
                           "--day-format", "", *days)
        self.assertEqual(done.returncode, 0, done.stderr)
        return [line for line in done.stdout.splitlines() if line.strip()]

    def test_vdirsyncer_and_khal(self):
        """From the host alone to the right local times in three zones."""
        for done in self.sync("discover", "sync"):
            self.assertEqual(done.returncode, 0, done.stderr)
        title = "Ask: me, & <you>"
        self.assertEqual(self.listed("Europe/Berlin"), [
            f"2030-{day} 18:30 2030-{day} 19:30 {title}"
            for day in ("10-07", "10-14", "10-21", "10-28", "11-04")])
        self.assertEqual(self.listed("America/New_York"), [
            f"2030-{day} {hour}:30 2030-{day} {hour + 1}:30 {title}"
            for day, hour in (("10-07", 12), ("10-14", 12), ("10-21", 12), ("10-28", 13),
                              ("11-04", 12))])
        self.assertEqual(self.listed("Asia/Kathmandu")[2:4], [
            f"2030-10-21 22:15 2030-10-21 23:15 {title}",
            f"2030-10-28 23:15 2030-10-29 00:15 {title}"])
        # A cancelled one, then none.
        cluster = self.service.cluster
        cluster.execute("UPDATE office_hours_slot SET state = 'cancelled' WHERE"
                        " office_hours_id = %s AND starts_at::date = '2030-10-14'", (self.hours,))
        (done,) = self.sync("sync")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual([line[:10] for line in self.listed("Europe/Berlin")],
                         ["2030-10-07", "2030-10-21", "2030-10-28", "2030-11-04"])
        cluster.execute("UPDATE office_hours_slot SET state = 'cancelled' WHERE"
                        " office_hours_id = %s", (self.hours,))
        self.addCleanup(cluster.execute, "UPDATE office_hours_slot SET state = 'open' WHERE"
                        " office_hours_id = %s", (self.hours,))
        (done,) = self.sync("sync --force-delete")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.listed("Europe/Berlin"), [])

    def test_vdirsyncer_refused(self):
        (done,) = self.sync("discover", password="wrong")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("401", done.stderr + done.stdout)
        others = f"{self.service.base}/dav/{self.other}/"
        (done,) = self.sync("discover", url=others)
        self.assertNotIn(self.other, os.listdir(self.folder))
        self.assertFalse(os.path.exists(os.path.join(self.folder, "calendar", self.other)))
        # A client that believes it may write is told that it may not.
        for done in self.sync("discover", "sync", read_only=False):
            self.assertEqual(done.returncode, 0, done.stderr)
        (where,) = os.listdir(os.path.join(self.folder, "calendar"))
        self.write(f"calendar/{where}/new.ics", "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
                   "PRODID:x\r\nBEGIN:VEVENT\r\nUID:new\r\nDTSTAMP:20300101T000000Z\r\n"
                   "DTSTART:20300101T000000Z\r\nSUMMARY:new\r\nEND:VEVENT\r\n"
                   "END:VCALENDAR\r\n")
        (done,) = self.sync("sync", read_only=False)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("405", done.stderr + done.stdout)

    # ---- cadaver ----

    def cadaver(self, address, *commands, password=None):
        host = urllib.parse.urlsplit(self.service.base).hostname
        self.write(".netrc", f"machine {host} login {self.user}"
                             f" password {password or self.password}\n")
        return self.run_in("cadaver", self.service.base + address,
                           text="".join(c + "\n" for c in (*commands, "quit"))).stdout

    def test_cadaver(self):
        calendar = f"/dav/{self.mentor}/sessions/"
        name = f"{self.event}.ics"
        said = self.cadaver(calendar, "ls", f"get {name} got.ics", f"delete {name}",
                            "put got.ics new.ics", "mkcol more", f"move {name} other.ics")
        self.assertRegex(said, rf"{re.escape(name)} +\d+")
        app = cairn.Client(self.service.base, cairn.basic(self.user, self.password))
        with open(os.path.join(self.folder, "got.ics"), "rb") as file:
            self.assertEqual(file.read(), app.get(calendar + name).body)
        self.assertEqual(said.count("405 Method Not Allowed"), 3, said)
        self.assertRegex(said, r"Creating `more': failed:\s+404 Not Found")
        self.assertIn("404", self.cadaver(f"/dav/{self.other}/sessions/", "ls"))
        self.assertRegex(self.cadaver(calendar, "ls", password="wrong"),
                         "(?i)authenticat|401|password")


if __name__ == "__main__":
    unittest.main()
