#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The binding is a valid schema, its example and the guest's node obey it, and
# nodes that do not are reported. dt-validate exits 0 whatever it finds, so the
# verdict is its output.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
bindings=dts/bindings
binding=$bindings/tfs,shm-poll.yaml
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The example with a sed script applied, as a tree.
example() {
	dt-extract-example "$binding" >"$work/example.dts"
	sed "$1" "$work/example.dts" >"$work/changed.dts"
	[ -z "$1" ] || ! cmp -s "$work/example.dts" "$work/changed.dts" || return 1
	dtc -q -I dts -O dtb -o "$work/example.dtb" "$work/changed.dts"
}

validate() {
	dt-validate -l tfs,shm-poll -s "$work/schema.json" "$1" 2>&1
}

# matches TREE: the schema was applied at all
matches() {
	grep -q "tfs,shm-poll.yaml" \
		<(dt-validate -M -l tfs,shm-poll -s "$work/schema.json" "$1" 2>&1)
}

# reports WHAT SED-SCRIPT MESSAGE
reports() {
	if ! example "$2"; then
		tap_not_ok "reports $1: the example could be changed"
		return
	fi
	tap_check "reports $1" grep "$3" <(validate "$work/example.dtb")
}

tap_equal "binding is a valid schema" "$(dt-doc-validate -u $bindings $binding 2>&1)" ""
tap_check "schema can be preprocessed" dt-mk-schema -j -o "$work/schema.json" $bindings
tap_check "example compiles" example ""
tap_check "schema applies to the example" matches "$work/example.dtb"
tap_equal "example obeys" "$(validate "$work/example.dtb")" ""
tap_check "schema applies to the guest's tree" matches "$BUILD/qemu/virt-shm.dtb"
tap_equal "the guest's node with a mailbox obeys" "$(validate "$BUILD/qemu/virt-bell.dtb")" ""
tap_equal "the guest's node obeys" "$(validate "$BUILD/qemu/virt-shm.dtb")" ""

# Debian 12's dt-validate checks neither multipleOf nor the number of regions.
reports "a missing region" "/memory-region/d" "'memory-region' is a required property"
reports "no channels" "s/num-channels = <4>/num-channels = <0>/" "0 is less than the minimum of 1"
reports "a small stride" "s/<0x10000>/<0x8000>/" "32768 is less than the minimum of 36864"
reports "mailboxes without names" "/mbox-names/d" "'mbox-names' is a dependency of 'mboxes'"
reports "interrupts of a wrong type" 's/interrupts = .*/interrupts = "none";/' "interrupts"
reports "an unknown mailbox" 's/"tx", "rx"/"tx", "xr"/' "'mbox-names'\|mbox-names:"
reports "a property with a typing error" "s/tfs,num-channels/tfs,nr-channels/" \
	"'tfs,nr-channels' does not match\|'tfs,nr-channels' was unexpected"
tap_done
