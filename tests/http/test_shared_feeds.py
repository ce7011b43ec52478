"""Feeds of a cohort and of a program, feeds that end, and the page behind an address."""
import datetime
import re
import subprocess
import unittest
import urllib.parse

import icalendar
import psycopg2

from tests.lib import access_world, cairn


def path_of(url):
    return urllib.parse.urlsplit(url).path


class SharedFeeds(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker", community="here")
        cls.addClassCleanup(cls.service.close)
        cls.world = access_world.World(cls.service)
        cls.addClassCleanup(cls.world.close)
        cls.here = cls.world.here
        cls.anybody = cls.service.client()

    def setUp(self):
        self.addCleanup(self.world.reset)
        self.admin = self.service.client(role="admin")

    def member(self, name):
        ident = self.here.member[name]
        return self.service.client(role=name.split("-")[0].replace("guide", "mentor"),
                                   member_id=ident)

    def cohort(self, guide, state="published"):
        """The id of a cohort by its guide."""
        ((ident,),) = self.world.rows(
            "SELECT id FROM cohort WHERE guide_id = %s AND state = %s",
            self.here.member[guide], state)
        return ident

    def make(self, client, member, **body):
        return client.post(f"/v1/members/{self.here.member[member]}/feeds", body)

    def uids(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        calendar = icalendar.Calendar.from_ical(answer.body)
        for event in calendar.walk("VEVENT"):
            self.assertFalse({"ATTENDEE", "ORGANIZER"} & set(event))
        self.assertEqual(calendar["NAME"], calendar["X-WR-CALNAME"])
        self.assertTrue({"REFRESH-INTERVAL", "X-PUBLISHED-TTL"} <= set(calendar))
        return {str(event["UID"]) for event in calendar.walk("VEVENT")}

    def events(self, sql, *values):
        return {uid for uid, in self.world.rows(
            "SELECT uid FROM event WHERE id IN (" + sql + ")", *values)}

    def test_a_cohort_for_its_guide(self):
        guide, cohort = self.member("guide-1"), self.cohort("guide-1")
        made = self.make(guide, "guide-1", cohort_id=cohort).expect(201)
        self.assertEqual((made["feed"]["cohort_id"], made["feed"]["expires_at"]),
                         (cohort, None))
        path = path_of(made["url"])
        read = self.anybody.get(path)
        self.assertEqual(self.uids(read), self.events(
            "SELECT event_id FROM session WHERE cohort_id = %s", cohort))
        self.assertIn(b"\r\nX-WR-CALNAME:published (published)\r\n", read.body)
        self.assertEqual(self.anybody.get(path).body, read.body)
        self.assertEqual(self.anybody.get(path, headers={"If-None-Match": read.etag}).status,
                         304)
        # Another guide: what was theirs by that right is not any more.
        self.world.execute("UPDATE cohort SET guide_id = %s WHERE id = %s",
                           self.here.member["guide-2"], cohort)
        self.anybody.get(path).problem(404, "not-found")
        self.anybody.get(path_of(made["page_url"])).problem(404, "not-found")

    def test_a_cohort_by_the_staff(self):
        cohort = self.cohort("guide-1")
        made = self.make(self.admin, "mentor-2a", cohort_id=cohort).expect(201)
        path = path_of(made["url"])
        self.assertTrue(self.uids(self.anybody.get(path)))
        self.world.execute("UPDATE cohort SET guide_id = %s WHERE id = %s",
                           self.here.member["guide-2"], cohort)
        self.assertTrue(self.uids(self.anybody.get(path)))
        self.assertIsNotNone(made["feed"]["expires_at"])
        # Whose it is may end it, and nobody else.
        of = f"/v1/members/{self.here.member['mentor-2a']}/feeds/{made['feed']['id']}"
        self.member("guide-1").delete(of).problem(404, "not-found")
        self.member("mentor-2a").delete(of).expect(204)
        self.anybody.get(path).problem(404, "not-found")

    def test_not_everybodys_cohort(self):
        cohort = self.cohort("guide-1")
        self.make(self.member("newcomer-1a"), "newcomer-1a", cohort_id=cohort).problem(
            403, "forbidden")
        for client, name, ident in (
                (self.member("newcomer-2a"), "newcomer-2a", cohort),
                (self.member("guide-1"), "guide-1", str(cairn.uuid7())),
                (self.member("guide-1"), "guide-1", self.cohort("guide-1", "proposed")),
                (self.admin, "guide-1", self.cohort("guide-1", "proposed"))):
            fault = self.make(client, name, cohort_id=ident).problem(422, "validation-failed")
            self.assertEqual([e["pointer"] for e in fault["errors"]], ["/cohort_id"])

    def test_a_program(self):
        one, two = self.here.program
        made = self.make(self.admin, "guide-1", program_id=one).expect(201)
        sessions = ("SELECT event_id FROM session s JOIN cohort c ON c.id = s.cohort_id"
                    " JOIN intake i ON i.id = c.intake_id"
                    " WHERE c.state = 'published' AND i.program_id = %s")
        hours = "SELECT event_id FROM office_hours WHERE program_id = %s"
        shown = self.uids(self.anybody.get(path_of(made["url"])))
        self.assertEqual(shown, self.events(f"{sessions} UNION {hours}", one, one))
        self.assertGreater(len(shown), 3)
        self.assertFalse(shown & self.events(f"{sessions} UNION {hours}", two, two))
        end = datetime.datetime.fromisoformat(made["feed"]["expires_at"])
        left = end - datetime.datetime.now(datetime.timezone.utc)
        self.assertTrue(364 <= left.days <= 365)

    def test_not_everybodys_program(self):
        self.make(self.member("guide-1"), "guide-1",
                  program_id=self.here.program[0]).problem(403, "forbidden")
        for ident in (str(cairn.uuid7()), self.world.there.program[0]):
            fault = self.make(self.admin, "guide-1", program_id=ident).problem(
                422, "validation-failed")
            self.assertEqual([e["pointer"] for e in fault["errors"]], ["/program_id"])
        self.make(self.admin, "guide-1", program_id=self.here.program[0],
                  cohort_id=self.cohort("guide-1")).problem(422, "validation-failed")

    def test_the_end(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        for days in (-1, 366):
            self.make(self.member("guide-1"), "guide-1", expires_at=(
                now + datetime.timedelta(days=days)).isoformat(timespec="seconds")).problem(
                422, "validation-failed")
        soon = (now + datetime.timedelta(days=1)).isoformat(timespec="seconds")
        made = self.make(self.member("guide-1"), "guide-1", expires_at=soon).expect(201)
        path, page = path_of(made["url"]), path_of(made["page_url"])
        self.assertEqual(self.anybody.get(path).status, 200)
        self.assertEqual(self.anybody.get(page).status, 200)
        self.world.execute("UPDATE feed SET expires_at = now() WHERE id = %s",
                           made["feed"]["id"])
        self.anybody.get(path).problem(404, "not-found")
        self.anybody.get(page).problem(404, "not-found")

    def test_a_new_address(self):
        made = self.make(self.admin, "guide-1", program_id=self.here.program[0]).expect(201)
        of = f"/v1/members/{self.here.member['guide-1']}/feeds/{made['feed']['id']}"
        new = self.admin.post(of + ":rotate").expect(200)
        self.assertEqual(new["feed"]["expires_at"], made["feed"]["expires_at"])
        self.assertEqual(new["feed"]["program_id"], self.here.program[0])
        self.anybody.get(path_of(made["page_url"])).problem(404, "not-found")
        self.assertTrue(self.uids(self.anybody.get(path_of(new["url"]))))

    def test_the_page(self):
        """In the member's language, with nothing of it taken for markup; the picture says
        the same as the link."""
        self.world.execute("UPDATE community SET name = 'A & <b>B</b>' WHERE slug = 'here'")
        self.world.execute(
            "UPDATE member SET languages = '[{\"language\":\"es\",\"level\":\"C2\"}]'"
            " WHERE id = %s", self.here.member["guide-1"])
        made = self.make(self.member("guide-1"), "guide-1").expect(201)
        self.assertTrue(made["webcal_url"].startswith("webcal://"))
        path = path_of(made["page_url"])
        answer = self.anybody.get(path)
        page = answer.body.decode()
        self.assertIn('<html lang="es" dir="ltr">', page)
        self.assertIn("<h1><bdi>A &amp; &lt;b&gt;B&lt;/b&gt;</bdi></h1>", page)
        self.assertIn(f'<a href="{made["webcal_url"]}">', page)
        self.assertIn(f'<input readonly dir="ltr" size="40" value="{made["url"]}"', page)
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer")
        self.assertFalse(re.findall(r"<(?:script|link|img|iframe)|\ssrc=|url\(|\sstyle", page))
        self.assertEqual(self.anybody.unchanged(path), answer.etag)
        picture = subprocess.run(
            ["rsvg-convert", "--zoom", "2"], input=re.search("<svg.*</svg>", page).group(0).encode(),
            capture_output=True, check=True).stdout
        read = subprocess.run(["zbarimg", "-q", "--raw", "-"], input=picture,
                              capture_output=True, check=True).stdout
        self.assertEqual(read.decode().strip(), made["webcal_url"])

    def test_the_second_wall(self):
        """Were the checks in front missing, the database would refuse."""
        cohort, other = self.cohort("guide-1"), self.cohort("guide-2")
        me = self.here.member["guide-1"]

        def insert(role="newcomer", **values):
            connection = psycopg2.connect(
                self.service.cluster.conninfo, options="-c search_path=cairn -c role=cairn_api")
            self.addCleanup(connection.close)
            row = {"community_id": self.here.id, "id": str(cairn.uuid7()), "member_id": me,
                   "secret_hash": b"x" * 32, **values}
            with connection.cursor() as cursor:
                for name, value in (("community", self.here.id), ("member", me), ("role", role),
                                    ("scopes", "*")):
                    cursor.execute("SELECT set_config(%s, %s, true)", ("cairn." + name, value))
                cursor.execute(f"INSERT INTO feed ({', '.join(row)}) VALUES"
                               f" ({', '.join(['%s'] * len(row))})", list(row.values()))
                cursor.execute("UPDATE feed SET cohort_id = %s WHERE id = %s",
                               (cohort, row["id"]))

        refused = psycopg2.errors.InsufficientPrivilege
        for values in ({"cohort_id": other}, {"cohort_id": cohort, "by_staff": True},
                       {"program_id": self.here.program[0], "by_staff": True}):
            with self.subTest(values), self.assertRaisesRegex(refused, "row-level security"):
                insert(**values)
        for role, values in (("newcomer", {"cohort_id": cohort}),
                             ("coordinator", {"cohort_id": other, "by_staff": True})):
            # It is let in; what it is of may not be changed.
            with self.subTest(role), self.assertRaisesRegex(refused, "permission denied"):
                insert(role, **values)


if __name__ == "__main__":
    unittest.main()
