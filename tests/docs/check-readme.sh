#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# README.md is true: its C compiles as it stands, for firmware and for processes, and
# stores a row; its configuration is taken; its commands work; what it names exists.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
work=$(mktemp -d)
region=$work/region
tfsd_pid=

finish() {
	[ -z "$tfsd_pid" ] || kill "$tfsd_pid" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

# block LANGUAGE N: the N-th block of that language, without its indentation
block() {
	awk -v language="$1" -v wanted="$2" '
	inside && /^ *```$/ { inside = 0 }
	inside && n == wanted { print substr($0, indent + 1) }
	!inside && $1 == "```" language { inside = 1; n++; indent = index($0, "`") - 1 }
	' README.md
}

blocks() { grep -c "^ *\`\`\`$1\$" README.md; }

# --- C ---------------------------------------------------------------------------

warnings=(-Wall -Wextra -Werror -Wshadow -Wpointer-arith -Wwrite-strings -Wundef -Wvla)
includes=(-Ilib/include -Ikernel/uapi "-I$work")
firmware=(arm-none-eabi-gcc -mthumb -Os -std=c11 -ffreestanding "${warnings[@]}" "${includes[@]}")
asan=(-O1 -g -fsanitize=address -fsanitize=undefined -fno-sanitize-recover=all)

# What the README says that firmware compiles.
core_files() { grep -o 'lib/core/[a-z0-9_]*\.c' README.md | sort -u; }

# Symbols that the firmware's part needs from elsewhere, but for what the README tells
needs() {
	local file objects=()
	for file in "$work/store.c" $(core_files); do
		objects+=("$work/$(basename "$file" .c).o")
		"${firmware[@]}" -mcpu=cortex-m4 -c -o "${objects[-1]}" "$file"
	done
	arm-none-eabi-ld -r -o "$work/all.o" "${objects[@]}"
	arm-none-eabi-nm -u "$work/all.o" | awk '$2 !~ /^mem(cpy|move|set|cmp)$/ { print $2 }'
}

block c 1 >"$work/store.c"
block c 2 >"$work/mpu.c"
tap_equal "there are two pieces of C" "$(blocks c)" 2
tap_check "tfs compile makes its header" "$BUILD/host/tfs" compile -o "$work/weather.h" \
	tests/data/weather.sql
tap_equal "firmware needs the time, and mem* of libc" "$(needs 2>&1)" board_time_us
tap_check "the MPU's code compiles for Cortex-M7" "${firmware[@]}" -mcpu=cortex-m7 -c \
	-o "$work/mpu.o" "$work/mpu.c"
tap_check "a process compiles it too" gcc -O2 -std=gnu11 "${warnings[@]}" "${includes[@]}" -c \
	-o "$work/store.o" "$work/store.c"
tap_check "and with sanitizers" gcc "${asan[@]}" -std=gnu11 "${warnings[@]}" "${includes[@]}" \
	-o "$work/main" "$work/store.c" tests/docs/readme_main.c "$BUILD/asan/liboc.a" -luuid

# --- what it stores ----------------------------------------------------------------

# The command in the README, on our file
read_rows() {
	local command
	command=$(block sh 3)
	eval "${command//\/var\/lib\/tfs\/weather.db/$work/weather.db}"
}

store() { "$work/main" "tfs-shm-poll://0/weather?file=$region"; }

"$BUILD/host/tfsd" -f /dev/null -o "file=$region" -o channels=1 -o "log=$work/log" \
	-o "database.weather.file=$work/weather.db" \
	-o database.weather.schema=tests/data/weather.sql &
tfsd_pid=$!
for ((i = 0; i < 100; i++)); do
	[ -s "$region" ] && break
	sleep 0.05
done
tap_equal "a row is stored" "$(store 2>&1)" OC_OK
tap_equal "and another" "$(store 2>&1)" OC_OK
tap_equal "sqlite3 reads them while tfsd runs" "$(read_rows 2>&1)" \
	$'2012-01-01|12.8\n2012-01-01|12.8'
kill -TERM "$tfsd_pid"
wait "$tfsd_pid" || true
tfsd_pid=

# --- configuration, overlay ----------------------------------------------------------

block ini 1 >"$work/tfsd.conf"
tap_check "tfsd takes the configuration" "$BUILD/host/tfsd" -n -f "$work/tfsd.conf"

merge() {
	local command
	command=$(block sh 4 | grep '^fdtoverlay')
	cp "$BUILD/arm64/kernel/dtbs/freescale/imx8mp-evk.dtb" "$work/"
	command=${command//imx8mp-evk.dtb/$work/imx8mp-evk.dtb}
	eval "${command//imx8mp-evk-tfs.dtb/$work/imx8mp-evk-tfs.dtb}"
	fdtget "$work/imx8mp-evk-tfs.dtb" /shm-poll compatible
}
tap_check "the overlay merges as shown" merge

# --- names ---------------------------------------------------------------------------

# Targets as they are written in commands, without the variables
targets() {
	grep -o 'make [a-z0-9-]*' README.md | cut -d' ' -f2 | sed '/^$/d' | sort -u
}

database() { make --no-print-directory -npq help 2>/dev/null || true; }

missing_targets() {
	local target
	for target in $(targets); do
		grep -q "^$target:" "$work/make" || echo "$target"
	done
}

# Paths: in backquotes or commands, beginning with a folder of ours
paths() {
	grep -oE '(^|[ `])(\./)?(kernel|lib|tools|tests|dts|LICENSES|build)/[A-Za-z0-9_./,-]*' README.md |
		sed 's/^[ `]*//; s/^\.\///; s/[.,]*$//' | sort -u
}

# What is built has a rule, or the README shows the command that makes it. The folder
# of the driver has the machine's name, and the board's is another; run.sh makes that of
# the measurements.
is_made() {
	grep -q "^$1:" "$work/make" || grep -q -- "-o $1 " README.md ||
		[ "$1" = build/module-aarch64/kernel/tfs_shm_poll.ko ] ||
		grep -qxF "out=\$build${1#build}" tests/bench/run.sh
}

missing_paths() {
	local path
	for path in $(paths); do
		case $path in
		build/?*) is_made "$path" || echo "$path" ;;
		*) [ -e "$path" ] || echo "$path" ;;
		esac
	done
}

database >"$work/make"
tap_check "make's targets are found: $(targets | wc -l)" test "$(targets | wc -l)" -gt 5
tap_equal "all of them exist" "$(missing_targets)" ""
tap_check "paths are found: $(paths | wc -l)" test "$(paths | wc -l)" -gt 20
tap_equal "all of them exist" "$(missing_paths)" ""
tap_done
