/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests of a server's end: a server in a process of its own, and the words
 * that it writes and leaves.
 */
#ifndef TFS_TEST_SERVER_H
#define TFS_TEST_SERVER_H

#include <signal.h>
#include <sys/wait.h>

#include "tfs_test.h"

#define KEPT	(TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR | 0x00123400u)
#define FLAGS	0x000000ffu
#define READY	TFS_SHM_POLL_SW_READY
#define GRANTED	TFS_SHM_POLL_SW_GRANTED
#define HELD	TFS_SHM_POLL_SW_HELD
#define BUSY	(KEPT | READY | GRANTED | HELD)

static inline __u32 seen_word(const struct tfs_shm_poll_header *seen)
{
	return tfs_load(&seen->server_word);
}

/* Somebody without a role who looks at the header of a channel that nobody serves. */
struct watcher {
	int fd;
	struct tfs_shm_poll_header *seen;
};

static inline int watch(struct watcher *watcher)
{
	watcher->fd = tfs_open(O_RDONLY);
	if (watcher->fd < 0)
		return watcher->fd;
	watcher->seen = tfs_map(watcher->fd, PROT_READ);
	return watcher->seen && !tfs_roles(watcher->fd) ? 0 : -EBUSY;
}

static inline void unwatch(struct watcher *watcher)
{
	munmap(watcher->seen, tfs_stride(watcher->fd));
	close(watcher->fd);
}

/*
 * A process that serves until it is killed; it has written BUSY when this
 * returns. *fd, if wanted, is a descriptor of the same open file.
 */
static inline pid_t spawn_server(int *fd)
{
	struct tfs_shm_poll_header *header;
	int server = tfs_open(O_RDWR), ready[2];
	pid_t pid;
	char c;

	if (server < 0 || pipe(ready))
		return -1;
	pid = fork();
	if (!pid) {
		close(ready[0]);
		if (tfs_set_role(server, TFS_SHM_POLL_ROLE_SERVER))
			_exit(1);
		header = tfs_map(server, PROT_READ | PROT_WRITE);
		if (!header)
			_exit(1);
		tfs_store(&header->server_word, BUSY);
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	if (pid > 0 && read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	if (fd)
		*fd = server;
	else
		close(server);
	return pid;
}

static inline void kill_and_wait(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

#endif /* TFS_TEST_SERVER_H */
