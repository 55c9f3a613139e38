#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# check-model.sh: checks the models of the channel with spin; prints TAP
#
# Small instances of every property must hold (instances.txt), and each mutation
# (mutations.txt) must be found. FULL=1: the large instances too, with their figures;
# some minutes, up to 6 GB. ONLY=PATTERN: the lines whose name matches it.
set -euo pipefail

models=tests/model
work=${BUILD:-build}/model
full=${FULL:-0}
only=${ONLY:-.}
# shellcheck source=tests/tap.sh
. tests/tap.sh

# kind FILE: pan's output as one of the kinds in mutations.txt
kind() {
	local error
	error=$(grep -m1 -E '^pan:[0-9]+: ' "$1") || { echo none; return; }
	case $error in
	*"invalid end state"*) echo wait ;;
	*"voids<="*) echo livelock ;;
	*"part"*) echo cut ;;
	*"done_["* | *"executed["*) echo twice ;;
	*"cancelled["*) echo taken ;;
	*"(d0==d1)"* | *"(g0==g1)"*) echo mixed ;;
	*"==inc)"*) echo incarnation ;;
	*"(x==0)||"*) echo unasked ;;
	*"!(("*) echo put-out ;;
	*"sq)*2"* | *")>sq))"*) echo packet ;;
	*"handed!="*) echo unheard ;;
	*) echo other ;;
	esac
}

# pan NAME OPTIMIZE MEGABYTES SECONDS MODEL DEFINES...: compiles and searches. 0: it came to an end
pan() {
	local dir=$work/$1 optimize=$2 mega=$3 seconds=$4 model=$5
	local bits=20 defines=()
	shift 5
	rm -rf "$dir"
	mkdir -p "$dir"
	defines=("$@")
	[ "$mega" -lt 2000 ] || bits=25
	(
		cd "$dir"
		spin "${defines[@]}" -a "$OLDPWD/$models/$model.pml" >spin.log 2>&1 || exit 2
		cc "$optimize" -w -DSAFETY -DCOLLAPSE -DVECTORSZ=1024 -DMEMLIM="$mega" \
			-o pan pan.c >cc.log 2>&1 || exit 2
		timeout "$seconds" ./pan -m200000 -w"$bits" >out 2>&1
	)
}

# whole FILE: the search has seen every state
whole() {
	grep -q 'errors: ' "$1" &&
		! grep -qE 'Search not completed|out of memory|max search depth' "$1"
}

figures() {
	local states time mega
	states=$(grep -oE '[0-9.e+]+ states, stored' "$1" | cut -d' ' -f1)
	time=$(grep -oE 'elapsed time [0-9.e+]+' "$1" | cut -d' ' -f3)
	mega=$(grep -oE '[0-9.]+.total actual memory' "$1" | cut -f1)
	echo "$states states, ${time:-?} s, ${mega:-?} MB"
}

# holds NAME MODEL DEFINES...
holds() {
	local name=$1 model=$2 out=$work/$1/out mega=1400 seconds=120 optimize=-O0 status=0
	shift 2
	[ "$full" = 0 ] || { mega=5800 seconds=7200 optimize=-O2; }
	pan "$name" "$optimize" "$mega" "$seconds" "$model" "$@" || status=$?
	if [ "$status" -eq 0 ] && whole "$out" && [ "$(kind "$out")" = none ]; then
		tap_ok "$name: holds ($(figures "$out"))"
		return
	fi
	tap_not_ok "$name: status $status, $(kind "$out" 2>/dev/null || true)"
	cat "$work/$name"/*.log "$out" 2>/dev/null | tail -n 20 | tap_comment || true
}

# found NAME MODEL KIND DEFINES...
found() {
	local name=$1 model=$2 wanted=$3 out=$work/$1/out optimize=-O0 got=none
	shift 3
	# Those that take seconds name a bound; for the others it takes longer to compile.
	[[ " $* " != *" -DEMAX="* ]] || optimize=-O1
	pan "$name" "$optimize" 1400 180 "$model" "$@" || true
	[ ! -f "$out" ] || got=$(kind "$out")
	if [ "$got" = "$wanted" ]; then
		tap_ok "$name: found, $got ($(figures "$out"))"
		return
	fi
	tap_not_ok "$name: got $got, wanted $wanted"
	cat "$work/$name"/*.log "$out" 2>/dev/null | grep -v unreached | head -n 12 | tap_comment || true
}

# lines FILE: without comments, chosen by $ONLY
lines() {
	sed 's/#.*//; /^[[:space:]]*$/d' "$models/$1" |
		awk -v only="$only" '$1 ~ only'
}

if ! command -v spin >/dev/null; then
	tap_not_ok "spin is there (make deps installs it)"
	tap_done
fi

while read -r size name model defines; do
	[ "$size" = small ] || [ "$full" != 0 ] || continue
	# shellcheck disable=SC2086 # several defines
	holds "$name" "$model" $defines
done < <(sed 's/#.*//; /^[[:space:]]*$/d' "$models/instances.txt" |
	awk -v only="$only" '$2 ~ only')

while read -r name model wanted defines; do
	if [ "$wanted" = missed ]; then
		# shellcheck disable=SC2086
		[ "$full" = 0 ] || holds "$name" "$model" $defines
		continue
	fi
	# shellcheck disable=SC2086
	found "$name" "$model" "$wanted" $defines
done < <(lines mutations.txt)

tap_done
