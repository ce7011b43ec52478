"""All that is kept about a person, in one document: nothing of theirs is missing, nothing
of others is in it, and it is for themselves and for staff."""
import unittest

from tests.lib import access_world, cairn, contract

# Lists of the document by kind of thing; of tokens the world has none of a member's.
KINDS = {"mentor_request": "mentor_requests", "proposal": "proposals", "pairing": "pairings",
         "meeting": "meetings", "cohort": "cohorts", "session": "sessions",
         "journey": "journeys", "office_hours": "office_hours", "booking": "bookings",
         "invitation": "invitations", "delivery": "deliveries", "answer": "answers",
         "feed": "feeds", "app_password": "app_passwords", "identity": "identities"}
# Where what names a member is found.
TABLES = {"app_password": "app_passwords", "attendance": "deliveries", "availability": "availability",
          "availability_exception": "availability", "booking": "bookings",
          "busy_calendar": "busy_times", "busy_subscription": "busy_subscription",
          "cohort": "cohorts", "cohort_member": "cohorts", "discomfort": "discomfort",
          "enrollment": "enrollments", "feed": "feeds", "identity": "identities",
          "invitation": "invitations", "journey": "journeys", "journey_step": "journeys",
          "mentor_request": "mentor_requests", "office_hours": "office_hours",
          "pairing": "pairings", "proposal": "proposals", "token": "tokens",
          "commitment": "sessions"}  # and meetings, and slots


class PersonalData(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker", community="here")
        cls.addClassCleanup(cls.service.close)
        cls.world = access_world.World(cls.service)
        cls.addClassCleanup(cls.world.close)
        cls.here = cls.world.here

    def client(self, role, member=None, **more):
        return self.service.client(role=role, member_id=member, community_id=self.here.id, **more)

    def belongs(self, thing, member):
        """Of what the host and an admin stand near to, it is the row that says whose it is."""
        if thing.kind in ("identity", "booking"):
            return thing.id in self.rows_of(thing.kind, member)
        return member in thing.own or thing.kind in ("session", "proposal") and \
            member in thing.related

    def rows_of(self, table, member):
        """Ids of the rows that name the member."""
        return {ident for ident, in self.service.cluster.execute(
            f"SELECT id::text FROM {table} WHERE member_id = %s", (member,))}

    def test_whole_and_only_theirs(self):
        staff, compared = self.client("coordinator"), 0
        for name, member in self.here.member.items():
            path = f"/v1/members/{member}/personal-data"
            found = staff.get(path).expect(200)
            for kind, part in KINDS.items():
                things = [t for t in self.world.things
                          if t.kind == kind and t.community == self.here.id]
                expected = {t.id for t in things if self.belongs(t, member)}
                with self.subTest(f"{part} of {name}"):
                    self.assertEqual({x["id"] for x in found[part]}, expected)
                compared += len(expected)
            self.assertEqual(found["member"]["id"], member)
            self.assertEqual({e["member_id"] for e in found["enrollments"]} - {member}, set())
            (rows,), = self.service.cluster.execute(
                "SELECT count(*) FROM enrollment WHERE member_id = %s", (member,))
            self.assertEqual(len(found["enrollments"]), rows)
            if name == "gone":
                continue
            own = self.client("newcomer", member)
            mine = own.get(path).expect(200)
            self.assertEqual({t["member_id"] for t in mine["tokens"]}, {member})
            self.assertEqual(mine | {"tokens": []}, found | {"tokens": []})
        self.assertGreater(compared, 60)

    def test_a_copy_is_known(self):
        """Of one whose tokens nobody uses: when they were used last is in it."""
        ident = str(cairn.uuid7())
        self.service.cluster.execute(
            "INSERT INTO member (community_id, id, external_id, display_name, time_zone)"
            " VALUES (%s, %s, 'new', 'New', 'UTC')", (self.here.id, ident))
        self.client("coordinator").unchanged(f"/v1/members/{ident}/personal-data")
        self.service.cluster.execute("DELETE FROM member WHERE id = %s", (ident,))

    def test_every_table_that_names_a_member(self):
        found = {table for table, in self.service.cluster.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid = 'member'::regclass")}
        self.assertEqual(found, set(TABLES))
        parts = contract.document()["components"]["schemas"]["PersonalData"]["required"]
        self.assertEqual(set(TABLES.values()) - set(parts), set())

    def test_for_nobody_else(self):
        path = f"/v1/members/{self.here.member['newcomer-1a']}/personal-data"
        for who in (self.client("newcomer", self.here.member["newcomer-1b"]),
                    self.client("mentor", self.here.member["mentor-1a"]),
                    self.service.client(role="admin", community_id=self.world.there.id)):
            who.get(path).problem(404, "not-found")
        others = [s for s in cairn.SCOPES if s != "personal-data:read"]
        self.client("admin", scopes=others).get(path).problem(403, "forbidden")
        one = self.client("coordinator", scopes=["personal-data:read"]).get(path).expect(200)
        every = self.client("admin").get(path).expect(200)
        self.assertEqual(one, every, "the scope is enough for all of it")


if __name__ == "__main__":
    unittest.main()
