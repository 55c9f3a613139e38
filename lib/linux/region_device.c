// SPDX-License-Identifier: MIT
/* region_device.c: a channel of the driver, /dev/tfs-shm-pollN */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "region_backend.h"

/* The channel's number is appended. */
#ifndef OC_DEVICE_PATH
#define OC_DEVICE_PATH "/dev/tfs-shm-poll"
#endif

static int take_role(int fd, unsigned int role)
{
	__u32 wanted = role;

	if (!ioctl(fd, TFS_SHM_POLL_SET_ROLE, &wanted))
		return OC_OK;
	return errno == EBUSY ? OC_EBUSY : OC_EREGION;
}

static int get_info(int fd, struct tfs_shm_poll_info *info)
{
	if (ioctl(fd, TFS_SHM_POLL_GET_INFO, info))
		return OC_EREGION;
	if (info->abi != TFS_SHM_POLL_ABI) {
		errno = EPROTONOSUPPORT;
		return OC_EREGION;
	}
	if (info->channel_size != TFS_SHM_POLL_CHANNEL_SIZE)
		return OC_EREGION_SIZE;
	return oc_region_check_stride(info->stride);
}

/*
 * The driver installs each page at its first use, and neither MAP_POPULATE nor
 * mlockall() makes that happen for device memory: better now than in the middle of
 * a message.
 */
static void touch(const volatile unsigned char *base, size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	for (size_t i = 0; i < size; i += page)
		(void)base[i];
}

static int map(struct oc_region *region, int fd, const struct tfs_shm_poll_info *info)
{
	size_t size = info->stride;
	void *base = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (base == MAP_FAILED)
		return OC_EREGION;
	touch(base, size);
	region->base = base;
	region->line = info->memory == TFS_SHM_POLL_MEMORY_WB ? base : NULL;
	region->size = size;
	region->fd = fd;
	return OC_OK;
}

/* Facts before the role: a driver that we do not understand is left alone. */
static int take(struct oc_region *region, int fd, unsigned int role)
{
	struct tfs_shm_poll_info info;
	int status = get_info(fd, &info);

	if (status == OC_OK)
		status = take_role(fd, role);
	if (status == OC_OK)
		status = map(region, fd, &info);
	return status;
}

int oc_region_device_open(struct oc_region *region, int channel, unsigned int role)
{
	char path[sizeof(OC_DEVICE_PATH) + 11];
	int fd, status, error;

	snprintf(path, sizeof(path), OC_DEVICE_PATH "%d", channel);
	/* Not to wait in read(), which is for the bell. */
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return OC_EREGION;
	status = take(region, fd, role);
	if (status != OC_OK) {
		error = errno;
		close(fd);
		errno = error;
	}
	return status;
}
