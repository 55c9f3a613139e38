#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The core needs nothing but memcpy, memmove, memset and memcmp, on any processor,
# and keeps nothing in static memory.
set -euo pipefail

. tests/tap.sh

build=${BUILD:-build}

# undefined FOLDER: what the objects need and none of them has
undefined() {
	find "$1" -name '*.o' -exec nm {} + | awk '
		$1 == "U" { needed[$2] }
		$2 ~ /^[TDBRV]$/ { had[$3] }
		END { for (name in needed) if (!(name in had)) print name }' | sort
}

# static_memory FOLDER: what would take RAM; "$d" only marks where data lies
static_memory() {
	find "$1" -name '*.o' -exec nm {} + | awk '$2 ~ /^[bBdDC]$/ && $3 !~ /^\$/'
}

# A Cortex-M0+ has no 64-bit shifts or comparisons of its own: libgcc helps.
allowed='^mem(cpy|move|set|cmp)$'
allowed_m0plus='^(mem(cpy|move|set|cmp)|__aeabi_[a-z0-9]+|__gnu_thumb1_case_[a-z]+)$'

for folder in "$build"/core/*/; do
	target=$(basename "$folder")
	pattern=$allowed
	[ "$target" != m0plus ] || pattern=$allowed_m0plus
	tap_check "$target: the objects are there" test -e "$folder/lib/core/channel.o"
	tap_equal "$target: needs only mem*" "$(undefined "$folder/lib" | grep -Ev "$pattern" || true)" ""
	tap_equal "$target: no data, no bss" "$(static_memory "$folder/lib")" ""
done

# That a call of something else would be seen:
mkdir -p "$build/core-check"
printf 'int puts(const char *); int oc_x(void); int oc_x(void) { return puts("x"); }\n' |
	gcc -xc -c -o "$build/core-check/x.o" -
tap_equal "another function is found" "$(undefined "$build/core-check")" puts
tap_done
