// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unbinding while somebody sleeps for the bell, or rings it.
 */
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "tfs_test_bell.h"
#include "tfs_test_sysfs.h"

#define ROUNDS	30

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
	tfs_skip_without(TFS_DRIVER "/unbind");
}

FIXTURE(bell_end) {
	char platform[NAME_MAX];
	int server;
	int client;
};

FIXTURE_SETUP(bell_end)
{
	ASSERT_EQ(0, tfs_platform_name(self->platform, sizeof(self->platform)));
	self->server = bell_open(SERVER, 0);
	ASSERT_LE(0, self->server);
	self->client = bell_open(CLIENT, 0);
	ASSERT_LE(0, self->client);
}

FIXTURE_TEARDOWN(bell_end)
{
	tfs_bind(self->platform);
	close(self->client);
	close(self->server);
}

TEST_F(bell_end, every_call_fails)
{
	__u32 rings;
	int fd = tfs_open(O_RDWR);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, bell_ring(self->client));
	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(-ENODEV, bell_ring(self->client));
	EXPECT_EQ(-ENODEV, bell_ring(self->server));
	EXPECT_EQ(-ENODEV, bell_read(self->server, &rings));
	EXPECT_EQ(0xccccccccu, rings);
	EXPECT_EQ(-ENODEV, bell_read(self->client, &rings));
	EXPECT_EQ(POLLHUP | POLLERR, bell_poll(self->server, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-ENODEV, bell_ring(fd));
	EXPECT_EQ(-ENODEV, bell_read(fd, &rings));
	EXPECT_EQ(POLLHUP | POLLERR, bell_poll(fd, POLLIN, 0));
	close(fd);
}

static int read_says(int fd)
{
	__u32 rings;

	return -bell_read(fd, &rings);
}

TEST_F(bell_end, readers_are_woken)
{
	int fd[2] = { self->server, self->client }, i;
	pid_t pid[2];

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (!pid[i])
			_exit(read_says(fd[i]));
		ASSERT_EQ(0, bell_wait_asleep(pid[i]));
	}
	ASSERT_EQ(0, tfs_unbind(self->platform));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(ENODEV, bell_reap(pid[i]));
}

TEST_F(bell_end, pollers_are_woken)
{
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	pid_t pid[2];

	pid[0] = fork();
	ASSERT_LE(0, pid[0]);
	if (!pid[0])
		_exit(bell_poll(self->server, POLLIN, -1) != (POLLHUP | POLLERR));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->client, &event));
	pid[1] = fork();
	ASSERT_LE(0, pid[1]);
	if (!pid[1])
		_exit(epoll_wait(epoll, &event, 1, -1) != 1 ||
		      event.events != (EPOLLHUP | EPOLLERR));
	ASSERT_EQ(0, bell_wait_asleep(pid[0]));
	ASSERT_EQ(0, bell_wait_asleep(pid[1]));
	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(0, bell_reap(pid[0]));
	EXPECT_EQ(0, bell_reap(pid[1]));
	close(epoll);
}

/* The old file's end must not be heard on the new device. */
TEST_F(bell_end, bound_again_it_is_as_new)
{
	int old_server = self->server, old_client = self->client;

	ASSERT_EQ(0, tfs_unbind(self->platform));
	ASSERT_EQ(0, tfs_bind(self->platform));
	self->server = bell_open(SERVER, O_NONBLOCK);
	ASSERT_LE(0, self->server);
	self->client = bell_open(CLIENT, O_NONBLOCK);
	ASSERT_LE(0, self->client);
	EXPECT_EQ(-ENODEV, bell_ring(old_client));
	close(old_client);
	close(old_server);
	EXPECT_EQ(0, bell_rang(self->server));
	EXPECT_EQ(0, bell_rang(self->client));
	EXPECT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(1, bell_rang(self->server));
}

/* Opens, rings, reads, closes for ever; anything but an end of the device is wrong. */
static int use_for_ever(__u32 role, volatile int *rounds)
{
	__u32 rings;
	int fd, ret = 0, turn = 0;

	for (;;) {
		fd = bell_open(role, turn & 1 ? O_NONBLOCK : 0);
		if (fd < 0 && fd != -ENOENT && fd != -ENODEV && fd != -ENXIO && fd != -EBUSY)
			return 1;
		if (fd < 0)
			continue;
		for (turn = 0; turn < 20; turn++) {
			ret = bell_ring(fd);
			if (ret && ret != -ENODEV && ret != -EOPNOTSUPP)
				return 2;
			if (bell_poll(fd, POLLIN, 1) == POLLIN)
				ret = bell_read(fd, &rings);
			if (ret && ret != -ENODEV && ret != -EOPNOTSUPP)
				return 3;
		}
		++*rounds;
		close(fd);
	}
}

TEST_F_TIMEOUT(bell_end, races_with_rings_and_ends, 120)
{
	volatile int *rounds = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	const __u32 roles[3] = { SERVER, CLIENT, CLIENT };
	pid_t pid[3];
	int i, round;

	ASSERT_NE(MAP_FAILED, (void *)rounds);
	close(self->client);
	close(self->server);
	for (i = 0; i < 3; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (!pid[i])
			_exit(use_for_ever(roles[i], &rounds[i]));
	}
	for (round = 0; round < ROUNDS; round++) {
		usleep(round * 367 % 20000);
		ASSERT_EQ(0, tfs_unbind(self->platform));
		usleep(round * 53 % 1000);
		ASSERT_EQ(0, tfs_bind(self->platform));
	}
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, waitpid(pid[i], NULL, WNOHANG));
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
	}
	EXPECT_NE(0, rounds[0]);
	EXPECT_NE(0, rounds[1] + rounds[2]);
	self->server = -1;
	self->client = -1;
}

TEST_HARNESS_MAIN
