"""Invitations leave by mail: through a real SMTP server, read back from its mailboxes."""
import datetime
import os
import shutil
import tempfile
import unittest
import uuid

from tests.lib import cairn, mailbox

SPOKEN = (("en", "Invitation: "), ("es", "Invitación: "), ("pt", "Convite: "), ("ar", "دعوة: "))


HEADERS = ["From", "To", "Reply-To", "Subject", "Date", "Message-ID", "MIME-Version",
           "Auto-Submitted", "Content-Language", "List-Unsubscribe", "List-Unsubscribe-Post",
           "Content-Type"]


class World:
    """A service that mails, a mentor, and office hours to book."""

    def __init__(self, service, server):
        self.server, self.service = server, service
        self.admin = self.service.client("admin")
        name = uuid.uuid4().hex
        self.program = self.admin.post("/v1/programs", {"name": name}).expect(201)["id"]
        self.hour = 0

    def person(self, role, name=None, zone="Europe/Berlin", **more):
        ident = uuid.uuid4().hex
        member = self.admin.post("/v1/members", {
            "external_id": ident, "display_name": name or ident,
            "email": f"{ident}@example.org", "time_zone": zone} | more).expect(201)["id"]
        self.admin.put(f"/v1/programs/{self.program}/enrollments/{member}/{role}",
                       {}).expect(200)
        client = self.service.client(role, member)
        client.mail = f"{ident}@example.org"
        return client

    def slots(self, mentor, title="Ask", weeks=1, seats=9):
        """Office hours of `weeks` dates; gives the slots."""
        self.hour += 1
        first = datetime.date.today() + datetime.timedelta(days=14)
        first -= datetime.timedelta(days=first.weekday())
        hours = mentor.post("/v1/office-hours", {
            "program_id": self.program, "title": title, "weekday": "Mon",
            "local_time": f"{self.hour:02}:00", "minutes": 60, "seats": seats,
            "first_date": str(first),
            "last_date": str(first + datetime.timedelta(days=7 * weeks - 1))}).expect(201)
        return [s["id"] for s in mentor.pages(f"/v1/office-hours/{hours['id']}/slots")]

    def delivery(self, client, event=None):
        found = list(client.pages("/v1/deliveries" + (f"?event_id={event}" if event else "")))
        return found[-1]

    def letters(self, client, number):
        cairn.eventually(lambda: len(self.server.to(client.mail)) >= number, 30)
        return self.server.to(client.mail)


class Mail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailbox.Server()
        cls.addClassCleanup(cls.server.stop)
        service = cairn.Service(*cls.server.flags(), admin=True)
        cls.addClassCleanup(service.close)
        cls.world = World(service, cls.server)
        cls.mentor = cls.world.person("mentor", "Ada Lovelace")

    def booked(self, **person):
        """Somebody who booked a seat, and the letter they got."""
        client = self.world.person("newcomer", **person)
        slot = self.world.slots(self.mentor)[0]
        client.post(f"/v1/slots/{slot}/bookings").expect(201)
        return client, self.world.letters(client, 1)[0]

    def test_letter(self):
        client, letter = self.booked(name="Ann Example")
        self.assertEqual(letter.faults(), [])
        mail = letter.mail
        self.assertEqual([p.get_content_type() for p in mail.walk()], [
            "multipart/mixed", "multipart/alternative", "text/plain", "text/html",
            "text/calendar", "application/ics"])
        for part in list(mail.walk())[2:]:
            self.assertEqual(part["Content-Transfer-Encoding"], "base64")
        self.assertIsNone(list(mail.walk())[4]["Content-Disposition"])
        self.assertEqual(list(mail.walk())[5].get_filename(), "invite.ics")
        sender = mail["From"].addresses[0]
        self.assertEqual((sender.addr_spec, sender.display_name),
                         ("calendar@cairn.example", "Ada Lovelace via Test"))
        to = mail["To"].addresses[0]
        self.assertEqual((to.addr_spec, to.display_name), (client.mail, "Ann Example"))
        reply = mail["Reply-To"].addresses[0].addr_spec
        self.assertRegex(reply, r"^rsvp\+[0-9a-f]{32}@cairn\.example$")
        event = letter.event
        self.assertEqual(str(event["ORGANIZER"]), f"mailto:{reply.replace('+', '+')}")
        self.assertEqual(str(event["ATTENDEE"]), f"mailto:{client.mail}")
        self.assertEqual(letter.sender, reply)
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertEqual(mail["List-Unsubscribe-Post"], "List-Unsubscribe=One-Click")
        self.assertRegex(letter.message_id, r"^<[0-9a-f-]{36}@test\.example\.org>$")
        self.assertEqual(letter.calendar()["METHOD"], "REQUEST")
        start = event["DTSTART"].dt.astimezone(datetime.timezone(datetime.timedelta(hours=1)))
        self.assertIn(f"{start:%d %B %Y}, {start:%H:%M}".lstrip("0"), letter.text)

    def test_languages(self):
        title = "Ask <me> & \"you\""
        slot = self.world.slots(self.mentor, title)[0]
        for tag, subject in SPOKEN:
            with self.subTest(tag):
                client = self.world.person(
                    "newcomer", languages=[{"language": tag, "level": "C2"},
                                           {"language": "hi", "level": "native"}])
                client.post(f"/v1/slots/{slot}/bookings").expect(201)
                letter = self.world.letters(client, 1)[0]
                self.assertEqual(letter.faults(), [])
                self.assertEqual(letter.subject.replace("\u2068", "").replace("\u2069", ""),
                                 subject + title)
                direction = "rtl" if tag == "ar" else "ltr"
                self.assertIn(f'<html lang="{tag}" dir="{direction}">', letter.html)
                self.assertIn("<bdi>Ask &lt;me&gt; &amp; &quot;you&quot;</bdi>", letter.html)
                self.assertEqual(letter.mail["Content-Language"], tag)

    def test_local_time(self):
        slot = self.world.slots(self.mentor)[0]
        client = self.world.person("newcomer", zone="Asia/Kathmandu")
        client.post(f"/v1/slots/{slot}/bookings").expect(201)
        letter = self.world.letters(client, 1)[0]
        start = letter.event["DTSTART"].dt.astimezone(datetime.timezone.utc)
        there = start + datetime.timedelta(hours=5, minutes=45)
        self.assertIn(f"{there:%H:%M}", letter.text)
        self.assertIn("Asia/Kathmandu", letter.text)
        self.assertIn("Europe/Berlin", letter.text)

    def test_names_add_nothing(self):
        """Names that would like to be headers or parts."""
        for name in ("Ann\u2028Bcc: a@example.net", 'Ann "Q" <b@example.net>', "=?UTF-8?B?QQ==?=",
                     "\u202eelpmaxE nnA", "é" * 190, "Ann, Bob; Eve: (x)", "--=_mixed_"):
            with self.subTest(name):
                ident = uuid.uuid4().hex
                self.world.service.cluster.execute(
                    "INSERT INTO member (community_id, id, external_id, display_name, email,"
                    " time_zone) VALUES (%s, %s, %s, %s, %s, 'UTC')",
                    (self.world.service.community_id, str(cairn.uuid7()), ident, name,
                     f"{ident}@example.org"))
                member = self.world.service.cluster.execute(
                    "SELECT id FROM member WHERE external_id = %s", (ident,))[0][0]
                self.world.admin.put(f"/v1/programs/{self.world.program}/enrollments/{member}"
                                     "/newcomer", {}).expect(200)
                client = self.world.service.client("newcomer", member)
                client.mail = f"{ident}@example.org"
                slot = self.world.slots(self.mentor)[0]
                client.post(f"/v1/slots/{slot}/bookings").expect(201)
                letter = self.world.letters(client, 1)[0]
                self.assertEqual(letter.faults(), [])
                self.assertEqual(letter.mail.keys(), HEADERS)
                self.assertEqual(letter.recipients, [client.mail])
                self.assertEqual([a.addr_spec for a in letter.mail["To"].addresses],
                                 [client.mail])
                self.assertEqual(len(list(letter.mail.walk())), 6)

    def test_what_became_of_it(self):
        client, letter = self.booked()
        told = cairn.eventually(lambda: (d := self.world.delivery(client))["sent_at"] and d)
        self.assertEqual((told["state"], told["held_sequence"], told["attempts"]),
                         ("sent", 0, 1))
        self.assertEqual(told["held_dtstamp"], f"{letter.revision[1]:%Y-%m-%dT%H:%M:%SZ}")
        self.assertEqual(self.world.admin.get(f"/v1/deliveries/{told['id']}").expect(200), told)
        client.unchanged("/v1/deliveries")
        client.unchanged(f"/v1/deliveries/{told['id']}")
        booking = client.get("/v1/bookings").expect(200)["items"][0]["id"]
        client.delete(f"/v1/bookings/{booking}").expect(204)
        cancel = self.world.letters(client, 2)[1]
        self.assertEqual(cancel.calendar()["METHOD"], "CANCEL")
        self.assertGreater(cancel.revision, letter.revision)
        self.assertEqual(cancel.key, letter.key)
        told = cairn.eventually(
            lambda: (d := self.world.delivery(client))["held_sequence"] == 1 and d)
        self.assertEqual((told["method"], told["sequence"]), ("CANCEL", 1))

    def test_refused_is_for_ever(self):
        client = self.world.person("newcomer")
        self.server.refuse[client.mail] = "550 5.1.1 nobody of that name here"
        slot = self.world.slots(self.mentor)[0]
        client.post(f"/v1/slots/{slot}/bookings").expect(201)
        told = cairn.eventually(
            lambda: (d := self.world.delivery(client))["state"] == "dead" and d)
        self.assertEqual(told["error"], "550 5.1.1 nobody of that name here")
        self.assertEqual((told["attempts"], told["held_sequence"]), (1, None))
        run = self.world.service.cluster.run
        self.assertIn(client.mail, run("outbox", "list", "dead"))
        # The operator has it sent once the recipient exists.
        del self.server.refuse[client.mail]
        ident = self.world.service.cluster.execute(
            "SELECT o.id FROM outbox_message o JOIN invitation v USING (community_id, id)"
            " WHERE v.recipient_email = %s", (client.mail,))[0][0]
        self.assertIn("1 message", run("outbox", "retry", ident))
        self.assertEqual(len(self.world.letters(client, 1)), 1)

    def test_put_off_comes_back(self):
        client = self.world.person("newcomer")
        self.server.answer[client.mail] = "451 4.7.1 greylisted"
        slot = self.world.slots(self.mentor)[0]
        client.post(f"/v1/slots/{slot}/bookings").expect(201)
        told = cairn.eventually(lambda: (d := self.world.delivery(client))["error"] and d)
        self.assertEqual((told["state"], told["error"], told["attempts"]),
                         ("pending", "451 4.7.1 greylisted", 1))
        self.assertIsNotNone(told["next_attempt_at"])
        # A newer message waits behind it: it is never sent before an older one.
        booking = client.get("/v1/bookings").expect(200)["items"][0]["id"]
        del self.server.answer[client.mail]
        self.world.service.cluster.execute(
            "UPDATE outbox_message SET state = 'pending' WHERE state = 'superseded'")
        client.delete(f"/v1/bookings/{booking}").expect(204)
        self.world.service.cluster.run("outbox", "retry")
        letter = self.world.letters(client, 1)
        self.assertEqual(letter[-1].calendar()["METHOD"], "CANCEL")

    def page(self, url, method="GET", body=None, kind=None, **headers):
        """What somebody without a token is shown."""
        path = url.removeprefix(self.world.service.base)
        if kind:
            headers["Content-Type"] = kind
        answer = self.world.service.client().request(method, path, body, headers)
        return answer.status, answer.body.decode()

    def test_stop_mail(self):
        client, letter = self.booked()
        url = str(letter.mail["List-Unsubscribe"]).strip("<>")
        self.assertIn(url, letter.text)
        before = self.world.service.cluster.execute("SELECT count(*) FROM audit_event")
        tag = self.world.service.client().get(url.removeprefix(self.world.service.base)).etag
        self.assertEqual(self.page(url, **{"If-None-Match": tag})[0], 304)
        for _ in range(3):  # looking changes nothing
            status, text = self.page(url)
            self.assertEqual(status, 200)
            self.assertIn('action="/rsvp/', text)
        self.assertEqual(self.world.service.cluster.execute(
            "SELECT count(*) FROM audit_event"), before)
        form = "application/x-www-form-urlencoded"
        for body, kind in ((None, None), ("", form), ("mail=no", form), ("mail", form),
                           ("mail=stop&mail=stop", form), ("{}", "application/json")):
            self.assertIn(self.page(url, "POST", body, kind)[0], (400, 415, 422), body)
        for body, kind in (
                ("List-Unsubscribe=One-Click", form), ("mail=stop", form), (
                    '--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
                    "One-Click\r\n--x--\r\n", "multipart/form-data; boundary=x")):
            self.assertEqual(self.page(url, "POST", "mail=resume", form)[0], 200)
            status, text = self.page(url, "POST", body, kind)
            self.assertEqual(status, 200)
            self.assertIn('value="resume"', text)
        slot = self.world.slots(self.mentor)[0]
        client.post(f"/v1/slots/{slot}/bookings").expect(201)
        told = cairn.eventually(
            lambda: (d := self.world.delivery(client))["state"] == "withheld" and d)
        self.assertEqual(told["error"], "the member asked for no mail")
        self.assertIsNotNone(told["mail_stopped_at"])
        self.assertEqual(len(self.server.to(client.mail)), 1)
        self.assertEqual(self.page(url, "POST", "mail=resume", form)[0], 200)
        slot = self.world.slots(self.mentor)[0]
        client.post(f"/v1/slots/{slot}/bookings").expect(201)
        self.assertEqual(len(self.world.letters(client, 2)), 2)
        self.assertEqual(self.page(url[:-1] + "z")[0], 404)
        self.assertEqual(self.page(url[:-1] + "z", "POST", "mail=stop", form)[0], 404)

    def test_metrics_count(self):
        import socket
        self.booked()
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(self.world.service.admin_path)
            end.sendall(b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            with end.makefile() as answer:
                self.assertRegex(answer.read(), r'cairn_mail_total\{end="sent"\} [1-9]')


class Doors(unittest.TestCase):
    """TLS, login, and a server that cannot be used."""

    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="cairn-mail-")
        self.addCleanup(shutil.rmtree, self.folder)

    def world(self, server, *flags):
        """The service with these settings."""
        self.addCleanup(server.stop)
        self.service.stop()
        self.service.flags = server.flags(*flags)
        self.service.start()
        return World(self.service, server)

    def login_file(self, user, password):
        path = os.path.join(self.folder, "login")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"{user}\n{password}\n")
        return path

    def book(self, world):
        mentor, client = world.person("mentor"), world.person("newcomer")
        client.post(f"/v1/slots/{world.slots(mentor)[0]}/bookings").expect(201)
        return client

    def test_tls_and_login(self):
        server = mailbox.Server(tls=self.folder, login=("cairn", "s e cret"))
        world = self.world(server, "--smtp-ca-file", os.path.join(self.folder, "cert.pem"),
                           "--smtp-login-file", self.login_file("cairn", "s e cret"))
        client = self.book(world)
        self.assertEqual(len(world.letters(client, 1)), 1)
        self.assertNotIn("s e cret", world.service.log())

    def test_a_wrong_certificate_gets_nothing(self):
        server = mailbox.Server(tls=self.folder, login=("cairn", "secret"))
        world = self.world(server, "--smtp-login-file", self.login_file("cairn", "secret"))
        client = self.book(world)
        told = cairn.eventually(lambda: (d := world.delivery(client))["error"] and d)
        self.assertIn("certificate", told["error"])
        # It says nothing about the message: no attempt is counted.
        self.assertIn(told["state"], ("pending", "sending"))
        self.assertLessEqual(told["attempts"], 1)
        self.assertEqual(server.letters, [])

    def test_a_wrong_password_costs_no_message(self):
        server = mailbox.Server(tls=self.folder, login=("cairn", "secret"))
        world = self.world(server, "--smtp-ca-file", os.path.join(self.folder, "cert.pem"),
                           "--smtp-login-file", self.login_file("cairn", "wrong"),
                           "--mail-attempts", "1")
        client = self.book(world)
        told = cairn.eventually(lambda: (d := world.delivery(client))["error"] and d)
        self.assertIn("535", told["error"])
        self.assertIn(told["state"], ("pending", "sending"))

    def test_down_and_up_again(self):
        server = mailbox.Server()
        world = self.world(server)
        server.stop()
        client = self.book(world)
        cairn.eventually(lambda: world.delivery(client)["error"])
        server.start()
        self.assertEqual(len(world.letters(client, 1)), 1)

    def test_settings(self):
        import subprocess
        for flags, fault in (
                (("--smtp-url", "http://mail.example.org"), "smtp_url"),
                (("--mail-sender", "nobody"), "mail_sender"),
                (("--mail-reply-to", "a" * 40 + "@example.org"), "mail_reply_to"),
                (("--smtp-login-file", "/nonexistent"), "smtp_login_file")):
            with self.subTest(fault):
                done = subprocess.run(
                    [cairn.program(), "serve", "--check-config", "--smtp-url",
                     "smtp://localhost:25", "--mail-sender", "calendar@example.org", *flags],
                    capture_output=True, text=True, timeout=60)
                self.assertEqual(done.returncode, 2, done.stdout)
                self.assertIn(fault, done.stderr)


if __name__ == "__main__":
    unittest.main()
