# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Runs in the guest: the protocol's tests over the driver's devices, with a tfsd
# that is killed and restarted on them.
# shellcheck source=tests/tap.sh
. /tap.sh

tap_check "the driver is loaded" insmod /modules/tfs_shm_poll.ko
for _ in $(seq 100); do
	[ ! -c /dev/tfs-shm-poll1 ] || break
	sleep 0.1
done
export TFSD=/bin/tfsd SCHEMA=/etc/weather.sql
# By a pipe: what a run that hangs did until then can be seen.
mkfifo /tmp/results
protocol_process device >/tmp/results &
program=$!
tap_import protocol </tmp/results
status=0
wait $program || status=$?
tap_equal "exit status" $status 0
tap_check "the driver is not in use any more" rmmod tfs_shm_poll
tap_done
