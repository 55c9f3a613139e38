// SPDX-License-Identifier: GPL-2.0-only
/*
 * test_port_bell.c: a client that sleeps until it is rung, beside servers of all kinds
 *
 * The server is another process. How long a sleep takes is nobody's to say, but how many
 * sleeps a wait takes is: one or two with a bell, a hundred and more without.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <oc/server.h>

#include <linux/tfs_shm_poll.h>

#include "bell_fixture.h"

#define OP_SLOW		2
#define SLOW_MS		300
#define LONG_MS		20000
#define FEW		10	/* sleeps of one wait with a bell; a few are other people's */

enum manner { RINGS, MUTE, SILENT };

static pid_t pid;
static struct oc_channel channel;
static struct oc_ladder ladder;
static struct oc_port port;
static pid_t pid;
static struct oc_sleeper sleeper = {
	.bell = &client_bell, .ladder = &ladder, .channel = &channel,
};

/* --- a server ------------------------------------------------------------------------ */

static uint64_t rx[8192], tx[8192];

static void pause_ms(long ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
}

static void respond(struct oc_server *sv, enum manner manner)
{
	const struct oc_msg *request = (const void *)rx;

	if (manner == SILENT)
		return;
	if (request->op == OP_SLOW)
		pause_ms(SLOW_MS);
	memcpy(tx, rx, request->length);
	oc_server_respond(sv, (void *)tx);
}

static bool turn(struct oc_server *sv, enum manner manner)
{
	switch (oc_server_poll(sv)) {
	case OC_SERVER_IDLE:
		return false;
	case OC_SERVER_ATTACH:
		oc_server_grant(sv);
		return true;
	case OC_SERVER_DETACH:
		oc_server_free(sv);
		return true;
	case OC_SERVER_REQUEST:
		respond(sv, manner);
		return true;
	default:
		return true;
	}
}

/* Until it is killed. */
static void serve(enum manner manner)
{
	struct oc_sleeper rings = { .bell = &server_bell };
	struct oc_uri uri = uri_of(path, 0);
	struct oc_server sv;
	struct oc_port sv_port;
	uint32_t random[4];

	if (oc_region_open_server(&server, &uri) != OC_OK ||
	    oc_bell_open(&server_bell, &server, &uri) != OC_OK)
		_exit(1);
	oc_uuid_generate(random);
	oc_port_linux(&sv_port, NULL);
	if (manner != MUTE)
		oc_port_linux_bell(&sv_port, &rings);
	oc_server_start(&sv, server.base, &sv_port, random, rx, sizeof(rx));
	for (;;) {
		oc_bell_take(&server_bell);
		while (turn(&sv, manner))
			;
		oc_server_sleep(&sv);
		if (!turn(&sv, manner))
			oc_bell_wait(&server_bell, LONG_MS * INT64_C(1000000));
		oc_server_awake(&sv);
	}
}

static pid_t spawn(enum manner manner)
{
	pid_t child = fork();

	assert_true(child >= 0);
	if (!child)
		serve(manner);
	return child;
}

/* --- a client -------------------------------------------------------------------------- */

static void attach(enum oc_wait policy, int32_t timeout_ms)
{
	memset(&channel, 0, sizeof(channel));
	oc_ladder_init(&ladder, policy, client.line);
	oc_port_linux(&port, &ladder);
	oc_port_linux_bell(&port, &sleeper);
	assert_status(oc_channel_attach(&channel, client.base, &port, client.owner, timeout_ms),
		      OC_OK);
}

static int call(uint16_t op)
{
	struct oc_msg request = { .length = sizeof(request), .op = op }, response;

	return oc_channel_call(&channel, &request, &response, sizeof(response));
}

/* How often this thread has slept. */
static long sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static const struct tfs_shm_poll_header *header(void)
{
	return client.base;
}

/* The first slow one may still be looked for from time to time. */
static void begin(enum manner manner, enum oc_wait policy)
{
	pid = spawn(manner);
	attach(policy, LONG_MS);
	if (manner != SILENT)
		assert_status(call(OP_SLOW), OC_OK);
}

static void a_long_wait_is_one_sleep(void **state)
{
	static const enum oc_wait policies[] = { OC_WAIT_SLEEP, OC_WAIT_ADAPTIVE };

	(void)state;
	pid = spawn(RINGS);
	for (int i = 0; i < 2; i++) {
		long before;

		attach(policies[i], LONG_MS);
		assert_true(header()->client_word & TFS_SHM_POLL_CW_CAN_RING);
		assert_status(call(OP_SLOW), OC_OK);
		before = sleeps();
		assert_status(call(OP_SLOW), OC_OK);
		assert_in_range(sleeps() - before, 1, FEW);
		assert_false(header()->client_word & TFS_SHM_POLL_CW_SLEEPING);
		oc_channel_detach(&channel);
	}
}

/* It reads the requests, and says nothing to anybody. */
static void a_server_that_cannot_ring_is_looked_at(void **state)
{
	long before;

	(void)state;
	begin(MUTE, OC_WAIT_SLEEP);
	before = sleeps();
	assert_status(call(OP_SLOW), OC_OK);
	assert_true(sleeps() - before > FEW);
}

static void a_timeout_is_kept(void **state)
{
	struct timespec from, to;
	long ms;

	(void)state;
	begin(RINGS, OC_WAIT_SLEEP);
	assert_status(oc_channel_set_timeout(&channel, SLOW_MS / 3), OC_OK);
	clock_gettime(CLOCK_MONOTONIC, &from);
	assert_status(call(OP_SLOW), OC_ETIMEOUT);
	clock_gettime(CLOCK_MONOTONIC, &to);
	ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
	assert_true(ms >= SLOW_MS / 3);
	assert_true(ms < LONG_MS / 2);
}

/* Of a memory file nobody sees the death; the successor rings, whoever sleeps. */
static void a_new_server_wakes_those_of_the_old_one(void **state)
{
	pid_t new;

	(void)state;
	begin(RINGS, OC_WAIT_SLEEP);
	end(pid);
	new = fork();
	if (!new) {
		pause_ms(SLOW_MS);
		serve(RINGS);
	}
	pid = new;
	assert_status(call(1), OC_ESERVER_RESTARTED);
	assert_status(oc_channel_attach_again(&channel), OC_OK);
	assert_status(call(1), OC_OK);
}

static void no_server_is_waited_for(void **state)
{
	pid = fork();
	(void)state;
	if (!pid) {
		pause_ms(SLOW_MS);
		serve(RINGS);
	}
	attach(OC_WAIT_SLEEP, LONG_MS);
	assert_status(call(1), OC_OK);
}

/* Others' signals end a sleep, and no wait. */
static void on_alarm(int sig)
{
	(void)sig;
}

static void signals_do_not_end_it(void **state)
{
	struct sigaction action = { .sa_handler = on_alarm }, old;
	const struct itimerval often = { { 0, 20000 }, { 0, 20000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	(void)state;
	begin(RINGS, OC_WAIT_SLEEP);
	sigaction(SIGALRM, &action, &old);
	setitimer(ITIMER_REAL, &often, NULL);
	assert_status(call(OP_SLOW), OC_OK);
	setitimer(ITIMER_REAL, &never, NULL);
	sigaction(SIGALRM, &old, NULL);
}

static void the_port_leaves_errno_alone(void **state)
{
	(void)state;
	begin(SILENT, OC_WAIT_SLEEP);
	for (uint32_t i = 0; i < 200; i++) {
		errno = EXDEV;
		assert_int_equal(port.pause(port.ctx, i), 0);
		assert_int_equal(errno, EXDEV);
	}
	port.ring(port.ctx);
	assert_int_equal(errno, EXDEV);
}

static int client_alone(void **state)
{
	if (fresh_file(state))
		return -1;
	client = get(oc_region_open, 0);
	return open_bell(&client_bell, &client);
}

static int nobody(void **state)
{
	end(pid);
	oc_bell_close(&client_bell);
	oc_region_close(&client);
	return nothing_left(state);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, client_alone, nobody)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_long_wait_is_one_sleep),
		TEST(a_server_that_cannot_ring_is_looked_at),
		TEST(a_timeout_is_kept),
		TEST(a_new_server_wakes_those_of_the_old_one),
		TEST(no_server_is_waited_for),
		TEST(signals_do_not_end_it),
		TEST(the_port_leaves_errno_alone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("port_bell", tests, make_directory, remove_directory);
}
