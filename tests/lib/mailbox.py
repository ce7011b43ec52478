"""A real SMTP server (Debian's aiosmtpd) with mailboxes, and what is read back from them.

    with mailbox.Server() as server:
        service = cairn.Service(*server.flags())
        …
        for letter in server.to("ann@example.org"): letter.text, letter.calendar(), …

It is strict: lines end in CRLF and are at most 998 octets, commands are those of RFC 5321,
and a message that Python's email package finds a defect in is an error of the test.
`refuse` maps a recipient to the answer that RCPT gets, `answer` one that the message
itself gets; a callable decides each time. `on_stage` is called with how far the talk
about a message came: "rcpt", "data" (it is all here) and "taken" (not yet answered).
"""
import datetime
import email
import email.policy
import functools
import os
import subprocess
import threading
import time

import icalendar
import vobject
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, SMTP

TOO_LONG = 998


class Letter:
    """One message as it was taken."""

    def __init__(self, envelope, session):
        self.session = session  # `polite` once it said QUIT
        self.sender, self.recipients = envelope.mail_from, envelope.rcpt_tos
        self.raw = envelope.original_content
        self.mail = email.message_from_bytes(self.raw, policy=email.policy.default)

    def faults(self):
        """What is wrong with the octets."""
        found = [f"{part.get_content_type()}: {d!r}" for part in self.mail.walk()
                 for d in part.defects]
        found += [f"header {k}: {d!r}" for part in self.mail.walk()
                  for k, v in part.items() for d in v.defects]
        lines = self.raw.split(b"\r\n")
        if any(b"\n" in line or b"\r" in line for line in lines):
            found.append("a line does not end in CRLF")
        if any(len(line) > TOO_LONG for line in lines):
            found.append("a line is too long")
        if any(octet > 126 for octet in self.raw):
            found.append("an octet is not ASCII")
        return found

    @property
    def message_id(self):
        return self.mail["Message-ID"]

    @property
    def subject(self):
        return str(self.mail["Subject"])

    def part(self, kind):
        """The octets of the first part of this type."""
        return next(p.get_payload(decode=True) for p in self.mail.walk()
                    if p.get_content_type() == kind)

    @property
    def text(self):
        return self.part("text/plain").decode()

    @property
    def html(self):
        return self.part("text/html").decode()

    @functools.lru_cache(maxsize=None)
    def calendar(self):
        """As python3-icalendar reads it, with both parts equal and both parsers at one."""
        octets = self.part("text/calendar")
        if octets != self.part("application/ics"):
            raise AssertionError("the two calendar parts differ")
        found = icalendar.Calendar.from_ical(octets)
        other = vobject.readOne(octets.decode())
        other.validate(raiseException=True)
        event = found.walk("VEVENT")[0]
        kind = next(p for p in self.mail.walk()
                    if p.get_content_type() == "text/calendar").get_param("method")
        facts = (str(found["METHOD"]), str(event["UID"]), int(event["SEQUENCE"]))
        if facts != (other.method.value, other.vevent.uid.value,
                     int(other.vevent.sequence.value)) or facts[0] != kind:
            raise AssertionError(f"{facts} in one, {other} in the other, {kind} in the header")
        return found

    @property
    def event(self):
        return self.calendar().walk("VEVENT")[0]

    @property
    def revision(self):
        """What clients compare: SEQUENCE, then DTSTAMP."""
        event = self.event
        return int(event["SEQUENCE"]), event["DTSTAMP"].dt

    @property
    def key(self):
        return str(self.event["UID"]), self.recipients[0]


class Handler:
    def __init__(self, server):
        self.server = server

    async def handle_RCPT(self, _server, session, envelope, address, options):
        self.server.on_stage("rcpt")
        answer = self.server.verdict(self.server.refuse, address)
        if answer:
            return answer
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_QUIT(self, _server, session, envelope):
        session.polite = True
        return "221 2.0.0 bye"

    async def handle_DATA(self, _server, session, envelope):
        self.server.on_stage("data")
        answer = self.server.verdict(self.server.answer, envelope.rcpt_tos[0])
        if answer:
            return answer
        self.server.take(envelope, session)
        return "250 2.0.0 taken"


class Server:
    def __init__(self, tls=None, login=None, port=0):
        """tls: folder for a key and a certificate of localhost (STARTTLS is then asked
        for); login: (user, password), asked for too."""
        self.letters, self.refuse, self.answer = [], {}, {}
        self.lock, self.login, self.tls = threading.Lock(), login, tls
        self.wanted_port = port
        self.controller = None
        self.on_stage = lambda stage: None
        self.start()

    def start(self):
        options = {"enable_SMTPUTF8": False, "server_hostname": "mail.example.net"}
        if self.tls:
            options["tls_context"] = certificate(self.tls)
            options["require_starttls"] = True
        if self.login:
            options["authenticator"] = self.authenticate
            options["auth_required"] = True
            options["auth_require_tls"] = bool(self.tls)

        class Strict(SMTP):
            line_length_limit = TOO_LONG + 2

        class Here(Controller):
            def factory(self):
                return Strict(self.handler, **self.SMTP_kwargs)

        self.controller = Here(Handler(self), hostname="127.0.0.1",
                               port=self.wanted_port or free_port(), ready_timeout=30, **options)
        self.controller.start()
        self.wanted_port = self.controller.port

    def stop(self):
        if self.controller:
            self.controller.stop()
            self.controller = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    close = stop

    def authenticate(self, server, session, envelope, mechanism, data):
        given = (data.login.decode(), data.password.decode())
        return AuthResult(success=given == self.login, handled=False)

    @staticmethod
    def verdict(table, address):
        answer = table.get(address) or table.get("*")
        return answer(address) if callable(answer) else answer

    def take(self, envelope, session):
        with self.lock:
            self.letters.append(Letter(envelope, session))
        self.on_stage("taken")

    def flags(self, *more):
        """Settings of a service that sends here."""
        return ("--smtp-url", f"smtp://localhost:{self.wanted_port}", "--smtp-tls",
                "required" if self.tls else "none", "--mail-sender", "calendar@cairn.example",
                "--mail-reply-to", "rsvp@cairn.example", *more)

    def to(self, address):
        with self.lock:
            return [m for m in self.letters if m.recipients == [address]]

    def wait(self, number, seconds=30):
        """At least so many letters, or what there is."""
        deadline = time.monotonic() + seconds
        while len(self.letters) < number and time.monotonic() < deadline:
            time.sleep(0.02)
        return list(self.letters)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def certificate(folder):
    """A context with a certificate of localhost; its file is folder/cert.pem."""
    import ssl
    key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
    if not os.path.exists(cert):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days",
                        "2", "-keyout", key, "-out", cert, "-subj", "/CN=localhost",
                        "-addext", "subjectAltName=DNS:localhost"],
                       check=True, capture_output=True)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(cert, key)
    return context


def instants(calendar, gone=()):
    """Starts of all sessions in UTC, by python3-recurring-ical-events, but for those whose
    planned start is among `gone`."""
    import recurring_ical_events
    found = recurring_ical_events.of(calendar).between((2026, 1, 1), (2033, 1, 1))
    return sorted(utc(e["DTSTART"].dt) for e in found
                  if utc(e.get("RECURRENCE-ID", e["DTSTART"]).dt) not in gone)


class Client:
    """What a calendar app keeps of one event from the messages it got, by the rules of
    RFC 5546 and of Thunderbird: what is not newer (SEQUENCE, then DTSTAMP) is not taken."""

    def __init__(self):
        self.revision, self.master, self.parts, self.gone = None, None, {}, set()
        self.refused = []

    def take(self, letter):
        calendar = letter.calendar()
        events = calendar.walk("VEVENT")
        if self.revision and letter.revision <= self.revision:
            self.refused.append(letter)
            return
        self.revision = letter.revision
        part = events[0].get("RECURRENCE-ID")
        cancels = str(calendar["METHOD"]) == "CANCEL"
        if cancels != all(str(e["STATUS"]) == "CANCELLED" for e in events):
            raise AssertionError("METHOD and STATUS differ")
        if part is None:
            self.master = None if cancels else calendar
            self.parts, self.gone = {}, set()
        elif cancels:
            self.parts.pop(utc(part.dt), None)
            self.gone.add(utc(part.dt))
        else:
            self.gone.discard(utc(part.dt))
            self.parts[utc(part.dt)] = events[0]

    def instants(self):
        """Starts of all sessions in it."""
        if self.master is None:
            return []
        whole = icalendar.Calendar.from_ical(self.master.to_ical())
        kept = [c for c in whole.subcomponents if not (
            c.name == "VEVENT" and "RECURRENCE-ID" in c
            and utc(c["RECURRENCE-ID"].dt) in self.parts)]
        whole.subcomponents = kept + list(self.parts.values())
        return [i for i in instants(whole, self.gone)]


def utc(moment):
    return moment.astimezone(datetime.timezone.utc)
