/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the driver's tests share. Wrappers return 0 (or a descriptor) or -errno,
 * so that a test asserts the errno in one line.
 *
 * TFS_DEVICE names the channel to test; default /dev/tfs-shm-poll0. A test
 * writes to that channel: nobody may be using it.
 */
#ifndef TFS_TEST_H
#define TFS_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "kselftest.h"

#define POISON 0xcc

static inline const char *tfs_path(void)
{
	const char *path = getenv("TFS_DEVICE");

	return path ? path : "/dev/tfs-shm-poll0";
}

/* The name below /dev and below /sys/class/tfs-shm-poll. */
static inline const char *tfs_name(void)
{
	const char *slash = strrchr(tfs_path(), '/');

	return slash ? slash + 1 : tfs_path();
}

/*
 * Each test calls it from a constructor, that is before main(): with the harness
 * of 6.1 a SKIP() in the setup of a fixture does not keep the body from running.
 */
static inline void tfs_skip_without(const char *path)
{
	if (access(path, R_OK) && access(path, W_OK))
		ksft_exit_skip("%s: %s\n", path, strerror(errno));
}

static inline int tfs_open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static inline int tfs_open(int flags)
{
	return tfs_open_path(tfs_path(), flags);
}

static inline int tfs_set_role(int fd, __u32 role)
{
	return ioctl(fd, TFS_SHM_POLL_SET_ROLE, &role) ? -errno : 0;
}

/* On failure *info is poison: the driver must not have written to it. */
static inline int tfs_get_info(int fd, struct tfs_shm_poll_info *info)
{
	memset(info, POISON, sizeof(*info));
	return ioctl(fd, TFS_SHM_POLL_GET_INFO, info) ? -errno : 0;
}

/* A poisoned answer has no such role, so a failure shows in every comparison. */
static inline __u32 tfs_role(int fd)
{
	struct tfs_shm_poll_info info;

	return tfs_get_info(fd, &info) ? ~0u : info.role;
}

static inline __u32 tfs_roles(int fd)
{
	struct tfs_shm_poll_info info;

	return tfs_get_info(fd, &info) ? ~0u : info.roles;
}

static inline size_t tfs_stride(int fd)
{
	struct tfs_shm_poll_info info;

	return tfs_get_info(fd, &info) ? 0 : info.stride;
}

/* Returns 0 and sets *p, or -errno and sets *p to NULL. */
static inline int tfs_mmap(int fd, int prot, int flags, size_t len, off_t off, void **p)
{
	void *map = mmap(NULL, len, prot, flags, fd, off);

	*p = map == MAP_FAILED ? NULL : map;
	return *p ? 0 : -errno;
}

/* The channel as its header, or NULL. */
static inline struct tfs_shm_poll_header *tfs_map(int fd, int prot)
{
	void *p;

	tfs_mmap(fd, prot, MAP_SHARED, tfs_stride(fd), 0, &p);
	return p;
}

/* A fresh server that has mapped its channel; on failure *map is NULL. */
static inline int tfs_serve(struct tfs_shm_poll_header **map)
{
	int fd = tfs_open(O_RDWR);

	*map = NULL;
	if (fd < 0)
		return fd;
	if (!tfs_set_role(fd, TFS_SHM_POLL_ROLE_SERVER))
		*map = tfs_map(fd, PROT_READ | PROT_WRITE);
	if (*map)
		return fd;
	close(fd);
	return -EBUSY;
}

static inline __u32 tfs_load(const __le32 *word)
{
	return *(const volatile __le32 *)word;
}

static inline void tfs_store(__le32 *word, __u32 value)
{
	*(volatile __le32 *)word = value;
}

#endif /* TFS_TEST_H */
