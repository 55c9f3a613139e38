#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tfs compile: headers that compilers for host and firmware take without a word, and
# nothing at all when something is wrong.
set -euo pipefail

. tests/tap.sh

tfs=${TFS:-build/host/tfs}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

host=(gcc -m64)
arm=(arm-none-eabi-gcc -mcpu=cortex-m4 -mthumb)
flags=(-std=c11 -pedantic -Wall -Wextra -Werror -Wpadded -Wunused-const-variable=2
       -ffreestanding -isystem lib/include -I"$dir")	# -Wpadded: of rows, not of handles

# compiles COMPILER... FILE: as firmware does; alone, and included twice
compiles() {
	"${@:1:$#-1}" "${flags[@]}" -x c -fsyntax-only "${@: -1}"
	printf '#include "%s"\n#include "%s"\n' "$(basename "${@: -1}")" "$(basename "${@: -1}")" \
		>"$dir/twice.c"
	"${@:1:$#-1}" "${flags[@]}" -c -o "$dir/twice.o" "$dir/twice.c"
}

fails() {
	! "$@" 2>"$dir/err"
}

# exits STATUS COMMAND...
exits() {
	local wanted=$1 status=0
	shift
	"$@" >"$dir/out" 2>"$dir/err" || status=$?
	[ "$status" -eq "$wanted" ] && return 0
	echo "exit status $status"
	cat "$dir/out" "$dir/err"
	return 1
}

# --- headers that are right -----------------------------------------------------

for name in weather kinds; do
	tap_check "$name.sql compiles" exits 0 "$tfs" compile -o "$dir/$name.h" "tests/data/$name.sql"
	tap_equal "nothing is printed for $name.sql" "$(cat "$dir/out" "$dir/err")" ""
	tap_check "a host compiler takes $name.h" compiles "${host[@]}" "$dir/$name.h"
	if command -v arm-none-eabi-gcc >/dev/null; then
		tap_check "a Cortex-M4 compiler takes $name.h" compiles "${arm[@]}" "$dir/$name.h"
	else
		tap_skip "a Cortex-M4 compiler takes $name.h" "no arm-none-eabi-gcc"
	fi
done

"$tfs" compile tests/data/kinds.sql >"$dir/again.h"
tap_check "a second run writes the same bytes, to standard output too" \
	cmp "$dir/kinds.h" "$dir/again.h"
mkdir "$dir/sub"
cp tests/data/kinds.sql "$dir/sub"
tap_check "so does one from another directory" \
	exits 0 "$tfs" compile -o "$dir/again.h" "$dir/sub/kinds.sql"
tap_check "and it is the same" cmp "$dir/kinds.h" "$dir/again.h"
tap_equal "no other file is left" "$(ls "$dir/sub")" "kinds.sql"

# The asserts are there to fail: a field that moves, a size, a struct that is less aligned.
spoil() {
	sed "$1" "$dir/kinds.h" >"$dir/spoiled.h"
	! cmp -s "$dir/kinds.h" "$dir/spoiled.h" && fails compiles "${host[@]}" "$dir/spoiled.h" &&
		grep -q 'static assertion failed' "$dir/err"
}
tap_check "a field of another size is noticed" spoil 's/int32_t num;/int64_t num;/'
tap_check "padding of another size is noticed" spoil 's/_pad3\[3\]/_pad3[7]/'
tap_check "less alignment is noticed" spoil '/struct kinds_flags {/,/}/s/_Alignas(8) //'

cat >"$dir/use.c" <<'END'
#include "weather.h"

_Static_assert(WEATHER_TABLE_WEATHER == 0, "table number");
_Static_assert(sizeof(struct weather_weather) == 72, "row");
/* 24 of message, 8 of OPEN, 64 for a name, 16 + 24 + 8 of the table */
_Static_assert(WEATHER_DB_MEM_MIN == OC_DB_MEM_MIN(1, 72, 144), "memory");

const struct oc_schema *the_schema(void)
{
	return &weather_schema;
}
END
tap_check "its constants are what they should be" \
	gcc "${flags[@]}" -c -o "$dir/use.o" "$dir/use.c"

# --- names ------------------------------------------------------------------------

cp tests/data/weather.sql "$dir/Air.v2.sql"
tap_check "the name is the file's up to its first dot" \
	exits 0 "$tfs" compile "$dir/Air.v2.sql"
tap_check "and that is what names begin with" grep -q '^struct air_weather {' "$dir/out"
tap_check "-n takes another" exits 0 "$tfs" compile -n Station tests/data/weather.sql
tap_check "and folds it" grep -q '^#define STATION_TABLE_WEATHER' "$dir/out"
cp tests/data/weather.sql "$dir/2024.sql"
tap_check "a name that C does not take is refused" exits 1 "$tfs" compile "$dir/2024.sql"
tap_check "with what to do" grep -q '"2024" cannot begin a name in C; choose with -n' "$dir/err"
tap_check "the library's own prefix is refused" exits 1 "$tfs" compile -n oc tests/data/weather.sql

# column NAME, and one called COMPANION beside it
refused_column() {
	cat >"$dir/bad.sql" <<END
CREATE TABLE t (id INTEGER PRIMARY KEY,
	"$1" SMALLINT CHECK ($1 IS NULL OR (typeof($1) = 'integer' AND $1 BETWEEN -32768 AND 32767)),
	$2 VARCHAR(4) CHECK ($2 IS NULL OR (typeof($2) = 'text' AND length(CAST($2 AS BLOB)) <= 4)));
END
	exits 1 "$tfs" compile -o "$dir/bad.h" "$dir/bad.sql" || return 1
	cat "$dir/err"
	[ ! -e "$dir/bad.h" ] && grep -Fq "$dir/bad.sql: t.$1: $3" "$dir/err"
}
tap_check "a keyword of C is refused" refused_column register x "a keyword of C; rename the column"
tap_check "a macro of GNU C is refused" refused_column linux x "a keyword of C; rename the column"
tap_check "a name of padding is refused" refused_column _pad0 x "the row struct's padding is called so"
tap_check "the length of another column is refused" refused_column x_length x \
	"the row struct has a field of this name for column x; rename one"
tap_check "the has_value of another column is refused" refused_column x_has_value x \
	"the row struct has a field of this name for column x; rename one"

# --- refusals ---------------------------------------------------------------------

# Each column without its CHECK: the text to add is printed, and adding it is enough.
cat >"$dir/bare.sql" <<'END'
CREATE TABLE t (id INTEGER PRIMARY KEY,
	a SMALLINT NOT NULL @a,
	b VARCHAR(3) @b);
END
sed 's/ @[ab]//' "$dir/bare.sql" >"$dir/missing.sql"
echo untouched >"$dir/missing.h"
tap_check "a schema without CHECKs is refused" \
	exits 1 "$tfs" compile -o "$dir/missing.h" "$dir/missing.sql"
tap_equal "with the text for each column" "$(cat "$dir/err")" "\
$dir/missing.sql: t.a: the CHECK for smallint is missing; add to the column: \
CHECK (typeof(a) = 'integer' AND a BETWEEN -32768 AND 32767)
$dir/missing.sql: t.b: the CHECK for varchar(3) is missing; add to the column: \
CHECK (b IS NULL OR (typeof(b) = 'text' AND length(CAST(b AS BLOB)) <= 3))"
tap_equal "the header is as it was" "$(cat "$dir/missing.h")" "untouched"
check_of() {
	sed -n "s/.*: t\.$1: .*add to the column: //p" "$dir/err"
}
sed -e "s/@a/$(check_of a)/" -e "s/@b/$(check_of b)/" "$dir/bare.sql" >"$dir/whole.sql"
tap_check "with the text added it compiles" \
	exits 0 "$tfs" compile -o "$dir/missing.h" "$dir/whole.sql"
tap_check "and the header is new" compiles "${host[@]}" "$dir/missing.h"

tap_check "a directory that is not there" exits 1 "$tfs" compile -o "$dir/no/x.h" tests/data/weather.sql
tap_equal "is named" "$(cat "$dir/err")" "tfs compile: $dir/no/x.h: No such file or directory"
tap_check "a schema that is not there" exits 1 "$tfs" compile "$dir/no.sql"
tap_equal "is named, too" "$(cat "$dir/err")" "$dir/no.sql: No such file or directory"
full() {
	! "$tfs" compile tests/data/weather.sql >/dev/full 2>"$dir/err" && grep -q 'No space left' "$dir/err"
}
tap_check "output that cannot be written is an error" full
tap_check "a device is written, not replaced" exits 0 "$tfs" compile -o /dev/null tests/data/weather.sql
tap_check "and is still there" test -c /dev/null

# --- the tool ---------------------------------------------------------------------

tap_check "no verb is a mistake in usage" exits 2 "$tfs"
tap_check "so is an unknown one" exits 2 "$tfs" frobnicate
tap_check "which is named" grep -q '^tfs: frobnicate: no such verb' "$dir/err"
tap_check "so is compile without a file" exits 2 "$tfs" compile
tap_check "so are two files" exits 2 "$tfs" compile tests/data/weather.sql tests/data/kinds.sql
tap_check "so is an unknown option" exits 2 "$tfs" compile -x tests/data/weather.sql
tap_check "help is no mistake" exits 0 "$tfs" help
tap_check "and lists the verbs" grep -q '^  compile ' "$dir/out"
tap_check "version tells the protocol's" exits 0 "$tfs" version
tap_check "in one line" grep -Eq '^tfs: protocol [0-9]+\.[0-9]+, SQLite 3' "$dir/out"

tap_done
