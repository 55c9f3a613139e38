/* SPDX-License-Identifier: MIT */
/*
 * oc/subprocess.h: under Linux, running a program and waiting for it among other things
 *
 *	const char *const argv[] = { "backup-to-tape", "/var/lib/x.db", NULL };
 *	struct oc_subprocess_spec spec = {
 *		.argv = argv, .out = OC_STREAM_PIPE, .err = OC_STREAM_OUT,
 *	};
 *	struct oc_subprocess sub;
 *
 *	if (oc_subprocess_start(&sub, &spec) != OC_OK)
 *		(errno says why: ENOENT, EACCES, ...)
 *	oc_wait_set_add_fd(&set, sub.out, OC_EVENT_READABLE, &sub);
 *	oc_wait_set_add_pidfd(&set, sub.pidfd, &sub);
 *	(READABLE: read() until there is no more. EXIT: oc_subprocess_reap(&sub))
 *
 * No shell is involved, unless argv says so: { "/bin/sh", "-c", command, NULL }.
 *
 * The child gets its three streams and no other descriptor, no blocked signal, no ignored
 * one, and a process group of its own, which all signals here go to: so a shell's children
 * are met as well, and a terminal's ^C does not end what a server has started. Its end may
 * be seen before all of its output was read, which is in the pipe then.
 */
#ifndef OC_SUBPROCESS_H
#define OC_SUBPROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include <oc/status.h>

/**
 * enum oc_stream - where a stream of the child comes from or goes to
 * @OC_STREAM_NULL:    /dev/null
 * @OC_STREAM_PIPE:    a pipe, whose other end is the parent's and does not block
 * @OC_STREAM_INHERIT: the parent's own
 * @OC_STREAM_OUT:     for .err: wherever .out goes
 */
enum oc_stream {
	OC_STREAM_NULL = 0,
	OC_STREAM_PIPE,
	OC_STREAM_INHERIT,
	OC_STREAM_OUT,
};

/**
 * struct oc_subprocess_spec - what to run; needed during oc_subprocess_start() only
 * @argv: the program and its arguments, then NULL; looked for in the parent's PATH if
 *        argv[0] has no slash
 * @envp: the environment, then NULL; NULL: the parent's
 */
struct oc_subprocess_spec {
	const char *const *argv;
	const char *const *envp;
	enum oc_stream in;
	enum oc_stream out;
	enum oc_stream err;
};

/**
 * struct oc_subprocess - a program that runs, or has ended
 * @pid:    0 when it was reaped, or never started
 * @pidfd:  readable at its end, for oc_wait_set_add_pidfd(); -1 when reaped
 * @in:     to write to, -1 if it is not a pipe. Who closes one of these sets it to -1
 * @out:    to read from, likewise
 * @err:    to read from, likewise
 * @status: once reaped: for WIFEXITED() and so on, as of waitpid()
 *
 * All descriptors are close-on-exec. Remove them from a wait set before they are closed:
 * @pidfd before reaping, the others before stopping or closing.
 */
struct oc_subprocess {
	pid_t pid;
	int pidfd;
	int in;
	int out;
	int err;
	int status;
};

/*
 * Returns when the program was executed, or could not be. SIGCHLD must not be ignored, nor
 * may anyone else in the process reap children that are not his own. Whoever writes to .in
 * must block or ignore SIGPIPE.
 *
 * OC_EINVAL: no argv[0], or a stream that cannot be. OC_ESYSTEM: errno says why; it may be
 * that of execve(). Then nothing was started, and *@sub is as a reaped one.
 */
int oc_subprocess_start(struct oc_subprocess *sub, const struct oc_subprocess_spec *spec);

/*
 * Sends @number to the process group. OC_EINVAL: it was reaped. OC_ESYSTEM. A process that
 * has ended, and was not reaped, takes any signal.
 */
int oc_subprocess_signal(const struct oc_subprocess *sub, int number);

/*
 * Looks whether it has ended, and if so reaps it: OC_OK, also if it was reaped before, and
 * @sub->status says how it ended. The streams stay open. OC_PENDING: it has not.
 * OC_ESYSTEM: errno says why; ECHILD: somebody else has reaped it.
 */
int oc_subprocess_reap(struct oc_subprocess *sub);

/*
 * Ends it, for a parent that has nothing else to do any more: closes the streams, sends
 * SIGTERM, waits for @grace_ns at most (0: not at all; -1: for ever), sends SIGKILL to
 * whatever is left of the group, waits and reaps. Nothing happens to one that was reaped
 * but that its streams are closed. A loop does this without waiting, by
 * oc_subprocess_signal(), a deadline, and oc_subprocess_reap().
 *
 * OC_OK: it has ended, @sub->status says how. OC_ESYSTEM as oc_subprocess_reap(); EPERM: it
 * has become another user's, and runs on.
 */
int oc_subprocess_stop(struct oc_subprocess *sub, int64_t grace_ns);

/* Closes the streams. The program may go on. */
void oc_subprocess_close(struct oc_subprocess *sub);

#endif /* OC_SUBPROCESS_H */
