/* SPDX-License-Identifier: GPL-2.0-only */
/* region_fixture.h: a memory file of two channels, and processes that have them */
#ifndef REGION_FIXTURE_H
#define REGION_FIXTURE_H

#include <sys/types.h>

#include <oc/region.h>

#include "unit.h"

#define STRIDE		65536
#define CHANNELS	2
#define TEMPLATE	"/tmp/test-region.XXXXXX"

extern char dir[sizeof(TEMPLATE)];
extern char path[sizeof(TEMPLATE) + 8];		/* the memory file, fresh for each test */
extern char other[sizeof(TEMPLATE) + 8];	/* nothing there yet */

/* oc_region_open() or oc_region_open_server() */
typedef int (*open_fn)(struct oc_region *region, const struct oc_uri *uri);

struct oc_uri uri_of(const char *file, int channel);

/* Opens what must be there. */
struct oc_region get(open_fn open_region, int channel);

/* This status, this errno unless 0, and a region that is closed. */
void refused_uri(open_fn open_region, const struct oc_uri *uri, int status, int error);
void refused(open_fn open_region, const char *file, int channel, int status, int error);

void assert_closed(const struct oc_region *region);

/* A process that has a channel until it is killed, or for @ms milliseconds. */
pid_t hold(open_fn open_region, int channel, int ms);
void end(pid_t pid);

/* For cmocka: each test's file, and that no descriptor is left; the group's folder. */
int fresh_file(void **state);
int nothing_left(void **state);
int make_directory(void **state);
int remove_directory(void **state);

#define REGION_TEST(f) cmocka_unit_test_setup_teardown(f, fresh_file, nothing_left)

#endif /* REGION_FIXTURE_H */
