/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests that bind, unbind and unload: the device as sysfs shows it.
 */
#ifndef TFS_TEST_SYSFS_H
#define TFS_TEST_SYSFS_H

#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "tfs_test.h"

#define TFS_DRIVER "/sys/bus/platform/drivers/tfs-shm-poll"

/* The platform device of the channel; ask while it is bound. */
static inline int tfs_platform_name(char *name, size_t size)
{
	char link[PATH_MAX], path[PATH_MAX];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/class/tfs-shm-poll/%s/device", tfs_name());
	n = readlink(path, link, sizeof(link) - 1);
	if (n < 0)
		return -errno;
	link[n] = '\0';
	snprintf(name, size, "%s", basename(link));
	return 0;
}

static inline int tfs_driver_write(const char *attribute, const char *name)
{
	char path[PATH_MAX];
	ssize_t n;
	int fd, ret;

	snprintf(path, sizeof(path), TFS_DRIVER "/%s", attribute);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	n = write(fd, name, strlen(name));
	ret = n < 0 ? -errno : 0;
	close(fd);
	return ret;
}

static inline int tfs_unbind(const char *name)
{
	return tfs_driver_write("unbind", name);
}

static inline int tfs_bind(const char *name)
{
	return tfs_driver_write("bind", name);
}

/* The first and last byte of what the device claimed; false if that cannot be seen. */
static inline bool tfs_claim(const char *platform, unsigned long long *first,
			     unsigned long long *last)
{
	char line[256], name[256];
	bool found = false;
	FILE *file = fopen("/proc/iomem", "r");

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, " %llx-%llx : %255s", first, last, name) == 3 &&
			!strcmp(name, platform);
	fclose(file);
	return found && *last;
}

static sigjmp_buf tfs_fault_jump;

static inline void tfs_fault_handler(int sig)
{
	siglongjmp(tfs_fault_jump, sig);
}

static inline void tfs_catch_faults(void)
{
	struct sigaction action = { .sa_handler = tfs_fault_handler };

	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGSEGV, &action, NULL);
}

/* 0, or the signal that the load raised. */
static inline int tfs_touch(const void *p)
{
	int sig = sigsetjmp(tfs_fault_jump, 1);

	if (!sig)
		(void)*(const volatile uint8_t *)p;
	return sig;
}

/* 0, or the signal that the store raised. */
static inline int tfs_poke(void *p)
{
	int sig = sigsetjmp(tfs_fault_jump, 1);

	if (!sig)
		*(volatile uint8_t *)p = POISON;
	return sig;
}

#endif /* TFS_TEST_SYSFS_H */
