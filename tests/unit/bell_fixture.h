/* SPDX-License-Identifier: GPL-2.0-only */
/* bell_fixture.h: channel 0 of a memory file with its bells, both sides in one process */
#ifndef BELL_FIXTURE_H
#define BELL_FIXTURE_H

#include <oc/bell.h>

#include "region_fixture.h"

extern struct oc_region server, client;
extern struct oc_bell server_bell, client_bell;

int open_bell(struct oc_bell *bell, const struct oc_region *region);

/* These must go well, and leave errno alone. */
void ring(const struct oc_bell *bell);
int take(const struct oc_bell *bell);

/* For cmocka: each test has both sides, and leaves no descriptor. */
int both(void **state);
int none(void **state);

#define BELL_TEST(f) cmocka_unit_test_setup_teardown(f, both, none)

#endif /* BELL_FIXTURE_H */
