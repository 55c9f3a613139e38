#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# run-checks.sh PROGRAM...: runs test programs that print TAP, one after the
# other, and adds up. A program that crashes, exceeds CHECK_LIMIT seconds, or
# whose plan is missing or wrong has failed, whatever it printed before. Output is
# kept in build/test/ and shown for those that failed.
set -euo pipefail

limit=${CHECK_LIMIT:-600}
logs=${BUILD:-build}/test
export CMOCKA_MESSAGE_OUTPUT=TAP

passed=0
failed=0
skipped=0
pid=
reasons=()

stop() {
	trap - INT TERM
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	echo "run-checks: interrupted" >&2
	exit 130
}
trap stop INT TERM

# log_name PROGRAM: build/asan/unit/channel is asan-unit-channel
log_name() {
	local name=${1#build/}
	name=${name#tests/}
	echo "${name//\//-}"
}

# count LOG STATUS: prints "passed failed skipped", then what is wrong, then
# "skip REASON" for each test that was not run.
count() {
	awk -v status="$2" '
	function wrong(text) { bad++; notes = notes "wrong " text "\n" }
	function skip(text) { skipped++; notes = notes "skip " text "\n" }
	/^1\.\.[0-9]+/ {
		plans++
		plan = substr($1, 4) + 0
		if (plan == 0 && toupper($0) ~ /# *SKIP/) skip($0)
	}
	/^not ok/ { results++; bad++; own++; next }
	/^ok/ {
		results++
		if (toupper($0) ~ /# *SKIP/) skip($0); else good++
	}
	/^Bail out!/ { wrong($0) }
	END {
		if (status == 124 || status == 137) wrong("it was stopped after the time limit")
		else if (status > 128) wrong("it died of signal " status - 128)
		else if (status && !own) wrong("exit status " status " without a failed test")
		else if (!status && own) wrong("exit status 0 with a failed test")
		if (plans != 1) wrong((plans + 0) " plans, not one")
		else if (plan != results) wrong("plan of " plan ", " results + 0 " results")
		printf "%d %d %d\n%s", good, bad, skipped, notes
	}' "$1"
}

# What somebody needs to see of a failed program.
show() {
	echo "---- $1: $2/$3.tap, .err"
	tail -n 100 "$2/$3.tap"
	tail -n 100 "$2/$3.err"
	echo "----"
}

run() {
	local program=$1 name status=0 start=$EPOCHREALTIME counts verdict=ok line
	local good bad skips
	name=$(log_name "$program")
	timeout -k 5 "$limit" "$program" </dev/null >"$logs/$name.tap" 2>"$logs/$name.err" &
	pid=$!
	wait "$pid" || status=$?
	pid=
	counts=$(count "$logs/$name.tap" "$status")
	read -r good bad skips <<<"$counts"
	[ "$bad" -eq 0 ] || verdict=FAIL
	printf '%-5s %-44s %3d passed, %d failed, %d skipped  %5.1f s\n' "$verdict" "$program" \
		"$good" "$bad" "$skips" "$(seconds_since "$start")"
	while read -r line; do
		case $line in
		wrong\ *) echo "      $program: ${line#wrong }" ;;
		skip\ *) reasons+=("$program: ${line#skip }") ;;
		esac
	done < <(tail -n +2 <<<"$counts")
	[ "$bad" -eq 0 ] || show "$program" "$logs" "$name"
	passed=$((passed + good))
	failed=$((failed + bad))
	skipped=$((skipped + skips))
}

seconds_since() {
	awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { print b - a }'
}

mkdir -p "$logs"
for program in "$@"; do
	run "$program"
done
[ ${#reasons[@]} -eq 0 ] || printf 'skipped: %s\n' "${reasons[@]}"
[ $((passed + failed + skipped)) -gt 0 ] || { echo "run-checks: no test was run" >&2; failed=1; }
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
