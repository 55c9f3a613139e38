#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tfs sql against a real tfsd: what it prints, what it says, how it ends.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
work=$(mktemp -d)
tfs=$BUILD/asan/tfs
uri="tfs-shm-poll://0/weather?file=$work/region"
pid=

finish() {
	[ -z "$pid" ] || kill "$pid" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

"$BUILD/asan/tfsd" -f /dev/null -o "file=$work/region" -o channels=2 -o max_message=2097152 \
	-o "database.weather.file=$work/weather.db" \
	-o database.weather.schema=tests/data/weather.sql >"$work/log" 2>&1 &
pid=$!
for _ in $(seq 500); do
	! grep -q ready "$work/log" || break
	sleep 0.02
done

# run ARGUMENT...: out, err and status
run() {
	status=0
	"$tfs" sql "$@" >"$work/out" 2>"$work/err" || status=$?
}

run "$uri" "SELECT 1, NULL, -2.5, 3.0, 1e300, 0.1 + 0.2, x'00ff', '', x''"
tap_equal "each type" "$(cat "$work/out")" \
	$'1\t\\N\t-2.5\t3.0\t1e+300\t0.30000000000000004\t\\x00ff\t\t\\x'
tap_equal "a success" "$status $(cat "$work/err")" "0 "

run "$uri" $'SELECT \'a\\b\tc\nd\re\', char(0, 97)'
tap_equal "what is written with a backslash" "$(tr '\0' '@' <"$work/out")" $'a\\\\b\\tc\\nd\\re\t@a'

run "$uri" "SELECT 1 WHERE 0"
tap_equal "no rows" "$status $(cat "$work/out" "$work/err")" "0 "

forever="WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c)"
run "$uri" "$forever SELECT x, x * x FROM c LIMIT 100000"
tap_equal "many rows" "$(md5sum <"$work/out")" \
	"$(seq 100000 | awk '{ printf "%d\t%.0f\n", $1, $1 * $1 }' | md5sum)"

run "$uri" "SELECT replace(hex(zeroblob(524288)), '0', 'x')"
tap_equal "a text of a MiB" "$(tr -d x <"$work/out" | wc -c) $(wc -c <"$work/out")" "1 1048577"

run "$uri" "SELECT nonsense"
tap_equal "a failure" "$status $(cat "$work/out" "$work/err")" \
	"1 tfs: the SQL statement is refused, or failed: no such column: nonsense"

run "$uri" "INSERT INTO weather VALUES (1, '', 0, 0, 0, 0, '')"
tap_equal "no writing" "$status $(cat "$work/err")" \
	"1 tfs: no transaction is active: the statement would write"

run "$uri&timeout=100" "$forever SELECT sum(x) FROM c"
tap_equal "no answer in time" "$status $(cat "$work/err")" \
	"1 tfs: no answer within 100 ms, or taken back by tfs cancel; timeout= in the URI allows more"

# An interrupt: while nothing comes, and while rows do.
interrupt() {
	"$tfs" sql "$uri&timeout=-1" "$1" >"$work/out" 2>"$work/err" &
	local tool=$! status=0
	sleep 0.3
	kill -INT "$tool"
	wait "$tool" || status=$?
	echo "$status $(cat "$work/err")"
}
tap_equal "an interrupt while it waits" "$(interrupt "$forever SELECT sum(x) FROM c")" \
	"1 tfs: interrupted"
tap_equal "an interrupt between rows" "$(interrupt "$forever SELECT x FROM c")" \
	"1 tfs: interrupted"

# Nobody reads any more.
status=0
("$tfs" sql "$uri&timeout=-1" "$forever SELECT x FROM c" 2>"$work/err" || echo $? >"$work/status") |
	head -n 1 >"$work/out"
tap_equal "a pipe that ends" "$(cat "$work/out")" "1"

run "${uri/weather/other}" "SELECT 1"
tap_equal "no such database" "$status $(cat "$work/err")" "1 tfs: other: no such database"
run "tfs-shm-poll://0?file=$work/region" "SELECT 1"
tap_equal "no database" "$status" 2
run "tfs-shm-poll:/0" "SELECT 1"
tap_equal "a wrong URI" "$status" 2
run "$uri"
tap_equal "no statement" "$status $(cat "$work/err")" "2 usage: tfs sql URI STATEMENT"
run "tfs-shm-poll://0/weather?file=$work/none" "SELECT 1"
tap_equal "no such file" "$status" 1

# Nothing of all this is left: as many again as may be open at a time.
for _ in $(seq 10); do
	run "$uri" "SELECT count(*) FROM weather"
done
tap_equal "nothing stays open" "$status $(cat "$work/out")" "0 0"

kill "$pid"
status=0
wait "$pid" || status=$?
pid=
tap_equal "tfsd ends well" "$status $(grep -c 'error\|runtime' "$work/log")" "0 0"
tap_done
