#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A backup_command that takes long; its process is told by a file "command".
echo $$ >"${2%/*}/command.new"
mv "${2%/*}/command.new" "${2%/*}/command"
exec sleep 30
