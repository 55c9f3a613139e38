#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# A tfsd that has nothing to do, and whose clients ring, does nothing.
set -euo pipefail

build=$PWD/${BUILD:-build}
TFSD=$build/host/tfsd GATE=$build/host/stop/gate.so exec "$build/host/stop/idle"
