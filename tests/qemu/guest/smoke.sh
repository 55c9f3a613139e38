# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash disable=SC3045 # busybox: read -t
#
# Runs in the guest: is the ground there that the other guest tests stand on?
# shellcheck source=tests/tap.sh
. /tap.sh

tree=/sys/firmware/devicetree/base
region=60000000-60ffffff

tap_check "device node is in the tree" test -d $tree/shm-poll
tap_equal "compatible" "$(tr '\0' ' ' <$tree/shm-poll/compatible)" "tfs,shm-poll "
tap_check "it became a platform device" test -d /sys/bus/platform/devices/shm-poll
tap_check "region is in the memory map" grep -qi "$region" /proc/iomem
tap_check "region is reserved" grep -qi "$region : reserved" /proc/iomem
tap_equal "no memory of Linux lies in the region" \
	"$(awk '/System RAM/ { split($1, r, "-"); if (r[2] >= "60000000") print }' /proc/iomem)" ""
tap_check "warnings are fatal" test "$(cat /proc/sys/kernel/panic_on_warn)" = 1
echo "# listening"
read -r -t 20 word
tap_equal "the host can tell the guest something" "$word" "hello"
echo "a file for the host" >/out/file
tap_done
