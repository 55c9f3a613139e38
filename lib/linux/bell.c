// SPDX-License-Identifier: MIT
/*
 * bell.c: rings, and takes rings, of whichever kind the bell is
 *
 * A device is read and written by 4 bytes, as its header says. In a FIFO each byte is a
 * ring; one that is full rings as loud as it can.
 */
#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "bell_backend.h"
#include "deadline.h"

/* Rings of one wake-up. What is more stays, and is one more wake-up. */
#define RINGS_MAX	4096
/* As many fit into a FIFO, unless somebody has made it larger. */
#define FIFO_SIZE	65536

static const struct oc_bell bell_closed = { .fd = -1, .other = -1 };

/* The region's descriptor does not block: region_device.c. */
static int open_device(struct oc_bell *bell, const struct oc_region *region)
{
	struct tfs_shm_poll_info info;

	if (ioctl(region->fd, TFS_SHM_POLL_GET_INFO, &info))
		return OC_ESYSTEM;
	if (!(info.bells & TFS_SHM_POLL_BELL_LOCAL)) {
		errno = ENOTSUP;
		return OC_ESYSTEM;
	}
	*bell = (struct oc_bell){ .fd = region->fd, .other = region->fd };
	return OC_OK;
}

/* They were for who had the role before. */
static void take_old_rings(const struct oc_bell *bell)
{
	for (int i = 0; i <= FIFO_SIZE / RINGS_MAX && oc_bell_take(bell) > 0; i++)
		;
}

int oc_bell_open(struct oc_bell *bell, const struct oc_region *region, const struct oc_uri *uri)
{
	int status;

	*bell = bell_closed;
	if (uri->file[0])
		status = oc_bell_fifo_open(bell, region, uri->file);
	else
		status = open_device(bell, region);
	if (status == OC_OK)
		take_old_rings(bell);
	return status;
}

void oc_bell_close(struct oc_bell *bell)
{
	int error = errno;

	if (bell->fd < 0)
		return;
	if (bell->fifo) {
		close(bell->fd);
		close(bell->other);
	}
	*bell = bell_closed;
	errno = error;
}

/* EAGAIN: a full FIFO. EOPNOTSUPP: the other side is firmware without a bell. */
int oc_bell_ring(const struct oc_bell *bell)
{
	const __u32 flags = 0;
	int error = errno;

	if (write(bell->other, &flags, bell->fifo ? 1 : sizeof(flags)) >= 0)
		return OC_OK;
	if (errno != EAGAIN && errno != EOPNOTSUPP)
		return OC_ESYSTEM;
	errno = error;
	return OC_OK;
}

int oc_bell_take(const struct oc_bell *bell)
{
	char rings[RINGS_MAX];
	int error = errno;
	ssize_t n = read(bell->fd, rings, bell->fifo ? sizeof(rings) : sizeof(__u32));

	if (n >= 0)
		return n > 0;
	if (errno != EAGAIN && errno != EINTR)
		return OC_ESYSTEM;
	errno = error;
	return 0;
}

int oc_bell_wait(const struct oc_bell *bell, int64_t timeout_ns)
{
	struct pollfd ready = { .fd = bell->fd, .events = POLLIN };
	struct timespec left;
	int error = errno;
	int n = ppoll(&ready, 1, oc_time_left(oc_deadline(timeout_ns), &left), NULL);

	if (n < 0 && errno != EINTR)
		return OC_ESYSTEM;
	if (n > 0 && ready.revents & POLLNVAL) {
		errno = EBADF;
		return OC_ESYSTEM;
	}
	errno = error;
	return n > 0 ? oc_bell_take(bell) : 0;
}
