#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Waiting in the Arm guest: WFE on write-back memory, of a device and of a memory file;
# not on the write-combine memory of a device. QEMU's WFE may return at once: what is
# tested is that it is used where it may be, does no harm, and that calls succeed.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

A_DTB=$BUILD/qemu/virt-driver.dtb
qemu_begin ladder
guest_add tests/ladder/guest.sh test.sh
guest_add "$BUILD/arm64/modules/tfs_shm_poll.ko" modules/tfs_shm_poll.ko
guest_add "$BUILD/arm64/ladder_live" bin/ladder_live
guest_run ladder
tap_done
