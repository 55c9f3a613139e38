// SPDX-License-Identifier: GPL-2.0-only
/* test_region_refused.c: memory files and channels that cannot be opened */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "region_fixture.h"

static void missing_file(void **state)
{
	(void)state;
	refused(oc_region_open, other, 0, OC_EREGION, ENOENT);
	refused(oc_region_open, other, -1, OC_EREGION, ENOENT);
	refused(oc_region_open_server, other, 0, OC_EREGION, ENOENT);
	assert_int_equal(access(other, F_OK), -1);
}

static void channel_beyond_the_file(void **state)
{
	(void)state;
	refused(oc_region_open, path, CHANNELS, OC_EREGION_SIZE, 0);
	refused(oc_region_open_server, path, CHANNELS, OC_EREGION_SIZE, 0);
	refused(oc_region_open, path, OC_CHANNEL_MAX, OC_EREGION_SIZE, 0);
}

static void file_one_byte_short(void **state)
{
	(void)state;
	assert_int_equal(truncate(path, CHANNELS * STRIDE - 1), 0);
	refused(oc_region_open, path, CHANNELS - 1, OC_EREGION_SIZE, 0);
	assert_int_equal(truncate(path, 0), 0);
	refused(oc_region_open, path, 0, OC_EREGION_SIZE, 0);
	refused(oc_region_open, path, -1, OC_EREGION_SIZE, 0);
}

/* A refused opener must not leave its lock behind. */
static void refusal_leaves_no_lock(void **state)
{
	struct oc_uri uri = uri_of(path, 0);
	struct oc_region region;

	(void)state;
	uri.stride = 1 << 20;
	refused_uri(oc_region_open, &uri, OC_EREGION_SIZE, 0);
	region = get(oc_region_open, 0);
	oc_region_close(&region);
}

static void stride_of_no_whole_pages(void **state)
{
	struct oc_uri uri = uri_of(path, 0);

	(void)state;
	uri.stride = 40000;
	refused_uri(oc_region_open, &uri, OC_EREGION_SIZE, 0);
	refused_uri(oc_region_open_server, &uri, OC_EREGION_SIZE, 0);
}

static void stride_below_a_channel(void **state)
{
	struct oc_uri uri = uri_of(path, 0);

	(void)state;
	uri.stride = 32768;
	refused_uri(oc_region_open, &uri, OC_EREGION_SIZE, 0);
	uri.stride = 0;
	refused_uri(oc_region_open, &uri, OC_EREGION_SIZE, 0);
}

static void channel_that_cannot_be(void **state)
{
	(void)state;
	refused(oc_region_open, path, OC_CHANNEL_MAX + 1, OC_EURI, 0);
	refused(oc_region_open_server, path, OC_CHANNEL_MAX + 1, OC_EURI, 0);
	refused(oc_region_open_server, path, -1, OC_EURI, 0);
}

static void link_is_not_followed(void **state)
{
	(void)state;
	assert_int_equal(symlink(path, other), 0);
	refused(oc_region_open, other, 0, OC_EREGION, ELOOP);
	refused(oc_region_open_server, other, 0, OC_EREGION, ELOOP);
}

static void fifo_is_no_region(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(other, 0600), 0);
	refused(oc_region_open, other, 0, OC_EREGION, ENOTSUP);
}

static void directory_is_no_region(void **state)
{
	(void)state;
	refused(oc_region_open, dir, 0, OC_EREGION, EISDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGION_TEST(missing_file),
		REGION_TEST(channel_beyond_the_file),
		REGION_TEST(file_one_byte_short),
		REGION_TEST(refusal_leaves_no_lock),
		REGION_TEST(stride_of_no_whole_pages),
		REGION_TEST(stride_below_a_channel),
		REGION_TEST(channel_that_cannot_be),
		REGION_TEST(link_is_not_followed),
		REGION_TEST(fifo_is_no_region),
		REGION_TEST(directory_is_no_region),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("region_refused", tests, make_directory,
					   remove_directory);
}
