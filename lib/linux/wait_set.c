// SPDX-License-Identifier: MIT
/*
 * wait_set.c: waits, and tells what has happened
 *
 * Latches are not read from their eventfds, but from their words, before and after the
 * kernel is asked. The eventfd only ends the sleep: it is watched for its edges, and never
 * read, which saves a system call for each wake-up.
 */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "deadline.h"
#include "latch_sleep.h"
#include "wait_source.h"

/* As many as are taken from the kernel at once; there is no harm in a second turn. */
#define READY_MAX	64u

/* Where the caller's events go. */
struct report {
	struct oc_event *events;
	unsigned int count;
	unsigned int max;
	bool ghost;
};

static void put(struct report *report, uint32_t what, int id, void *data)
{
	report->events[report->count++] = (struct oc_event){
		.what = what, .id = id, .data = data,
	};
}

static void put_source(struct report *report, const struct oc_wait_set *set,
		       const struct oc_wait_source *source, uint32_t what)
{
	put(report, what, oc_wait_id(set, source), source->data);
	report->events[report->count - 1].pid = source->pid;
}

static struct oc_wait_source *next_latch(const struct oc_wait_set *set, int place)
{
	return place < 0 ? NULL : &set->sources[place];
}

/* True: one is set, so there must be no sleep. */
static bool latches_sleep(const struct oc_wait_set *set)
{
	struct oc_wait_source *source = next_latch(set, set->latches);
	bool any = false;

	for (; source; source = next_latch(set, source->next))
		any |= oc_latch_sleep(source->latch);
	return any;
}

static void latches_awake(const struct oc_wait_set *set)
{
	struct oc_wait_source *source = next_latch(set, set->latches);

	for (; source; source = next_latch(set, source->next))
		oc_latch_awake(source->latch);
}

static void put_latches(struct report *report, const struct oc_wait_set *set)
{
	struct oc_wait_source *source = next_latch(set, set->latches);

	for (; source && report->count < report->max; source = next_latch(set, source->next))
		if (oc_latch_is_set(source->latch))
			put_source(report, set, source, OC_EVENT_LATCH);
}

static void put_deadline(struct report *report, struct oc_wait_set *set)
{
	if (!set->deadline || oc_clock_ns() < set->deadline)
		return;
	set->deadline = 0;
	put(report, OC_EVENT_DEADLINE, -1, set->deadline_data);
}

/* One by one, so that what there is no room for stays in the kernel. */
static void put_signals(struct report *report, const struct oc_wait_set *set,
			const struct oc_wait_source *source)
{
	struct signalfd_siginfo info;

	while (report->count < report->max &&
	       read(source->fd, &info, sizeof(info)) == sizeof(info)) {
		struct oc_event *event = &report->events[report->count];

		put_source(report, set, source, OC_EVENT_SIGNAL);
		event->signal = (int)info.ssi_signo;
		event->pid = (pid_t)info.ssi_pid;
	}
}

static void put_fd(struct report *report, const struct oc_wait_set *set,
		   const struct oc_wait_source *source, uint32_t ready)
{
	uint32_t what = 0;

	if (ready & (EPOLLIN | EPOLLERR | EPOLLHUP))
		what |= OC_EVENT_READABLE;
	if (ready & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		what |= OC_EVENT_WRITABLE;
	what &= source->want;
	if (what)
		put_source(report, set, source, what);
}

static void put_ready(struct report *report, const struct oc_wait_set *set,
		      const struct epoll_event *ready)
{
	const struct oc_wait_source *source = oc_wait_find(set, (int)ready->data.u32);

	if (!source)
		report->ghost = true;
	else if (source->kind == OC_EVENT_SIGNAL)
		put_signals(report, set, source);
	else if (source->kind & OC_WAIT_FD)
		put_fd(report, set, source, ready->events);
	else if (source->kind != OC_EVENT_LATCH)
		put_source(report, set, source, source->kind);
}

/* Before Linux 5.11, or where a filter does not know the new call. Never too early. */
static int wait_ms(int epoll, struct epoll_event *ready, int max, const struct timespec *left)
{
	const time_t most = INT32_MAX / 1000 - 1;

	if (!left)
		return epoll_wait(epoll, ready, max, -1);
	return epoll_wait(epoll, ready, max,
			  (int)((left->tv_sec > most ? most : left->tv_sec) * 1000 +
				(left->tv_nsec + 999999) / 1000000));
}

static int ask_kernel(int epoll, struct epoll_event *ready, unsigned int max, uint64_t until)
{
	static bool is_old;
	struct timespec time;
	const struct timespec *left = oc_time_left(until, &time);
	int n;

	if (!__atomic_load_n(&is_old, __ATOMIC_RELAXED)) {
		n = epoll_pwait2(epoll, ready, (int)max, left, NULL);
		if (n >= 0 || (errno != ENOSYS && errno != EPERM))
			return n;
		__atomic_store_n(&is_old, true, __ATOMIC_RELAXED);
	}
	return wait_ms(epoll, ready, (int)max, left);
}

/* Until something happens that ends the sleep, @until is over, or for no reason. */
static int turn(struct oc_wait_set *set, struct report *report, uint64_t until)
{
	struct epoll_event ready[READY_MAX];
	unsigned int max = report->max < READY_MAX ? report->max : READY_MAX;
	int n, error;

	if (set->deadline && set->deadline < until)
		until = set->deadline;
	if (until && latches_sleep(set))
		until = 0;
	n = ask_kernel(set->epoll, ready, max, until);
	error = errno;
	latches_awake(set);
	put_deadline(report, set);
	put_latches(report, set);
	for (int i = 0; i < n && report->count < report->max; i++)
		put_ready(report, set, &ready[i]);
	errno = error;
	return n < 0 && error != EINTR ? OC_ESYSTEM : OC_OK;
}

/* Rings that were in vain, and what cannot be told from them, end a turn but no wait. */
int oc_wait_set_wait(struct oc_wait_set *set, struct oc_event *events, unsigned int max,
		     int64_t timeout_ns)
{
	struct report report = { .events = events, .max = max };
	uint64_t until = oc_deadline(timeout_ns);
	int status;

	if (!max || max > INT32_MAX)
		return OC_EINVAL;
	do {
		status = turn(set, &report, until);
		if (status == OC_OK && report.ghost)
			status = oc_wait_renew(set);
		report.ghost = false;
	} while (status == OC_OK && !report.count && !oc_expired(until));
	return report.count ? (int)report.count : status;
}

void oc_wait_set_deadline(struct oc_wait_set *set, uint64_t when_ns, void *data)
{
	set->deadline = when_ns;
	set->deadline_data = data;
}
