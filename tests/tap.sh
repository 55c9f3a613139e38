# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# TAP for test scripts, on the host (bash) and in guests (busybox). Source it:
#
#	tap_check "the file is there" test -e "$file"
#	tap_skip "the whole file" "no reader on this machine"
#	tap_run doors build/tests/doors		(a program that prints TAP itself)
#	tap_done				(prints the plan, exits)
#
# A failure is counted, never returned: scripts run under set -e.

tap_count=0
tap_failures=0

tap_ok() {
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

tap_not_ok() {
	tap_count=$((tap_count + 1))
	tap_failures=$((tap_failures + 1))
	echo "not ok $tap_count - $1"
}

tap_skip() {
	tap_ok "$1 # SKIP $2"
}

# Text about the test before it: stdin, each line a comment.
tap_comment() {
	sed 's/^/# /'
}

# tap_check WHAT COMMAND...: what the command printed is shown if it fails
tap_check() {
	tap_what=$1
	shift
	if tap_output=$("$@" 2>&1); then
		tap_ok "$tap_what"
		return 0
	fi
	tap_not_ok "$tap_what"
	[ -z "$tap_output" ] || printf '%s\n' "$tap_output" | tap_comment
}

# tap_equal WHAT GOT WANTED
tap_equal() {
	if [ "$2" = "$3" ]; then
		tap_ok "$1"
		return 0
	fi
	tap_not_ok "$1"
	printf 'got:\n%s\n' "$2" | head -n 20 | tap_comment
	printf 'wanted:\n%s\n' "$3" | head -n 20 | tap_comment
}

# tap_import NAME <TAP: counts another program's lines as ours. A plan that is
# missing or does not match is a failure of its own.
tap_import() {
	tap_plan=none
	tap_seen=0
	while IFS= read -r tap_line; do
		case $tap_line in
		"ok "*) tap_ok "$1: $(tap_description "${tap_line#ok }")" ;;
		"not ok "*) tap_not_ok "$1: $(tap_description "${tap_line#not ok }")" ;;
		"1.."*)
			tap_plan=${tap_line#1..}
			tap_plan=${tap_plan%% *}
			continue ;;
		*)
			printf '%s\n' "$tap_line" | sed '/^TAP version/d; s/^#* */# /'
			continue ;;
		esac
		tap_seen=$((tap_seen + 1))
	done
	[ "$tap_plan" = "$tap_seen" ] && return 0
	tap_not_ok "$1: ran to its end (plan $tap_plan, $tap_seen results)"
}

# "3 - what" and "3 what" are "what".
tap_description() {
	printf '%s\n' "$1" | sed 's/^[0-9]* *//; s/^- *//'
}

# tap_run NAME COMMAND...: a program that prints TAP; its exit status counts too
tap_run() {
	tap_name=$1
	tap_before=$tap_failures
	shift
	tap_file=$(mktemp)
	tap_status=0
	"$@" >"$tap_file" || tap_status=$?
	tap_import "$tap_name" <"$tap_file"
	rm -f "$tap_file"
	# kselftest programs exit with 4 when all of them was skipped
	if [ "$tap_status" -eq 0 ] || [ "$tap_status" -eq 4 ]; then
		return 0
	fi
	if [ "$tap_failures" -eq "$tap_before" ]; then
		tap_not_ok "$tap_name: exit status $tap_status"
	fi
}

tap_done() {
	echo "1..$tap_count"
	[ "$tap_failures" -eq 0 ]
	exit
}
