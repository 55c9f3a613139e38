#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# The manual pages: clean mdoc, and true. What the code has - keys, verbs, options,
# functions, statuses - is in them, what they name is in the code, and their examples
# compile and are taken.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
tfs=$BUILD/host/tfs
tfsd=$BUILD/host/tfsd
pages=(tools/man/*.[158] lib/man/*.3)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# References to pages of ours that are not installed are no fault.
lint() {
	local found
	found=$(mandoc -Tlint -Wstyle "$1" 2>/dev/null | grep -v 'referenced manual not found' || true)
	printf '%s' "$found"
	[ -z "$found" ]
}

for page in "${pages[@]}"; do
	if command -v mandoc >/dev/null; then
		tap_check "$page is clean" lint "$page"
	else
		tap_skip "$page is clean" "no mandoc"
	fi
done

# keys ARRAY: the names in a table of config_keys.c
keys() {
	sed -n "/^const struct config_key $1/,/^};/p" tools/tfsd/config_keys.c |
		grep -o '\.name = "[a-z_]*"' | cut -d'"' -f2 | sort
}

# documented SECTION: the keys in a section of tfsd.conf(5); values have deeper lists
documented() {
	awk -v section="$1" '
	/^\.S[sh] / { in_section = $0 == ".Ss " section; next }
	/^\.Bl/ { depth++ }
	/^\.El/ { depth-- }
	in_section && depth == 1 && /^\.It Cm/ {
		gsub(/^\.It Cm /, ""); gsub(/ Ns = Ns.*/, ""); gsub(/ , /, "\n"); print
	}' tools/man/tfsd.conf.5 | sort
}

tap_equal "tfsd.conf(5) has the global keys" \
	"$(documented "Global keys")" "$(keys config_global_keys)"
tap_equal "tfsd.conf(5) has the keys of a channel" \
	"$(documented "Keys of a channel")" "$(keys config_channel_keys)"
tap_equal "tfsd.conf(5) has the keys of a database" \
	"$(documented "Keys of a database")" "$(keys config_database_keys)"

# presets: the global keys that have a default, each with it
presets() {
	sed -n '/^const struct config_key config_global_keys/,/^};/p' tools/tfsd/config_keys.c |
		tr '\n' ' ' | grep -o '\.name = "[^}]*' |
		sed -n 's/\.name = "\([a-z_]*\)".*\.preset = "\([^"]*\)".*/\1 \2/p'
}

# default_of KEY: what tfsd.conf(5) says
default_of() {
	sed -n "/^\.It Cm $1 Ns/,\$p" tools/man/tfsd.conf.5 | grep -m1 -A1 '^Default:' |
		tr '\n' ' ' | sed 's/^Default: \(\.Cm \)*\([a-z0-9_]*\).*/\2/'
}

while read -r key preset; do
	tap_equal "tfsd.conf(5) tells the default of $key" "$(default_of "$key")" "$preset"
done < <(presets)

tap_equal "tfs(1) has the verbs of tfs" \
	"$(sed -n '/^\.Sh DESC/,/^\.Sh MEAS/s/^\.It Cm \([a-z]*\).*/\1/p' tools/man/tfs.1 | sort)" \
	"$("$tfs" help | sed -n 's/^  \([a-z]*\) .*/\1/p' | sort)"

# The letters of the option strings.
tap_equal "tfs(1) has the options of tfs bench" \
	"$(sed -n '/^\.It Cm bench/,/^\.It Cm compile/s/^\.It Fl \([a-z]\).*/\1/p' \
		tools/man/tfs.1 | sort | tr -d '\n')" \
	"$(sed -n 's/.*getopt(argc, argv, "\([a-z:]*\)").*/\1/p' tools/tfs/bench_options.c |
		tr -d ':\n' | fold -w1 | sort | tr -d '\n')"
tap_equal "tfs(1) has the targets of tfs bench" \
	"$(sed -n '/^Rows with a target/,/^Others have none/s/^\.It Cm \(.*\)/\1/p' tools/man/tfs.1 |
		sed 's/ , /\n/g' | sort)" \
	"$( (sed -n 's/^\t{ "\([a-z0-9-]*\)", .*, [0-9]\.[0-9]*, "us" },/\1/p' \
		tools/tfs/bench_compare.c; printf "%s\n" idle-64 idle-look-cpu idle-look-first) | sort)"

tap_equal "tfsd(8) has the options of tfsd" \
	"$(sed -n 's/^\.It Fl \([a-z]\).*/\1/p' tools/man/tfsd.8 | sort | tr -d '\n')" \
	"$(sed -n 's/^#define LETTERS "\([a-z:]*\)".*/\1/p' tools/tfsd/options.c |
		tr -d ':\n' | fold -w1 | sort | tr -d '\n')"

functions() {
	sed -n 's/^[a-z].*[ *]\(oc_[a-z_]*\)(.*/\1/p' \
		lib/include/oc/{region,bell,channel,db,ladder,latch,wait_set,interrupts,proc_barrier}.h \
		lib/include/oc/subprocess.h | sort
}

tap_equal "every function has a synopsis" \
	"$(sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESC/s/^\.F[no] \(oc_[a-z_]*\).*/\1/p' lib/man/*.3 | sort)" \
	"$(functions)"

statuses_exist() {
	grep -hv '^\.Dt' "${pages[@]}" | grep -o '\bOC_[A-Z_]*' | sort -u |
		while read -r name; do
			grep -rqw "$name" lib/include/oc || echo "$name"
		done >"$work/unknown"
	cat "$work/unknown"
	[ ! -s "$work/unknown" ]
}
tap_check "every constant exists" statuses_exist

# example PAGE: its literal displays below EXAMPLES
example() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$1" |
		sed -n '/^\.Bd -literal/,/^\.Ed/p' | sed '/^\.[BE]d/d'
}

example tools/man/tfs.1 | sed -n '/^CREATE/,/^);/p' >"$work/weather.sql"
tap_check "tfs(1)'s schema compiles" "$tfs" compile -o "$work/weather.h" "$work/weather.sql"

example tools/man/tfsd.conf.5 >"$work/tfsd.conf"
tap_check "tfsd.conf(5)'s example is taken" "$tfsd" -n -f "$work/tfsd.conf"

# tfsd(8) shows what a wrong file gets.
printf '\n\nwait = fast\n[database w]\nfile = f\nschema = s\n' >"$work/tfsd.conf"
tap_equal "tfsd(8)'s message is tfsd's" \
	"$("$tfsd" -n -f "$work/tfsd.conf" 2>&1 | sed "s|^$work/||")" \
	"$(example tools/man/tfsd.8 | grep '^tfsd.conf:')"

example_compiles() {
	{
		printf '#include <oc/db.h>\n#include <oc/region.h>\n#include "weather.h"\n'
		printf 'int example(void);\n'
		[ "$1" = oc_region_open ] || printf 'extern struct oc_channel ch;\n'
		[ "$1" != oc_channel_attach ] || printf 'extern int status;\n'
		case $1 in
		oc_ladder_init | oc_latch_init | oc_wait_set_init | oc_interrupts_init)
			printf '#include <pthread.h>\n#include <time.h>\n#include <oc/wait_set.h>\n'
			printf '#include <oc/interrupts.h>\n'
			printf 'extern int status;\nint look(void);\nextern sigset_t signals;\n'
			printf 'extern struct oc_region region;\nextern struct oc_latch latch;\n' ;;
		oc_db_sql)
			printf 'oc_sql_row_fn take;\n' ;;
		oc_bell_open)
			printf '#include <oc/bell.h>\nextern struct oc_region region;\n'
			printf 'extern struct oc_uri uri;\nextern int status;\n' ;;
		oc_subprocess_start)
			printf '#include <oc/subprocess.h>\n#include <oc/wait_set.h>\n'
			printf 'extern struct oc_wait_set set;\nextern int status;\n' ;;
		oc_proc_barrier_init)
			printf '#include <stdlib.h>\n#include <oc/proc_barrier.h>\n'
			printf 'extern struct config *current, *fresh;\nextern int status;\n'
			printf 'extern struct oc_interrupts in;\n'
			printf 'extern struct oc_proc_barrier barrier;\n' ;;
		esac
		printf 'int example(void)\n{\n'
		example "lib/man/$1.3"
		printf '\treturn status;\n}\n'
	} >"$work/$1.c"
	"${CC:-cc}" -std=gnu11 -Wall -Wextra -Werror -Ilib/include -Ikernel/uapi -I"$work" \
		-fsyntax-only "$work/$1.c"
}
for name in oc_region_open oc_bell_open oc_channel_attach oc_db_open oc_db_sql oc_ladder_init \
	oc_latch_init oc_wait_set_init oc_interrupts_init oc_proc_barrier_init \
	oc_subprocess_start; do
	tap_check "$name(3)'s example compiles" example_compiles "$name"
done

tap_done
