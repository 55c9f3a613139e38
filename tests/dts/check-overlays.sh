#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Applies each overlay to the tree of its board and reads the result: the region
# is there and collides with nothing, the rest of the tree is as it was.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
boards=$BUILD/arm64/kernel/dtbs
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cells() { fdtget "$1" / '#address-cells'; fdtget "$1" / '#size-cells'; }

# The tree as text without the nodes that the overlay adds, without handles.
rest() {
	dtc -q -I dtb -O dts -s "$1" | python3 -c '
import re, sys
text = sys.stdin.read()
for node in (r"tfs-shm@[0-9a-f]+", "shm-poll"):
    text = re.sub(r"\n\t+" + node + r" \{[^{}]*\};\n", "\n", text)
text = re.sub(r"\n\treserved-memory \{\s*((#\w+-cells = <0x02>|ranges);\s*)*\};\n", "\n", text)
text = re.sub(r"\n\t__symbols__ \{[^{}]*\};\n", "\n", text)
sys.stdout.write(re.sub(r"\n\s*\n", "\n", text))'
}

# check OVERLAY BASE REGION-NODE REG
check() {
	local name=$1 base=$2 node=/reserved-memory/$3 reg=$4 merged=$work/merged.dtb
	if [ ! -e "$base" ]; then
		tap_not_ok "$name: base tree $base is there"
		return
	fi
	tap_check "$name: applies" fdtoverlay -i "$base" -o "$merged" "$BUILD/dts/$name.dtbo"
	tap_equal "$name: root's cells are unchanged" "$(cells "$merged")" "$(cells "$base")"
	tap_equal "$name: region" "$(fdtget -t x "$merged" "$node" reg)" "$reg"
	tap_check "$name: region is not mapped by Linux" fdtget "$merged" "$node" no-map
	tap_check "$name: region is memory, and nobody else's" tests/dts/region.py "$merged" "$3"
	tap_equal "$name: compatible" "$(fdtget "$merged" /shm-poll compatible)" "tfs,shm-poll"
	tap_equal "$name: memory-region points to the region" \
		"$(fdtget -t x "$merged" /shm-poll memory-region)" \
		"$(fdtget -t x "$merged" "$node" phandle)"
	tap_equal "$name: nothing else changed" "$(rest "$merged")" "$(rest "$base")"
}

check tfs-shm-poll-virt "$BUILD/qemu/virt.dtb" tfs-shm@60000000 "0 60000000 0 1000000"
check imx8mp-evk-tfs-shm-poll "$boards/freescale/imx8mp-evk.dtb" tfs-shm@55800000 \
	"0 55800000 0 100000"
tap_done
