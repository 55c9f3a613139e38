#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make size: bytes of the core in firmware for a Cortex-M4. "linked" is what a program
# keeps of it (--gc-sections); "objects" is all that was compiled. rodata counts as text.
# With --tap a test: nothing is larger than README.md says, and nothing takes RAM.
set -euo pipefail

build=${BUILD:-build}
core=$build/core/m4
transport=(channel channel_attach channel_cancel channel_sleep channel_wait crc32)
client=(channel_share db db_cursor db_lock db_open db_update)

transport_aim=1536 client_aim=6144

# section PROGRAM SECTION: its bytes
section() {
	size -A "$core/$1.elf" | awk -v name="$2" '$1 == name { n = $2 } END { print n + 0 }'
}

# objects NAME...: text, and data with bss
objects() {
	size "${@/#/$core/lib/core/}" | awk 'NR > 1 { t += $1; d += $2 + $3 } END { print t, d }'
}

row() { printf '%-44s %6s %6s %6s\n' "$@"; }

table() {
	local text ram
	row "Cortex-M4, -Os" text ram aim
	row "transport alone, linked" "$(section transport .library)" \
		"$(section transport .library_ram)" $transport_aim
	row "with the database client, linked" "$(section database .library)" \
		"$(section database .library_ram)" $client_aim
	read -r text ram <<<"$(objects "${transport[@]/%/.o}")"
	row "transport alone, objects" "$text" "$ram" ""
	read -r text ram <<<"$(objects "${transport[@]/%/.o}" "${client[@]/%/.o}")"
	row "with the database client, objects" "$text" "$ram" ""
	row "mem* of the tests, not counted above" "$(section transport .mem)" 0 ""
}

check() {
	. tests/tap.sh
	table | tap_comment
	tap_check "the transport has at most $transport_aim bytes" \
		test "$(section transport .library)" -le $transport_aim
	tap_check "with the database client, $client_aim" \
		test "$(section database .library)" -le $client_aim
	tap_check "there is something in it" test "$(section transport .library)" -ge 1000
	tap_equal "RAM of the transport" "$(section transport .library_ram)" 0
	tap_equal "RAM of the database client" "$(section database .library_ram)" 0
	tap_done
}

case ${1:-} in
--tap) check ;;
*) table ;;
esac
