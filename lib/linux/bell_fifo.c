// SPDX-License-Identifier: MIT
/*
 * bell_fifo.c: the bells of a memory file: two FIFOs beside it for each channel
 *
 * Both sides open both FIFOs for reading and writing, which Linux allows: so opening does
 * not wait for the other side, there is always a reader (no SIGPIPE, no ENXIO), and rings
 * stay while only one side is there. They are never removed, and never made anew while
 * they are there: the other side would go on ringing the old one.
 *
 * Who could read a FIFO could steal rings, and with them sleep; so it must let in nobody
 * who may not open the file, and belong to the file's owner or to root: the file may lie
 * where anybody can put things, such as /dev/shm.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "bell_backend.h"

#define OPEN_FLAGS (O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK)

#define MODE 0666u	/* nobody executes them */

static int refuse(int error)
{
	errno = error;
	return OC_ESYSTEM;
}

static bool may_make(const struct stat *file)
{
	return !geteuid() || geteuid() == file->st_uid;
}

static bool is_same(const struct stat *fifo, const struct stat *file)
{
	return fifo->st_uid == file->st_uid && fifo->st_gid == file->st_gid &&
	       (fifo->st_mode & MODE) == (file->st_mode & MODE);
}

static bool is_safe(const struct stat *fifo, const struct stat *file)
{
	if (fifo->st_uid != file->st_uid && fifo->st_uid)
		return false;
	if (fifo->st_gid != file->st_gid && fifo->st_mode & 0060)
		return false;
	return !(fifo->st_mode & ~file->st_mode & MODE);
}

/* Not for one that is somebody else's, or a second name of something of ours. */
static bool may_change(const struct stat *fifo, const struct stat *file)
{
	return (!geteuid() || geteuid() == fifo->st_uid) && fifo->st_nlink == 1 &&
	       (fifo->st_uid == file->st_uid || !fifo->st_uid);
}

/* It has just been made, or the file's permissions have changed since. */
static void make_same(int fd, struct stat *fifo, const struct stat *file)
{
	if (!fchown(fd, file->st_uid, file->st_gid) && !fchmod(fd, file->st_mode & MODE))
		fstat(fd, fifo);
}

static int check(int fd, const struct stat *file)
{
	struct stat fifo;

	if (fstat(fd, &fifo))
		return OC_ESYSTEM;
	if (!S_ISFIFO(fifo.st_mode))
		return refuse(ENOTSUP);
	if (!is_same(&fifo, file) && may_change(&fifo, file))
		make_same(fd, &fifo, file);
	return is_safe(&fifo, file) ? OC_OK : refuse(EPERM);
}

static int open_or_make(const char *path, const struct stat *file)
{
	int fd = open(path, OPEN_FLAGS);

	if (fd >= 0 || errno != ENOENT || !may_make(file))
		return fd;
	if (mkfifo(path, file->st_mode & MODE) && errno != EEXIST)
		return -1;
	return open(path, OPEN_FLAGS);
}

/* Returns a descriptor, or -1 with errno. */
static int open_fifo(const char *file, const struct oc_region *region, const char *whose,
		     const struct stat *st)
{
	char path[OC_URI_PATH_MAX + sizeof(".4095.server")];
	int fd, error;

	snprintf(path, sizeof(path), "%s.%d.%s", file, region->channel, whose);
	fd = open_or_make(path, st);
	if (fd < 0 || check(fd, st) == OC_OK)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

int oc_bell_fifo_open(struct oc_bell *bell, const struct oc_region *region, const char *file)
{
	bool server = region->role == TFS_SHM_POLL_ROLE_SERVER;
	struct stat st;
	int own, other, error;

	if (fstat(region->fd, &st))
		return OC_ESYSTEM;
	own = open_fifo(file, region, server ? "server" : "client", &st);
	if (own < 0)
		return OC_ESYSTEM;
	other = open_fifo(file, region, server ? "client" : "server", &st);
	if (other < 0) {
		error = errno;
		close(own);
		return refuse(error);
	}
	*bell = (struct oc_bell){ .fd = own, .other = other, .fifo = true };
	return OC_OK;
}
