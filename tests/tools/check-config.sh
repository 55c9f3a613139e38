#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tfsd -n, and the files that are installed with tfsd.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
tfsd=$PWD/$BUILD/host/tfsd
example=$PWD/tools/tfsd/tfsd.conf.example
unit=$PWD/tools/systemd/tfsd.service
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

# run COMMAND...: keeps status, output and errors
run() {
	status=0
	"$@" >out 2>err </dev/null || status=$?
}

tap_check "the example is taken" "$tfsd" -n -f "$example"
"$tfsd" -n -f "$example" >canonical
"$tfsd" -n -f canonical >again
tap_check "the canonical form is stable" cmp canonical again

# Lines "#key = value" say what the default is.
sed 's/^#\([a-z_]* = \)/\1/' "$example" >uncommented
tap_check "the example's comments differ from its keys" \
	test "$(grep -c ' = ' uncommented)" -gt "$(grep -c '^[a-z_]* = ' "$example")"
tap_check "the defaults that the example tells are right" \
	sh -c "'$tfsd' -n -f uncommented | cmp - canonical"

cat >wrong <<-END
	wait = fast
	colour = red
	[database w]
	file = w.db
END
run "$tfsd" -n -f wrong -o max_sessions=0
tap_equal "a wrong file gives exit status 1" "$status" 1
tap_equal "and nothing on standard output" "$(cat out)" ""
tap_equal "and all errors, each with its place" "$(cat err)" \
'wrong:1: wait = fast; it must be adaptive, busy, monitor, yield or sleep
wrong:2: unknown key "colour"; tfsd.conf(5) lists the keys
-o max_sessions=0: max_sessions = 0; it must be a number from 1 to 1024
wrong:3: [database w] has no schema; it must have schema = PATH'

run "$tfsd" -f wrong
tap_equal "without -n too" "$status" 1
tap_check "and no database is made" test ! -e w.db

run "$tfsd" -n -f missing
tap_equal "a file that is not there gives exit status 1" "$status" 1
tap_check "and says so" grep -q '^missing: cannot open: No such file or directory$' err

for words in "-x" "-n extra" "-o" "-f"; do
	# shellcheck disable=SC2086 # words
	run "$tfsd" $words
	tap_equal "tfsd $words gives exit status 2" "$status" 2
	tap_check "and the usage" grep -q '^usage: tfsd ' err
done

run "$tfsd" -o wait=busy -n -o database.w.file=w.db -o wait=yield -f /dev/null \
	-o database.w.schema=w.sql -o file=region -o log=log
tap_equal "options alone make a configuration" "$status" 0
tap_check "of which the last counts" grep -qx 'wait = yield' out
tap_equal "-n opens nothing" "$(find . -newer wrong -type f ! -name out ! -name err)" ""

# in_force WORDS...: what all channels' policies come to, where that is not the global one
in_force() {
	run "$tfsd" -n -f "$example" -o file=region -o channels=2 "$@"
	sed -n 's/^# in force: //p' out
}
tap_equal "the global policy is in force if no channel says otherwise" "$(in_force -o wait=sleep)" ""
tap_equal "the most eager channel decides" \
	"$(in_force -o wait=sleep -o channel.1.wait=busy)" "busy"
tap_equal "also if it is less eager than the global policy" \
	"$(in_force -o wait=busy -o channel.0.wait=sleep -o channel.1.wait=adaptive)" "adaptive"
tap_equal "two channels cannot be monitored" "$(in_force -o wait=monitor)" "yield"

run "$tfsd" -n -f "$example" -o file=region -o device=0
tap_equal "device and file exclude each other" "$(cat err)" \
	"-o: device and file are both set; it must be one or the other"

run "$tfsd" -n -f "$example" -o file=region -o stride=36864 -o channels=2
tap_equal "a stride of whole pages is taken" "$status" 0
run "$tfsd" -n -f "$example" -o file=region -o stride=36872
tap_equal "channels that do not fit the page size are refused" "$(cat err)" \
	"-o: stride = 36872, channels do not fit the page size; it must be a multiple of 4096"

# As installed, but for the path of the program, and without looking for the pages.
if command -v systemd-analyze >/dev/null; then
	sed "s|^ExecStart=tfsd|ExecStart=$tfsd|; /^Documentation=/d" "$unit" >tfsd.service
	tap_equal "systemd has nothing to say about the unit" \
		"$(systemd-analyze verify ./tfsd.service 2>&1)" ""
else
	tap_skip "systemd has nothing to say about the unit" "no systemd-analyze"
fi

tap_done
