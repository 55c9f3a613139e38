// SPDX-License-Identifier: MIT
/* latch_pass.c: a latch's eventfd goes from one process to another */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <oc/latch.h>

/*
 * Room for one descriptor, not for what alignment leaves behind it, where a second one
 * would fit: the kernel drops what has no room, and says so.
 */
union control {
	struct cmsghdr align;
	char space[CMSG_SPACE(sizeof(int))];
};

static struct msghdr message(struct iovec *byte, union control *control)
{
	memset(control, 0, sizeof(*control));
	return (struct msghdr){
		.msg_iov = byte,
		.msg_iovlen = 1,
		.msg_control = control->space,
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
}

int oc_latch_send(const struct oc_latch *latch, int socket)
{
	char text = 'L';
	struct iovec byte = { .iov_base = &text, .iov_len = 1 };
	union control control;
	struct msghdr msg = message(&byte, &control);
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
	ssize_t n;

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &latch->fd, sizeof(int));
	do
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? OC_ESYSTEM : OC_OK;
}

/* The descriptor in the message, or -1. */
static int descriptor(struct msghdr *msg)
{
	struct cmsghdr *head = CMSG_FIRSTHDR(msg);
	int fd;

	if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
	    head->cmsg_len != CMSG_LEN(sizeof(int)))
		return -1;
	memcpy(&fd, CMSG_DATA(head), sizeof(int));
	return fd;
}

static int take(struct oc_latch *latch, uint32_t *word, struct msghdr *msg, char text)
{
	int fd = descriptor(msg), status, error;

	if (fd < 0)
		return OC_EPROTOCOL;
	if (text != 'L' || msg->msg_flags & (MSG_CTRUNC | MSG_TRUNC))
		status = OC_EPROTOCOL;
	else
		status = oc_latch_open(latch, word, fd);
	error = errno;
	if (status != OC_OK)
		close(fd);
	errno = error;
	return status;
}

int oc_latch_receive(struct oc_latch *latch, uint32_t *word, int socket)
{
	char text = 0;
	struct iovec byte = { .iov_base = &text, .iov_len = 1 };
	union control control;
	struct msghdr msg = message(&byte, &control);
	ssize_t n;

	do
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0)
		return OC_ESYSTEM;
	if (!n) {
		errno = ECONNRESET;
		return OC_ESYSTEM;
	}
	return take(latch, word, &msg, text);
}
