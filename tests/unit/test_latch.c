// SPDX-License-Identifier: GPL-2.0-only
/* test_latch.c: one latch; many are in tests/latch */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <unistd.h>

#include <oc/latch.h>

#include "../../lib/linux/latch_sleep.h"
#include "unit.h"

#define MS 1000000

static int writes, polls;

ssize_t __real_write(int fd, const void *data, size_t size);
ssize_t __wrap_write(int fd, const void *data, size_t size);
int __real_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *time, const sigset_t *mask);
int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *time, const sigset_t *mask);

ssize_t __wrap_write(int fd, const void *data, size_t size)
{
	writes++;
	return __real_write(fd, data, size);
}

int __wrap_ppoll(struct pollfd *fds, nfds_t n, const struct timespec *time, const sigset_t *mask)
{
	polls++;
	return __real_ppoll(fds, n, time, mask);
}

static struct oc_latch latch;
static uint32_t word;

static int setup(void **state)
{
	(void)state;
	memset(&latch, 0xa5, sizeof(latch));
	assert_status(oc_latch_init(&latch), OC_OK);
	writes = 0;
	polls = 0;
	return 0;
}

static int setup_shared(void **state)
{
	(void)state;
	memset(&latch, 0xa5, sizeof(latch));
	word = 0xa5a5a5a5;
	assert_status(oc_latch_init_shared(&latch, &word), OC_OK);
	writes = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	oc_latch_close(&latch);
	return 0;
}

/* How often it was rung. */
static uint64_t rings(int fd)
{
	uint64_t n = 0;

	if (read(fd, &n, sizeof(n)) < 0)
		assert_int_equal(errno, EAGAIN);
	return n;
}

static void a_new_one_is_not_set(void **state)
{
	(void)state;
	assert_false(oc_latch_is_set(&latch));
	assert_status(oc_latch_wait(&latch, 0), OC_ETIMEOUT);
	assert_int_equal(polls, 0);
	assert_true(fcntl(latch.fd, F_GETFD) & FD_CLOEXEC);
}

static void it_stays_set_until_it_is_reset(void **state)
{
	(void)state;
	oc_latch_set(&latch);
	for (int i = 0; i < 3; i++) {
		assert_true(oc_latch_is_set(&latch));
		assert_status(oc_latch_wait(&latch, -1), OC_OK);
		assert_status(oc_latch_wait(&latch, 0), OC_OK);
	}
	oc_latch_reset(&latch);
	assert_false(oc_latch_is_set(&latch));
	assert_status(oc_latch_wait(&latch, 0), OC_ETIMEOUT);
}

static void nobody_sleeps_so_nobody_is_called(void **state)
{
	(void)state;
	for (int i = 0; i < 10; i++) {
		oc_latch_set(&latch);
		oc_latch_set(&latch);
		assert_status(oc_latch_wait(&latch, -1), OC_OK);
		oc_latch_reset(&latch);
	}
	assert_int_equal(writes, 0);
	assert_int_equal(polls, 0);
}

static void who_sleeps_is_rung_once(void **state)
{
	(void)state;
	assert_false(oc_latch_sleep(&latch));
	for (int i = 0; i < 10; i++)
		oc_latch_set(&latch);
	assert_int_equal(writes, 1);
	assert_int_equal(rings(latch.fd), 1);
	oc_latch_awake(&latch);
	assert_true(oc_latch_is_set(&latch));
	oc_latch_reset(&latch);
	oc_latch_set(&latch);
	assert_int_equal(writes, 1);
}

/* The second look. */
static void who_wants_to_sleep_is_told_that_it_is_set(void **state)
{
	(void)state;
	oc_latch_set(&latch);
	assert_true(oc_latch_sleep(&latch));
	oc_latch_awake(&latch);
	assert_int_equal(writes, 0);
}

/* Whoever set it may have died before he rang. */
static void a_shared_one_is_rung_by_each_setter(void **state)
{
	(void)state;
	assert_int_equal(word, 0);
	assert_false(oc_latch_sleep(&latch));
	oc_latch_set(&latch);
	assert_int_equal(rings(latch.fd), 1);
	oc_latch_set(&latch);
	assert_int_equal(rings(latch.fd), 1);
	oc_latch_awake(&latch);
	oc_latch_set(&latch);
	assert_int_equal(rings(latch.fd), 0);
}

static void an_eventfd_that_is_full_rings(void **state)
{
	const uint64_t most = UINT64_MAX - 1;

	(void)state;
	assert_int_equal(__real_write(latch.fd, &most, sizeof(most)), sizeof(most));
	assert_false(oc_latch_sleep(&latch));
	errno = EXDEV;
	oc_latch_set(&latch);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(rings(latch.fd), 1);
	oc_latch_awake(&latch);
}

static void rings_in_vain_end_no_wait(void **state)
{
	uint64_t from = oc_clock_ns();

	(void)state;
	assert_int_equal(eventfd_write(latch.fd, 7), 0);
	assert_status(oc_latch_wait(&latch, 20 * MS), OC_ETIMEOUT);
	assert_true(oc_clock_ns() - from >= 20 * MS);
	assert_int_equal(rings(latch.fd), 0);
}

static void set_by_signal(int number)
{
	(void)number;
	oc_latch_set(&latch);
}

static void nothing(int number)
{
	(void)number;
}

static void tick(void (*handler)(int), int ms)
{
	const struct sigaction action = { .sa_handler = handler };
	const struct itimerval timer = {
		.it_interval = { .tv_usec = ms * 1000 }, .it_value = { .tv_usec = ms * 1000 },
	};

	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &timer, NULL), 0);
}

static void no_more_ticks(void)
{
	const struct itimerval timer = { .it_interval = { 0 }, .it_value = { 0 } };

	setitimer(ITIMER_REAL, &timer, NULL);
	signal(SIGALRM, SIG_DFL);
}

static void signals_do_not_end_a_wait(void **state)
{
	uint64_t from = oc_clock_ns();

	(void)state;
	tick(nothing, 2);
	assert_status(oc_latch_wait(&latch, 30 * MS), OC_ETIMEOUT);
	assert_true(oc_clock_ns() - from >= 30 * MS);
	no_more_ticks();
}

static void a_signal_handler_may_set_it(void **state)
{
	(void)state;
	tick(set_by_signal, 2);
	assert_status(oc_latch_wait(&latch, -1), OC_OK);
	no_more_ticks();
}

static void *set_it(void *arg)
{
	oc_latch_set(arg);
	return NULL;
}

static void another_thread_wakes_up(void **state)
{
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, set_it, &latch), 0);
	assert_status(oc_latch_wait(&latch, -1), OC_OK);
	pthread_join(thread, NULL);
}

static void closed_is_an_error(void **state)
{
	(void)state;
	oc_latch_close(&latch);
	errno = EXDEV;
	oc_latch_close(&latch);
	assert_int_equal(errno, EXDEV);
	latch.fd = 1000;
	assert_status(oc_latch_wait(&latch, -1), OC_ESYSTEM);
	assert_int_equal(errno, EBADF);
	latch.fd = -1;
}

#define latch_test(f)	cmocka_unit_test_setup_teardown(f, setup, teardown)
#define shared_test(f)	cmocka_unit_test_setup_teardown(f, setup_shared, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		latch_test(a_new_one_is_not_set),
		latch_test(it_stays_set_until_it_is_reset),
		latch_test(nobody_sleeps_so_nobody_is_called),
		latch_test(who_sleeps_is_rung_once),
		latch_test(who_wants_to_sleep_is_told_that_it_is_set),
		shared_test(a_shared_one_is_rung_by_each_setter),
		latch_test(an_eventfd_that_is_full_rings),
		latch_test(rings_in_vain_end_no_wait),
		latch_test(signals_do_not_end_a_wait),
		latch_test(a_signal_handler_may_set_it),
		latch_test(another_thread_wakes_up),
		latch_test(closed_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("latch", tests, NULL, NULL);
}
