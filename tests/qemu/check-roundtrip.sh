#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Instructions of an empty round trip on a Cortex-M, as QEMU counts them.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh

M_LIMIT=30
M_OPTIONS=(-icount "shift=10,sleep=off")

qemu_begin roundtrip
m_start "$BUILD/qemu/roundtrip.elf"
m_wait firmware
tap_import firmware <"$qemu_dir/m.log"
tap_done
