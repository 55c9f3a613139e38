#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-labels.sh: the barriers have the same names everywhere; prints TAP
#
# In labels.pml (C_SEND_REL: the client's send:REL), in PROTOCOL.md's table, and in the
# code: there, the comment before a barrier has a line that begins with "send:REL. ".
# Each has its mutation in mutations.txt, and its name says which barrier it is.
set -euo pipefail

labels=tests/model/labels.pml
mutations=tests/model/mutations.txt
protocol=lib/PROTOCOL.md
work=${BUILD:-build}/model/labels
# shellcheck source=tests/tap.sh
. tests/tap.sh

# In no source yet, or not in ours: what has to keep them.
elsewhere=(
	"server report:FULL"	# a daemon that is told of deaths
)

side_of() {
	case $1 in
	lib/core/server*) echo server ;;
	lib/core/*) echo client ;;
	*) echo driver ;;
	esac
}

# in_code FILE: a line for each barrier, "FUNCTION LABEL..." in the order of the comment
in_code() {
	awk '
		/^}|^#/ { names = "" }
		/^[[:space:]]*\/?\*/ {
			line = $0
			sub(/^[[:space:]\/*]*/, "", line)
			if (match(line, /^[a-z]+:(ACQ|REL|LS|FULL)\. /)) {
				if (used) { names = ""; used = 0 }
				names = names " " substr(line, 1, RLENGTH - 2)
			}
			next
		}
		match($0, /(oc_acquire|oc_release|oc_full|dma_mb)\(\);/) {
			print substr($0, RSTART, RLENGTH - 3) (used ? "" : names)
			used = 1
		}
		/^}/ { used = 0 }
	' "$1"
}

# fits FUNCTION LABEL
fits() {
	case $1:${2#*:} in
	oc_acquire:ACQ | oc_acquire:LS | oc_release:REL | oc_full:FULL | dma_mb:FULL) ;;
	*) return 1 ;;
	esac
}

mkdir -p "$work"
sed -nE 's/^#define ([CSD])_([A-Z]+)_(ACQ|REL|LS|FULL)\>.*/\1 \2:\3/p' "$labels" |
	sed -E 's/^C /client /; s/^S /server /; s/^D /driver /' |
	while read -r side label; do
		echo "$side $(tr '[:upper:]' '[:lower:]' <<<"${label%:*}"):${label#*:}"
	done | sort >"$work/model"

: >"$work/code"
: >"$work/wrong"
for file in lib/core/*.[ch] kernel/*.c; do
	[ "$file" != lib/core/barrier.h ] || continue
	while read -r function names; do
		[ -n "$names" ] || echo "$file: $function() without a label" >>"$work/wrong"
		for name in $names; do
			fits "$function" "$name" || echo "$file: $function() is $name" >>"$work/wrong"
			echo "$(side_of "$file") $name" >>"$work/code"
		done
	done < <(in_code "$file")
done
printf '%s\n' "${elsewhere[@]}" | cat - "$work/code" | sort >"$work/have"
# shellcheck disable=SC2016 # the backquotes are the table's
sed -nE 's/^\| (client|server|driver) \| `([a-z]+:[A-Z]+)` \|.*/\1 \2/p' "$protocol" |
	sort >"$work/protocol"

tap_equal "each barrier in the code has a label, and one of its kind" "$(cat "$work/wrong")" ""
tap_equal "no label stands at two barriers, or at one that is said to be elsewhere" \
	"$(uniq -d "$work/have")" ""
tap_equal "the labels in the code are those of the model" \
	"$(diff "$work/have" "$work/model")" ""
tap_equal "the labels in PROTOCOL.md are those of the model" \
	"$(diff "$work/protocol" "$work/model")" ""
tap_equal "each barrier is taken away once, alone" "$(
	grep -oE '^#define [CSD]_[A-Z_]+' "$labels" | cut -d' ' -f2 | while read -r name; do
		sed 's/#.*//' "$mutations" | grep -vE '^[^[:space:]]*\+' |
			grep -cE -- "-D(M_)?$name\>" >/dev/null || echo "$name"
	done
)" ""
tap_done
