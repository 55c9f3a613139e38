// SPDX-License-Identifier: GPL-2.0-only
#include "semihost.h"
#include "tap.h"

static unsigned int tests, failures;

void tap(bool good, const char *what)
{
	tests++;
	failures += !good;
	semihost_write(good ? "ok " : "not ok ");
	semihost_write_dec(tests);
	semihost_write(" - ");
	semihost_write(what);
	semihost_write("\n");
}

int tap_done(void)
{
	semihost_write("1..");
	semihost_write_dec(tests);
	semihost_write("\n");
	return failures ? 1 : 0;
}
