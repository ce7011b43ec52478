"""The whole tour over HTTP, with a real database, worker and solver:

import -> requests -> round -> confirm and decline -> intake -> cohorts -> invitations
-> office hours -> move a session -> cancel one -> the feed shows it.
"""
import csv
import json
import os
import sys
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "lib"))
import cairn  # noqa: E402

import icalendar  # noqa: E402

ASKING = 60  # newcomers who ask for a mentor
GUIDES = 12


def sample(name):
    with open(os.path.join(ROOT, "samples", name), encoding="utf-8") as f:
        return f.read()


def events(text):
    return icalendar.Calendar.from_ical(text).walk("VEVENT")



class Tour(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client("coordinator")
        cls.wait = {"Prefer": "wait=25"}

    def finish(self, path, states):
        """The document at path once its state is one of `states`."""
        for _ in range(12):
            doc = self.admin.get(path, headers=self.wait).expect(200)
            if doc["state"] in states:
                return doc
        self.fail(f"{path} is still {doc['state']}: {doc}")

    def test_tour(self):
        self.people()
        self.matching()
        self.cohorts()
        self.office_hours()

    def people(self):
        self.program = self.admin.post(
            "/v1/programs", {"name": "Onboarding"}).expect(201)["id"]
        self.admin.put(f"/v1/programs/{self.program}/policy",
                       json.loads(sample("policy.json"))).expect(200, 201)
        answer = self.admin.post(
            f"/v1/imports?program_id={self.program}", sample("community.csv"),
            headers={"Content-Type": "text/csv"})
        answer.expect(200, 201)
        rows = list(csv.DictReader(sample("community.csv").splitlines()))
        self.members = {m["external_id"]: m
                        for m in self.admin.pages("/v1/members?limit=200")}
        self.assertEqual(set(self.members), {r["external_id"] for r in rows})
        self.newcomers = [self.members[r["external_id"]]["id"] for r in rows
                          if r["participation"] == "newcomer"]
        self.mentors = [self.members[r["external_id"]]["id"] for r in rows
                        if r["participation"] == "mentor"]

    def matching(self):
        # One newcomer asks for herself, the coordinator enters the others.
        own = self.service.client("newcomer", self.newcomers[0])
        mine = own.post("/v1/mentor-requests", {"program_id": self.program}).expect(201)
        self.assertEqual(mine["queue_position"], 1)
        self.assertEqual([h["state"] for h in mine["history"]], ["open"])
        for newcomer in self.newcomers[1:ASKING]:
            self.admin.post("/v1/mentor-requests", {
                "program_id": self.program, "member_id": newcomer}).expect(201)
        started = self.admin.post(
            f"/v1/programs/{self.program}/matching-rounds", {"seed": 7}).expect(202)
        done = self.finish(f"/v1/matching-rounds/{started['id']}",
                           ("solved", "failed"))
        self.assertEqual(done["state"], "solved", done["error"])
        self.assertEqual(done["plan_status"], "optimal")
        proposals = list(self.admin.pages(
            f"/v1/matching-rounds/{started['id']}/proposals?limit=200"))
        self.assertEqual(len(proposals) + len(done["unmatched"]), ASKING)
        self.assertEqual(len(proposals), done["objective"]["newcomers_matched"])
        for p in proposals:
            self.assertEqual(sum(p["explanation"].values()), p["points"])
        for person in done["unmatched"]:
            self.assertTrue(person["reason"] and person["help"])
        declined, rest = proposals[0], proposals[1:]
        self.admin.act(f"/v1/proposals/{declined['id']}:decline",
                       {"reason": "they work together already"}).expect(200)
        self.admin.post(
            f"/v1/matching-rounds/{started['id']}/proposals:confirm-batch",
            {"proposal_ids": [p["id"] for p in rest]}).expect(200)
        pairings = list(self.admin.pages("/v1/pairings?limit=200"))
        self.assertEqual({(p["newcomer_id"], p["mentor_id"]) for p in pairings},
                         {(p["newcomer_id"], p["mentor_id"]) for p in rest})

    def cohorts(self):
        for mentor in self.mentors[:GUIDES]:
            self.admin.put(f"/v1/programs/{self.program}/enrollments/{mentor}/guide",
                           {"capacity": 1}).expect(200, 201)
        values = json.loads(sample("intake.json"))
        size = values.pop("cohort_size")
        values["cohort_min"], values["cohort_max"] = size["min"], size["max"]
        intake = self.admin.post(
            f"/v1/programs/{self.program}/intakes", values).expect(201)
        self.admin.act(f"/v1/intakes/{intake['id']}:generate").expect(202)
        solved = self.finish(f"/v1/intakes/{intake['id']}", ("solved", "failed"))
        self.assertEqual(solved["state"], "solved", solved["error"])
        self.assertGreater(solved["cohorts"], 0)
        self.assertEqual(list(self.admin.pages("/v1/invitations")), [],
                         "nothing reaches a member before a human says so")
        self.admin.act(f"/v1/intakes/{intake['id']}:publish").expect(200)
        cohort = next(iter(self.admin.pages(f"/v1/cohorts?intake_id={intake['id']}")))
        self.assertGreaterEqual(len(cohort["members"]), size["min"] + 1)
        self.invited(cohort)

    def invited(self, cohort):
        """Everybody of the cohort has one invitation with the sessions' instants."""
        member = next(m for m in cohort["members"] if m["part"] == "newcomer")
        sessions = [s for s in cohort["sessions"] if s["state"] == "scheduled"]
        for person in cohort["members"]:
            found = list(self.admin.pages(
                f"/v1/invitations?member_id={person['member_id']}"))
            self.assertEqual([i["method"] for i in found], ["REQUEST"])
        own = self.service.client("newcomer", member["member_id"])
        feed = own.post(f"/v1/members/{member['member_id']}/feeds").expect(201)
        address = "/feeds/" + feed["url"].rsplit("/", 1)[1]
        anybody = self.service.client(token=None)
        first = anybody.get(address)
        self.assertEqual(first.status, 200, first.body)
        self.assertEqual(anybody.get(address, headers={
            "If-None-Match": first.etag}).status, 304)
        self.move_and_cancel(own, sessions, anybody, address, member)

    def move_and_cancel(self, own, sessions, anybody, address, member):
        moved, dropped = sessions[1], sessions[2]
        own.act(f"/v1/sessions/{moved['id']}:move",
                {"starts_at": moved["starts_at"]}).problem(403, "forbidden")
        later = self.free_start(moved)
        self.admin.act(f"/v1/sessions/{dropped['id']}:cancel").expect(200)
        sent = list(self.admin.pages(
            f"/v1/invitations?member_id={member['member_id']}"))
        self.assertEqual([i["method"] for i in sent], ["REQUEST", "REQUEST", "CANCEL"])
        self.assertEqual(len({i["uid"] for i in sent}), 1)
        self.assertEqual([i["sequence"] for i in sent], [0, 1, 2])
        ics = own.get(f"/v1/invitations/{sent[2]['id']}/ics")
        self.assertIn(b"METHOD:CANCEL", ics.body)
        feed = anybody.get(address).body
        self.assertIn(later.replace("-", "").replace(":", "")[:15], self.utc_starts(feed))
        self.assertEqual(feed.count(b"ATTENDEE"), 0)

    def free_start(self, session):
        """Move the session an hour on, or to the first hour at which all are free."""
        day, hour = session["starts_at"][:11], int(session["starts_at"][11:13])
        for step in range(1, 12):
            start = f"{day}{(hour + step) % 24:02d}{session['starts_at'][13:]}"
            answer = self.admin.act(f"/v1/sessions/{session['id']}:move",
                                    {"starts_at": start})
            if answer.status == 200:
                self.assertEqual(answer.json["starts_at"], start)
                return start
            answer.expect(409, 422)
        self.fail("no hour of that day was free")

    @staticmethod
    def utc_starts(text):
        """Starts in UTC, basic form, of every event written there."""
        import datetime
        return {e.decoded("DTSTART").astimezone(datetime.timezone.utc)
                .strftime("%Y%m%dT%H%M%S") for e in events(text)}

    def office_hours(self):
        mentor, booker, late = self.mentors[-1], self.newcomers[-1], self.newcomers[-2]
        m = self.service.client("mentor", mentor)
        hours = m.post("/v1/office-hours", {
            "program_id": self.program, "title": "Ask me anything", "weekday": "Wed",
            "local_time": "18:00", "minutes": 45, "seats": 1,
            "first_date": "2027-03-01", "last_date": "2027-04-30"}).expect(201)
        slot = next(iter(m.pages(f"/v1/office-hours/{hours['id']}/slots")))
        one = self.service.client("newcomer", booker)
        two = self.service.client("newcomer", late)
        seat = one.post(f"/v1/slots/{slot['id']}/bookings", {}).expect(201)
        two.post(f"/v1/slots/{slot['id']}/bookings", {}).problem(
            409, "capacity-reached")
        two.get(f"/v1/bookings/{seat['id']}").problem(404, "not-found")
        one.delete(f"/v1/bookings/{seat['id']}").expect(204)
        two.post(f"/v1/slots/{slot['id']}/bookings", {}).expect(201)
        sent = [i["method"] for i in one.pages("/v1/invitations")
                if i["event_kind"] == "slot"]
        self.assertEqual(sent, ["REQUEST", "CANCEL"])


if __name__ == "__main__":
    unittest.main()
