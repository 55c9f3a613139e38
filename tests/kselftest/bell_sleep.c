// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sleeping until the bell rings, in read, poll and epoll, alone and with others.
 */
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "tfs_test_bell.h"

#define ROUNDS	500
#define STORM	5000

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
}

FIXTURE(bell_sleep) {
	int server;
	int client;
};

FIXTURE_SETUP(bell_sleep)
{
	self->server = bell_open(SERVER, 0);
	ASSERT_LE(0, self->server);
	self->client = bell_open(CLIENT, 0);
	ASSERT_LE(0, self->client);
}

FIXTURE_TEARDOWN(bell_sleep)
{
	close(self->client);
	close(self->server);
}

/* A child that reads the server's bell once; it exits with 0 if that went well. */
static pid_t spawn_reader(int fd)
{
	pid_t pid = fork();
	__u32 rings;

	if (!pid)
		_exit(bell_read(fd, &rings) ? 1 : 0);
	return pid;
}

TEST_F(bell_sleep, read_is_woken)
{
	pid_t pid = spawn_reader(self->server);

	ASSERT_LT(0, pid);
	ASSERT_EQ(0, bell_wait_asleep(pid));
	ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(0, bell_reap(pid));
	EXPECT_EQ(0, bell_rang(self->server));
}

TEST_F(bell_sleep, read_does_not_sleep_when_it_rang_before)
{
	__u32 rings;

	ASSERT_EQ(0, bell_ring(self->client));
	alarm(SOON_MS / 1000);
	EXPECT_EQ(0, bell_read(self->server, &rings));
	alarm(0);
}

TEST_F(bell_sleep, poll_is_woken)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(bell_poll(self->server, POLLIN, -1) != POLLIN);
	ASSERT_EQ(0, bell_wait_asleep(pid));
	ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(0, bell_reap(pid));
	EXPECT_EQ(1, bell_rang(self->server));
}

/* The open file is one, and so is what it has read. */
TEST_F(bell_sleep, a_child_shares_what_was_read)
{
	pid_t pid;

	ASSERT_EQ(0, bell_ring(self->client));
	pid = spawn_reader(self->server);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, bell_reap(pid));
	EXPECT_EQ(0, bell_rang(self->server));
}

static void on_alarm(int sig)
{
	(void)sig;
}

static void catch_alarm(int flags)
{
	struct sigaction action = { .sa_handler = on_alarm, .sa_flags = flags };

	sigaction(SIGALRM, &action, NULL);
}

TEST_F(bell_sleep, a_signal_interrupts)
{
	__u32 rings;

	catch_alarm(0);
	alarm(1);
	EXPECT_EQ(-EINTR, bell_read(self->server, &rings));
	EXPECT_EQ(0xccccccccu, rings);
	ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(0, bell_read(self->server, &rings));
}

TEST_F(bell_sleep, a_signal_restarts)
{
	pid_t pid = fork();
	__u32 rings;

	ASSERT_LE(0, pid);
	if (!pid) {
		catch_alarm(SA_RESTART);
		_exit(bell_read(self->server, &rings) ? 1 : 0);
	}
	ASSERT_EQ(0, bell_wait_asleep(pid));
	ASSERT_EQ(0, kill(pid, SIGALRM));
	usleep(20000);
	ASSERT_EQ(0, bell_wait_asleep(pid));
	ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(0, bell_reap(pid));
}

TEST_F(bell_sleep, killed_asleep_the_role_is_free)
{
	__u32 end;
	pid_t pid;

	close(self->client);
	ASSERT_EQ(0, bell_read(self->server, &end));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		int fd = bell_open(CLIENT, 0);
		__u32 rings;

		_exit(bell_read(fd, &rings) ? 1 : 0);
	}
	ASSERT_EQ(0, bell_wait_asleep(pid));
	EXPECT_EQ(0, bell_rang(self->server));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	EXPECT_EQ(1u << SERVER, tfs_roles(self->server));
	EXPECT_EQ(1, bell_rang(self->server));
	self->client = bell_open(CLIENT, 0);
	EXPECT_LE(0, self->client);
}

static int epoll_with(int fd, __u32 events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll >= 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event)) {
		close(epoll);
		return -1;
	}
	return epoll;
}

/* The events that are there, 0 if none. */
static __u32 epoll_look(int epoll, int ms)
{
	struct epoll_event event = { 0 };

	return epoll_wait(epoll, &event, 1, ms) == 1 ? event.events : 0;
}

TEST_F(bell_sleep, epoll_by_level)
{
	int epoll = epoll_with(self->server, EPOLLIN);
	__u32 rings;

	ASSERT_LE(0, epoll);
	EXPECT_EQ(0, epoll_look(epoll, NEVER_MS));
	ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(EPOLLIN, epoll_look(epoll, 0));
	EXPECT_EQ(EPOLLIN, epoll_look(epoll, 0));
	EXPECT_EQ(0, bell_read(self->server, &rings));
	EXPECT_EQ(0, epoll_look(epoll, 0));
	close(epoll);
}

TEST_F(bell_sleep, epoll_by_edge)
{
	int epoll = epoll_with(self->server, EPOLLIN | EPOLLET), i;

	ASSERT_LE(0, epoll);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, bell_ring(self->client));
		EXPECT_EQ(EPOLLIN, epoll_look(epoll, 0));
		EXPECT_EQ(0, epoll_look(epoll, NEVER_MS));
	}
	close(epoll);
}

/* Our own ring is no news for our own epoll. */
TEST_F(bell_sleep, epoll_hears_its_own_bell_only)
{
	int epoll = epoll_with(self->server, EPOLLIN | EPOLLET);

	ASSERT_LE(0, epoll);
	ASSERT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(0, epoll_look(epoll, NEVER_MS));
	close(epoll);
}

/* A poller joins the queue when it is added, and never again. */
TEST_F(bell_sleep, epoll_that_came_before_the_role)
{
	int epoll, fd;

	close(self->client);
	fd = tfs_open(O_RDWR);
	ASSERT_LE(0, fd);
	epoll = epoll_with(fd, EPOLLIN);
	ASSERT_LE(0, epoll);
	EXPECT_EQ(EPOLLERR, epoll_look(epoll, 0));
	ASSERT_EQ(0, tfs_set_role(fd, CLIENT));
	EXPECT_EQ(0, epoll_look(epoll, NEVER_MS));
	ASSERT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(EPOLLIN, epoll_look(epoll, SOON_MS));
	close(epoll);
	close(fd);
	self->client = -1;
}

/* Waits for each ring of the other's and answers it: one that is lost is for ever. */
static int answer(int fd, int rounds)
{
	__u32 rings;

	while (rounds--)
		if (bell_read(fd, &rings) || bell_ring(fd))
			return 1;
	return 0;
}

TEST_F_TIMEOUT(bell_sleep, two_processes_wake_each_other, 60)
{
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(answer(self->server, ROUNDS));
	ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(0, answer(self->client, ROUNDS));
	EXPECT_EQ(0, bell_reap(pid));
}

/* However many come at once: the last count read is that of all. */
TEST_F_TIMEOUT(bell_sleep, a_storm_is_counted_whole, 60)
{
	__u32 start, rings;
	pid_t pid;
	int i;

	ASSERT_EQ(0, bell_ring(self->client));
	ASSERT_EQ(0, bell_read(self->server, &start));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		for (i = 0; i < STORM; i++)
			if (bell_ring(self->client))
				_exit(1);
		_exit(0);
	}
	do {
		ASSERT_EQ(0, bell_read(self->server, &rings));
		ASSERT_GE(STORM, rings - start);
	} while (rings - start < STORM);
	EXPECT_EQ(0, bell_reap(pid));
	EXPECT_EQ(0, bell_rang(self->server));
}

TEST_HARNESS_MAIN
