// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control socket's file: whose place it takes, whose it does not, who may connect
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../tools/tfsd/control_socket.h"
#include "unit.h"

static char dir[32];
static char path[64];

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tfs-control-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/control", dir);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

static int try_connect(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), error = 0;

	strcpy(address.sun_path, path);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)))
		error = errno;
	close(fd);
	return error;
}

static void expect_refused(int error)
{
	struct control_socket sock;

	errno = 0;
	assert_int_equal(control_socket_open(&sock, path), -1);
	assert_int_equal(errno, error);
}

static void test_open(void **state)
{
	struct control_socket sock;
	mode_t before = umask(0);
	struct stat st;

	(void)state;
	assert_int_equal(control_socket_open(&sock, path), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | CONTROL_SOCKET_MODE);
	assert_int_equal(try_connect(), 0);
	control_socket_close(&sock);
	assert_int_equal(try_connect(), ENOENT);
	umask(0777);
	assert_int_equal(control_socket_open(&sock, path), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(st.st_mode, S_IFSOCK | CONTROL_SOCKET_MODE);
	assert_int_equal(umask(before), 0777);
	control_socket_close(&sock);
}

/* Its owner died: nobody listens, and the file is still there. */
static void test_a_dead_one(void **state)
{
	struct control_socket dead, sock;

	(void)state;
	assert_int_equal(control_socket_open(&dead, path), 0);
	close(dead.fd);
	assert_int_equal(try_connect(), ECONNREFUSED);
	assert_int_equal(control_socket_open(&sock, path), 0);
	assert_int_equal(try_connect(), 0);
	control_socket_close(&sock);
}

static void test_a_live_one(void **state)
{
	struct control_socket first;

	(void)state;
	assert_int_equal(control_socket_open(&first, path), 0);
	expect_refused(EADDRINUSE);
	assert_int_equal(try_connect(), 0);
	control_socket_close(&first);
}

/* It is alive, and does not get to its callers. */
static void test_a_busy_one(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct control_socket first;
	int fds[64], n = 0;

	(void)state;
	assert_int_equal(control_socket_open(&first, path), 0);
	strcpy(address.sun_path, path);
	do {
		assert_true(n < 64);
		fds[n] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	} while (!connect(fds[n++], (struct sockaddr *)&address, sizeof(address)));
	assert_int_equal(errno, EAGAIN);
	expect_refused(EADDRINUSE);
	while (n)
		close(fds[--n]);
	control_socket_close(&first);
}

static void test_something_else(void **state)
{
	struct stat st;
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	expect_refused(EEXIST);
	assert_int_equal(lstat(path, &st), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(symlink("/nowhere/control", path), 0);
	expect_refused(EEXIST);
}

static void test_no_folder(void **state)
{
	char keep[64];

	(void)state;
	strcpy(keep, path);
	snprintf(path, sizeof(path), "%s/no/control", dir);
	expect_refused(ENOENT);
	strcpy(path, keep);
}

static void test_a_long_path(void **state)
{
	struct control_socket sock;
	char longest[sizeof(((struct sockaddr_un *)NULL)->sun_path) + 1];

	(void)state;
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(control_socket_open(&sock, longest), -1);
	assert_int_equal(errno, ENAMETOOLONG);
}

/* Somebody has put another one in its place: that one stays. */
static void test_not_ours_any_more(void **state)
{
	struct control_socket first, second;

	(void)state;
	assert_int_equal(control_socket_open(&first, path), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(control_socket_open(&second, path), 0);
	control_socket_close(&first);
	assert_int_equal(try_connect(), 0);
	control_socket_close(&second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_open),
		TEST(test_a_dead_one),
		TEST(test_a_live_one),
		TEST(test_a_busy_one),
		TEST(test_something_else),
		TEST(test_no_folder),
		TEST(test_a_long_path),
		TEST(test_not_ours_any_more),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
