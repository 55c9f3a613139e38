// SPDX-License-Identifier: GPL-2.0-only
/* bell_fixture.c: see bell_fixture.h */
#include <errno.h>

#include "bell_fixture.h"

struct oc_region server, client;
struct oc_bell server_bell, client_bell;

int open_bell(struct oc_bell *bell, const struct oc_region *region)
{
	struct oc_uri uri = uri_of(path, region->channel);

	memset(bell, 0xa5, sizeof(*bell));
	return oc_bell_open(bell, region, &uri);
}

void ring(const struct oc_bell *bell)
{
	errno = EXDEV;
	assert_int_equal(oc_bell_ring(bell), OC_OK);
	assert_int_equal(errno, EXDEV);
}

int take(const struct oc_bell *bell)
{
	int rings;

	errno = EXDEV;
	rings = oc_bell_take(bell);
	assert_int_equal(errno, EXDEV);
	return rings;
}

int both(void **state)
{
	if (fresh_file(state))
		return -1;
	server = get(oc_region_open_server, 0);
	client = get(oc_region_open, 0);
	if (open_bell(&server_bell, &server) != OC_OK || open_bell(&client_bell, &client) != OC_OK)
		return -1;
	return 0;
}

int none(void **state)
{
	oc_bell_close(&server_bell);
	oc_bell_close(&client_bell);
	oc_region_close(&server);
	oc_region_close(&client);
	return nothing_left(state);
}
