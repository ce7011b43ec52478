"""Who may what: routes.def (which roles) and access.def (whose things), read as data.

    for op in policy.operations():
        policy.judge(op, who_role, relation)  # "open", "forbidden", "hidden", …

docs/access.md is `page()`.
"""
import dataclasses
import functools
import os
import re

from tests.lib import contract

ROUTE = re.compile(r'^ROUTE\((\w+), "([^"]+)", h_(\w+), ([\w| ]+), ([\w| ]+), "([^"]*)"\)',
                   re.M)
SUBJECT = re.compile(r'^SUBJECT\((\w+), (\w+), "([^"]*)", "([^"]*)"\)', re.M)
ACCESS = re.compile(r'^ACCESS\((\w+), "([^"]+)", (\w+), (\w+), (\w+)\)', re.M)
ACTS_FOR = re.compile(r'^ACTS_FOR\((\w+), "([^"]+)", "(\w+)"\)', re.M)
FIELD = re.compile(r'^FIELD\((\w+), "([^"]+)", "(\w+)"\)', re.M)
# The columns of the matrix, and which of them each word of access.def reaches.
RELATIONS = ("own", "related", "same program", "other program", "other community", "deleted")
REACH = {"NOBODY": (), "OWN": RELATIONS[:1], "RELATED": RELATIONS[:2], "ALL": RELATIONS[:4]}
APP = "app password"  # stands where a role stands, and opens calendars alone
WORDS = {"NOBODY": "nobody's", "OWN": "their own", "RELATED": "own and related",
         "ALL": "all of the community"}


@dataclasses.dataclass(frozen=True)
class Subject:
    kind: str
    all: frozenset
    own: str
    related: str


@dataclasses.dataclass(frozen=True)
class Operation:
    method: str
    path: str
    handler: str           # without its h_
    roles: frozenset
    flags: frozenset
    query: tuple
    subject: Subject
    sees: str
    may: str
    acts_for: str = None
    field: str = None
    scope: str = None      # asked of a token that is limited to some

    def lets(self, role, scopes=None):
        """Whether the role, limited to scopes, may call it at all."""
        return role in self.roles and (
            scopes is None or self.scope is None or self.scope in scopes)

    @property
    def is_list(self):
        return (self.method == "GET" and "{" not in self.path
                and self.subject.kind not in ("none", "self"))


def read(path):
    with open(os.path.join(contract.ROOT, path), encoding="utf-8") as file:
        return re.sub(r"/\*.*?\*/", "", file.read(), flags=re.S)


def rows(macro, pattern, text):
    """The rows of one macro; all of them, or it is an error."""
    found = pattern.findall(text)
    if len(found) != len(re.findall(rf"^{macro}\(", text, re.M)):
        raise AssertionError(f"a row of {macro} cannot be read")
    return found


@functools.lru_cache(maxsize=None)
def role_sets():
    """Each word of api/call.h's enum role -> the names of its roles."""
    body = re.search(r"enum role \{(.*?)\}", read("api/call.h"), re.S).group(1)
    sets = {}
    for word, value in re.findall(r"(\w+)\s*=\s*([^,]+?)\s*,", body):
        if value.isdigit():
            sets[word] = {word.removeprefix("ROLE_").lower()} if int(value) else set()
        else:
            sets[word] = set().union(*(sets[part.strip()] for part in value.split("|")))
    return {word: frozenset(names) for word, names in sets.items()}


@functools.lru_cache(maxsize=None)
def subjects():
    return {kind: Subject(kind, role_sets()[roles], own, related) for kind, roles, own, related
            in rows("SUBJECT", SUBJECT, read("api/access.def"))}


@functools.lru_cache(maxsize=None)
def operations():
    """All, in the order of routes.def; an AssertionError when the files disagree."""
    text, sets = read("api/access.def"), role_sets()
    access = {(m, p): rest for m, p, *rest in rows("ACCESS", ACCESS, text)}
    acts = {(m, p): field for m, p, field in rows("ACTS_FOR", ACTS_FOR, text)}
    fields = {(m, p): field for m, p, field in rows("FIELD", FIELD, text)}
    scopes = {(m, p): o.get("x-scope") for m, p, _, o in contract.operations()}
    found = []
    for method, path, handler, roles, flags, query in rows("ROUTE", ROUTE, read("api/routes.def")):
        if (method, path) not in access:
            raise AssertionError(f"access.def does not say whose things {method} {path} is about")
        kind, sees, may = access.pop((method, path))
        found.append(Operation(
            method, path, handler, frozenset().union(*(sets[w.strip()] for w in roles.split("|"))),
            frozenset(f.strip().removeprefix("ROUTE_") for f in flags.split("|")),
            tuple(query.split()), subjects()[kind], sees, may, acts.pop((method, path), None),
            fields.pop((method, path), None), scopes.get((method, path))))
    if access or acts or fields:
        raise AssertionError(f"no such operation: {[*access, *acts, *fields]}")
    return found


def judge(op, role, relation, scopes=None):
    """What is to happen: "open"; "hidden", as if it did not exist; "forbidden";
    "unauthenticated"; "ended": not hidden from who sees all, but nothing to change."""
    if "BASIC" in op.flags:
        if role != APP:
            return "unauthenticated"
        return "open" if op.subject.kind == "none" or relation in REACH[op.may] else "hidden"
    if not op.roles:
        return "open"
    if role in (None, APP):
        return "unauthenticated"
    if not op.lets(role, scopes):
        return "forbidden"
    if op.subject.kind in ("none", "self"):
        return "open"
    if role in op.subject.all and "OWN_TOKEN" in op.flags and relation != "own" and \
            scopes is not None and not any(s.startswith("tokens:") for s in scopes):
        return "forbidden"
    if relation == "other community":
        return "hidden"
    if role in op.subject.all:
        return "ended" if relation == "deleted" else "open"
    if relation in REACH[op.may]:
        return "open"
    return "forbidden" if relation in REACH[op.sees] else "hidden"


# ---- the page ----

HEAD = """# Who may what

This page is made from `api/routes.def` and `api/access.def`; do not edit it by hand
(`CAIRN_WRITE_DOCS=1 python3 tests/run.py --only rules -k access` writes it).

Every request but the public ones brings a token, and a token has one role in one
community. Of another community nothing is ever seen. Members are the roles newcomer and
mentor; a guide is a member whose role in a cohort is to lead it, with a token of either.

- **not allowed** (403): the role may not call the operation, or the thing is seen but
  may not be changed.
- **not there** (404): the thing is not seen. The answer is, but for the request's id,
  the one for an id that does not exist.
- no valid token (401): also one that was revoked, has expired or whose member was erased,
  the secret of a feed, and an app password.

With an app password a calendar app reads its member's calendar, and nothing else; a token is
none (401).

The same is kept twice: by the code of each operation, and by row-level security in the
database. `tests/http/test_matrix.py` tries every operation as everybody on everything, of
refusals of one kind one; `tests/slow/test_matrix_whole.py` takes them all.

## Own and related

| thing | all of the community | own | related |
|---|---|---|---|
"""

OPERATIONS = """
## Operations

| operation | roles | about | roles that do not see all see | and may change |
|---|---|---|---|---|
"""

FIELDS = """
## Fields

These only the roles that see all may set; 403 for the others.

"""

ACTING = """
## On whose behalf

These bodies may name a member. Coordinators and admins name anybody of their community;
a member only themselves, and gets 403 for everybody else, known or not.

"""


def page():
    ranks = list(role_sets()["ROLES_ANY"] & {"newcomer"}) + ["mentor", "coordinator", "admin"]
    ranks += sorted(role_sets()["ROLES_ANY"] - set(ranks))

    def names(roles):
        if not roles:
            return "public"
        return "any" if roles == role_sets()["ROLES_ANY"] else ", ".join(
            r for r in ranks if r in roles)

    out = [HEAD]
    for s in subjects().values():
        if s.kind not in ("none", "self"):
            out.append(f"| {s.kind.replace('_', ' ')} | {names(s.all) if s.all else '–'} | {s.own or '–'}"
                       f" | {s.related or '–'} |\n")
    out.append(OPERATIONS)
    for op in operations():
        plain = op.subject.kind in ("none", "self") or (
            op.roles <= op.subject.all and "BASIC" not in op.flags)
        who = APP if "BASIC" in op.flags else names(op.roles)
        out.append(f"| `{op.method} {op.path}` | {who}"
                   f" | {'–' if op.subject.kind == 'none' else op.subject.kind.replace('_', ' ')}"
                   f" | {'–' if plain else WORDS[op.sees]}"
                   f" | {'–' if plain else WORDS[op.may]} |\n")
    out.append(FIELDS)
    out += [f"- `{op.method} {op.path}`: `{op.field}`\n" for op in operations() if op.field]
    out.append(ACTING)
    out += [f"- `{op.method} {op.path}`: `{op.acts_for}`\n" for op in operations()
            if op.acts_for]
    return "".join(out)
