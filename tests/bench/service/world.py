"""The world of the service bench: a private cluster with the seed, the request files and
the statements that the peers run, read out of Cairn's own sources."""
import glob
import hashlib
import json
import os
import re
import secrets
import uuid

from psycopg2.extras import execute_values

from tests.lib import cairn

HERE = os.path.dirname(os.path.abspath(__file__))
MEMBERS, PROGRAMS, TOKENS, FEEDS = 10_000, 10, 64, 8
ROUTE = "/v1/mentor-requests"
PEER_STATEMENTS = ("token_find", "member_get", "idempotency_begin", "idempotency_find",
                   "request_enrolled", "request_create", "request_get",
                   "idempotency_store", "audit_add")


def ident(kind, n):
    return f"0192{kind:04}-0000-7000-8000-{n:012}"


def statements():
    """The SQL of Cairn's statements by name."""
    found = {}
    for path in glob.glob(os.path.join(cairn.ROOT, "db", "*.c")):
        with open(path, encoding="utf-8") as file:
            text = file.read()
        for name, literals in re.findall(
                r'struct db_stmt \w+ =\s*\{\s*"(\w+)",\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\}', text):
            found[name] = "".join(json.loads(part) for part in
                                  re.findall(r'"(?:[^"\\]|\\.)*"', literals))
    return {name: found[name] for name in PEER_STATEMENTS}


class World:
    def __init__(self, folder):
        self.folder = folder
        self.cluster = cairn.Cluster()
        self.community = str(cairn.uuid7())
        self.tokens, self.feeds = [], []
        try:
            self._seed()
        except BaseException:
            self.cluster.close()
            raise

    def _seed(self):
        connection = self.cluster.connect()
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO community (community_id, name, slug, calendar_domain)"
                " VALUES (%s, 'Bench', 'bench', 'bench.example.org')", (self.community,))
            with open(os.path.join(HERE, "seed.sql"), encoding="utf-8") as file:
                cursor.execute(file.read(), {"community": self.community})
            self.tokens = [cairn.new_token() for _ in range(TOKENS)]
            execute_values(
                cursor, "INSERT INTO token (community_id, id, name, role, secret_hash)"
                " VALUES %s", [(self.community, t.ident, "bench", "coordinator", t.hash)
                               for t in self.tokens])
            self.feeds = [secrets.token_hex(32) for _ in range(FEEDS)]
            execute_values(
                cursor, "INSERT INTO feed (community_id, id, member_id, secret_hash) VALUES %s",
                [(self.community, str(uuid.uuid4()), ident(1, i + 1), hashlib.sha256(f.encode()).digest())
                 for i, f in enumerate(self.feeds)])
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("CHECKPOINT")
        connection.close()

    def fresh(self):
        """Before a run that writes: no requests, keys or rows left over."""
        connection = self.cluster.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("TRUNCATE mentor_request, mentor_request_event, proposal, pairing,"
                           " idempotency")
            cursor.execute("VACUUM audit_head")
            cursor.execute("CHECKPOINT")
        connection.close()

    # ---- what is asked ----

    def _file(self, name, requests):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            for request in requests:
                file.write(b"%d\n%s" % (len(request), request))
        return path

    def _head(self, line, i, more=""):
        return (f"{line} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n"
                f"Authorization: Bearer {self.tokens[i % TOKENS].text}\r\n{more}\r\n")

    def gets(self):
        """Each member once, in a mixed order."""
        return self._file("get", (
            self._head(f"GET /v1/members/{ident(1, i * 7919 % MEMBERS)}", i).encode()
            for i in range(MEMBERS)))

    def posts(self):
        """Each member in each program once, with a key of its own each time."""
        def one(i):
            body = json.dumps({"program_id": ident(2, i % PROGRAMS),
                               "member_id": ident(1, i // PROGRAMS), "note": "please"})
            return (self._head(f"POST {ROUTE}", i, "Content-Type: application/json\r\n"
                               f"Content-Length: {len(body)}\r\n"
                               "Idempotency-Key: bench-################\r\n") + body).encode()
        return self._file("post", map(one, range(MEMBERS * PROGRAMS)))

    def feed_gets(self, name, etags):
        def one(feed, etag):
            known = f"If-None-Match: {etag}\r\n" if etag else ""
            return (f"GET /feeds/{feed}.ics HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                    f"{known}\r\n").encode()
        return self._file(name, map(one, self.feeds, etags))

    # ---- pgbench: the same statements, with its own variables ----

    def _script(self, name, lines):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
        return path

    @staticmethod
    def _fill(sql, values):
        """The statement with its parameters in place."""
        return re.sub(r"\$(\d+)", lambda m: values[int(m[1]) - 1], sql) + ";"

    def get_script(self):
        """BEGIN, token, member, COMMIT: four round trips. One token: more than one script
        would be planned over and over, where services plan a statement once."""
        sql = statements()
        made = "('01920001-0000-7000-8000-' || lpad(:i::text, 12, '0'))::uuid"
        return self._script("get.sql", [
            f"\\set i random(0, {MEMBERS - 1})",
            "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;",
            self._fill(sql["token_find"], [f"'\\x{self.tokens[0].hash.hex()}'::bytea"]),
            self._fill(sql["member_get"], [f"'{self.community}'::uuid", made]),
            "COMMIT;"])

    def post_script(self, each):
        """Client c asks for the pairs from c * each on, in order: nine round trips, as in
        the peer."""
        sql, token = statements(), self.tokens[0]
        here, me = f"'{self.community}'::uuid", f"'{token.ident}'::uuid"
        made = {name: f"('0192{kind}-0000-7000-8000-' || lpad(:{name}::text, 12, '0'))::uuid"
                for name, kind in (("p", "0002"), ("m", "0001"), ("q", "0007"))}
        key = [here, me, "'POST'", f"'{ROUTE}'", "('bench-pgbench-' || :q::text)"]
        return self._script("post.sql", [
            f"\\set q :client_id * {each} + :k",
            "\\set k :k + 1",
            f"\\set p :q % {PROGRAMS}",
            f"\\set m :q / {PROGRAMS}",
            "BEGIN ISOLATION LEVEL READ COMMITTED;",
            self._fill(sql["token_find"], [f"'\\x{token.hash.hex()}'::bytea"]),
            self._fill(sql["idempotency_begin"], key + ["sha256(:q::text::bytea)"]),
            self._fill(sql["request_enrolled"], [here, made["p"], made["m"]]),
            self._fill(sql["request_create"],
                       [here, made["q"], made["p"], made["m"], "'please'", me]),
            self._fill(sql["request_get"], [here, made["q"]]),
            self._fill(sql["idempotency_store"], key + [
                "201", "'{\"ETag\": \"\\\"1\\\"\", \"Location\": \"somewhere\"}'",
                f"'{'x' * 700}'"]),
            self._fill(sql["audit_add"], [
                here, me, "'coordinator'", "'mentor_request.create'",
                "'mentor_request'", made["q"], "NULL", "'{\"state\":\"open\"}'", "false"]),
            "COMMIT;"])
