"""The second wall: what the database lets the service's own roles see and do."""
import os
import sys
import unittest
import uuid

import psycopg2

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "lib"))
import cairn  # noqa: E402

# Owner's eyes on purpose: names shared by a community (see 0008_row_security.sql).
CARDS = {"member_card", "intake_card", "matching_round_card", "event_card",
         "enrollment_card", "mentor_request_card"}


class Walls(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.sql = cls.service.cluster.execute

    def member(self, community=None):
        ident = str(cairn.uuid7())
        self.sql("INSERT INTO member (community_id, id, external_id, display_name,"
                 " time_zone, email) VALUES (%s, %s, %s, 'M', 'UTC', %s)",
                 (community or self.service.community_id, ident, uuid.uuid4().hex,
                  f"{ident}@example.org"))
        return ident

    def as_role(self, role, statements, principal=None):
        """Rows of the last statement, run as the role and, with one, the principal
        (community, member, token, role); nothing is kept."""
        connection = psycopg2.connect(
            self.service.cluster.conninfo,
            options=f"-c search_path=cairn -c role={role}")
        try:
            with connection.cursor() as cursor:
                if principal:
                    names = ("community", "member", "token", "role", "scopes")
                    for name, value in zip(names, (*principal, "*")[:5]):
                        cursor.execute("SELECT set_config(%s, %s, true)",
                                       ("cairn." + name, value or ""))
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else cursor.rowcount
        finally:
            connection.close()

    def refused(self, role, *statements):
        with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
            self.as_role(role, statements)

    def test_every_table_is_walled(self):
        tables = self.sql(
            "SELECT relname, relrowsecurity, relforcerowsecurity,"
            " (SELECT count(*) FROM pg_policy WHERE polrelid = c.oid),"
            " has_table_privilege('cairn_api', c.oid, 'TRUNCATE, REFERENCES, TRIGGER')"
            " FROM pg_class c WHERE relnamespace = 'cairn'::regnamespace"
            " AND relkind IN ('r', 'p') AND relname <> 'schema_migration'")
        self.assertGreater(len(tables), 20)
        for name, security, force, policies, more in tables:
            with self.subTest(table=name):
                self.assertTrue(security and force and policies >= 3 and not more)

    def test_every_view_looks_with_the_eyes_of_who_asks(self):
        views = self.sql(
            "SELECT relname, coalesce('security_invoker=true' = ANY (reloptions), false),"
            " coalesce('security_barrier=true' = ANY (reloptions), false)"
            " FROM pg_class WHERE relnamespace = 'cairn'::regnamespace AND relkind = 'v'")
        self.assertEqual({v for v, invoker, _ in views if not invoker}, CARDS)
        self.assertEqual({v for v, _, barrier in views if barrier}, CARDS)

    def test_definer_functions_cannot_be_led_astray(self):
        """Bound when they were made, or with a fixed path; and not for everybody."""
        for name, safe, public in self.sql(
                "SELECT proname, prosqlbody IS NOT NULL OR EXISTS (SELECT FROM"
                " unnest(proconfig) AS c WHERE c LIKE 'search_path=%%'),"
                " has_function_privilege('public', oid, 'EXECUTE')"
                " FROM pg_proc WHERE pronamespace = 'cairn'::regnamespace"
                " AND prosecdef"):
            with self.subTest(function=name):
                self.assertTrue(safe)
                self.assertFalse(public)

    def test_the_roles_can_do_no_harm(self):
        for role in ("cairn_api", "cairn_worker"):
            with self.subTest(role=role):
                self.assertEqual(self.sql(
                    "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole,"
                    " rolcanlogin FROM pg_roles WHERE rolname = %s", (role,)),
                    [(False,) * 5])
                self.refused(role, "CREATE TABLE cairn.t (i int)")
                self.refused(role, "DROP TABLE member")
                self.refused(role, "ALTER TABLE member DISABLE ROW LEVEL SECURITY")
                self.refused(role, "COPY member TO PROGRAM 'true'")
                self.refused(role, "SELECT pg_read_file('/etc/passwd')")
                self.refused(role, "UPDATE audit_event SET action = 'x'")
                self.refused(role, "DELETE FROM audit_event")
                self.refused(role, "DELETE FROM member")
                self.refused(role, "UPDATE schema_migration SET name = 'x'")

    def test_without_a_principal_there_is_nothing(self):
        self.member()
        for table in ("member", "community", "member_card", "member_doc", "token"):
            self.assertEqual(self.as_role("cairn_api", [f"SELECT * FROM {table}"]), [])

    def test_rows_follow_the_principal(self):
        here, other = self.service.community_id, self.service.community("elsewhere")
        me, you, far = self.member(), self.member(), self.member(other)
        ids = "SELECT id::text FROM member ORDER BY id"

        def see(statement, *principal):
            return {row[0] for row in self.as_role("cairn_api", [statement], principal)}
        self.assertEqual(see(ids, here, me, None, "newcomer"), {me})
        self.assertEqual(see(ids, here, me, None, "mentor"), {me})
        self.assertLessEqual({me, you}, see(ids, here, None, None, "coordinator"))
        self.assertNotIn(far, see(ids, here, None, None, "admin"))
        self.assertEqual(see(ids, other, None, None, "admin"), {far})
        # A name is known to the whole community, an address is not.
        cards = "SELECT id::text FROM member_card"
        self.assertLessEqual({me, you}, see(cards, here, me, None, "newcomer"))
        self.assertNotIn(far, see(cards, here, me, None, "newcomer"))
        for table, row in (("member", you), ("member", far)):
            self.assertEqual(self.as_role("cairn_api", [
                f"UPDATE {table} SET display_name = 'x' WHERE id = '{row}'"],
                (here, me, None, "newcomer")), 0)
        self.assertEqual(self.as_role("cairn_api", [
            f"UPDATE member SET display_name = 'x' WHERE id = '{me}'"],
            (here, me, None, "newcomer")), 1)

    def test_policies_leave_the_primary_key_its_use(self):
        """What a policy asks of the principal is asked once a query, not once a row."""
        here, me = self.service.community_id, self.member()
        self.sql("INSERT INTO member (community_id, id, external_id, display_name, time_zone)"
                 " SELECT %s, gen_random_uuid(), 'many-' || n, 'M', 'UTC'"
                 " FROM generate_series(1, 3000) n", (here,))
        self.sql("ANALYZE member")
        for role, member in (("newcomer", me), ("coordinator", None)):
            plan = "\n".join(row[0] for row in self.as_role("cairn_api", [
                "EXPLAIN (COSTS off) SELECT doc FROM member_doc WHERE community_id ="
                f" '{here}' AND id = '{me}'"], (here, member, None, role)))
            with self.subTest(role):
                self.assertRegex(plan, r"Index Scan using member_pkey on member m\b")
                self.assertRegex(plan, rf"Index Cond: \(\(community_id = '{here}'::uuid\)"
                                       rf" AND \(id = '{me}'::uuid\)\)")
                self.assertIn("InitPlan", plan)
                self.assertNotIn("acting_", plan.split("Filter:")[-1].split("\n")[0])

    def test_every_table_asks_for_a_scope(self):
        """Before it is changed; but what every change writes, whatever it is of."""
        found = self.sql(
            "SELECT c.relname FROM pg_class c, (VALUES ('INSERT', 'a'), ('UPDATE', 'w'),"
            " ('DELETE', 'd')) AS way (name, letter)"
            " WHERE relnamespace = 'cairn'::regnamespace AND relkind IN ('r', 'p')"
            " AND has_any_column_privilege('cairn_api', c.oid, CASE name WHEN 'DELETE'"
            "  THEN 'INSERT' ELSE name END)"
            " AND (name <> 'DELETE' OR has_table_privilege('cairn_api', c.oid, 'DELETE'))"
            " AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = c.oid"
            "  AND NOT polpermissive AND polcmd = letter::\"char\")")
        self.assertEqual({name for name, in found},
                         {"idempotency", "audit_event", "audit_head"})

    def test_changes_follow_the_scopes(self):
        here, me = self.service.community_id, self.member()
        rename = f"UPDATE member SET display_name = 'x' WHERE id = '{me}'"
        admin = (here, None, str(uuid.uuid4()), "admin")
        for scopes in ("members:write", "audit:read members:write", "*"):
            self.assertEqual(self.as_role("cairn_api", [rename], (*admin, scopes)), 1)
        for scopes in ("members:read", "programs:write calendar:write", ""):
            with self.subTest(scopes):
                with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                    self.as_role("cairn_api", [rename], (*admin, scopes))
                # To lock a row is no change, and a step for all is none of all scopes.
                self.assertEqual(self.as_role("cairn_api", [
                    f"SELECT 1 FROM member WHERE id = '{me}' FOR UPDATE"],
                    (*admin, scopes)), [(1,)])
                with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
                    self.as_role("cairn_api", [f"SELECT act_on('member', '{me}')", rename],
                                 (here, me, None, "mentor", scopes))
        self.service.client(role="admin").post("/v1/members", {
            "external_id": uuid.uuid4().hex, "display_name": "M", "time_zone": "UTC"})
        for table, scope in (("audit_head_doc", "audit:read"), ("audit_event", "audit:read"),
                             ("token", "tokens:read")):
            look = f"SELECT 1 FROM {table} LIMIT 1"
            self.assertEqual(self.as_role("cairn_api", [look], (*admin, scope)), [(1,)])
            self.assertEqual(self.as_role("cairn_api", [look], (*admin, "members:read")), [])

    def test_a_step_is_judged_before_it_acts_for_all(self):
        here, me, you = self.service.community_id, self.member(), self.member()
        act = "SELECT act_on('member', '{}')"
        with self.assertRaises(psycopg2.errors.InsufficientPrivilege):
            self.as_role("cairn_api", [act.format(you)], (here, me, None, "mentor"))
        self.assertEqual(len(self.as_role("cairn_api", [
            act.format(me), f"SELECT id FROM member WHERE id = '{you}'"],
            (here, me, None, "mentor"))), 1)

    def test_a_read_writes_nothing(self):
        """Ten thousand GETs would assign no transaction id; five hundred neither."""
        client = self.service.client(role="admin")
        mine = self.member()
        client.get(f"/v1/members/{mine}").expect(200)
        self.assertTrue(cairn.eventually(
            lambda: client.get("/v1/tokens/self").json["last_used_at"]))
        xid = "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint"
        before = self.sql(xid)[0][0]
        for _ in range(250):
            client.get(f"/v1/members/{mine}").expect(200)
            client.get("/v1/tokens/self").expect(200)
        self.assertEqual(self.sql(xid)[0][0], before)
        client.patch(f"/v1/members/{mine}", {"display_name": "N"}).expect(200)
        self.assertGreater(self.sql(xid)[0][0], before)  # the count does see a write


if __name__ == "__main__":
    unittest.main()
