// SPDX-License-Identifier: GPL-2.0-only
/*
 * gate.c: a disk that takes as long as a test wants, for LD_PRELOAD
 *
 * While there is a file $SYNC_GATE, no sync ends, nor the first part of a backup's copy.
 * That one has begun is told by a file $SYNC_GATE.waiting.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

typedef int sync_call(int fd);
typedef int range_call(int fd, off64_t from, off64_t length, unsigned int flags);

static void wait_for_gate(void)
{
	const struct timespec ms = { .tv_nsec = 1000000 };
	const char *gate = getenv("SYNC_GATE");
	char waiting[256];
	int told = -1;

	while (gate && !access(gate, F_OK)) {
		if (told < 0) {
			snprintf(waiting, sizeof(waiting), "%s.waiting", gate);
			told = open(waiting, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		}
		nanosleep(&ms, NULL);
	}
	if (told >= 0)
		close(told);
}

int fdatasync(int fd)
{
	sync_call *real = (sync_call *)dlsym(RTLD_NEXT, "fdatasync");

	wait_for_gate();
	return real(fd);
}

/* A copy's way to the disk, step by step. */
int sync_file_range(int fd, off64_t from, off64_t length, unsigned int flags)
{
	range_call *real = (range_call *)dlsym(RTLD_NEXT, "sync_file_range");

	wait_for_gate();
	return real(fd, from, length, flags);
}
