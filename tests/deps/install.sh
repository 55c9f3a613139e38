#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Installs the Debian packages of packages.txt that are missing, and for "all"
# fetches what the Arm guest needs into build/ (arm64.sh).
#	install.sh [demo|bench|all]	default: all, which includes the others
# Costs one dpkg query when nothing is missing.
set -euo pipefail

here=$(dirname "$0")
list=$here/packages.txt
set_wanted=${1:-all}

die() { echo "deps: $*" >&2; exit 1; }

# Packages of the wanted set and of the sets above it.
wanted() {
	awk -v want="$set_wanted" '
		{ sub(/#.*/, "") }
		NF == 0 { next }
		/^\[/ { if (found) exit; found = ($1 == "[" want "]"); known = known || found; next }
		{ print $1 }
		END { exit !known }' "$list"
}

missing() {
	local have
	# dpkg-query fails when it does not know one of the names; it still lists the others.
	# shellcheck disable=SC2016
	have=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
	       sed -n 's/^installed //p') || true
	comm -23 <(printf '%s\n' "$@" | sort -u) <(sort -u <<<"$have")
}

install_missing() {
	local as_root=() apt
	if [ "$(id -u)" -ne 0 ]; then
		command -v sudo >/dev/null ||
			die "missing: $*; run as root: apt-get install $*"
		as_root=(sudo)
	fi
	echo "deps: installing $*"
	apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq)
	"${apt[@]}" update || die "apt-get update failed; still missing: $*"
	"${apt[@]}" install -y --no-install-recommends "$@" >/dev/null ||
		die "apt-get could not install: $*"
}

command -v dpkg-query >/dev/null || die "needs Debian (no dpkg-query here)"
packages=$(wanted) || die "no set [$set_wanted] in $list"
# shellcheck disable=SC2086 # one word a package
mapfile -t need < <(missing $packages)
[ ${#need[@]} -eq 0 ] || install_missing "${need[@]}"
[ "$set_wanted" != all ] || "$here/arm64.sh"
