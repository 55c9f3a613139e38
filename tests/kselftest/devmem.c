// SPDX-License-Identifier: GPL-2.0-only
/*
 * The region is the driver's: /dev/mem does not map it. That is the driver's
 * doing: while it is not bound, /dev/mem does.
 */
#include "kselftest_harness.h"
#include "tfs_test_sysfs.h"

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
	tfs_skip_without("/dev/mem");
	tfs_skip_without(TFS_DRIVER "/unbind");
}

FIXTURE(devmem) {
	char platform[NAME_MAX];
	unsigned long long first, last;
	size_t page;
	int mem;
};

FIXTURE_SETUP(devmem)
{
	ASSERT_EQ(0, tfs_platform_name(self->platform, sizeof(self->platform)));
	self->mem = tfs_open_path("/dev/mem", O_RDWR | O_SYNC);
	ASSERT_LE(0, self->mem);
	ASSERT_TRUE(tfs_claim(self->platform, &self->first, &self->last));
	self->page = sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(devmem)
{
	tfs_bind(self->platform);
	close(self->mem);
}

static int map_page(int mem, size_t page, unsigned long long phys)
{
	void *map;
	int ret = tfs_mmap(mem, PROT_READ | PROT_WRITE, MAP_SHARED, page, phys, &map);

	if (!ret)
		munmap(map, page);
	return ret;
}

TEST_F(devmem, does_not_map_the_region)
{
	unsigned long long end = self->last + 1 - self->page;

	EXPECT_EQ(-EPERM, map_page(self->mem, self->page, self->first));
	EXPECT_EQ(-EPERM, map_page(self->mem, self->page,
				   self->first + TFS_SHM_POLL_DEFAULT_STRIDE));
	EXPECT_EQ(-EPERM, map_page(self->mem, self->page, end));

	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(0, map_page(self->mem, self->page, self->first));
	EXPECT_EQ(0, map_page(self->mem, self->page, end));
	ASSERT_EQ(0, tfs_bind(self->platform));
	EXPECT_EQ(-EPERM, map_page(self->mem, self->page, self->first));
	EXPECT_EQ(-EPERM, map_page(self->mem, self->page, end));
}

TEST_HARNESS_MAIN
