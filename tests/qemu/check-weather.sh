#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The whole way: firmware on a Cortex-M4 stores four years of weather in a database
# on Linux, through the driver, reads it back, and the host looks at the file.
set -euo pipefail

. tests/tap.sh
. tests/qemu/lib.sh
. tests/qemu/weather.sh

rows=$(($(wc -l <tests/data/seattle-weather.csv) - 1))

qemu_begin weather
weather_prepare
for test in roles facts mappings handover; do
	guest_add "$BUILD/arm64/kselftest/$test" "kselftest/$test"
done
weather_boot
m_wait firmware
tap_check "firmware stored all rows" grep -qxF "firmware: $rows of $rows rows stored" \
	"$qemu_dir/m.log"
guest_tell stop
guest_wait guest
tap_check "every row in the guest's file is that of the CSV" \
	tests/weather/compare.sh "$qemu_dir/out/weather.db"
grep '^firmware' "$qemu_dir/m.log" | tap_comment
tap_done
