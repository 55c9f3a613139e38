#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A tfsd that runs, as "tfs show" and its neighbours tell of it, and what they take back.
set -euo pipefail

. tests/tap.sh

build=$PWD/${BUILD:-build}
tfsd=$build/asan/tfsd
tfs=$build/asan/tfs
client=$build/asan/step_client
metrics=$PWD/tests/tools/metrics.py
schema=$PWD/tests/data/weather.sql
work=$(mktemp -d)
pids=()
finish() {
	[ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
cd "$work"

# wait_for COMMAND...: until it succeeds, for ten seconds
wait_for() {
	for ((i = 0; i < 200; i++)); do
		! "$@" >/dev/null 2>&1 || return 0
		sleep 0.05
	done
	return 1
}

# start LOG [WORDS...]: tfsd with the socket "control"; its pid is the last of pids
start() {
	"$tfsd" -f /dev/null -o file=region -o channels=2 -o busy_timeout=3600 \
		-o database.weather.file=weather.db -o database.weather.schema="$schema" \
		-o control=control -o reactors=2 -o log="$1" "${@:2}" </dev/null &
	pids+=($!)
	tap_check "$1: ready" wait_for grep -q 'ready: ' "$1"
}

# stop STATUS: the last one
stop() {
	local status=0
	kill -TERM "${pids[-1]}"
	wait "${pids[-1]}" || status=$?
	tap_equal "it ends cleanly" "$status" "$1"
	unset 'pids[-1]'
}

# client NAME CHANNEL ID: words for it go to NAME.in, what came of them is in NAME.out
client() {
	mkfifo "$1.in"
	"$client" "tfs-shm-poll://$2?file=$work/region&timeout=60000" "$3" <"$1.in" >"$1.out" &
	pids+=($!)
}

# said NAME WORD STATUS
said() {
	tap_check "$1: $2 returns $3" wait_for grep -qx "$2 $3" "$1.out"
	: >"$1.out"
}

# Which one "cell" asks.
socket=control

# reason VERB: what the client of "tfs sql" prints
reason() {
	case $1 in
	cancel) echo "taken back by tfs cancel" ;;
	kill) echo "not logged in" ;;
	esac
}

# cell TABLE COLUMN KEY VALUE: of the row whose column KEY is VALUE
cell() {
	"$tfs" dump -s "$socket" | awk -F'\t' -v table="$1" -v column="$2" -v key="$3" -v value="$4" '
		$1 == "#" table { at[table] = 1; for (i = 2; i <= NF; i++) at[$i] = i }
		$1 == table && $at[key] == value { print $at[column] }'
}

# shows WHAT TABLE COLUMN KEY VALUE WANTED: sooner or later
shows() {
	shows_now() { [ "$(cell "${@:1:4}")" = "$5" ]; }
	tap_check "$1" wait_for shows_now "${@:2}"
}

# refused WHAT STATUS TEXT COMMAND...
refused() {
	local status=0
	timeout 20 "${@:4}" >out 2>&1 </dev/null || status=$?
	tap_equal "$1: exit status" "$status" "$2"
	tap_check "$1: $3" grep -qF -- "$3" out
}

# --- wrong command lines, and nobody there ---------------------------------------------

refused "a word too many" 2 "usage: tfs dump" "$tfs" dump -s control all
refused "an unknown table" 2 "usage: tfs show" "$tfs" show -s control tables
refused "no session" 2 "usage: tfs kill" "$tfs" kill -s control
refused "two lines in one" 2 "usage: tfs kill" "$tfs" kill -s control $'1\nkill 2'
refused "an unknown option" 2 "usage: tfs metrics" "$tfs" metrics -x
refused "nobody is there" 1 "tfs: control: No such file or directory" "$tfs" dump -s control
refused "a path that is too long" 1 "File name too long" "$tfs" show -s "$(printf '%0200d' 0)"

# --- a tfsd without clients ---------------------------------------------------------------

start log
tap_equal "the socket's mode" "$(stat -c '%F %a' control)" "socket 660"
tap_equal "its process" "$(cell server pid server server)" "${pids[-1]}"
tap_equal "its channels" "$(cell channel state wait -)" $'free\nfree'
tap_equal "its database" "$(cell database durability name weather)" "full"
tap_equal "its threads" "$("$tfs" dump -s control | grep -c '^thread')" \
	"$(find "/proc/${pids[-1]}/task" -mindepth 1 -maxdepth 1 | wc -l)"
refused "a session that is not there" 1 "tfs: session 7 is not there" "$tfs" kill -s control 7
refused "a session that is no number" 1 "a session is a number" "$tfs" cancel -s control 1x
refused "a session that cannot be" 1 "below 2^32" "$tfs" kill -s control 4294967296
if [ "$(id -u)" = 0 ]; then
	chmod 755 .
	refused "who has no right to" 1 "Permission denied" setpriv --reuid=65534 --regid=65534 \
		--clear-groups "$tfs" show -s control
else
	tap_skip "who has no right to" "only root can be somebody else"
fi

# --- sessions, and what they wait for ----------------------------------------------------

client one 0 0x11
exec 3>one.in
said one attach OC_OK
echo open >&3
said one open OC_OK
tap_equal "a session's database" "$(cell session database client 0x11)" "weather"
shows "it is idle" session state client 0x11 "idle"
tap_equal "and waits for its client" "$(cell session wait client 0x11)" "ClientRead"
tap_equal "its channel" "$(cell channel state number 0)" "granted"
tap_equal "the other one" "$(cell channel state number 1)" "free"
printf 'start\ninsert\n' >&3
said one start OC_OK
shows "it has a transaction" session state client 0x11 "idle in transaction"

client two 1 0x22
exec 4>two.in
echo open >&4
said two open OC_OK
echo start >&4
said two start OC_EUNAVAILABLE
tap_equal "another waits for its lock" "$(cell session wait client 0x22)" "TableLock"
first=$(cell session id client 0x11)
second=$(cell session id client 0x22)
refused "nothing to cancel" 1 "session $second has no request" "$tfs" cancel -s control "$second"

# --- cancel, and kill ------------------------------------------------------------------------

python3 - <<'PYTHON' &
import sqlite3, time
db = sqlite3.connect("weather.db", isolation_level=None)
db.execute("BEGIN IMMEDIATE")
open("locked", "w").close()
time.sleep(600)
PYTHON
locker=$!
pids+=("$locker")
tap_check "another program locks the database" wait_for test -e locked

echo end >&3
shows "a commit waits for it" session wait client 0x11 "FileLock"
tap_equal "its type" "$(cell session wait_type client 0x11)" "Lock"
tap_equal "its state" "$(cell session state client 0x11)" "active"
tap_equal "its operation" "$(cell session op client 0x11)" "END"
tap_equal "on its channel" "$(cell channel op number 0)" "END"
tap_check "cancel" "$tfs" cancel -s control "$first"
said one end OC_ECANCELLED
tap_equal "its transaction goes on" "$(cell session state client 0x11)" "idle in transaction"
echo end >&3
shows "it waits again" session wait client 0x11 "FileLock"
tap_check "kill" "$tfs" kill -s control "$first"
said one end OC_ENOSESSION
tap_equal "the session has gone" "$(cell session id client 0x11)" ""
tap_check "the log says who" grep -q "control: pid [0-9]*, uid $(id -u): kill session $first" log
tap_check "and what" grep -q "uid $(id -u): cancel the request of session $first" log
kill -KILL "$locker"
wait "$locker" 2>/dev/null || true

printf 'start\ninsert\nend\n' >&4
said two end OC_OK
tap_equal "its lock was free" "$(cell channel commits number 1)" "1"
tap_check "kill between two requests" "$tfs" kill -s control "$second"
shows "that session has gone, too" channel sessions number 1 "0"
echo start >&4
said two start OC_ENOSESSION
tap_equal "nothing of the killed one is there" \
	"$(python3 -c 'import sqlite3
print(sqlite3.connect("weather.db").execute("SELECT count(*) FROM weather").fetchone()[0])')" "1"

printf 'close\nopen\nstart\n' >&4
said two start OC_OK

# --- what is printed -------------------------------------------------------------------------

"$tfs" metrics -s control >metrics.txt
tap_check "metrics: the format" "$metrics" <metrics.txt
tap_equal "metrics: a counter" "$(grep '^tfsd_commits_total' metrics.txt)" \
	'tfsd_commits_total{channel="0"} 0
tfsd_commits_total{channel="1"} 1'
tap_equal "metrics: sessions" "$(grep '^tfsd_sessions{' metrics.txt)" \
	'tfsd_sessions{state="active"} 0
tfsd_sessions{state="idle"} 0
tfsd_sessions{state="idle in transaction"} 1'
tap_equal "metrics: waits" "$(grep '^tfsd_sessions_waiting{' metrics.txt)" \
	'tfsd_sessions_waiting{type="Client",wait="ClientRead"} 1'
"$tfs" show -s control >show.txt
tap_check "show: its first line" grep -Eqx \
	"tfsd ${pids[0]}, up [0-9.hms]+: 2 channels, 1 database, 1 session" show.txt
tap_check "show: a session" grep -Eq "  0x22 +weather +idle in transaction +- +Client +ClientRead " \
	show.txt
"$tfs" top -b -n 2 -d 1 -o r -s control >top.txt
tap_equal "top: two pictures" "$(grep -c "^tfsd ${pids[0]}, up" top.txt)" "2"
tap_equal "top: a rate for each" "$(grep -c '^per second: 0 requests, ' top.txt)" "2"
tap_equal "top: with sessions" "$(grep -c ' 0x22 ' top.txt)" "2"
refused "top: no such order" 2 "usage: tfs top" "$tfs" top -b -o x -s control
refused "top: no time at all" 2 "usage: tfs top" "$tfs" top -b -d 0 -s control
refused "top: nobody there" 1 "tfs: none: No such file" "$tfs" top -b -s none
tap_equal "show: one table" "$("$tfs" show -s control channels | wc -l)" "3"
tap_equal "dump: rows have the columns of their table" "$("$tfs" dump -s control | awk -F'\t' '
	/^#/ { name = substr($1, 2); n = NF; next }
	$1 != name || NF != n')" ""
# shellcheck disable=SC2016 # the inner shell expands that
refused "a reader that goes away" 1 "Broken pipe" bash -c \
	'(trap "" PIPE; sleep 0.5; exec "$0" dump -s control) | true; exit "${PIPESTATUS[0]}"' "$tfs"

# --- another configuration ----------------------------------------------------------------------

printf 'file = reload.region\n[database weather]\nfile = r.db\nschema = %s\n' "$schema" >conf
"$tfsd" -f conf -o control=control.2 -o log=reload.log </dev/null &
pids+=($!)
tap_check "reload.log: ready" wait_for grep -q 'ready: ' reload.log
sed -i '1i log_level = debug' conf
tap_check "reload" "$tfs" reload -s control.2
tap_check "it is in force" wait_for grep -q 'configuration reloaded' reload.log
sed -i '1i log_level = loud\nchannels = none' conf
refused "reload: the first thing that is wrong" 1 "tfs: conf:1: log_level = loud" \
	"$tfs" reload -s control.2
tap_check "and the next one" grep -q "tfs: conf:2: channels = none" out
tap_check "and what that means" grep -qx "tfs: the old configuration stays" out
refused "reload: a word too many" 2 "usage: tfs reload" "$tfs" reload -s control.2 now

# --- long SQL, which a worker runs --------------------------------------------------------------

socket=control.2
endless="WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
for what in cancel kill; do
	"$tfs" sql "tfs-shm-poll://1/weather?file=$work/reload.region&timeout=60000" "$endless" \
		>sql.$what 2>&1 &
	sql=$!
	shows "$what: SQL runs" session wait op SQL "Sql"
	tap_check "$what" "$tfs" "$what" -s "$socket" "$(cell session id op SQL)"
	status=0
	wait "$sql" || status=$?
	tap_equal "$what: its client has failed" "$status" 1
	tap_equal "$what: and was told why" "$(grep -c "$(reason "$what")" "sql.$what")" 1
	shows "$what: its worker is free" thread wait name "worker 0" "Job"
done
socket=control
stop 0

# --- one that was killed, two at a time -------------------------------------------------------

exec 3>&- 4>&-
wait_for test "$(cell channel state number 1)" = free || true
refused "a second one" 1 "control: control: Address already in use" "$tfsd" -f /dev/null \
	-o file=other -o channels=1 -o database.w.file=w.db -o database.w.schema="$schema" \
	-o control=control
tap_check "the first one answers" "$tfs" dump -s control
kill -KILL "${pids[0]}"
wait "${pids[0]}" 2>/dev/null || true
tap_check "a socket that nobody listens on is left" test -S control
refused "and refuses" 1 "tfs: control: Connection refused" "$tfs" show -s control
pids=()
start again
tap_check "the next one takes its place" "$tfs" dump -s control
stop 0
tap_check "and removes it" test ! -e control
echo text >control
refused "a file is no socket" 1 "control: control: File exists" "$tfsd" -f /dev/null \
	-o file=other -o channels=1 -o database.w.file=w.db -o database.w.schema="$schema" \
	-o control=control
tap_equal "and stays" "$(cat control)" "text"

tap_done
