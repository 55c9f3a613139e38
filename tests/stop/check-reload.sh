#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tfsd gets another configuration, or keeps the old one; its log is rotated; and the
# service manager, played here, hears of it.
set -euo pipefail

. tests/tap.sh

tfsd=$PWD/${BUILD:-build}/asan/tfsd
schema=$PWD/tests/data/weather.sql
work=$(mktemp -d)
pids=()
finish() {
	[ ${#pids[@]} -eq 0 ] || kill -KILL "${pids[@]}" 2>/dev/null || true
	rm -rf "$work"
}
trap finish EXIT
cd "$work"

# await COMMAND...: until it succeeds, for 10 seconds and more
await() {
	for ((i = 0; i < 1000; i++)); do
		! "$@" 2>/dev/null || return 0
		sleep 0.01
	done
	return 1
}

# has FILE TIMES TEXT
has() { [ "$(grep -cF -- "$3" "$1")" -ge "$2" ]; }

# configure LINES...: then the database
configure() {
	printf '%s\n' "$@" >next
	cat >>next <<CONF
file = region
channels = 2
log = log

[database w]
file = w.db
schema = $schema
CONF
	mv next tfsd.conf
}

# The manager: writes what it hears, a line each.
cat >manager.py <<'PYTHON'
import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("notify")
while True:
    for line in s.recv(4096).decode().split("\n"):
        print(line, flush=True)
PYTHON
python3 manager.py >heard &
pids+=($!)
await test -S notify

# reload TIMES TEXT: tells it, and waits until the log has TEXT so many times
reload() {
	kill -HUP "$server"
	await has log "$1" "$2"
}

configure "spin = 50"
NOTIFY_SOCKET=$work/notify WATCHDOG_USEC=200000 "$tfsd" -f tfsd.conf -o max_sessions=5 </dev/null &
server=$!
pids+=("$server")
tap_check "it is ready" await has heard 1 READY=1
tap_check "and says what it serves" has heard 1 "STATUS=serving 2 channels, 1 databases"
tap_check "it tells its process" has heard 1 "MAINPID=$server"

reload 1 "configuration reloaded"
tap_check "nothing has changed" has log 1 "configuration: nothing has changed"
tap_check "the manager hears of a reload" await has heard 1 RELOADING=1
tap_check "with the time" grep -q '^MONOTONIC_USEC=[0-9]*$' heard
tap_check "and of its end" await has heard 2 READY=1

configure "log_level = debug" "wait = sleep"
printf '[channel 1]\nwait = busy\n' >>tfsd.conf
reload 2 "configuration reloaded"
tap_check "what has changed is told" has log 1 \
	"configuration: wait, log_level, channel.0.wait, channel.1.wait"

# refused WHAT TEXT: the file as it is now
refusals=0
refused() {
	refusals=$((refusals + 1))
	reload "$refusals" "configuration not reloaded, the old one stays:"
	await has heard $((refusals + 3)) READY=1 || tap_not_ok "$1: ready again"
	tap_check "$1 is refused: $2" has log 1 "$2"
	tap_equal "$1: no reload" "$(grep -c 'configuration reloaded' log)" 2
}
configure "wait = fast" "log_level = error"
refused "a bad value" "tfsd.conf:1: wait = fast; it must be"
configure "log_level = error" "wait"
refused "a line that is none" "tfsd.conf:2: "
configure "max_message = 8192" "log_level = error"
refused "a key that needs a restart" \
	"tfsd.conf:1: max_message = 8192; it is 1048576 until tfsd is restarted"
configure "log_level = error"
sed -i 's,^log = .*,log = nowhere/log,' tfsd.conf
refused "a log that cannot be opened" "nowhere/log: No such file or directory"
rm tfsd.conf
refused "no file at all" "tfsd.conf: cannot open: No such file or directory"
tap_check "it is still at debug level, as before" kill -0 "$server"
configure "log_level = debug" "wait = sleep"
reload 3 "configuration reloaded"
tap_check "of a refused one nothing has stayed" has log 1 "configuration: channel.1.wait"

mv log log.old
kill -USR1 "$server"
await test -e log
tap_check "the log is opened again" await has log 1 "log opened again"
tap_equal "and the old one ends" "$(grep -c 'log opened again' log.old)" 0

configure "log_level = info"
sed -i 's/^log = .*/log = other/' tfsd.conf
kill -HUP "$server"
tap_check "another log" await has other 1 "configuration reloaded"

# A hundred of them, as fast as they come: some are one.
for ((n = 0; n < 100; n++)); do
	kill -HUP "$server"
done
tap_check "many at once" await has other 2 "configuration reloaded"

fed=$(grep -c WATCHDOG=1 heard)
tap_check "the watchdog is fed" await has heard $((fed + 3)) WATCHDOG=1
kill -TERM "$server"
status=0
wait "$server" || status=$?
tap_equal "it ends" "$status" 0
tap_check "the manager hears of that" has heard 1 STOPPING=1
tap_check "and how" has heard 1 "STATUS=smart shutdown"
tap_equal "nothing was lost" "$(cat log log.old other | grep -c 'were lost')" 0

tap_done
