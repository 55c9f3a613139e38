#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sparse with endian checks, and W=1 with warnings as errors, over driver and test
# modules; and that both would say something.
set -euo pipefail

. tests/tap.sh

folder=${BUILD:-build}/module-sparse

# break_file FILE SED-SCRIPT: a copy in place of the link, different from it
break_file() {
	rm "$folder/$1"
	sed "$2" "$1" >"$folder/$1"
	! cmp -s "$1" "$folder/$1"
}

restore_file() {
	ln -sf "$PWD/$1" "$folder/$1"
}

finds() {
	! make -s sparse-again >"$folder/log" 2>&1 && grep -q "$1" "$folder/log"
}

channel=kernel/tfs_shm_poll_channel.c
tap_check "sparse and W=1 find nothing" make -s sparse-module
tap_check "a byte order is forgotten" break_file $channel 's/cpu_to_le32(tfs_gone(word))/tfs_gone(word)/'
tap_check "sparse finds it" finds "different base types\|restricted __le32"
restore_file $channel
tap_check "a variable is not used" break_file $channel 's/^\tu32 word;$/&\n\tint unused;/'
tap_check "W=1 finds it" finds "unused variable"
restore_file $channel
tap_done
