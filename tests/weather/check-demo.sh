#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The demonstration: every row arrives, and nothing stays behind, also on ^C.
set -euo pipefail

. tests/tap.sh

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# A build folder of its own, so that a demonstration that runs beside is not disturbed.
new_build() {
	mkdir -p "$scratch/$1/host"
	ln -s "$PWD/build/host/tfsd" "$PWD/build/host/weather_client" "$scratch/$1/host/"
	echo "$scratch/$1"
}

# Processes that have the region open or mapped
users_of() { grep -ls "$1" /proc/[0-9]*/maps 2>/dev/null | wc -l; }

build=$(new_build whole)
tap_check "the demonstration ends well" env BUILD="$build" tests/weather/demo.sh
tap_check "every row is as in the CSV" tests/weather/compare.sh "$build/demo/weather.db"
tap_check "the region is gone" test ! -e "$build/demo/region"
tap_equal "no process is left" "$(users_of "$build/demo/region")" 0

# A client that never gets its answer: tfsd is stopped, and then ^C comes.
build=$(new_build interrupted)
rm "$build/host/weather_client"
cat >"$build/host/weather_client" <<'STUCK'
#!/bin/bash
echo ready >"$0.started"
exec sleep 60
STUCK
chmod +x "$build/host/weather_client"
set -m
BUILD="$build" tests/weather/demo.sh >"$scratch/out" 2>&1 &
demo=$!
set +m
for ((i = 0; i < 200; i++)); do
	[ -e "$build/host/weather_client.started" ] && break
	sleep 0.05
done
tap_check "tfsd serves while the client waits" test -s "$build/demo/region"
kill -INT -- "-$demo"
status=0
wait "$demo" || status=$?
tap_equal "^C ends it with the shell's status" "$status" 130
tap_check "and removes the region" test ! -e "$build/demo/region"
tap_equal "and leaves no process" "$(users_of "$build/demo/region")" 0

tap_done
