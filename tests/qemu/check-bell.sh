#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A Cortex-M and Linux that ring each other through a mailbox, 500 times.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

A_DTB=$BUILD/qemu/virt-bell.dtb
qemu_begin firmware-bell
guest_add tests/qemu/guest/bell.sh test.sh
guest_add "$BUILD/arm64/modules/tfs_shm_poll.ko" modules/tfs_shm_poll.ko
guest_add "$BUILD/arm64/modules/tfs_mail.ko" modules/tfs_mail.ko
guest_add "$BUILD/arm64/kselftest/bell_firmware" kselftest/bell_firmware
m_start "$BUILD/qemu/bell.elf"
guest_run bell
m_wait firmware
tap_check "it was rung for each question" grep -q "answered, messages 50[0-9]" "$qemu_dir/m.log"
tap_done
