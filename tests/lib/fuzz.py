"""Requests made from openapi.yaml alone: good ones, and bad ones that say what is wrong.

`bodies(schema)` is a hypothesis strategy for values that fit a schema; `spoilt(schema,
value)` one for values that do not, each with the place of its one fault.
"""
import copy
import datetime

from hypothesis import strategies as st

from tests.lib import contract

TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Cf", "Co", "Cn", "Zl", "Zp"),
                             max_codepoint=0x2FFFF), max_size=40)
TYPES = {"string": str, "integer": int, "number": (int, float), "boolean": bool,
         "array": list, "object": dict, "null": type(None)}


def kinds(schema):
    """The JSON types that a schema names."""
    kind = schema.get("type", [])
    return [kind] if isinstance(kind, str) else list(kind)


def bodies(schema, known=None):
    """Values of the schema. `known`: property name -> values that mean something."""
    schema, known = contract.resolve(schema), known or {}
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return st.one_of([bodies(part, known) for part in schema[word]])
    return st.one_of([_of_kind(kind, schema, known) for kind in kinds(schema) or ["object"]])


def _of_kind(kind, schema, known):
    if kind == "null":
        return st.none()
    if kind == "boolean":
        return st.booleans()
    if kind in ("integer", "number"):
        low, high = schema.get("minimum", -2**31), schema.get("maximum", 2**31)
        if kind == "integer":
            return st.integers(low, high)
        return st.integers(low * 10, high * 10).map(lambda n: n / 10)
    if kind == "string":
        return _text(schema)
    if kind == "array":
        return st.lists(bodies(schema.get("items", {}), known),
                        min_size=schema.get("minItems", 0),
                        max_size=min(schema.get("maxItems", 5), 5),
                        unique_by=str if schema.get("uniqueItems") else None)
    return _object(schema, known)


def _text(schema):
    if schema.get("format") == "date":
        return st.dates(datetime.date(2026, 1, 1), datetime.date(2031, 1, 1)).map(str)
    if schema.get("format") == "date-time":
        return st.datetimes(datetime.datetime(2027, 1, 1), datetime.datetime(2027, 6, 1)).map(
            lambda t: t.replace(microsecond=0).isoformat() + "Z")
    if schema.get("format") == "uuid":
        return st.uuids().map(str)
    if schema.get("pattern") == "^[^;]*$":
        return _text(dict(schema, pattern=None)).map(lambda s: s.replace(";", "_"))
    if schema.get("pattern"):
        return st.from_regex(schema["pattern"], fullmatch=True).filter(
            lambda s: "\n" not in s and len(s) <= schema.get("maxLength", 10**6))
    low, high = schema.get("minLength", 0), schema.get("maxLength", 40)
    return TEXT.map(lambda s: (s.strip() + "x" * low)[:high]).filter(
        lambda s: low <= len(s) <= high and s == s.strip())


def _object(schema, known):
    def one(name, part):
        return st.sampled_from(known[name]) if known.get(name) else bodies(part, known)
    required = set(schema.get("required", []))
    properties = schema.get("properties", {})
    return st.fixed_dictionaries(
        {n: one(n, p) for n, p in properties.items() if n in required},
        optional={n: one(n, p) for n, p in properties.items() if n not in required}
    ).filter(lambda body: len(body) >= schema.get("minProperties", 0))


@st.composite
def spoilt(draw, schema, value):
    """(bad value, JSON pointer of the fault): one property taken away, of another type,
    beyond its bounds, or one too many."""
    schema, bad = contract.resolve(schema), copy.deepcopy(value)
    ways = [("unknown", None)] + [("missing", n) for n in schema.get("required", [])]
    for name in value:
        ways.append(("type", name))
        part = contract.resolve(schema["properties"].get(name, {}))
        inner = value[name][0] if isinstance(value[name], list) and value[name] else value[name]
        if isinstance(inner, dict) and "properties" in contract.resolve(part.get("items", part)):
            ways += [("deep", name)] * 3
        if isinstance(value[name], str) and ("maxLength" in part or "enum" in part):
            ways.append(("long", name))
        if (isinstance(value[name], int) and not isinstance(value[name], bool)
                and part.get("maximum", 0) < 2**53 - 1):  # JSON's own end, for us
            ways.append(("bound", name))
    way, name = draw(st.sampled_from(ways))
    if way == "deep":
        inner = bad[name][0] if isinstance(bad[name], list) else bad[name]
        part = contract.resolve(schema["properties"][name])
        spoilt_one, place = draw(spoilt(part.get("items", part), inner))
        if isinstance(bad[name], list):
            bad[name][0] = spoilt_one
            return bad, f"/{name}/0{place}"
        bad[name] = spoilt_one
        return bad, f"/{name}{place}"
    if way == "unknown":
        name = draw(st.sampled_from(["no_such_field", "row_version", "id", "community_id",
                                     "used", "created_at", "Name", "name "]))
        name = name if name not in schema.get("properties", {}) else "no_such_field"
        bad[name] = 1
    elif way == "missing":
        bad.pop(name, None)
    elif way == "type":
        part = contract.resolve(schema["properties"].get(name, {}))
        choices = [v for v in ([], {}, "\u2603", 10**12, 1.5, True, None)
                   if contract.faults(part, v)]
        if choices:
            bad[name] = draw(st.sampled_from(choices))
        else:
            bad["no_such_field"] = 1
            name = "no_such_field"
    elif way == "long":
        bad[name] = "x" * (contract.resolve(schema["properties"][name]).get("maxLength", 64) + 1)
    else:
        part = contract.resolve(schema["properties"].get(name, {}))
        bad[name] = part.get("maximum", 2**53) + 1
    return bad, "/" + name
