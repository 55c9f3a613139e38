/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * unit.h: cmocka, with what it wants included before it
 */
#ifndef TESTS_UNIT_H
#define TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <oc/status.h>

/* Names in the report, as numbers tell nobody anything. */
#define assert_status(got, wanted) \
	assert_string_equal(oc_status_name(got), oc_status_name(wanted))

#endif /* TESTS_UNIT_H */
