// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server gives its last response and stops while a client looks for it. Wherever in
 * its look the client is - a child process is stepped there, instruction by instruction -
 * it gets the response.
 */
#include <signal.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pair.h"
#include "unit.h"

#define LOOK_MAX	20000	/* instructions of one look, with sanitizers */

static volatile int *result;

/* Looks once, or until there is a result; stops before and behind. */
static pid_t start_client(struct pair *pair, bool once)
{
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid)
		return pid;
	if (ptrace(PTRACE_TRACEME, 0, NULL, NULL))
		_exit(1);
	raise(SIGSTOP);
	do {
		*result = oc_channel_poll(&pair->client);
	} while (*result == OC_PENDING && !once);
	raise(SIGSTOP);
	_exit(0);
}

static int next_stop(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSTOPPED(status));
	return WSTOPSIG(status);
}

/* Steps it on; the instructions that were done when it stopped by itself, or @most. */
static unsigned int step(pid_t pid, unsigned int most)
{
	for (unsigned int n = 0; n < most; n++) {
		assert_int_equal(ptrace(PTRACE_SINGLESTEP, pid, NULL, NULL), 0);
		if (next_stop(pid) == SIGSTOP)
			return n;
	}
	return most;
}

static void end_client(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* A request that the server has taken and not answered; all in memory that is shared. */
static void begin(struct pair *pair, struct oc_msg *ping)
{
	pair_header(pair)->client_uuid[0] = 0;
	pair_start_server(pair);
	memset(&pair->client, 0, sizeof(pair->client));
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 1000), OC_OK);
	*ping = (struct oc_msg) { .length = sizeof(*ping), .op = OC_OP_PING };
	assert_status(oc_channel_start(&pair->client, ping, pair->response, 64), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_REQUEST);
}

static void answer_and_stop(struct pair *pair)
{
	memcpy(pair->tx, pair->rx, sizeof(struct oc_msg));
	oc_server_respond(&pair->server, (struct oc_msg *)pair->tx);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_SENT);
	oc_server_stop(&pair->server);
}

static void test_answer_then_stop(void **state)
{
	struct pair *made = pair_new();
	struct pair *pair = mmap(NULL, sizeof(*pair), PROT_READ | PROT_WRITE,
				 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int look;
	struct oc_msg ping;
	pid_t pid;

	(void)state;
	assert_true(pair != MAP_FAILED);
	memcpy(pair, made, sizeof(*pair));
	pair->client_port.ctx = pair;
	pair->server_port.ctx = pair;
	result = (volatile int *)&pair->abandon;

	begin(pair, &ping);
	pid = start_client(pair, true);
	assert_int_equal(next_stop(pid), SIGSTOP);
	look = step(pid, LOOK_MAX);
	end_client(pid);
	assert_true(look > 10 && look < LOOK_MAX);

	for (unsigned int n = 0; n <= look; n++) {
		*result = 0;
		begin(pair, &ping);
		pid = start_client(pair, false);
		assert_int_equal(next_stop(pid), SIGSTOP);
		step(pid, n);
		answer_and_stop(pair);
		assert_int_equal(ptrace(PTRACE_CONT, pid, NULL, NULL), 0);
		assert_int_equal(next_stop(pid), SIGSTOP);
		end_client(pid);
		if (*result != OC_OK)
			fail_msg("stopped after %u instructions: %s", n, oc_status_name(*result));
	}
	munmap(pair, sizeof(*pair));
	pair_free(made);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_then_stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
