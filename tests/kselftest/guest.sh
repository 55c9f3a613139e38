# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Runs in the guest: the driver refuses the wrong nodes of nodes.dtso, each with
# its message, and passes its tests on both kinds of memory. Pages of 4 or 16 KiB.
# shellcheck source=tests/tap.sh
. /tap.sh
# shellcheck source=tests/kselftest/guest-lib.sh
. /guest-lib.sh

class=/sys/class/tfs-shm-poll
page=$(awk '/^KernelPageSize:/ { printf "0x%x", $2 * 1024; exit }' /proc/self/smaps)
tests="roles facts mappings attributes gone handover unbind devmem module"

refuses_bad_nodes() {
	dmesg >/tmp/dmesg
	refused bad-no-region 2 "no memory-region"
	refused bad-two-regions 22 "memory-region is not one phandle"
	refused bad-elsewhere 22 "memory-region is not below /reserved-memory"
	refused bad-mapped 22 "memory-region mapped@5c200000 lacks no-map"
	refused bad-base 22 "memory-region odd-base@5c300800: 0x0000000000100000 bytes at 0x000000005c300800, not whole pages of $page"
	refused bad-size 22 "memory-region odd-size@5c500000: 0x0000000000080800 bytes at 0x000000005c500000, not whole pages of $page"
	refused bad-taken 98 "memory-region taken@41000000 is not reserved, the kernel uses it"
	refused bad-stride 22 "tfs,channel-stride 0x10100 is not a multiple of the page size $page"
	refused bad-stride-small 34 "tfs,channel-stride 0x8000 is less than a channel, 0x8040"
	refused bad-stride-zero 34 "tfs,channel-stride 0x0 is less than a channel, 0x8040"
	refused bad-stride-type 22 "tfs,channel-stride is not one 32-bit number"
	refused bad-stride-two 22 "tfs,channel-stride is not one 32-bit number"
	refused bad-channels 28 "memory-region of 0x0000000000100000 bytes has no room for 17 channels of 0x10000"
	refused bad-channels-many 28 "memory-region of 0x0000000000100000 bytes has no room for 4294967295 channels of 0xffffc000"
	refused bad-channels-limit 7 "4437 channels are more than 4096, set tfs,num-channels"
	refused bad-channels-zero 22 "tfs,num-channels is 0"
	refused bad-channels-type 22 "tfs,num-channels is not one 32-bit number"
	refused bad-channels-two 22 "tfs,num-channels is not one 32-bit number"
	refused bad-level 22 "interrupt of channel 0 is not edge-triggered"
	refused bad-lines 22 "2 interrupts are neither 1 nor one for each of 4 channels"
	refused bad-small 28 "memory-region of 0x0000000000008000 bytes has no room for 1 channels of 0x10000"
}

takes_good_nodes() {
	tap_equal "4 + 2 + 16 channels, and 2 + 2 with interrupts" \
		"$(find $class -name 'tfs-shm-poll[0-9]*' | wc -l)" 26
	tap_equal "one of two nodes got the region of both" \
		"$(grep -c 'twin-[ab]: memory-region shared@5c100000 belongs to another device' /tmp/dmesg)" 1
	tap_check "write-combine" grep -q "shm-poll: 4 channels of 0x10000 bytes, write-combine" /tmp/dmesg
	tap_check "write-back" grep -q "shm-write-back: 2 channels of 0x20000 bytes, write-back" /tmp/dmesg
	tap_check "as many as fit" grep -q "twin-[ab]: 16 channels of 0x10000 bytes" /tmp/dmesg
	tap_check "the region is claimed, also what no channel lies in" \
		grep -q " 60000000-60ffffff : shm-poll$" /proc/iomem
	tap_equal "device nodes are root's alone" "$(stat -c %a:%u "$(first_channel shm-poll)")" 600:0
}

# Words that check-driver.sh put there: with a client, bad magic, without a client.
marks_at_probe() {
	first=$(first_channel shm-poll)
	first=${first##*[a-z]}
	tap_equal "each channel is marked at probe" "$(/kselftest/peek \
		/dev/tfs-shm-poll$((first + 1)) /dev/tfs-shm-poll$((first + 2)) \
		/dev/tfs-shm-poll$((first + 3)) | tr '\n' ' ')" "a1abcd04 a1000000 a1abcd00 "
}

# run_kselftests NODE DEVICE
run_kselftests() {
	export TFS_DEVICE="$2"
	for test in $tests; do
		tap_run "$1: $test" no_skip "/kselftest/$test"
	done
}

# run_slowly SYMBOL TEST: the same again with a wide window where the function is
run_slowly() {
	TFS_DEVICE=$(first_channel shm-poll)
	export TFS_DEVICE
	tap_check "insmod of the delay" insmod /modules/tfs_slow.ko "symbol=$1"
	tap_run "slowly: $2" no_skip "/kselftest/$2"
	tap_check "rmmod of the delay" rmmod tfs_slow
}

skips_what_cannot_run() {
	TFS_DEVICE=$(first_channel shm-poll)
	export TFS_DEVICE
	for test in $tests; do
		skips TFS_DEVICE=/dev/nothere "$test"
	done
	skips TFS_MODULE=/nonexistent module
	tap_check "the driver is still there" test -c "$TFS_DEVICE"
}

# Somebody has a reference to a struct device when the driver is unloaded.
waits_for_the_last_reference() {
	tap_check "insmod of the holder" insmod /modules/tfs_pin.ko
	tap_equal "it holds a device" "$(cat /sys/module/tfs_pin/parameters/held)" Y
	tap_check "rmmod of the driver" rmmod tfs_shm_poll
	tap_equal "the device was let go before" "$(cat /sys/module/tfs_pin/parameters/held)" N
	tap_check "insmod of the driver" insmod $TFS_MODULE
	tap_check "rmmod of the holder" rmmod tfs_pin
}

run_compat() {
	if [ "$page" = 0x1000 ]; then
		tap_run "32-bit program" /kselftest/compat32 "$(first_channel shm-poll)"
	else
		tap_skip "32-bit program" "with pages of $page a kernel runs none"
	fi
}

# Stays behind, and writes, until the machine goes down; check-driver.sh looks what is
# left. The delay makes certain that a mark comes to grief which was made too early.
leave_a_server() {
	tap_check "insmod of the delay" insmod /modules/tfs_slow.ko symbol=unmap_mapping_range
	TFS_DEVICE=$(first_channel shm-poll)
	export TFS_DEVICE
	/kselftest/hold "$1" >/tmp/hold &
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		[ ! -s /tmp/hold ] || break
		sleep 0.2
	done
	tap_equal "a server stays behind" "$(cat /tmp/hold)" holding
}

export TFS_MODULE=/modules/tfs_shm_poll.ko
tap_check "insmod of the driver" insmod $TFS_MODULE
tap_check "insmod of the attribute probe" insmod /modules/tfs_par.ko
refuses_bad_nodes
takes_good_nodes
marks_at_probe
skips_what_cannot_run
run_kselftests shm-poll "$(first_channel shm-poll)"
run_kselftests shm-write-back "$(last_channel shm-write-back)"
run_slowly tfs_shm_poll:tfs_channel_mark handover
run_slowly vmf_insert_pfn unbind
waits_for_the_last_reference
run_compat
leave_a_server 0xa1beef0f
tap_done
