#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutate.sh [NAME]...: takes what PROTOCOL.md calls necessary out of copies of the
# sources (mutations.txt) and runs each; prints a line each,
#
#	NAME found|survives SEED RUNS WHAT
#
# SIM_LIMIT: runs for each. build/sim/flags: compiler, flags and objects, from make.
set -euo pipefail

build=${BUILD:-build}
list=tests/sim/mutations.txt
{
	read -r cc
	read -r -a flags
	read -r -a parts
} <"$build/sim/flags"
limit=${SIM_LIMIT:-60000}

die() {
	echo "mutate: $*" >&2
	exit 2
}

# lines NAME: "file|script" of each of its lines
lines() {
	awk -F' :: ' -v name="$1" '$1 == name { print $3 "\t" $4 }' "$list"
}

# change FOLDER FILE SCRIPT: one place of the copy
change() {
	local copy=$1/$2 places
	sed "$3" "$copy" >"$copy.new"
	places=$(diff "$copy" "$copy.new" | grep -c '^[0-9]') || true
	[ "$places" -eq 1 ] || die "$2: '$3' changed $places places, not one"
	mv "$copy.new" "$copy"
}

# objects FOLDER: those of the simulation, but for what was changed
objects() {
	local folder=$1 object source
	for object in "${parts[@]}"; do
		source=${object#"$build"/sim/}
		source=${source%.o}.c
		case $source in
		lib/core/*) source=$folder/${source#lib/core/} ;;
		tests/*) source=$folder/${source#tests/} ;;
		esac
		if [ -e "$source.changed" ]; then
			"$cc" "${flags[@]}" -I"$folder" -Ilib/core -c -o "$source.o" "$source"
			echo "$source.o"
		else
			echo "$object"
		fi
	done
}

# A header's change is a change of all that include it.
mark() {
	local folder=$1 file=$2 source
	case $file in
	*.c) : >"$folder/$file.changed" ;;
	*)
		grep -l "\"$file\"" "$folder"/*.c | while read -r source; do
			: >"$source.changed"
		done ;;
	esac
}

make_mutant() {
	local folder=$build/sim/mutants/$1 file script linked
	rm -rf "$folder"
	mkdir -p "$folder/sim"
	cp lib/core/*.[ch] "$folder/"
	cp tests/sim/*.[ch] "$folder/sim/"
	while IFS=$'\t' read -r file script; do
		change "$folder" "$file" "$script"
		mark "$folder" "$file"
	done < <(lines "$1")
	linked=$(objects "$folder")
	# shellcheck disable=SC2086
	"$cc" -o "$folder/mutant" $linked
}

run_mutant() {
	local log=$build/sim/mutants/$1/log result=survives seed
	if ! "$build/sim/mutants/$1/mutant" --runs "$limit" >"$log" 2>&1; then
		result=found
	fi
	seed=$(sed -n 's/^seed \([0-9]*\): .*/\1/p' "$log")
	printf '%s\t%s\t%s\t%s\t%s\n' "$1" "$result" "${seed:--}" \
		"$(sed -n 's/ runs, .*//p' "$log")" "$(sed -n 's/^seed [0-9]*: //p' "$log")"
}

[ -e "$build/sim/sim" ] || die "$build/sim/sim is not built"
if [ $# -eq 0 ]; then
	mapfile -t names < <(awk -F' :: ' 'NF >= 4 && !/^#/ && !seen[$1]++ { print $1 }' "$list")
	set -- "${names[@]}"
fi
for name in "$@"; do
	[ -n "$(lines "$name")" ] || die "no mutation $name in $list"
	make_mutant "$name"
	run_mutant "$name"
done
