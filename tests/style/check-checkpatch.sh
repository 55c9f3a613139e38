#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# checkpatch --strict over all C files. What it says about a file is the file's
# fault, but for the types below.
set -euo pipefail

. tests/tap.sh

BUILD=${BUILD:-build}
here=$PWD
source=$here/$BUILD/linux-source

# The binding is in dts/bindings, and dt-doc-validate's business.
driver_not_ours=UNDOCUMENTED_DT_STRING
# The uapi header serves compilers without the kernel's types, and asserts.
uapi_not_ours=CAMELCASE,PREFER_KERNEL_TYPES
# The one file whose purpose is to ask for the version.
compat_not_ours=LINUX_VERSION_CODE,CONSTANT_COMPARISON
# User space: what only the kernel's own types and helpers could satisfy; then
# constants that must be macros, a port that must ask for its architecture, and
# texts (SQL, usage, data) that are longer than a line and that nobody greps for.
user_not_ours=CAMELCASE,PREFER_KERNEL_TYPES,PREFER_DEFINED_ATTRIBUTE_MACRO,ARRAY_SIZE,\
BIT_MACRO,SSCANF_TO_KSTRTO,STRLCPY,VOLATILE,ENOSYS,AVOID_EXTERNS,CONST_STRUCT,\
MACRO_ARG_REUSE,ARCH_DEFINES,SPLIT_STRING,STRING_FRAGMENTS,EMBEDDED_FUNCTION_NAME

# Runs in build/, as it leaves a cache of names where it runs.
run() {
	local ignored=$1
	shift
	(cd "$source" && scripts/checkpatch.pl --no-tree --root . --no-summary --strict --terse \
		--show-types --quiet --max-line-length=100 ${ignored:+--ignore "$ignored"} -f "$@")
}

# files FOLDER...: what git knows or will know, as absolute paths
files() {
	git ls-files -z --cached --others --exclude-standard -- "${@/%//*.[ch]}" |
		sort -z | while IFS= read -r -d '' file; do
			[ ! -e "$file" ] || echo "$here/$file"
		done
}

# check WHAT IGNORED FILE...
check() {
	local what=$1 ignored=$2
	shift 2
	[ $# -gt 0 ] || { tap_not_ok "$what: there are files"; return; }
	tap_check "$what: $# files" run "$ignored" "$@"
}

bad=$(mktemp --suffix=.c)
trap 'rm -f "$bad"' EXIT
printf '// SPDX-License-Identifier: GPL-2.0-only\nint f(void)\n{\n  return(1) ;\n}\n' >"$bad"

reports_bad_style() {
	! run "" "$bad" >/dev/null 2>&1
}

tap_check "a badly formatted file is reported" reports_bad_style
mapfile -t driver < <(files kernel | grep -v -e /uapi/ -e _compat.h)
mapfile -t modules < <(files tests/qemu/modules)
check "driver and test modules" $driver_not_ours "${driver[@]}" "${modules[@]}"
check "driver's compatibility header" $compat_not_ours "$here/kernel/tfs_shm_poll_compat.h"
check "uapi header" $uapi_not_ours "$here/kernel/uapi/linux/tfs_shm_poll.h"
# tests/ports/fakes has other projects' names, and so their style.
for folder in lib tools tests; do
	mapfile -t user < <(files $folder | grep -v -e /qemu/modules/ -e /ports/fakes/)
	check "$folder" $user_not_ours "${user[@]}"
done
tap_done
