#!/bin/sh
# The measurements: writing calendars, matching on synthetic communities and on assignment instances,
# five runs each, the median in seconds. Figures depend on the machine: compare ratios
# of one run. usage: tools/bench.sh build/release   (CAIRN_SHARED: folder with data/)
set -eu
cd "$(dirname "$0")/.."
build=$1
shared=${CAIRN_SHARED:-../shared}

# median WORDS COMMAND...: over five runs, of the figure behind the words.
median() {
	words=$1
	shift
	for _ in 1 2 3 4 5; do
		"$@"
	done | sed -nE "s,.*$words ([0-9.]+).*,\1,p" | sort -n | sed -n 3p
}

"$build/bench/calendars"
members=$build/bench/members.csv
for size in "500 300" "1000 300" "3000 1000"; do
	"$build/bench/generate" --newcomers "${size% *}" --mentors "${size#* }" --seed 7 >"$members"
	printf 'match %-10s %s s\n' "$size" \
		"$(median 'read [0-9.]+ match' "$build/bench/match" "$members" --from 2026-10-01)"
done
rm "$members"
for n in 100 400 800; do
	file=$shared/data/assignment/assign$n.txt
	if [ -f "$file" ]; then
		"$build/bench/assign" "$file" | sed "s|^|assign$n |"
		printf 'assign%s    %s s\n' "$n" "$(median seconds "$build/bench/assign" "$file")"
	else
		echo "assign$n skipped: no $file"
	fi
done
