# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Runs in the guest: see check-guest.sh.
# shellcheck source=tests/tap.sh
. /tap.sh

# uri NODE: of the first channel of a platform device
uri() {
	find "/sys/bus/platform/devices/$1/tfs-shm-poll" -maxdepth 1 -name 'tfs-shm-poll[0-9]*' |
		sed 's|.*/tfs-shm-poll|tfs-shm-poll://|' | sort | head -n 1
}

tap_check "the driver is loaded" insmod /modules/tfs_shm_poll.ko
tap_check "the kernel has an event stream" grep -q '^Features.* evtstrm' /proc/cpuinfo
tap_run "write-combine" ladder_live "$(uri shm-poll)" no
tap_run "write-back" ladder_live "$(uri shm-write-back)" yes
tap_run "memory file" ladder_live "tfs-shm-poll://0?file=/tmp/ladder" yes
tap_done
