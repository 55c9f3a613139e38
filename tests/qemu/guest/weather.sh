# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC3045 # busybox: read -t
#
# Runs in the guest: loads the driver and serves a database to the firmware until
# the host says that the firmware has ended. The file is left for the host.
# shellcheck source=tests/tap.sh
. /tap.sh

wait_for() {
	for _ in $(seq 100); do
		"$@" && return 0
		sleep 0.1
	done
	return 1
}

tap_check "the driver is loaded" insmod /modules/tfs_shm_poll.ko
tap_check "the driver made a device" wait_for test -c /dev/tfs-shm-poll0
tap_check "configuration is valid" tfsd -n -f /etc/tfsd.conf
tfsd -f /etc/tfsd.conf 2>/out/tfsd.log &
server=$!
tap_check "tfsd made the database" wait_for test -s /out/weather.db
echo "# serving"
read -r -t 80 word
tap_equal "the host says that the firmware has ended" "$word" "stop"
kill -TERM $server
status=0
wait $server || status=$?
tap_equal "tfsd ends cleanly on TERM" $status 0
[ $status -eq 0 ] || tap_comment </out/tfsd.log
# The driver's own tests, on another channel of the region that the firmware used.
for test in /kselftest/*; do
	[ -x "$test" ] || continue
	TFS_DEVICE=/dev/tfs-shm-poll1 tap_run "${test##*/}" "$test"
done
tap_done
