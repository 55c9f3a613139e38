// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * control_socket.c: the control socket's file
 *
 * Two that start at the same time must not remove each other's: between looking at what
 * is there and listening the folder is locked.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control_socket.h"

#define BACKLOG	16

static int make_address(struct sockaddr_un *address, const char *path)
{
	*address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(address->sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address->sun_path, path);
	return 0;
}

/* A descriptor of the folder, or -1. */
static int lock_folder(const char *path)
{
	char copy[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	int fd, failed;

	strcpy(copy, path);
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	do {
		failed = flock(fd, LOCK_EX);
	} while (failed && errno == EINTR);
	if (!failed)
		return fd;
	close(fd);
	return -1;
}

/* Only a socket that was closed refuses; one whose queue is full says EAGAIN. */
static int remove_dead(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, error;

	if (lstat(address->sun_path, &st))
		return errno == ENOENT ? 0 : -1;
	if (!S_ISSOCK(st.st_mode)) {
		errno = EEXIST;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	error = connect(fd, (const struct sockaddr *)address, sizeof(*address)) ? errno : 0;
	close(fd);
	if (error == ECONNREFUSED)
		return unlink(address->sun_path);
	errno = error && error != EAGAIN ? error : EADDRINUSE;
	return -1;
}

/*
 * The file gets the mode that the socket has before, less the umask, which is not ours to
 * change beside other threads; then it is opened to the group.
 */
static int bind_file(struct control_socket *sock, const struct sockaddr_un *address)
{
	struct stat st;

	if (fchmod(sock->fd, 0600) ||
	    bind(sock->fd, (const struct sockaddr *)address, sizeof(*address)))
		return -1;
	if (lstat(sock->path, &st))
		return -1;
	sock->device = st.st_dev;
	sock->inode = st.st_ino;
	if (!chmod(sock->path, CONTROL_SOCKET_MODE) && !listen(sock->fd, BACKLOG))
		return 0;
	unlink(sock->path);
	return -1;
}

static int open_locked(struct control_socket *sock, const struct sockaddr_un *address)
{
	int error;

	if (remove_dead(address))
		return -1;
	sock->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (sock->fd < 0)
		return -1;
	if (!bind_file(sock, address))
		return 0;
	error = errno;
	close(sock->fd);
	errno = error;
	return -1;
}

int control_socket_open(struct control_socket *sock, const char *path)
{
	struct sockaddr_un address;
	int folder, failed, error;

	*sock = (struct control_socket){ .fd = -1 };
	if (make_address(&address, path))
		return -1;
	strcpy(sock->path, path);
	folder = lock_folder(path);
	if (folder < 0)
		return -1;
	failed = open_locked(sock, &address);
	error = errno;
	close(folder);
	errno = error;
	return failed;
}

void control_socket_close(struct control_socket *sock)
{
	struct stat st;

	if (!lstat(sock->path, &st) && st.st_dev == sock->device && st.st_ino == sock->inode)
		unlink(sock->path);
	close(sock->fd);
	sock->fd = -1;
}
