// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_region_device.c: what liboc asks of the driver, and what it makes of the answers
 *
 * The driver itself is tested in a guest. Here open() and ioctl() of the devices are
 * played by the test, with a plain file for the memory.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include <oc/region.h>

#include "unit.h"

#define DEVICE	"/dev/tfs-shm-poll"
#define NODES	4
#define STRIDE	131072

/* What the driver says; 0 as an errno is success. */
static struct node {
	int open_errno;
	int info_errno;
	int role_errno;
	int role_failures;	/* so many times, then success; -1: for ever */
} nodes[NODES];

static struct tfs_shm_poll_info info;
static int node_of[64];		/* by descriptor; -1: not ours */
static int map_errno;
static int role_calls;
static unsigned int last_role;
static bool info_first;

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_ioctl(int fd, unsigned long request, ...);
void *__real_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset);

static int failing(int error)
{
	errno = error;
	return -1;
}

int __wrap_open(const char *path, int flags, ...)
{
	char file[] = "/tmp/test-device.XXXXXX";
	int number, fd;

	if (sscanf(path, DEVICE "%d", &number) != 1)
		return __real_open(path, flags, 0600);
	assert_int_equal(flags, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (number >= NODES)
		return failing(ENOENT);
	if (nodes[number].open_errno)
		return failing(nodes[number].open_errno);
	fd = mkstemp(file);
	unlink(file);
	assert_in_range(fd, 0, 63);
	assert_int_equal(ftruncate(fd, STRIDE), 0);
	node_of[fd] = number;
	return fd;
}

int __wrap_close(int fd)
{
	if (fd >= 0 && fd < 64)
		node_of[fd] = -1;
	return __real_close(fd);
}

static int set_role(struct node *node, const __u32 *role)
{
	role_calls++;
	last_role = *role;
	if (!node->role_failures)
		return 0;
	if (node->role_failures > 0)
		node->role_failures--;
	return failing(node->role_errno);
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct node *node = &nodes[node_of[fd]];
	va_list args;
	void *arg;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (request == TFS_SHM_POLL_SET_ROLE)
		return set_role(node, arg);
	assert_int_equal(request, TFS_SHM_POLL_GET_INFO);
	info_first = !role_calls;
	if (node->info_errno)
		return failing(node->info_errno);
	memcpy(arg, &info, sizeof(info));
	return 0;
}

void *__wrap_mmap(void *at, size_t size, int prot, int flags, int fd, off_t offset)
{
	if (!map_errno)
		return __real_mmap(at, size, prot, flags, fd, offset);
	errno = map_errno;
	return MAP_FAILED;
}

static struct oc_uri uri_of(int channel)
{
	return (struct oc_uri){ .channel = channel, .stride = 65536 };
}

static void refused(int (*open_region)(struct oc_region *, const struct oc_uri *), int channel,
		    int status, int error)
{
	struct oc_uri uri = uri_of(channel);
	struct oc_region region;

	memset(&region, 0xa5, sizeof(region));
	errno = 0;
	assert_int_equal(open_region(&region, &uri), status);
	if (error)
		assert_int_equal(errno, error);
	assert_null(region.base);
	assert_int_equal(region.fd, -1);
	for (int fd = 0; fd < 64; fd++)
		assert_int_equal(node_of[fd], -1);
}

static void client_takes_the_driver_at_its_word(void **state)
{
	struct oc_uri uri = uri_of(2);
	struct oc_region region;

	(void)state;
	assert_int_equal(oc_region_open(&region, &uri), OC_OK);
	assert_int_equal(last_role, TFS_SHM_POLL_ROLE_CLIENT);
	assert_true(info_first);
	assert_int_equal(region.size, STRIDE);
	assert_int_equal(region.channel, 2);
	assert_int_equal(region.owner, 0x4c000002);
	((volatile char *)region.base)[STRIDE - 1] = 1;
	oc_region_close(&region);
	assert_null(region.base);
}

/* Other memory has no monitor that could see a change. */
static void only_write_back_can_be_watched(void **state)
{
	static const struct { uint32_t memory; bool watched; } kinds[] = {
		{ TFS_SHM_POLL_MEMORY_WC, false }, { TFS_SHM_POLL_MEMORY_WB, true }, { 3, false },
	};
	struct oc_uri uri = uri_of(0);

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct oc_region region;

		memset(&region, 0xa5, sizeof(region));
		info.memory = kinds[i].memory;
		assert_int_equal(oc_region_open(&region, &uri), OC_OK);
		assert_ptr_equal(region.line, kinds[i].watched ? region.base : NULL);
		oc_region_close(&region);
		assert_null(region.line);
	}
}

static void server_asks_for_its_role(void **state)
{
	struct oc_uri uri = uri_of(0);
	struct oc_region region;

	(void)state;
	assert_int_equal(oc_region_open_server(&region, &uri), OC_OK);
	assert_int_equal(last_role, TFS_SHM_POLL_ROLE_SERVER);
	oc_region_close(&region);
}

static void no_driver(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++)
		nodes[i].open_errno = ENOENT;
	refused(oc_region_open, 0, OC_EREGION, ENOENT);
	refused(oc_region_open, -1, OC_EREGION, ENOENT);
	refused(oc_region_open_server, 0, OC_EREGION, ENOENT);
}

static void not_allowed(void **state)
{
	(void)state;
	nodes[0].open_errno = EACCES;
	refused(oc_region_open, 0, OC_EREGION, EACCES);
}

static void other_abi_is_left_alone(void **state)
{
	(void)state;
	info.abi = TFS_SHM_POLL_ABI + 1;
	refused(oc_region_open, 0, OC_EREGION, EPROTONOSUPPORT);
	assert_int_equal(role_calls, 0);
}

static void other_channel_size(void **state)
{
	(void)state;
	info.channel_size = TFS_SHM_POLL_CHANNEL_SIZE + 64;
	refused(oc_region_open, 0, OC_EREGION_SIZE, 0);
	assert_int_equal(role_calls, 0);
}

static void stride_of_no_whole_pages(void **state)
{
	(void)state;
	info.stride = 40000;
	refused(oc_region_open, 0, OC_EREGION_SIZE, 0);
	assert_int_equal(role_calls, 0);
}

static void device_that_has_gone(void **state)
{
	(void)state;
	nodes[0].info_errno = ENODEV;
	refused(oc_region_open, 0, OC_EREGION, ENODEV);
}

static void device_that_goes(void **state)
{
	(void)state;
	nodes[0].role_errno = ENODEV;
	nodes[0].role_failures = -1;
	refused(oc_region_open_server, 0, OC_EREGION, ENODEV);
	assert_int_equal(role_calls, 1);
}

static void mapping_that_fails(void **state)
{
	(void)state;
	map_errno = ENOMEM;
	refused(oc_region_open, 0, OC_EREGION, ENOMEM);
	assert_int_equal(role_calls, 1);
}

static void busy_client_does_not_wait(void **state)
{
	(void)state;
	nodes[0].role_errno = EBUSY;
	nodes[0].role_failures = -1;
	refused(oc_region_open, 0, OC_EBUSY, 0);
	assert_int_equal(role_calls, 1);
}

static void busy_server_gives_up(void **state)
{
	(void)state;
	nodes[0].role_errno = EBUSY;
	nodes[0].role_failures = -1;
	refused(oc_region_open_server, 0, OC_ESERVER_INTERFERENCE, 0);
	assert_in_range(role_calls, 10, 100);
}

static void server_outwaits_a_dying_one(void **state)
{
	struct oc_uri uri = uri_of(0);
	struct oc_region region;

	(void)state;
	nodes[0].role_errno = EBUSY;
	nodes[0].role_failures = 3;
	assert_int_equal(oc_region_open_server(&region, &uri), OC_OK);
	assert_int_equal(role_calls, 4);
	oc_region_close(&region);
}

static void first_free_skips_gaps_and_clients(void **state)
{
	struct oc_uri uri = uri_of(-1);
	struct oc_region region;

	(void)state;
	nodes[0].open_errno = ENOENT;
	nodes[1].open_errno = EACCES;
	nodes[2].role_errno = EBUSY;
	nodes[2].role_failures = -1;
	assert_int_equal(oc_region_open(&region, &uri), OC_OK);
	assert_int_equal(region.channel, 3);
	oc_region_close(&region);
}

static void none_is_free(void **state)
{
	(void)state;
	for (int i = 0; i < NODES; i++) {
		nodes[i].role_errno = EBUSY;
		nodes[i].role_failures = -1;
	}
	nodes[1].open_errno = EACCES;
	refused(oc_region_open, -1, OC_ENOCHANNEL, 0);
}

static void none_is_allowed(void **state)
{
	(void)state;
	nodes[0].open_errno = ENOENT;
	for (int i = 1; i < NODES; i++)
		nodes[i].open_errno = EACCES;
	refused(oc_region_open, -1, OC_EREGION, EACCES);
}

static int fresh_driver(void **state)
{
	(void)state;
	memset(nodes, 0, sizeof(nodes));
	memset(node_of, 0xff, sizeof(node_of));
	info = (struct tfs_shm_poll_info){
		.abi = TFS_SHM_POLL_ABI,
		.stride = STRIDE,
		.channel_size = TFS_SHM_POLL_CHANNEL_SIZE,
	};
	map_errno = 0;
	role_calls = 0;
	last_role = 0;
	return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, fresh_driver)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(client_takes_the_driver_at_its_word),
		TEST(only_write_back_can_be_watched),
		TEST(server_asks_for_its_role),
		TEST(no_driver),
		TEST(not_allowed),
		TEST(other_abi_is_left_alone),
		TEST(other_channel_size),
		TEST(stride_of_no_whole_pages),
		TEST(device_that_has_gone),
		TEST(device_that_goes),
		TEST(mapping_that_fails),
		TEST(busy_client_does_not_wait),
		TEST(busy_server_gives_up),
		TEST(server_outwaits_a_dying_one),
		TEST(first_free_skips_gaps_and_clients),
		TEST(none_is_free),
		TEST(none_is_allowed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("region_device", tests, NULL, NULL);
}
