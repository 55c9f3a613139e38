#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The stress programs under the thread sanitizer, and what they say about each of the
# mutants in mutations.txt.
set -euo pipefail

. tests/tap.sh

build=${BUILD:-build}/tsan
work=$build/latch
list=tests/latch/mutations.txt
export TSAN_OPTIONS="halt_on_error=1 exitcode=66"

rm -rf "$work"
mkdir -p "$work"

# says NAME PROGRAM WHAT: in one of some runs, for it takes two that meet. One that never
# ends, though a wake-up that is lost would end it, was noticed as well.
says() {
	local status
	tests/mutant.sh "$build/$2.flags" "$list" "$1" "$work/$1"
	for _ in $(seq 10); do
		status=0
		timeout 60 "$work/$1/mutant" 300 3000 >"$work/$1/log" 2>&1 || status=$?
		[ "$status" -ne 124 ] || return 0
		[ "$status" -eq 0 ] || break
	done
	[ "$status" -ne 0 ] && grep -q "$3" "$work/$1/log"
}

tap_run "latches" "$build/latch_stress"
tap_run "interrupts" "$build/interrupts_stress"
while IFS=$'\t' read -r name program what; do
	tap_check "$name: $what" says "$name" "$program" "$what"
done < <(awk -F' :: ' -v OFS='\t' 'NF >= 6 && !/^#/ { print $1, $2, $6 }' "$list")
tap_done
