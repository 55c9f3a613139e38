/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TAP by semihosting, for a firmware that is a test program.
 */
#ifndef TEST_TAP_H
#define TEST_TAP_H

#include <stdbool.h>

/* One result. */
void tap(bool good, const char *what);

/* Prints the plan; what main() returns: 0, or 1 if a test failed. */
int tap_done(void);

#endif
