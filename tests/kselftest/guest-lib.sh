# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=sh
#
# What the scripts share that run the driver's tests in the guest.

devices=/sys/bus/platform/devices

# refused NODE ERRNO MESSAGE: after dmesg >/tmp/dmesg; the errno in the words of 6.1 or of 6.12
refused() {
	tap_check "$1: is there and has no driver" test -d "$devices/$1" -a ! -e "$devices/$1/driver"
	tap_check "$1: $3" grep -qF "tfs-shm-poll $1: $3" /tmp/dmesg
	tap_check "$1: probe returns -$2" \
		grep -q "\(probe of $1\|$1: probe with driver tfs-shm-poll\) failed with error -$2\$" /tmp/dmesg
}

# The channels of a platform device, as paths.
channels() {
	find "$devices/$1/tfs-shm-poll" -maxdepth 1 -name 'tfs-shm-poll[0-9]*' |
		sed 's|.*/tfs-shm-poll||' | sort -n | sed 's|^|/dev/tfs-shm-poll|'
}

first_channel() {
	channels "$1" | head -n 1
}

last_channel() {
	channels "$1" | tail -n 1
}

# Here everything is there that a test needs: a skip would hide something.
no_skip() {
	no_skip_status=0
	"$@" >/tmp/no-skip || no_skip_status=$?
	sed 's/^ok \(.*# SKIP.*\)/not ok \1/; s/^1\.\.0.*# SKIP/not ok 1 - skipped: /' /tmp/no-skip
	return "$no_skip_status"
}

# skips NAME=VALUE TEST: what is missing is said, nothing runs, and nothing breaks
skips() {
	skips_status=0
	env "$1" "/kselftest/$2" >/tmp/skips || skips_status=$?
	tap_equal "$2 without ${1#*=}: skipped" "$(grep -v '^1\.\.0 # SKIP ' /tmp/skips)$skips_status" 4
}
