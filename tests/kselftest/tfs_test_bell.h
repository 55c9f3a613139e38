/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of the doorbell: ring, read, look; 0 or -errno as in tfs_test.h.
 */
#ifndef TFS_TEST_BELL_H
#define TFS_TEST_BELL_H

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

#include "tfs_test.h"

#define SERVER TFS_SHM_POLL_ROLE_SERVER
#define CLIENT TFS_SHM_POLL_ROLE_CLIENT

/* For what an interrupt or a timer does beside us; a test that waits longer fails. */
#define SOON_MS		10000
/* For what must not come. */
#define NEVER_MS	50

static inline int bell_open_path(const char *path, __u32 role, int flags)
{
	int fd = tfs_open_path(path, O_RDWR | flags), ret;

	if (fd < 0)
		return fd;
	ret = tfs_set_role(fd, role);
	if (!ret)
		return fd;
	close(fd);
	return ret;
}

static inline int bell_open(__u32 role, int flags)
{
	return bell_open_path(tfs_path(), role, flags);
}

static inline int bell_ring(int fd)
{
	__u32 flags = 0;
	ssize_t n = write(fd, &flags, sizeof(flags));

	return n == sizeof(flags) ? 0 : n < 0 ? -errno : -EIO;
}

/* On failure *rings is poison: the driver must not have written to it. */
static inline int bell_read(int fd, __u32 *rings)
{
	ssize_t n;

	memset(rings, POISON, sizeof(*rings));
	n = read(fd, rings, sizeof(*rings));
	return n == sizeof(*rings) ? 0 : n < 0 ? -errno : -EIO;
}

/* poll()'s answer; 0 after @ms. */
static inline int bell_poll(int fd, int events, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int n = poll(&pfd, 1, ms);

	return n < 0 ? -errno : n ? pfd.revents : 0;
}

static inline int bell_rang(int fd)
{
	return bell_poll(fd, POLLIN, 0) == POLLIN;
}

static inline __u32 bell_kinds(int fd)
{
	struct tfs_shm_poll_info info;

	return tfs_get_info(fd, &info) ? ~0u : info.bells;
}

/* Sleeps until the thread @pid sleeps as well: in the call that it told us of. */
static inline int bell_wait_asleep(pid_t pid)
{
	char path[64], state;
	FILE *file;
	int turn, n;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	for (turn = 0; turn < SOON_MS / 2; turn++) {
		file = fopen(path, "r");
		n = file ? fscanf(file, "%*d %*s %c", &state) : 0;
		if (file)
			fclose(file);
		if (n == 1 && state == 'S')
			return 0;
		usleep(2000);
	}
	return -ETIMEDOUT;
}

/* What a child's _exit() said, or -1. */
static inline int bell_reap(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

#endif /* TFS_TEST_BELL_H */
