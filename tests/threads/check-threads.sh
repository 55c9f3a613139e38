#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The thread sanitizer finds no race between a client and a server, between tfsd's
# threads, or between those that share a channel object, and finds one in each of the mutants of mutations.txt.
# THREADS_MS (500): milliseconds for each scenario of two_threads.
set -euo pipefail

. tests/tap.sh

build=${BUILD:-build}
work=$build/threads/check
list=tests/threads/mutations.txt
export TSAN_OPTIONS="halt_on_error=1 exitcode=66"
export CMOCKA_MESSAGE_OUTPUT=TAP

rm -rf "$work"
mkdir -p "$work"

# finds_race NAME PROGRAM: in one of some runs, for it takes two that meet
finds_race() {
	local status
	tests/mutant.sh "$build/$2.flags" "$list" "$1" "$work/$1"
	for _ in $(seq 10); do
		status=0
		"$work/$1/mutant" "${THREADS_MS:-500}" >"$work/$1/log" 2>&1 || status=$?
		[ "$status" -eq 0 ] || break
	done
	[ "$status" -eq 66 ] && grep -q "WARNING: ThreadSanitizer: data race" "$work/$1/log"
}

tap_run "two threads" "$build/threads/two_threads" "${THREADS_MS:-500}"
tap_run "sync thread" "$build/tsan/store_sync"
tap_run "writers" "$build/tsan/store_writers"
tap_run "store" "$build/tsan/store_durable"
tap_run "SQL" "$build/tsan/sql_job"
tap_run "workers" "$build/tsan/worker"
tap_run "connections" "$build/tsan/store_conns"
tap_run "shared channel" "$build/tsan/share_threads"
TFSD=$build/tsan/tfsd tap_run "tfsd" "$build/host/protocol_process"
TFSD=$PWD/$build/tsan/tfsd tap_run "reactors" tests/stop/check-reactors.sh
while read -r name program; do
	tap_check "a race is found: $name" finds_race "$name" "$program"
done < <(awk -F' :: ' 'NF >= 4 && !/^#/ { print $1, $2 }' "$list")
tap_done
