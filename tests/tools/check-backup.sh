#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Backups of a tfsd that runs: while clients write, by the clock, cancelled, with a command
# that fails or never ends, on a disk that is full.
set -euo pipefail

. tests/tap.sh

build=$PWD/${BUILD:-build}
tfsd=$build/asan/tfsd
tfs=$build/asan/tfs
client=$build/asan/step_client
schema=$PWD/tests/data/weather.sql
work=$(mktemp -d)
pids=()
finish() {
	[ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
	[ ! -s "$work/deaf.pid" ] || kill -KILL "$(cat "$work/deaf.pid")" 2>/dev/null || true
	! mountpoint -q "$work/small" || umount "$work/small"
	rm -rf "$work"
}
trap finish EXIT
cd "$work"

wait_for() {
	for ((i = 0; i < 200; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}

# start LOG [WORDS...]: tfsd with the sockets "control"; its pid is the last of pids
start() {
	"$tfsd" -f conf -o control=control -o log="$1" "${@:2}" </dev/null 2>&1 &
	pids+=($!)
	tap_check "$1: ready" wait_for grep -q 'ready: ' "$1"
}

# stop SIGNAL: the last one
stop() {
	local status=0
	kill "-$1" "${pids[-1]}"
	wait "${pids[-1]}" || status=$?
	tap_equal "$1 ends it cleanly" "$status" 0
	unset 'pids[-1]'
}

refused() {
	local status=0
	timeout 20 "${@:4}" >out 2>&1 </dev/null || status=$?
	tap_equal "$1: exit status" "$status" "$2"
	tap_check "$1: $3" grep -qF -- "$3" out
}

# program NAME: a shell script from standard input
program() {
	{ echo '#!/bin/sh'; cat; } >"$1"
	chmod +x "$1"
}

sql() { sqlite3 "$1" "$2"; }

backup_state() { "$tfs" dump -s control | awk -F'\t' '$1 == "backup" { print $2 }'; }
is_in() { [ "$(backup_state)" = "$1" ]; }

# Large enough that a copy takes some steps.
sqlite3 w.db <"$schema"
sqlite3 w.db "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000)
	INSERT INTO weather SELECT i, '2012-01-01', 0.5, 1.5, 2.5, 3.5, 'drizzle' FROM n"
cat >conf <<CONF
file = region
channels = 2
backup_directory = copies
[database weather]
file = w.db
schema = $schema
[database other]
file = o.db
schema = $schema
CONF
mkdir copies

# --- while clients write ---------------------------------------------------------------------

start log
mkfifo writer.in
"$client" "tfs-shm-poll://0?file=$work/region" 0x11 <writer.in >writer.out &
pids+=($!)
{ echo open; for ((i = 0; i < 20000; i++)); do printf 'start\ninsert\nend\n'; done; } >writer.in &
writer=$!
pids+=("$writer")
tap_check "a client writes" wait_for grep -q '^end OC_OK' writer.out
before=$(grep -c '^end OC_OK' writer.out)
tap_check "a backup" "$tfs" backup -s control weather
tap_equal "says where" "$tap_output" "weather"$'\t'"$(echo copies/weather-*.db)"
after=$(grep -c '^end OC_OK' writer.out)
copy=$(echo copies/weather-*.db)
tap_equal "its integrity" "$(sql "$copy" "PRAGMA integrity_check")" "ok"
rows=$(($(sql "$copy" "SELECT count(*) FROM weather") - 60000))
tap_check "it has all $before rows that were acknowledged before" test "$rows" -ge "$before"
tap_check "and of $after until its end no other" test "$rows" -le "$((after + 1))"
tap_check "nothing is beside it" test "$(find copies -type f | wc -l)" -eq 1
tap_check "all databases" "$tfs" backup -s control
tap_equal "in turn" "$(cut -f 1 <<<"$tap_output" | tr '\n' ' ')" "weather other "
tap_equal "each with its file" "$(cut -f 2 <<<"$tap_output" | xargs ls | wc -l)" "2"
tap_check "the log says so" grep -q "info: backup: other: copies/other-.*db" log
for ((i = 0; i < 3; i++)); do
	"$tfs" backup -s control other >>same
done
tap_equal "several in a second" "$(sort -u same | wc -l)" "3"
refused "a database that is not there" 1 "tfs: no such database" "$tfs" backup -s control none
refused "two databases" 2 "usage: tfs backup" "$tfs" backup -s control weather other
refused "nothing to cancel" 1 "there is no backup under way" "$tfs" cancel -s control backup
kill -KILL "$writer" "${pids[1]}"
wait "$writer" "${pids[1]}" 2>/dev/null || true
pids=("${pids[0]}")
stop INT	# the writer may have left a transaction, for which TERM would wait

# --- a command --------------------------------------------------------------------------------

program good <<'SH'
echo "got $1 in $2"
[ -s "$2" ] && printf 'and no newline at the end'
SH
program bad <<'SH'
echo "no tape" >&2
exit 3
SH
# It says that it is there, is told to end, and does not.
program deaf <<'SH'
trap 'echo not now' TERM
echo $$ >deaf.pid
while :; do sleep 0.1; done
SH

start command -o backup_command="$work/good"
tap_check "a command is run" "$tfs" backup -s control other
tap_check "with name and file" grep -q "info: backup: other: got other in copies/other-.*db" command
tap_check "all of its output is logged" grep -q "other: and no newline at the end$" command
stop TERM

start bad.log -o backup_command="$work/bad"
refused "one that fails" 1 "tfs: other: backup_command exited with status 3" \
	"$tfs" backup -s control other
tap_check "its errors are logged, too" grep -q "backup: other: no tape" bad.log
refused "of several, the first failure is told" 1 "tfs: weather: backup_command exited" \
	"$tfs" backup -s control
tap_equal "and each is counted" \
	"$("$tfs" metrics -s control | grep '^tfsd_backups_failed_total')" \
	"tfsd_backups_failed_total 3"
stop TERM

start none.log -o backup_command="$work/nowhere"
refused "one that is not there" 1 "nowhere: No such file or directory" \
	"$tfs" backup -s control other
stop TERM

# --- cancelled, and hanging -----------------------------------------------------------------

start deaf.log -o backup_command="$work/deaf"
"$tfs" backup -s control other >waits 2>&1 &
waits=$!
tap_check "a command that does not end" wait_for test -s deaf.pid
tap_equal "is shown" "$(backup_state)" "command"
tap_check "everything else goes on" "$tfs" show -s control
tap_check "cancel" "$tfs" cancel -s control backup
wait "$waits" || true
tap_equal "who waits is told" "$(cat waits)" "tfs: other: cancelled"
tap_check "it was asked first" grep -q "backup: other: not now" deaf.log
tap_check "and then killed" bash -c "! kill -0 $(cat deaf.pid)"
tap_check "another one may follow" is_in idle

for signal in TERM INT QUIT; do
	rm -f deaf.pid
	"$tfs" backup -s control other >waits 2>&1 &
	waits=$!
	tap_check "$signal: it hangs" wait_for test -s deaf.pid
	if [ "$signal" = QUIT ]; then
		kill -QUIT "${pids[-1]}"
		wait "${pids[-1]}" 2>/dev/null || true
		unset 'pids[-1]'
	else
		stop "$signal"
	fi
	tap_check "$signal: the command has gone with it" bash -c "! kill -0 $(cat deaf.pid)"
	status=0
	wait "$waits" || status=$?
	tap_equal "$signal: who waits is told" "$status" 1
	[ "$signal" = QUIT ] || start "deaf.$signal" -o backup_command="$work/deaf"
done
tap_equal "the copies that were made are whole" "$(for f in copies/other-*.db; do
	sql "$f" "PRAGMA integrity_check"; done | sort -u)" "ok"
tap_equal "and nothing else is there" "$(find copies -name '*.part*')" ""

# --- by the clock, and what is not there -----------------------------------------------------

start clock -o backup_interval=1
many() { [ "$(find copies -name 'other-*' -newer "$1" | wc -l)" -ge 2 ]; }
touch now
tap_check "backups by the clock" wait_for many now
stop TERM

sed -i '/backup_directory/d' conf
start reload
refused "no directory" 1 "tfs: no backup_directory is configured" "$tfs" backup -s control
sed -i '1i backup_directory = nowhere' conf
tap_check "reload" "$tfs" reload -s control
refused "one that is not there" 1 "nowhere/other-" "$tfs" backup -s control other
stop TERM
refused "an interval without one" 1 "backup_interval = 5 needs a backup_directory" \
	"$tfsd" -n -f conf -o backup_directory=none -o backup_interval=5
refused "a command without one" 1 "backup_command = x needs a backup_directory" \
	"$tfsd" -n -f conf -o backup_directory=none -o backup_command=x

# --- a full disk --------------------------------------------------------------------------------

mkdir small
if mount -t tmpfs -o size=256k none small 2>/dev/null; then
	start small.log -o backup_directory=small
	refused "a disk that is full" 1 "the disk is full" "$tfs" backup -s control weather
	tap_equal "nothing stays behind" "$(ls -A small)" ""
	tap_check "what fits is copied" "$tfs" backup -s control other
	stop TERM
else
	tap_skip "a disk that is full" "nothing can be mounted here"
fi

tap_done
