// SPDX-License-Identifier: MIT
/* region.c: opens a channel of whichever kind the URI names, in a role */
#include <errno.h>
#include <stdbool.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "region_backend.h"

/* "L", for Linux: firmware images have other numbers of their own. */
#define OWNER_LINUX	0x4c000000u

/* A server that was killed gives its role back when the kernel gets to it. */
#define RETRY_MS	2
#define RETRIES		50

static const struct oc_region region_closed = { .channel = -1, .fd = -1 };

int oc_region_check_stride(uint32_t stride)
{
	if (stride < TFS_SHM_POLL_CHANNEL_SIZE || stride % (uint32_t)sysconf(_SC_PAGESIZE))
		return OC_EREGION_SIZE;
	return OC_OK;
}

static int open_channel(struct oc_region *region, const struct oc_uri *uri, int channel,
			unsigned int role)
{
	int status;

	*region = region_closed;
	if (uri->file[0])
		status = oc_region_file_open(region, uri, channel, role);
	else
		status = oc_region_device_open(region, channel, role);
	if (status == OC_OK) {
		region->channel = channel;
		region->role = role;
		region->owner = OWNER_LINUX | (uint32_t)channel;
	}
	return status;
}

/* Behind a file's last channel there is no other; devices may have gaps. */
static bool is_last(const struct oc_uri *uri, int status)
{
	return uri->file[0] && status != OC_EBUSY;
}

/*
 * Busy somewhere: none is free. Otherwise the first failure that is not just a
 * device that does not exist tells best what is wrong.
 */
static int open_first(struct oc_region *region, const struct oc_uri *uri)
{
	int failure = OC_EREGION, error = ENOENT;
	bool busy = false;

	for (int channel = 0; channel <= OC_CHANNEL_MAX; channel++) {
		int status = open_channel(region, uri, channel, TFS_SHM_POLL_ROLE_CLIENT);

		if (status == OC_OK)
			return OC_OK;
		if (status == OC_EBUSY) {
			busy = true;
		} else if (error == ENOENT && (status != OC_EREGION || errno != ENOENT)) {
			failure = status;
			error = status == OC_EREGION ? errno : 0;
		}
		if (is_last(uri, status))
			break;
	}
	errno = error;
	return busy ? OC_ENOCHANNEL : failure;
}

int oc_region_open(struct oc_region *region, const struct oc_uri *uri)
{
	if (uri->channel > OC_CHANNEL_MAX) {
		*region = region_closed;
		return OC_EURI;
	}
	if (uri->channel < 0)
		return open_first(region, uri);
	return open_channel(region, uri, uri->channel, TFS_SHM_POLL_ROLE_CLIENT);
}

int oc_region_open_server(struct oc_region *region, const struct oc_uri *uri)
{
	const struct timespec pause = { .tv_nsec = RETRY_MS * 1000000 };
	int status = OC_EBUSY;

	*region = region_closed;
	if (uri->channel < 0 || uri->channel > OC_CHANNEL_MAX)
		return OC_EURI;
	for (int i = 0; i <= RETRIES && status == OC_EBUSY; i++) {
		if (i)
			clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		status = open_channel(region, uri, uri->channel, TFS_SHM_POLL_ROLE_SERVER);
	}
	return status == OC_EBUSY ? OC_ESERVER_INTERFERENCE : status;
}

/* The role ends with the last reference, so the mapping goes first. */
void oc_region_close(struct oc_region *region)
{
	int error = errno;

	if (!region->base)
		return;
	munmap(region->base, region->size);
	close(region->fd);
	*region = region_closed;
	errno = error;
}
