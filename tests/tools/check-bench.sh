#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tfs bench as people and scripts meet it: the file that it writes, what it refuses, what
# it says where it cannot measure, what it leaves behind. No figure is judged here.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
tfs=$PWD/$BUILD/asan/tfs
tfsd=$PWD/$BUILD/host/tfsd
work=$(mktemp -d)
pids=()
finish() {
	[ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

# bench WHAT ARGUMENTS...: a short run with its files in a folder named WHAT
bench() {
	local what=$1
	shift
	mkdir -p "$work/$what"
	timeout 200 "${prefix[@]}" "$tfs" bench -q -r 3 -o "$work/$what" "$@" \
		>"$work/$what/out" 2>"$work/$what/err" </dev/null || echo "status $?"
}
prefix=()

# field WHAT ROW COLUMN
field() {
	awk -F'\t' -v name="$2" -v column="$3" '$1 == name { print $column }' "$work/$1/bench.tsv"
}

# Prints the lines that are not as they should be.
malformed() {
	awk -F'\t' '
	function number(x) { return x ~ /^-?[0-9]+(\.[0-9]+)?$/ || x == "-" }
	NR == 1 { if ($0 != "name\tvalue\tunit\treference\tratio\ttarget\tverdict") print; next }
	NF != 7 || $1 !~ /^[A-Za-z0-9._-]+$/ || $1 in seen { print; next }
	{ seen[$1] = 1 }
	!number($2) || !number($4) || !number($5) || !number($6) { print; next }
	$3 !~ /^(ns|us|%|1\/s|ratio)$/ { print; next }
	($6 == "-") != ($7 == "-") || $7 !~ /^(ok|short|noisy|-)$/ { print; next }
	$7 ~ /ok|short/ && ($2 == "-" || ($4 != "-" && $5 == "-")) { print }
	' "$1"
}

# All the rows that a user may look for
wanted_rows() {
	local what size figure wait
	printf '%s\n' packet-64 call-64 bulk-32k message-1m socket eventfd futex mqueue bell line \
		loop-64 loop-64-tight loop-64-short noise idle-64 clock \
		idle-look-cpu idle-look-wakeups idle-look-first idle-naps-cpu
	for wait in $(waits); do
		printf '%s\n' "idle-$wait-cpu" "idle-$wait-wakeups"
		for figure in p50 p99 p99.9 max rate cpu; do
			echo "$wait-paced-$figure"
		done
	done
	for what in $(waits) loop socket; do
		for size in 0 64 256 1k 4k 32k 64k 1m; do
			for figure in p50 p99 p99.9 max rate cpu; do
				echo "$what-$size-$figure"
			done
		done
	done
}

# The names of the policies, from the library
waits() { sed -n 's/^\t\[OC_WAIT_[A-Z]*\] = "\([a-z]*\)",$/\1/p' lib/linux/ladder.c; }

missing_rows() {
	wanted_rows | sort >"$work/wanted"
	cut -f1 "$1" | sort | comm -23 "$work/wanted" -
}

# --- two processors ------------------------------------------------------------------

cat >"$work/program" <<'PROGRAM'
echo ready
while read -r trips; do echo 250.5; done
PROGRAM
# The processors that it is told; and one that gives up after a while
cat >"$work/cpus" <<PROGRAM
echo "\$TFS_BENCH_CPUS" >"$work/told"
echo ready
read -r trips
echo 100
PROGRAM
two() { [ "$(nproc)" -ge 2 ]; }

if two; then
	tap_equal "a run succeeds" "$(bench two -d "$tfsd" -x "fake=sh $work/program" \
		-x "fickle=sh $work/cpus" -c 'half=fickle<1' \
		-x 'silent=exit 3' -x 'unable=echo no such thing here' \
		-c 'mine=fake/packet-64<1000' -c 'plain=fake:ns' -c 'gone=unable/fake<2' \
		-c 'mute=silent')" ""
	tap_equal "nothing on stderr" "$(cat "$work/two/err")" ""
	tap_equal "lines are well-formed" "$(malformed "$work/two/bench.tsv")" ""
	tap_equal "no row is missing" "$(missing_rows "$work/two/bench.tsv")" ""
	tap_equal "all that have a target have a value" \
		"$(awk -F'\t' 'NR > 1 && $6 != "-" && $2 == "-" && $1 !~ /^(gone|half)$/ { print $1 }' \
		"$work/two/bench.tsv")" ""
	tap_equal "another program's figure is taken" "$(field two plain 2)" 250.5
	tap_check "and compared" test "$(field two mine 5)" != -
	tap_check "it is told two processors" grep -qx '[0-9]* [0-9]*' "$work/told"
	tap_equal "one that ends early has no value" "$(field two half 2) $(field two half 7)" \
		"- noisy"
	tap_check "the table says so" grep -q 'no fickle: it failed' "$work/two/out"
	tap_equal "one that cannot measure has no value" "$(field two gone 2)" -
	tap_equal "and no verdict" "$(field two gone 7)" noisy
	tap_check "the table says why" grep -q 'no unable: no such thing here' "$work/two/out"
	tap_check "also of one that says nothing" grep -q 'no silent: its program ended' \
		"$work/two/out"
	tap_equal "there are histograms of all waits, close and apart" \
		"$(sed -n 's/^# \(.*\)-\(64\|paced\)$/\1/p' "$work/two/histograms.dat" | sort -u |
			grep -v 'loop\|socket\|mqueue')" "$(waits | sort)"
	tap_equal "a histogram ends with all trips" \
		"$(awk '/^# / { if (n && last != "1.000000") print name; name = $2; n = 0 }
			NF == 2 && !/^#/ { n++; last = $2 }' "$work/two/histograms.dat")" ""

	tap_equal "without tfsd a run succeeds" "$(bench none -d "$work/nowhere")" ""
	tap_equal "calls have no value then" "$(field none call-64 2)" -
	tap_equal "nor a verdict" "$(field none call-64 7) $(field none idle-64 7)" "noisy noisy"
	tap_check "the table says why" grep -q 'no call-64: no tfsd that answers' "$work/none/out"
	tap_check "what needs no tfsd is there" test "$(field none packet-64 2)" != -
else
	tap_skip "runs on two processors" "this machine has one"
fi

# --- one processor -------------------------------------------------------------------

prefix=(taskset -c "$(taskset -pc $$ | sed 's/.*: *//; s/[-,].*//')")
tap_equal "with one processor a run succeeds" "$(bench one -d "$tfsd")" ""
prefix=()
tap_equal "lines are well-formed" "$(malformed "$work/one/bench.tsv")" ""
tap_equal "no row is missing" "$(missing_rows "$work/one/bench.tsv")" ""
tap_check "it says so" grep -q 'one processor only' "$work/one/out"
tap_equal "no target has a ratio or another verdict" \
	"$(awk -F'\t' 'NR > 1 && $6 != "-" && ($5 != "-" || $7 != "noisy") { print $1 }' \
	"$work/one/bench.tsv")" ""
tap_equal "what spins has no value" "$(field one packet-64 2) $(field one busy-64-p50 2)" "- -"
tap_check "what blocks has" test "$(field one socket-64-p50 2)" != -

# --- a server that is there already --------------------------------------------------

"$tfsd" -f /dev/null -o file="$work/region" -o channels=1 -o log="$work/log" \
	-o max_message=65536 -o database.w.file="$work/w.db" \
	-o database.w.schema=tests/data/weather.sql </dev/null &
pids+=($!)
for ((i = 0; i < 200; i++)); do
	grep -qs 'ready: ' "$work/log" && break
	sleep 0.05
done
tap_equal "a run on a channel named by a URI succeeds" \
	"$(bench uri "tfs-shm-poll://0?file=$work/region&timeout=2000")" ""
tap_equal "lines are well-formed" "$(malformed "$work/uri/bench.tsv")" ""
tap_check "calls of 64 bytes are measured" test "$(field uri call-64-p50 2)" != -
tap_check "and of 64 KiB" test "$(field uri call-64k-p50 2)" != -
tap_equal "those that the server does not take are not" "$(field uri call-1m-p50 2)" -
kill -TERM "${pids[0]}"
wait "${pids[0]}" || true
pids=()
tap_equal "without a server a run succeeds" \
	"$(bench unserved "tfs-shm-poll://0?file=$work/region&timeout=100")" ""
tap_equal "and calls have no value" "$(field unserved call-64-p50 2)" -

# --- refusals ------------------------------------------------------------------------

# refused WHAT TEXT ARGUMENTS...
refused() {
	local what=$1 text=$2 status=0
	shift 2
	timeout 60 "$tfs" bench "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	tap_equal "$what: exit status" "$status" 2
	tap_check "$what: $text" grep -qF -- "$text" "$work/err"
}

refused "an option that is none" "usage: tfs bench" -y
refused "an option without its value" "usage: tfs bench" -r
refused "no rounds" "ROUNDS must be" -r 0
refused "too many rounds" "ROUNDS must be" -r 10001
refused "rounds that are no number" "ROUNDS must be" -r 3x
refused "negative rounds" "ROUNDS must be" -r -1
refused "a side without a command" "NAME=COMMAND" -x name
refused "a side with an empty command" "NAME=COMMAND" -x name=
refused "a side's name with a space" "is no name" -x 'a b=true'
refused "a row without a side" "must be NAME=SIDE" -c row
refused "a row of an unknown side" "there is no such side" -c row=nothing
refused "a row against an unknown side" "there is no such side" -c row=line/nothing
refused "an unknown unit" "UNIT must be" -c row=line:ms
refused "a target of nothing" "TARGET must be" -c 'row=line<0'
refused "a target that is no number" "TARGET must be" -c 'row=line<many'
refused "a URI that is none" "wrong at character" http://0
refused "two URIs" "one URI at most" tfs-shm-poll://0 tfs-shm-poll://1

status=0
timeout 60 "$tfs" bench -q -r 1 -o "$work/nowhere" >"$work/out" 2>"$work/err" || status=$?
tap_equal "a folder that is not there: exit status" "$status" 1
tap_check "a folder that is not there: its name" grep -qF "$work/nowhere/" "$work/err"

# --- signals ---------------------------------------------------------------------------

scratch() { sed -n 's|.*\(/dev/shm/tfs-bench\.[A-Za-z0-9]*\)/.*|\1|p' "/proc/$1/maps" | head -n 1; }

"$tfs" bench -d "$tfsd" >"$work/out" 2>&1 </dev/null &
pids=($!)
folder=
for ((i = 0; i < 200; i++)); do
	folder=$(scratch "${pids[0]}")
	[ -z "$folder" ] || break
	sleep 0.05
done
tap_check "it has a folder in /dev/shm" test -d "$folder"
kill -TERM "${pids[0]}"
status=0
wait "${pids[0]}" || status=$?
pids=()
tap_equal "TERM ends it" "$status" 143
tap_check "the folder is gone" test ! -e "$folder"

tap_done
