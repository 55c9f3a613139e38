# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Runs in the guest: the doorbell between processes, by interrupts, by mailboxes.
# shellcheck source=tests/tap.sh
. /tap.sh
# shellcheck source=tests/kselftest/guest-lib.sh
. /guest-lib.sh

# Client and server of the library, both of which sleep.
run_liboc() {
	tap_run "$1: liboc" bell_stress 500 60000 "tfs-shm-poll://${TFS_DEVICE#/dev/tfs-shm-poll}"
}

run_local() {
	TFS_DEVICE=$(first_channel shm-poll)
	export TFS_DEVICE
	for test in bell bell_sleep bell_end; do
		tap_run "shm-poll: $test" no_skip "/kselftest/$test"
	done
	run_liboc shm-poll
}

# The controller comes after the driver, and so its clients do.
waits_for_its_mailbox() {
	tap_check "without its controller shm-mail waits" test ! -e $devices/shm-mail/driver
	tap_check "insmod of the mailboxes" insmod /modules/tfs_mail.ko
	for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
		[ ! -e $devices/shm-mail/driver ] || [ ! -e $devices/shm-mail-value/driver ] || break
		sleep 0.2
	done
	tap_check "then it is there" test -e $devices/shm-mail/driver
	tap_check "and so is the other one" test -e $devices/shm-mail-value/driver
	tap_check "the controller stays while they use it" test "$(rmmod tfs_mail 2>&1)" -a -e /dev/tfs-mail0
}

# The kernel asks the driver about them once there is their controller.
refuses_bad_mailboxes() {
	dmesg >/tmp/dmesg
	refused bad-mail-names 22 "mbox-names is not one or both of tx and rx, or txrx alone"
	refused bad-mail-nameless 22 "mbox-names is not one or both of tx and rx, or txrx alone"
	refused bad-mail-short 2 "mboxes has no entry for each of mbox-names"
	refused bad-mail-silent 95 "mailbox controller /mailbox@60f01000: ti,mbox-send-noirq, so nothing tells that a message was taken"
	refused bad-mail-unknown 95 "mailbox controller /mailbox@60f02000: what it takes for a message is unknown"
}

# run_line NODE
run_line() {
	TFS_DEVICE=$(first_channel "$1")
	export TFS_DEVICE
	tap_check "insmod of the raiser" insmod /modules/tfs_irq.ko "node=$1"
	for test in bell bell_line; do
		tap_run "$1: $test" no_skip "/kselftest/$test"
	done
	run_liboc "$1"
	tap_check "rmmod of the raiser" rmmod tfs_irq
}

# run_mail NODE FILE
run_mail() {
	TFS_DEVICE=$(first_channel "$1")
	TFS_MAIL=$2
	export TFS_DEVICE TFS_MAIL
	for test in bell bell_mail; do
		tap_run "$1: $test" no_skip "/kselftest/$test"
	done
	dmesg >/tmp/dmesg
	tap_check "$1: the log tells of refusals" grep -qF \
		"tfs-shm-poll $1: firmware is not rung: its mailbox refuses messages" /tmp/dmesg
}

skips_what_cannot_run() {
	TFS_DEVICE=$(first_channel shm-poll)
	export TFS_DEVICE
	for test in bell bell_sleep bell_end bell_line bell_mail; do
		skips TFS_DEVICE=/dev/nothere "$test"
	done
	skips TFS_MAIL=/dev/nothere bell_mail
	skips TFS_DEVICE="$TFS_DEVICE" bell_line
}

tap_check "insmod of the driver" insmod /modules/tfs_shm_poll.ko
skips_what_cannot_run
run_local
run_line shm-line
run_line shm-lines
waits_for_its_mailbox
refuses_bad_mailboxes
run_mail shm-mail /dev/tfs-mail0
run_mail shm-mail-value /dev/tfs-mail1
TFS_DEVICE=$(first_channel shm-lines)
export TFS_DEVICE
tap_run "shm-lines: bell_end" no_skip /kselftest/bell_end
tap_check "rmmod of the driver" rmmod tfs_shm_poll
tap_check "rmmod of the mailboxes" rmmod tfs_mail
tap_done
