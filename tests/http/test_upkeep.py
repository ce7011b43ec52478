"""What a worker does now and then: old keys and trials are forgotten, counts are counted
again."""
import json
import re
import time
import unittest

from tests.lib import cairn, contract

PATIENCE_S = 60
OLD = 2500  # more than two batches


class Upkeep(unittest.TestCase):
    def test_upkeep(self):
        with cairn.Service() as service:
            admin = service.client("admin")
            program = admin.post("/v1/programs", {"name": "Hours"}).expect(201)["id"]
            member = admin.post("/v1/members", {
                "external_id": "m", "display_name": "M", "email": "m@example.org",
                "time_zone": "Europe/Berlin"}).expect(201)["id"]
            admin.put(f"/v1/programs/{program}/enrollments/{member}/mentor",
                      {"capacity": 3}).expect(200)
            service.client("mentor", member).post("/v1/office-hours", {
                "program_id": program, "title": "Ask", "weekday": "Mon",
                "local_time": "09:00", "minutes": 60, "seats": 2,
                "first_date": "2031-01-06", "last_date": "2031-01-06"}).expect(201)
            known = self.keys(service)
            service.stop()
            query = service.cluster.execute
            for n, hours in ((OLD, self.hours() + 1), (1, self.hours() - 1)):
                query("INSERT INTO idempotency (community_id, principal, method, route, key,"
                      " fingerprint, created_at) SELECT %s, gen_random_uuid(), 'POST', '/x',"
                      " %s || n, '', now() - make_interval(hours => %s)"
                      " FROM generate_series(1, %s) n",
                      (service.community_id, f"{hours}-", hours, n))
            known += 1
            trials = self.trials(query, service.community_id, program)
            query("UPDATE enrollment SET used = 2")
            query("UPDATE member SET mentor_used = 3")
            query("UPDATE office_hours_slot SET used = 1")
            service.start()
            end = time.monotonic() + PATIENCE_S
            while not (said := self.said(service)) and time.monotonic() < end:
                time.sleep(0.05)
            self.assertEqual([(s["keys_forgotten"], s["trials_forgotten"],
                               s["counts_corrected"]) for s in said], [(OLD, 1, 3)])
            self.assertEqual(query("SELECT id FROM trial"), [(trials[1],)])
            self.assertEqual(query("SELECT subject_id FROM job"), [(trials[1],)])
            self.assertEqual(self.keys(service), known)
            self.assertEqual(query("SELECT sum(used) FROM enrollment"), [(0,)])
            self.assertEqual(query("SELECT sum(mentor_used) FROM member"), [(0,)])
            self.assertEqual(query("SELECT sum(used) FROM office_hours_slot"), [(0,)])

    @staticmethod
    def hours():
        """How long an answer is kept, as the contract promises it."""
        said = contract.document()["info"]["description"]
        return int(re.search(r"at\s+least (\d+) hours", said)[1])

    @staticmethod
    def trials(query, community, program):
        """One that ended long ago and one that ended lately, each with its job."""
        ids = [str(cairn.uuid7()) for _ in range(2)]
        query("INSERT INTO matching_round (community_id, id, program_id, policy_version, state)"
              " VALUES (%s, %s, %s, 1, 'failed')", (community, ids[0], program))
        for ident, days in zip(ids, (31, 29)):
            query("INSERT INTO trial (community_id, id, program_id, kind, policy_version,"
                  " matching_round_id, question, state, created_at)"
                  " SELECT %s, %s, %s, 'explanation', 1, r.id, '{}', 'failed',"
                  " now() - make_interval(days => %s) FROM matching_round r",
                  (community, ident, program, days))
            query("INSERT INTO job (community_id, id, kind, subject_id, state)"
                  " VALUES (%s, %s, 'trial', %s, 'failed')", (community, ident, ident))
        return ids

    @staticmethod
    def keys(service):
        return service.cluster.execute("SELECT count(*) FROM idempotency")[0][0]

    @staticmethod
    def said(service):
        """What the upkeep of the second start logged."""
        lines = [json.loads(line) for line in service.log().splitlines() if "upkeep" in line]
        return [line for line in lines if line.get("keys_forgotten")]


if __name__ == "__main__":
    unittest.main()
