"""The audit's chain: whole under concurrent writers, and what each kind of fraud shows.

The hashes are computed here once more from what the API gives, in the form that
openapi.yaml describes.
"""
import concurrent.futures
import hashlib
import json
import subprocess
import unittest

import psycopg2.errors

from tests.lib import cairn

WRITERS, EACH = 32, 6
ZERO = bytes(32)


def canonical(value):
    """JSON as PostgreSQL's jsonb writes it."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda k: (len(k.encode()), k.encode()))
        return "{" + ", ".join(f"{json.dumps(k, ensure_ascii=False)}: "
                               f"{canonical(value[k])}" for k in keys) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(canonical, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def link(prev, community, event):
    says = canonical([community] + [event[name] for name in (
        "seq", "at", "actor_id", "actor_role", "action", "subject_kind", "subject_id",
        "before", "after")])
    return hashlib.sha256(prev + says.encode()).digest()


class Ledger(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client("admin")

    def verify(self, *args):
        """(exit status, output) of cairn audit verify."""
        done = subprocess.run(
            [cairn.program(), "audit", "verify", *args,
             "--database", self.service.cluster.conninfo],
            capture_output=True, text=True, timeout=120)
        return done.returncode, done.stdout + done.stderr

    def head(self, client=None):
        got = (client or self.admin).get("/v1/audit-head").expect(200)
        return f"{got['seq']}:{got['hash']}"

    def forge(self, *statements):
        """As somebody with all rights; gives the chain's column values back later."""
        connection = self.service.cluster.connect()
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute("ALTER TABLE audit_event DISABLE TRIGGER USER")
                for statement in statements:
                    cursor.execute(statement)
                cursor.execute("ALTER TABLE audit_event ENABLE TRIGGER USER")
        finally:
            connection.close()

    def assert_whole(self, client, community):
        """No gap, every hash right, the head the last one; gives the events."""
        events, prev = list(client.pages("/v1/audit-events?limit=200")), ZERO
        for number, event in enumerate(events, 1):
            self.assertEqual(event["seq"], number)
            prev = link(prev, community, event)
            self.assertEqual(event["hash"], prev.hex(), event)
        self.assertEqual(self.head(client), f"{len(events)}:{prev.hex()}")
        return events

    def test_concurrent_writers(self):
        """32 writers, each with changes that succeed and one that does not."""
        def write(number):
            for i in range(EACH):
                made = self.admin.post("/v1/programs", {
                    "name": f"Zoë \"{number}\" \\ {i} 😀"}).expect(201)
                self.admin.patch(f"/v1/programs/{made['id']}", {"description": "é"},
                                 etag='"1"').expect(200)
                self.admin.patch(f"/v1/programs/{made['id']}", {"description": "f"},
                                 etag='"1"').problem(412, "stale-version")

        before = len(list(self.admin.pages("/v1/audit-events")))
        with concurrent.futures.ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(write, range(WRITERS)))
        events = self.assert_whole(self.admin, self.service.community_id)
        self.assertEqual(len(events) - before, WRITERS * EACH * 2)
        status, says = self.verify("--head", self.head())
        self.assertEqual((status, self.head() in says), (0, True), says)

    def test_no_values_of_people(self):
        """What a member was called is not in the audit, before or after the erasure."""
        canary = "Canary-3f9d"
        made = self.admin.post("/v1/members", {
            "external_id": canary, "display_name": canary, "time_zone": "Europe/Berlin",
            "email": f"{canary}@example.org", "organization": canary}).expect(201)
        path = f"/v1/members/{made['id']}"
        self.admin.patch(path, {"display_name": canary + "-2"}).expect(200)
        self.admin.delete(path).expect(204)
        found = self.service.cluster.execute(
            "SELECT count(*), count(*) FILTER (WHERE e::text LIKE %s)"
            " FROM audit_event e WHERE subject_id = %s", (f"%{canary}%", made["id"]))[0]
        self.assertEqual(found, (3, 0))

    def test_the_service_cannot(self):
        """The roles that requests and jobs run as may add, and nothing else."""
        for role in ("cairn_api", "cairn_worker"):
            for statement in (
                    "UPDATE audit_event SET action = 'x'", "DELETE FROM audit_event",
                    "TRUNCATE audit_event", "DELETE FROM audit_head",
                    "INSERT INTO audit_head VALUES (gen_random_uuid())",
                    "ALTER TABLE audit_event DISABLE TRIGGER USER",
                    "DELETE FROM outbox_message", "UPDATE system_state SET mode = 'normal'"):
                with self.subTest(role=role, statement=statement):
                    connection = self.service.cluster.connect()
                    try:
                        with connection.cursor() as cursor:
                            cursor.execute(f"SET ROLE {role}")
                            with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                                cursor.execute(statement)
                    finally:
                        connection.close()

    def test_frauds(self):
        """A community of its own, whose audit is then forged in three ways."""
        community = self.service.community("forged")
        staff = self.service.client("admin", community_id=community)
        for name in ("one", "two", "three"):
            staff.post("/v1/programs", {"name": name}).expect(201)
        self.assert_whole(staff, community)
        head, where = self.head(staff), f"WHERE community_id = '{community}'"
        self.assertEqual(self.verify("--head", head)[0], 0)

        self.forge(f"UPDATE audit_event SET action = 'program.paint' {where} AND seq = 2")
        status, says = self.verify()
        self.assertEqual(status, 1)
        self.assertIn("forged: event 2 is not what was written", says)

        # Control: whoever rewrites the whole chain is not seen without a head.
        self.forge(f"""DO $$ DECLARE e cairn.audit_event;
            h bytea := decode(repeat('00', 32), 'hex'); BEGIN
            FOR e IN SELECT * FROM cairn.audit_event {where} ORDER BY seq LOOP
                h := cairn.audit_hash(h, e.community_id, e.seq, e.at, e.actor_id,
                    e.actor_role, e.action, e.subject_kind, e.subject_id, e.before,
                    e.after);
                UPDATE cairn.audit_event SET hash = h {where} AND seq = e.seq;
            END LOOP;
            UPDATE cairn.audit_head SET hash = h {where}; END $$""")
        self.assertEqual(self.verify()[0], 0)
        status, says = self.verify("--head", head)
        self.assertEqual(status, 1)
        self.assertIn(f"head {head} is in no chain", says)

        self.forge(f"DELETE FROM audit_event {where} AND seq = 3")
        status, says = self.verify()
        self.assertEqual(status, 1)
        self.assertIn("forged: the events end at 2, and the head speaks of 3", says)
        self.forge(f"DELETE FROM audit_event {where} AND seq = 1")
        self.assertIn("forged: event 1 is missing", self.verify()[1])


if __name__ == "__main__":
    unittest.main()
