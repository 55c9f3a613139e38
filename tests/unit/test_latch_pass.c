// SPDX-License-Identifier: GPL-2.0-only
/* test_latch_pass.c: a latch's way to another process */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <oc/latch.h>

#include "../../lib/linux/latch_sleep.h"
#include "unit.h"

static struct oc_latch latch;
static uint32_t word;

static int setup(void **state)
{
	(void)state;
	memset(&latch, 0xa5, sizeof(latch));
	word = 0xa5a5a5a5;
	assert_status(oc_latch_init_shared(&latch, &word), OC_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	oc_latch_close(&latch);
	return 0;
}

static int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

static void no_descriptor_is_left(void **state)
{
	struct rlimit limit, none;
	struct oc_latch other;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	errno = 0;
	assert_status(oc_latch_init(&other), OC_ESYSTEM);
	assert_int_equal(errno, EMFILE);
	assert_int_equal(other.fd, -1);
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void only_an_eventfd_is_opened(void **state)
{
	struct oc_latch other = { .fd = -5 };
	int fds[5];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds + 2), 0);
	fds[4] = open("/dev/null", O_RDWR);
	for (int i = 0; i < 5; i++) {
		errno = 0;
		assert_status(oc_latch_open(&other, &word, fds[i]), OC_ESYSTEM);
		assert_int_equal(errno, EINVAL);
		assert_int_equal(close(fds[i]), 0);
	}
	assert_status(oc_latch_open(&other, &word, -1), OC_ESYSTEM);
	assert_int_equal(errno, EBADF);
	assert_int_equal(other.fd, -5);
}

static void what_is_opened_never_blocks(void **state)
{
	struct oc_latch other;
	int fd = eventfd(0, 0);

	(void)state;
	word = 0;
	assert_status(oc_latch_open(&other, &word, fd), OC_OK);
	assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	oc_latch_set(&other);
	assert_true(oc_latch_is_set(&other));
	oc_latch_close(&other);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void it_goes_through_a_socket(void **state)
{
	struct oc_latch other;
	eventfd_t rings;
	int sockets[2];

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	assert_status(oc_latch_send(&latch, sockets[0]), OC_OK);
	assert_status(oc_latch_receive(&other, &word, sockets[1]), OC_OK);
	assert_int_not_equal(other.fd, latch.fd);
	assert_true(fcntl(other.fd, F_GETFD) & FD_CLOEXEC);
	assert_false(oc_latch_sleep(&latch));
	oc_latch_set(&other);
	assert_int_equal(eventfd_read(latch.fd, &rings), 0);
	assert_int_equal(rings, 1);
	assert_true(oc_latch_is_set(&latch));
	oc_latch_awake(&latch);
	oc_latch_close(&other);
	close(sockets[0]);
	close(sockets[1]);
}

/* @n descriptors with one byte. */
static void send_fds(int socket, char text, const int *fds, size_t n)
{
	struct iovec byte = { .iov_base = &text, .iov_len = 1 };
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(4 * sizeof(int))];
	} control = { .space = { 0 } };
	struct msghdr msg = { .msg_iov = &byte, .msg_iovlen = 1 };

	if (n) {
		msg.msg_control = control.space;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		CMSG_FIRSTHDR(&msg)->cmsg_level = SOL_SOCKET;
		CMSG_FIRSTHDR(&msg)->cmsg_type = SCM_RIGHTS;
		CMSG_FIRSTHDR(&msg)->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&msg)), fds, n * sizeof(int));
	}
	assert_int_equal(sendmsg(socket, &msg, 0), 1);
}

static void what_is_no_latch_is_refused(void **state)
{
	struct oc_latch other = { .fd = -5 };
	int sockets[2], fds[3], before;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sockets), 0);
	fds[0] = latch.fd;
	fds[1] = sockets[0];
	fds[2] = latch.fd;
	before = open_fds();
	send_fds(sockets[0], 'L', NULL, 0);
	assert_status(oc_latch_receive(&other, &word, sockets[1]), OC_EPROTOCOL);
	send_fds(sockets[0], 'L', fds, 2);
	assert_status(oc_latch_receive(&other, &word, sockets[1]), OC_EPROTOCOL);
	send_fds(sockets[0], 'L', fds, 3);
	assert_status(oc_latch_receive(&other, &word, sockets[1]), OC_EPROTOCOL);
	send_fds(sockets[0], 'M', fds, 1);
	assert_status(oc_latch_receive(&other, &word, sockets[1]), OC_EPROTOCOL);
	send_fds(sockets[0], 'L', fds + 1, 1);
	assert_status(oc_latch_receive(&other, &word, sockets[1]), OC_ESYSTEM);
	assert_int_equal(errno, EINVAL);
	assert_status(oc_latch_receive(&other, &word, sockets[1]), OC_ESYSTEM);
	assert_int_equal(errno, EAGAIN);
	assert_int_equal(open_fds(), before);
	assert_int_equal(other.fd, -5);
	close(sockets[0]);
	assert_status(oc_latch_receive(&other, &word, sockets[1]), OC_ESYSTEM);
	assert_int_equal(errno, ECONNRESET);
	assert_status(oc_latch_send(&latch, sockets[1]), OC_ESYSTEM);
	assert_int_equal(errno, EPIPE);
	close(sockets[1]);
}

#define LATCH_TEST(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_descriptor_is_left),
		cmocka_unit_test(only_an_eventfd_is_opened),
		cmocka_unit_test(what_is_opened_never_blocks),
		LATCH_TEST(it_goes_through_a_socket),
		LATCH_TEST(what_is_no_latch_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("latch_pass", tests, NULL, NULL);
}
