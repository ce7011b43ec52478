"""What somebody finds who has nothing but openapi.yaml and tries everything: values of
every schema and values of none, every method, every header left out, every list walked.
"""
import json
import unittest
import urllib.parse
import uuid

from tests.lib import contract, fuzz
from tests.lib.blackbox import BlackBox, body_schema

NASTY = ["", "0", "-1", "%00", "..", "%2e%2e", "%2F", "'", "1%27--", "a" * 300, "NaN",
         "00000000-0000-0000-0000-000000000000", "%F0%9F%92%A9", "{id}", "null"]

# What an answer shows once.
SECRETS = {"token", "webcal_url", "password"}


class Fuzz(BlackBox):
    def test_values_of_the_schema_are_understood(self):
        """Never 400: that would say the contract allows what the service does not."""
        for method, path, item, operation in self.operations("POST", "PUT", "PATCH"):
            kind, schema = body_schema(operation)
            if schema is None:
                continue
            with self.subTest(operation=f"{method} {path}"):
                def check(body):
                    answer = self.send(method, self.address(path, item, operation), body, kind)
                    self.assertNotEqual(answer.status, 400, (body, answer.body))
                self.examples(fuzz.bodies(schema, self.known), check)

    def test_values_of_no_schema_are_refused_and_named(self):
        for method, path, item, operation in self.operations("POST", "PUT", "PATCH"):
            kind, schema = body_schema(operation)
            if schema is None or "object" not in fuzz.kinds(contract.resolve(schema)):
                continue
            with self.subTest(operation=f"{method} {path}"):
                def check(pair):
                    body, place = pair
                    if not contract.faults(schema, body):
                        return  # hypothesis found a value that is of the schema all the same
                    answer = self.send(method, self.address(path, item, operation), body, kind)
                    self.assertIn(answer.status, (400, 403, 404, 409, 422), (body, answer.body))
                    if answer.status in (400, 422):
                        places = [e.get("pointer", "") for e in
                                  answer.json.get("errors", [])]
                        self.assertTrue(any(p.startswith(place) for p in places),
                                        (place, body, answer.body))
                self.examples(fuzz.bodies(schema, self.known).flatmap(
                    lambda value: fuzz.spoilt(schema, value)), check)
        self.untouched()

    def test_what_is_no_object_is_refused(self):
        for method, path, item, operation in self.operations("POST", "PUT", "PATCH"):
            kind, schema = body_schema(operation)
            if schema is None:
                continue
            for body in ([], "x", 1, None, True, [[[[]]]]):
                with self.subTest(operation=f"{method} {path}", body=body):
                    answer = self.admin.request(
                        method, self.address(path, item, operation), json.dumps(body),
                        headers={"If-Match": "*", "Content-Type": kind})
                    self.assertIn(answer.status, (400, 403, 404))

    def test_parameters(self):
        """Unknown, repeated and meaningless ones are 400 and named; good ones are not."""
        for method, path, item, operation in self.operations("GET"):
            url = self.address(path, item, operation)
            with self.subTest(operation=path):
                self.assertIn(self.send("GET", url + "?no_such=1").status, (400, 404, 403))
                for parameter in contract.parameters(item, operation):
                    if parameter["in"] != "query":
                        continue
                    name = parameter["name"]
                    twice = self.send("GET", f"{url}?{name}=1&{name}=1")
                    self.assertIn(twice.status, (400, 403, 404))
                    for value in NASTY:
                        self.send("GET", f"{url}?{name}={value}")
                    schema = parameter["schema"]
                    if name == "cursor":
                        continue

                    def check(value):
                        text = str(value).lower() if isinstance(value, bool) else str(value)
                        answer = self.send("GET", url + "?" + urllib.parse.urlencode(
                            {name: text}))
                        self.assertNotEqual(answer.status, 400, (name, value, answer.body))
                    self.examples(fuzz.bodies(schema), check)

    def test_nasty_paths(self):
        for method, path, item, operation in self.operations("GET", "DELETE", "POST"):
            for word in NASTY[1:]:
                url = path
                for p in contract.parameters(item, operation):
                    if p["in"] == "path":
                        url = url.replace("{" + p["name"] + "}", word)
                if url != path:
                    with self.subTest(operation=f"{method} {url}"):
                        answer = self.admin.request(method, url, headers={"If-Match": "*"})
                        self.assertIn(answer.status, (400, 404, 414, 415, 422))

    def test_without_a_token_there_is_nothing(self):
        stranger = self.service.client(token=None)
        for method, path, item, operation in contract.operations():
            if operation.get("security") == []:
                continue
            with self.subTest(operation=f"{method} {path}"):
                kind, _ = body_schema(operation)
                answer = stranger.request(
                    method, self.address(path, item, operation),
                    "{}" if kind else None, headers={"Content-Type": kind})
                self.assertEqual(answer.status, 401)
                self.assertRegex(answer.headers["WWW-Authenticate"], "^(Bearer|Basic) ")

    def test_other_methods(self):
        """405 with exactly the methods that the contract has."""
        for path, item in contract.document()["paths"].items():
            url = self.address(path, item, {})
            if url == "/v1/tokens/self":
                continue  # two templates fit
            have = {contract.METHODS[m] for m in contract.METHODS if m in item}
            have |= {"HEAD"} if "GET" in have else set()
            for method in ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS"):
                if method in have:
                    continue
                with self.subTest(operation=f"{method} {path}"):
                    answer = self.admin.request(method, url)
                    self.assertEqual(answer.status, 405)
                    self.assertEqual(set(answer.headers["Allow"].split(", ")), have)

    def test_required_headers(self):
        for method, path, item, operation in self.operations("POST", "PUT", "PATCH", "DELETE"):
            named = {p["name"] for p in contract.parameters(item, operation)
                     if p["in"] == "header" and p.get("required")}
            kind, schema = body_schema(operation)
            body = "{}" if kind else None
            if "text/calendar" in operation.get("requestBody", {}).get("content", {}):
                kind, body = "text/calendar", "BEGIN:VEVENT\r\nEND:VEVENT\r\n"
            with self.subTest(operation=f"{method} {path}"):
                url = self.address(path, item, operation)
                if "Idempotency-Key" in named:
                    for key in (None, "short", "x" * 300, "a b" * 8, "\x7f" * 20):
                        answer = self.admin.request(method, url, body, headers={
                            "Idempotency-Key": key, "If-Match": "*", "Content-Type": kind})
                        self.assertIn(answer.status, (400, 403, 404, 415), answer.body)
                if "If-Match" in named:
                    answer = self.admin.request(method, url, body, headers={
                        "If-Match": None, "Content-Type": kind})
                    self.assertIn(answer.status, (428, 403, 404, 400), answer.body)
                    for tag in ('"999999"', 'W/"1"', "1", '"x"'):
                        answer = self.admin.request(method, url, body, headers={
                            "If-Match": tag, "Content-Type": kind})
                        self.assertIn(answer.status, (412, 403, 404, 400, 409, 422),
                                      answer.body)
                if kind:
                    answer = self.admin.request(method, url, "{}", headers={
                        "If-Match": "*", "Content-Type": "text/plain"})
                    self.assertIn(answer.status, (415, 403, 404))

    def test_conditional_reads(self):
        """A tag that a read gave makes the next one 304, empty; HEAD says the same."""
        seen = 0
        # The use of a token is written once a minute, behind the answer: not meanwhile.
        self.world.execute("UPDATE token SET last_used_at = now() + interval '1 hour'")
        for method, path, item, operation in contract.operations():
            if method != "GET" or "304" not in operation["responses"]:
                continue
            url = self.address(path, item, operation)
            first = self.admin.get(url)
            tag = first.headers.get("ETag")
            if first.status != 200:
                continue
            seen += 1
            with self.subTest(operation=path):
                for value in (tag, "*", f'"other", {tag}', "W/" + tag):
                    again = self.admin.get(url, headers={"If-None-Match": value})
                    self.assertEqual((again.status, again.body), (304, b""), value)
                    self.assertEqual(again.headers.get("ETag"), tag)
                self.assertEqual(
                    self.admin.get(url, headers={"If-None-Match": '"other"'}).status, 200)
                head = self.admin.request("HEAD", url)
                self.assertEqual((head.status, head.headers.get("ETag")), (200, tag))
        self.assertGreater(seen, 30)

    def test_lists_are_walked_whole(self):
        """Page by page as at once: nothing twice, nothing left out, and no foreign cursor."""
        for _, path, item, operation in self.operations("GET"):
            names = {p["name"] for p in contract.parameters(item, operation)}
            if "cursor" not in names:
                continue
            url = self.address(path, item, operation)
            whole = self.admin.get(url + "?limit=200")
            if whole.status != 200:
                continue
            with self.subTest(operation=path):
                pages = list(self.admin.pages(url + "?limit=2"))
                self.assertEqual(pages, whole.json["items"])
                self.assertIn(self.admin.get(url + "?cursor=AAAA").status, (400,))
                page = self.admin.get(url + "?limit=1").json["next"]
                if page:
                    cursor = urllib.parse.parse_qs(urllib.parse.urlsplit(page).query)["cursor"][0]
                    for bad in (cursor[:-1], cursor + "A", cursor.swapcase()):
                        self.assertEqual(self.admin.get(
                            f"{url}?limit=1&cursor={urllib.parse.quote(bad)}").status, 400)

    def test_a_key_is_one_effect(self):
        for method, path, item, operation in self.operations("POST"):
            kind, schema = body_schema(operation)
            named = {p["name"] for p in contract.parameters(item, operation)}
            if schema is None or "Idempotency-Key" not in named:
                continue
            with self.subTest(operation=path):
                def check(body):
                    key, url = uuid.uuid4().hex, self.address(path, item, operation)
                    first = self.send(method, url, body, kind, **{"Idempotency-Key": key})
                    if first.status >= 300:
                        return
                    again = self.send(method, url, body, kind, **{"Idempotency-Key": key})
                    self.assertEqual(again.status, first.status)
                    if not SECRETS & set(first.json):  # shown once
                        self.assertEqual(again.body, first.body)
                    self.assertEqual(again.headers["Idempotency-Replayed"], "true")
                    other = self.send(method, url, dict(body, name="another") if body else
                                      {"name": "another"}, kind, **{"Idempotency-Key": key})
                    self.assertIn(other.status, (400, 422, first.status))
                self.examples(fuzz.bodies(schema, self.known), check)

    def test_what_is_gone_is_gone(self):
        """Use after delete: 404 or a state that says so, never success."""
        for ids in self.ids["member"][:2]:
            url = f"/v1/members/{ids['id']}"
            if self.admin.delete(url).status == 204:
                self.assertIn(self.admin.patch(url, {"display_name": "x"}).status,
                              (404, 409, 410))


if __name__ == "__main__":
    unittest.main()
