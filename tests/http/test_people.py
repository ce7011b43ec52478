"""Members, hours, files, programs, requests: what works, and how it fails."""
import os
import sys
import unittest
import uuid

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

ANN = {"external_id": "ann", "display_name": "Ann Ö", "time_zone": "Asia/Calcutta",
       "email": "ann@example.org", "roles": ["Back End", "backend-developer"],
       "stack": [{"term": "C", "level": 4}, {"term": "postgres"}],
       "languages": [{"language": "pt-BR", "level": "native"}, {"language": "en"}],
       "years": 2.5, "preferences": ["zoe", "bob"], "avoid": []}

CSV = {"Content-Type": "text/csv"}
HEADER = ("external_id,display_name,participation,languages,time_zone,availability,"
          "capacity\r\n")
SHARED = os.environ.get("CAIRN_SHARED",
                        os.path.join(cairn.ROOT, "..", "shared"))


def member(external_id, **more):
    return {"external_id": external_id, "display_name": external_id.title(),
            "time_zone": "Europe/Berlin"} | more


class People(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")

    def new(self, **more):
        return self.admin.post("/v1/members", member(uuid.uuid4().hex, **more))

    def pointers(self, answer, status, slug):
        problem = answer.problem(status, slug)
        return {e.get("pointer") or e.get("parameter") or e.get("header")
                for e in problem["errors"]}

    # ---- members ----

    def test_member_life(self):
        made = self.admin.post("/v1/members", ANN)
        doc = made.expect(201)
        self.assertEqual(made.headers["Location"], f"/v1/members/{doc['id']}")
        self.assertEqual(doc["time_zone"], "Asia/Kolkata")
        self.assertEqual(doc["roles"], ["backend-developer"])
        self.assertEqual(doc["years"], 2.5)
        self.assertEqual(doc["preferences"], ["zoe", "bob"])
        self.assertEqual({x["language"]: x["level"] for x in doc["languages"]},
                         {"pt": "native", "en": "C1"})
        path = made.headers["Location"]
        read = self.admin.get(path)
        self.assertEqual((read.json, read.etag), (doc, made.etag))
        self.assertEqual(self.admin.get(path, headers={"If-None-Match": made.etag}).status,
                         304)
        changed = self.admin.patch(path, {"years": None, "tags": ["X"], "email": None},
                                   etag=made.etag)
        doc = changed.expect(200)
        self.assertEqual((doc["years"], doc["tags"], doc["email"]), (None, ["x"], None))
        self.assertEqual(doc["display_name"], "Ann Ö")
        self.assertNotEqual(changed.etag, made.etag)
        self.admin.patch(path, {"years": 3}, etag=made.etag).problem(412, "stale-version")
        self.admin.patch(path, {"years": 3}, etag='W/"7"').problem(412, "stale-version")
        self.admin.patch(path, {"years": 3}, etag=None).problem(
            428, "precondition-required")
        self.admin.post("/v1/members", ANN).problem(409, "conflict")
        self.admin.delete(path, etag=changed.etag).expect(204)
        gone = self.admin.get(path).expect(200)
        self.assertIsNone(gone["email"])
        self.assertIsNotNone(gone["erased_at"])

    def test_all_faults_at_once(self):
        answer = self.admin.post("/v1/members", {
            "external_id": "a;b", "display_name": "", "time_zone": "Europe/Nowhere",
            "email": "no address", "years": "two", "roles": [" "],
            "stack": [{"term": "c", "level": 9}], "colour": "blue",
            "languages": [{"language": "12"}, {"level": "B1"}],
            "avoid": "bob"})
        self.assertEqual(
            self.pointers(answer, 400, "invalid-field"),
            {"/external_id", "/display_name", "/time_zone", "/email", "/years",
             "/roles/0", "/stack/0/level", "/colour", "/languages/0/language",
             "/languages/1/language", "/avoid"})

    def test_unknown_field(self):
        answer = self.new(colour="blue")
        self.assertEqual(self.pointers(answer, 400, "unknown-field"), {"/colour"})

    def test_bodies_that_are_no_json(self):
        head = {"Content-Type": "application/json"}
        for body in (b"", b"{", b"[]", b"null", b"{'a':1}", b'{"a":1,"a":2}',
                     b'{"a":NaN}', b'{"a":"\xff"}', b'{"a":"\\u0000"}', b'{"a":1}x',
                     b'{"a":9007199254740993}', b'\xef\xbb\xbf{}',
                     b'{"a":' + b"[" * 40 + b"]" * 40 + b"}"):
            with self.subTest(body=body):
                self.admin.request("POST", "/v1/members", body, headers=head | {
                    "Idempotency-Key": uuid.uuid4().hex}).problem(400, "malformed-json")

    def test_media_type(self):
        for kind in ("text/plain", "application/merge-patch+json", None):
            answer = self.admin.request("POST", "/v1/members", b"{}", headers={
                "Content-Type": kind or "application/x-www-form-urlencoded",
                "Idempotency-Key": uuid.uuid4().hex})
            self.assertEqual(self.pointers(answer, 415, "unsupported-media-type"),
                             {"Content-Type"})
        made = self.new().expect(201)
        self.admin.patch(f"/v1/members/{made['id']}", {}, headers={
            "Content-Type": "application/json"}).problem(415, "unsupported-media-type")

    def test_too_large(self):
        self.new(display_name="x" * 300000).problem(413, "too-large")

    def test_lists(self):
        for _ in range(5):
            self.new().expect(201)
        page = self.admin.get("/v1/members?limit=2")
        self.assertEqual(len(page.json["items"]), 2)
        self.assertIn(page.json["next"], page.headers["Link"])
        ids = [m["id"] for m in self.admin.pages("/v1/members?limit=2")]
        self.assertEqual(len(ids), len(set(ids)))
        self.assertEqual(ids, sorted(ids))
        self.assertEqual(set(ids),
                         {m["id"] for m in self.admin.pages("/v1/members?limit=200")})
        other = page.json["next"] + "&q=x"
        self.admin.get(other).problem(400, "cursor-mismatch")
        self.admin.get("/v1/members?cursor=AAAA").problem(400, "cursor-mismatch")
        for bad in ("limit=0", "limit=x", "updated_after=yesterday"):
            self.assertEqual(
                self.pointers(self.admin.get("/v1/members?" + bad), 400, "invalid-field"),
                {bad.split("=")[0]})
        for bad in ("colour=blue", "limit=2&limit=3"):
            self.assertEqual(
                self.pointers(self.admin.get("/v1/members?" + bad), 400, "unknown-field"),
                {bad.split("=")[0]})

    # ---- idempotency ----

    def test_replay(self):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        body = member("replay")
        first = self.admin.post("/v1/members", body, headers=key)
        again = self.admin.post("/v1/members", body, headers={
            "Idempotency-Key": f'"{key["Idempotency-Key"]}"'})
        self.assertEqual((again.status, again.body, again.etag, again.headers["Location"]),
                         (201, first.body, first.etag, first.headers["Location"]))
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")
        self.assertIsNone(first.headers["Idempotency-Replayed"])
        self.admin.post("/v1/members", member("other"), headers=key).problem(
            422, "idempotency-key-reused")
        self.admin.post("/v1/members", body, headers={"Idempotency-Key": None}).problem(
            400, "idempotency-key-missing")
        self.admin.post("/v1/members", body, headers={"Idempotency-Key": "short"}).problem(
            400, "invalid-field")

    def test_a_failure_keeps_no_key(self):
        key = {"Idempotency-Key": uuid.uuid4().hex}
        self.admin.post("/v1/members", member("again", colour=1), headers=key).problem(
            400, "unknown-field")
        self.admin.post("/v1/members", member("again"), headers=key).expect(201)

    # ---- hours ----

    def test_hours(self):
        made = self.new().expect(201)
        path = f"/v1/members/{made['id']}/availability"
        hours = {"windows": [{"weekday": "Sat", "from": "22:00", "to": "24:00"},
                             {"weekday": "Mon", "from": "19:00", "to": "20:00"},
                             {"weekday": "Mon", "from": "18:00", "to": "19:30"}],
                 "exceptions": [{"from": "2026-12-24", "to": "2026-12-31"}]}
        doc = self.admin.put(path, hours).expect(200)
        self.assertEqual(doc["windows"], [
            {"weekday": "Mon", "from": "18:00", "to": "20:00"},
            {"weekday": "Sat", "from": "22:00", "to": "24:00"}])
        self.assertEqual(doc["exceptions"], hours["exceptions"])
        self.assertEqual(self.admin.get(path).json, doc)
        self.assertEqual((doc["preferred"], doc["volunteer"]), ([], 0))
        liked = {**hours, "volunteer": 2, "preferred": [
            {"weekday": "Mon", "from": "19:00", "to": "20:00"},
            {"weekday": "Mon", "from": "18:30", "to": "19:15"}]}
        doc = self.admin.put(path, liked).expect(200)
        self.assertEqual((doc["preferred"], doc["volunteer"]),
                         ([{"weekday": "Mon", "from": "18:30", "to": "20:00"}], 2))
        again = self.admin.put(path, liked).expect(200)
        self.assertEqual(again["row_version"], doc["row_version"])
        bad = self.admin.put(path, {**liked, "preferred": [
            {"weekday": "Mon", "from": "19:00", "to": "20:15"},
            {"weekday": "Sat", "from": "22:00", "to": "24:00"}]})
        self.assertEqual(self.pointers(bad, 422, "validation-failed"), {"/preferred/0"})
        bad = self.admin.put(path, {
            "windows": [{"weekday": "Mon", "from": "18:00", "to": "17:00"}],
            "exceptions": [{"from": "2026-12-31", "to": "2026-12-24"}]})
        self.assertEqual(self.pointers(bad, 422, "validation-failed"),
                         {"/windows/0/to", "/exceptions/0/to"})
        bad = self.admin.put(path, {"windows": [{"weekday": "Mo", "from": "25:00"}]})
        self.assertEqual(self.pointers(bad, 400, "invalid-field"),
                         {"/windows/0/weekday", "/windows/0/from", "/windows/0/to"})
        self.assertEqual(self.admin.get(path).json, doc)

    # ---- files ----

    def program(self, name="Onboarding"):
        return self.admin.post("/v1/programs", {"name": name}).expect(201)["id"]

    def imported(self, text, program=None, **query):
        if program:
            query["program_id"] = program
        return self.admin.post("/v1/imports?" + "&".join(
            f"{k}={v}" for k, v in query.items()), text, headers=CSV)

    def test_twenty_faults_are_twenty_messages(self):
        with open("samples/broken.csv", encoding="utf-8") as f:
            text = f.read()
        before = [m["id"] for m in self.admin.pages("/v1/members?limit=200")]
        problem = self.imported(text, self.program()).problem(422, "validation-failed")
        places = [(e["row"], e["column"]) for e in problem["errors"]]
        self.assertEqual(len(places), 20)
        self.assertEqual(len(set(places)), 20)
        self.assertTrue(all(e["detail"] for e in problem["errors"]))
        self.assertEqual([m["id"] for m in self.admin.pages("/v1/members?limit=200")],
                         before)

    def test_import_is_all_or_nothing(self):
        program = self.program()
        text = (HEADER + "im-1,One,newcomer,en:B2,Europe/Paris,Mon 18:00-20:00,\r\n"
                "im-2,Two,mentor,en:B2,Europe/Nowhere,Mon 18:00-17:00,many\r\n")
        problem = self.imported(text, program).problem(422, "validation-failed")
        self.assertEqual({(e["row"], e["column"]) for e in problem["errors"]},
                         {(3, "time_zone"), (3, "availability"), (3, "capacity")})
        self.assertFalse(list(self.admin.pages("/v1/members?q=im-1")))
        good = text.replace("Nowhere", "Oslo").replace("17:00", "19:00").replace(
            "many", "3")
        doc = self.imported(good, program, validate_only="true").expect(200)
        self.assertEqual((doc["rows"], doc["created"], doc["validate_only"]),
                         (2, 2, True))
        self.assertFalse(list(self.admin.pages("/v1/members?q=im-1")))
        doc = self.imported(good, program).expect(200)
        self.assertEqual((doc["created"], doc["updated"], doc["enrolled"]), (2, 0, 2))
        doc = self.imported(good, program).expect(200)
        self.assertEqual((doc["created"], doc["updated"]), (0, 2))
        places = {e["external_id"]: (e["role"], e["capacity"]) for e in
                  self.admin.pages(f"/v1/programs/{program}/enrollments")}
        self.assertEqual(places, {"im-1": ("newcomer", 0), "im-2": ("mentor", 3)})
        self.imported(good, str(uuid.uuid4())).problem(404, "not-found")
        self.imported("", program).problem(422, "validation-failed")

    def test_export_reads_back(self):
        program = self.program("Round trip")
        text = (HEADER + 'rt-1,"=1+1, ""x""",both,de:native;en:B1,Asia/Kathmandu,'
                "Sat 09:30-12:00;Sun 22:00-24:00,2\r\n")
        first, rest = text.split("\r\n", 1)
        text = f"{first},preferred_hours,volunteer\r\n{rest[:-2]},Sat 10:00-11:00,3\r\n"
        self.imported(text, program).expect(200)
        out = self.admin.get(f"/v1/members:export?program_id={program}")
        self.assertTrue(out.headers["Content-Type"].startswith("text/csv"))
        self.assertIn(b"\"'=1+1", out.body)
        self.imported(out.body, program).expect(200)
        self.assertEqual(
            self.admin.get(f"/v1/members:export?program_id={program}").body, out.body)
        doc = next(iter(self.admin.pages("/v1/members?q=rt-1")))
        self.assertEqual(doc["display_name"], '=1+1, "x"')
        hours = self.admin.get(f"/v1/members/{doc['id']}/availability").expect(200)
        self.assertEqual((hours["preferred"], hours["volunteer"]),
                         ([{"weekday": "Sat", "from": "10:00", "to": "11:00"}], 3))

    def test_a_real_file(self):
        path = os.path.join(SHARED, "data", "community", "small.csv")
        if not os.path.exists(path):
            self.skipTest("no shared data")
        with open(path, "rb") as f:
            text = f.read()
        program = self.program("Small")
        doc = self.imported(text, program).expect(200)
        self.assertEqual(doc["rows"], text.count(b"\n") - 1)
        self.assertEqual(doc["created"], doc["rows"])
        out = self.admin.get(f"/v1/members:export?program_id={program}").body
        self.assertEqual(self.imported(out, program).expect(200)["updated"], doc["rows"])

    # ---- programs ----

    def test_programs_and_policies(self):
        program = self.program("Policies")
        path = f"/v1/programs/{program}"
        first = self.admin.get(path + "/policy")
        self.assertEqual(first.json["version"], 1)
        document = first.json["document"]
        document["points"]["role"] = 33
        second = self.admin.put(path + "/policy", document, etag=first.etag).expect(200)
        self.assertEqual((second["version"], second["document"]["points"]["role"]),
                         (2, 33))
        self.admin.put(path + "/policy", document, etag=first.etag).problem(
            412, "stale-version")
        self.assertEqual(self.admin.get(path + "/policies/1").json, first.json)
        self.admin.get(path + "/policies/9").problem(404, "not-found")
        self.admin.get(path + "/policies/x").problem(404, "not-found")
        bad = self.admin.put(path + "/policy", {"points": {"role": -1, "hat": 2}})
        self.assertEqual(self.pointers(bad, 400, "invalid-field"),
                         {"/points/role", "/points/hat"})
        doc = self.admin.patch(path, {"name": "Policies 2"}).expect(200)
        self.assertEqual((doc["name"], doc["policy_version"]), ("Policies 2", 2))

    def test_enrollments(self):
        program, ident = self.program("Places"), self.new().expect(201)["id"]
        path = f"/v1/programs/{program}/enrollments/{ident}/mentor"
        doc = self.admin.put(path, {"capacity": 2, "paused_until": "2027-01-01"})
        self.assertEqual(doc.expect(200)["capacity"], 2)
        self.assertEqual(doc.json["paused_until"], "2027-01-01")
        self.admin.put(path, {"capacity": 3}, etag='"99"').problem(412, "stale-version")
        self.admin.put(path, {"capacity": -1}).problem(400, "invalid-field")
        self.admin.delete(path, etag=doc.etag).expect(204)
        self.assertEqual(self.admin.get(path).json["state"], "left")
        self.admin.get(path.replace("mentor", "wizard")).problem(404, "not-found")

    # ---- mentor requests ----

    def test_queue(self):
        program = self.program("Queue")
        people = []
        for _ in range(3):
            ident = self.new().expect(201)["id"]
            self.admin.put(f"/v1/programs/{program}/enrollments/{ident}/newcomer", {})
            people.append(self.service.client(role="newcomer", member_id=ident))
        asked = [p.post("/v1/mentor-requests", {"program_id": program, "note": "hi\n"})
                 for p in people]
        self.assertEqual([a.expect(201)["queue_position"] for a in asked], [1, 2, 3])
        people[0].post("/v1/mentor-requests", {"program_id": program}).problem(
            409, "conflict")
        path = asked[0].headers["Location"] + ":withdraw"
        gone = people[0].act(path, {"reason": "found one"}, etag=asked[0].etag)
        doc = gone.expect(200)
        self.assertEqual((doc["state"], doc["queue_position"]), ("withdrawn", None))
        self.assertEqual([h["state"] for h in doc["history"]], ["open", "withdrawn"])
        # The row of the second did not change, its document did.
        second = asked[1].headers["Location"]
        moved = people[1].get(second, headers={"If-None-Match": asked[1].etag})
        self.assertEqual(moved.expect(200)["queue_position"], 1)
        self.assertEqual(moved.etag, people[1].unchanged(second))
        people[1].act(second + ":withdraw", etag=asked[1].etag).expect(200)
        people[0].act(path, etag=gone.etag).problem(409, "wrong-state")

    # ---- audit ----

    def test_audit(self):
        made = self.new().expect(201)
        self.admin.patch(f"/v1/members/{made['id']}", {"years": 7}).expect(200)
        events = list(self.admin.pages(f"/v1/audit-events?subject_id={made['id']}"))
        self.assertEqual([e["action"] for e in events],
                         ["member.create", "member.update"])
        self.assertIn("years", events[1]["after"]["fields"])
        self.assertEqual(events[1]["before"]["digest"], events[0]["after"]["digest"])
        self.assertEqual(events[1]["actor_id"], self.admin.token_id)


if __name__ == "__main__":
    unittest.main()
