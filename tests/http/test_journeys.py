"""Journeys: a template of a program, what somebody or a cohort makes of it, and who may."""
import datetime
import unittest
import zoneinfo

from tests.http.test_cohorts import INTAKE, WAIT, begin
from tests.lib import cairn

STEPS = [
    {"title": "Say hello", "kind": "task", "due_day": 0, "required": True},
    {"title": "What would you build first?", "kind": "question", "due_day": 3},
    {"title": "Read the guide", "kind": "link", "url": "https://example.org/guide", "due_day": 3},
    {"title": "Ship something", "kind": "challenge", "text": "With\nyour mentor.", "due_day": 14,
     "required": True},
]
AHEAD = "Pacific/Kiritimati"  # the day begins here


class Journeys(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.staff = cls.service.client(role="coordinator")
        cls.program = begin(cls.staff)
        intake = cls.staff.post(f"/v1/programs/{cls.program}/intakes", INTAKE).expect(201)
        cls.staff.act(f"/v1/intakes/{intake['id']}:generate", headers=WAIT).expect(200)
        path = f"/v1/cohorts?intake_id={intake['id']}"
        cls.proposed = cls.staff.get(path).expect(200)["items"][0]
        cls.template = cls.make({"title": "Welcome", "persona": "builder", "steps": STEPS})
        cls.order_of_proposed = cls.begin_any(cohort_id=cls.proposed["id"])
        cls.staff.act(f"/v1/intakes/{intake['id']}:publish").expect(200)
        cls.cohort = cls.staff.get(f"/v1/cohorts/{cls.proposed['id']}").expect(200)

    @classmethod
    def make(cls, template):
        return cls.staff.post(f"/v1/programs/{cls.program}/journey-templates", template).expect(201)

    @classmethod
    def begin_any(cls, **order):
        return cls.staff.post("/v1/journeys", {"template_id": cls.template["id"], **order})

    def newcomer(self, zone="Europe/Berlin", role="newcomer"):
        member = self.staff.post("/v1/members", {
            "external_id": cairn.uuid7().hex, "display_name": "Ada", "time_zone": zone}).expect(201)
        self.staff.put(f"/v1/programs/{self.program}/enrollments/{member['id']}/{role}",
                       {"capacity": 3 if role == "mentor" else 0}).expect(200)
        return member["id"], self.service.client(role=role, member_id=member["id"])

    def test_whole_way(self):
        ident, ada = self.newcomer(AHEAD)
        journey = self.begin_any(member_id=ident).expect(201)
        first = datetime.datetime.now(zoneinfo.ZoneInfo(AHEAD)).date()
        self.assertEqual(journey["starts_on"], first.isoformat(), "today where the member lives")
        self.assertEqual(
            [(s["position"], s["title"], s["kind"], s["text"], s["url"], s["required"], s["state"],
              s["due_on"]) for s in journey["steps"]],
            [(i + 1, s["title"], s["kind"], s.get("text", ""), s.get("url"),
              s.get("required", False), "open",
              (first + datetime.timedelta(s["due_day"])).isoformat())
             for i, s in enumerate(STEPS)])
        self.assertEqual(journey["progress"],
                         {"steps": 4, "done": 0, "skipped": 0, "required_open": 2})
        self.assertEqual([j["id"] for j in ada.pages("/v1/journeys")], [journey["id"]])

        step = f"/v1/journeys/{journey['id']}/steps/1"
        done = ada.patch(step, {"state": "done", "note": "hello!"}).expect(200)
        self.assertEqual((done["state"], done["note"], done["settled_by"],
                          done["settled_by_display_name"]), ("done", "hello!", ident, "Ada"))
        noted = ada.patch(step, {"note": "hello again"}).expect(200)
        self.assertEqual((noted["settled_at"], noted["note"]), (done["settled_at"], "hello again"))
        ada.patch(f"/v1/journeys/{journey['id']}/steps/3", {"state": "skipped"}).expect(200)
        now = ada.get(f"/v1/journeys/{journey['id']}").expect(200)
        self.assertEqual(now["progress"], {"steps": 4, "done": 1, "skipped": 1, "required_open": 1})
        self.assertGreater(now["row_version"], journey["row_version"],
                           "a journey changes with its steps")
        back = ada.patch(step, {"state": "open"}).expect(200)
        self.assertEqual((back["settled_at"], back["settled_by"]), (None, None))

        ended = self.staff.act(f"/v1/journeys/{journey['id']}:end").expect(200)
        self.assertEqual(ended["state"], "ended")
        self.staff.act(f"/v1/journeys/{journey['id']}:end").problem(409, "wrong-state")
        ada.patch(step, {"state": "done"}).problem(409, "wrong-state")
        self.begin_any(member_id=ident, starts_on="2031-01-01").expect(201)

    def test_a_cohort_shares_one(self):
        self.order_of_proposed.problem(422, "validation-failed")
        journey = self.begin_any(cohort_id=self.cohort["id"]).expect(201)
        self.assertEqual(journey["starts_on"], INTAKE["first_date"])
        self.begin_any(cohort_id=self.cohort["id"]).problem(409, "conflict")
        people = [m["member_id"] for m in self.cohort["members"] if m["part"] == "newcomer"][:2]
        one, two = (self.service.client(role="newcomer", member_id=m) for m in people)
        guide = self.service.client(role="mentor", member_id=self.cohort["guide_id"])
        step = f"/v1/journeys/{journey['id']}/steps/2"
        read = guide.get(step)
        one.patch(step, {"state": "done"}).expect(200)
        guide.patch(step, {"note": "late"}, etag=read.headers["ETag"]).problem(412, "stale-version")
        self.assertEqual(two.get(step).expect(200)["settled_by"], people[0])
        guide.patch(step, {"state": "open"}).expect(200)
        _, stranger = self.newcomer()
        stranger.get(step).problem(404, "not-found")
        stranger.patch(step, {"state": "done"}).problem(404, "not-found")

    def test_a_mentor_looks_on(self):
        ident, _ = self.newcomer()
        mentor, helper = self.newcomer(role="mentor")
        journey = self.begin_any(member_id=ident).expect(201)
        path = f"/v1/journeys/{journey['id']}"
        helper.get(path).problem(404, "not-found")
        pairing = self.staff.post("/v1/pairings", {
            "program_id": self.program, "newcomer_id": ident, "mentor_id": mentor}).expect(201)
        helper.get(path).expect(200)
        self.assertEqual([j["id"] for j in helper.pages("/v1/journeys")], [journey["id"]])
        helper.patch(f"{path}/steps/1", {"state": "done"}).problem(403, "forbidden")
        self.staff.act(f"/v1/pairings/{pairing['id']}:end").expect(200)
        helper.get(path).problem(404, "not-found")

    def test_a_template_changes_nothing_begun(self):
        ident, ada = self.newcomer()
        template = self.make({"title": "Short", "steps": STEPS[:1]})
        journey = self.staff.post("/v1/journeys", {
            "template_id": template["id"], "member_id": ident}).expect(201)
        path = f"/v1/journey-templates/{template['id']}"
        changed = self.staff.patch(path, {"steps": STEPS, "title": "Long"}).expect(200)
        self.assertEqual((len(changed["steps"]), changed["persona"]), (4, ""))
        self.assertEqual(ada.get(f"/v1/journeys/{journey['id']}").expect(200)["title"], "Short")
        self.staff.patch(path, {"state": "retired"}).expect(200)
        listed = f"/v1/programs/{self.program}/journey-templates"
        self.assertIn(template["id"], [t["id"] for t in ada.pages(listed)])
        self.assertNotIn(template["id"], [t["id"] for t in ada.pages(listed + "?state=active")])
        ada.get(listed + "?state=young").problem(400, "invalid-field")
        other, _ = self.newcomer()
        answer = self.staff.post("/v1/journeys", {
            "template_id": template["id"], "member_id": other})
        answer.problem(422, "validation-failed")
        ada.patch(path, {"title": "Mine"}).problem(403, "forbidden")

    def test_refusals(self):
        ident, _ = self.newcomer()
        outsider = self.staff.post("/v1/members", {
            "external_id": "out", "display_name": "Out", "time_zone": "UTC"}).expect(201)["id"]
        self.begin_any().problem(422, "validation-failed")
        both = self.begin_any(member_id=ident, cohort_id=self.cohort["id"])
        both.problem(422, "validation-failed")
        self.begin_any(member_id=outsider).problem(422, "validation-failed")
        wrong = self.staff.post(f"/v1/programs/{self.program}/journey-templates", {
            "title": "", "steps": [{"title": "x", "kind": "party", "due_day": 366},
                                   {"kind": "link", "url": "ftp://x", "due_day": -1}]})
        wrong.problem(400, "invalid-field")
        self.assertEqual({e["pointer"] for e in wrong.json["errors"]},
                         {"/title", "/steps/0/kind", "/steps/0/due_day", "/steps/1/title",
                          "/steps/1/url", "/steps/1/due_day"})
        journey = self.begin_any(member_id=ident).expect(201)["id"]
        for position in ("0", "5", "61", "x"):
            self.staff.get(f"/v1/journeys/{journey}/steps/{position}").problem(404, "not-found")

    def test_erasure_takes_them_along(self):
        ident, ada = self.newcomer()
        journey = self.begin_any(member_id=ident).expect(201)["id"]
        ada.patch(f"/v1/journeys/{journey}/steps/1", {"note": "my secret"}).expect(200)
        self.staff.delete(f"/v1/members/{ident}").expect(204)
        self.staff.get(f"/v1/journeys/{journey}").problem(404, "not-found")


if __name__ == "__main__":
    unittest.main()
