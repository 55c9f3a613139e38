#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make bench: each thing against what it is made of, in one run, in turn. Ratios
# are of times for round trips and of rates for transactions.
set -euo pipefail

build=${BUILD:-build}
scratch=$(mktemp -d "$build/transactions.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT

[ "$(nproc)" -ge 2 ] || { echo "bench: this machine has one processor; two are needed" >&2; exit 1; }
echo "load before: $(cut -d' ' -f1 /proc/loadavg); a machine with other work gives other figures"
mkdir -p "$build/bench"
"$build/host/tfs" bench ${QUICK:+-q} -o "$build/bench"
"$build/host/bench_transactions" "$scratch"
