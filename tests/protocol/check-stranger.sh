#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lib/PROTOCOL.md is enough: a client that shares no code with ours talks to tfsd.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
work=$(mktemp -d)
tfsd_pid=

finish() {
	[ -z "$tfsd_pid" ] || kill "$tfsd_pid" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT

case $(uname -m) in
x86_64) ;;
*)
	tap_skip "a client from the text alone" "its Python has no barriers"
	tap_done ;;
esac

"$BUILD/asan/tfsd" -f /dev/null -o "file=$work/region" -o channels=1 -o "log=$work/log" \
	-o "database.weather.file=$work/weather.db" \
	-o database.weather.schema=tests/data/weather.sql &
tfsd_pid=$!
for ((i = 0; i < 200; i++)); do
	[ -s "$work/region" ] && break
	sleep 0.05
done
tap_run "a client from the text alone" tests/protocol/stranger.py "$work/region"
tap_equal "sqlite3 finds its rows" \
	"$(sqlite3 -readonly "$work/weather.db" 'SELECT count(*), sum(temp_max), max(date) FROM weather')" \
	"20|410.0|2012-01-20"
kill -TERM "$tfsd_pid"
status=0
wait "$tfsd_pid" || status=$?
tfsd_pid=
tap_equal "tfsd ends well" "$status" 0
tap_done
