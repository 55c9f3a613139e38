/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * control_socket.h: the socket that the control clients connect to, as a file
 */
#ifndef TFSD_CONTROL_SOCKET_H
#define TFSD_CONTROL_SOCKET_H

#include <stddef.h>
#include <sys/types.h>
#include <sys/un.h>

/* Of the file: who may write to it may connect. */
#define CONTROL_SOCKET_MODE	0660

#define CONTROL_PATH_MAX	(sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1)

/**
 * struct control_socket
 * @fd:     listens, and does not block
 * @device: with @inode, of the file, so that another's is not removed
 */
struct control_socket {
	char path[CONTROL_PATH_MAX + 1];
	int fd;
	dev_t device;
	ino_t inode;
};

/*
 * Takes the place of a socket that nobody listens on any more; at no time may more people
 * connect than the mode says. 0, or -1 with errno: EADDRINUSE if somebody listens; EEXIST
 * if there is something else; ENAMETOOLONG.
 */
int control_socket_open(struct control_socket *socket, const char *path);

/* Removes the file, if it is still this one. */
void control_socket_close(struct control_socket *socket);

#endif /* TFSD_CONTROL_SOCKET_H */
