/* SPDX-License-Identifier: MIT */
/*
 * oc/wait_set.h: under Linux, one place where a thread waits for all that it waits for
 *
 *	struct oc_wait_source sources[8];
 *	struct oc_wait_set set;
 *	struct oc_event events[8];
 *
 *	oc_wait_set_init(&set, sources, 8);
 *	oc_wait_set_add_latch(&set, &latch, &loop);
 *	oc_wait_set_add_fd(&set, fd, OC_EVENT_READABLE, &client);
 *	oc_wait_set_add_signals(&set, &blocked, &loop);
 *	for (;;) {
 *		oc_latch_reset(&latch);
 *		(look for work, and do it)
 *		n = oc_wait_set_wait(&set, events, 8, -1);
 *		for (i = 0; i < n; i++)
 *			(events[i].what, .data)
 *	}
 *
 * What is reported, and until when:
 *
 *	LATCH			a latch is set		until it is reset
 *	READABLE, WRITABLE	a descriptor is ready	until it is no longer
 *	SIGNAL			a signal has come	once
 *	EXIT			a process has ended	until the source is removed
 *	SUPERVISOR		its parent has ended	until the source is removed
 *	DEADLINE		a point in time		once
 *
 * What does not fit into the caller's array waits for the next call; nothing is lost.
 * The deadline comes first, then latches, then the others by turns.
 *
 * A wait set belongs to one thread, with all that is in it. Others wake that thread by a
 * latch. A child that was forked shares the set's kernel object with its parent, so all
 * that it may do is oc_wait_set_close().
 */
#ifndef OC_WAIT_SET_H
#define OC_WAIT_SET_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <oc/latch.h>
#include <oc/status.h>

enum oc_event_kind {
	OC_EVENT_READABLE = 1 << 0,	/* data, a connection, the end, or an error */
	OC_EVENT_WRITABLE = 1 << 1,	/* room, or an error */
	OC_EVENT_LATCH = 1 << 2,
	OC_EVENT_SIGNAL = 1 << 3,
	OC_EVENT_EXIT = 1 << 4,
	OC_EVENT_SUPERVISOR = 1 << 5,
	OC_EVENT_DEADLINE = 1 << 6,
};

/**
 * struct oc_event - something has happened
 * @what:   an OC_EVENT_*; READABLE and WRITABLE may come together
 * @id:     of the source; -1 for the deadline
 * @signal: SIGNAL: its number
 * @pid:    SIGNAL: who sent it, 0 if the kernel did. EXIT: the process, 0 if it was
 *          given by a descriptor. SUPERVISOR: the parent
 * @data:   what the caller gave with the source
 */
struct oc_event {
	uint32_t what;
	int id;
	int signal;
	pid_t pid;
	void *data;
};

/**
 * struct oc_wait_source - memory for one source; every field is private
 * @kind:    what it reports, or 0: free
 * @want:    of a descriptor: what the caller wants of @kind
 * @serial:  how often this memory was used
 * @next:    in the list of free sources, or of latches; -1 ends it
 * @fd:      what the kernel looks at
 * @owned:   @fd is closed with the source
 * @pid:     for struct oc_event
 */
struct oc_wait_source {
	uint32_t kind;
	uint32_t want;
	unsigned int serial;
	int next;
	int fd;
	bool owned;
	pid_t pid;
	struct oc_latch *latch;
	void *data;
};

/* So many sources a set at most: latches are looked at one by one, so have few of those. */
#define OC_WAIT_SET_MAX		65536

/* struct oc_wait_set - every field is private */
struct oc_wait_set {
	int epoll;
	int free;
	int latches;
	unsigned int count;
	struct oc_wait_source *sources;
	uint64_t deadline;
	void *deadline_data;
};

/*
 * @sources: room for @count sources, 1 to OC_WAIT_SET_MAX, which belongs to the set until
 * oc_wait_set_close(). OC_EINVAL: @count; OC_ESYSTEM: errno says why.
 */
int oc_wait_set_init(struct oc_wait_set *set, struct oc_wait_source *sources, unsigned int count);

/* Closes what it has opened itself, no descriptor or latch of the caller's. */
void oc_wait_set_close(struct oc_wait_set *set);

/*
 * What follows adds a source and returns its id, 0 or above, or:
 * OC_ENOMEM: there are @count already.
 * OC_EINVAL: an argument, as said below.
 * OC_ESYSTEM: errno says why; EEXIST: the descriptor is in the set; ENOSPC: as many as
 * /proc/sys/fs/epoll/max_user_watches allows. Then the set is as it was.
 */

/* The caller resets the latch: until then every wait ends at once. */
int oc_wait_set_add_latch(struct oc_wait_set *set, struct oc_latch *latch, void *data);

/*
 * @want: OC_EVENT_READABLE, OC_EVENT_WRITABLE, both, or 0 for nothing yet; else OC_EINVAL.
 * Errors and hang-ups are told as what is wanted: reading or writing will say what it is.
 * Remove a descriptor before you close it. If it was closed first, it is still taken out
 * by oc_wait_set_remove(), and until then there may be events if a copy of it is open;
 * its number, used again, is refused (EEXIST). OC_ESYSTEM with EPERM: a plain file, which
 * is always ready.
 */
int oc_wait_set_add_fd(struct oc_wait_set *set, int fd, uint32_t want, void *data);

/* Another @want, for oc_wait_set_add_fd() only. OC_EINVAL: @want, or no such source. OC_ESYSTEM. */
int oc_wait_set_modify(struct oc_wait_set *set, int id, uint32_t want);

/*
 * Signals as events, without handlers. All of @signals must be blocked, by
 * pthread_sigmask(), in this thread and in all others, which is easy before there are
 * any. OC_EINVAL: one is not blocked here, there is none, or SIGKILL or SIGSTOP are among
 * them. A signal that comes twice before it is taken is one, unless it is a real-time one.
 */
int oc_wait_set_add_signals(struct oc_wait_set *set, const sigset_t *signals, void *data);

/*
 * The end of the process @pid. It is not reaped, and its parent's to reap. A child that
 * was not waited for cannot be mistaken; with another's child the number may have
 * been used again. OC_ESYSTEM with ESRCH: there is no such process.
 */
int oc_wait_set_add_process(struct oc_wait_set *set, pid_t pid, void *data);

/* The same for who has a pidfd, which stays the caller's. */
int oc_wait_set_add_pidfd(struct oc_wait_set *set, int pidfd, void *data);

/*
 * The end of this process's parent. @parent: its getpid() from before fork(), so that one
 * which has ended since is told at the first wait; or 0: whoever is the parent now, for
 * programs that cannot know it. OC_ESYSTEM with ESRCH: 0, and no parent that can be seen
 * from this PID namespace.
 */
int oc_wait_set_add_supervisor(struct oc_wait_set *set, pid_t parent, void *data);

/*
 * Takes a source out; none of its events is reported any more. But an array that the
 * caller already has may hold one: oc_wait_set_has(set, event.id) tells it.
 * OC_EINVAL: no such source.
 */
int oc_wait_set_remove(struct oc_wait_set *set, int id);

/* Ids of removed sources stay unknown: it takes 32768 adds until one comes again. */
bool oc_wait_set_has(const struct oc_wait_set *set, int id);

/*
 * At @when_ns by oc_clock_ns() there is an OC_EVENT_DEADLINE, once; 0: never. There is one
 * deadline a set: the earliest of all that its owner has. Costs no system call.
 */
void oc_wait_set_deadline(struct oc_wait_set *set, uint64_t when_ns, void *data);

/*
 * Waits until there is an event, for @timeout_ns at most; -1: for ever; 0: looks only.
 * Returns how many events, at most @max, were put into @events; 0: none in time. Signals
 * that the thread handles do not end it, and what is left of the time is counted anew. It
 * may wait longer by the kernel's timer slack, or before Linux 5.11 by a millisecond.
 *
 * OC_EINVAL: @max is 0. OC_ESYSTEM: errno says why; EBADF: the set was closed.
 */
int oc_wait_set_wait(struct oc_wait_set *set, struct oc_event *events, unsigned int max,
		     int64_t timeout_ns);

#endif /* OC_WAIT_SET_H */
