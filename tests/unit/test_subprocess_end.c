// SPDX-License-Identifier: GPL-2.0-only
/* test_subprocess_end.c: programs are ended, with all that they have started */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "subprocess_fixture.h"

#define SECOND	INT64_C(1000000000)

static void was_killed_by(int number)
{
	assert_true(WIFSIGNALED(sub.status));
	assert_int_equal(WTERMSIG(sub.status), number);
	assert_int_equal(sub.pid, 0);
	assert_true(sub.out == -1 && sub.pidfd == -1);
	assert_status(oc_subprocess_stop(&sub, -1), OC_OK);
}

static void it_ends_when_asked(void **state)
{
	const char *const argv[] = { "sleep", "1000", NULL };

	(void)state;
	assert_status(start(argv, NULL, OC_STREAM_NULL, OC_STREAM_PIPE, OC_STREAM_OUT), OC_OK);
	assert_status(oc_subprocess_reap(&sub), OC_PENDING);
	assert_status(oc_subprocess_stop(&sub, -1), OC_OK);
	was_killed_by(SIGTERM);
}

static void it_does_not_end_when_asked(void **state)
{
	(void)state;
	start_shell("trap '' TERM; echo ready; while :; do sleep 1000; done", OC_STREAM_NULL);
	get(sub.out, true);
	assert_string_equal(text, "ready\n");
	assert_status(oc_subprocess_signal(&sub, SIGTERM), OC_OK);
	assert_status(oc_subprocess_reap(&sub), OC_PENDING);
	assert_status(oc_subprocess_stop(&sub, SECOND / 20), OC_OK);
	was_killed_by(SIGKILL);
}

static void there_is_no_grace(void **state)
{
	(void)state;
	start_shell("trap 'exit 0' TERM; echo ready; while :; do sleep 1000; done", OC_STREAM_NULL);
	get(sub.out, true);
	assert_status(oc_subprocess_stop(&sub, 0), OC_OK);
	was_killed_by(SIGKILL);
}

static void it_has_ended_already(void **state)
{
	siginfo_t info;

	(void)state;
	start_shell("exit 7", OC_STREAM_NULL);
	assert_int_equal(waitid(P_PID, (id_t)sub.pid, &info, WEXITED | WNOWAIT), 0);
	assert_status(oc_subprocess_stop(&sub, -1), OC_OK);
	assert_true(WIFEXITED(sub.status) && WEXITSTATUS(sub.status) == 7);
}

/* Gone, or a zombie that whoever has got it has not reaped yet. */
static bool is_dead(pid_t pid)
{
	char path[64], state = 'X';
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	in = fopen(path, "re");
	if (!in)
		return true;
	if (fscanf(in, "%*d %*s %c", &state) != 1)
		state = 'X';
	fclose(in);
	return state == 'Z' || state == 'X';
}

static void its_children_end_with_it(void **state)
{
	pid_t child;

	(void)state;
	start_shell("trap '' TERM; (trap '' TERM; sleep 1000) & echo $!; wait", OC_STREAM_NULL);
	get(sub.out, true);
	child = (pid_t)atoi(text);
	assert_true(child > 1);
	assert_int_equal(getpgid(child), sub.pid);
	assert_int_not_equal(getpgid(0), sub.pid);
	assert_status(oc_subprocess_stop(&sub, 1), OC_OK);
	while (!is_dead(child))		/* or the time limit of all tests */
		clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = 1000000 }, NULL);
}

static void it_has_left_its_group(void **state)
{
	const char *const argv[] = {
		"perl", "-e", "setpgrp(0, getpgrp(getppid())); $| = 1; print qq(ready\\n); sleep",
		NULL,
	};

	(void)state;
	assert_status(start(argv, NULL, OC_STREAM_NULL, OC_STREAM_PIPE, OC_STREAM_INHERIT), OC_OK);
	get(sub.out, true);
	assert_string_equal(text, "ready\n");
	assert_int_equal(getpgid(sub.pid), getpgid(0));
	assert_status(oc_subprocess_stop(&sub, -1), OC_OK);
	was_killed_by(SIGTERM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SUBPROCESS_TEST(it_ends_when_asked),
		SUBPROCESS_TEST(it_does_not_end_when_asked),
		SUBPROCESS_TEST(there_is_no_grace),
		SUBPROCESS_TEST(it_has_ended_already),
		SUBPROCESS_TEST(its_children_end_with_it),
		SUBPROCESS_TEST(it_has_left_its_group),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("subprocess_end", tests, NULL, NULL);
}
