#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make-base.sh OUT.cpio: what every guest A has: busybox, libraries, init.
set -euo pipefail

out=$(realpath "$1")
arm64=${BUILD:-build}/arm64
modules=${KERNEL_MODULES:-$arm64/kernel/modules}
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT

mkdir -p "$root"/{bin,lib,modules}
cp "$arm64/busybox" "$root/bin/busybox"
cp tests/qemu/guest/init "$root/init"
cp tests/tap.sh "$root/tap.sh"
cp "$modules"/virtio_{mmio,blk}.ko "$root/modules"
# By soname, as the loader looks for them; it searches /lib.
for library in ld-linux-aarch64.so.1 libc.so.6 libm.so.6 libgcc_s.so.1 \
		libsqlite3.so.0 libinih.so.1 libuuid.so.1 libcmocka.so.0; do
	file=$(find "$arm64/sysroot" -name "$library" -print -quit)
	[ -n "$file" ] || { echo "make-base: no $library in $arm64/sysroot" >&2; exit 1; }
	cp -L "$file" "$root/lib/$library"
done
(cd "$root" && find . -mindepth 1 | cpio -o -H newc --quiet) >"$out"
