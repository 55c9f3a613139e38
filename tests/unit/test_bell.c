// SPDX-License-Identifier: GPL-2.0-only
/* test_bell.c: the bells of a memory file: latched, and never in the way */
#include <errno.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/wait_set.h>

#include "bell_fixture.h"

#define SOON_NS	10000000000

static bool rang(const struct oc_bell *bell)
{
	struct pollfd ready = { .fd = bell->fd, .events = POLLIN };

	assert_in_range(poll(&ready, 1, 0), 0, 1);
	assert_int_equal(ready.revents & ~POLLIN, 0);
	return ready.revents;
}

static void each_side_rings_the_other(void **state)
{
	(void)state;
	assert_int_equal(take(&server_bell), 0);
	ring(&client_bell);
	assert_true(rang(&server_bell));
	assert_false(rang(&client_bell));
	ring(&server_bell);
	assert_true(rang(&client_bell));
	assert_int_equal(take(&server_bell), 1);
	assert_int_equal(take(&client_bell), 1);
	assert_false(rang(&server_bell));
	assert_false(rang(&client_bell));
}

static void rings_are_latched_and_become_one(void **state)
{
	(void)state;
	for (int i = 0; i < 1000; i++)
		ring(&client_bell);
	assert_true(rang(&server_bell));
	assert_int_equal(oc_bell_wait(&server_bell, -1), 1);
	assert_int_equal(oc_bell_wait(&server_bell, 0), 0);
	assert_int_equal(take(&server_bell), 0);
}

static void full_is_rung(void **state)
{
	int wakes = 0;

	(void)state;
	for (int i = 0; i < 100000; i++)
		ring(&client_bell);
	while (take(&server_bell))
		wakes++;
	assert_in_range(wakes, 1, 64);
	ring(&client_bell);
	assert_int_equal(take(&server_bell), 1);
}

static void channels_have_bells_of_their_own(void **state)
{
	struct oc_region second = get(oc_region_open, 1);
	struct oc_bell bell;

	(void)state;
	assert_int_equal(open_bell(&bell, &second), OC_OK);
	ring(&bell);
	ring(&server_bell);
	assert_false(rang(&server_bell));
	assert_false(rang(&bell));
	oc_bell_close(&bell);
	oc_region_close(&second);
}

static void fits_a_wait_set(void **state)
{
	struct oc_wait_source sources[1];
	struct oc_event event;
	struct oc_wait_set set;

	(void)state;
	assert_int_equal(oc_wait_set_init(&set, sources, 1), OC_OK);
	assert_true(oc_wait_set_add_fd(&set, server_bell.fd, OC_EVENT_READABLE, &server) >= 0);
	assert_int_equal(oc_wait_set_wait(&set, &event, 1, 0), 0);
	ring(&client_bell);
	assert_int_equal(oc_wait_set_wait(&set, &event, 1, -1), 1);
	assert_ptr_equal(event.data, &server);
	assert_int_equal(take(&server_bell), 1);
	assert_int_equal(oc_wait_set_wait(&set, &event, 1, 0), 0);
	oc_wait_set_close(&set);
}

/* With SIGPIPE as it is, which ends a process. */
static void nobody_there_is_no_trouble(void **state)
{
	(void)state;
	oc_bell_close(&server_bell);
	oc_region_close(&server);
	for (int i = 0; i < 3; i++)
		ring(&client_bell);
	server = get(oc_region_open_server, 0);
	assert_int_equal(open_bell(&server_bell, &server), OC_OK);
	assert_false(rang(&server_bell));	/* it looks at the channel first */
	ring(&client_bell);
	assert_int_equal(take(&server_bell), 1);
	ring(&server_bell);
	assert_int_equal(take(&client_bell), 1);
}

static void closed_is_closed(void **state)
{
	(void)state;
	errno = EXDEV;
	oc_bell_close(&client_bell);
	assert_int_equal(errno, EXDEV);
	assert_int_equal(client_bell.fd, -1);
	oc_bell_close(&client_bell);
	assert_int_equal(oc_bell_ring(&client_bell), OC_ESYSTEM);
	assert_int_equal(errno, EBADF);
	assert_int_equal(oc_bell_take(&client_bell), OC_ESYSTEM);
	assert_int_equal(oc_bell_wait(&server_bell, 1), 0);
}

static void wait_sees_a_bad_descriptor(void **state)
{
	struct oc_bell bell = { .fd = 999, .other = 999, .fifo = true };

	(void)state;
	assert_int_equal(oc_bell_wait(&bell, -1), OC_ESYSTEM);
	assert_int_equal(errno, EBADF);
}

/* Each answers the other's ring: one that is lost is for ever. */
static int answer(const struct oc_bell *bell, int rounds)
{
	while (rounds--)
		if (oc_bell_wait(bell, SOON_NS) != 1 || oc_bell_ring(bell) != OC_OK)
			return 1;
	return 0;
}

static void two_processes_wake_each_other(void **state)
{
	pid_t pid = fork();
	int status;

	(void)state;
	assert_true(pid >= 0);
	if (!pid)
		_exit(answer(&server_bell, 2000));
	ring(&client_bell);
	assert_int_equal(answer(&client_bell, 2000), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BELL_TEST(each_side_rings_the_other),
		BELL_TEST(rings_are_latched_and_become_one),
		BELL_TEST(full_is_rung),
		BELL_TEST(channels_have_bells_of_their_own),
		BELL_TEST(fits_a_wait_set),
		BELL_TEST(nobody_there_is_no_trouble),
		BELL_TEST(closed_is_closed),
		BELL_TEST(wait_sees_a_bad_descriptor),
		BELL_TEST(two_processes_wake_each_other),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bell", tests, make_directory, remove_directory);
}
