#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The simulation finds nothing in the library, and something in each of the mutations
# that mutations.txt says are found. SIM_RUNS (1000000): how many runs of the library,
# always from seed 1, and never fewer, however slow the machine; SIM_BOUND (400): the
# seconds after which that counts as hung. SIM_LIMIT (200000): how many runs a mutation
# has to be found in.
set -euo pipefail

. tests/tap.sh

build=${BUILD:-build}
sim=$build/sim/sim
runs=${SIM_RUNS:-1000000}
bound=${SIM_BOUND:-400}
jobs=$(nproc)
work=$build/sim/check
export SIM_LIMIT=${SIM_LIMIT:-200000}

rm -rf "$work"
mkdir -p "$work"

library() {
	"$sim" --runs "$runs" --jobs "$jobs" --seconds "$bound" >"$work/library"
}

all_runs() {
	[ "$(sed -n 's/ runs, .*//p' "$work/library")" -eq "$runs" ]
}

# names found|survives
names() {
	awk -F' :: ' -v what="$1" '$2 == what && !/^#/ && !seen[$1]++ { print $1 }' \
		tests/sim/mutations.txt
}

# A seed tells everything: its trace ends with what was found, twice the same.
replays() {
	local mutant=$build/sim/mutants/$1/mutant seed=$2 failure=$3
	"$mutant" --seed "$seed" --trace >"$work/first" && return 1
	"$mutant" --seed "$seed" --trace >"$work/second" && return 1
	sed -i '$d' "$work/first" "$work/second"	# what it took
	cmp "$work/first" "$work/second"
	grep -q "^seed $seed: $failure\$" "$work/first"
	grep -q "BUG: $failure\$" "$work/first"
}

tap_check "nothing is found in the library" library
tap_check "$runs runs of it" all_runs
tap_comment <"$work/library"

names found >"$work/found"
xargs -n 1 -P "$jobs" tests/sim/mutate.sh <"$work/found" >"$work/results"

found() {
	grep "^$1	" "$work/results"
	grep -q "^$1	found	" "$work/results"
}

while read -r name; do
	tap_check "found: $name" found "$name"
done <"$work/found"

IFS=$'\t' read -r name _ seed _ failure < <(grep -m 1 '^attach-rel' "$work/results")
tap_check "a seed replays its run" replays "$name" "$seed" "$failure"
tap_check "unknown options are refused" test "$("$sim" --nothing 2>/dev/null; echo $?)" -eq 2
tap_done
