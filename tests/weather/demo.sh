#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make demo: the main job without a driver or a board. tfsd serves a memory file, a
# process plays the firmware with the same code and the same rows. Leaves only the
# database behind, in build/demo/.
set -euo pipefail

build=${BUILD:-build}
dir=$build/demo
database=$dir/weather.db
region=$dir/region
tfsd_pid=

finish() {
	trap - EXIT INT TERM
	if [ -n "$tfsd_pid" ] && kill -TERM "$tfsd_pid" 2>/dev/null; then
		wait "$tfsd_pid" || true
	fi
	rm -f "$region" "$region".0.server "$region".0.client
}
trap finish EXIT
trap 'finish; exit 130' INT
trap 'finish; exit 143' TERM

sql() { sqlite3 -readonly "$database" "$1"; }

mkdir -p "$dir"
rm -f "$database" "$database-wal" "$database-shm" "$region"

echo "tfsd serves database \"weather\" on a memory file, $region"
"$build/host/tfsd" -f /dev/null -o file="$region" -o channels=1 -o log="$dir/tfsd.log" \
	-o database.weather.file="$database" \
	-o database.weather.schema=tests/data/weather.sql &
tfsd_pid=$!

# The client waits for its server as firmware does; the file must be there, though.
for ((i = 0; i < 100; i++)); do
	[ -s "$region" ] && break
	kill -0 "$tfsd_pid" 2>/dev/null || { cat "$dir/tfsd.log" >&2; exit 1; }
	sleep 0.05
done

echo "A process plays the firmware: the same liboc, the same rows"
"$build/host/weather_client" "tfs-shm-poll://0/weather?file=$region&wait=sleep"

echo "What the database has now, by sqlite3 while tfsd runs:"
echo "  rows          $(sql "SELECT count(*) FROM weather")"
echo "  warmest day   $(sql "SELECT date || ', ' || temp_max || ' C' FROM weather ORDER BY temp_max DESC LIMIT 1")"
sql "SELECT '  rain in ' || substr(date, 1, 4) || '  ' || round(sum(precipitation), 1) || ' mm'
	FROM weather GROUP BY substr(date, 1, 4)"

echo
echo "Look yourself:         sqlite3 $database 'SELECT * FROM weather LIMIT 5'"
echo "With a real driver:    make demo-qemu    (a Cortex-M4 and arm64 Linux in QEMU)"
