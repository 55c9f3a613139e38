// SPDX-License-Identifier: GPL-2.0-only
/* test_wait_set.c: descriptors, latches, the deadline: what is reported, and when */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/wait_set.h>

#include "unit.h"

#define MS	1000000
#define SOURCES 8

static int waits;
static bool old_kernel;

int __real_epoll_pwait2(int epoll, struct epoll_event *events, int max,
			const struct timespec *time, const sigset_t *mask);
int __wrap_epoll_pwait2(int epoll, struct epoll_event *events, int max,
			const struct timespec *time, const sigset_t *mask);

int __wrap_epoll_pwait2(int epoll, struct epoll_event *events, int max,
			const struct timespec *time, const sigset_t *mask)
{
	waits++;
	if (!old_kernel)
		return __real_epoll_pwait2(epoll, events, max, time, mask);
	errno = ENOSYS;
	return -1;
}

static struct oc_wait_source sources[SOURCES];
static struct oc_wait_set set;
static struct oc_event events[SOURCES];
static struct oc_latch latch;
static int pipes[SOURCES][2];
static int here, there;		/* for addresses */

static int setup(void **state)
{
	(void)state;
	memset(sources, 0xa5, sizeof(sources));
	memset(&set, 0xa5, sizeof(set));
	memset(events, 0xa5, sizeof(events));
	assert_status(oc_wait_set_init(&set, sources, SOURCES), OC_OK);
	assert_status(oc_latch_init(&latch), OC_OK);
	for (int i = 0; i < SOURCES; i++)
		assert_int_equal(pipe2(pipes[i], O_CLOEXEC | O_NONBLOCK), 0);
	waits = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	oc_wait_set_close(&set);
	oc_latch_close(&latch);
	for (int i = 0; i < 2 * SOURCES; i++)
		close(pipes[i / 2][i % 2]);
	return 0;
}

static int wait_for(int64_t ns)
{
	memset(events, 0xa5, sizeof(events));
	return oc_wait_set_wait(&set, events, SOURCES, ns);
}

static void give(int i)
{
	assert_int_equal(write(pipes[i][1], "x", 1), 1);
}

static void take(int i)
{
	char text;

	assert_int_equal(read(pipes[i][0], &text, 1), 1);
}

static int add_reader(int i, void *data)
{
	int id = oc_wait_set_add_fd(&set, pipes[i][0], OC_EVENT_READABLE, data);

	assert_true(id >= 0);
	return id;
}

static void is_event(int i, uint32_t what, int id, const void *data)
{
	assert_int_equal(events[i].what, what);
	assert_int_equal(events[i].id, id);
	assert_ptr_equal(events[i].data, data);
}

static void nothing_happens(void **state)
{
	uint64_t from = oc_clock_ns();

	(void)state;
	add_reader(0, NULL);
	assert_int_equal(wait_for(0), 0);
	assert_int_equal(wait_for(10 * MS), 0);
	assert_true(oc_clock_ns() - from >= 10 * MS);
	assert_int_equal(waits, 2);
}

static void a_latch_is_told_until_it_is_reset(void **state)
{
	int id = oc_wait_set_add_latch(&set, &latch, &here);

	(void)state;
	assert_int_equal(wait_for(0), 0);
	oc_latch_set(&latch);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wait_for(-1), 1);
		is_event(0, OC_EVENT_LATCH, id, &here);
	}
	oc_latch_reset(&latch);
	assert_int_equal(wait_for(0), 0);
}

static void *set_it(void *arg)
{
	oc_latch_set(arg);
	return NULL;
}

/* Each time: the edge must come again and again. */
static void a_latch_wakes_up(void **state)
{
	int id = oc_wait_set_add_latch(&set, &latch, &here);
	pthread_t thread;

	(void)state;
	for (int i = 0; i < 100; i++) {
		oc_latch_reset(&latch);
		assert_int_equal(pthread_create(&thread, NULL, set_it, &latch), 0);
		assert_int_equal(wait_for(-1), 1);
		is_event(0, OC_EVENT_LATCH, id, &here);
		pthread_join(thread, NULL);
	}
}

static void two_latches_are_told_apart(void **state)
{
	struct oc_latch second;
	int ids[2];

	(void)state;
	assert_status(oc_latch_init(&second), OC_OK);
	ids[0] = oc_wait_set_add_latch(&set, &latch, &here);
	ids[1] = oc_wait_set_add_latch(&set, &second, &there);
	oc_latch_set(&second);
	assert_int_equal(wait_for(-1), 1);
	is_event(0, OC_EVENT_LATCH, ids[1], &there);
	oc_latch_set(&latch);
	assert_int_equal(wait_for(-1), 2);
	assert_status(oc_wait_set_remove(&set, ids[0]), OC_OK);
	assert_int_equal(wait_for(-1), 1);
	is_event(0, OC_EVENT_LATCH, ids[1], &there);
	assert_status(oc_wait_set_remove(&set, ids[1]), OC_OK);
	assert_int_equal(wait_for(0), 0);
	oc_latch_close(&second);
}

static void a_latch_does_not_hide_descriptors(void **state)
{
	int id;

	(void)state;
	oc_wait_set_add_latch(&set, &latch, NULL);
	id = add_reader(0, &here);
	oc_latch_set(&latch);
	give(0);
	assert_int_equal(wait_for(-1), 2);
	assert_int_equal(events[0].what, OC_EVENT_LATCH);
	is_event(1, OC_EVENT_READABLE, id, &here);
}

static void a_descriptor_is_told_until_it_is_read(void **state)
{
	int id = add_reader(3, &here);

	(void)state;
	give(3);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wait_for(-1), 1);
		is_event(0, OC_EVENT_READABLE, id, &here);
		assert_int_equal(events[0].pid, 0);
	}
	take(3);
	assert_int_equal(wait_for(0), 0);
}

static void both_directions_come_as_one(void **state)
{
	int fds[2], id;

	(void)state;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	id = oc_wait_set_add_fd(&set, fds[0], OC_EVENT_READABLE | OC_EVENT_WRITABLE, &here);
	assert_int_equal(wait_for(-1), 1);
	is_event(0, OC_EVENT_WRITABLE, id, &here);
	assert_int_equal(write(fds[1], "x", 1), 1);
	assert_int_equal(wait_for(-1), 1);
	is_event(0, OC_EVENT_READABLE | OC_EVENT_WRITABLE, id, &here);
	assert_status(oc_wait_set_modify(&set, id, OC_EVENT_READABLE), OC_OK);
	assert_int_equal(wait_for(-1), 1);
	is_event(0, OC_EVENT_READABLE, id, &here);
	close(fds[0]);
	close(fds[1]);
}

static void an_end_is_told_as_what_is_wanted(void **state)
{
	int in = add_reader(0, &here);
	int out = oc_wait_set_add_fd(&set, pipes[1][1], OC_EVENT_WRITABLE, &there);

	(void)state;
	close(pipes[0][1]);
	assert_int_equal(wait_for(-1), 2);
	is_event(0, OC_EVENT_WRITABLE, out, &there);
	is_event(1, OC_EVENT_READABLE, in, &here);
	while (write(pipes[1][1], "0123456789", 10) > 0)
		;
	assert_int_equal(wait_for(-1), 1);
	close(pipes[1][0]);
	assert_int_equal(wait_for(-1), 2);
}

/* The kernel tells of a hang-up whether it is wanted or not. */
static void what_is_not_wanted_does_not_wake_up(void **state)
{
	int id = oc_wait_set_add_fd(&set, pipes[0][0], 0, &here);

	(void)state;
	close(pipes[0][1]);
	assert_int_equal(wait_for(5 * MS), 0);
	assert_int_equal(waits, 1);
	assert_status(oc_wait_set_modify(&set, id, 0), OC_OK);
	assert_status(oc_wait_set_modify(&set, id, OC_EVENT_READABLE), OC_OK);
	assert_int_equal(wait_for(-1), 1);
	is_event(0, OC_EVENT_READABLE, id, &here);
	assert_status(oc_wait_set_modify(&set, id, 0), OC_OK);
	assert_int_equal(wait_for(5 * MS), 0);
	assert_int_equal(waits, 3);
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
}

static void a_small_array_loses_nothing(void **state)
{
	unsigned int seen = 0;

	(void)state;
	for (int i = 0; i < 5; i++) {
		add_reader(i, &pipes[i]);
		give(i);
	}
	for (int turn = 0; turn < 3; turn++) {
		assert_int_equal(oc_wait_set_wait(&set, events, 2, -1), 2);
		for (int i = 0; i < 2; i++)
			seen |= 1u << ((int (*)[2])events[i].data - pipes);
	}
	assert_int_equal(seen, 0x1f);
}

/* --- time ----------------------------------------------------------------------------- */

static void the_deadline_is_told_once(void **state)
{
	uint64_t when = oc_clock_ns() + 10 * MS;

	(void)state;
	oc_wait_set_deadline(&set, when, &here);
	assert_int_equal(wait_for(0), 0);
	assert_int_equal(wait_for(-1), 1);
	assert_true(oc_clock_ns() >= when);
	is_event(0, OC_EVENT_DEADLINE, -1, &here);
	assert_int_equal(wait_for(1 * MS), 0);
	oc_wait_set_deadline(&set, 1, &there);
	assert_int_equal(wait_for(0), 1);
	is_event(0, OC_EVENT_DEADLINE, -1, &there);
}

static void the_deadline_comes_first(void **state)
{
	(void)state;
	oc_wait_set_add_latch(&set, &latch, NULL);
	oc_latch_set(&latch);
	oc_wait_set_deadline(&set, 1, NULL);
	assert_int_equal(oc_wait_set_wait(&set, events, 1, -1), 1);
	assert_int_equal(events[0].what, OC_EVENT_DEADLINE);
	assert_int_equal(oc_wait_set_wait(&set, events, 1, -1), 1);
	assert_int_equal(events[0].what, OC_EVENT_LATCH);
}

static void a_timeout_before_the_deadline(void **state)
{
	(void)state;
	oc_wait_set_deadline(&set, oc_clock_ns() + UINT64_C(3600) * 1000 * MS, NULL);
	assert_int_equal(wait_for(2 * MS), 0);
	oc_wait_set_deadline(&set, 0, NULL);
	assert_int_equal(wait_for(2 * MS), 0);
	oc_wait_set_deadline(&set, UINT64_MAX, NULL);
	assert_int_equal(wait_for(2 * MS), 0);
}

static void nothing(int number)
{
	(void)number;
}

static void signals_do_not_end_a_wait(void **state)
{
	const struct sigaction action = { .sa_handler = nothing };
	struct itimerval timer = {
		.it_interval = { .tv_usec = 2000 }, .it_value = { .tv_usec = 2000 },
	};
	uint64_t from = oc_clock_ns();

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &timer, NULL);
	assert_int_equal(wait_for(30 * MS), 0);
	assert_true(oc_clock_ns() - from >= 30 * MS);
	timer = (struct itimerval){ .it_interval = { 0 } };
	setitimer(ITIMER_REAL, &timer, NULL);
	signal(SIGALRM, SIG_DFL);
}

/* The last test, for it is remembered. */
static void an_old_kernel_will_do(void **state)
{
	uint64_t from = oc_clock_ns();

	(void)state;
	old_kernel = true;
	oc_wait_set_add_latch(&set, &latch, NULL);
	for (int i = 0; i < 5; i++)
		assert_int_equal(wait_for(1 * MS + 1), 0);
	assert_true(oc_clock_ns() - from >= 5 * (1 * MS + 1));
	assert_int_equal(waits, 1);
	oc_latch_set(&latch);
	assert_int_equal(wait_for(-1), 1);
	old_kernel = false;
}

#define wait_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		wait_test(nothing_happens),
		wait_test(a_latch_is_told_until_it_is_reset),
		wait_test(a_latch_wakes_up),
		wait_test(two_latches_are_told_apart),
		wait_test(a_latch_does_not_hide_descriptors),
		wait_test(a_descriptor_is_told_until_it_is_read),
		wait_test(both_directions_come_as_one),
		wait_test(an_end_is_told_as_what_is_wanted),
		wait_test(what_is_not_wanted_does_not_wake_up),
		wait_test(a_small_array_loses_nothing),
		wait_test(the_deadline_is_told_once),
		wait_test(the_deadline_comes_first),
		wait_test(a_timeout_before_the_deadline),
		wait_test(signals_do_not_end_a_wait),
		wait_test(an_old_kernel_will_do),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wait_set", tests, NULL, NULL);
}
