"""A small community for the tests of rounds, proposals and pairings.

Members, hours, enrollments and requests are written as rows, so that these tests stand
on their own; everything after that goes over HTTP.
"""
import json

from tests.lib import cairn


class World:
    def __init__(self, service, policy=None, community_id=None):
        self.service = service
        self.community_id = community_id or service.community_id
        self.program_id = str(cairn.uuid7())
        self.rows("INSERT INTO program (community_id, id, name) VALUES (%s, %s, 'Onboarding')",
                  self.community_id, self.program_id)
        self.policy_version = 0
        self.put_policy(policy or {})
        self.staff = service.client("coordinator", community_id=self.community_id)

    def rows(self, sql, *values):
        return self.service.cluster.execute(sql, values)

    def put_policy(self, document):
        self.policy_version += 1
        self.rows("INSERT INTO policy (community_id, program_id, version, document)"
                  " VALUES (%s, %s, %s, %s)", self.community_id, self.program_id,
                  self.policy_version, json.dumps(document))

    def person(self, name, role, language="en", capacity=2, hours=((0, 1080, 1320),)):
        """A member with an enrollment; gives the id."""
        ident = str(cairn.uuid7())
        self.rows("INSERT INTO member (community_id, id, external_id, display_name, time_zone,"
                  " roles, wants, stack, languages) VALUES (%s, %s, %s, %s, 'Europe/Berlin',"
                  " '{backend}', '{go}', %s, %s)",
                  self.community_id, ident, name, name.title(),
                  json.dumps([{"term": "go", "level": 3}]),
                  json.dumps([{"language": language, "level": "C2"}]))
        for window in hours:
            self.rows("INSERT INTO availability VALUES (%s, %s, %s, %s, %s)",
                      self.community_id, ident, *window)
        self.enroll(ident, role, capacity)
        return ident

    def enroll(self, ident, role, capacity=2):
        self.rows("INSERT INTO enrollment (community_id, program_id, member_id, role, capacity)"
                  " VALUES (%s, %s, %s, %s, %s)", self.community_id, self.program_id, ident,
                  role, capacity if role == "mentor" else 0)

    def newcomer(self, name, **more):
        """A newcomer with an open request."""
        ident = self.person(name, "newcomer", **more)
        self.ask(ident)
        return ident

    def mentor(self, name, **more):
        return self.person(name, "mentor", **more)

    def ask(self, ident):
        self.rows("INSERT INTO mentor_request (community_id, id, program_id, member_id)"
                  " VALUES (%s, %s, %s, %s)", self.community_id, str(cairn.uuid7()),
                  self.program_id, ident)

    def request_of(self, ident):
        """State and history of the member's last request."""
        [(state, history)] = self.rows(
            "SELECT r.state, (SELECT array_agg(h.state ORDER BY h.seq) FROM mentor_request_event h"
            " WHERE h.community_id = r.community_id AND h.mentor_request_id = r.id)"
            " FROM mentor_request r WHERE r.community_id = %s AND r.member_id = %s"
            " ORDER BY r.created_at DESC LIMIT 1", self.community_id, ident)
        return state, history

    def used(self, mentor):
        [(used, capacity)] = self.rows(
            "SELECT used, capacity FROM enrollment WHERE community_id = %s AND program_id = %s"
            " AND member_id = %s AND role = 'mentor'", self.community_id, self.program_id, mentor)
        return used, capacity

    def start(self, body=None, **more):
        return self.staff.post(f"/v1/programs/{self.program_id}/matching-rounds", body, **more)

    def round(self, body=None, state="solved"):
        """A round that has ended: its document."""
        document = self.start(body, headers={"Prefer": "wait=20"}).expect(200, 202)
        while document["state"] in ("queued", "running"):
            document = self.staff.get(f"/v1/matching-rounds/{document['id']}",
                                      headers={"Prefer": "wait=20"}).expect(200)
        if document["state"] != state:
            raise AssertionError(document)
        return document

    def proposals(self, round_document, query=""):
        return self.staff.get(f"/v1/matching-rounds/{round_document['id']}/proposals{query}"
                              ).expect(200)["items"]

    def act(self, proposal, verb, body=None, client=None, etag="*"):
        return (client or self.staff).act(f"/v1/proposals/{proposal['id']}:{verb}", body, etag=etag)

    def member(self, ident, role):
        return self.service.client(role, member_id=ident, community_id=self.community_id)
