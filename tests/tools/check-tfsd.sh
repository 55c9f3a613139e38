#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tfsd as an administrator meets it: what it refuses to start with, and in which
# words; what it goes on in spite of.
set -euo pipefail

. tests/tap.sh

tfsd=$PWD/${BUILD:-build}/asan/tfsd
schema=$PWD/tests/data/weather.sql
work=$(mktemp -d)
pids=()
finish() {
	[ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
cd "$work"

# options DATABASE REGION: the rest of a command line
options() {
	echo "-f /dev/null -o file=$2 -o channels=2 -o database.w.file=$1 -o database.w.schema=$schema"
}

# refused WHAT TEXT WORDS...: tfsd ends with status 1 and says so
refused() {
	local what=$1 text=$2 status=0
	shift 2
	timeout 20 "$tfsd" "$@" >out 2>&1 </dev/null || status=$?
	tap_equal "$what: exit status" "$status" 1
	tap_check "$what: $text" grep -qF -- "$text" out
}

# start NAME [WORDS...]: tfsd on region NAME and database NAME.db, once it is ready
start() {
	# shellcheck disable=SC2046 # words
	"$tfsd" $(options "$1.db" "$1") -o log="$1.log" "${@:2}" </dev/null &
	pids+=($!)
	for ((i = 0; i < 400; i++)); do
		grep -qs 'ready: ' "$1.log" && return
		sleep 0.05
	done
	tap_not_ok "$1: ready"
}

# ended WHAT PID STATUS
ended() {
	local status=0
	wait "$2" || status=$?
	tap_equal "$1" "$status" "$3"
}

# shellcheck disable=SC2046 # words
{
	refused "a directory that cannot be written" "/proc/w.db" $(options /proc/w.db region)
	refused "a directory that is not there" "nowhere/w.db" $(options nowhere/w.db region)
	echo "this is no database, and longer than a hundred bytes: $(seq 100)" >text
	refused "a file that is no database" "text" $(options text region)
	refused "a schema that is not there" "no.sql" $(options w.db region) \
		-o database.w.schema=no.sql
	refused "a stride of half a page" "stride" $(options w.db region) -o stride=67584
	refused "a stride below a channel" "stride" $(options w.db region) -o stride=32768
	refused "a memory file in no folder" "nowhere/region" $(options w.db nowhere/region)
	refused "a device that is not there" "No such file" -f /dev/null -o device=4000 \
		-o database.w.file=w.db -o database.w.schema="$schema"
	refused "a processor that is not there" "reactor 0: cpu 1023" $(options w.db region) \
		-o reactor_cpus=1023
	mkdir folder
	refused "one file for two databases" "each needs its own" $(options w.db region) \
		-o database.v.file=folder/../w.db -o database.v.schema="$schema"
	refused "a table that lacks its CHECK" "CHECK" $(options c.db region) \
		-o database.w.schema=<(echo "CREATE TABLE t (id INTEGER PRIMARY KEY, x REAL);")
}

start one
first=${pids[0]}
# shellcheck disable=SC2046 # words
refused "a second server on a region" "another server serves this channel" $(options other.db one)
kill -TERM "$first"
ended "the first one goes on, and ends cleanly on TERM" "$first" 0
tap_check "the log of its database is gone" test ! -e one.db-wal

# Signals come by a descriptor: each way of waiting has to look at it.
for policy in adaptive busy monitor yield sleep; do
	start "$policy" -o wait="$policy"
	kill -TERM "${pids[-1]}"
	ended "TERM ends it while it waits as $policy" "${pids[-1]}" 0
	unset 'pids[-1]'
done
tap_check "what cannot be is said" grep -q 'wait = monitor: .*; yield instead$' monitor.log
tap_equal "and nothing else is" "$(cat ./*.log | grep -c 'wait = ')" 1

# The reader of its log goes away: tfsd does not.
mkfifo pipe
# shellcheck disable=SC2046 # words
"$tfsd" $(options two.db two) -v 2>pipe </dev/null &
pids+=($!)
head -n 1 <pipe >/dev/null
for ((i = 0; i < 400; i++)); do
	[ ! -s two ] || break
	sleep 0.05
done
kill -INT "${pids[1]}"
ended "without a reader of its log it serves until INT" "${pids[1]}" 0

# A signal while it waits for another program to unlock the file.
python3 - "$schema" <<'PYTHON' &
import sqlite3, sys, time
db = sqlite3.connect("three.db", isolation_level=None)
db.executescript(open(sys.argv[1]).read())
db.execute("PRAGMA journal_mode = DELETE")
db.execute("BEGIN EXCLUSIVE")
open("locked", "w").close()
time.sleep(60)
PYTHON
locker=$!
pids+=("$locker")
for ((i = 0; i < 400; i++)); do
	[ ! -e locked ] || break
	sleep 0.05
done
# shellcheck disable=SC2046 # words
"$tfsd" $(options three.db three) -o busy_timeout=3600 </dev/null 2>/dev/null &
waiting=$!
pids+=("$waiting")
sleep 0.3
tap_check "it waits for another program's lock" kill -0 "$waiting"
kill -TERM "$waiting"
ended "and TERM ends it all the same" "$waiting" 143
kill -KILL "$locker"
wait "$locker" 2>/dev/null || true

tap_done
