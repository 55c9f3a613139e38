#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Firmware that stores and reads rows on one channel while it scribbles on the header
# and the buffer of another: tfsd serves the one as if there were no other.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

# m_said LINE: waits until the firmware has written it, or has ended
m_said() {
	while kill -0 "$m_pid" 2>/dev/null; do
		grep -qxF -- "$1" "$qemu_dir/m.log" && return
		sleep 0.1
	done
}

# Ten lines a second, and one that counts the others: see channel_log.c.
log_is_bounded() {
	local lines
	lines=$(grep -c "channel 1: " "$qemu_dir/out/tfsd.log")
	[ "$lines" -le $((12 * 60)) ] && grep -q "channel 1: [0-9]* more lines" "$qemu_dir/out/tfsd.log"
}

# Otherwise nobody was tried: sessions came and went, and requests were refused.
was_reached() {
	grep -q "channel 1: session" "$qemu_dir/out/tfsd.log" &&
		grep -q "channel 1: bad request" "$qemu_dir/out/tfsd.log"
}

qemu_begin scribble
guest_add tests/qemu/guest/scribble.sh test.sh
guest_add tests/qemu/guest/tfsd.conf etc/tfsd.conf
guest_add tests/data/weather.sql etc/weather.sql
guest_add "$BUILD/arm64/modules/tfs_shm_poll.ko" modules/tfs_shm_poll.ko
guest_add "$BUILD/arm64/tfsd" bin/tfsd
m_start "$BUILD/qemu/scribble.elf"
guest_start
m_said "firmware: all rows stored"
guest_tell stored
m_wait firmware
guest_tell stop
guest_wait guest
tap_check "every row in the guest's file is that of the CSV" \
	tests/weather/compare.sh "$qemu_dir/out/weather.db"
tap_check "the other channel's client got to sessions and requests" was_reached
tap_check "tfsd's log of it is bounded" log_is_bounded
grep '^firmware' "$qemu_dir/m.log" | tail -n 3 | tap_comment
grep -a '^# tfsd' "$qemu_dir/tap.log"
tap_done
