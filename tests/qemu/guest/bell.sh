# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# Runs in the guest: channel 0 has the doorbell's firmware for a client.
# shellcheck source=tests/tap.sh
. /tap.sh

tap_check "insmod of the mailbox" insmod /modules/tfs_mail.ko
tap_check "insmod of the driver" insmod /modules/tfs_shm_poll.ko
TFS_DEVICE=/dev/tfs-shm-poll0
export TFS_DEVICE
tap_run "bell_firmware" /kselftest/bell_firmware
tap_done
