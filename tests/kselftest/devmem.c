// SPDX-License-Identifier: GPL-2.0-only
/*
 * The region is the driver's: /dev/mem does not map it. That is the driver's
 * doing: while it is not bound, /dev/mem does.
 */
#include "kselftest_harness.h"
#include "tfs_test_sysfs.h"

FIXTURE(devmem) {
	char platform[NAME_MAX];
	unsigned long long phys;
	int mem;
};

FIXTURE_SETUP(devmem)
{
	int ret = tfs_platform_name(self->platform, sizeof(self->platform));

	if (ret == -ENOENT)
		SKIP(return, "no %s", tfs_path());
	ASSERT_EQ(0, ret);
	self->mem = tfs_open_path("/dev/mem", O_RDWR | O_SYNC);
	if (self->mem == -ENOENT)
		SKIP(return, "this kernel has no /dev/mem");
	ASSERT_LE(0, self->mem);
	self->phys = tfs_phys(self->platform);
	ASSERT_NE(0, self->phys);
}

FIXTURE_TEARDOWN(devmem)
{
	tfs_bind(self->platform);
	close(self->mem);
}

TEST_F(devmem, does_not_map_the_region)
{
	const int rw = PROT_READ | PROT_WRITE;
	void *map;

	EXPECT_EQ(-EPERM, tfs_mmap(self->mem, rw, MAP_SHARED, 4096, self->phys, &map));
	EXPECT_EQ(-EPERM, tfs_mmap(self->mem, PROT_READ, MAP_SHARED, 4096,
				   self->phys + TFS_SHM_POLL_DEFAULT_STRIDE, &map));

	ASSERT_EQ(0, tfs_unbind(self->platform));
	EXPECT_EQ(0, tfs_mmap(self->mem, rw, MAP_SHARED, 4096, self->phys, &map));
	munmap(map, 4096);
	ASSERT_EQ(0, tfs_bind(self->platform));
	EXPECT_EQ(-EPERM, tfs_mmap(self->mem, rw, MAP_SHARED, 4096, self->phys, &map));
}

TEST_HARNESS_MAIN
