# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
#
# What the weather test and its demonstration have in common: source it after
# tests/qemu/lib.sh.

# What tfsd in the guest needs, beside the base.
weather_prepare() {
	guest_add tests/qemu/guest/weather.sh test.sh
	guest_add tests/qemu/guest/tfsd.conf etc/tfsd.conf
	guest_add tests/data/weather.sql etc/weather.sql
	guest_add "$BUILD/arm64/modules/tfs_shm_poll.ko" modules/tfs_shm_poll.ko
	guest_add "$BUILD/arm64/tfsd" bin/tfsd
}

# Both at once, as on a board: the firmware waits for a server.
weather_boot() {
	m_start "$BUILD/qemu/weather.elf"
	guest_start
}
