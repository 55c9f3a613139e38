#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Fetches the Arm guest: packages into build/downloads/arm64, which make clean
# keeps, and from there into build/arm64: Debian's arm64 kernel, its headers,
# and a sysroot. Uses the host's own apt sources with private lists, so neither
# the host's package database nor root is involved.
#	kernel/vmlinuz		what QEMU boots
#	kernel/dtbs/		board devicetrees, to apply overlays to
#	kernel/modules/		the few modules that the guest needs
#	headers/build		make -C $PWD/build/arm64/headers/build M=...
#	sysroot/		libraries that tfsd needs, to link with and to run
#	busybox			the guest's shell
set -euo pipefail

kernel_meta=linux-image-arm64
sysroot_packages=(
	libc6 libgcc-s1 libsqlite3-0 libsqlite3-dev libinih1 libinih-dev
	libuuid1 uuid-dev libcmocka0 libcmocka-dev
)

build=${BUILD:-build}
dest=$build/arm64
debs=$build/downloads/arm64
script=$(realpath "${BASH_SOURCE[0]}")

die() { echo "arm64: $*" >&2; exit 1; }

# A stamp holds what made it: another list of packages makes another sysroot.
fingerprint() { sha256sum <"$script"; }
complete() { [ -e "$1/.complete" ] && [ "$(<"$1/.complete")" = "$(fingerprint)" ]; }
complete "$dest" && exit 0

mkdir -p "$dest" "$debs"
dest=$(realpath "$dest")
debs=$(realpath "$debs")
exec 9>"$debs/.lock"
flock 9
complete "$dest" && exit 0

apt_options=(
	-qq
	-o "APT::Architecture=arm64" -o "APT::Architectures=arm64"
	-o "Dir::State::Lists=$debs/apt/lists" -o "Dir::Cache=$debs/apt/cache"
	-o "Dir::State::status=$debs/apt/status"
	-o "APT::Sandbox::User=" -o "Acquire::Languages=none"
)

# The real package behind linux-image-arm64 names the version.
kernel_version() {
	apt-cache "${apt_options[@]}" depends --important "$kernel_meta" |
		sed -n 's/.*Depends: linux-image-//p'
}

download() {
	echo "arm64: downloading kernel $version, its headers, ${#sysroot_packages[@]} libraries"
	(cd "$debs" && apt-get "${apt_options[@]}" download "linux-image-$version" \
		"linux-headers-$version" "linux-headers-${version%-arm64}-common" \
		busybox-static "${sysroot_packages[@]}") || die "download failed"
}

# apt takes a file that is there by its size alone. True if any had to go.
drop_broken() {
	local deb dropped=1
	for deb in "$debs"/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" 2>/dev/null | tar -t >/dev/null 2>&1 && continue
		echo "arm64: dropping ${deb##*/}: it does not unpack" >&2
		rm -f "$deb"
		dropped=0
	done
	return $dropped
}

# unpack PACKAGE FOLDER [TAR-OPTION...]: from the newest download
unpack() {
	local deb into=$dest/new/$2
	deb=$(find "$debs" -name "${1}_*.deb" -printf '%T@ %p\n' | sort -n | tail -n 1)
	if [ -z "$deb" ]; then
		rm -f "$debs/.complete"
		die "package $1 has gone from $debs: run again to fetch it"
	fi
	shift 2
	mkdir -p "$into"
	dpkg-deb --fsys-tarfile "${deb#* }" | tar -x -C "$into" "$@"
}

unpack_kernel() {
	unpack "linux-image-$version" kernel --wildcards './boot/vmlinuz-*' './boot/config-*' \
		'./usr/lib/linux-image-*' '*/drivers/virtio/virtio*.ko' '*/drivers/block/virtio_blk.ko'
	cd "$dest/new/kernel"
	ln -s "boot/vmlinuz-$version" vmlinuz
	ln -s "boot/config-$version" config
	ln -s "usr/lib/linux-image-$version" dtbs
	mkdir modules
	find lib -name '*.ko' -exec mv -t modules {} +
	rm -r lib
	cd - >/dev/null
}

# The packages expect each other in /usr/src and /usr/lib.
unpack_headers() {
	local common=linux-headers-${version%-arm64}-common kbuild headers=$dest/new/headers
	unpack "linux-headers-$version" headers
	unpack "$common" headers
	kbuild=$(readlink "$headers/usr/src/$common/scripts")
	kbuild=$(basename "${kbuild%/scripts}")
	[ -d "/usr/lib/$kbuild" ] || die "no /usr/lib/$kbuild: is the package $kbuild installed?"
	mkdir -p "$headers/usr/lib"
	ln -s "/usr/lib/$kbuild" "$headers/usr/lib/$kbuild"
	# shellcheck disable=SC2016 # for make, not for the shell
	sed -i 's|/usr/src/|$(dir $(lastword $(MAKEFILE_LIST)))../|' \
		"$headers/usr/src/linux-headers-$version/Makefile"
	ln -s "usr/src/linux-headers-$version" "$headers/build"
}

unpack_all() {
	local package
	rm -rf "$dest/new"
	unpack_kernel
	unpack_headers
	for package in "${sysroot_packages[@]}"; do
		unpack "$package" sysroot --exclude='./usr/share'
	done
	unpack busybox-static . --transform='s|.*/busybox|busybox|' --wildcards '*/bin/busybox'
}

download_all() {
	rm -f "$debs/.complete"
	mkdir -p "$debs"/apt/{lists,cache/archives}/partial
	: >"$debs/apt/status"
	apt-get "${apt_options[@]}" update || echo "arm64: some apt sources did not answer" >&2
	version=$(kernel_version)
	[ -n "$version" ] || die "no $kernel_meta in the apt sources of this machine"
	download
	if drop_broken; then
		download
		! drop_broken || die "downloads broken twice"
	fi
	rm -r "$debs/apt"
	echo "$version" >"$debs/.version"
	fingerprint >"$debs/.complete"
}

install_new() {
	local part
	rm -f "$dest/.complete"
	for part in kernel headers sysroot busybox; do
		rm -rf "${dest:?}/$part"
		mv "$dest/new/$part" "$dest/$part"
	done
	rm -r "$dest/new"
	fingerprint >"$dest/.complete"
}

complete "$debs" || download_all
version=$(<"$debs/.version")
unpack_all
install_new
echo "arm64: kernel $version in $dest"
