#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/run-checks.sh itself: nothing that went wrong may look like a pass.
set -euo pipefail

. tests/tap.sh

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# program NAME LINE...: a test program of these shell lines
program() {
	local file=$work/$1
	shift
	printf '%s\n' '#!/bin/sh' "$@" >"$file"
	chmod +x "$file"
}

# verdict NAME...: the closing line and the exit status
verdict() {
	local status=0
	BUILD=$work CHECK_LIMIT=1 tests/run-checks.sh "${@/#/$work/}" >"$work/report" 2>&1 || status=$?
	echo "$(tail -n 1 "$work/report") ($status)"
}

# expect WHAT VERDICT NAME...
expect() {
	local what=$1 wanted=$2
	shift 2
	tap_equal "$what" "$(verdict "$@")" "$wanted"
}

mentions() { grep -qF -- "$1" "$work/report"; }

program good 'echo ok 1 - a' 'echo ok 2 - b' 'echo 1..2'
program fails 'echo ok 1 - a' 'echo not ok 2 - b' 'echo 1..2' 'echo because >&2' 'exit 1'
program lies 'echo not ok 1 - a' 'echo 1..1'
program crashes 'echo 1..1' 'echo ok 1 - a' 'kill -SEGV $$'
program hangs 'echo 1..1' 'echo ok 1 - a' 'sleep 60'
program unplanned 'echo ok 1 - a'
program short 'echo 1..3' 'echo ok 1 - a'
program twice 'echo 1..1' 'echo 1..1' 'echo ok 1 - a'
program grumpy 'echo 1..1' 'echo ok 1 - a' 'exit 3'
program silent ':'
program bails 'echo 1..1' 'echo ok 1 - a' 'echo "Bail out! no disk"'
program skips 'echo 1..2' 'echo ok 1 - a' 'echo "ok 2 - b # SKIP no moon"'
program skips_all 'echo "1..0 # SKIP no sun"'

expect "a good program" "2 passed, 0 failed, 0 skipped (0)" good
expect "a failed test" "1 passed, 1 failed, 0 skipped (1)" fails
tap_check "its output is shown" mentions because
expect "a failed test with exit status 0" "0 passed, 2 failed, 0 skipped (1)" lies
expect "a crash" "1 passed, 1 failed, 0 skipped (1)" crashes
tap_check "the signal is named" mentions "died of signal 11"
expect "a hang" "1 passed, 1 failed, 0 skipped (1)" hangs
tap_check "the limit is named" mentions "after the time limit"
expect "no plan" "1 passed, 1 failed, 0 skipped (1)" unplanned
expect "fewer results than planned" "1 passed, 1 failed, 0 skipped (1)" short
expect "two plans" "1 passed, 1 failed, 0 skipped (1)" twice
expect "exit status without a failed test" "1 passed, 1 failed, 0 skipped (1)" grumpy
expect "no output at all" "0 passed, 1 failed, 0 skipped (1)" silent
expect "bailing out" "1 passed, 1 failed, 0 skipped (1)" bails
expect "a program that is not there" "0 passed, 2 failed, 0 skipped (1)" missing
expect "a skipped test" "1 passed, 0 failed, 1 skipped (0)" skips
tap_check "with its reason" mentions "no moon"
expect "a skipped program" "0 passed, 0 failed, 1 skipped (0)" skips_all
tap_check "with its reason, too" mentions "no sun"
expect "one bad among good ones" "5 passed, 1 failed, 0 skipped (1)" good crashes good
expect "no program" "0 passed, 1 failed, 0 skipped (1)"
tap_done
