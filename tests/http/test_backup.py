"""A backup made while people write is one moment of the database; restored, it is
digest for digest that moment, its audit is whole, and nothing is sent from it.
"""
import os
import subprocess
import threading
import unittest
import uuid

import psycopg2
import psycopg2.extensions

from tests.lib import cairn

TABLES = ("member", "program", "enrollment", "mentor_request", "invitation",
          "outbox_message", "idempotency", "audit_event", "audit_head")


class Backup(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.cluster = cls.service.cluster
        cls.admin = cls.service.client("admin")
        cls.file = os.path.join(cls.cluster.dir, "cairn.dump")
        cls.sent = cls.one_invitation()

    @classmethod
    def one_invitation(cls):
        """Office hours make messages; one of them counts as sent."""
        program = cls.admin.post("/v1/programs", {"name": "Hours"}).expect(201)["id"]
        name = uuid.uuid4().hex
        member = cls.admin.post("/v1/members", {
            "external_id": name, "display_name": name, "email": f"{name}@example.org",
            "time_zone": "Europe/Berlin"}).expect(201)["id"]
        cls.admin.put(f"/v1/programs/{program}/enrollments/{member}/mentor", {}).expect(200)
        mentor = cls.service.client("mentor", member)
        for hour in (9, 11):
            mentor.post("/v1/office-hours", {
                "program_id": program, "title": "Ask", "weekday": "Mon",
                "local_time": f"{hour:02}:00", "minutes": 60, "seats": 2,
                "first_date": "2031-01-06", "last_date": "2031-01-13"}).expect(201)
        return cls.cluster.execute(
            "UPDATE outbox_message SET state = 'sent' WHERE id = (SELECT id FROM"
            " outbox_message ORDER BY id LIMIT 1) RETURNING id")[0][0]

    def database(self, name):
        """A new database in the cluster; its connection string."""
        connection = self.cluster.connect()
        connection.autocommit = True
        connection.cursor().execute(f"CREATE DATABASE {name}")
        connection.close()
        return psycopg2.extensions.make_dsn(self.cluster.conninfo, dbname=name)

    @staticmethod
    def cairn(*args, database, status=0):
        done = subprocess.run([cairn.program(), *args, "--database", database],
                              capture_output=True, text=True, timeout=300)
        if done.returncode != status:
            raise AssertionError(f"{args}: {done.stdout}{done.stderr}")
        return done.stdout + done.stderr

    @staticmethod
    def query(conninfo, sql):
        connection = psycopg2.connect(conninfo, options="-c search_path=cairn")
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            connection.close()

    def digests(self, conninfo, moment=""):
        return {table: self.query(
            conninfo, f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text))"
                      f" FROM {table} t {moment}")[0] for table in TABLES}

    def write(self, stop, made):
        writer = self.service.client("admin")
        while not stop.is_set():
            made.append(writer.post("/v1/programs", {"name": "Load"}).expect(201)["id"])

    def test_backup_and_restore(self):
        stop, made = threading.Event(), []
        writers = [threading.Thread(target=self.write, args=(stop, made)) for _ in range(4)]
        for writer in writers:
            writer.start()
        try:
            before = len(made)
            heads = self.cairn("backup", self.file, database=self.cluster.conninfo)
            during = len(made)
        finally:
            stop.set()
            for writer in writers:
                writer.join()
        head = heads.split("head ")[1].split()[0]
        copy = self.database("restored")
        self.assertIn("outbox resume", self.cairn("restore", self.file, database=copy))
        self.cairn("migrate", "--check", database=copy)

        # One moment: its audit ends at the head that was printed, and has an event for
        # every program that it holds.
        says = self.cairn("audit", "verify", "--head", head, database=copy)
        self.assertIn(f"head {head}", says)
        self.assertEqual(self.query(
            copy, "SELECT count(*) FROM program p FULL JOIN audit_event a ON a.subject_id"
                  " = p.id WHERE a.action = 'program.create' AND p.id IS NULL OR p.name ="
                  " 'Load' AND a.seq IS NULL"), [(0,)])
        loaded = self.query(copy, "SELECT count(*) FROM program WHERE name = 'Load'")[0][0]
        self.assertTrue(before <= loaded <= during + len(writers), (before, loaded, during))
        # The original still knows that head, and later ones.
        self.cairn("audit", "verify", "--head", head, database=self.cluster.conninfo)

        # Silent, with what was sent kept; the control shows that there was something.
        self.assertIn("mode quarantine", self.cairn("outbox", database=copy))
        self.assertEqual(self.query(copy, "SELECT count(*) FROM outbox_due"), [(0,)])
        self.assertEqual(self.query(
            copy, "SELECT id::text FROM outbox_message WHERE state = 'sent'"), [(self.sent,)])
        self.assertIn("mode normal", self.cairn("outbox", "resume", database=copy))
        due = self.query(copy, "SELECT count(*) FROM outbox_due")[0][0]
        self.assertGreater(due, 0)
        self.assertEqual(self.query(copy, "SELECT count(*) FROM outbox_message"
                                          " WHERE state = 'pending'"), [(due,)])

    def test_a_copy_made_by_hand(self):
        """Digest for digest the same; pg_dump alone brings `normal` along, and the copy
        is silent all the same, for it is another database."""
        copy = self.database("by_hand")
        file = self.file + ".hand"
        for args in (["pg_dump", "--format=custom", "--file", file, self.cluster.conninfo],
                     ["pg_restore", "--dbname", copy, file]):
            subprocess.run(args, check=True, timeout=300)
        self.assertEqual(self.query(copy, "SELECT mode FROM system_state"), [("normal",)])
        self.assertIn("mode quarantine", self.cairn("outbox", database=copy))
        self.assertEqual(self.digests(copy), self.digests(self.cluster.conninfo))

    def test_not_over_another(self):
        backup = self.file + ".twice"
        self.cairn("backup", backup, database=self.cluster.conninfo)
        says = self.cairn("restore", backup, database=self.cluster.conninfo, status=2)
        self.assertIn("restore into a new one", says)
        copy = self.database("empty")
        self.cairn("restore", "/no/such/file", database=copy, status=3)
        self.cairn("restore", backup, database=copy)
        self.assertEqual(self.digests(copy), self.digests(self.cluster.conninfo))


if __name__ == "__main__":
    unittest.main()
