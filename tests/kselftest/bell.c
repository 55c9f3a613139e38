// SPDX-License-Identifier: GPL-2.0-only
/*
 * The doorbell between two files of one channel: who may ring, what is counted,
 * what stays until it is read.
 */
#include "kselftest_harness.h"
#include "tfs_test_bell.h"
#include "tfs_test_sysfs.h"

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
}

FIXTURE(bell) {
	int server;
	int client;
	__u32 start;
};

/* One ring first, that is read: what follows is counted from there. */
FIXTURE_SETUP(bell)
{
	self->server = bell_open(SERVER, O_NONBLOCK);
	ASSERT_LE(0, self->server);
	self->client = bell_open(CLIENT, O_NONBLOCK);
	ASSERT_LE(0, self->client);
	ASSERT_EQ(0, bell_ring(self->client));
	ASSERT_EQ(0, bell_read(self->server, &self->start));
}

FIXTURE_TEARDOWN(bell)
{
	close(self->client);
	close(self->server);
}

TEST_F(bell, not_rung)
{
	__u32 rings;

	EXPECT_EQ(0, bell_poll(self->server, POLLIN, NEVER_MS));
	EXPECT_EQ(POLLOUT, bell_poll(self->server, POLLIN | POLLOUT, 0));
	EXPECT_EQ(-EAGAIN, bell_read(self->server, &rings));
	EXPECT_EQ(0xccccccccu, rings);
	EXPECT_EQ(0, bell_rang(self->client));
}

TEST_F(bell, a_ring_stays_until_it_is_read)
{
	__u32 rings;

	ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, 0));
	EXPECT_EQ(POLLIN, bell_poll(self->server, POLLIN, -1));
	EXPECT_EQ(0, bell_rang(self->client));
	EXPECT_EQ(0, bell_read(self->server, &rings));
	EXPECT_EQ(self->start + 1, rings);
	EXPECT_EQ(0, bell_rang(self->server));
	EXPECT_EQ(-EAGAIN, bell_read(self->server, &rings));
}

TEST_F(bell, rings_are_counted)
{
	__u32 rings;
	int i;

	for (i = 0; i < 1000; i++)
		ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(0, bell_read(self->server, &rings));
	EXPECT_EQ(self->start + 1000, rings);
	EXPECT_EQ(-EAGAIN, bell_read(self->server, &rings));
}

TEST_F(bell, the_server_rings_the_client)
{
	__u32 first, second;

	ASSERT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(1, bell_rang(self->client));
	EXPECT_EQ(0, bell_rang(self->server));
	EXPECT_EQ(0, bell_read(self->client, &first));
	ASSERT_EQ(0, bell_ring(self->server));
	ASSERT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(0, bell_read(self->client, &second));
	EXPECT_EQ(first + 2, second);
}

TEST_F(bell, rings_before_the_role_were_for_another)
{
	__u32 rings;

	ASSERT_EQ(0, bell_ring(self->server));
	close(self->client);
	self->client = bell_open(CLIENT, O_NONBLOCK);
	ASSERT_LE(0, self->client);
	EXPECT_EQ(0, bell_rang(self->client));
	EXPECT_EQ(-EAGAIN, bell_read(self->client, &rings));
	ASSERT_EQ(0, bell_ring(self->server));
	EXPECT_EQ(0, bell_read(self->client, &rings));
}

TEST_F(bell, nobody_without_a_role)
{
	int fd = tfs_open(O_RDWR | O_NONBLOCK);
	__u32 rings;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, bell_ring(fd));
	EXPECT_EQ(-EPERM, bell_read(fd, &rings));
	EXPECT_EQ(POLLERR, bell_poll(fd, POLLIN | POLLOUT, 0));
	EXPECT_EQ(0, bell_rang(self->server));
	EXPECT_EQ(0, bell_rang(self->client));
	close(fd);
}

TEST_F(bell, half_open_files)
{
	int reader = tfs_open(O_RDONLY), writer = tfs_open(O_WRONLY);
	__u32 rings;

	EXPECT_EQ(-EBADF, bell_ring(reader));
	EXPECT_EQ(-EPERM, bell_read(reader, &rings));
	EXPECT_EQ(-EBADF, bell_read(writer, &rings));
	EXPECT_EQ(-EPERM, bell_ring(writer));
	close(reader);
	close(writer);
}

TEST_F(bell, other_sizes_are_refused)
{
	const size_t sizes[] = { 0, 1, 3, 5, 8, 4096 };
	char bytes[4096], poison[4096];
	size_t i;

	memset(bytes, 0, sizeof(bytes));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		EXPECT_EQ(-1, write(self->client, bytes, sizes[i]));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(0, bell_rang(self->server));

	ASSERT_EQ(0, bell_ring(self->client));
	memset(bytes, POISON, sizeof(bytes));
	memset(poison, POISON, sizeof(poison));
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		EXPECT_EQ(-1, read(self->server, bytes, sizes[i]));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(0, memcmp(bytes, poison, sizeof(bytes)));
	EXPECT_EQ(1, bell_rang(self->server));
}

TEST_F(bell, unknown_flags_are_refused)
{
	const __u32 unknown[] = { 1, 2, 0x80000000u, ~0u };
	size_t i;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		EXPECT_EQ(-1, write(self->client, &unknown[i], sizeof(unknown[i])));
		EXPECT_EQ(EINVAL, errno);
	}
	EXPECT_EQ(0, bell_rang(self->server));
}

TEST_F(bell, bad_pointers_are_refused_and_lose_nothing)
{
	void *nothing = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u32 rings;

	ASSERT_NE(MAP_FAILED, nothing);
	EXPECT_EQ(-1, write(self->client, nothing, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, bell_rang(self->server));
	ASSERT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(-1, read(self->server, nothing, 4));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, bell_read(self->server, &rings));
	EXPECT_EQ(self->start + 1, rings);
}

TEST_F(bell, it_has_no_positions)
{
	char bytes[4] = { 0 };

	EXPECT_EQ(-1, pread(self->server, bytes, 4, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, pwrite(self->client, bytes, 4, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, lseek(self->server, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(0, bell_rang(self->server));
}

static int node_has(const char *property)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/class/tfs-shm-poll/%s/device/of_node/%s",
		 tfs_name(), property);
	return !access(path, F_OK);
}

TEST_F(bell, kinds_are_what_the_devicetree_says)
{
	__u32 expected = TFS_SHM_POLL_BELL_LOCAL;

	if (node_has("interrupts") || node_has("mboxes"))
		expected |= TFS_SHM_POLL_BELL_FROM_FIRMWARE;
	if (node_has("mboxes"))
		expected |= TFS_SHM_POLL_BELL_TO_FIRMWARE;
	EXPECT_EQ(expected, bell_kinds(self->server));
}

TEST_F(bell, a_server_that_has_nobody_to_ring)
{
	close(self->client);
	EXPECT_EQ(bell_kinds(self->server) & TFS_SHM_POLL_BELL_TO_FIRMWARE ? 0 : -EOPNOTSUPP,
		  bell_ring(self->server));
	self->client = bell_open(CLIENT, 0);
	EXPECT_EQ(0, bell_ring(self->server));
}

/* A server may come at any time, so it is not an error. */
TEST_F(bell, a_client_without_a_server)
{
	__u32 rings;

	close(self->server);
	EXPECT_EQ(0, bell_ring(self->client));
	self->server = bell_open(SERVER, O_NONBLOCK);
	ASSERT_LE(0, self->server);
	EXPECT_EQ(0, bell_rang(self->server));
	EXPECT_EQ(0, bell_ring(self->client));
	EXPECT_EQ(0, bell_read(self->server, &rings));
}

TEST_F(bell, the_clients_end_rings_the_server)
{
	close(self->client);
	EXPECT_EQ(1, bell_rang(self->server));
	EXPECT_EQ(1u << SERVER, tfs_roles(self->server));
	self->client = -1;
}

TEST_F(bell, the_servers_end_rings_the_client_when_it_is_marked)
{
	const __u32 word = TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR | 0x00123400u;
	struct tfs_shm_poll_header *map = tfs_map(self->server, PROT_READ | PROT_WRITE);
	size_t stride = tfs_stride(self->server);

	ASSERT_NE(NULL, map);
	tfs_store(&map->server_word, word | TFS_SHM_POLL_SW_READY);
	close(self->server);
	EXPECT_EQ(0, bell_rang(self->client));
	munmap(map, stride);
	EXPECT_EQ(1, bell_rang(self->client));
	map = tfs_map(self->client, PROT_READ);
	ASSERT_NE(NULL, map);
	EXPECT_EQ(word, tfs_load(&map->server_word));
	munmap(map, stride);
	self->server = -1;
}

TEST_F(bell, others_files_ring_nobody)
{
	int fd = tfs_open(O_RDWR);

	close(fd);
	EXPECT_EQ(0, bell_rang(self->server));
	EXPECT_EQ(0, bell_rang(self->client));
}

TEST_HARNESS_MAIN
