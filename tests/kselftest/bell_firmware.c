// SPDX-License-Identifier: GPL-2.0-only
/*
 * The server of a channel whose client is the firmware of tests/qemu/firmware/bell.c:
 * each side looks when the other has rung, and not before.
 */
#include "../qemu/firmware/bell.h"
#include "kselftest_harness.h"
#include "tfs_test_bell.h"

static void __attribute__((constructor)) needs(void)
{
	tfs_skip_without(tfs_path());
}

FIXTURE(bell_firmware) {
	int fd;
	struct tfs_shm_poll_header *map;
	volatile struct bell_words *words;
};

FIXTURE_SETUP(bell_firmware)
{
	self->fd = tfs_serve(&self->map);
	ASSERT_LE(0, self->fd);
	self->words = (volatile void *)(self->map + 1);
}

FIXTURE_TEARDOWN(bell_firmware)
{
	munmap(self->map, tfs_stride(self->fd));
	close(self->fd);
}

/* One ring asks, one ring answers; a ring that is lost is waited for until the end. */
TEST_F_TIMEOUT(bell_firmware, rings_and_is_rung, 60)
{
	__u32 ask, rings, before = 0;

	ASSERT_EQ(TFS_SHM_POLL_BELL_LOCAL | TFS_SHM_POLL_BELL_FROM_FIRMWARE |
		  TFS_SHM_POLL_BELL_TO_FIRMWARE, bell_kinds(self->fd));
	for (ask = 1; ask <= BELL_ROUNDS; ask++) {
		self->words->ask = ask;
		__sync_synchronize();
		ASSERT_EQ(0, bell_ring(self->fd));
		ASSERT_EQ(0, bell_read(self->fd, &rings));
		ASSERT_EQ(~ask, self->words->answer);
		if (before)
			ASSERT_EQ(before + 1, rings);
		before = rings;
	}
}

TEST_HARNESS_MAIN
