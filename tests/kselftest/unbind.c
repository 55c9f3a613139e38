// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unbinding while files are open and mapped: every access fails from then on,
 * nobody is hurt, and after binding again all is as new.
 */
#define _GNU_SOURCE
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <time.h>

#include "kselftest_harness.h"
#include "tfs_test_sysfs.h"

#define KEPT	(TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR | 0x00432100u)
#define BUSY	(KEPT | TFS_SHM_POLL_SW_READY | TFS_SHM_POLL_SW_GRANTED)
#define GONE	(KEPT | TFS_SHM_POLL_SW_HELD)
#define ROUNDS	100

/* Below the usual limit of descriptors; a walk for each takes seconds. */
#define MANY_FILES	1000
#define MANY_FILES_MS	500

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
	tfs_skip_without(TFS_DRIVER "/unbind");
}

FIXTURE(unbind) {
	char platform[NAME_MAX];
	size_t stride;
	int fd;
	struct tfs_shm_poll_header *map;
};

FIXTURE_SETUP(unbind)
{
	ASSERT_EQ(0, tfs_platform_name(self->platform, sizeof(self->platform)));
	self->fd = tfs_serve(&self->map);
	ASSERT_LE(0, self->fd);
	self->stride = tfs_stride(self->fd);
	tfs_store(&self->map->server_word, BUSY);
	tfs_catch_faults();
}

FIXTURE_TEARDOWN(unbind)
{
	tfs_bind(self->platform);
	munmap(self->map, self->stride);
	close(self->fd);
}

TEST_F(unbind, every_access_fails)
{
	void *last = (char *)self->map + self->stride - 1, *map;

	ASSERT_EQ(0, tfs_touch(self->map));
	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(SIGBUS, tfs_touch(self->map));
	EXPECT_EQ(SIGBUS, tfs_poke(self->map));
	EXPECT_EQ(SIGBUS, tfs_poke(last));
	EXPECT_EQ(~0u, tfs_role(self->fd));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-ENODEV, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_CLIENT));
	EXPECT_EQ(-ENODEV, tfs_mmap(self->fd, PROT_READ, MAP_SHARED, self->stride, 0, &map));
	EXPECT_EQ(-ENOENT, tfs_open(O_RDWR));
}

TEST_F(unbind, facts_are_not_written)
{
	struct tfs_shm_poll_info info, poison;

	memset(&poison, POISON, sizeof(poison));
	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(-ENODEV, tfs_get_info(self->fd, &info));
	EXPECT_EQ(0, memcmp(&info, &poison, sizeof(info)));
}

TEST_F(unbind, bound_again_it_is_as_new)
{
	struct tfs_shm_poll_header *map;
	int fd;

	ASSERT_EQ(0, tfs_unbind(self->platform));
	ASSERT_EQ(0, tfs_bind(self->platform));
	fd = tfs_open(O_RDWR);
	ASSERT_LE(0, fd);
	map = tfs_map(fd, PROT_READ);
	ASSERT_NE(NULL, map);
	EXPECT_EQ(GONE, tfs_load(&map->server_word));
	EXPECT_EQ(0, tfs_roles(fd));
	EXPECT_EQ(0, tfs_set_role(fd, TFS_SHM_POLL_ROLE_SERVER));
	munmap(map, self->stride);
	close(fd);
}

TEST_F(unbind, the_old_file_stays_dead)
{
	struct tfs_shm_poll_header *map;
	int fd;

	ASSERT_EQ(0, tfs_unbind(self->platform));
	ASSERT_EQ(0, tfs_bind(self->platform));
	EXPECT_EQ(SIGBUS, tfs_poke(self->map));
	EXPECT_EQ(~0u, tfs_role(self->fd));
	EXPECT_EQ(-ENODEV, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_CLIENT));

	/* Its end is not the end of the new server. */
	fd = tfs_serve(&map);
	ASSERT_LE(0, fd);
	tfs_store(&map->server_word, BUSY);
	munmap(self->map, self->stride);
	close(self->fd);
	EXPECT_EQ(BUSY, tfs_load(&map->server_word));
	EXPECT_EQ(TFS_SHM_POLL_ROLE_SERVER, tfs_role(fd));
	self->fd = fd;
	self->map = map;
}

/* A container's mknod makes an inode, and so a page cache, of its own. */
TEST_F(unbind, a_second_device_node_is_revoked_too)
{
	const char *node = "/tmp/tfs-shm-poll-second";
	struct stat st;
	void *map;
	int fd;

	ASSERT_EQ(0, stat(tfs_path(), &st));
	mkdir("/tmp", 0777);
	unlink(node);
	ASSERT_EQ(0, mknod(node, S_IFCHR | 0600, st.st_rdev));
	fd = tfs_open_path(node, O_RDONLY);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tfs_mmap(fd, PROT_READ, MAP_SHARED, self->stride, 0, &map));
	ASSERT_EQ(0, tfs_touch(map));

	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(SIGBUS, tfs_touch(map));
	EXPECT_EQ(SIGBUS, tfs_touch(self->map));
	EXPECT_EQ(~0u, tfs_role(fd));

	/* The node remembers the old device until that is released, soon after its last file. */
	ASSERT_EQ(0, tfs_bind(self->platform));
	EXPECT_EQ(-ENODEV, tfs_open_path(node, O_RDONLY));
	munmap(map, self->stride);
	close(fd);
	munmap(self->map, self->stride);
	close(self->fd);
	do {
		fd = tfs_open_path(node, O_RDONLY);
	} while ((fd == -ENODEV || fd == -ENXIO) && !usleep(10000));
	EXPECT_LE(0, fd);
	EXPECT_EQ(TFS_SHM_POLL_ROLE_NONE, tfs_role(fd));
	close(fd);
	unlink(node);
	self->fd = tfs_serve(&self->map);
}

/* However many files of one device node there are, they cost no walk each. */
TEST_F_TIMEOUT(unbind, many_files, 120)
{
	struct timespec begin, end;
	char *map[MANY_FILES];
	int fd[MANY_FILES], i;
	void *p;

	for (i = 0; i < MANY_FILES; i++) {
		fd[i] = tfs_open(O_RDONLY);
		ASSERT_LE(0, fd[i]);
		ASSERT_EQ(0, tfs_mmap(fd[i], PROT_READ, MAP_SHARED, self->stride, 0, &p));
		ASSERT_EQ(0, tfs_touch(p));
		map[i] = p;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	ASSERT_EQ(0, tfs_unbind(self->platform));
	clock_gettime(CLOCK_MONOTONIC, &end);
	EXPECT_GT(MANY_FILES_MS, (end.tv_sec - begin.tv_sec) * 1000 +
				 (end.tv_nsec - begin.tv_nsec) / 1000000);
	for (i = 0; i < MANY_FILES; i++) {
		EXPECT_EQ(SIGBUS, tfs_touch(map[i]));
		munmap(map[i], self->stride);
		close(fd[i]);
	}
}

/*
 * Opens, maps, touches for ever. *deaths counts unbinds that have returned: a
 * page that answers after one that came later than our open was not revoked,
 * or was put back by a fault that raced with it.
 */
static int touch_for_ever(const volatile int *deaths, volatile int *touched, size_t stride)
{
	size_t page = sysconf(_SC_PAGESIZE), i;
	int fd, born, turn, died;
	void *map;

	for (;;) {
		fd = tfs_open(O_RDONLY);
		born = *deaths;
		if (fd < 0)
			continue;
		if (tfs_mmap(fd, PROT_READ, MAP_SHARED, stride, 0, &map)) {
			close(fd);
			continue;
		}
		for (turn = 0; turn < 20; turn++) {
			for (i = 0; i < stride; i += page) {
				died = *deaths;
				if (tfs_touch((char *)map + i))
					continue;
				if (died != born)
					return 1;
				++*touched;
			}
		}
		munmap(map, stride);
		close(fd);
	}
}

TEST_F_TIMEOUT(unbind, races_with_open_map_and_fault, 120)
{
	volatile int *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pid_t pid[2];
	int i, round;

	ASSERT_NE(MAP_FAILED, (void *)shared);
	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (!pid[i])
			_exit(touch_for_ever(&shared[0], &shared[1 + i], self->stride));
	}
	for (round = 0; round < ROUNDS; round++) {
		usleep(round * 37 % 5000);
		ASSERT_EQ(0, tfs_unbind(self->platform));
		shared[0]++;
		usleep(round * 53 % 1000);
		ASSERT_EQ(0, tfs_bind(self->platform));
	}
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, waitpid(pid[i], NULL, WNOHANG)) {
			TH_LOG("a page answered after its device had gone");
		}
		kill(pid[i], SIGKILL);
		waitpid(pid[i], NULL, 0);
		EXPECT_NE(0, shared[1 + i]);
	}
	EXPECT_EQ(SIGBUS, tfs_touch(self->map));
}

TEST_HARNESS_MAIN
