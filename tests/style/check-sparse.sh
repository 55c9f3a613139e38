#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# sparse over library and tools: a word of the channel header that is used without
# its accessor, a wrong address space, a missing static. One test for each file.
set -euo pipefail

. tests/tap.sh

# sparse knows no limits of float, and glibc's PTHREAD_MUTEX_INITIALIZER has a plain 0 for a
# pointer. The headers of FreeRTOS and Zephyr are the tests' own.
flags=(-std=gnu11 -D_GNU_SOURCE -D__FLT_MAX__=3.4028234663852886e38F
	-Wno-declaration-after-statement -Wno-non-pointer-null -Ilib/include -Ikernel/uapi -Itests/ports/fakes)

quiet() { ! sparse "${flags[@]}" "$@" 2>&1 | grep .; }

bad=$(mktemp --suffix=.c)
trap 'rm -f "$bad"' EXIT
cat >"$bad" <<'BAD'
#include <linux/tfs_shm_poll.h>
extern int f(struct tfs_shm_poll_header *h);
int f(struct tfs_shm_poll_header *h) { return h->server_word & 1; }
BAD

finds_bad() { ! quiet "$bad" >/dev/null; }

tap_check "a word used in the wrong byte order is found" finds_bad
while IFS= read -r file; do
	tap_check "$file" quiet "$file"
done < <(git ls-files 'lib/*.c' 'tools/*.c')
tap_done
