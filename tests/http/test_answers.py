"""Answers to invitations come back: by mail as calendar apps send it, handed in by a command
or over HTTP, and by the link in a mail. Each counts once, for what it is worth.
"""
import datetime
import email.message
import email.policy
import subprocess
import unittest
import uuid

from tests.lib import cairn, mailbox
from tests.http.test_mail import World

FORM = "application/x-www-form-urlencoded"


def stamp(moment):
    return moment.strftime("%Y%m%dT%H%M%SZ")


def itip(letter, partstat="ACCEPTED", method="REPLY", leave_out=(), comment=None, **changes):
    """An answer to a letter, as the text of a calendar app."""
    event = letter.event
    now = datetime.datetime.now(datetime.timezone.utc)
    attendee = str(event["ATTENDEE"])
    fields = {"UID": str(event["UID"]), "SEQUENCE": str(int(event["SEQUENCE"])),
              "DTSTAMP": stamp(now), "DTSTART": stamp(mailbox.utc(event["DTSTART"].dt)),
              "DTEND": stamp(mailbox.utc(event["DTEND"].dt)),
              "ORGANIZER": str(event["ORGANIZER"]),
              f"ATTENDEE;PARTSTAT={partstat}": attendee, "SUMMARY": "Re"}
    if comment:
        fields["COMMENT"] = comment
    fields.update({k.replace("_", "-"): v for k, v in changes.items()})
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//An app//EN", f"METHOD:{method}",
             "BEGIN:VEVENT"]
    lines += [f"{k}:{v}" for k, v in fields.items() if k.split(";")[0] not in leave_out]
    return "\r\n".join([*lines, "END:VEVENT", "END:VCALENDAR", ""])


def mail(letter, ics=None, to=None, text="I accept.", **headers):
    """The mail around it, as Outlook sends it: alternative, base64."""
    message = email.message.EmailMessage(policy=email.policy.SMTP)
    message["From"] = letter.recipients[0]
    message["To"] = to or str(letter.mail["Reply-To"])
    message["Message-ID"] = f"<{uuid.uuid4().hex}@client.example>"
    message["Subject"] = "Accepted"
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(text)
    if ics is not None:
        message.add_alternative(ics.encode(), "text", "calendar", params={
            "method": "REPLY", "charset": "UTF-8"})
    return message.as_bytes()


def bounce(letter, action="failed"):
    """A delivery status notification (RFC 3464) of what did not arrive."""
    who = letter.recipients[0]
    return "\r\n".join((
        "From: MAILER-DAEMON@mail.example.net", f"To: {letter.sender}",
        f"Message-ID: <{uuid.uuid4().hex}@mail.example.net>", "Subject: Undelivered",
        "Auto-Submitted: auto-replied", "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "",
        "--b", "Content-Type: text/plain", "", "It did not arrive.",
        "--b", "Content-Type: message/delivery-status", "",
        "Reporting-MTA: dns; mail.example.net", "",
        f"Final-Recipient: rfc822; {who}", f"Action: {action}", "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 no such user", "",
        "--b", "Content-Type: text/rfc822-headers", "",
        f"Message-ID: {letter.message_id}", f"To: {who}", "", "--b--", "")).encode()


class Answers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = mailbox.Server()
        cls.addClassCleanup(cls.server.stop)
        cls.service = cairn.Service(*cls.server.flags())
        cls.addClassCleanup(cls.service.close)
        cls.world = World(cls.service, cls.server)
        cls.mentor = cls.world.person("mentor")
        cls.machine = cls.service.client("service", scopes=["calendar:write", "calendar:read"])

    def invited(self):
        """Somebody with a seat in office hours, their letter, and its slot."""
        client = self.world.person("newcomer")
        slot = self.world.slots(self.mentor, seats=1)[0]
        client.post(f"/v1/slots/{slot}/bookings").expect(201)
        letter = self.world.letters(client, 1)[0]
        cairn.eventually(lambda: self.world.delivery(client)["sent_at"])
        return client, letter, slot

    def hand_in(self, message, to=None):
        """Over HTTP."""
        return self.machine.post("/v1/answers" + (f"?to={to}" if to else ""), message, headers={
            "Content-Type": "message/rfc822"})

    def taken(self, message, verdict="taken"):
        answer = self.hand_in(message).expect(200)
        self.assertEqual(answer["verdict"], verdict)
        return answer["answer"]

    def pipe(self, message, *args):
        """As a mail server does: (exit status, what it said)."""
        done = subprocess.run(
            [cairn.program(), "reply", *args, "--database", self.service.cluster.conninfo,
             *self.server.flags()], input=message, capture_output=True, timeout=60)
        return done.returncode, done.stdout.decode().strip()

    def test_accepted(self):
        client, letter, _ = self.invited()
        message = mail(letter, itip(letter))
        answer = self.taken(message)
        self.assertEqual((answer["kind"], answer["answer"], answer["via"], answer["sequence"]),
                         ("answer", "accepted", "mail", 0))
        told = self.world.delivery(client)
        self.assertEqual((told["answer"], told["answer_is_old"]), ("accepted", False))
        self.assertIsNone(self.taken(message, "repeated"))
        self.assertEqual(self.machine.get(f"/v1/answers/{answer['id']}").expect(200), answer)
        self.assertEqual([a["id"] for a in client.pages("/v1/answers")], [answer["id"]])
        client.unchanged("/v1/answers")
        client.unchanged(f"/v1/answers/{answer['id']}")
        self.machine.get("/v1/answers?kind=x").problem(400, "invalid-field")

    def test_piped(self):
        client, letter, _ = self.invited()
        message = mail(letter, itip(letter, "TENTATIVE"))
        self.assertEqual(self.pipe(message), (0, "taken"))
        self.assertEqual(self.pipe(b"From me Mon Nov 30\n" + message), (0, "repeated"))
        self.assertEqual(self.world.delivery(client)["answer"], "tentative")
        self.assertEqual(self.pipe(b"no mail at all"), (65, ""))
        stranger = mail(letter, itip(letter, UID="x@y"), to=f"rsvp+{'0' * 32}@cairn.example")
        stranger = stranger.replace(letter.recipients[0].encode(), b"nobody@example.net")
        self.assertEqual(self.pipe(stranger), (0, ""))

    def test_what_clients_leave_out(self):
        """Exchange has no ORGANIZER, others no SEQUENCE, DTSTAMP, PRODID, token or To."""
        for what, headers in ((("ORGANIZER",), {}), (("SEQUENCE", "DTSTAMP"), {}),
                              (("ORGANIZER",), {"to": "calendar@cairn.example"}),
                              ((), {"to": "undisclosed-recipients:;"})):
            with self.subTest(what=what, headers=headers):
                client, letter, _ = self.invited()
                self.taken(mail(letter, itip(letter, leave_out=what), **headers))
                self.assertEqual(self.world.delivery(client)["answer"], "accepted")
        with self.subTest("the envelope alone says whom it is for"):
            client, letter, _ = self.invited()
            ics = itip(letter, leave_out=("ORGANIZER",), UID="other@x")
            message = mail(letter, ics, to="list@example.net")
            self.hand_in(message).problem(404, "not-found")
            answer = self.hand_in(message, to=letter.sender.replace("+", "%2B")).expect(200)
            self.assertEqual(answer["verdict"], "taken")

    def test_declined_frees_the_seat(self):
        client, letter, slot = self.invited()
        other = self.world.person("newcomer")
        other.post(f"/v1/slots/{slot}/bookings", {"wait": True}).expect(201)
        self.taken(mail(letter, itip(letter, "DECLINED", comment="ill\\, sorry")))
        self.assertEqual(next(other.pages("/v1/bookings"))["state"], "booked")
        promoted = self.world.letters(other, 1)[0].calendar()  # who waited is invited
        self.assertEqual((promoted["METHOD"], promoted.walk("VEVENT")[0]["UID"]),
                         ("REQUEST", letter.calendar().walk("VEVENT")[0]["UID"]))
        booking = client.get("/v1/bookings").expect(200)["items"][0]
        self.assertEqual(booking["state"], "cancelled")
        self.assertEqual(self.world.letters(client, 2)[1].calendar()["METHOD"], "CANCEL")
        self.assertEqual(next(client.pages("/v1/answers"))["comment"], "ill, sorry")
        # What comes after that says nothing any more.
        self.taken(mail(letter, itip(letter)), "outdated")

    def test_older_is_outdated(self):
        client, letter, _ = self.invited()
        self.taken(mail(letter, itip(letter, "TENTATIVE")))
        answer = self.taken(mail(letter, itip(letter, DTSTAMP="20200101T000000Z")), "outdated")
        self.assertEqual(answer["answer"], "accepted")
        self.assertEqual(self.world.delivery(client)["answer"], "tentative")

    def test_others_attendees(self):
        client, letter, _ = self.invited()
        two = itip(letter, leave_out=("ATTENDEE",)).replace(
            "SUMMARY", "ATTENDEE;PARTSTAT=DECLINED:mailto:x@example.net\r\n"
            f"ATTENDEE;PARTSTAT=ACCEPTED:MAILTO:{client.mail.upper()}\r\nSUMMARY")
        self.taken(mail(letter, two))
        self.assertEqual(self.world.delivery(client)["answer"], "accepted")
        self.taken(mail(letter, two.replace(client.mail.upper(), "y@example.net")), "ignored")
        # Alone, from an address of theirs that we do not know: the token is theirs.
        alone = itip(letter, "TENTATIVE", DTSTAMP="20300101T000000Z").replace(
            client.mail, "private@example.net")
        self.taken(mail(letter, alone))
        self.assertEqual(self.world.delivery(client)["answer"], "tentative")

    def test_counter(self):
        client, letter, _ = self.invited()
        start = mailbox.utc(letter.event["DTSTART"].dt) + datetime.timedelta(hours=26)
        end = start + datetime.timedelta(hours=1)
        answer = self.taken(mail(letter, itip(
            letter, "TENTATIVE", "COUNTER", DTSTART=stamp(start), DTEND=stamp(end))))
        self.assertEqual((answer["kind"], answer["proposed_starts_at"],
                          answer["proposed_ends_at"]),
                         ("counter", start.isoformat().replace("+00:00", "Z"),
                          end.isoformat().replace("+00:00", "Z")))
        self.assertEqual(answer["others"], [])
        self.assertEqual(self.world.delivery(client)["answer"], None)
        listed = list(self.world.admin.pages("/v1/answers?kind=counter"))
        self.assertEqual([a["id"] for a in listed], [answer["id"]])

    def test_counter_in_a_zone_of_its_own(self):
        """With a VTIMEZONE, with a name that the system knows, and with neither."""
        for head, zone, known in (
                ("BEGIN:VTIMEZONE\r\nTZID:Mine\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
                 "TZOFFSETFROM:+0200\r\nTZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
                 "Mine", "2031-03-04T10:00:00Z"),
                ("", "Africa/Johannesburg", "2031-03-04T10:00:00Z"), ("", "Nowhere", None),
                ("", "W. Europe Standard Time", "2031-03-04T11:00:00Z"),
                ("BEGIN:VTIMEZONE\r\nTZID:Slow\r\nBEGIN:STANDARD\r\nDTSTART:19700101T000000\r\n"
                 "RRULE:FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30\r\nTZOFFSETFROM:+0200\r\n"
                 "TZOFFSETTO:+0200\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n", "Slow",
                 "2031-03-04T10:00:00Z")):
            with self.subTest(zone):
                _, letter, _ = self.invited()
                ics = itip(letter, "TENTATIVE", "COUNTER", leave_out=("DTSTART", "DTEND"))
                ics = ics.replace("BEGIN:VEVENT", head + "BEGIN:VEVENT").replace(
                    "SUMMARY", f"DTSTART;TZID={zone}:20310304T120000\r\n"
                    f"DTEND;TZID={zone}:20310304T130000\r\nSUMMARY")
                answer = self.taken(mail(letter, ics))
                self.assertEqual(answer["proposed_starts_at"], known)

    def test_delegated(self):
        client, letter, _ = self.invited()
        ics = itip(letter, "DELEGATED").replace(
            "ATTENDEE;", 'ATTENDEE;DELEGATED-TO="mailto:Ben@example.net";', 1)
        answer = self.taken(mail(letter, ics))
        self.assertEqual((answer["answer"], answer["delegated_to"]),
                         ("delegated", "ben@example.net"))
        self.assertEqual(self.world.delivery(client)["answer"], "delegated")

    def test_words_and_notes(self):
        client, letter, _ = self.invited()
        answer = self.taken(mail(letter, text="I may be ten minutes late, is that fine?\n"))
        self.assertEqual((answer["kind"], answer["comment"].strip()),
                         ("words", "I may be ten minutes late, is that fine?"))
        self.taken(mail(letter, text="Out of office", Auto_Submitted="auto-replied"), "ignored")
        self.assertEqual(self.world.delivery(client)["answer"], None)

    def test_bounce(self):
        client, letter, _ = self.invited()
        self.taken(bounce(letter, "delayed"), "ignored")
        self.assertIsNone(self.world.delivery(client)["bounced_at"])
        message = bounce(letter)
        answer = self.taken(message)
        self.assertEqual(answer["kind"], "bounce")
        told = self.world.delivery(client)
        self.assertIsNotNone(told["bounced_at"])
        self.assertEqual(told["error"], "bounced: smtp; 550 5.1.1 no such user")
        self.taken(message, "repeated")

    def click(self, letter, body, method="POST"):
        page = str(letter.mail["List-Unsubscribe"]).strip("<>").removeprefix(self.service.base)
        return self.service.client().request(
            method, page, body, {"Content-Type": FORM} if body else {})

    def test_links(self):
        client, letter, slot = self.invited()
        page = self.click(letter, None, "GET")
        page.status == 200 or self.fail(page.status)
        for word in ("I will be there", "Perhaps", "I cannot come"):
            self.assertIn(word, page.body.decode())
        self.assertIsNone(self.world.delivery(client)["answer"])
        for answer, words in (("accepted", "you will be there"), ("tentative", "may be there")):
            said = self.click(letter, f"answer={answer}")
            self.assertEqual(said.status, 200)
            self.assertIn(words, said.body.decode())
            self.assertEqual(self.world.delivery(client)["answer"], answer)
        self.click(letter, "answer=delegated").problem(400, "invalid-field")
        # Mail that was written before the click says less than the click.
        self.taken(mail(letter, itip(letter, DTSTAMP="20260101T000000Z")), "outdated")
        self.assertEqual(self.click(letter, "answer=declined").status, 200)
        self.assertEqual(client.get("/v1/bookings").expect(200)["items"][0]["state"],
                         "cancelled")
        self.click(letter, "answer=accepted").problem(409, "wrong-state")
        self.assertNotIn("<button name=\"answer\"", self.click(letter, None, "GET").body.decode())

    def test_refused(self):
        _, letter, _ = self.invited()
        self.hand_in(b"x" * 1000).problem(422, "validation-failed")
        self.machine.post("/v1/answers", mail(letter), headers={
            "Content-Type": "text/plain"}).problem(415, "unsupported-media-type")
        self.service.client("newcomer", letter and self.mentor.member_id).post(
            "/v1/answers", mail(letter), headers={
                "Content-Type": "message/rfc822"}).problem(403, "forbidden")
        # A community sees its own attendances only.
        elsewhere = self.service.client("service", community_id=self.service.community(
            "elsewhere"))
        elsewhere.post("/v1/answers", mail(letter, itip(letter)), headers={
            "Content-Type": "message/rfc822"}).problem(404, "not-found")

    def test_hostile(self):
        """Deep, endless, cut off, full of NUL: an answer of some kind, and a service that
        lives."""
        _, letter, _ = self.invited()
        head = f"From: a@b.example\r\nTo: {letter.sender}\r\n".encode()
        deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (i, i)
                        for i in range(500))
        ics = itip(letter).encode()
        for body in (deep, b"\r\n" + b"\0" * 1000, b"Content-Type: text/calendar\r\n\r\n" + ics[:200],
                     b"Content-Type: text/calendar\r\nContent-Transfer-Encoding: base64\r\n\r\n"
                     + b"=" * 10000,
                     b"Content-Type: text/calendar\r\n\r\n" + b"BEGIN:VCALENDAR\r\n" * 3000,
                     b"X: " + b"y" * 100000 + b"\r\n\r\nhello",
                     b"Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n--\r\n\r\n--\r\n"):
            answer = self.hand_in(head + body)
            self.assertIn(answer.status, (200, 422), answer.body)
        self.taken(mail(letter, itip(letter)))


if __name__ == "__main__":
    unittest.main()
