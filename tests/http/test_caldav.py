"""CalDAV, to read: discovery, properties, reports, sync tokens, app passwords, refusals."""
import datetime
import http.client
import unittest
import urllib.parse
import uuid
import xml.etree.ElementTree as ElementTree

import icalendar

from tests.lib import access_world, cairn

NS = {"D": "DAV:", "C": "urn:ietf:params:xml:ns:caldav", "S": "http://calendarserver.org/ns/"}
OPEN = ('xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"'
        ' xmlns:S="http://calendarserver.org/ns/"')
PROPS = "<prop><getetag/><C:calendar-data/></prop>"


def propfind(*names):
    return f"<propfind {OPEN}><prop>{''.join(f'<{n}/>' for n in names)}</prop></propfind>"


def query(inner, props=PROPS):
    return (f'<C:calendar-query {OPEN}>{props}<C:filter><C:comp-filter name="VCALENDAR">'
            f"{inner}</C:comp-filter></C:filter></C:calendar-query>")


def events(inner=""):
    return query(f'<C:comp-filter name="VEVENT">{inner}</C:comp-filter>')


def sync(token="", more="", props=PROPS):
    return (f"<sync-collection {OPEN}><sync-token>{token}</sync-token>"
            f"<sync-level>1</sync-level>{more}{props}</sync-collection>")


class Multistatus:
    """found: href -> {property -> its element}; lacks: href -> names; gone: hrefs."""

    def __init__(self, answer):
        if answer.status != 207:
            raise AssertionError(f"{answer.status}: {answer.body[:500]}")
        self.root = ElementTree.fromstring(answer.body)
        self.found, self.lacks, self.gone = {}, {}, set()
        for response in self.root.findall("D:response", NS):
            href = response.findtext("D:href", namespaces=NS)
            self.found[href], self.lacks[href] = {}, set()
            for stat in response.findall("D:propstat", NS):
                good = " 200 " in stat.findtext("D:status", namespaces=NS)
                for element in stat.find("D:prop", NS):
                    if good:
                        self.found[href][element.tag] = element
                    else:
                        self.lacks[href].add(element.tag)
            if response.find("D:status", NS) is not None:
                self.gone.add(href)
        self.token = self.root.findtext("D:sync-token", namespaces=NS)

    def text(self, href, name):
        prefix, name = name.split(":")
        return self.found[href][f"{{{NS[prefix]}}}{name}"].text

    def tags(self, href, name):
        prefix, name = name.split(":")
        return {e.tag for e in self.found[href][f"{{{NS[prefix]}}}{name}"].iter()}

    def link(self, href, name):
        prefix, name = name.split(":")
        return self.found[href][f"{{{NS[prefix]}}}{name}"].findtext("D:href", namespaces=NS)


class CalDav(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service("--no-worker", community="here")
        cls.addClassCleanup(cls.service.close)
        cls.world = access_world.World(cls.service)
        cls.addClassCleanup(cls.world.close)
        cls.me = cls.world.here.member["newcomer-1a"]
        cls.home = f"/dav/{cls.me}/"
        cls.calendar = cls.home + "sessions/"

    def setUp(self):
        self.addCleanup(self.world.reset)
        self.app = self.service.app(self.me)

    def ask(self, method, path, body=None, client=None, **headers):
        headers = {k.replace("_", "-"): v for k, v in headers.items()}
        if body is not None:
            headers.setdefault("Content-Type", "application/xml; charset=utf-8")
        return (client or self.app).request(method, path, body, headers)

    def look(self, path, *names, depth="0"):
        return Multistatus(self.ask("PROPFIND", path, propfind(*names), Depth=depth))

    def report(self, body):
        return Multistatus(self.ask("REPORT", self.calendar, body, Depth="1"))

    def refused(self, answer, name):
        self.assertEqual(answer.status, 403, answer.body)
        root = ElementTree.fromstring(answer.body)
        self.assertEqual(root.tag, "{DAV:}error")
        self.assertEqual([e.tag.split("}")[1] for e in root], [name])

    def own(self):
        """Event ids of the member's calendar."""
        return {str(t.id) for t in self.world.things
                if t.kind == "calendar_event" and self.me in t.own}

    # ---- finding it ----

    def test_discovery(self):
        """As a client goes that knows the host, a user and a password."""
        for method in ("GET", "PROPFIND"):
            found = self.raw(method, "/.well-known/caldav")
            self.assertEqual((found.status, found.headers["Location"]), (301, "/dav/"))
        for path, methods in (("/dav/", set()), (self.home, set()), (self.calendar, {"REPORT"}),
                              (self.calendar + f"{uuid.uuid4()}.ics", {"GET", "HEAD"})):
            answer = self.service.client().request("OPTIONS", path)
            self.assertEqual(answer.status, 200)
            self.assertIn("calendar-access", answer.headers["DAV"])
            self.assertEqual(set(answer.headers["Allow"].split(", ")),
                             {"OPTIONS", "PROPFIND"} | methods)
        root = self.look("/dav/", "current-user-principal", "resourcetype")
        self.assertEqual(root.link("/dav/", "D:current-user-principal"), self.home)
        home = self.look(self.home, "C:calendar-home-set", "principal-URL", "displayname",
                         "C:calendar-user-address-set")
        self.assertEqual(home.link(self.home, "C:calendar-home-set"), self.home)
        self.assertEqual(home.text(self.home, "D:displayname"), "here-newcomer-1a")
        below = self.look(self.home, "resourcetype", "displayname", "current-user-privilege-set",
                          "supported-report-set", "C:supported-calendar-component-set",
                          depth="1")
        self.assertEqual(set(below.found), {self.home, self.calendar})
        self.assertIn("{urn:ietf:params:xml:ns:caldav}calendar",
                      below.tags(self.calendar, "D:resourcetype"))
        self.assertEqual(below.text(self.calendar, "D:displayname"), "Here")
        rights = below.tags(self.calendar, "D:current-user-privilege-set")
        self.assertIn("{DAV:}read", rights)
        self.assertFalse({t for t in rights if "write" in t or "all" in t})

    def raw(self, method, path):
        """Without following where it leads."""
        connection = http.client.HTTPConnection(urllib.parse.urlsplit(self.service.base).netloc)
        try:
            connection.request(method, path)
            reply = connection.getresponse()
            return cairn.Answer(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def test_what_there_is(self):
        all_of_it = Multistatus(self.ask("PROPFIND", self.calendar, Depth="1"))
        hrefs = {self.calendar} | {f"{self.calendar}{i}.ics" for i in self.own()}
        self.assertEqual(set(all_of_it.found), hrefs)
        self.assertGreater(len(hrefs), 2)
        href = max(hrefs, key=len)
        self.assertEqual({t.split("}")[1] for t in all_of_it.found[href]}, {
            "resourcetype", "getetag", "getcontenttype", "getcontentlength", "getlastmodified"})
        asked = f'<propfind {OPEN}><allprop/></propfind>'
        self.assertEqual(self.ask("PROPFIND", self.calendar, asked, Depth="1").body,
                         self.ask("PROPFIND", self.calendar, Depth="1").body)
        names = Multistatus(self.ask("PROPFIND", self.calendar,
                                     f"<propfind {OPEN}><propname/></propfind>", Depth="0"))
        self.assertIn("{DAV:}sync-token", names.found[self.calendar])
        self.assertIsNone(names.text(self.calendar, "D:sync-token"))
        other = self.look(self.calendar, "getetag", "S:getctag", 'x xmlns="a&quot;&lt;b"',
                          'y xmlns=""')
        self.assertEqual(other.lacks[self.calendar], {"{DAV:}getetag", '{a"<b}x', "y"})
        self.assertEqual(other.text(self.calendar, "S:getctag"),
                         self.look(self.calendar, "sync-token").text(
                             self.calendar, "D:sync-token"))

    def test_an_event(self):
        """The same octets by GET and by report; what the feed shows, without people."""
        found = self.report(events())
        self.assertEqual(set(found.found), {f"{self.calendar}{i}.ics" for i in self.own()})
        feed = self.service.client(role="newcomer", member_id=self.me).post(
            f"/v1/members/{self.me}/feeds").expect(201)["url"]
        shown = icalendar.Calendar.from_ical(
            self.service.client().get("/feeds/" + feed.rsplit("/", 1)[1]).body)
        in_feed = {str(e["UID"]): e.to_ical() for e in shown.walk("VEVENT")}
        for href in found.found:
            answer = self.app.get(href)
            self.assertEqual(answer.headers["Content-Type"], "text/calendar; charset=utf-8")
            self.assertEqual(found.text(href, "C:calendar-data"), answer.body.decode())
            self.assertEqual(found.text(href, "D:getetag"), answer.etag)
            self.assertEqual(self.app.unchanged(href), answer.etag)
            self.assertIn(b"\r\n", answer.body)
            (event,) = icalendar.Calendar.from_ical(answer.body).walk("VEVENT")
            self.assertEqual(in_feed.pop(str(event["UID"])), event.to_ical())
            self.assertFalse({"ATTENDEE", "ORGANIZER"} & set(event))
            self.assertNotIn(b"METHOD", answer.body)
            one = self.look(href, "getcontentlength", "getcontenttype", "getlastmodified")
            self.assertEqual(int(one.text(href, "D:getcontentlength")), len(answer.body))
            datetime.datetime.strptime(one.text(href, "D:getlastmodified"),
                                       "%a, %d %b %Y %H:%M:%S GMT")
        self.assertEqual(in_feed, {})

    # ---- reports ----

    def test_query_by_time(self):
        """Sessions of the world are on 2030-03-04: 10:00 to 10:45, 17:00 to 18:00 UTC."""
        def at(**bounds):
            inside = " ".join(f'{k}="{v}"' for k, v in bounds.items())
            found = self.report(events(f"<C:time-range {inside}/>"))
            return sorted(icalendar.Calendar.from_ical(found.text(h, "C:calendar-data")).walk(
                "VEVENT")[0]["DTSTART"].dt.hour for h in found.found)
        both = at(start="20300304T000000Z", end="20300305T000000Z")
        self.assertEqual(both, at(start="20300304T000000Z"))
        self.assertEqual(both, at(end="20300305T000000Z"))
        self.assertEqual({10, 17}, set(both))
        self.assertEqual(set(at(start="20300304T104459Z", end="20300304T104500Z")), {10})
        self.assertEqual(at(start="20300304T104500Z", end="20300304T170000Z"), [])
        self.assertEqual(at(end="20300304T100000Z"), [])

    def test_query_by_kind(self):
        self.assertTrue(self.report(query("")).found)
        self.assertFalse(self.report(query('<C:comp-filter name="VTODO"/>')).found)
        self.assertTrue(self.report(query(
            '<C:comp-filter name="VTODO"><C:is-not-defined/></C:comp-filter>')).found)
        for filters in ('<C:prop-filter name="UID"/>',
                        '<C:comp-filter name="VEVENT"><C:prop-filter name="UID">'
                        '<C:text-match>x</C:text-match></C:prop-filter></C:comp-filter>',
                        '<C:comp-filter name="VEVENT"><C:is-not-defined/></C:comp-filter>'):
            self.refused(self.ask("REPORT", self.calendar, query(filters)), "supported-filter")
        expand = ('<prop><C:calendar-data><C:expand start="20300101T000000Z"'
                  ' end="20310101T000000Z"/></C:calendar-data></prop>')
        self.refused(self.ask("REPORT", self.calendar, query("", expand)),
                     "supported-calendar-data")
        self.refused(self.ask("REPORT", self.calendar, f"<principal-match {OPEN}/>"),
                     "supported-report")

    def test_multiget(self):
        mine = sorted(self.report(events()).found)
        other = min({t.id for t in self.world.things if t.kind == "calendar_event"
                     and self.world.here.member["newcomer-2a"] in t.own} - self.own())
        away = [f"{self.calendar}{other}.ics", f"{self.calendar}{uuid.uuid4()}.ics",
                self.calendar, "/elsewhere", f"/dav/{uuid.uuid4()}/sessions/x.ics", "a<b"]
        hrefs = [mine[0], self.service.base + mine[1], *away]
        body = "".join(f"<href>{h.replace('<', '&lt;')}</href>" for h in hrefs)
        got = self.report(f"<C:calendar-multiget {OPEN}>{PROPS}{body}</C:calendar-multiget>")
        self.assertEqual(got.gone, set(away))
        self.assertEqual({h for h in got.found if got.found[h]}, set(mine[:2]))

    def test_sync(self):
        first = self.report(sync())
        self.assertEqual(set(first.found), {f"{self.calendar}{i}.ics" for i in self.own()})
        again = self.report(sync(first.token))
        self.assertEqual((again.found, again.token), ({}, first.token))
        self.assertEqual(self.look(self.calendar, "sync-token").text(
            self.calendar, "D:sync-token"), first.token)
        # One changes, one goes, one comes.
        (changed, gone), cohort = sorted(self.own())[:2], None
        self.world.execute("UPDATE event SET summary = 'Other words' WHERE id = %s", changed)
        for table in ("session", "office_hours_slot"):
            self.world.execute(f"UPDATE {table} SET state = 'cancelled' WHERE event_id = %s",
                               gone)
        self.world.execute(
            "INSERT INTO cohort_member (community_id, cohort_id, member_id, part)"
            " SELECT community_id, id, %s, 'newcomer' FROM cohort WHERE guide_id = %s"
            " AND state = 'published'", self.me, self.world.here.member["guide-2"])
        new = self.report(sync(first.token))
        ((cohort,),) = self.world.rows(
            "SELECT s.event_id FROM session s JOIN cohort c ON c.id = s.cohort_id"
            " WHERE c.guide_id = %s AND c.state = 'published'",
            self.world.here.member["guide-2"])
        self.assertEqual(new.gone, {f"{self.calendar}{gone}.ics"})
        self.assertEqual(set(new.found) - new.gone,
                         {f"{self.calendar}{changed}.ics", f"{self.calendar}{cohort}.ics"})
        self.assertNotEqual(new.token, first.token)
        self.assertEqual(self.report(sync(new.token)).found, {})
        # The first token is good for ever, and back is a change, too.
        self.world.reset()
        self.app = self.service.app(self.me)
        self.assertEqual(self.report(sync(first.token)).found, {})
        back = self.report(sync(new.token))
        self.assertEqual(back.token, first.token)
        self.assertEqual(back.gone, {f"{self.calendar}{cohort}.ics"})

    def test_sync_refused(self):
        token = self.report(sync()).token
        for bad in ("x", "urn:cairn:sync:1:!", token + "A", token[:-1],
                    "urn:cairn:sync:2:AAAA", "urn:cairn:sync:1:" + "A" * 6432):
            self.refused(self.ask("REPORT", self.calendar, sync(bad)), "valid-sync-token")
        limit = "<limit><nresults>1</nresults></limit>"
        self.refused(self.ask("REPORT", self.calendar, sync("", limit)),
                     "number-of-matches-within-limits")
        self.assertEqual(self.report(sync(token, limit)).found, {})

    def test_a_calendar_too_large_for_a_token(self):
        """Of more than 200 events a change means to read all anew."""
        self.world.execute(
            "INSERT INTO event (community_id, id, uid, kind, summary, time_zone,"
            " first_local_start, minutes) SELECT %s, i, i || '@example.org', 'slot', 'S', 'UTC',"
            " '2030-05-01', 60 FROM (SELECT gen_random_uuid() AS i FROM generate_series(1, 200))"
            " AS x", self.world.here.id)
        self.world.execute(
            "INSERT INTO session (community_id, id, cohort_id, event_id, starts_at, ends_at,"
            " original_starts_at, local_date, local_time, time_zone, tzdata_version)"
            " SELECT s.community_id, gen_random_uuid(), s.cohort_id, e.id, s.starts_at,"
            " s.ends_at, s.original_starts_at, s.local_date, s.local_time, s.time_zone, 'seed'"
            " FROM event e, (SELECT s.* FROM session s JOIN cohort_member m USING (cohort_id)"
            " WHERE m.member_id = %s LIMIT 1) AS s WHERE e.summary = 'S'", self.me)
        first = self.report(sync())
        self.assertGreater(len(first.found), 200)
        self.assertEqual(self.report(sync(first.token)).found, {})
        self.world.execute("UPDATE event SET summary = 'T' WHERE summary = 'S'")
        self.refused(self.ask("REPORT", self.calendar, sync(first.token)), "valid-sync-token")

    # ---- what it refuses ----

    def test_depth(self):
        for path in ("/dav/", self.home, self.calendar, f"{self.calendar}{min(self.own())}.ics"):
            for headers in ({}, {"Depth": "infinity"}, {"Depth": "2"}):
                self.refused(self.ask("PROPFIND", path, **headers), "propfind-finite-depth")
        self.refused(self.ask("REPORT", self.calendar, f"<expand-property {OPEN}/>"),
                     "supported-report")

    def test_writes(self):
        href = f"{self.calendar}{min(self.own())}.ics"
        before = self.app.get(href).body
        for method in ("PUT", "DELETE", "POST", "PATCH", "PROPPATCH", "MKCALENDAR", "MKCOL",
                       "MOVE", "COPY", "LOCK", "UNLOCK", "ACL"):
            for path in ("/dav/", self.home, self.calendar, href,
                         f"{self.calendar}{uuid.uuid4()}.ics"):
                with self.subTest(f"{method} {path}"):
                    answer = self.ask(method, path, "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
                    answer.problem(405, "method-not-allowed")
                    self.assertIn("PROPFIND", answer.headers["Allow"])
        self.assertEqual(self.app.get(href).body, before)
        self.assertEqual(self.world.changes()[1:], [])  # but for the test's own password

    def test_only_there(self):
        """The methods of WebDAV are nowhere else."""
        for path in ("/v1/me", "/v1/members", "/livez", f"/feeds/{'0' * 64}.ics"):
            for method in ("PROPFIND", "REPORT", "OPTIONS"):
                self.ask(method, path).problem(405, "method-not-allowed")

    def test_bad_bodies(self):
        deep = "<a>" * 13 + "</a>" * 13
        wide = f"<propfind {OPEN}><prop>" + "<x/>" * 51 + "</prop></propfind>"
        laughs = ('<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
                  f"<propfind {OPEN}><prop><x>&b;</x></prop></propfind>")
        outside = ('<!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
                   f"<propfind {OPEN}><prop><x>&a;</x></prop></propfind>")
        good = propfind("getetag")
        for body in ("x", "<", "<a", good[:-1], good + "<b/>", deep, wide, laughs, outside,
                     f"<a>{'<b/>' * 8200}</a>", f"<a>{'x<!---->' * 9000}</a>",
                     f"<propfind {OPEN}><prop><{'n' * 201}/></prop></propfind>",
                     f"<propfind {OPEN}><prop><x>&nope;</x></prop></propfind>",
                     f"<propfind {OPEN}><prop><q:x/></prop></propfind>",
                     f"<propfind {OPEN}/>", "<propfind><prop/></propfind>",
                     good.encode("utf-16"), b"\xff" + good.encode(), good.encode() + b"\0"):
            with self.subTest(body[:60]):
                self.ask("PROPFIND", "/dav/", body, Depth="0").problem(400, "malformed-request")
        for body in ("", good, f"<C:calendar-query {OPEN}>{PROPS}</C:calendar-query>",
                     f"<C:calendar-query {OPEN}>{PROPS}<C:filter/></C:calendar-query>",
                     events('<C:time-range start="20300304"/>'),
                     events('<C:time-range start="20300304T000000"/>'),
                     f"<sync-collection {OPEN}>{PROPS}</sync-collection>",
                     sync("", "<limit/>"), query("", "")):
            with self.subTest(body[:60]):
                answer = self.ask("REPORT", self.calendar, body)
                if body == good:
                    self.refused(answer, "supported-report")
                else:
                    answer.problem(400, "malformed-request")

    # ---- app passwords ----

    def test_an_app_password(self):
        me = self.service.client(role="newcomer", member_id=self.me)
        base = f"/v1/members/{self.me}/app-passwords"
        key = {"Idempotency-Key": uuid.uuid4().hex}
        answer = me.post(base, {"name": "My phone"}, headers=key)
        made = answer.expect(201)
        self.assertEqual(me.post(base, {"name": "My phone"}, headers=key).expect(201),
                         made | {"password": None})
        secret = made["password"]
        self.assertRegex(secret, r"^([a-km-np-z2-9]{5}-){4}[a-km-np-z2-9]{5}$")
        stored = self.service.cluster.execute(
            "SELECT t::text FROM app_password t WHERE id = %s", (made["app_password"]["id"],))
        self.assertNotIn(secret.replace("-", ""), str(stored).replace("-", ""))
        listed = me.get(base)
        self.assertNotIn(secret.encode(), listed.body)
        self.assertIn(made["app_password"], listed.json["items"])

        def status(user, password):
            client = cairn.Client(self.service.base, cairn.basic(user, password))
            return self.ask("PROPFIND", "/dav/", client=client, Depth="0").status
        mail = "Here-Newcomer-1A@example.org"
        for user, password, expected in (
                (made["username"], secret, 207), (mail, secret, 207),
                (self.me.upper(), secret.replace("-", " ").upper(), 207),
                (self.me, secret[:-1] + ("a" if secret[-1] != "a" else "b"), 401),
                (self.me, "", 401), ("", secret, 401), (self.me + ":", secret, 401),
                (self.world.here.member["newcomer-2a"], secret, 401)):
            with self.subTest((user, password)):
                self.assertEqual(status(user, password), expected)
        for bad in ("Basic", "Basic ", "Basic !", "Basic " + "A" * 2000, "Basic YQ==",
                    "Bearer " + secret, cairn.basic(self.me, secret)[:-3]):
            answer = self.ask("PROPFIND", "/dav/", client=self.service.client(),
                              Authorization=bad)
            answer.problem(401, "unauthenticated")
            self.assertEqual(answer.headers["WWW-Authenticate"],
                             'Basic realm="cairn", charset="UTF-8"')
        self.assertTrue(cairn.eventually(lambda: next(
            p for p in me.pages(base) if p["id"] == made["app_password"]["id"])["last_used_at"]))
        one = f"{base}/{made['app_password']['id']}"
        me.delete(one).expect(204)
        self.assertEqual(status(self.me, secret), 401)
        me.delete(one).problem(404, "not-found")

    def test_not_too_many(self):
        me = self.service.client(role="newcomer", member_id=self.me)
        base = f"/v1/members/{self.me}/app-passwords"
        while (answer := me.post(base, {"name": "A"})).status == 201:
            last = answer.json["app_password"]["id"]
        answer.problem(409, "wrong-state")
        live = [p for p in me.pages(base) if p["revoked_at"] is None]
        self.assertEqual(len(live), 20)
        me.delete(f"{base}/{last}").expect(204)
        me.post(base, {"name": "A"}).expect(201)

    def test_the_end_of_a_member(self):
        admin = self.service.client(role="admin")
        member = admin.post("/v1/members", {"external_id": "e", "display_name": "E",
                                            "time_zone": "UTC"}).expect(201)["id"]
        app = self.service.app(member)
        self.ask("PROPFIND", f"/dav/{member}/", client=app, Depth="0")
        admin.delete(f"/v1/members/{member}").expect(204)
        self.ask("PROPFIND", f"/dav/{member}/", client=app, Depth="0").problem(
            401, "unauthenticated")

    def test_others(self):
        """What is somebody else's is what is not there at all."""
        for name in ("newcomer-2a", "guide-1", "gone"):
            other = self.world.here.member[name]
            for method, path, body in (
                    ("PROPFIND", "/dav/%s/", None), ("PROPFIND", "/dav/%s/sessions/", None),
                    ("REPORT", "/dav/%s/sessions/", events())):
                with self.subTest(f"{method} {path} {name}"):
                    texts = [self.ask(method, path % ident, body, Depth="1").problem(
                        404, "not-found") | {"request_id": None, "instance": None}
                        for ident in (other, str(cairn.uuid7()))]
                    self.assertEqual(*texts)

    def test_guesses_are_counted(self):
        with cairn.Service("--no-worker", "--failures-per-minute", "3",
                           "--token-requests-per-minute", "4", "--trusted-proxies",
                           "127.0.0.2/32") as service:
            app = service.app()
            for expected in (207, 207, 404, 404, 429):
                path = "/dav/" if expected == 207 else f"/dav/{cairn.uuid7()}/"
                self.assertEqual(app.request("PROPFIND", path, headers={
                    "Depth": "0"}).status, expected)
            wrong = cairn.Client(service.base, cairn.basic(app.member_id, "x"))
            other = service.app()
            for expected in (401, 401, 401, 429):
                self.assertEqual(wrong.request("PROPFIND", "/dav/").status, expected)
            other.request("PROPFIND", "/dav/").problem(429, "rate-limited")


if __name__ == "__main__":
    unittest.main()
