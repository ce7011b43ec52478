"""Services and workers whose clocks are two hours off, in both directions, and jump while
they work: leases, expiry and order are the database's, time-outs are of a clock that only
runs."""
import datetime
import email.utils
import glob
import os
import random
import subprocess
import sys
import time
import unittest
import unittest.mock

from tests.http import test_cohorts
from tests.http.rounds_world import World
from tests.lib import cairn, history

SEED = int(os.environ.get("CAIRN_SEED", random.randrange(10**6)))
LIMIT_S = 90
HOURS = 2


def preloaded():
    """libfaketime, behind the sanitizer's library when the program has one."""
    [fake] = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
    linked = subprocess.run(["ldd", cairn.program()], capture_output=True, text=True,
                            check=True).stdout
    first = [line.split()[2] for line in linked.splitlines() if "libasan" in line]
    return " ".join(first + [fake])


def instant(minutes):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    return moment.strftime("%Y-%m-%dT%H:%M:00Z")


class Clock(unittest.TestCase):
    def setUp(self):
        print(f"seed {SEED}, at most {LIMIT_S} s a round", file=sys.stderr)
        self.service = cairn.Service("--no-worker")
        self.addCleanup(self.service.close)
        self.service.stop()
        self.bases, self.clocks = [], []
        for hours in (HOURS, -HOURS):
            self.clocks.append(os.path.join(self.service.cluster.dir, f"clock{hours}"))
            self.set_clock(self.clocks[-1], hours)
            with unittest.mock.patch.dict(os.environ, {
                    "LD_PRELOAD": preloaded(), "FAKETIME_NO_CACHE": "1",
                    "FAKETIME_TIMESTAMP_FILE": self.clocks[-1],
                    "FAKETIME_DONT_FAKE_MONOTONIC": "1"}):
                self.service.start()
                self.addCleanup(cairn.end, self.service.worker())
            self.addCleanup(cairn.end, self.service.process)
            self.bases.append(self.service.base)
        self.world = World(self.service)

    @staticmethod
    def set_clock(path, hours):
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(f"{hours:+d}h\n")
        os.rename(path + ".new", path)

    def clients(self, role="admin"):
        token = self.service.client(role).token
        return [cairn.Client(base, token) for base in self.bases]

    def off(self, client):
        """By how many hours its service is off: the control, that the clocks are wrong."""
        told = client.get("/livez").headers["Date"]
        return (email.utils.parsedate_to_datetime(told).timestamp() - time.time()) / 3600

    def test_expiry_is_the_database_s(self):
        clients = self.clients()
        for client, hours in zip(clients, (HOURS, -HOURS)):
            self.assertAlmostEqual(self.off(client), hours, delta=0.1)
            made = client.post("/v1/tokens", {
                "name": "Soon over", "role": "coordinator",
                "expires_at": instant(60)}).expect(201)
            for base in self.bases:
                cairn.Client(base, made["token"]).get("/v1/programs").expect(200)
            client.post("/v1/tokens", {"name": "Over", "role": "coordinator",
                                       "expires_at": instant(-60)}).expect(422)
            self.service.cluster.execute(
                "UPDATE token SET created_at = now() - interval '2 hours',"
                " expires_at = now() - interval '1 minute' WHERE id = %s", (made["id"],))
            for base in self.bases:
                cairn.Client(base, made["token"]).get("/v1/programs").problem(
                    401, "unauthenticated")

    def test_what_has_begun_is_the_database_s(self):
        """A slot in half an hour can be booked, one that began half an hour ago cannot."""
        day = datetime.date.today() + datetime.timedelta(days=7)
        hours = self.world.staff.post("/v1/office-hours", {
            "program_id": self.world.program_id, "mentor_id": self.world.mentor("mentor"),
            "title": "Soon", "weekday": day.strftime("%a"), "local_time": "12:15",
            "minutes": 60, "seats": 10, "first_date": str(day),
            "last_date": str(day)}).expect(201)
        [slot] = self.world.staff.pages(f"/v1/office-hours/{hours['id']}/slots")
        for minutes, status in ((30, 201), (-30, 409)):
            self.service.cluster.execute(
                "UPDATE office_hours_slot SET starts_at = now() + %s * interval '1 minute',"
                " ends_at = now() + (%s + 60) * interval '1 minute'", (minutes, minutes))
            for base in self.bases:
                cairn.Client(base, self.world.staff.token).post(
                    f"/v1/slots/{slot['id']}/bookings", {"member_id": self.world.person(
                        str(cairn.uuid7()), "newcomer")}).expect(status)

    def test_when_a_session_begins_is_the_database_s(self):
        """One in half an hour can be moved or cancelled, one half an hour old cannot."""
        staff = self.service.client("coordinator")
        intake = staff.post(f"/v1/programs/{test_cohorts.begin(staff)}/intakes",
                            test_cohorts.INTAKE).expect(201)["id"]
        staff.act(f"/v1/intakes/{intake}:generate")
        self.assertTrue(cairn.eventually(
            lambda: staff.get(f"/v1/intakes/{intake}").json["state"] == "solved", LIMIT_S))
        staff.act(f"/v1/intakes/{intake}:publish").expect(200)
        sessions = staff.pages("/v1/sessions")
        for day, base in enumerate(self.bases, 1):
            client = cairn.Client(base, staff.token)
            later = {"starts_at": instant(day * 24 * 60)}
            for action, body in (("move", later), ("cancel", None)):
                ident = next(sessions)["id"]
                for minutes, status in ((-30, 409), (30, 200)):
                    self.service.cluster.execute(
                        "UPDATE session SET starts_at = now() + %s * interval '1 minute',"
                        " ends_at = now() + (%s + 60) * interval '1 minute' WHERE id = %s",
                        (minutes, minutes, ident))
                    client.act(f"/v1/sessions/{ident}:{action}", body).expect(status)

    def test_no_job_changes_hands_and_no_write_is_lost(self):
        for i in range(20):
            self.world.newcomer(f"newcomer-{i}")
            self.world.mentor(f"mentor-{i}", capacity=1)
        jumps = 0
        with history.Load(self.world, lambda: self.bases, SEED) as load:
            for i in range(6):
                begun = time.monotonic()
                ident = self.world.start().expect(202)["id"]
                for path in self.clocks:
                    self.set_clock(path, random.Random(f"{SEED}/{jumps}").choice((-2, 2)))
                    jumps += 1
                self.assertTrue(cairn.eventually(
                    lambda r=ident: self.world.staff.get(f"/v1/matching-rounds/{r}").json[
                        "state"] == "solved", LIMIT_S))
                print(f"round {i}: {time.monotonic() - begun:.1f} s", file=sys.stderr)
            load.wait_for(50)
        print(f"{jumps} jumps, {load.answers} answers", file=sys.stderr)
        self.assertEqual(load.faults(), [])
        self.assertEqual(self.service.cluster.execute(
            "SELECT state, epoch, count(*) FROM job GROUP BY 1, 2"), [("done", 1, 6)])
        self.assertLess(self.service.cluster.execute(
            "SELECT max(abs(extract(epoch FROM now() - at))) FROM audit_event"
        )[0][0], 3600)
        self.service.cluster.run("audit", "verify")


if __name__ == "__main__":
    unittest.main()
