"""Tokens of an identity provider: who gets in, as whom, and what an attacker would try.
The keys are made by the openssl command. test_jwt.c has the finer cases."""
import base64
import hashlib
import hmac
import json
import os
import re
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
import uuid

from tests.lib import cairn

ISSUER, AUDIENCE = "https://id.example.org", "cairn-test"


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*args, stdin=b""):
    return subprocess.run(["openssl", *args], input=stdin, capture_output=True, check=True,
                          timeout=60).stdout


class Key:
    """A key pair in a file; `jwk` is what the provider publishes."""

    def __init__(self, folder, kid, algorithm):
        self.kid, self.algorithm = kid, algorithm
        self.path = os.path.join(folder, kid + ".pem")
        kind = (["RSA", "-pkeyopt", "rsa_keygen_bits:2048"] if algorithm == "RS256" else
                ["EC", "-pkeyopt", "ec_paramgen_curve:P-256"])
        openssl("genpkey", "-algorithm", *kind, "-out", self.path)
        self.jwk = {"kid": kid, "use": "sig", "alg": algorithm}
        if algorithm == "RS256":
            text = openssl("rsa", "-in", self.path, "-noout", "-modulus").decode()
            self.jwk |= {"kty": "RSA", "e": "AQAB",
                         "n": b64(bytes.fromhex(text.strip().split("=")[1]))}
        else:
            point = openssl("pkey", "-in", self.path, "-pubout", "-outform", "DER")[-64:]
            self.jwk |= {"kty": "EC", "crv": "P-256", "x": b64(point[:32]),
                         "y": b64(point[32:])}

    def sign(self, text):
        der = openssl("dgst", "-sha256", "-sign", self.path, stdin=text)
        if self.algorithm == "RS256":
            return der
        out, at = b"", 2
        for _ in range(2):  # two INTEGERs, signed and as short as can be
            n = der[at + 1]
            out += der[at + 2:at + 2 + n].lstrip(b"\0").rjust(32, b"\0")
            at += 2 + n
        return out

    def token(self, header=None, **claims):
        head = {"alg": self.algorithm, "kid": self.kid, "typ": "JWT"} | (header or {})
        body = {"iss": ISSUER, "aud": AUDIENCE, "sub": "u1",
                "exp": int(time.time()) + 600} | claims
        text = ".".join(b64(json.dumps(part).encode()) for part in (head, body)).encode()
        return f"{text.decode()}.{b64(self.sign(text))}"


class Oidc(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="cairn-keys-")
        cls.addClassCleanup(folder.cleanup)
        cls.keys_file = os.path.join(folder.name, "keys.json")
        cls.rsa, cls.ec, cls.later = (Key(folder.name, kid, algorithm) for kid, algorithm in
                                      (("r", "RS256"), ("e", "ES256"), ("later", "ES256")))
        cls.publish(cls.rsa, cls.ec)
        cls.service = cairn.Service(
            "--no-worker", "--oidc-issuer", ISSUER, "--oidc-audience", AUDIENCE,
            "--oidc-keys-file", cls.keys_file, "--oidc-community", "test")
        cls.addClassCleanup(cls.service.close)
        cls.admin = cls.service.client(role="admin")
        cls.member = cls.admin.post("/v1/members", {
            "external_id": "m", "display_name": "M", "time_zone": "UTC"}).expect(201)["id"]
        cls.link("u1", "coordinator")

    @classmethod
    def publish(cls, *keys, text=None):
        """As an operator would: the new file takes the place of the old one."""
        with open(cls.keys_file + ".new", "w", encoding="utf-8") as file:
            file.write(text or json.dumps({"keys": [key.jwk for key in keys]}))
        os.replace(cls.keys_file + ".new", cls.keys_file)

    @classmethod
    def link(cls, subject, role, member=None, issuer=ISSUER):
        return cls.admin.post("/v1/identities", {
            "issuer": issuer, "subject": subject, "role": role,
            "member_id": member}).expect(201)

    def ask(self, token, path="/v1/members"):
        return self.service.client(token=token).get(path)

    def test_both_algorithms(self):
        for key in (self.rsa, self.ec):
            self.ask(key.token()).expect(200)

    def test_role_and_member_are_ours(self):
        """Whatever the claims say."""
        self.link("new", "newcomer", self.member)
        token = self.ec.token(sub="new", role="admin", roles=["admin"], scope="tokens:write",
                              member_id="x", community="elsewhere")
        self.assertEqual(self.ask(token, "/v1/me").expect(200)["id"], self.member)
        self.ask(token).problem(403, "forbidden")
        self.ask(token, "/v1/tokens").problem(403, "forbidden")
        # Writing works, with a key of their own.
        person, key = self.service.client(token=token), {"Idempotency-Key": uuid.uuid4().hex}
        person.post(f"/v1/members/{self.member}/feeds", headers=key).expect(201)
        again = self.service.client(token=self.rsa.token(sub="new")).post(
            f"/v1/members/{self.member}/feeds", headers=key)
        again.expect(201)
        self.assertEqual(again.headers["Idempotency-Replayed"], "true")

    def test_who_am_i(self):
        """As of a token: role, member, end; and who vouches. The last use is noted."""
        ends = int(time.time()) + 600
        made = self.link("me", "mentor", self.member)
        token = self.ec.token(sub="me", exp=ends)
        me = self.ask(token, "/v1/tokens/self").expect(200)
        self.assertEqual(
            {k: me[k] for k in ("id", "role", "member_id", "member_display_name", "community",
                                "provider", "scopes", "expires_at")},
            {"id": made["id"], "role": "mentor", "member_id": self.member,
             "member_display_name": "M", "community": "test", "scopes": None,
             "provider": {"issuer": ISSUER, "subject": "me"},
             "expires_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends))})
        own = self.admin.get("/v1/tokens/self").expect(200)
        self.assertEqual((own["id"], own["provider"]), (self.admin.token_id, None))
        path = f"/v1/identities/{made['id']}"
        self.assertTrue(cairn.eventually(
            lambda: self.admin.get(path).expect(200)["last_used_at"]))
        seen = self.admin.get(path).expect(200)
        self.assertEqual((seen["row_version"], made["last_used_at"]), (1, None))
        for other in (f"/v1/tokens/{made['id']}", f"/v1/tokens/{self.admin.token_id}"):
            self.ask(token, other).problem(404, "not-found")
        self.ask(token, path).problem(403, "forbidden")
        # A provider may think that its tokens live for ever.
        last = self.ec.token(sub="me", exp=253402300799)
        self.assertEqual(self.ask(last, "/v1/tokens/self").expect(200)["expires_at"],
                         "9999-12-31T23:59:59Z")

    def test_nobody_of_ours(self):
        self.link("elsewhere", "admin", issuer="https://other.example.org")
        for subject in ("unknown", "U1", "u1 ", "elsewhere"):
            self.ask(self.ec.token(sub=subject)).problem(401, "unauthenticated")

    def test_unlinked(self):
        made = self.link("gone", "admin")
        token = self.ec.token(sub="gone")
        self.ask(token).expect(200)
        self.admin.post("/v1/identities", {
            "issuer": ISSUER, "subject": "gone", "role": "mentor",
            "member_id": self.member}).problem(409, "conflict")
        self.assertEqual(self.admin.get(f"/v1/identities/{made['id']}").expect(200), made)
        self.assertIn(made, list(self.admin.pages("/v1/identities?limit=2")))
        self.admin.delete(f"/v1/identities/{made['id']}").expect(204)
        self.ask(token).problem(401, "unauthenticated")
        self.admin.delete(f"/v1/identities/{made['id']}").problem(404, "not-found")

    def test_erased(self):
        member = self.admin.post("/v1/members", {
            "external_id": "e", "display_name": "E", "time_zone": "UTC"}).expect(201)["id"]
        self.link("erased", "mentor", member)
        _, secret = self.service.token("mentor", member)
        token = self.ec.token(sub="erased")
        self.ask(token, "/v1/me").expect(200)
        self.service.client(role="coordinator").delete(f"/v1/members/{member}").expect(204)
        self.ask(token, "/v1/me").problem(401, "unauthenticated")
        self.ask(secret, "/v1/me").problem(401, "unauthenticated")
        self.assertEqual(self.service.cluster.execute(
            "SELECT (SELECT count(*) FROM identity WHERE member_id = %s),"
            " (SELECT count(*) FROM token WHERE member_id = %s AND revoked_at IS NULL)",
            (member, member)), [(0, 0)])

    def test_links_that_make_no_sense(self):
        for body, pointer in (({"role": "newcomer"}, "/member_id"),
                              ({"role": "mentor", "member_id": str(uuid.uuid4())},
                               "/member_id")):
            problem = self.admin.post("/v1/identities", {
                "issuer": ISSUER, "subject": "x", **body}).problem(422, "validation-failed")
            self.assertEqual(problem["errors"][0]["pointer"], pointer)
        self.admin.post("/v1/identities", {
            "issuer": ISSUER, "subject": "x", "role": "service"}).problem(
                400, "invalid-field")
        limited = self.service.client(role="admin", scopes=["tokens:write"])
        limited.post("/v1/identities", {
            "issuer": ISSUER, "subject": "x", "role": "admin"}).problem(403, "forbidden")

    def test_attacks(self):
        now = int(time.time())
        good = self.ec.token()
        head, body, signature = good.split(".")
        none = b64(json.dumps({"alg": "none", "kid": "e"}).encode())
        with_public_key = b64(json.dumps({"alg": "HS256", "kid": "r"}).encode()) + "." + body
        public = openssl("pkey", "-in", self.rsa.path, "-pubout")
        evil = self.later  # not published
        cases = {
            "alg none": f"{none}.{body}.",
            "alg none, with a signature": f"{none}.{body}.{signature}",
            "HS256 with the public key": with_public_key + "." + b64(hmac.digest(
                public, with_public_key.encode(), hashlib.sha256)),
            "RS256 for the key of ES256": self.rsa.token({"kid": "e"}),
            "another's key under our name": evil.token({"kid": "e"}),
            "a key of its own": evil.token({"kid": "e", "jwk": evil.jwk}),
            "an address of keys": evil.token({"kid": "e", "jku": "http://127.0.0.1:1/keys"}),
            "an address of certificates": self.ec.token({"x5u": "http://127.0.0.1:1/c"}),
            "crit": self.ec.token({"crit": ["exp"], "exp": now + 9}),
            "kid of another file": self.ec.token({"kid": "../../../../dev/null"}),
            "another audience": self.ec.token(aud="other"),
            "another issuer": self.ec.token(iss="https://evil.example.org"),
            "expired a second ago": self.ec.token(exp=now - 1),
            "not yet": self.ec.token(nbf=now + 300),
            "padded": good + "=",
            "claims changed": f"{head}.{b64(json.dumps({'sub': 'u1'}).encode())}.{signature}",
            "not signed by anybody": f"{head}.{body}.{b64(bytes(64))}",
            "very long": self.ec.token(filler="x" * 7000),
        }
        for name, token in cases.items():
            with self.subTest(name):
                self.ask(token).problem(401, "unauthenticated")
        # 100 kB do not get past the library, which answers by itself.
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(urllib.request.Request(
                self.service.base + "/v1/members",
                headers={"Authorization": "Bearer " + "x" * 100_000}), timeout=60)
        self.assertEqual(refused.exception.code, 431)
        self.ask(good).expect(200)

    def test_keys_are_exchanged_without_a_restart(self):
        self.addCleanup(self.publish, self.rsa, self.ec)
        self.ask(self.later.token()).problem(401, "unauthenticated")
        self.publish(self.rsa, self.later)
        self.ask(self.later.token()).expect(200)
        self.ask(self.ec.token()).problem(401, "unauthenticated")
        # A file that is no good changes nothing.
        self.publish(text="{")
        self.ask(self.later.token()).expect(200)
        self.assertIn("keys not read", self.service.log())
        os.unlink(self.keys_file)
        self.ask(self.later.token()).expect(200)

    def test_no_secret_is_logged(self):
        """Neither good nor bad ones, nor what is in them."""
        secrets = [self.ec.token(), self.ec.token(aud="canary-audience"),
                   self.ec.token(sub="canary-subject"), self.admin.token,
                   self.admin.token[:-1] + "-", "cairn_pat_" + "c" * 71, "a.canary.c"]
        for secret in secrets:
            self.ask(secret)
            self.service.client().get(f"/feeds/{secret}.ics")
        log = self.service.log()
        self.assertIn('"status":401', log)
        for secret in secrets:
            for part in re.split(r"[._]", secret):
                if len(part) > 6:
                    self.assertNotIn(part, log)
        self.assertNotIn("canary", log)
        for path in ("idempotency", "audit_event", "identity", "token"):
            for row in self.service.cluster.execute(f"SELECT t::text FROM {path} t"):
                self.assertNotIn(secrets[0].split(".")[2], row[0])

    def test_settings_are_checked(self):
        def check(*flags):
            return subprocess.run(
                [cairn.program(), "serve", "--check-config", "--oidc-issuer", ISSUER, *flags],
                capture_output=True, text=True, timeout=60, check=False)

        missing = check()
        self.assertNotEqual(missing.returncode, 0)
        for name in ("oidc_audience", "oidc_keys_file", "oidc_community"):
            self.assertIn(name, missing.stderr)
        rest = ("--oidc-audience", "a", "--oidc-community", "c", "--oidc-keys-file")
        self.assertIn("oidc_keys_file", check(*rest, "/nonexistent").stderr)
        self.assertEqual(check(*rest, self.keys_file).returncode, 0)


if __name__ == "__main__":
    unittest.main()
