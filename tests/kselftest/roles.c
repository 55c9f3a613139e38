// SPDX-License-Identifier: GPL-2.0-only
/*
 * One server and one client a channel, held by the open file description.
 */
#include "kselftest_harness.h"
#include "tfs_test.h"

#define SERVER TFS_SHM_POLL_ROLE_SERVER
#define CLIENT TFS_SHM_POLL_ROLE_CLIENT
#define BOTH ((1u << SERVER) | (1u << CLIENT))

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
}

FIXTURE(roles) {
	int fd;
	int other;
};

FIXTURE_SETUP(roles)
{
	self->fd = tfs_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	self->other = tfs_open(O_RDWR);
	ASSERT_LE(0, self->other);
}

FIXTURE_TEARDOWN(roles)
{
	close(self->fd);
	close(self->other);
}

TEST_F(roles, a_file_starts_without)
{
	EXPECT_EQ(TFS_SHM_POLL_ROLE_NONE, tfs_role(self->fd));
	EXPECT_EQ(0, tfs_roles(self->fd));
}

TEST_F(roles, one_server_and_one_client)
{
	EXPECT_EQ(0, tfs_set_role(self->fd, SERVER));
	EXPECT_EQ(0, tfs_set_role(self->other, CLIENT));
	EXPECT_EQ(SERVER, tfs_role(self->fd));
	EXPECT_EQ(CLIENT, tfs_role(self->other));
	EXPECT_EQ(BOTH, tfs_roles(self->fd));
}

TEST_F(roles, second_server_is_refused)
{
	ASSERT_EQ(0, tfs_set_role(self->fd, SERVER));
	EXPECT_EQ(-EBUSY, tfs_set_role(self->other, SERVER));
	EXPECT_EQ(TFS_SHM_POLL_ROLE_NONE, tfs_role(self->other));
	EXPECT_EQ(SERVER, tfs_role(self->fd));
	EXPECT_EQ(0, tfs_set_role(self->other, CLIENT));
}

TEST_F(roles, second_client_is_refused)
{
	ASSERT_EQ(0, tfs_set_role(self->fd, CLIENT));
	EXPECT_EQ(-EBUSY, tfs_set_role(self->other, CLIENT));
	EXPECT_EQ(TFS_SHM_POLL_ROLE_NONE, tfs_role(self->other));
	EXPECT_EQ(1u << CLIENT, tfs_roles(self->fd));
}

TEST_F(roles, a_file_takes_one_once)
{
	ASSERT_EQ(0, tfs_set_role(self->fd, SERVER));
	EXPECT_EQ(-EBUSY, tfs_set_role(self->fd, SERVER));
	EXPECT_EQ(-EBUSY, tfs_set_role(self->fd, CLIENT));
	EXPECT_EQ(SERVER, tfs_role(self->fd));
	EXPECT_EQ(1u << SERVER, tfs_roles(self->fd));
}

TEST_F(roles, unknown_ones_are_refused)
{
	const __u32 unknown[] = { TFS_SHM_POLL_ROLE_NONE, 3, 31, 32, 0x80000000u, ~0u };
	size_t i;

	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		EXPECT_EQ(-EINVAL, tfs_set_role(self->fd, unknown[i]));
	EXPECT_EQ(TFS_SHM_POLL_ROLE_NONE, tfs_role(self->fd));
	EXPECT_EQ(0, tfs_roles(self->fd));
	EXPECT_EQ(0, tfs_set_role(self->fd, SERVER));
}

TEST_F(roles, read_only_file_is_refused)
{
	int fd = tfs_open(O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EACCES, tfs_set_role(fd, SERVER));
	EXPECT_EQ(-EACCES, tfs_set_role(fd, CLIENT));
	EXPECT_EQ(TFS_SHM_POLL_ROLE_NONE, tfs_role(fd));
	EXPECT_EQ(0, tfs_roles(self->fd));
	close(fd);
}

TEST_F(roles, write_only_file_is_refused)
{
	int fd = tfs_open(O_WRONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EACCES, tfs_set_role(fd, SERVER));
	EXPECT_EQ(0, tfs_roles(self->fd));
	close(fd);
}

TEST_F(roles, bad_pointer_is_refused)
{
	EXPECT_EQ(-1, ioctl(self->fd, TFS_SHM_POLL_SET_ROLE, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, tfs_roles(self->fd));
}

TEST_F(roles, close_frees_it)
{
	ASSERT_EQ(0, tfs_set_role(self->other, SERVER));
	close(self->other);
	EXPECT_EQ(0, tfs_roles(self->fd));
	EXPECT_EQ(0, tfs_set_role(self->fd, SERVER));
	self->other = tfs_open(O_RDWR);
}

TEST_F(roles, it_lives_as_long_as_a_copy_of_the_descriptor)
{
	int copy = dup(self->other);

	ASSERT_LE(0, copy);
	ASSERT_EQ(0, tfs_set_role(self->other, CLIENT));
	close(self->other);
	EXPECT_EQ(1u << CLIENT, tfs_roles(self->fd));
	EXPECT_EQ(-EBUSY, tfs_set_role(self->fd, CLIENT));
	EXPECT_EQ(CLIENT, tfs_role(copy));
	close(copy);
	EXPECT_EQ(0, tfs_set_role(self->fd, CLIENT));
	self->other = tfs_open(O_RDWR);
}

TEST_F(roles, it_lives_as_long_as_a_mapping)
{
	size_t stride = tfs_stride(self->fd);
	void *map;

	ASSERT_EQ(0, tfs_set_role(self->other, CLIENT));
	ASSERT_EQ(0, tfs_mmap(self->other, PROT_READ, MAP_SHARED, stride, 0, &map));
	close(self->other);
	EXPECT_EQ(-EBUSY, tfs_set_role(self->fd, CLIENT));
	ASSERT_EQ(0, munmap(map, stride));
	EXPECT_EQ(0, tfs_set_role(self->fd, CLIENT));
	self->other = tfs_open(O_RDWR);
}

TEST_HARNESS_MAIN
