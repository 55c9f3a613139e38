#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make demo-qemu: the weather run on two processors, for people to watch.
set -euo pipefail

. tests/qemu/lib.sh
. tests/qemu/weather.sh

database=$BUILD/qemu/demo/out/weather.db

fail() {
	echo "demo-qemu: $1; see $qemu_dir/{m,console,tap}.log and $qemu_dir/out/tfsd.log" >&2
	exit 1
}

sql() { sqlite3 -readonly "$database" "$1"; }

# What Linux reports, without TAP's numbers
linux_says() { sed -n 's/^ok [0-9]* - /  Linux     /p; s/^not ok [0-9]* - /  Linux     FAILED: /p' "$1"; }

qemu_begin demo
weather_prepare
echo "Two processors start on one shared region of $SHM_SIZE:"
echo "  Linux, arm64 (QEMU virt), with tfs_shm_poll.ko and tfsd"
echo "  firmware, Cortex-M ($M_MACHINE), with liboc and $(($(wc -l <tests/data/seattle-weather.csv) - 1)) rows of weather in flash"
echo
weather_boot
guest_hear "# serving"
linux_says "$qemu_dir/tap.log"
tail -n +1 --pid="$m_pid" -s 0.2 -f "$qemu_dir/m.log" | sed -u 's/^firmware: /  Cortex-M  /'
m_reap
guest_tell stop
guest_reap || fail "Linux did not end well"
linux_says "$qemu_dir/tap.log" | tail -n 1
[ "$m_status" -eq 0 ] || fail "the firmware failed with status $m_status"
tests/weather/compare.sh "$database" >/dev/null || fail "the database differs from the data"

echo
echo "What Linux has now, by sqlite3:"
echo "  rows          $(sql "SELECT count(*) FROM weather"), each as in tests/data/seattle-weather.csv"
echo "  warmest day   $(sql "SELECT date || ', ' || temp_max || ' C' FROM weather ORDER BY temp_max DESC LIMIT 1")"
sql "SELECT '  rain in ' || substr(date, 1, 4) || '  ' || round(sum(precipitation), 1) || ' mm'
	FROM weather GROUP BY substr(date, 1, 4)"
echo
echo "Look yourself: sqlite3 $database 'SELECT * FROM weather LIMIT 5'"
