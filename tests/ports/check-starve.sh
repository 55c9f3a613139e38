#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Two tasks of different priority on one processor want one table of tfsd's: on a
# Cortex-M in QEMU, with a scheduler of the test's, and as SCHED_FIFO threads.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

M_LIMIT=30
rows="SELECT group_concat(n, ' ') FROM
	(SELECT task || ':' || count(*) AS n FROM turns GROUP BY task)"

# serve [COMMAND...]: tfsd on two channels of the shared file; a third stays silent
serve() {
	"$@" "$BUILD/host/tfsd" -f /dev/null -o file="$qemu_shm" -o channels=2 \
		-o log="$qemu_dir/tfsd.log" -o database.turns.file="$qemu_dir/turns.db" \
		-o database.turns.schema=tests/ports/turns.sql -o database.turns.durability=lazy &
	qemu_others=$!
}

# stop_serving WHAT ROWS: the low task writes in every run, the high one only where it
# gets the lock.
stop_serving() {
	local status=0
	kill -TERM "$qemu_others"
	wait "$qemu_others" || status=$?
	qemu_others=
	tap_equal "$1: tfsd ended well" "$status" 0
	[ "$status" -eq 0 ] || tap_comment <"$qemu_dir/tfsd.log"
	tap_equal "$1: rows of each" "$(sqlite3 -readonly "$qemu_dir/turns.db" "$rows")" "$2"
}

check_firmware() {
	qemu_begin starve
	serve
	m_start "$BUILD/qemu/starve.elf"
	m_wait firmware
	tap_import firmware <"$qemu_dir/m.log"
	stop_serving firmware "1:20 2:2"
	qemu_end
}

# The processors that this process may use, a line each
processors() {
	local range
	for range in $(taskset -cp $$ | sed 's/.*: //; s/,/ /g'); do
		seq "${range%-*}" "${range#*-}"
	done
}

# The threads leave nothing of their processor to others: tfsd has another one.
check_threads() {
	local cpus
	mapfile -t cpus < <(processors)
	if [ "${#cpus[@]}" -lt 2 ]; then
		tap_skip "SCHED_FIFO threads" "one processor"
		return
	fi
	if ! chrt -f 1 true 2>/dev/null; then
		tap_skip "SCHED_FIFO threads" "the kernel does not allow them"
		return
	fi
	qemu_begin starve-threads
	serve taskset -c "${cpus[0]}"
	tap_run threads "$BUILD/host/starve_fifo" "$qemu_shm" "${cpus[1]}"
	stop_serving threads "1:40 2:6"
	qemu_end
}

check_firmware
check_threads
tap_done
