// SPDX-License-Identifier: GPL-2.0-only
/*
 * mmap() gives exactly one channel: shared, never executable, writable only
 * with a role. Whatever else is asked for is refused, and stays refused.
 */
#define _GNU_SOURCE
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "tfs_test_sysfs.h"

#define RW (PROT_READ | PROT_WRITE)

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
}

FIXTURE(mappings) {
	int fd;
	size_t stride;
	size_t page;
	void *map;
};

FIXTURE_SETUP(mappings)
{
	self->fd = tfs_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	self->stride = tfs_stride(self->fd);
	ASSERT_NE(0, self->stride);
	self->page = sysconf(_SC_PAGESIZE);
	self->map = NULL;
	tfs_catch_faults();
}

FIXTURE_TEARDOWN(mappings)
{
	if (self->map)
		munmap(self->map, self->stride);
	close(self->fd);
}

static int map_server(int fd, void **map)
{
	int ret = tfs_set_role(fd, TFS_SHM_POLL_ROLE_SERVER);

	return ret ?: tfs_mmap(fd, RW, MAP_SHARED, tfs_stride(fd), 0, map);
}

TEST_F(mappings, read_only_needs_no_role)
{
	int fd = tfs_open(O_RDONLY);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, tfs_mmap(fd, PROT_READ, MAP_SHARED, self->stride, 0, &self->map));
	EXPECT_EQ(0, tfs_touch(self->map));
	EXPECT_EQ(0, tfs_touch((char *)self->map + self->stride - 1));
	EXPECT_EQ(SIGSEGV, tfs_poke(self->map));
	close(fd);
}

TEST_F(mappings, writable_without_role_is_refused)
{
	EXPECT_EQ(-EACCES, tfs_mmap(self->fd, RW, MAP_SHARED, self->stride, 0, &self->map));
	EXPECT_EQ(-EACCES, tfs_mmap(self->fd, PROT_WRITE, MAP_SHARED, self->stride, 0,
				    &self->map));
}

TEST_F(mappings, read_only_without_role_stays_so)
{
	ASSERT_EQ(0, tfs_mmap(self->fd, PROT_READ, MAP_SHARED, self->stride, 0, &self->map));
	EXPECT_EQ(-1, mprotect(self->map, self->stride, RW));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(SIGSEGV, tfs_poke(self->map));
	ASSERT_EQ(0, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_SERVER));
	EXPECT_EQ(-1, mprotect(self->map, self->stride, RW));
	EXPECT_EQ(SIGSEGV, tfs_poke(self->map));
}

TEST_F(mappings, writable_with_either_role)
{
	int other = tfs_open(O_RDWR);
	void *map;

	ASSERT_EQ(0, map_server(self->fd, &self->map));
	EXPECT_EQ(0, tfs_poke((char *)self->map + self->stride - 1));
	ASSERT_EQ(0, tfs_set_role(other, TFS_SHM_POLL_ROLE_CLIENT));
	ASSERT_EQ(0, tfs_mmap(other, RW, MAP_SHARED, self->stride, 0, &map));
	EXPECT_EQ(0, tfs_poke((char *)map + TFS_SHM_POLL_HEADER_SIZE));
	munmap(map, self->stride);
	close(other);
}

TEST_F(mappings, both_sides_see_one_memory)
{
	int other = tfs_open(O_RDONLY);
	unsigned char *here, *there;
	void *map;
	size_t i;

	ASSERT_EQ(0, map_server(self->fd, &self->map));
	ASSERT_EQ(0, tfs_mmap(other, PROT_READ, MAP_SHARED, self->stride, 0, &map));
	here = (unsigned char *)self->map + TFS_SHM_POLL_HEADER_SIZE;
	there = (unsigned char *)map + TFS_SHM_POLL_HEADER_SIZE;
	for (i = 0; i < TFS_SHM_POLL_BUFFER_SIZE; i++)
		here[i] = i * 7 + i / 251;
	EXPECT_EQ(0, memcmp(here, there, TFS_SHM_POLL_BUFFER_SIZE));
	memset(here, POISON, TFS_SHM_POLL_BUFFER_SIZE);
	EXPECT_EQ(0, memcmp(here, there, TFS_SHM_POLL_BUFFER_SIZE));
	munmap(map, self->stride);
	close(other);
}

TEST_F(mappings, each_page_is_another)
{
	size_t i, pages = self->stride / self->page;
	volatile size_t *page;

	ASSERT_EQ(0, map_server(self->fd, &self->map));
	for (i = 0; i < pages; i++) {
		page = (volatile size_t *)((char *)self->map + i * self->page);
		*page = 0x5a5a0000u + i;
	}
	for (i = 0; i < pages; i++) {
		page = (volatile size_t *)((char *)self->map + i * self->page);
		EXPECT_EQ(0x5a5a0000u + i, *page);
	}
}

/* The VmFlags of the mapping that begins here, as /proc/self/smaps has them. */
static bool read_vm_flags(const void *map, char *flags, int size)
{
	FILE *file = fopen("/proc/self/smaps", "r");
	unsigned long long start;
	bool here = false, found = false;
	char dash;

	if (!file)
		return false;
	while (!found && fgets(flags, size, file)) {
		if (sscanf(flags, "%llx%c", &start, &dash) == 2 && dash == '-')
			here = start == (uintptr_t)map;
		found = here && !strncmp(flags, "VmFlags:", strlen("VmFlags:"));
	}
	fclose(file);
	return found;
}

/* Some of them no other test notices: "dd" keeps the rows out of core files. */
TEST_F(mappings, flags)
{
	const char *const wanted[] = { " io", " pf", " de", " dc", " dd" };
	char flags[256];
	size_t i;

	ASSERT_EQ(0, map_server(self->fd, &self->map));
	if (access("/proc/self/smaps", R_OK))
		SKIP(return, "this kernel has no /proc/self/smaps");
	ASSERT_TRUE(read_vm_flags(self->map, flags, sizeof(flags)));
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		EXPECT_NE(NULL, strstr(flags, wanted[i])) {
			TH_LOG("no%s in %s", wanted[i], flags);
		}
	}
	EXPECT_EQ(NULL, strstr(flags, " me"));
}

TEST_F(mappings, private_is_refused)
{
	EXPECT_EQ(-EINVAL, tfs_mmap(self->fd, PROT_READ, MAP_PRIVATE, self->stride, 0,
				    &self->map));
	ASSERT_EQ(0, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_SERVER));
	EXPECT_EQ(-EINVAL, tfs_mmap(self->fd, RW, MAP_PRIVATE, self->stride, 0, &self->map));
}

TEST_F(mappings, other_lengths_are_refused)
{
	const size_t lengths[] = {
		self->page, self->stride - self->page, self->stride + self->page,
		2 * self->stride,
	};
	size_t i;

	ASSERT_EQ(0, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_SERVER));
	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++)
		EXPECT_EQ(-EINVAL, tfs_mmap(self->fd, RW, MAP_SHARED, lengths[i], 0,
					    &self->map));
}

TEST_F(mappings, other_offsets_are_refused)
{
	ASSERT_EQ(0, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_SERVER));
	EXPECT_EQ(-EINVAL, tfs_mmap(self->fd, RW, MAP_SHARED, self->stride, self->page,
				    &self->map));
	EXPECT_EQ(-EINVAL, tfs_mmap(self->fd, RW, MAP_SHARED, self->stride, self->stride,
				    &self->map));
	EXPECT_EQ(-EINVAL, tfs_mmap(self->fd, RW, MAP_SHARED, self->stride - self->page,
				    self->page, &self->map));
	EXPECT_EQ(-EINVAL, tfs_mmap(self->fd, RW, MAP_SHARED, self->stride,
				    (off_t)1 << 40, &self->map));
}

TEST_F(mappings, executable_is_refused)
{
	struct statvfs vfs;

	/* There the answer would come from the mount option, not from the driver. */
	if (!statvfs(tfs_path(), &vfs) && vfs.f_flag & ST_NOEXEC)
		SKIP(return, "%s is on a noexec mount", tfs_path());
	ASSERT_EQ(0, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_SERVER));
	EXPECT_EQ(-EPERM, tfs_mmap(self->fd, PROT_READ | PROT_EXEC, MAP_SHARED,
				   self->stride, 0, &self->map));
	EXPECT_EQ(-EPERM, tfs_mmap(self->fd, RW | PROT_EXEC, MAP_SHARED, self->stride, 0,
				   &self->map));
}

TEST_F(mappings, executable_later_is_refused)
{
	ASSERT_EQ(0, map_server(self->fd, &self->map));
	EXPECT_EQ(-1, mprotect(self->map, self->stride, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, tfs_poke(self->map));
}

TEST_F(mappings, growing_is_refused)
{
	ASSERT_EQ(0, map_server(self->fd, &self->map));
	EXPECT_EQ(MAP_FAILED, mremap(self->map, self->stride, 2 * self->stride,
				     MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, tfs_poke(self->map));
}

TEST_F(mappings, parts_may_go)
{
	char *map;

	ASSERT_EQ(0, map_server(self->fd, &self->map));
	map = self->map;
	map[self->stride - 1] = 0x5a;
	ASSERT_EQ(0, munmap(map, self->page));
	EXPECT_EQ(SIGSEGV, tfs_touch(map));
	EXPECT_EQ(0x5a, map[self->stride - 1]);
	ASSERT_EQ(0, munmap(map + self->page, self->stride - self->page));
	self->map = NULL;
}

TEST_F(mappings, forked_child_has_none)
{
	int status;
	pid_t child;

	ASSERT_EQ(0, map_server(self->fd, &self->map));
	ASSERT_EQ(0, tfs_touch(self->map));
	EXPECT_EQ(-1, madvise(self->map, self->stride, MADV_DOFORK));
	child = fork();
	ASSERT_LE(0, child);
	if (!child)
		_exit(tfs_touch(self->map));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	ASSERT_TRUE(WIFEXITED(status));
	EXPECT_EQ(SIGSEGV, WEXITSTATUS(status));
	EXPECT_EQ(0, tfs_touch(self->map));
}

TEST_F(mappings, nobody_looks_in_from_outside)
{
	unsigned char poison[8];
	struct iovec to = { poison, sizeof(poison) };
	struct iovec from = { NULL, sizeof(poison) };

	memset(poison, POISON, sizeof(poison));
	ASSERT_EQ(0, map_server(self->fd, &self->map));
	memset(self->map, 0, sizeof(poison));
	from.iov_base = self->map;
	EXPECT_EQ(-1, process_vm_readv(getpid(), &to, 1, &from, 1, 0));
	if (errno == ENOSYS)
		SKIP(return, "this kernel has no process_vm_readv");
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(POISON, poison[0]);
}

TEST_F(mappings, refusals_leave_no_trace)
{
	int other = tfs_open(O_RDWR);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, tfs_set_role(other, TFS_SHM_POLL_ROLE_SERVER));
	EXPECT_EQ(-EINVAL, tfs_mmap(other, RW, MAP_PRIVATE, self->stride, 0, &self->map));
	EXPECT_EQ(-EINVAL, tfs_mmap(other, RW, MAP_SHARED, self->page, 0, &self->map));
	close(other);
	EXPECT_EQ(0, tfs_roles(self->fd));
	EXPECT_EQ(0, map_server(self->fd, &self->map));
}

TEST_HARNESS_MAIN
