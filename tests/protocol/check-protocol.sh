#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# lib/PROTOCOL.md against the code: every number, offset, bit and hash that it
# shows, and the conversation, which client and server repeat byte for byte.
set -euo pipefail
export LC_ALL=C

. tests/tap.sh

BUILD=${BUILD:-build}
document=lib/PROTOCOL.md
program=$BUILD/asan/protocol
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

from_document() { tests/protocol/protocol_md.py "$1" "$document"; }

# same WHAT KIND: lines of that kind, in the document and in the code
same() {
	local pattern="^$2 "
	grep "$pattern" "$work/facts.document" >"$work/document" || true
	grep "$pattern" "$work/facts.code" >"$work/code" || true
	tap_check "$1: $(wc -l <"$work/code")" compare "$work/document" "$work/code"
}

# compare DOCUMENT CODE: the first is what is wrong if they differ
compare() { test -s "$2" && diff -u "$1" "$2"; }

converse() {
	mkdir "$work/database"
	"$program/conversation" "$work/database"
}

from_document facts >"$work/facts.document"
"$program/facts" tests/data/weather.sql tests/data/kinds.sql | sort >"$work/facts.code"
same "sizes of structs" struct
same "offsets and sizes of fields" field
same "bits of words" bits
same "constants" constant
same "UUIDs' checks" check
same "hashes and row sizes of tables" table
same "texts, hashes and offsets of columns" column

from_document names >"$work/names.document"
tests/protocol/protocol_md.py names lib/include/oc/status.h lib/include/oc/wire.h |
	sort >"$work/names.code"
tap_check "statuses, operations, fields: $(wc -l <"$work/names.code")" \
	compare "$work/names.document" "$work/names.code"

tap_equal "hashes and checks follow from the definitions" "$(from_document hashes)" ""

from_document conversation >"$work/conversation.document"
tap_check "client and server converse" converse
rm -rf "$work/database"
converse >"$work/conversation.code" || true
tap_check "the conversation, byte for byte: $(wc -l <"$work/conversation.code") lines" \
	compare "$work/conversation.document" "$work/conversation.code"
tap_done
