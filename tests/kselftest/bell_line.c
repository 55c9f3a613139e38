// SPDX-License-Identifier: GPL-2.0-only
/*
 * Firmware rings by an interrupt, which tfs_irq.ko raises in its stead. TFS_DEVICE
 * is a channel of the node that the module was loaded for.
 */
#include "kselftest_harness.h"
#include "tfs_test_bell.h"
#include "tfs_test_sysfs.h"

#define RAISER	"/dev/tfs-irq"
#define ROUNDS	300

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
	tfs_skip_without(RAISER);
}

FIXTURE(bell_line) {
	char platform[NAME_MAX];
	char other[NAME_MAX];
	int raiser;
	__u32 line;
	int lines;
	int server;
	__u32 start;
};

/* How many interrupts the node has, of three cells each. */
static int count_lines(void)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "/sys/class/tfs-shm-poll/%s/device/of_node/interrupts",
		 tfs_name());
	return stat(path, &st) ? 0 : (int)st.st_size / 12;
}

/* A channel of the same node: the next one, or for the last the one before. */
static void name_other(char *path, size_t size, const struct tfs_shm_poll_info *info)
{
	const char *name = tfs_path();
	size_t digits = strcspn(name, "0123456789");
	int n = atoi(name + digits);

	n += info->channel + 1 < info->channels ? 1 : -1;
	snprintf(path, size, "%.*s%d", (int)digits, name, n);
}

static int line_raise(int raiser, __u32 line)
{
	return write(raiser, &line, sizeof(line)) == sizeof(line) ? 0 : -errno;
}

/* Raises it and waits until that was told. */
static int line_ring(int raiser, __u32 line, int fd, __u32 *rings)
{
	int ret = line_raise(raiser, line);

	if (!ret && bell_poll(fd, POLLIN, SOON_MS) != POLLIN)
		ret = -ETIMEDOUT;
	return ret ? ret : bell_read(fd, rings);
}

/* What an interrupt left that came without a server. */
static void line_drain(int fd)
{
	__u32 rings;

	while (bell_poll(fd, POLLIN, NEVER_MS) == POLLIN)
		bell_read(fd, &rings);
}

FIXTURE_SETUP(bell_line)
{
	struct tfs_shm_poll_info info;

	ASSERT_EQ(0, tfs_platform_name(self->platform, sizeof(self->platform)));
	self->raiser = tfs_open_path(RAISER, O_WRONLY);
	ASSERT_LE(0, self->raiser);
	self->server = bell_open(SERVER, 0);
	ASSERT_LE(0, self->server);
	ASSERT_EQ(0, tfs_get_info(self->server, &info));
	self->lines = count_lines();
	ASSERT_LE(1, self->lines);
	self->line = self->lines == 1 ? 0 : info.channel;
	name_other(self->other, sizeof(self->other), &info);
	line_drain(self->server);
	ASSERT_EQ(0, line_ring(self->raiser, self->line, self->server, &self->start));
}

FIXTURE_TEARDOWN(bell_line)
{
	tfs_bind(self->platform);
	close(self->server);
	close(self->raiser);
}

TEST_F(bell_line, it_is_told_and_stays)
{
	__u32 rings;

	ASSERT_EQ(0, line_raise(self->raiser, self->line));
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, 0));
	EXPECT_EQ(0, bell_read(self->server, &rings));
	EXPECT_EQ(self->start + 1, rings);
	EXPECT_EQ(0, bell_poll(self->server, POLLIN, NEVER_MS));
}

TEST_F(bell_line, a_sleeping_server_wakes)
{
	pid_t pid = fork();
	__u32 rings;

	ASSERT_LE(0, pid);
	if (!pid)
		_exit(bell_read(self->server, &rings) || rings != self->start + 1);
	ASSERT_EQ(0, bell_wait_asleep(pid));
	ASSERT_EQ(0, line_raise(self->raiser, self->line));
	EXPECT_EQ(0, bell_reap(pid));
}

/*
 * However firmware storms, a read lets through what is pending, in the interrupt
 * controller and in the kernel: two at most, not a hundred.
 */
TEST_F(bell_line, masked_until_it_is_read)
{
	__u32 rings, last;
	int i;

	ASSERT_EQ(0, line_raise(self->raiser, self->line));
	ASSERT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, line_raise(self->raiser, self->line));
	usleep(NEVER_MS * 1000);
	EXPECT_EQ(0, bell_read(self->server, &rings));
	EXPECT_EQ(self->start + 1, rings);

	/* What came while it was masked is not lost. */
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	line_drain(self->server);
	EXPECT_EQ(0, line_ring(self->raiser, self->line, self->server, &last));
	EXPECT_LE(self->start + 3, last);
	EXPECT_GE(self->start + 4, last);
}

TEST_F_TIMEOUT(bell_line, each_is_heard, 60)
{
	__u32 rings;
	int i;

	for (i = 1; i <= ROUNDS; i++) {
		ASSERT_EQ(0, line_raise(self->raiser, self->line));
		ASSERT_EQ(0, bell_read(self->server, &rings));
		ASSERT_EQ(self->start + i, rings);
	}
}

/* It is masked for want of a reader when the next server comes. */
TEST_F(bell_line, it_came_without_a_server)
{
	__u32 rings;

	ASSERT_EQ(0, line_raise(self->raiser, self->line));
	ASSERT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	close(self->server);
	ASSERT_EQ(0, line_raise(self->raiser, self->line));
	usleep(NEVER_MS * 1000);
	self->server = bell_open(SERVER, 0);
	ASSERT_LE(0, self->server);
	line_drain(self->server);
	EXPECT_EQ(0, line_ring(self->raiser, self->line, self->server, &rings));
}

TEST_F(bell_line, the_other_channel)
{
	int fd = bell_open_path(self->other, SERVER, 0);

	ASSERT_LE(0, fd);
	line_drain(fd);
	line_drain(self->server);
	ASSERT_EQ(0, line_raise(self->raiser, self->line));
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	EXPECT_EQ(self->lines == 1 ? POLLIN : 0,
		  bell_poll(fd, POLLIN, self->lines == 1 ? SOON_MS : NEVER_MS));
	close(fd);
}

/* One line for two servers: either's reading arms it for both. */
TEST_F(bell_line, either_server_arms_it)
{
	int fd = bell_open_path(self->other, SERVER, 0);
	__u32 line = self->lines == 1 ? 0 : !self->line, rings;

	ASSERT_LE(0, fd);
	line_drain(fd);
	EXPECT_EQ(0, line_ring(self->raiser, line, fd, &rings));
	EXPECT_EQ(0, line_ring(self->raiser, line, fd, &rings));
	if (self->lines == 1) {
		EXPECT_EQ(0, bell_read(self->server, &rings));
		EXPECT_LE(self->start + 2, rings);
	}
	close(fd);
}

TEST_F(bell_line, unbound_while_masked)
{
	__u32 rings;

	ASSERT_EQ(0, line_raise(self->raiser, self->line));
	ASSERT_EQ(POLLIN, bell_poll(self->server, POLLIN, SOON_MS));
	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(-ENODEV, bell_read(self->server, &rings));
	close(self->server);
	ASSERT_EQ(0, tfs_bind(self->platform));
	self->server = bell_open(SERVER, 0);
	ASSERT_LE(0, self->server);
	line_drain(self->server);
	EXPECT_EQ(0, line_ring(self->raiser, self->line, self->server, &rings));
}

/* Raises for ever, so that the device ends amid interrupts. */
TEST_F_TIMEOUT(bell_line, races_with_unbind, 60)
{
	__u32 rings;
	int round;
	pid_t pid = fork();

	ASSERT_LE(0, pid);
	if (!pid) {
		for (;;)
			line_raise(self->raiser, self->line);
	}
	for (round = 0; round < 30; round++) {
		ASSERT_EQ(0, bell_read(self->server, &rings));
		ASSERT_EQ(0, tfs_unbind(self->platform));
		close(self->server);
		ASSERT_EQ(0, tfs_bind(self->platform));
		self->server = bell_open(SERVER, 0);
		ASSERT_LE(0, self->server);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

TEST_HARNESS_MAIN
