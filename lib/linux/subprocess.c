// SPDX-License-Identifier: MIT
/*
 * subprocess.c: starts a program, sees its end, makes it end
 *
 * The child is named by its pid only until it is reaped, which is done here alone: until
 * then the number cannot be anyone else's, nor can that of its group.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/subprocess.h>

#include "deadline.h"

static const struct oc_subprocess none = { .pidfd = -1, .in = -1, .out = -1, .err = -1 };

/* --- streams ------------------------------------------------------------------------ */

static void close_one(int *fd)
{
	int error = errno;

	if (*fd < 0)
		return;
	close(*fd);
	*fd = -1;
	errno = error;
}

/* Above the standard streams, where dup2() in the child cannot hit it. */
static int lift(int *fd)
{
	int high = *fd;

	if (high > STDERR_FILENO)
		return OC_OK;
	high = fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	if (high < 0)
		return OC_ESYSTEM;
	close(*fd);
	*fd = high;
	return OC_OK;
}

/* Only our end does not block: the child expects what a shell would give it. */
static int make_pipe(int *ours, int *theirs, bool to_child)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return OC_ESYSTEM;
	*ours = ends[to_child];
	*theirs = ends[!to_child];
	if (lift(ours) != OC_OK || lift(theirs) != OC_OK || fcntl(*ours, F_SETFL, O_NONBLOCK))
		return OC_ESYSTEM;
	return OC_OK;
}

/* The child's ends, -1 where there is no pipe. */
static int make_pipes(struct oc_subprocess *sub, const struct oc_subprocess_spec *spec,
		      int theirs[3])
{
	int status = OC_OK;

	if (spec->in == OC_STREAM_PIPE)
		status = make_pipe(&sub->in, &theirs[0], true);
	if (status == OC_OK && spec->out == OC_STREAM_PIPE)
		status = make_pipe(&sub->out, &theirs[1], false);
	if (status == OC_OK && spec->err == OC_STREAM_PIPE)
		status = make_pipe(&sub->err, &theirs[2], false);
	return status;
}

static int place(posix_spawn_file_actions_t *actions, int fd, enum oc_stream stream, int theirs)
{
	switch (stream) {
	case OC_STREAM_NULL:
		return posix_spawn_file_actions_addopen(actions, fd, "/dev/null", O_RDWR, 0);
	case OC_STREAM_PIPE:
		return posix_spawn_file_actions_adddup2(actions, theirs, fd);
	case OC_STREAM_OUT:
		return posix_spawn_file_actions_adddup2(actions, STDOUT_FILENO, fd);
	default:
		return 0;
	}
}

/* An error number, as all of posix_spawn()'s. */
static int place_all(posix_spawn_file_actions_t *actions, const struct oc_subprocess_spec *spec,
		     const int theirs[3])
{
	int error = place(actions, STDIN_FILENO, spec->in, theirs[0]);

	if (!error)
		error = place(actions, STDOUT_FILENO, spec->out, theirs[1]);
	if (!error)
		error = place(actions, STDERR_FILENO, spec->err, theirs[2]);
	if (!error)
		error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
	return error;
}

/* --- the program ---------------------------------------------------------------------- */

static int set_attributes(posix_spawnattr_t *attr)
{
	sigset_t all, no_signals;
	int error;

	sigfillset(&all);
	sigemptyset(&no_signals);
	error = posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					 POSIX_SPAWN_SETSIGDEF);
	if (!error)
		error = posix_spawnattr_setsigmask(attr, &no_signals);
	if (!error)
		error = posix_spawnattr_setsigdefault(attr, &all);
	return error;
}

static int spawn(pid_t *pid, const struct oc_subprocess_spec *spec,
		 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attr)
{
	/* POSIX promises not to change them. */
	char *const *argv = (char *const *)(uintptr_t)spec->argv;
	char *const *envp = (char *const *)(uintptr_t)spec->envp;

	return posix_spawnp(pid, argv[0], actions, attr, argv, envp ? envp : environ);
}

static int start(pid_t *pid, const struct oc_subprocess_spec *spec, const int theirs[3])
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	int error = posix_spawn_file_actions_init(&actions);

	if (error)
		return error;
	error = posix_spawnattr_init(&attr);
	if (error)
		goto out_actions;
	error = set_attributes(&attr);
	if (!error)
		error = place_all(&actions, spec, theirs);
	if (!error)
		error = spawn(pid, spec, &actions, &attr);
	posix_spawnattr_destroy(&attr);
out_actions:
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

/* A child that we cannot see the end of is no use. */
static int see(struct oc_subprocess *sub, pid_t pid)
{
	int error;

	sub->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (sub->pidfd >= 0) {
		sub->pid = pid;
		return OC_OK;
	}
	error = errno;
	kill(-pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	errno = error;
	return OC_ESYSTEM;
}

static bool is_possible(const struct oc_subprocess_spec *spec)
{
	return spec->argv && spec->argv[0] && (unsigned int)spec->in <= OC_STREAM_INHERIT &&
	       (unsigned int)spec->out <= OC_STREAM_INHERIT &&
	       (unsigned int)spec->err <= OC_STREAM_OUT;
}

int oc_subprocess_start(struct oc_subprocess *sub, const struct oc_subprocess_spec *spec)
{
	int theirs[3] = { -1, -1, -1 };
	pid_t pid;
	int status;

	*sub = none;
	if (!is_possible(spec))
		return OC_EINVAL;
	status = make_pipes(sub, spec, theirs);
	if (status == OC_OK) {
		int error = start(&pid, spec, theirs);

		if (error)
			errno = error;
		status = error ? OC_ESYSTEM : see(sub, pid);
	}
	for (int i = 0; i < 3; i++)
		close_one(&theirs[i]);
	if (status != OC_OK)
		oc_subprocess_close(sub);
	return status;
}

void oc_subprocess_close(struct oc_subprocess *sub)
{
	close_one(&sub->in);
	close_one(&sub->out);
	close_one(&sub->err);
}

/* --- its end -------------------------------------------------------------------------- */

int oc_subprocess_signal(const struct oc_subprocess *sub, int number)
{
	int failed;

	if (!sub->pid)
		return OC_EINVAL;
	failed = kill(-sub->pid, number);
	if (getpgid(sub->pid) != sub->pid)	/* it has gone to another group */
		failed = kill(sub->pid, number);
	return failed ? OC_ESYSTEM : OC_OK;
}

int oc_subprocess_reap(struct oc_subprocess *sub)
{
	pid_t pid;

	if (!sub->pid)
		return OC_OK;
	do
		pid = waitpid(sub->pid, &sub->status, WNOHANG);
	while (pid < 0 && errno == EINTR);
	if (!pid)
		return OC_PENDING;
	sub->pid = 0;
	close_one(&sub->pidfd);
	return pid < 0 ? OC_ESYSTEM : OC_OK;
}

/* The process has ended, or it is @until, or what the caller does next tells the error. */
static void wait_end(const struct oc_subprocess *sub, uint64_t until)
{
	struct pollfd end = { .fd = sub->pidfd, .events = POLLIN };
	struct timespec left;

	while (ppoll(&end, 1, oc_time_left(until, &left), NULL) < 0 && errno == EINTR)
		;
}

int oc_subprocess_stop(struct oc_subprocess *sub, int64_t grace_ns)
{
	oc_subprocess_close(sub);
	if (!sub->pid)
		return OC_OK;
	if (grace_ns && !oc_subprocess_signal(sub, SIGTERM))
		wait_end(sub, oc_deadline(grace_ns));
	if (oc_subprocess_signal(sub, SIGKILL) != OC_OK)
		return OC_ESYSTEM;
	wait_end(sub, OC_NEVER);
	return oc_subprocess_reap(sub);
}
