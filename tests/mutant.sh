#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# mutant.sh FLAGS LIST NAME FOLDER: links FOLDER/mutant, a program in which one thing is
# wrong, by a changed copy of one of its sources.
#
# FLAGS, from make: compiler, its flags, the linker's, all objects, a line each.
# LIST: lines of "NAME :: FOR WHOM :: FILE :: SED SCRIPT :: WHAT IS WRONG"; the script
# changes exactly one place of the file.
set -euo pipefail

flags=$1 list=$2 name=$3 folder=$4
{
	read -r cc
	read -r -a cflags
	read -r -a ldflags
	read -r -a objects
} <"$flags"

die() {
	echo "mutant: $name: $*" >&2
	exit 2
}

IFS=$'\t' read -r file script < \
	<(awk -F' :: ' -v name="$name" '$1 == name { print $3 "\t" $4 }' "$list") ||
	die "not in $list"
copy=$folder/$(basename "$file")
changed=

mkdir -p "$folder"
sed "$script" "$file" >"$copy"
places=$(diff "$file" "$copy" | grep -c '^[0-9]') || true
[ "$places" -eq 1 ] || die "'$script' changed $places places of $file, not one"
"$cc" "${cflags[@]}" -iquote "$(dirname "$file")" -c -o "$folder/mutant.o" "$copy"
for i in "${!objects[@]}"; do
	case ${objects[i]} in
	*/"${file%.c}.o")
		objects[i]=$folder/mutant.o
		changed=yes ;;
	esac
done
[ "$changed" ] || die "$file is no part of the program"
"$cc" -o "$folder/mutant" "${objects[@]}" "${ldflags[@]}"
