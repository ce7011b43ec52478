"""openapi.yaml is valid, says what routes.def says, and the service keeps it."""
import json
import os
import re
import unittest
import uuid

import jsonschema

from tests.lib import cairn, contract

BODY = {"JSON": "application/json", "MERGE": "application/merge-patch+json",
        "CSV": "text/csv", "CALENDAR": "text/calendar", "MAIL": "message/rfc822",
        "FORM": "application/x-www-form-urlencoded", "XML": "application/xml"}
HEADER = {"KEY": "Idempotency-Key", "IF_MATCH": "If-Match", "WAIT": "Prefer"}
ROUTE = re.compile(r'^ROUTE\(\s*(\w+)\s*,\s*"([^"]+)"\s*,\s*h_(\w+)\s*,\s*([\w| ]+?)\s*,'
                   r'\s*([\w|\s]+?)\s*,\s*"([^"]*)"\s*\)', re.M)
DOCUMENT = contract.document()
COMPONENTS = DOCUMENT["components"]


def read(path):
    with open(os.path.join(contract.ROOT, path), encoding="utf-8") as file:
        return re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)


def problems():
    """(status, slug, title) of base/err.def."""
    return re.findall(r'^ERR\(\s*\w+\s*,\s*(\d+)\s*,\s*"([^"]+)"\s*,\s*"([^"]+)"',
                      read("base/err.def"), re.M)


def role_sets():
    """Each word of api/call.h's enum role -> the names of its roles."""
    body = re.search(r"enum role \{(.*?)\}", read("api/call.h"), re.S).group(1)
    sets = {}
    for word, value in re.findall(r"(\w+)\s*=\s*([^,]+?)\s*,", body):
        if value.isdigit():
            sets[word] = {word.removeprefix("ROLE_").lower()} if int(value) else set()
        else:
            sets[word] = set().union(*(sets[part.strip()] for part in value.split("|")))
    return sets


def routes():
    """(method, path) -> (name, roles, flags, query names)."""
    text, sets = read("api/routes.def"), role_sets()
    found = {}
    for method, path, name, roles, flags, query in ROUTE.findall(text):
        found[method, path] = (
            name, set().union(*(sets[word.strip()] for word in roles.split("|"))),
            {flag.strip().removeprefix("ROUTE_") for flag in flags.split("|")},
            set(query.split()))
    if len(found) != len(re.findall(r"^ROUTE\(", text, re.M)):
        raise AssertionError("a row of routes.def cannot be read, or stands there twice")
    return found


def walk(node, place=""):
    """Every mapping below node, with its place."""
    if isinstance(node, dict):
        yield place, node
    children = (node.items() if isinstance(node, dict) else
                enumerate(node) if isinstance(node, list) else ())
    for key, child in children:
        yield from walk(child, f"{place}/{key}")


def takes_app(operation):
    """It asks for an app password."""
    return operation.get("security") == [{"appPassword": []}]


def names(item, operation, where):
    return {p["name"] for p in contract.parameters(item, operation) if p["in"] == where}


class Document(unittest.TestCase):
    def test_head(self):
        self.assertRegex(DOCUMENT["openapi"], r"^3\.1\.\d+$")
        self.assertLessEqual({"title", "version"}, set(DOCUMENT["info"]))
        self.assertEqual(COMPONENTS["securitySchemes"]["bearer"]["scheme"], "bearer")
        self.assertEqual(DOCUMENT["security"], [{"bearer": []}])

    def test_references(self):
        """All resolve, and no component is left over."""
        used = set()
        for place, node in walk(DOCUMENT):
            if "$ref" in node:
                with self.subTest(place):
                    self.assertEqual(set(node), {"$ref"})
                    contract.resolve(node)
                    used.add(node["$ref"])
        spare = {f"#/components/{kind}/{name}" for kind, of in COMPONENTS.items()
                 for name in of if kind != "securitySchemes"} - used
        # No operation has it: it is what a method gets that is not listed.
        self.assertEqual(spare, {"#/components/responses/MethodNotAllowed"})

    def test_schemas(self):
        """Valid by the rules of JSON Schema 2020-12; objects are closed."""
        schemas = list(COMPONENTS["schemas"].values()) + [
            node["schema"] for _, node in walk(DOCUMENT) if "schema" in node]
        self.assertGreater(len(schemas), 100)
        for schema in schemas:
            jsonschema.Draft202012Validator.check_schema(schema)
            for place, node in walk(schema):
                if isinstance(node.get("properties"), dict):
                    with self.subTest(place):
                        self.assertIs(node["additionalProperties"], False)
                        self.assertLessEqual(set(node.get("required", [])),
                                             set(node["properties"]))

    def test_no_addresses_to_open(self):
        """The service fetches nothing, so no field is an address. Whoever adds one tries
        addresses of private networks in it (docs/internals/checkers.md, 21)."""
        for place, node in walk(COMPONENTS["schemas"]):
            self.assertNotIn(node.get("format"), ("uri", "iri", "uri-reference", "hostname"),
                             place)

    def test_examples(self):
        shown = [(place, node) for place, node in walk(DOCUMENT)
                 if "example" in node and "schema" in node]
        self.assertGreater(len(shown), 20)
        for place, node in shown:
            with self.subTest(place):
                self.assertEqual(contract.faults(node["schema"], node["example"]), [])

    def test_operations(self):
        tags = {tag["name"] for tag in DOCUMENT["tags"]}
        for method, path, item, operation in contract.operations():
            with self.subTest(f"{method} {path}"):
                self.assertLessEqual(set(operation["tags"]), tags)
                self.assertTrue(operation["summary"])
                self.assertEqual("security" in operation, operation["x-roles"] == [])
                self.assertEqual(names(item, operation, "path"),
                                 set(re.findall(r"\{(\w+)\}", path)))
                for parameter in contract.parameters(item, operation):
                    self.assertIn("schema", parameter)
                    self.assertTrue(parameter["in"] != "path" or parameter["required"])
                for status, response in operation["responses"].items():
                    self.assertRegex(status, r"^[2345]\d\d$")
                    self.assertIn("description", contract.resolve(response))

    def test_problems(self):
        """Every slug of err.def, and every status it comes with, is documented."""
        kinds = COMPONENTS["schemas"]["Problem"]["properties"]["type"]["enum"]
        slugs = [slug for _, slug, _ in problems()]
        self.assertGreater(len(slugs), 20)
        self.assertEqual(kinds, [f"/problems/{slug}" for slug in slugs])
        self.assertEqual(COMPONENTS["schemas"]["ProblemKind"]["properties"]["slug"]["enum"],
                         slugs)


UNTAGGED = {"/livez", "/readyz", "/robots.txt", "/v1", "/problems/{slug}",
            "/.well-known/caldav"}


class Routes(unittest.TestCase):
    """routes.def and openapi.yaml say the same."""

    def test_both_ways(self):
        documented = {(method, path) for method, path, _, _ in contract.operations()}
        self.assertEqual(documented, set(routes()))

    def test_tags(self):
        """Whatever is read has an ETag and answers 304, but what is of a few octets."""
        for method, path, item, operation in contract.operations():
            has = "304" in operation["responses"]
            with self.subTest(f"{method} {path}"):
                self.assertEqual(has, method == "GET" and path not in UNTAGGED)
                self.assertEqual("If-None-Match" in names(item, operation, "header"), has)
                if has:
                    self.assertIn("ETag", operation["responses"]["200"]["headers"])

    def test_rows(self):
        rows = routes()
        for method, path, item, operation in contract.operations():
            if (method, path) not in rows:
                continue  # test_both_ways tells
            name, roles, flags, query = rows[method, path]
            body = operation.get("requestBody", {})
            headers = names(item, operation, "header")
            with self.subTest(f"{method} {path}"):
                self.assertEqual(operation["operationId"], name)
                self.assertEqual(set(operation["x-roles"]), roles)
                self.assertEqual(names(item, operation, "query"), query)
                self.assertEqual(set(body.get("content", {})),
                                 {BODY[flag] for flag in flags & set(BODY)})
                self.assertEqual(body.get("required", False),
                                 bool(flags & set(BODY)) and "OPTIONAL" not in flags)
                self.assertEqual("406" in operation["responses"], "ANY" not in flags)
                for status in {"200", "202"} & set(operation["responses"]):
                    self.assertEqual("Preference-Applied" in operation["responses"][status]
                                     .get("headers", {}), "WAIT" in flags)
                self.assertEqual(headers - {"If-None-Match", "Depth"},
                                 {HEADER[flag] for flag in flags & set(HEADER)})


class Checker(unittest.TestCase):
    """check_response finds what is wrong."""
    HEADERS = {"X-Request-Id": "12345678", "X-Content-Type-Options": "nosniff",
               "Content-Type": "application/json"}

    def check(self, method="GET", path="/livez", status=200, body=b'{"status":"live"}',
              **headers):
        contract.check_response(method, path, status, {**self.HEADERS, **headers}, body)

    def test_good(self):
        self.check()
        self.check(method="HEAD", body=b"")

    def test_bad(self):
        bad = [{"status": 201}, {"status": 500}, {"method": "POST"}, {"path": "/nowhere"},
               {"body": b'{"status":"dead"}'}, {"body": b'{"status":"live","more":1}'},
               {"body": b"{}"}, {"body": b"{"}, {"body": b"\xff"}, {"X-Request-Id": None},
               {"Content-Type": "text/plain"}, {"method": "HEAD"},
               {"path": "/v1/me", "body": b"{}"},  # no ETag and no member
               {"path": "/v1/tokens/self", "status": 204, "body": b""}]
        for change in bad:
            with self.subTest(change), self.assertRaises(AssertionError):
                self.check(**change)


class Live(unittest.TestCase):
    """Each operation refuses what its contract says that it refuses. The client checks
    each answer against the contract; here the right refusal is asked for."""

    @classmethod
    def setUpClass(cls):
        cls.service = cairn.Service()
        cls.addClassCleanup(cls.service.close)
        cls.clients = {role: cls.service.client(role=role) for role in
                       ("newcomer", "mentor", "coordinator", "admin")}
        cls.app = cls.service.app()

    def each(self, check):
        """check(method, address, header names, operation) for all, each by itself."""
        for method, path, item, operation in contract.operations():
            address = re.sub(r"\{(\w+)\}", lambda m: "mentor" if m.group(1) == "role"
                             else str(uuid.UUID(int=7)), path)
            with self.subTest(f"{method} {path}"):
                check(method, address, names(item, operation, "header"), operation)

    def ask(self, operation, method, path, **headers):
        """As somebody who may, with a body that is an empty object or file."""
        body = None
        for kind in operation.get("requestBody", {}).get("content", {}):
            body = "{}" if "json" in kind else "external_id\n"
            headers.setdefault("Content_Type", kind)
        client = self.app if takes_app(operation) else self.clients[
            (operation["x-roles"] or ["admin"])[0]]
        return client.request(method, path, body,
                              {k.replace("_", "-"): v for k, v in headers.items()})

    def test_document(self):
        answer = self.service.client().get("/v1/openapi.json")
        self.assertEqual(json.loads(answer.body), DOCUMENT)

    def test_the_page(self):
        """Every operation and schema is on it, and it loads nothing and runs nothing."""
        answer = self.service.client().get("/v1/docs")
        page = answer.body.decode()
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        for _, _, _, operation in contract.operations():
            self.assertIn(f'<article id="{operation["operationId"]}">', page)
        for name in DOCUMENT["components"]["schemas"]:
            self.assertIn(f'<article id="schema-{name}">', page)
        for target in re.findall(r'href="#([^"]*)"', page):
            self.assertIn(f'id="{target}"', page)
        self.assertFalse(re.findall(r"<(?:script|link|img|iframe)|\ssrc=|url\(|@import", page))

    def test_problem_pages(self):
        for status, slug, title in problems():
            with self.subTest(slug):
                page = self.service.client().get(f"/problems/{slug}").expect(200)
                self.assertEqual((page["status"], page["title"]), (int(status), title))
        self.service.client().get("/problems/no-such-problem").problem(404, "not-found")

    def test_no_token(self):
        def check(method, path, _, operation):
            if operation["x-roles"] or takes_app(operation):
                self.service.client().request(method, path).problem(401, "unauthenticated")
        self.each(check)

    def test_other_roles(self):
        def check(method, path, _, operation):
            for role in set(self.clients) - set(operation["x-roles"] or self.clients):
                self.clients[role].request(method, path).problem(403, "forbidden")
            if takes_app(operation):  # and no token
                self.clients["admin"].request(method, path).problem(401, "unauthenticated")
            elif operation["x-roles"]:
                self.app.request(method, path).problem(401, "unauthenticated")
        self.each(check)

    def test_other_methods(self):
        for path in DOCUMENT["paths"]:
            address = re.sub(r"\{\w+\}", "x", path)
            there = set(contract.find(address))
            for method in set(contract.METHODS.values()) - there:
                with self.subTest(f"{method} {path}"):
                    answer = self.service.client().request(method, address)
                    answer.problem(405, "method-not-allowed")
                    allowed = set(re.split(r",\s*", answer.headers["Allow"]))
                    self.assertEqual(allowed - {"HEAD"}, there)

    def test_unknown_query(self):
        def check(method, path, _, operation):
            answer = self.ask(operation, method, path + "?nonsense=1")
            fault = answer.problem(400, "unknown-field")
            self.assertEqual(fault["errors"][0]["parameter"], "nonsense")
        self.each(check)

    def test_media_type(self):
        def check(method, path, _, operation):
            if "requestBody" in operation:
                self.ask(operation, method, path, Content_Type="text/plain").problem(
                    415, "unsupported-media-type")
        self.each(check)

    def test_no_key(self):
        def check(method, path, headers, operation):
            if "Idempotency-Key" in headers:
                self.ask(operation, method, path, Idempotency_Key=None).problem(
                    400, "idempotency-key-missing")
        self.each(check)

    def test_no_version(self):
        def check(method, path, headers, operation):
            if "If-Match" in headers:
                self.ask(operation, method, path).problem(428, "precondition-required")
        self.each(check)


if __name__ == "__main__":
    unittest.main()
