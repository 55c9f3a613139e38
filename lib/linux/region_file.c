// SPDX-License-Identifier: MIT
/*
 * region_file.c: a channel of a memory file, for machines without the driver
 *
 * Roles are record locks on the file, of the open file description: byte 2N for
 * the server of channel N, byte 2N + 1 for its client. They are taken before the
 * first store, and end when the last descriptor is closed, also by SIGKILL; a child
 * that was forked and did not exec holds its parent's.
 *
 * The file lies where others may write, such as /dev/shm. So a link in its place is
 * not followed (ELOOP), and what is no plain file is refused (ENOTSUP).
 */
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "region_backend.h"

#define OPEN_FLAGS (O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)

static int close_keep_errno(int fd, int status)
{
	int error = errno;

	close(fd);
	errno = error;
	return status;
}

static int file_size(int fd, uint64_t *size)
{
	struct stat st;

	if (fstat(fd, &st))
		return OC_EREGION;
	if (!S_ISREG(st.st_mode)) {
		errno = ENOTSUP;
		return OC_EREGION;
	}
	*size = (uint64_t)st.st_size;
	return OC_OK;
}

static int lock_role(int fd, int channel, unsigned int role)
{
	struct flock lock = {
		.l_type = F_WRLCK,
		.l_whence = SEEK_SET,
		.l_start = 2 * (off_t)channel + (role == TFS_SHM_POLL_ROLE_CLIENT),
		.l_len = 1,
	};

	if (!fcntl(fd, F_OFD_SETLK, &lock))
		return OC_OK;
	return errno == EAGAIN || errno == EACCES ? OC_EBUSY : OC_EREGION;
}

static int map(struct oc_region *region, int fd, int channel, uint32_t stride)
{
	void *base = mmap(NULL, stride, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
			  (off_t)channel * stride);

	if (base == MAP_FAILED)
		return OC_EREGION;
	region->base = base;
	region->line = base;	/* the page cache is write-back */
	region->size = stride;
	region->fd = fd;
	return OC_OK;
}

static int take(struct oc_region *region, int fd, int channel, uint32_t stride,
		unsigned int role)
{
	uint64_t size;
	int status = file_size(fd, &size);

	if (status == OC_OK && size < (uint64_t)stride * ((unsigned int)channel + 1))
		status = OC_EREGION_SIZE;
	if (status == OC_OK)
		status = lock_role(fd, channel, role);
	if (status == OC_OK)
		status = map(region, fd, channel, stride);
	return status;
}

int oc_region_file_open(struct oc_region *region, const struct oc_uri *uri, int channel,
			unsigned int role)
{
	int status = oc_region_check_stride(uri->stride);
	int fd;

	if (status != OC_OK)
		return status;
	fd = open(uri->file, OPEN_FLAGS);
	if (fd < 0)
		return OC_EREGION;
	status = take(region, fd, channel, uri->stride, role);
	return status == OC_OK ? OC_OK : close_keep_errno(fd, status);
}

/*
 * Reserves the blocks too: in a sparse file on a full disk a store through the
 * mapping is SIGBUS. Where the file system cannot, the size must do. glibc's
 * posix_fallocate() would then write zeroes, into the messages of others.
 */
static int reserve(int fd, uint64_t size)
{
	uint64_t old;
	int status = file_size(fd, &old);

	if (status != OC_OK)
		return status;
	if (!fallocate(fd, 0, 0, (off_t)size))
		return OC_OK;
	if (errno != EOPNOTSUPP)
		return OC_EREGION;
	return old >= size || !ftruncate(fd, (off_t)size) ? OC_OK : OC_EREGION;
}

int oc_region_create(const char *path, unsigned int channels, uint32_t stride, unsigned int mode)
{
	int status = oc_region_check_stride(stride);
	int fd;

	if (status != OC_OK)
		return status;
	if (channels < 1 || channels > OC_CHANNEL_MAX + 1)
		return OC_EINVAL;
	fd = open(path, OPEN_FLAGS | O_CREAT, (mode_t)mode);
	if (fd < 0)
		return OC_EREGION;
	return close_keep_errno(fd, reserve(fd, (uint64_t)channels * stride));
}
