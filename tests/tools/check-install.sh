#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# make install into a folder: what was installed is enough to build and to run
# with, and uninstall takes all of it away.
set -euo pipefail

. tests/tap.sh

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
prefix=$root/usr/local

tap_check "install" make -s install DESTDIR="$root"
tap_check "tfsd runs" "$prefix/sbin/tfsd" -n -f /dev/null -o file="$root/region" \
	-o database.x.file="$root/x.db" -o database.x.schema="$PWD/tests/data/weather.sql"
tap_check "tfs makes a header" "$prefix/bin/tfs" compile -n weather -o "$root/weather.h" \
	tests/data/weather.sql
cat >"$root/client.c" <<'CLIENT'
#include <stdio.h>

#include <linux/tfs_shm_poll.h>

#include <oc/db.h>
#include <oc/region.h>
#include <oc/server.h>

#include "weather.h"

int main(void)
{
	struct oc_uri uri;
	size_t where;

	puts(oc_status_name(oc_uri_parse(&uri, "tfs-shm-poll://0/weather", &where)));
	return weather_schema.ntables != 1;
}
CLIENT
tap_check "a client builds with what is installed" cc -std=c11 -Wall -Wextra -Werror \
	-I"$prefix/include" -I"$root" -o "$root/client" "$root/client.c" -L"$prefix/lib" -loc -luuid
tap_equal "and runs" "$("$root/client")" OC_OK
for page in man1/tfs.1 man3/oc_db_open.3 man5/tfsd.conf.5 man8/tfsd.8; do
	tap_check "manual: $page" test -s "$prefix/share/man/$page"
done
tap_check "uninstall" make -s uninstall DESTDIR="$root"
tap_equal "nothing is left" "$(find "$prefix" -type f)" ""
tap_done
