"""The contract, openapi.yaml, and whether an answer keeps it.

    contract.check_response("GET", "/v1/members?limit=3", 200, headers, body)

raises AssertionError with everything that is wrong: a path, method, status, content
type or header that is not documented, a body that is not of its schema. The client of
tests/lib/cairn.py calls it for every answer, so every test over HTTP holds the service
to its contract.
"""
import contextlib
import functools
import json
import os
import re
import subprocess
import tempfile
import urllib.parse

import jsonschema
import yaml

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# Names in a path item -> methods. OpenAPI has no words for those of WebDAV: they stand in
# the item as extensions of the same form.
METHODS = {"get": "GET", "put": "PUT", "post": "POST", "delete": "DELETE", "patch": "PATCH",
           "options": "OPTIONS", "x-propfind": "PROPFIND", "x-report": "REPORT"}
# What the gate may answer before it knows the path.
GATE = (400, 413, 414, 431, 503)
# What libmicrohttpd refuses by itself, in HTML and with the connection's end.
LIBRARY = (400, 413, 414, 431, 501, 505)


@functools.lru_cache(maxsize=None)
def document():
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    with open(os.path.join(ROOT, "openapi.yaml"), encoding="utf-8") as file:
        return yaml.load(file, loader)


def resolve(node):
    """The node itself, or what its $ref names; KeyError when that is not there."""
    while "$ref" in node:
        place, target = node["$ref"], document()
        if not place.startswith("#/"):
            raise KeyError(place)
        for part in place[2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def operations():
    """(METHOD, path template, path item, operation) of all."""
    for path, item in document()["paths"].items():
        for method in METHODS:
            if method in item:
                yield METHODS[method], path, item, item[method]


def parameters(item, operation):
    """Of one operation, those of its path among them."""
    return [resolve(p) for p in item.get("parameters", [])
            + operation.get("parameters", [])]


@functools.lru_cache(maxsize=None)
def _templates():
    """(pattern, path item), those with fewer parameters first: literals win."""
    paths = document()["paths"]
    return [(re.compile("[^/:]+".join(re.escape(part) for part
                                      in re.split(r"\{\w+\}", path)) + r"\Z"), paths[path])
            for path in sorted(paths, key=lambda p: p.count("{"))]


def find(path):
    """METHOD -> operation of an address without its query; None for no such path. An
    address may fit two templates (/tokens/self, /tokens/{id}): each adds its methods."""
    items = [item for pattern, item in _templates() if pattern.match(path)]
    return {METHODS[method]: item[method] for item in reversed(items)
            for method in METHODS if method in item} if items else None


def validator(schema):
    return jsonschema.Draft202012Validator(
        schema, resolver=jsonschema.RefResolver("", document()),
        format_checker=jsonschema.FormatChecker(["date"]))


def faults(schema, value):
    """What keeps the value from being of the schema, each with its place."""
    return [f"/{'/'.join(map(str, e.absolute_path))}: {e.message}"
            for e in validator(schema).iter_errors(value)]


def _check_body(response, kind, body):
    content = response.get("content", {})
    if not content:
        return ["a body where there is none"] if body or kind else []
    if kind not in content:
        return [f"content type {kind!r}, not one of {', '.join(content)}"]
    if kind == "text/calendar":
        return _examine(body)
    text = body.decode("utf-8")
    return faults(content[kind]["schema"], json.loads(text) if "json" in kind else text)


@functools.lru_cache(maxsize=None)
def _examine(body):
    """What the invitation doctor finds in a calendar of ours."""
    cairn = os.path.join(os.environ.get("CAIRN_BUILD", os.path.join(ROOT, "build/asan")), "cairn")
    with tempfile.NamedTemporaryFile(suffix=".ics") as file:
        file.write(body)
        file.flush()
        done = subprocess.run([cairn, "doctor", "--json", file.name], capture_output=True,
                              check=False)
    (report,) = json.loads(done.stdout)
    return [] if report["verdict"] == "sound" else [
        f"{f['severity']}: {f['wrong']}" for f in report["findings"]]


def _check_headers(response, headers):
    bad = [f"no {name}" for name in ("X-Request-Id", "X-Content-Type-Options")
           if headers.get(name) is None]
    for name, header in response.get("headers", {}).items():
        header, value = resolve(header), headers.get(name)
        if value is not None:
            bad += [f"{name}{fault}" for fault in faults(header["schema"], value)]
        elif header.get("required"):
            bad.append(f"no {name}")
    return bad


def _response(method, path, status):
    """The documented response, and what is wrong when there is none."""
    responses = document()["components"]["responses"]
    found = find(path)
    if found is None:
        return ((responses["NotFound"], []) if status in (404, *GATE) else
                (None, [f"{status} for a path that is not documented"]))
    operation = found.get("GET" if method == "HEAD" else method)
    if operation is None:
        return ((responses["MethodNotAllowed"], []) if status == 405 else
                (responses["BadRequest"], []) if status in GATE else
                (None, [f"{status} for a method that is not documented"]))
    if status == 500 and not _failing:
        return None, ["the service failed"]
    if str(status) not in operation["responses"]:
        return None, [f"status {status} is not documented"]
    return resolve(operation["responses"][str(status)]), []


_noted, _failing = set(), []


@contextlib.contextmanager
def may_fail():
    """Within, a test has broken the service, and a 500 is an answer like others."""
    _failing.append(True)
    try:
        yield
    finally:
        _failing.pop()


def produced_folder(build):
    return os.path.join(os.path.abspath(build), "produced")


def _note(method, path, status):
    """For tests/last/test_produced.py: this operation gave this status."""
    build, found = os.environ.get("CAIRN_BUILD"), find(path)
    operation = (found or {}).get("GET" if method == "HEAD" else method)
    if build is None or operation is None:
        return
    line = f"{operation['operationId']} {status}\n"
    if line in _noted:
        return
    _noted.add(line)
    os.makedirs(produced_folder(build), exist_ok=True)
    with open(os.path.join(produced_folder(build), str(os.getpid())), "a",
              encoding="ascii") as file:
        file.write(line)


def check_response(method, path, status, headers, body):
    kind = (headers.get("Content-Type") or "").split(";")[0].strip()
    if status in LIBRARY and kind == "text/html" and headers.get("Connection") == "close":
        return
    bare = urllib.parse.urlsplit(path).path
    response, bad = _response(method, bare, status)
    if response is not None:
        bad = _check_headers(response, headers)
        try:
            bad += _check_body(response, kind, body) if method != "HEAD" else (
                ["a body for HEAD"] if body else [])
        except ValueError as error:
            bad.append(f"the body cannot be read: {error}")
    if bad:
        shown = body[:2000].decode("utf-8", "replace")
        raise AssertionError(f"{method} {path} -> {status} breaks the contract:\n  "
                             + "\n  ".join(bad) + f"\n{shown}")
    _note(method, bare, status)
