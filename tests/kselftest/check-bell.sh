#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The driver's doorbell in the Arm guest: between processes, and with modules that
# play the firmware at the other end of an interrupt or a mailbox.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

A_DTB=$BUILD/qemu/virt-driver.dtb
qemu_begin bell
guest_add tests/kselftest/guest-bell.sh test.sh
guest_add tests/kselftest/guest-lib.sh guest-lib.sh
for module in tfs_shm_poll tfs_irq tfs_mail; do
	guest_add "$BUILD/arm64/modules/$module.ko" "modules/$module.ko"
done
for test in bell bell_end bell_line bell_mail bell_sleep; do
	guest_add "$BUILD/arm64/kselftest/$test" "kselftest/$test"
done
guest_add "$BUILD/arm64/bell_stress" bin/bell_stress
guest_run bell
tap_done
