// SPDX-License-Identifier: GPL-2.0-only
/* test_port_linux.c: time, waiting and random bits of a Linux process */
#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <oc/region.h>

#include "unit.h"

#define OFTEN	20

static struct oc_ladder ladder;

static struct oc_port port_of(enum oc_wait wait)
{
	struct oc_port port;

	memset(&port, 0xa5, sizeof(port));
	oc_ladder_init(&ladder, wait, NULL);
	oc_port_linux(&port, &ladder);
	return port;
}

static uint64_t clock_us(clockid_t id)
{
	struct timespec now;

	clock_gettime(id, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void there_is_no_doorbell(void **state)
{
	struct oc_port port = port_of(OC_WAIT_ADAPTIVE);

	(void)state;
	assert_null(port.ring);
	assert_non_null(port.now_us);
	assert_non_null(port.pause);
	assert_non_null(port.random);
}

static void time_is_monotonic_microseconds(void **state)
{
	struct oc_port port = port_of(OC_WAIT_ADAPTIVE);
	uint32_t before = (uint32_t)clock_us(CLOCK_MONOTONIC);
	uint32_t now = port.now_us(port.ctx);
	uint32_t after = (uint32_t)clock_us(CLOCK_MONOTONIC);

	(void)state;
	assert_true(now - before <= after - before);
}

static void without_a_ladder_the_core_spins(void **state)
{
	struct oc_port port;

	(void)state;
	memset(&port, 0xa5, sizeof(port));
	oc_port_linux(&port, NULL);
	assert_null(port.pause);
	assert_non_null(port.now_us);
	assert_non_null(port.random);
}

/* Far into a wait, whatever the turn: never long, never an abandoned wait. */
static void no_turn_is_long(void **state)
{
	static const uint32_t turns[] = { 0, 1, 199, 200, 249, 250, 251, 255, 1000, UINT32_MAX };

	(void)state;
	for (int p = 0; p < OC_WAIT_POLICIES; p++) {
		struct oc_port port = port_of((enum oc_wait)p);

		for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
			uint64_t cpu = clock_us(CLOCK_THREAD_CPUTIME_ID);

			errno = EXDEV;
			assert_int_equal(port.pause(port.ctx, turns[i]), 0);
			assert_int_equal(errno, EXDEV);
			assert_true(clock_us(CLOCK_THREAD_CPUTIME_ID) - cpu < 1000);
		}
	}
}

static long switches(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

/*
 * How often the thread slept in so many turns, of which the first one is number 0; once
 * it did so OFTEN nothing else is to be learned.
 */
static long sleeps(const struct oc_port *port, uint32_t turns)
{
	long before = switches();

	for (uint32_t i = 0; i < turns && switches() - before < OFTEN; i++)
		port->pause(port->ctx, i);
	return switches() - before;
}

static void spinners_never_sleep(void **state)
{
	static const enum oc_wait policies[] = { OC_WAIT_BUSY, OC_WAIT_MONITOR, OC_WAIT_YIELD };

	(void)state;
	for (int p = 0; p < 3; p++) {
		struct oc_port port = port_of(policies[p]);

		assert_int_equal(sleeps(&port, 10000), 0);
	}
}

/* The first turns of every wait are quick, and a long wait ends in sleeps. */
static void others_sleep_at_last(void **state)
{
	static const enum oc_wait policies[] = { OC_WAIT_ADAPTIVE, OC_WAIT_SLEEP };

	(void)state;
	for (int p = 0; p < 2; p++) {
		struct oc_port port = port_of(policies[p]);

		assert_int_equal(sleeps(&port, 16), 0);
		assert_true(sleeps(&port, 1000000) >= OFTEN);
		assert_int_equal(sleeps(&port, 16), 0);
	}
}

/* Timers are never early; errno is the caller's. */
static void sleep_takes_its_time(void **state)
{
	struct oc_port port = port_of(OC_WAIT_BUSY);
	uint64_t from = clock_us(CLOCK_MONOTONIC);

	(void)state;
	errno = 4711;
	assert_int_equal(port.sleep(port.ctx, 3000), 0);
	assert_true(clock_us(CLOCK_MONOTONIC) - from >= 3000);
	from = clock_us(CLOCK_MONOTONIC);
	assert_int_equal(port.sleep(port.ctx, 1001000), 0);
	assert_true(clock_us(CLOCK_MONOTONIC) - from >= 1001000);
	assert_int_equal(errno, 4711);
}

/* Whose mutex it is shows by asking for it with another call. */
static void mutex_is_the_callers(void **state)
{
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	struct oc_port port = port_of(OC_WAIT_SLEEP);

	(void)state;
	assert_null(port.lock);
	assert_null(port.unlock);
	oc_port_linux_share(&port, &mutex);
	port.lock(port.mutex);
	assert_int_equal(pthread_mutex_trylock(&mutex), EBUSY);
	port.unlock(port.mutex);
	assert_int_equal(pthread_mutex_trylock(&mutex), 0);
	pthread_mutex_unlock(&mutex);
	pthread_mutex_destroy(&mutex);
}

/* It cannot be had: the process ends, and mixes no requests. */
static void mutex_that_fails_ends_the_process(void **state)
{
	struct oc_port port = port_of(OC_WAIT_SLEEP);
	pthread_mutexattr_t attr;
	pthread_mutex_t mutex;
	int status;
	pid_t pid;

	(void)state;
	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&mutex, &attr);
	pthread_mutexattr_destroy(&attr);
	oc_port_linux_share(&port, &mutex);
	pid = fork();
	if (!pid) {
		signal(SIGABRT, SIG_DFL);
		port.lock(port.mutex);
		port.lock(port.mutex);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	pthread_mutex_destroy(&mutex);
}

static void random_bits_differ(void **state)
{
	struct oc_port port = port_of(OC_WAIT_ADAPTIVE);
	uint32_t words[2][4] = { { 0 }, { 0 } };

	(void)state;
	assert_true(port.random(port.ctx) != port.random(port.ctx) ||
		    port.random(port.ctx) != port.random(port.ctx));
	oc_uuid_generate(words[0]);
	oc_uuid_generate(words[1]);
	assert_memory_not_equal(words[0], words[1], sizeof(words[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(there_is_no_doorbell),
		cmocka_unit_test(time_is_monotonic_microseconds),
		cmocka_unit_test(without_a_ladder_the_core_spins),
		cmocka_unit_test(no_turn_is_long),
		cmocka_unit_test(spinners_never_sleep),
		cmocka_unit_test(others_sleep_at_last),
		cmocka_unit_test(sleep_takes_its_time),
		cmocka_unit_test(mutex_is_the_callers),
		cmocka_unit_test(mutex_that_fails_ends_the_process),
		cmocka_unit_test(random_bits_differ),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("port_linux", tests, NULL, NULL);
}
