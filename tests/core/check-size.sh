#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
exec tests/core/size.sh --tap
