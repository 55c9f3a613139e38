#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make size: bytes of the core in firmware. Objects as compiled, nothing dropped by
# the linker; rodata counts as text.
set -euo pipefail

folder=$1/lib/core

# sum NAME...: text, data and bss of these objects
sum() {
	size "${@/#/$folder/}" | awk 'NR > 1 { t += $1; d += $2; b += $3 } END { print t, d, b }'
}

row() {
	local what=$1
	shift
	read -r text data bss <<<"$(sum "$@")"
	printf '%-40s %6d %6d %6d\n' "$what" "$text" "$data" "$bss"
}

transport=(channel.o channel_attach.o channel_cancel.o channel_wait.o crc32.o)
client=(channel_share.o db.o db_cursor.o db_lock.o db_open.o db_update.o)
printf '%-40s %6s %6s %6s\n' "Cortex-M4, -Os" text data bss
row "transport alone" "${transport[@]}"
row "transport and database client" "${transport[@]}" "${client[@]}"
