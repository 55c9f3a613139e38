// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_ipc.c: what Linux has for two processes that talk - a Unix socket, a message
 * queue; an eventfd or a futex beside shared memory
 *
 * Both ends wait in the kernel. The last two carry no data: that goes through the same
 * lines, with the same copies, as in the bare loop.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include "bench_lines.h"
#include "bench_side.h"

/**
 * struct ipc - one end; each process has its own
 * @fds: the client's, the server's
 * @data: private memory
 * @turn: of the futex words
 */
struct ipc {
	int fds[2];
	uint8_t *data;
	uint32_t turn;
};

static struct ipc *make(struct bench_side *side)
{
	struct ipc *ipc = malloc(sizeof(*ipc));

	side->state = ipc;
	if (!ipc)
		return NULL;
	*ipc = (struct ipc) { .fds = { -1, -1 } };
	ipc->data = calloc(1, side->size + 1);
	return ipc->data ? ipc : NULL;
}

static void close_ipc(struct bench_side *side)
{
	struct ipc *ipc = side->state;

	if (!ipc)
		return;
	for (int i = 0; i < 2; i++)
		if (ipc->fds[i] >= 0)
			close(ipc->fds[i]);
	free(ipc->data);
	free(ipc);
	side->state = NULL;
}

/* --- Unix socket ------------------------------------------------------------------- */

static const char *open_socket(struct bench_side *side)
{
	struct ipc *ipc = make(side);

	if (!ipc)
		return "no memory";
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ipc->fds))
		return strerror(errno);
	return NULL;
}

static bool send_all(const struct bench_side *side, int fd)
{
	const struct ipc *ipc = side->state;
	ssize_t n;

	for (uint32_t at = 0; at < side->size; at += (uint32_t)n) {
		n = write(fd, ipc->data + at, side->size - at);
		if (n <= 0)
			return false;
	}
	return true;
}

static bool receive_all(const struct bench_side *side, int fd)
{
	const struct ipc *ipc = side->state;
	ssize_t n;

	for (uint32_t at = 0; at < side->size; at += (uint32_t)n) {
		n = read(fd, ipc->data + at, side->size - at);
		if (n <= 0)
			return false;
	}
	return true;
}

static bool trip_socket(struct bench_side *side)
{
	const struct ipc *ipc = side->state;

	return send_all(side, ipc->fds[0]) && receive_all(side, ipc->fds[0]);
}

static void serve_socket(struct bench_side *side, uint64_t trips)
{
	const struct ipc *ipc = side->state;

	while (trips-- && receive_all(side, ipc->fds[1]) && send_all(side, ipc->fds[1]))
		;
}

const struct bench_kind bench_socket = {
	.open = open_socket,
	.trip = trip_socket,
	.serve = serve_socket,
	.close = close_ipc,
	.blocks = true,
};

/* --- POSIX message queue -------------------------------------------------------------- */

/* Gone by name at once: only this process and its peer have it. */
static int open_queue(const struct bench_side *side, int number)
{
	struct mq_attr attributes = { .mq_maxmsg = 1, .mq_msgsize = side->size };
	char name[64];
	mqd_t queue;

	snprintf(name, sizeof(name), "/tfs-bench-%d-%d", (int)getpid(), number);
	queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes);
	if (queue >= 0)
		mq_unlink(name);
	return queue;
}

static const char *open_mqueue(struct bench_side *side)
{
	struct ipc *ipc = make(side);

	if (!ipc)
		return "no memory";
	for (int i = 0; i < 2; i++) {
		ipc->fds[i] = open_queue(side, i);
		if (ipc->fds[i] < 0)
			return errno == EINVAL ? "larger than fs.mqueue.msgsize_max" :
						 strerror(errno);
	}
	return NULL;
}

/* fds[0] leads to the server, fds[1] back; both are open in both processes. */
static bool trip_mqueue(struct bench_side *side)
{
	const struct ipc *ipc = side->state;

	return !mq_send(ipc->fds[0], (const char *)ipc->data, side->size, 0) &&
	       mq_receive(ipc->fds[1], (char *)ipc->data, side->size, NULL) == side->size;
}

static void serve_mqueue(struct bench_side *side, uint64_t trips)
{
	const struct ipc *ipc = side->state;

	while (trips-- &&
	       mq_receive(ipc->fds[0], (char *)ipc->data, side->size, NULL) == side->size &&
	       !mq_send(ipc->fds[1], (const char *)ipc->data, side->size, 0))
		;
}

const struct bench_kind bench_mqueue = {
	.open = open_mqueue,
	.trip = trip_mqueue,
	.serve = serve_mqueue,
	.close = close_ipc,
	.blocks = true,
};

/* --- eventfd and futex, beside shared memory ------------------------------------------- */

static void copy_out(const struct bench_side *side)
{
	memcpy(side->lines->base + TFS_SHM_POLL_HEADER_SIZE, ((struct ipc *)side->state)->data,
	       side->size);
}

static void copy_in(const struct bench_side *side)
{
	memcpy(((struct ipc *)side->state)->data, side->lines->base + TFS_SHM_POLL_HEADER_SIZE,
	       side->size);
}

static const char *open_eventfd(struct bench_side *side)
{
	struct ipc *ipc = make(side);

	if (!ipc)
		return "no memory";
	for (int i = 0; i < 2; i++) {
		ipc->fds[i] = eventfd(0, EFD_CLOEXEC);
		if (ipc->fds[i] < 0)
			return strerror(errno);
	}
	return NULL;
}

static bool trip_eventfd(struct bench_side *side)
{
	const struct ipc *ipc = side->state;
	uint64_t count;

	copy_out(side);
	if (eventfd_write(ipc->fds[0], 1) || eventfd_read(ipc->fds[1], &count))
		return false;
	copy_in(side);
	return true;
}

static void serve_eventfd(struct bench_side *side, uint64_t trips)
{
	const struct ipc *ipc = side->state;
	uint64_t count;

	while (trips-- && !eventfd_read(ipc->fds[0], &count)) {
		copy_in(side);
		copy_out(side);
		if (eventfd_write(ipc->fds[1], 1))
			return;
	}
}

const struct bench_kind bench_eventfd = {
	.open = open_eventfd,
	.trip = trip_eventfd,
	.serve = serve_eventfd,
	.close = close_ipc,
	.blocks = true,
};

static uint32_t *word(const struct bench_side *side, int number)
{
	return (uint32_t *)side->lines->base + number;
}

static const char *open_futex(struct bench_side *side)
{
	return make(side) ? NULL : "no memory";
}

static void begin_futex(struct bench_side *side)
{
	((struct ipc *)side->state)->turn = 0;
	*word(side, 0) = 0;
	*word(side, 1) = 0;
}

static void await(uint32_t *at, uint32_t value)
{
	uint32_t now;

	while ((now = __atomic_load_n(at, __ATOMIC_ACQUIRE)) != value)
		syscall(SYS_futex, at, FUTEX_WAIT, now, NULL, NULL, 0);
}

static void post(uint32_t *at, uint32_t value)
{
	__atomic_store_n(at, value, __ATOMIC_RELEASE);
	syscall(SYS_futex, at, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static bool trip_futex(struct bench_side *side)
{
	struct ipc *ipc = side->state;

	copy_out(side);
	post(word(side, 0), ++ipc->turn);
	await(word(side, 1), ipc->turn);
	copy_in(side);
	return true;
}

static void serve_futex(struct bench_side *side, uint64_t trips)
{
	for (uint32_t turn = 1; trips--; turn++) {
		await(word(side, 0), turn);
		copy_in(side);
		copy_out(side);
		post(word(side, 1), turn);
	}
}

const struct bench_kind bench_futex = {
	.open = open_futex,
	.begin = begin_futex,
	.trip = trip_futex,
	.serve = serve_futex,
	.close = close_ipc,
	.blocks = true,
};
