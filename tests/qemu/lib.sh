# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2154 # variables of tap.sh
#
# Boots a guest A (arm64 Linux) and a guest M (Cortex-M) that share one file.
# Source it from a test script at the root of the repository:
#
#	. tests/tap.sh
#	. tests/qemu/lib.sh
#	qemu_begin weather
#	guest_add tests/qemu/guest/weather.sh test.sh	(what A's init runs)
#	guest_add build/arm64/tfsd bin/tfsd
#	m_start build/qemu/weather.elf
#	guest_start
#	m_wait firmware
#	guest_tell stop
#	guest_wait weather				(imports the guest's TAP)
#	tap_done
#
# guest_tell sends the guest's script a line, which it reads from its stdin: once
# the script runs, so guest_hear something of it first.
#
# Afterwards $qemu_dir has console.log (Linux), tap.log (the second serial port),
# m.log (the firmware), out/ (what the guest left in its /out). Whatever way the
# script ends, the guests are stopped and the shared file is removed.

BUILD=${BUILD:-build}
KERNEL=${KERNEL:-$BUILD/arm64/kernel/vmlinuz}
KERNEL_MODULES=${KERNEL_MODULES:-$BUILD/arm64/kernel/modules}
A_DTB=${A_DTB:-$BUILD/qemu/virt-shm.dtb}
A_BASE=${A_BASE:-$BUILD/qemu/base.cpio}
A_CPU=${A_CPU:-cortex-a57}
A_CMDLINE=${A_CMDLINE:-}
A_LIMIT=${A_LIMIT:-90}
M_MACHINE=${M_MACHINE:-mps2-an386}
M_LIMIT=${M_LIMIT:-90}
M_OPTIONS=()
SHM_SIZE=16M

qemu_begin() {
	qemu_dir=$BUILD/qemu/$1
	a_pid=
	m_pid=
	qemu_others=
	rm -rf "$qemu_dir"
	mkdir -p "$qemu_dir/root"
	: >"$qemu_dir/m.log"
	qemu_shm=$(mktemp "/dev/shm/tfs-qemu-$1.XXXXXX")
	trap qemu_end EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	truncate -s "$SHM_SIZE" "$qemu_shm"
	mkfifo "$qemu_dir/tell"
}

# Each QEMU runs under timeout(1), which hands the signal on. A script that starts
# others beside puts them into qemu_others.
qemu_end() {
	local pid
	for pid in $a_pid $m_pid $qemu_others; do
		kill "$pid" 2>/dev/null || continue
		wait "$pid" 2>/dev/null || true
	done
	rm -f "$qemu_shm"
}

# guest_add FILE PATH: puts a file into A's root
guest_add() {
	mkdir -p "$qemu_dir/root/$(dirname "$2")"
	cp -L "$1" "$qemu_dir/root/$2"
}

m_start() {
	timeout -k 2 "$M_LIMIT" qemu-system-arm -machine "$M_MACHINE,memory-backend=shm" \
		-object "memory-backend-file,id=shm,size=$SHM_SIZE,mem-path=$qemu_shm,share=on" \
		"${M_OPTIONS[@]}" -kernel "$1" -display none -monitor none -serial none -nic none \
		-chardev "file,id=out,path=$qemu_dir/m.log" \
		-semihosting-config enable=on,target=native,chardev=out \
		</dev/null >"$qemu_dir/m-qemu.log" 2>&1 &
	m_pid=$!
}

# Leaves in m_status what the firmware's main() returned.
m_reap() {
	m_status=0
	wait "$m_pid" || m_status=$?
	m_pid=
}

# m_wait NAME [STATUS]: the firmware's main() returns 0, or what is wanted
m_wait() {
	m_reap
	tap_equal "$1: exit status" "$m_status" "${2:-0}"
	[ "$m_status" = "${2:-0}" ] || m_obituary
}

m_obituary() {
	{
		echo "M's QEMU (status 124: time limit of $M_LIMIT s) said:"
		tail -n 20 "$qemu_dir/m-qemu.log" "$qemu_dir/m.log"
	} | tap_comment
}

guest_initrd() {
	(cd "$qemu_dir/root" && find . -mindepth 1 | cpio -o -H newc --quiet) |
		cat "$A_BASE" - >"$qemu_dir/initrd"
}

# The shared file is RAM at 0x60000000, behind 512 MiB of ordinary memory.
guest_start() {
	guest_initrd
	truncate -s 64M "$qemu_dir/out.img"
	: >"$qemu_dir/tap.log"
	timeout -k 2 "$A_LIMIT" qemu-system-aarch64 -machine virt -cpu "$A_CPU" -smp 2 -m 528M \
		-object memory-backend-ram,id=m0,size=512M \
		-object "memory-backend-file,id=m1,size=$SHM_SIZE,mem-path=$qemu_shm,share=on" \
		-numa node,memdev=m0 -numa node,memdev=m1 \
		-dtb "$A_DTB" -kernel "$KERNEL" -initrd "$qemu_dir/initrd" \
		-append "console=ttyAMA0 rdinit=/init panic_on_warn=1 oops=panic panic=-1 $A_CMDLINE" \
		-no-reboot -display none -monitor none -nic none \
		-serial "file:$qemu_dir/console.log" \
		-chardev "file,id=tap,path=$qemu_dir/tap.log" -device pci-serial,chardev=tap \
		-chardev "pipe,id=tell,path=$qemu_dir/tell" -device pci-serial,chardev=tell \
		-drive "file=$qemu_dir/out.img,format=raw,if=none,id=out,cache=unsafe" \
		-device virtio-blk-device,drive=out \
		</dev/null >"$qemu_dir/a-qemu.log" 2>&1 &
	a_pid=$!
}

# guest_hear LINE: waits until the guest's script has printed it, or is no more
guest_hear() {
	while kill -0 "$a_pid" 2>/dev/null; do
		grep -qxF -- "$1" "$qemu_dir/tap.log" && return
		sleep 0.1
	done
}

# guest_tell LINE: opened for both directions, lest it wait for a QEMU that is gone
guest_tell() {
	echo "$1" 1<>"$qemu_dir/tell"
}

# Why the guest stopped early, as far as anybody can tell.
guest_obituary() {
	{
		echo "guest's QEMU: exit status $a_status (124: time limit of $A_LIMIT s)"
		cat "$qemu_dir/a-qemu.log" "$qemu_dir/out.log"
		echo "end of $qemu_dir/console.log:"
		tail -n 40 "$qemu_dir/console.log"
	} | tap_comment
}

# Unpacks what the guest left in /out; false if there is nothing whole.
guest_reap() {
	a_status=0
	wait "$a_pid" || a_status=$?
	a_pid=
	mkdir -p "$qemu_dir/out"
	tar -x -f "$qemu_dir/out.img" -C "$qemu_dir/out" >"$qemu_dir/out.log" 2>&1 || a_status=1
	rm -f "$qemu_dir/out.img"
	[ "$a_status" -eq 0 ] && [ "$(tail -n 1 "$qemu_dir/tap.log")" = "# guest: done" ]
}

# guest_wait NAME: imports the guest's TAP
guest_wait() {
	local failures=$tap_failures ended=yes
	guest_reap || ended=no
	tap_import "$1" <"$qemu_dir/tap.log"
	tap_equal "$1: guest ended well" "$ended" yes
	[ "$tap_failures" -eq "$failures" ] || guest_obituary
}

guest_run() {
	guest_start
	guest_wait "$1"
}
