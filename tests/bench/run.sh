#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: tfs bench with the sides that are programs of their own, then plots.
# build/bench/ has what comes of it: bench.tsv, histograms.dat, latency.svg,
# waiting.svg. With QUICK=1 within a minute, otherwise in some seven.
set -euo pipefail

build=${BUILD:-build}
out=$build/bench
sizes=(64 4096 32768)
scratch=
roudi_pid=

finish() {
	trap - EXIT INT TERM
	if [ -n "$roudi_pid" ] && kill -TERM "$roudi_pid" 2>/dev/null; then
		wait "$roudi_pid" || true
	fi
	[ -z "$scratch" ] || rm -rf "$scratch"
}
trap finish EXIT
trap 'finish; exit 130' INT
trap 'finish; exit 143' TERM

mkdir -p "$out"
rm -f "$out"/bench.tsv "$out"/histograms.dat "$out"/*.svg
scratch=$(mktemp -d "$out/scratch.XXXXXX")
arguments=(-d "$build/host/tfsd" -o "$out")
[ -z "${QUICK:-}" ] || arguments+=(-q)

# side NAME COMMAND
side() { arguments+=(-x "$1=$2"); }
# row NAME=SIDE...
row() { arguments+=(-c "$1"); }

# iceoryx's daemon: one of our own, unless there is one. It says when it is ready.
start_roudi() {
	if ! command -v iox-roudi >/dev/null || [ ! -x "$build/host/bench_iceoryx" ]; then
		echo "iceoryx and libiceoryx-binding-c-dev are not installed"
		return
	fi
	iox-roudi -m off -l off >"$scratch/roudi.log" 2>&1 &
	roudi_pid=$!
	for ((i = 0; i < 100; i++)); do
		grep -q 'RouDi is ready' "$scratch/roudi.log" && return
		kill -0 "$roudi_pid" 2>/dev/null || break
		sleep 0.1
	done
	kill -0 "$roudi_pid" 2>/dev/null && return
	roudi_pid=
	echo "RouDi ended: $(tail -n 1 "$scratch/roudi.log")"
}

start_roudi >"$scratch/why_not"
for size in "${sizes[@]}"; do
	if [ -s "$scratch/why_not" ]; then
		side "iceoryx-$size" "cat '$scratch/why_not'"
	else
		side "iceoryx-$size" "$build/host/bench_iceoryx $size"
	fi
done
row iceoryx=packet-64/iceoryx-64
for size in "${sizes[@]}"; do
	row "iceoryx-$size=iceoryx-$size"
done

side poll "$build/host/bench_poll 64 $scratch"
row 'poll-idle=poll:ns<10'

for durability in lazy full; do
	for store in tfsd sqlite; do
		side "$store-$durability" \
			"$build/host/bench_transactions $store $durability $scratch"
	done
	row "transaction-$durability=tfsd-$durability/sqlite-$durability"
done

echo "$(nproc) processors, load $(cut -d' ' -f1 /proc/loadavg); a machine with other work" \
	"gives other figures"
"$build/host/tfs" bench "${arguments[@]}"

# Rows of its own, which say themselves what they are to reach.
"$build/host/bench_beside" "$scratch" ${QUICK:+quick} >"$scratch/beside.tsv"
cat "$scratch/beside.tsv" >>"$out/bench.tsv"
echo
(head -n 1 "$out/bench.tsv" && cat "$scratch/beside.tsv") |
	awk -F '\t' '{ printf "%-20s %10s %-5s %10s %8s %8s  %s\n", $1, $2, $3, $4, $5, $6, $7 }'
tests/bench/plot.sh "$out"
