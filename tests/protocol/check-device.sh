#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The protocol's tests over the driver, in the Arm guest.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

qemu_begin protocol
guest_add tests/protocol/guest.sh test.sh
guest_add tests/data/weather.sql etc/weather.sql
guest_add "$BUILD/arm64/modules/tfs_shm_poll.ko" modules/tfs_shm_poll.ko
guest_add "$BUILD/arm64/tfsd" bin/tfsd
guest_add "$BUILD/arm64/protocol_process" bin/protocol_process
guest_run device
tap_done
