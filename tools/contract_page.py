#!/usr/bin/python3
"""Print openapi.yaml, given as JSON, as one page for people: no script, nothing loaded."""
import base64
import hashlib
import html
import json
import re
import sys

METHODS = ("get", "post", "put", "patch", "delete", "options", "x-propfind", "x-report")
# Every operation has these; told once at the top.
COMMON = ("413", "414", "431", "500", "503", "504")

STYLE = """
:root { color-scheme: light dark; --ink: #1d2429; --soft: #5b6770; --line: #d9dee2;
  --paper: #fff; --wash: #f5f7f8; --link: #0b5c8a; --get: #0b6e4f; --post: #0b5c8a;
  --put: #8a5a00; --patch: #8a5a00; --delete: #a32020; }
@media (prefers-color-scheme: dark) { :root { --ink: #dde3e8; --soft: #98a5af; --line: #323b42;
  --paper: #14191d; --wash: #1b2227; --link: #7cc4ee; --get: #6fd0a8; --post: #7cc4ee;
  --put: #e3b660; --patch: #e3b660; --delete: #f09a9a; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; font: 16px/1.55 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); display: grid; grid-template-columns: 18rem minmax(0, 1fr); }
a { color: var(--link); text-decoration: none; } a:hover, a:focus { text-decoration: underline; }
nav { position: sticky; top: 0; height: 100vh; overflow: auto; padding: 1.5rem 1rem;
  background: var(--wash); border-right: 1px solid var(--line); font-size: .85rem; }
nav ul { list-style: none; margin: 0 0 1rem; padding: 0; }
nav li { padding: .1rem 0; } nav li a { display: flex; } nav strong { display: block; margin-top: .4rem; }
main { padding: 2rem clamp(1rem, 4vw, 3rem) 6rem; max-width: 62rem; }
h1 { font-size: 2rem; margin: 0; } h2 { margin: 3rem 0 1rem; border-bottom: 2px solid var(--line); }
h3 { font-size: 1.05rem; margin: 0 0 .25rem; } h4 { margin: 1rem 0 .3rem; font-size: .9rem; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem 1.25rem;
  margin: 0 0 1rem; }
code, pre { font: .875em/1.5 ui-monospace, "DejaVu Sans Mono", monospace; }
code { overflow-wrap: anywhere; }
pre { background: var(--wash); border: 1px solid var(--line); border-radius: .35rem;
  padding: .75rem; overflow: auto; margin: .3rem 0; }
.verb { display: inline-block; flex: none; width: 4.6em; font-weight: 700; font-size: .8rem;
  line-height: 1.9; }
.get { color: var(--get); } .post { color: var(--post); } .put { color: var(--put); }
.patch { color: var(--patch); } .delete { color: var(--delete); }
.soft { color: var(--soft); font-size: .875rem; } .wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
td, th { text-align: left; vertical-align: top; padding: .3rem .6rem .3rem 0;
  border-top: 1px solid var(--line); } th { border: 0; color: var(--soft); font-weight: 500; }
p { margin: .4rem 0; } summary { cursor: pointer; color: var(--soft); font-size: .9rem; }
@media (max-width: 50rem) { body { display: block; }
  nav { position: static; height: auto; max-height: 45vh; border-right: 0; } }
@media print { body { display: block; } nav { display: none; } article { break-inside: avoid; } }
"""

document = json.load(open(sys.argv[1], encoding="utf-8"))


def resolve(node):
    while "$ref" in node:
        target = document
        for part in node["$ref"][2:].split("/"):
            target = target[part]
        node = target
    return node


def prose(text):
    """The little markup that the descriptions use: paragraphs, **strong**, `code`."""
    text = html.escape(text.strip(), quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    return "".join(f"<p>{part}</p>" for part in re.split(r"\n\s*\n", text) if part)


def inline(text):
    return prose(text).removeprefix("<p>").removesuffix("</p>")


def kind_of(schema):
    """What a schema is, in a few words; named ones as links."""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[1]
        return f'<a href="#schema-{name}">{name}</a>'
    for word in ("oneOf", "anyOf"):
        if word in schema:
            return " or ".join(kind_of(part) for part in schema[word])
    if "const" in schema:
        return f"<code>{html.escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return " | ".join(f"<code>{html.escape(str(v))}</code>" for v in schema["enum"])
    kinds = schema.get("type", "any")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    words = []
    for kind in kinds:
        if kind == "array" and "items" in schema:
            words.append("list of " + kind_of(schema["items"]))
        elif kind == "string" and "format" in schema:
            words.append(schema["format"])
        else:
            words.append(kind)
    return " or ".join(words) + bounds(schema)


def bounds(schema):
    said = []
    for low, high, what in (("minimum", "maximum", ""), ("minLength", "maxLength", " characters"),
                            ("minItems", "maxItems", " items")):
        if low in schema and high in schema:
            said.append(f"{schema[low]} to {schema[high]}{what}")
        elif low in schema:
            said.append(f"at least {schema[low]}{what}")
        elif high in schema:
            said.append(f"at most {schema[high]}{what}")
    if "default" in schema:
        said.append(f"default {json.dumps(schema['default'], ensure_ascii=False)}")
    return f' <span class="soft">({html.escape("; ".join(said))})</span>' if said else ""


def rows(entries, head):
    if not entries:
        return ""
    line = "".join(f"<th>{cell}</th>" for cell in head)
    return ('<div class="wide"><table><tr>' + line + "</tr>"
            + "".join("<tr>" + "".join(f"<td>{c}</td>" for c in e) + "</tr>" for e in entries)
            + "</table></div>")


def fields(schema):
    """The members of an object, those of objects within it too."""
    entries = []

    def walk(schema, prefix):
        for name, part in schema.get("properties", {}).items():
            star = "" if name in schema.get("required", []) else ' <span class="soft">optional</span>'
            entries.append((f"<code>{html.escape(prefix + name)}</code>{star}", kind_of(part),
                            inline(part.get("description", ""))))
            inner = part.get("items", part) if "$ref" not in part else {}
            if "properties" in inner:
                walk(inner, prefix + name + ("[]." if inner is not part else "."))
    walk(schema, "")
    return rows(entries, ("member", "type", ""))


def example_of(content):
    return next((c["example"] for c in content.values() if "example" in c), None)


def curl(method, path, operation, content):
    words = ["curl"] + ([f"-X {method.removeprefix('x-').upper()}"] if method != "get" else [])
    if operation.get("security") != []:
        words.append('-H "Authorization: Bearer $TOKEN"')
    names = {resolve(p)["name"] for p in operation.get("parameters", [])}
    if "Idempotency-Key" in names:
        words.append('-H "Idempotency-Key: $(uuidgen)"')
    if "If-Match" in names:
        words.append("-H 'If-Match: \"1\"'")
    body = example_of(content)
    if content:
        words.append(f"-H 'Content-Type: {next(iter(content))}'")
        words.append("--data-binary @members.csv" if "text/csv" in content else
                     "-d '" + json.dumps(body or {}, ensure_ascii=False) + "'")
    words.append('"$CAIRN' + re.sub(r"\{(\w+)\}", lambda m: "$" + m[1].upper(), path) + '"')
    return "<pre>" + html.escape(" \\\n  ".join(words), quote=False) + "</pre>"


def tell(path, item, method):
    operation = item[method]
    content = resolve(operation.get("requestBody", {})).get("content", {})
    parameters = [resolve(p) for p in item.get("parameters", []) + operation.get("parameters", [])]
    out = [f'<article id="{operation["operationId"]}">',
           f'<h3><span class="verb {method}">{method.removeprefix("x-").upper()}</span> <code>{html.escape(path)}</code>'
           "</h3>", f"<p>{inline(operation['summary'])}</p>",
           prose(operation.get("description", ""))]
    roles = operation.get("x-roles", [])
    who = "anybody" if operation.get("security") == [] else ", ".join(roles)
    scope = operation.get("x-scope")
    out.append(f'<p class="soft">For {who}' + (f"; scope <code>{scope}</code>" if scope else "")
               + "</p>")
    out.append(rows([(f"<code>{html.escape(p['name'])}</code>"
                      + ("" if p.get("required") else ' <span class="soft">optional</span>'),
                      p["in"], kind_of(p["schema"]), inline(p.get("description", "")))
                     for p in parameters], ("parameter", "in", "type", "")))
    for kind, media in content.items():
        out.append(f"<h4>Body <code>{kind}</code></h4>")
        schema = media["schema"]
        out.append(f"<p>{kind_of(schema)}</p>" if "$ref" in schema else fields(schema)
                   or prose(schema.get("description", "")))
    answers = []
    for status, response in operation["responses"].items():
        if status in COMMON:
            continue
        response = resolve(response)
        what = " ".join(kind_of(m["schema"]) for m in response.get("content", {}).values())
        answers.append((f"<strong>{status}</strong>", inline(response["description"]), what))
    out.append("<h4>Answers</h4>" + rows(answers, ("status", "", "body")))
    out.append("<details><summary>Example</summary>" + curl(method, path, operation, content))
    good = next((resolve(r) for s, r in operation["responses"].items() if s < "300"), {})
    shown = example_of(good.get("content", {}))
    if shown is not None:
        out.append("<pre>" + html.escape(json.dumps(shown, indent=2, ensure_ascii=False),
                                         quote=False) + "</pre>")
    out.append("</details></article>")
    return "".join(out)


def page():
    info, schemas = document["info"], document["components"]["schemas"]
    by_tag = {tag["name"]: [] for tag in document["tags"]}
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                by_tag[item[method]["tags"][0]].append((path, item, method))
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    slug = {tag: "tag-" + tag.lower().replace(" ", "-") for tag in by_tag}
    out = ['<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
           '<meta name="viewport" content="width=device-width, initial-scale=1">',
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
           f"style-src 'sha256-{digest}'\">",
           f"<title>{info['title']} API</title><style>{STYLE}</style></head><body>",
           '<nav aria-label="Operations"><a href="#top"><strong>Cairn API</strong></a><ul>']
    for tag, operations in by_tag.items():
        out.append(f'</ul><strong><a href="#{slug[tag]}">{tag}</a></strong><ul>')
        out += [f'<li><a href="#{i[m]["operationId"]}"><span class="verb {m}">{m.removeprefix("x-").upper()}</span>'
                f'<span>{inline(i[m]["summary"])}</span></a></li>' for _, i, m in operations]
    out.append('</ul><strong><a href="#schemas">Schemas</a></strong></nav><main id="top">')
    out.append(f"<h1>{info['title']} API</h1><p class=\"soft\">{info['summary']}. Version "
               f"{info['version']}, <a href=\"/v1/openapi.json\">as JSON</a>.</p>")
    out.append(prose(info["description"]))
    out.append("<p>Besides the answers listed, an operation may give "
               + ", ".join(COMMON) + ".</p>")
    for tag, operations in by_tag.items():
        out.append(f'<h2 id="{slug[tag]}">{tag}</h2>')
        out += [tell(*operation) for operation in operations]
    out.append('<h2 id="schemas">Schemas</h2>')
    for name, schema in sorted(schemas.items()):
        body = fields(schema) if "properties" in schema else f"<p>{kind_of(schema)}</p>"
        out.append(f'<article id="schema-{name}"><h3>{name}</h3>'
                   + prose(schema.get("description", "")) + body + "</article>")
    out.append("</main></body></html>\n")
    return "".join(out)


sys.stdout.write(page())
