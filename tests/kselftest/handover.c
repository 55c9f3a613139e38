// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server's open file that outlives the server, in a child or in a socket, and
 * the next server: it never finds the word of the one before it, nor a mark that
 * comes late.
 */
#include <sys/socket.h>

#include "kselftest_harness.h"
#include "tfs_test_server.h"

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
}

FIXTURE(handover) {
	struct watcher watcher;
	const struct tfs_shm_poll_header *seen;
	int fd;
};

FIXTURE_SETUP(handover)
{
	ASSERT_EQ(0, watch(&self->watcher));
	self->seen = self->watcher.seen;
	self->fd = self->watcher.fd;
}

FIXTURE_TEARDOWN(handover)
{
	unwatch(&self->watcher);
}

TEST_F(handover, killed_while_a_child_has_it_mapped)
{
	int fd, ready[2];
	pid_t child, server = spawn_server(&fd);
	char c;

	/* The child maps the same open file anew: VM_DONTCOPY gave it nothing. */
	ASSERT_LT(0, server);
	ASSERT_EQ(0, pipe(ready));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		if (!tfs_map(fd, PROT_READ | PROT_WRITE))
			_exit(1);
		close(fd);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(fd);
	close(ready[1]);
	ASSERT_EQ(1, read(ready[0], &c, 1));
	kill_and_wait(server);
	EXPECT_EQ(BUSY, seen_word(self->seen));
	EXPECT_EQ(1u << TFS_SHM_POLL_ROLE_SERVER, tfs_roles(self->fd));
	kill_and_wait(child);
	EXPECT_EQ(KEPT | HELD, seen_word(self->seen));
	EXPECT_EQ(0, tfs_roles(self->fd));
}

static int send_fd(int sock, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { "", 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	return sendmsg(sock, &msg, 0) == 1 ? 0 : -errno;
}

static int receive_fd(int sock)
{
	char control[CMSG_SPACE(sizeof(int))], c;
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd;

	if (recvmsg(sock, &msg, 0) != 1 || !CMSG_FIRSTHDR(&msg))
		return -1;
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

TEST_F(handover, not_while_a_socket_carries_it)
{
	int fd, sock[2];
	pid_t server = spawn_server(&fd);

	ASSERT_LT(0, server);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	ASSERT_EQ(0, send_fd(sock[0], fd));
	close(fd);
	kill_and_wait(server);
	EXPECT_EQ(BUSY, seen_word(self->seen));

	fd = receive_fd(sock[1]);
	ASSERT_LE(0, fd);
	EXPECT_EQ(TFS_SHM_POLL_ROLE_SERVER, tfs_role(fd));
	EXPECT_EQ(BUSY, seen_word(self->seen));
	close(fd);
	EXPECT_EQ(KEPT | HELD, seen_word(self->seen));
	close(sock[0]);
	close(sock[1]);
}

TEST_F(handover, killed_server_has_a_successor_at_once)
{
	struct tfs_shm_poll_header *header;
	int fd, round;
	pid_t pid;

	for (round = 0; round < 20; round++) {
		pid = spawn_server(NULL);
		ASSERT_LT(0, pid);
		kill(pid, SIGKILL);
		do {
			fd = tfs_serve(&header);
		} while (fd == -EBUSY);
		ASSERT_LE(0, fd);
		ASSERT_EQ(KEPT | HELD, seen_word(self->seen));

		/* And nothing of the old server comes after it. */
		tfs_store(&header->server_word, BUSY);
		waitpid(pid, NULL, 0);
		ASSERT_EQ(BUSY, seen_word(self->seen));
		munmap(header, tfs_stride(fd));
		close(fd);
	}
}

enum { FINE, NO_DEVICE, FOUND_A_LIVE_WORD, MARKED_WHILE_SERVING };

/* Takes the role from others that do the same, again and again. */
static int contend(const struct tfs_shm_poll_header *seen, int rounds)
{
	struct tfs_shm_poll_header *header;
	int fd, turn;

	while (rounds--) {
		fd = tfs_open(O_RDWR);
		if (fd < 0)
			return NO_DEVICE;
		while (tfs_set_role(fd, TFS_SHM_POLL_ROLE_SERVER) == -EBUSY)
			;
		if (seen_word(seen) & READY)
			return FOUND_A_LIVE_WORD;
		header = tfs_map(fd, PROT_READ | PROT_WRITE);
		if (!header)
			return NO_DEVICE;
		tfs_store(&header->server_word, BUSY);
		for (turn = 0; turn < 200; turn++)
			if (tfs_load(&header->server_word) != BUSY)
				return MARKED_WHILE_SERVING;
		munmap(header, tfs_stride(fd));
		close(fd);
	}
	return FINE;
}

/*
 * With the wrong order this fails only if somebody is preempted between the two,
 * or if tfs_slow.ko stretches that moment.
 */
TEST_F(handover, marked_before_the_role_is_free)
{
	const struct tfs_shm_poll_header *seen;
	int i, fd, status;
	pid_t pid[4];

	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (pid[i])
			continue;
		fd = tfs_open(O_RDONLY);
		seen = tfs_map(fd, PROT_READ);
		_exit(seen ? contend(seen, 50) : NO_DEVICE);
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		ASSERT_TRUE(WIFEXITED(status));
		EXPECT_EQ(FINE, WEXITSTATUS(status));
	}
}

TEST_HARNESS_MAIN
