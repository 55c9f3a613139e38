// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_bell_device.c: what liboc asks of the driver's bell, and what it makes of the answers
 *
 * The driver itself is tested in a guest. Here it is played by the test.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include <oc/bell.h>

#include "unit.h"

#define DEVICE_FD	77

static uint32_t bells;
static int ioctl_errno, write_errno, read_errno;
static uint32_t rings;		/* to be read */
static int writes, reads;

int __wrap_ioctl(int fd, unsigned long request, ...);
ssize_t __real_write(int fd, const void *bytes, size_t size);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
ssize_t __real_read(int fd, void *bytes, size_t size);
ssize_t __wrap_read(int fd, void *bytes, size_t size);

static int failing(int error)
{
	errno = error;
	return -1;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	struct tfs_shm_poll_info info = { .abi = TFS_SHM_POLL_ABI, .bells = bells };
	va_list args;

	va_start(args, request);
	if (!ioctl_errno)
		memcpy(va_arg(args, void *), &info, sizeof(info));
	va_end(args);
	assert_int_equal(fd, DEVICE_FD);
	assert_int_equal(request, TFS_SHM_POLL_GET_INFO);
	return ioctl_errno ? failing(ioctl_errno) : 0;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size)
{
	const uint32_t no_flags = 0;

	if (fd != DEVICE_FD)
		return __real_write(fd, bytes, size);
	writes++;
	assert_int_equal(size, 4);
	assert_memory_equal(bytes, &no_flags, 4);
	return write_errno ? failing(write_errno) : 4;
}

ssize_t __wrap_read(int fd, void *bytes, size_t size)
{
	if (fd != DEVICE_FD)
		return __real_read(fd, bytes, size);
	reads++;
	assert_int_equal(size, 4);
	if (read_errno)
		return failing(read_errno);
	if (!rings)
		return failing(EAGAIN);
	memcpy(bytes, &rings, 4);
	rings = 0;
	return 4;
}

static int open_bell(struct oc_bell *bell)
{
	const struct oc_region region = { .fd = DEVICE_FD, .role = TFS_SHM_POLL_ROLE_CLIENT };
	const struct oc_uri uri = { .channel = 0 };

	memset(bell, 0xa5, sizeof(*bell));
	errno = EXDEV;
	return oc_bell_open(bell, &region, &uri);
}

static struct oc_bell opened(void)
{
	struct oc_bell bell;

	assert_int_equal(open_bell(&bell), OC_OK);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(bell.fd, DEVICE_FD);
	return bell;
}

static void rings_by_four_bytes(void **state)
{
	struct oc_bell bell = opened();

	(void)state;
	assert_int_equal(oc_bell_ring(&bell), OC_OK);
	assert_int_equal(writes, 1);
	assert_int_equal(errno, EXDEV);
}

static void takes_what_came(void **state)
{
	struct oc_bell bell = opened();

	(void)state;
	assert_int_equal(oc_bell_take(&bell), 0);
	rings = 1000;
	assert_int_equal(oc_bell_take(&bell), 1);
	assert_int_equal(oc_bell_take(&bell), 0);
	assert_int_equal(errno, EXDEV);
}

/* An interrupt that firmware raised before is let through from then on. */
static void opening_takes(void **state)
{
	struct oc_bell bell;

	(void)state;
	rings = 5;
	bell = opened();
	assert_int_equal(reads, 2);
	assert_int_equal(oc_bell_take(&bell), 0);
}

static void firmware_without_a_bell_is_no_error(void **state)
{
	struct oc_bell bell = opened();

	(void)state;
	write_errno = EOPNOTSUPP;
	assert_int_equal(oc_bell_ring(&bell), OC_OK);
	assert_int_equal(errno, EXDEV);
}

static void a_device_that_is_gone(void **state)
{
	struct oc_bell bell = opened();

	(void)state;
	write_errno = ENODEV;
	read_errno = ENODEV;
	assert_int_equal(oc_bell_ring(&bell), OC_ESYSTEM);
	assert_int_equal(errno, ENODEV);
	errno = 0;
	assert_int_equal(oc_bell_take(&bell), OC_ESYSTEM);
	assert_int_equal(errno, ENODEV);
}

static void the_port_does_not_mind(void **state)
{
	struct oc_bell bell = opened();
	struct oc_sleeper sleeper = { .bell = &bell };
	struct oc_port port;

	(void)state;
	oc_port_linux(&port, NULL);
	oc_port_linux_bell(&port, &sleeper);
	assert_null(port.pause);
	write_errno = ENODEV;
	errno = EXDEV;
	port.ring(port.ctx);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(writes, 1);
}

static void closing_leaves_the_device(void **state)
{
	struct oc_bell bell = opened();

	(void)state;
	oc_bell_close(&bell);	/* close(77) would be EBADF, and say so in errno */
	assert_int_equal(errno, EXDEV);
	assert_int_equal(bell.fd, -1);
}

static void no_bell(int error)
{
	struct oc_bell bell;

	assert_int_equal(open_bell(&bell), OC_ESYSTEM);
	assert_int_equal(errno, error);
	assert_int_equal(bell.fd, -1);
	assert_int_equal(reads, 0);
}

/* It has no read(), and its poll() would say that there is always something. */
static void a_driver_without_bells(void **state)
{
	(void)state;
	bells = 0;
	no_bell(ENOTSUP);
	bells = TFS_SHM_POLL_BELL_FROM_FIRMWARE;
	no_bell(ENOTSUP);
}

static void a_device_that_went(void **state)
{
	(void)state;
	ioctl_errno = ENODEV;
	no_bell(ENODEV);
}

static int fresh_driver(void **state)
{
	(void)state;
	bells = TFS_SHM_POLL_BELL_LOCAL;
	ioctl_errno = 0;
	write_errno = 0;
	read_errno = 0;
	rings = 0;
	writes = 0;
	reads = 0;
	return 0;
}

#define TEST(f) cmocka_unit_test_setup(f, fresh_driver)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rings_by_four_bytes),
		TEST(takes_what_came),
		TEST(opening_takes),
		TEST(firmware_without_a_bell_is_no_error),
		TEST(a_device_that_is_gone),
		TEST(the_port_does_not_mind),
		TEST(closing_leaves_the_device),
		TEST(a_driver_without_bells),
		TEST(a_device_that_went),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bell_device", tests, NULL, NULL);
}
