// SPDX-License-Identifier: GPL-2.0-only
/*
 * When the server has gone, in whatever way, the header says so before another
 * can take the role; and it says so no earlier.
 */
#include "kselftest_harness.h"
#include "tfs_test_server.h"

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
}

FIXTURE(gone) {
	struct watcher watcher;
	const struct tfs_shm_poll_header *seen;
	int fd;
};

FIXTURE_SETUP(gone)
{
	ASSERT_EQ(0, watch(&self->watcher));
	self->seen = self->watcher.seen;
	self->fd = self->watcher.fd;
}

FIXTURE_TEARDOWN(gone)
{
	unwatch(&self->watcher);
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

TEST_HARNESS_MAIN
