#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Each harness runs over its corpus and then over new inputs, two harnesses at a time;
# then mutants (mutations.txt), in which the harnesses have to find what is wrong.
# FUZZ_SECONDS (10): of new inputs. FUZZ_LIMIT (60): seconds to find a mutant in.
set -euo pipefail

. tests/tap.sh

build=${BUILD:-build}
work=$build/fuzz/check
corpora=tests/fuzz/corpus
list=tests/fuzz/mutations.txt
export FUZZ_SECONDS=${FUZZ_SECONDS:-10} FUZZ_LIMIT=${FUZZ_LIMIT:-60}
export ASAN_OPTIONS=quarantine_size_mb=16 build work corpora list

# What a harness that was killed leaves behind is removed with this.
FUZZ_DIR=$(mktemp -d /dev/shm/tfs-fuzz.XXXXXX)
export FUZZ_DIR
trap 'rm -rf "$FUZZ_DIR"' EXIT
rm -rf "$work"
mkdir -p "$work"

# fuzz PROGRAM HARNESS SECONDS FOLDER: new inputs go to the folder
fuzz() {
	local options=(-max_total_time="$3" -max_len=2048 -timeout=20 -rss_limit_mb=1024
		-print_final_stats=1 -artifact_prefix="$4/")
	[ ! -e "tests/fuzz/$2.dict" ] || options+=(-dict="tests/fuzz/$2.dict")
	mkdir -p "$4/new"
	"$1" "${options[@]}" "$4/new" "$corpora/$2" >"$4/log" 2>&1
}

harness() {
	local folder=$work/$1 status=0
	mkdir -p "$folder"
	"$build/fuzz/$1" -artifact_prefix="$folder/" "$corpora/$1"/* >"$folder/log" 2>&1 &&
		fuzz "$build/fuzz/$1" "$1" "$FUZZ_SECONDS" "$folder" || status=$?
	echo "$status" >"$folder/status"
}

# Found: the program ended before its time, and says why.
mutant() {
	local name=$1 of=$2 folder=$work/mutant-$1
	tests/mutant.sh "$build/fuzz/$of.flags" "$list" "$name" "$folder" >"$folder.log" 2>&1 ||
		return 0
	fuzz "$folder/mutant" "$of" "$FUZZ_LIMIT" "$folder" ||
		sed -n 's/^SUMMARY: //p; s/^\(BROKEN: .*\)/\1/p' "$folder/log" >"$folder/found"
}

# The log's end without the libraries' and the fuzzer's own frames, and the way back: the
# input itself, for who has nothing but this, and whether it is enough.
explain() {
	local folder=$work/$1 input
	grep -a -e BROKEN -e ERROR -e SUMMARY -e "^    #.* $PWD" "$folder/log" | cut -c 1-160 |
		head -n 20
	sed -n 's/^Running: /one that is kept: /p' "$folder/log" | tail -n 1
	for input in "$folder"/{crash,leak,timeout,oom}-*; do
		[ -e "$input" ] || continue
		echo "the input: $input, in base64 (to have it: base64 -d):"
		base64 -w 100 "$input" | head -n 40
		echo "once more: $build/fuzz/$1 $input"
		if "$build/fuzz/$1" -timeout=20 -artifact_prefix="$folder/again-" "$input" \
				>"$folder/again" 2>&1; then
			echo "alone it passes: it took others before it, or another thread"
		else
			echo "alone it fails again"
		fi
	done
	return 1
}

replayed() {
	[ "$(cat "$work/$1/status")" = 0 ] || explain "$1"
}

caught() {
	cat "$work/mutant-$1.log"
	[ -s "$work/mutant-$1/found" ]
}

export -f fuzz harness mutant
names() { awk -F' :: ' 'NF >= 4 && !/^#/ { print $1, $2 }' "$list"; }
harnesses=(server client message row uri config)

# shellcheck disable=SC2016 # for those shells, not for this one
printf '%s\n' "${harnesses[@]}" | xargs -n 1 -P "$(nproc)" bash -c 'harness "$0"'
for name in "${harnesses[@]}"; do
	kept=("$corpora/$name"/*)
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name/log")
	tap_check "$name: ${#kept[@]} inputs that are kept, ${runs:-0} others" replayed "$name"
done

# shellcheck disable=SC2016
names | xargs -n 2 -P "$(nproc)" bash -c 'mutant "$0" "$1"'
while read -r name harness; do
	tap_check "$harness finds $name" caught "$name"
	[ ! -s "$work/mutant-$name/found" ] ||
		head -n 1 "$work/mutant-$name/found" | cut -c 1-100 | tap_comment
done < <(names)
tap_done
