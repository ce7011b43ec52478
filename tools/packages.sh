#!/bin/sh
# Print or install the Debian packages of the groups named on the command line.
#
#   tools/packages.sh list build check     one package a line
#   tools/packages.sh install build check  install what is missing, and only that
#
# Root installs directly, anybody else through sudo. packages.txt is the one list.
set -eu
cd "$(dirname "$0")/.."
action=$1
shift

list() {
	for group in "$@"; do
		awk -v g="$group" '!/^#/ && $2 == g { print $1 }' packages.txt
	done
}

missing() {
	for package in $(list "$@"); do
		dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null |
			grep -q '^.i' || echo "$package"
	done
}

case $action in
list)
	list "$@"
	;;
install)
	want=$(missing "$@")
	[ -n "$want" ] || exit 0
	as_root=
	[ "$(id -u)" = 0 ] || as_root=sudo
	# shellcheck disable=SC2086 # on one line
	echo "installing Debian packages:" $want
	case " $want" in
	*postgresql-15*)
		echo "note: Debian's postgresql-15 makes a database of its own (15/main);" \
			"Cairn leaves it alone and keeps a private one"
		;;
	esac
	case " $want" in
	*nginx*)
		echo "note: Debian's nginx package starts a service of its own (port 80);" \
			"the tests run nginx and HAProxy as private processes"
		;;
	esac
	export DEBIAN_FRONTEND=noninteractive
	$as_root apt-get update -q >/dev/null
	# shellcheck disable=SC2086 # one word a package
	$as_root apt-get install -y -q --no-install-recommends $want >/dev/null
	;;
*)
	echo "usage: $0 list|install GROUP..." >&2
	exit 2
	;;
esac
