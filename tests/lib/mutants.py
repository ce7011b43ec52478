"""The program with every check of access in C made removable.

    copy = mutants.Build()          # a patched copy of the sources, built once
    for m in copy.mutants: ...      # CAIRN_MUTANT=m.name takes that check away

Each call of a check is one mutant, and all calls of one check together another. One
more takes the community out of every WHERE. Nothing of this is in the real program.
"""
import dataclasses
import glob
import os
import re
import shutil
import subprocess
import tempfile

from tests.lib import cairn, policy

# What a call becomes when its check is gone; {0}, {1}, … are its arguments.
CHECKS = {
    "auth_require_role": "(GONE ? ERR_OK : CALL)",
    "auth_require_scope": "(GONE ? ERR_OK : CALL)",
    "auth_own_or_staff": "(GONE ? ERR_OK : CALL)",
    "auth_viewer": "(GONE ? (*({1}) = NULL, ERR_OK) : CALL)",
    "auth_acts_for": "(GONE && ({1}) ? ERR_OK : CALL)",
    "auth_is_staff": "(GONE || CALL)",
    "auth_is_member": "(GONE || CALL)",
}
# Checks that are no call: (file, the text, without it).
PLAIN = [
    ("api/service_tokens.c", "c->who.role != ROLE_ADMIN", "(!GONE && CALL)"),
    ("api/service_proposals.c", "!step->members", "(!GONE && CALL)"),
    ("api/service_proposals.c", "!p->by_coordinator ||", "(!GONE && !p->by_coordinator) ||"),
    ("api/service_proposals.c", "(newcomer && !asked->newcomer)", "(!GONE && CALL)"),
    ("api/service_proposals.c", "(mentor && !asked->mentor)", "(!GONE && CALL)"),
]
# `|=` notes who said yes: a record, not a check.
RECORD = re.compile(r"\|=\s*$")
FUNCTION = re.compile(r"^(?:static )?(?:enum|bool|void|int|struct|const)\b[^\n;=(]*?(\w+)\(", re.M)
EVERYWHERE = "community"  # the mutant without `community_id = $1`
HELP = """
#include <stdlib.h>
#include <string.h>
static inline bool is_gone(const char *site, const char *check)
{
	const char *s = getenv("CAIRN_MUTANT");

	return s && (strcmp(s, site) == 0 || strcmp(s, check) == 0);
}
"""
# In place of a statement's text: the same without the tenant.
UNBOUND = """
static const char *unbound(struct arena *a, const char *sql)
{
	static const char OLD[] = "community_id = $1", NEW[] = "$1::uuid IS NOT NULL";
	const char *s = getenv("CAIRN_MUTANT");
	struct str out;

	if (!s || strcmp(s, "community") != 0)
		return sql;
	str_init(&out, 65536);
	for (const char *p; (p = strstr(sql, OLD)); sql = p + sizeof(OLD) - 1) {
		while (p > sql && (p[-1] == '.' || p[-1] == '_' || isalpha(p[-1])))
			p--;
		str_put(&out, sql, (size_t)(p - sql));
		str_put(&out, NEW, sizeof(NEW) - 1);
		p = strstr(p, OLD);
	}
	str_put(&out, sql, strlen(sql));
	sql = arena_strdup(a, out.data);
	str_free(&out);
	return sql;
}
"""


@dataclasses.dataclass(frozen=True)
class Mutant:
    name: str
    file: str = None  # None: everywhere

    def operations(self):
        """Those that can come by the check."""
        return [op for op in policy.operations()
                if self.file is None or self.file in reached(op.handler)]


def reached(handler):
    """The handler's file and the use cases it calls, as far as headers tell."""
    found, todo = set(), set()
    for path in glob.glob(os.path.join(cairn.ROOT, "api", "h_*.c")):
        with open(path, encoding="utf-8") as file:
            if re.search(rf"^enum err_code h_{handler}\(", file.read(), re.M):
                todo = {os.path.relpath(path, cairn.ROOT)}
    while todo:
        path = todo.pop()
        found.add(path)
        with open(os.path.join(cairn.ROOT, path), encoding="utf-8") as file:
            todo |= {f"api/{name}.c" for name in re.findall(
                r'#include "api/(service_\w+)\.h"', file.read())} - found
    return found | {"api/pipeline.c"}


def arguments(text, start):
    """Of the call whose bracket opens at start: (arguments, end)."""
    depth, found, begin = 0, [], start + 1
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0 or (depth == 1 and text[i] == ","):
            found.append(text[begin:i].strip())
            begin = i + 1
        if depth == 0:
            return found, i + 1
    raise AssertionError("a bracket is not closed")


class Build:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="cairn-mutants-")
        os.chmod(self.dir, 0o755)
        self.mutants = [Mutant(EVERYWHERE), *(Mutant(check) for check in CHECKS)]
        try:
            self.copy()
            for path in sorted(glob.glob(os.path.join(self.dir, "api", "*.c"))):
                if os.path.basename(path) != "auth.c":
                    self.patch(path)
            self.build()
        except BaseException:
            self.close()
            raise

    def close(self):
        shutil.rmtree(self.dir, ignore_errors=True)

    def copy(self):
        for name in ("Makefile", "openapi.yaml", "api", "base", "calendars", "db", "matcher",
                     "scheduler", "tools"):
            source, target = os.path.join(cairn.ROOT, name), os.path.join(self.dir, name)
            if os.path.isdir(source):
                shutil.copytree(source, target)
            else:
                shutil.copy(source, target)
        self.edit("api/auth.h", "#include \"api/call.h\"\n", "#include \"api/call.h\"\n" + HELP)
        self.edit("db/stmt.c", "static enum err_code prepare(",
                  "#include <ctype.h>\n#include \"base/str.h\"\n" + UNBOUND
                  + "\nstatic enum err_code prepare(")
        self.edit("db/stmt.c", "stmt->name, stmt->sql, 0, NULL",
                  "stmt->name, unbound(db->scratch, stmt->sql), 0, NULL")

    def edit(self, name, old, new):
        path = os.path.join(self.dir, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        if text.count(old) != 1:
            raise AssertionError(f"{name} has {text.count(old)} times {old!r}")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new))

    def gone(self, file, before, check):
        """The condition for a check of the function that `before` ends in."""
        name = f"{file}:{FUNCTION.findall(before)[-1]}:{check}"
        while any(m.name == name for m in self.mutants):
            name += "'"
        self.mutants.append(Mutant(name, file))
        return f'is_gone("{name}", "{check}")'

    def patch(self, path):
        name = os.path.relpath(path, self.dir)
        with open(path, encoding="utf-8") as file:
            text = before = file.read()
        for match in reversed(list(re.finditer(r"\b(auth_\w+)\(", text))):
            check = match.group(1)
            if check not in CHECKS or RECORD.search(text[:match.start()]):
                continue
            args, end = arguments(text, match.end() - 1)
            call = text[match.start():end]
            new = CHECKS[check].format(*args).replace(
                "GONE", self.gone(name, text[:match.start()], check))
            text = text[:match.start()] + new.replace("CALL", call) + text[end:]
        for file, old, new in PLAIN:
            if file == name:
                if text.count(old) != 1:
                    raise AssertionError(f"{file} has {text.count(old)} times {old!r}")
                gone = self.gone(name, text[:text.find(old)], "plain")
                text = text.replace(old, new.replace("GONE", gone).replace("CALL", old))
        if text != before:
            with open(path, "w", encoding="utf-8") as file:
                file.write(text if '#include "api/auth.h"' in text
                           else '#include "api/auth.h"\n' + text)

    def build(self):
        done = subprocess.run(["make", "-C", self.dir, "-j2", "V=debug", "all"],
                              capture_output=True, text=True, timeout=500)
        if done.returncode != 0:
            raise AssertionError(done.stderr[-4000:])
        self.program_dir = os.path.join(self.dir, "build", "debug")
