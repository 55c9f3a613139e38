// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a program may ask of a channel.
 */
#include <dirent.h>

#include "kselftest_harness.h"
#include "tfs_test_sysfs.h"

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
}

FIXTURE(facts) {
	int fd;
	struct tfs_shm_poll_info info;
};

FIXTURE_SETUP(facts)
{
	self->fd = tfs_open(O_RDONLY);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, tfs_get_info(self->fd, &self->info));
}

FIXTURE_TEARDOWN(facts)
{
	close(self->fd);
}

/* How many channels sysfs knows for the same platform device. */
static __u32 count_channels(void)
{
	char path[PATH_MAX];
	struct dirent *entry;
	__u32 count = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/class/tfs-shm-poll/%s/device/tfs-shm-poll",
		 tfs_name());
	dir = opendir(path);
	if (!dir)
		return 0;
	while ((entry = readdir(dir)))
		count += !strncmp(entry->d_name, "tfs-shm-poll", strlen("tfs-shm-poll"));
	closedir(dir);
	return count;
}

TEST_F(facts, every_field_is_filled)
{
	const struct tfs_shm_poll_info *info = &self->info;
	size_t i;

	EXPECT_EQ(TFS_SHM_POLL_ABI, info->abi);
	EXPECT_LT(info->channel, info->channels);
	EXPECT_EQ(count_channels(), info->channels);
	EXPECT_EQ(64 + 32768, info->channel_size);
	EXPECT_LE(info->channel_size, info->stride);
	EXPECT_EQ(0, info->stride % sysconf(_SC_PAGESIZE));
	EXPECT_EQ(TFS_SHM_POLL_ROLE_NONE, info->role);
	EXPECT_EQ(0, info->roles);
	for (i = 0; i < sizeof(info->reserved) / sizeof(info->reserved[0]); i++)
		EXPECT_EQ(0, info->reserved[i]);
}

TEST_F(facts, memory_is_what_the_devicetree_says)
{
	char path[PATH_MAX];
	__u32 expected;

	snprintf(path, sizeof(path),
		 "/sys/class/tfs-shm-poll/%s/device/of_node/dma-coherent", tfs_name());
	expected = access(path, F_OK) ? TFS_SHM_POLL_MEMORY_WC : TFS_SHM_POLL_MEMORY_WB;
	EXPECT_EQ(expected, self->info.memory);
}

TEST_F(facts, bad_pointer_is_refused)
{
	EXPECT_EQ(-1, ioctl(self->fd, TFS_SHM_POLL_GET_INFO, NULL));
	EXPECT_EQ(EFAULT, errno);
}

TEST_F(facts, unknown_ioctl_is_refused)
{
	unsigned char poison[256];
	size_t i;

	memset(poison, POISON, sizeof(poison));
	EXPECT_EQ(-1, ioctl(self->fd, _IOR(TFS_SHM_POLL_IOC_TYPE, 99, char[256]), poison));
	EXPECT_EQ(ENOTTY, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IOR(TFS_SHM_POLL_IOC_TYPE, 0, __u32), poison));
	EXPECT_EQ(ENOTTY, errno);
	for (i = 0; i < sizeof(poison); i++)
		ASSERT_EQ(POISON, poison[i]);
}

TEST_HARNESS_MAIN
