// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the server has gone, in whatever way, the header says so before another
 * can take the role; and it says so no earlier.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "tfs_test.h"

#define KEPT	(TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR | 0x00123400u)
#define FLAGS	0x000000ffu
#define READY	TFS_SHM_POLL_SW_READY
#define GRANTED	TFS_SHM_POLL_SW_GRANTED
#define HELD	TFS_SHM_POLL_SW_HELD
#define BUSY	(KEPT | READY | GRANTED | HELD)

/* Somebody without a role who watches the header. */
FIXTURE(gone) {
	int fd;
	struct tfs_shm_poll_header *seen;
};

FIXTURE_SETUP(gone)
{
	self->fd = tfs_open(O_RDONLY);
	if (self->fd == -ENOENT)
		SKIP(return, "no %s", tfs_path());
	ASSERT_LE(0, self->fd);
	self->seen = tfs_map(self->fd, PROT_READ);
	ASSERT_NE(NULL, self->seen);
	ASSERT_EQ(0, tfs_roles(self->fd));
}

FIXTURE_TEARDOWN(gone)
{
	munmap(self->seen, tfs_stride(self->fd));
	close(self->fd);
}

static __u32 seen_word(const struct tfs_shm_poll_header *seen)
{
	return tfs_load(&seen->server_word);
}

/* Serves and leaves; returns what the header says then. */
static __u32 word_after(const struct tfs_shm_poll_header *seen, __u32 word)
{
	struct tfs_shm_poll_header *header;
	int fd = tfs_serve(&header);

	if (fd < 0)
		return ~word;
	tfs_store(&header->server_word, word);
	munmap(header, tfs_stride(fd));
	close(fd);
	return seen_word(seen);
}

/*
 * A process that serves until it is killed; it has written BUSY when this
 * returns. *fd, if wanted, is a descriptor of the same open file.
 */
static pid_t spawn_server(int *fd)
{
	struct tfs_shm_poll_header *header;
	int server = tfs_open(O_RDWR), ready[2];
	pid_t pid;
	char c;

	if (server < 0 || pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		if (tfs_set_role(server, TFS_SHM_POLL_ROLE_SERVER))
			_exit(1);
		header = tfs_map(server, PROT_READ | PROT_WRITE);
		if (!header)
			_exit(1);
		tfs_store(&header->server_word, BUSY);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	if (fd)
		*fd = server;
	else
		close(server);
	return pid;
}

static void kill_and_wait(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_F(gone, close_marks_and_keeps_the_holder)
{
	EXPECT_EQ(KEPT | HELD, word_after(self->seen, KEPT | FLAGS));
	EXPECT_EQ(0, tfs_roles(self->fd));
}

TEST_F(gone, each_word_becomes_what_the_protocol_says)
{
	const __u32 major2 = TFS_SHM_POLL_SW_MAGIC | 0x02000000u;
	const __u32 none = TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR;

	EXPECT_EQ(KEPT, word_after(self->seen, KEPT | READY));
	EXPECT_EQ(KEPT, word_after(self->seen, KEPT | (FLAGS & ~(HELD | GRANTED))));
	EXPECT_EQ(KEPT | HELD, word_after(self->seen, KEPT | READY | GRANTED));
	EXPECT_EQ(KEPT | HELD, word_after(self->seen, KEPT | HELD));
	EXPECT_EQ(none | 0x00ffff00u, word_after(self->seen, none | 0x00ffff00u | READY));
	EXPECT_EQ(major2 | HELD, word_after(self->seen, major2 | GRANTED));
	EXPECT_EQ(none, word_after(self->seen, 0));
	EXPECT_EQ(none, word_after(self->seen, ~0u));
	EXPECT_EQ(none, word_after(self->seen, 0x51234507u));
}

TEST_F(gone, no_other_word_is_touched)
{
	struct tfs_shm_poll_header *header;
	unsigned char before[512], after[512];
	int fd = tfs_serve(&header);

	ASSERT_LE(0, fd);
	memset(header, POISON, sizeof(before));
	tfs_store(&header->server_word, BUSY);
	munmap(header, tfs_stride(fd));
	memcpy(before, self->seen, sizeof(before));
	close(fd);
	memcpy(after, self->seen, sizeof(after));
	EXPECT_EQ(KEPT | HELD, seen_word(self->seen));
	EXPECT_EQ(0, memcmp(before, after, 56));
	EXPECT_EQ(0, memcmp(before + 60, after + 60, sizeof(before) - 60));
}

TEST_F(gone, not_while_the_file_is_open)
{
	struct tfs_shm_poll_header *header;
	int fd = tfs_serve(&header);

	ASSERT_LE(0, fd);
	tfs_store(&header->server_word, BUSY);
	munmap(header, tfs_stride(fd));
	EXPECT_EQ(BUSY, seen_word(self->seen));
	close(fd);
	EXPECT_EQ(KEPT | HELD, seen_word(self->seen));
}

TEST_F(gone, not_while_it_is_mapped)
{
	struct tfs_shm_poll_header *header, *second;
	size_t stride = tfs_stride(self->fd);
	int fd = tfs_serve(&header);

	ASSERT_LE(0, fd);
	tfs_store(&header->server_word, BUSY);
	close(fd);
	EXPECT_EQ(BUSY, seen_word(self->seen));
	EXPECT_GT(0, tfs_serve(&second));
	munmap(header, stride);
	EXPECT_EQ(KEPT | HELD, seen_word(self->seen));
	EXPECT_EQ(0, tfs_roles(self->fd));
}

TEST_F(gone, files_without_that_role_leave_it_alone)
{
	struct tfs_shm_poll_header *header;
	int server = tfs_serve(&header);
	int client = tfs_open(O_RDWR), nobody = tfs_open(O_RDWR);

	ASSERT_LE(0, server);
	ASSERT_EQ(0, tfs_set_role(client, TFS_SHM_POLL_ROLE_CLIENT));
	tfs_store(&header->server_word, BUSY);
	close(nobody);
	close(client);
	EXPECT_EQ(BUSY, seen_word(self->seen));
	munmap(header, tfs_stride(server));
	close(server);
	EXPECT_EQ(KEPT | HELD, seen_word(self->seen));
}

TEST_F(gone, killed)
{
	struct tfs_shm_poll_header *header;
	pid_t pid = spawn_server(NULL);
	int fd;

	ASSERT_LT(0, pid);
	EXPECT_EQ(BUSY, seen_word(self->seen));
	EXPECT_EQ(-EBUSY, tfs_serve(&header));
	kill_and_wait(pid);
	EXPECT_EQ(KEPT | HELD, seen_word(self->seen));
	fd = tfs_serve(&header);
	ASSERT_LE(0, fd);
	munmap(header, tfs_stride(fd));
	close(fd);
}

TEST_F(gone, killed_while_a_child_has_it_mapped)
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

TEST_F(gone, not_while_a_socket_carries_it)
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

TEST_F(gone, killed_server_has_a_successor_at_once)
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
TEST_F(gone, marked_before_the_role_is_free)
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
