#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The driver in the Arm guest: wrong devicetree nodes, the kselftests, and, from
# outside, what it did to the region: at probe and when the machine went down it
# wrote to the servers' words and to nothing else.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

channels=4
stride=65536
word_offset=56

# put_word CHANNEL WORD: a server_word in the region, as four bytes of hex
put_word() {
	printf '%b' "\\x${2:0:2}\\x${2:2:2}\\x${2:4:2}\\x${2:6:2}" |
		dd of="$qemu_shm" bs=1 seek=$(($1 * stride + word_offset)) conv=notrunc status=none
}

get_word() {
	od -A n -t x1 -j $(($1 * stride + word_offset)) -N 4 "$qemu_shm" | tr -d ' '
}

# Channels 1..3 as firmware leaves them that runs already; guest.sh knows the words.
fill_region() {
	head -c $((channels * stride)) /dev/urandom | dd of="$qemu_shm" conv=notrunc status=none
	put_word 1 "03cdaba1"
	put_word 2 "ffffff52"
	put_word 3 "18cdaba1"
	cp "$qemu_shm" "$qemu_dir/region.before"
}

# rest_of CHANNEL FILE: all of the channel but the server_word
rest_of() {
	local start=$(($1 * stride))
	tail -c +$((start + 1)) "$2" | head -c $word_offset
	tail -c +$((start + word_offset + 5)) "$2" | head -c $((stride - word_offset - 4))
}

check_region() {
	local n
	tap_equal "server that served when the machine went down" "$(get_word 0)" "04efbea1"
	tap_equal "servers' words of the other channels" \
		"$(get_word 1) $(get_word 2) $(get_word 3)" "04cdaba1 000000a1 00cdaba1"
	for n in 1 2 3; do
		tap_check "nothing else in channel $n was touched" cmp \
			<(rest_of $n "$qemu_shm") <(rest_of $n "$qemu_dir/region.before")
	done
}

A_DTB=$BUILD/qemu/virt-driver.dtb
qemu_begin driver
fill_region
guest_add tests/kselftest/guest.sh test.sh
guest_add tests/kselftest/guest-lib.sh guest-lib.sh
for module in tfs_shm_poll tfs_par tfs_pin tfs_slow; do
	guest_add "$BUILD/arm64/modules/$module.ko" "modules/$module.ko"
done
for test in attributes compat32 devmem facts gone handover hold mappings module peek roles unbind; do
	guest_add "$BUILD/arm64/kselftest/$test" "kselftest/$test"
done
guest_run driver
check_region
tap_done
