#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The ground that the other guest tests stand on, and that a guest that fails is
# seen to fail: a firmware that faults or hangs, a Linux that panics, hangs or
# turns itself off too early.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

# smoke_firmware TASK: as enum smoke_task in firmware/smoke.h
smoke_firmware() {
	truncate -s 0 "$qemu_shm"
	truncate -s "$SHM_SIZE" "$qemu_shm"
	printf '%b' "\\x$1" | dd of="$qemu_shm" conv=notrunc status=none
	m_start "$BUILD/qemu/smoke.elf"
}

check_firmware() {
	smoke_firmware 0
	tap_check "host and Cortex-M exchange 1000 words" "$BUILD/qemu/smoke-peer" "$qemu_shm"
	m_wait firmware
	tap_check "firmware checked its start-up" grep -q "good: clock runs" "$qemu_dir/m.log"
	smoke_firmware 1
	m_wait "firmware that faults" 120
	tap_check "it says where" grep -q "exception 3 at pc" "$qemu_dir/m.log"
	M_LIMIT=1
	smoke_firmware 2
	m_wait "firmware that hangs" 124
}

check_guest() {
	guest_add tests/qemu/guest/smoke.sh test.sh
	guest_start
	guest_hear "# listening"
	guest_tell hello
	guest_wait guest
	tap_equal "a file came out of the guest" "$(cat "$qemu_dir/out/file")" \
		"a file for the host"
}

# bad_guest NAME SCRIPT [LIMIT]: boots a guest that must not pass. Changes the
# shell it runs in: give it one of its own.
bad_guest() {
	qemu_begin "bad-$1"
	tap_failures=0
	A_LIMIT=${3:-$A_LIMIT}
	printf '. /tap.sh\ntap_ok first\n%s\ntap_done\n' "$2" >"$qemu_dir/root/test.sh"
	guest_run "$1" >"$qemu_dir/report.log"
	[ "$tap_failures" -gt 0 ] && grep -q 'guest.s QEMU: exit status' "$qemu_dir/report.log"
}

# Waits most of its time, so beside the others.
bad_guest hang "sleep 1000" 6 &
hanging=$!
qemu_begin smoke
qemu_others=$hanging
check_firmware
check_guest
tap_check "a guest that panics fails" bad_guest panic "echo c >/proc/sysrq-trigger"
tap_check "a guest that turns itself off fails" bad_guest off "poweroff -f"
tap_check "a guest whose test fails fails" bad_guest fails "tap_not_ok second"
status=0
wait "$hanging" || status=$?
qemu_others=
tap_equal "a guest that hangs fails" "$status" 0
tap_done
