#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Every shell script of the tree, one test each, and a bad one that must be found.
set -euo pipefail

. tests/tap.sh

bad=$(mktemp)
trap 'rm -f "$bad"' EXIT
# shellcheck disable=SC2016 # for the script, not for this one
printf '#!/bin/sh\nrm -r $1\n' >"$bad"
finds_bad() { ! shellcheck "$bad" >/dev/null; }

# By name, or by the first line.
scripts() {
	find . \( -path ./build -o -path ./.git \) -prune -o -type f \( -name '*.sh' -o ! -name '*.*' \
		-exec grep -qm1 '^#!.*[/ ]\(ba\)\?sh$' {} \; \) -print | sort
}

tap_check "an unquoted variable is found" finds_bad
while IFS= read -r script; do
	tap_check "$script" shellcheck "$script"
done < <(scripts)
tap_done
