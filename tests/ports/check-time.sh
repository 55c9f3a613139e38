#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The bare-metal port's time on a Cortex-M in QEMU.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

M_LIMIT=30

qemu_begin port-time
m_start "$BUILD/qemu/port-time.elf"
m_wait firmware
tap_import firmware <"$qemu_dir/m.log"
tap_done
