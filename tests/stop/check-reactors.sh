#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Channels are served by one reactor, or by several.
set -euo pipefail

build=$PWD/${BUILD:-build}
TFSD=${TFSD:-$build/host/tfsd} GATE=$build/host/stop/gate.so exec "$build/host/stop/reactors"
