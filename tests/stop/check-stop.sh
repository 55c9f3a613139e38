#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# tfsd is stopped in each mode, in each phase of its client.
set -euo pipefail

build=$PWD/${BUILD:-build}
TFSD=$build/host/tfsd GATE=$build/host/stop/gate.so exec "$build/host/stop/stop_table"
