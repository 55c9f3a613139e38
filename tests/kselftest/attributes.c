// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the MMU makes of the mappings, as tfs_par.ko reads it from PAR_EL1:
 * Normal non-cacheable, or write-back for dma-coherent; never Device. The
 * emulator does not fault on unaligned accesses to Device memory, so no other
 * test would notice.
 */
#include "kselftest_harness.h"
#include "tfs_par.h"
#include "tfs_test_sysfs.h"

#define NORMAL_NC	0x44
#define NORMAL_WB	0xff

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
	tfs_skip_without("/dev/tfs-par");
}

FIXTURE(attributes) {
	int par;
	int fd;
	struct tfs_shm_poll_info info;
	unsigned int expected;
};

FIXTURE_SETUP(attributes)
{
	self->par = open("/dev/tfs-par", O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, self->par);
	self->fd = tfs_open(O_RDWR);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, tfs_get_info(self->fd, &self->info));
	self->expected = self->info.memory == TFS_SHM_POLL_MEMORY_WB ? NORMAL_WB : NORMAL_NC;
}

FIXTURE_TEARDOWN(attributes)
{
	close(self->par);
	close(self->fd);
}

/* Attribute byte of a translation, or more than a byte if there is none. */
static unsigned int attribute(int par, unsigned long request, uint64_t address)
{
	struct tfs_par query = { .address = address, .par = ~0ull };

	if (ioctl(par, request, &query) || query.par & TFS_PAR_FAULT)
		return 0x100;
	return query.par >> TFS_PAR_ATTRIBUTE_SHIFT;
}

static unsigned int user_attribute(int par, const void *p)
{
	(void)*(const volatile char *)p;
	return attribute(par, TFS_PAR_USER, (uintptr_t)p);
}

/* Where the kernel mapped these frames; 0 if it does not tell. */
static unsigned long long kernel_address(unsigned long long phys)
{
	unsigned long long start, found = 0;
	char line[512], needle[64];
	FILE *file = fopen("/proc/vmallocinfo", "r");

	if (!file)
		return 0;
	snprintf(needle, sizeof(needle), "phys=0x%016llx ", phys);
	while (!found && fgets(line, sizeof(line), file))
		if (strstr(line, needle) && sscanf(line, "0x%llx-", &start) == 1)
			found = start;
	fclose(file);
	return found;
}

/* Addresses are hashed unless root asks while this is 1; returns the old value. */
static int set_kptr_restrict(int value)
{
	FILE *file = fopen("/proc/sys/kernel/kptr_restrict", "r+");
	int old = -1;

	if (!file)
		return -1;
	if (fscanf(file, "%d", &old) != 1)
		old = -1;
	rewind(file);
	fprintf(file, "%d\n", value);
	return fclose(file) ? -1 : old;
}

TEST_F(attributes, the_probe_tells_memory_apart)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	ASSERT_NE(MAP_FAILED, page);
	*(volatile char *)page = 1;
	EXPECT_EQ(NORMAL_WB, user_attribute(self->par, page));
	munmap(page, 4096);
	EXPECT_EQ(0x100, attribute(self->par, TFS_PAR_USER, (uintptr_t)page));
}

TEST_F(attributes, read_only_mapping)
{
	char *map = (char *)tfs_map(self->fd, PROT_READ);

	ASSERT_NE(NULL, map);
	EXPECT_EQ(self->expected, user_attribute(self->par, map));
	EXPECT_EQ(self->expected, user_attribute(self->par, map + self->info.stride - 1));
	munmap(map, self->info.stride);
}

TEST_F(attributes, writable_mapping)
{
	char *map;

	ASSERT_EQ(0, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_SERVER));
	map = (char *)tfs_map(self->fd, PROT_READ | PROT_WRITE);
	ASSERT_NE(NULL, map);
	EXPECT_EQ(self->expected, user_attribute(self->par, map));
	EXPECT_EQ(self->expected, user_attribute(self->par, map + self->info.stride - 1));
	munmap(map, self->info.stride);
}

/* mprotect() computes the page protection anew. */
TEST_F(attributes, mapping_that_became_writable)
{
	char *map;

	ASSERT_EQ(0, tfs_set_role(self->fd, TFS_SHM_POLL_ROLE_CLIENT));
	map = (char *)tfs_map(self->fd, PROT_READ);
	ASSERT_NE(NULL, map);
	EXPECT_EQ(self->expected, user_attribute(self->par, map));
	ASSERT_EQ(0, mprotect(map, self->info.stride, PROT_READ | PROT_WRITE));
	EXPECT_EQ(self->expected, user_attribute(self->par, map));
	EXPECT_EQ(self->expected, user_attribute(self->par, map + self->info.stride - 1));
	munmap(map, self->info.stride);
}

TEST_F(attributes, kernel_mapping_agrees)
{
	unsigned long long offset = (unsigned long long)self->info.channel * self->info.stride;
	unsigned long long first, last, address;
	char platform[NAME_MAX];
	int old;

	ASSERT_EQ(0, tfs_platform_name(platform, sizeof(platform)));
	ASSERT_TRUE(tfs_claim(platform, &first, &last));
	old = set_kptr_restrict(1);
	ASSERT_LE(0, old);
	address = kernel_address(first);
	set_kptr_restrict(old);
	ASSERT_NE(0, address);
	EXPECT_EQ(self->expected, attribute(self->par, TFS_PAR_KERNEL, address + offset));
}

TEST_HARNESS_MAIN
