#!/bin/sh
# Static analysis: clang-tidy (.clang-tidy), cppcheck, shellcheck. Fails on any find.
# usage: tools/lint.sh [FILE.c ...]   without files: all of ours
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- base/*.c matcher/*.c scheduler/*.c calendars/*.c db/*.c api/*.c
status=0

echo "clang-tidy: $# files"
printf '%s\n' "$@" | xargs -P 2 -n 4 sh -c '
	clang-tidy --quiet "$@" -- -std=c17 -D_GNU_SOURCE -I. -I/usr/include/postgresql -I/usr/include/libxml2 -include base/banned.h 2>/dev/null
' clang-tidy || status=1

# uninitvar takes `given ? &x : NULL` and out-parameters of functions in other files for
# reads; the compiler, clang's analyzer and the sanitizers look for these.
echo "cppcheck"
cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
	--suppress=missingIncludeSystem --suppress=uninitvar --error-exitcode=1 -D_GNU_SOURCE -D__GNUC__ -I. "$@" || status=1

echo "shellcheck"
shellcheck tools/*.sh .ci/run .githooks/pre-commit || status=1
exit $status
