#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# compare.sh DATABASE [CSV]: every row that the file has, in the order of its
# rowids, against the CSV that they were made from. Shows the difference, if any.
# sqlite3 prints 15 digits of a number, which tells a float from a double.
set -euo pipefail

database=$1
csv=${2:-tests/data/seattle-weather.csv}
columns=$(head -n 1 "$csv")

wanted() {
	tail -n +2 "$csv"
	echo "rowids 1 to $(tail -n +2 "$csv" | wc -l)"
	echo "integrity ok"
}

found() {
	sqlite3 -readonly -csv -newline $'\n' "$database" \
		"SELECT $columns FROM weather ORDER BY id"
	sqlite3 -readonly "$database" \
		"SELECT 'rowids ' || min(id) || ' to ' || max(id) FROM weather"
	echo "integrity $(sqlite3 -readonly "$database" "PRAGMA integrity_check")"
}

diff <(wanted) <(found)
