// SPDX-License-Identifier: GPL-2.0-only
/* test_region_create.c: memory files are made and grow, and are never cut */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <oc/region.h>

#include "unit.h"

#define STRIDE		65536
#define CHANNELS	2
#define TEMPLATE	"/tmp/test-create.XXXXXX"

static char dir[sizeof(TEMPLATE)];
static char path[sizeof(TEMPLATE) + 8];
static char other[sizeof(TEMPLATE) + 8];
static bool no_fallocate;

int __real_fallocate64(int fd, int mode, off64_t offset, off64_t length);
int __wrap_fallocate64(int fd, int mode, off64_t offset, off64_t length);

int __wrap_fallocate64(int fd, int mode, off64_t offset, off64_t length)
{
	if (!no_fallocate)
		return __real_fallocate64(fd, mode, offset, length);
	errno = EOPNOTSUPP;
	return -1;
}

static void assert_size(const char *file, off_t size)
{
	struct stat st;

	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_size, size);
}

static void create_reserves_the_blocks(void **state)
{
	struct stat st;
	mode_t mask = umask(027);

	(void)state;
	assert_int_equal(oc_region_create(other, 3, STRIDE, 0660), OC_OK);
	umask(mask);
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(st.st_size, 3 * STRIDE);
	assert_true(st.st_blocks * 512 >= 3 * STRIDE);
	assert_int_equal(st.st_mode & 07777, 0640);
}

static void create_grows_and_never_cuts(void **state)
{
	struct oc_uri uri = { .channel = 0, .stride = STRIDE };
	struct oc_region region;

	(void)state;
	strcpy(uri.file, path);
	assert_int_equal(oc_region_open(&region, &uri), OC_OK);
	*(volatile uint32_t *)region.base = 0x12345678;
	assert_int_equal(oc_region_create(path, CHANNELS + 1, STRIDE, 0600), OC_OK);
	assert_size(path, (CHANNELS + 1) * STRIDE);
	assert_int_equal(oc_region_create(path, 1, STRIDE, 0600), OC_OK);
	assert_size(path, (CHANNELS + 1) * STRIDE);
	assert_int_equal(*(volatile uint32_t *)region.base, 0x12345678);
	oc_region_close(&region);
}

static void create_without_fallocate(void **state)
{
	(void)state;
	no_fallocate = true;
	assert_int_equal(oc_region_create(path, CHANNELS + 2, STRIDE, 0600), OC_OK);
	assert_size(path, (CHANNELS + 2) * STRIDE);
	assert_int_equal(oc_region_create(path, 1, STRIDE, 0600), OC_OK);
	assert_size(path, (CHANNELS + 2) * STRIDE);
	no_fallocate = false;
}

static void create_refuses(const char *file, unsigned int channels, uint32_t stride, int status)
{
	assert_int_equal(oc_region_create(file, channels, stride, 0600), status);
	assert_int_equal(access(other, F_OK), -1);
	assert_size(path, CHANNELS * STRIDE);
}

static void create_refuses_a_bad_stride(void **state)
{
	(void)state;
	create_refuses(other, 1, 40000, OC_EREGION_SIZE);
	create_refuses(other, 1, 32768, OC_EREGION_SIZE);
	create_refuses(path, 4, 0, OC_EREGION_SIZE);
}

static void create_refuses_a_bad_number(void **state)
{
	(void)state;
	create_refuses(other, 0, STRIDE, OC_EINVAL);
	create_refuses(path, OC_CHANNEL_MAX + 2, STRIDE, OC_EINVAL);
}

static void create_needs_a_directory(void **state)
{
	(void)state;
	create_refuses("/nonexistent/file", 1, STRIDE, OC_EREGION);
	assert_int_equal(errno, ENOENT);
}

static void create_follows_no_link(void **state)
{
	(void)state;
	assert_int_equal(symlink(path, other), 0);
	assert_int_equal(oc_region_create(other, CHANNELS + 1, STRIDE, 0600), OC_EREGION);
	assert_int_equal(errno, ELOOP);
	assert_size(path, CHANNELS * STRIDE);
}

static void create_refuses_a_fifo(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_int_equal(oc_region_create(other, 1, STRIDE, 0600), OC_EREGION);
	assert_int_equal(errno, ENOTSUP);
}

static void create_on_a_full_disk(void **state)
{
	struct rlimit old, limit;

	(void)state;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	limit = old;
	limit.rlim_cur = CHANNELS * STRIDE;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_int_equal(oc_region_create(path, CHANNELS + 1, STRIDE, 0600), OC_EREGION);
	assert_int_equal(errno, EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
	assert_size(path, CHANNELS * STRIDE);
}

static int fresh_file(void **state)
{
	(void)state;
	no_fallocate = false;
	unlink(path);
	unlink(other);
	return oc_region_create(path, CHANNELS, STRIDE, 0600);
}

static int make_directory(void **state)
{
	(void)state;
	strcpy(dir, TEMPLATE);
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/region", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	unlink(path);
	unlink(other);
	return rmdir(dir);
}

#define TEST(f) cmocka_unit_test_setup(f, fresh_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(create_reserves_the_blocks),
		TEST(create_grows_and_never_cuts),
		TEST(create_without_fallocate),
		TEST(create_refuses_a_bad_stride),
		TEST(create_refuses_a_bad_number),
		TEST(create_needs_a_directory),
		TEST(create_follows_no_link),
		TEST(create_refuses_a_fifo),
		TEST(create_on_a_full_disk),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("region_create", tests, make_directory,
					   remove_directory);
}
