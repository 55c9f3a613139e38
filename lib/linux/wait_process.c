// SPDX-License-Identifier: MIT
/* wait_process.c: a wait set's signals, and ends of processes */
#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wait_source.h"

/* What was opened just now, or -1 with errno. */
static int add_owned(struct oc_wait_set *set, int fd, uint32_t kind, pid_t pid, void *data)
{
	if (fd < 0)
		return OC_ESYSTEM;
	return oc_wait_add(set, (struct oc_wait_source){
		.kind = kind, .fd = fd, .owned = true, .pid = pid, .data = data,
	});
}

static bool may_come_as_events(const sigset_t *signals)
{
	sigset_t blocked;
	bool any = false;

	pthread_sigmask(SIG_SETMASK, NULL, &blocked);
	for (int i = 1; i <= SIGRTMAX; i++) {
		if (sigismember(signals, i) != 1)
			continue;
		if (sigismember(&blocked, i) != 1)	/* as SIGKILL never is */
			return false;
		any = true;
	}
	return any;
}

int oc_wait_set_add_signals(struct oc_wait_set *set, const sigset_t *signals, void *data)
{
	if (!may_come_as_events(signals))
		return OC_EINVAL;
	return add_owned(set, signalfd(-1, signals, SFD_CLOEXEC | SFD_NONBLOCK), OC_EVENT_SIGNAL,
			 0, data);
}

static int open_pidfd(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int oc_wait_set_add_process(struct oc_wait_set *set, pid_t pid, void *data)
{
	if (pid <= 0)
		return OC_EINVAL;
	return add_owned(set, open_pidfd(pid), OC_EVENT_EXIT, pid, data);
}

int oc_wait_set_add_pidfd(struct oc_wait_set *set, int pidfd, void *data)
{
	return oc_wait_add(set, (struct oc_wait_source){
		.kind = OC_EVENT_EXIT, .fd = pidfd, .data = data,
	});
}

/*
 * The number may be another's by the time that it is opened. But who is an orphan has
 * another parent by then, so: first open, then look whether it is still ours. If not, an
 * eventfd that is readable from the start stands for it.
 */
int oc_wait_set_add_supervisor(struct oc_wait_set *set, pid_t parent, void *data)
{
	pid_t pid = parent ? parent : getppid();
	int fd = -1;

	if (parent < 0)
		return OC_EINVAL;
	if (!pid) {
		errno = ESRCH;
		return OC_ESYSTEM;
	}
	if (getppid() == pid)
		fd = open_pidfd(pid);
	if (getppid() == pid)
		return add_owned(set, fd, OC_EVENT_SUPERVISOR, pid, data);
	if (fd >= 0)
		close(fd);
	return add_owned(set, eventfd(1, EFD_CLOEXEC | EFD_NONBLOCK), OC_EVENT_SUPERVISOR, pid,
			 data);
}
