// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module stays while a file or a mapping needs it, and goes and comes back
 * when none does. TFS_MODULE names the .ko; default /lib/modules/tfs_shm_poll.ko.
 */
#include <sys/syscall.h>

#include "kselftest_harness.h"
#include "tfs_test.h"

static const char *module_path(void)
{
	const char *path = getenv("TFS_MODULE");

	return path ? path : "/lib/modules/tfs_shm_poll.ko";
}

static int rmmod(void)
{
	return syscall(SYS_delete_module, "tfs_shm_poll", O_NONBLOCK) ? -errno : 0;
}

static int insmod(void)
{
	int fd = open(module_path(), O_RDONLY | O_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, "", 0) ? -errno : 0;
	close(fd);
	return ret;
}

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
	tfs_skip_without(module_path());
}

FIXTURE(module) {
	int fd;
	size_t stride;
	struct tfs_shm_poll_header *map;
};

FIXTURE_SETUP(module)
{
	self->fd = tfs_serve(&self->map);
	ASSERT_LE(0, self->fd);
	self->stride = tfs_stride(self->fd);
}

FIXTURE_TEARDOWN(module)
{
	if (access(tfs_path(), F_OK))
		insmod();
}

TEST_F(module, stays_while_it_is_used)
{
	EXPECT_EQ(-EWOULDBLOCK, rmmod());
	EXPECT_EQ(TFS_SHM_POLL_ROLE_SERVER, tfs_role(self->fd));
	close(self->fd);
	EXPECT_EQ(-EWOULDBLOCK, rmmod());
	tfs_store(&self->map->size_to_tfs, 0);
	munmap(self->map, self->stride);
	EXPECT_EQ(0, rmmod());
}

TEST_F(module, goes_and_comes_back)
{
	const __u32 word = TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR | 0x00777700u;

	tfs_store(&self->map->server_word, word | TFS_SHM_POLL_SW_READY);
	munmap(self->map, self->stride);
	close(self->fd);
	ASSERT_EQ(0, rmmod());
	EXPECT_EQ(-ENOENT, tfs_open(O_RDWR));
	ASSERT_EQ(0, insmod());

	self->fd = tfs_serve(&self->map);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(word, tfs_load(&self->map->server_word));
	munmap(self->map, self->stride);
	close(self->fd);
}

TEST_HARNESS_MAIN
