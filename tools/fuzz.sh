#!/bin/sh
# Run every fuzz target of FOLDER for SECONDS each, from its corpus in the repository.
# Finds and crashes stay under FOLDER. usage: tools/fuzz.sh build/fuzz 60
set -eu
cd "$(dirname "$0")/.."
folder=$1
seconds=$2
status=0
for target in "$folder"/tests/fuzz/fuzz_*; do
	case $target in *.o | *.d | *'*') continue ;; esac
	name=$(basename "$target")
	name=${name#fuzz_}
	mkdir -p "$folder/found/$name" "$folder/crashes/$name"
	printf '%s: %s s\n' "$name" "$seconds"
	"$target" -max_total_time="$seconds" -max_len=65536 -timeout=10 -rss_limit_mb=1024 \
		-print_final_stats=1 -verbosity=0 -artifact_prefix="$folder/crashes/$name/" \
		"$folder/found/$name" "tests/fuzz/corpus/$name" || status=1
done
exit $status
