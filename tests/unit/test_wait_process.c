// SPDX-License-Identifier: GPL-2.0-only
/* test_wait_process.c: signals, and ends of processes, as events of a wait set */
#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/wait_set.h>

#include "unit.h"

#define MS	1000000
#define SOURCES 4

static struct oc_wait_source sources[SOURCES];
static struct oc_wait_set set;
static struct oc_event events[SOURCES];
static int here;

static int setup(void **state)
{
	(void)state;
	assert_status(oc_wait_set_init(&set, sources, SOURCES), OC_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	oc_wait_set_close(&set);
	return 0;
}

static int wait_for(int64_t ns)
{
	memset(events, 0xa5, sizeof(events));
	return oc_wait_set_wait(&set, events, SOURCES, ns);
}

static sigset_t signals(int a, int b)
{
	sigset_t these;

	sigemptyset(&these);
	if (a)
		sigaddset(&these, a);
	if (b)
		sigaddset(&these, b);
	return these;
}

static void signals_come_as_events(void **state)
{
	sigset_t these = signals(SIGTERM, SIGHUP);
	int id;

	(void)state;
	pthread_sigmask(SIG_BLOCK, &these, NULL);
	id = oc_wait_set_add_signals(&set, &these, &here);
	assert_true(id >= 0);
	assert_int_equal(wait_for(0), 0);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGTERM);
	assert_int_equal(wait_for(-1), 1);
	assert_int_equal(events[0].what, OC_EVENT_SIGNAL);
	assert_int_equal(events[0].signal, SIGTERM);
	assert_int_equal(events[0].pid, getpid());
	assert_int_equal(events[0].id, id);
	assert_ptr_equal(events[0].data, &here);
	assert_int_equal(wait_for(0), 0);
}

/* With room for one event the other signal stays where it is. */
static void several_signals(void **state)
{
	sigset_t these = signals(SIGTERM, SIGHUP);
	int seen = 0;

	(void)state;
	pthread_sigmask(SIG_BLOCK, &these, NULL);
	oc_wait_set_add_signals(&set, &these, NULL);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGHUP);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(oc_wait_set_wait(&set, events, 1, -1), 1);
		seen += events[0].signal;
	}
	assert_int_equal(seen, SIGTERM + SIGHUP);
	assert_int_equal(wait_for(0), 0);
	kill(getpid(), SIGTERM);
	kill(getpid(), SIGHUP);
	assert_int_equal(wait_for(-1), 2);
}

static void signals_that_cannot_be_events(void **state)
{
	sigset_t none = signals(0, 0), killed = signals(SIGKILL, SIGTERM);
	sigset_t open = signals(SIGUSR1, SIGTERM), usr1 = signals(SIGUSR1, 0);

	(void)state;
	pthread_sigmask(SIG_BLOCK, &killed, NULL);
	pthread_sigmask(SIG_UNBLOCK, &usr1, NULL);
	assert_status(oc_wait_set_add_signals(&set, &none, NULL), OC_EINVAL);
	assert_status(oc_wait_set_add_signals(&set, &killed, NULL), OC_EINVAL);
	assert_status(oc_wait_set_add_signals(&set, &open, NULL), OC_EINVAL);
}

/* A child that ends when the pipe does. */
static pid_t child(int *until)
{
	int fds[2];
	pid_t pid;
	char text;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		close(fds[1]);
		_exit(read(fds[0], &text, 1) != 0);
	}
	close(fds[0]);
	*until = fds[1];
	return pid;
}

static void a_process_ends(void **state)
{
	int until, status, id;
	pid_t pid = child(&until);

	(void)state;
	id = oc_wait_set_add_process(&set, pid, &here);
	assert_true(id >= 0);
	assert_int_equal(wait_for(0), 0);
	close(until);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(wait_for(-1), 1);
		assert_int_equal(events[0].what, OC_EVENT_EXIT);
		assert_int_equal(events[0].pid, pid);
		assert_int_equal(events[0].id, id);
	}
	assert_int_equal(waitpid(pid, &status, WNOHANG), pid);
	assert_int_equal(wait_for(0), 1);
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
	assert_int_equal(wait_for(0), 0);
	assert_status(oc_wait_set_add_process(&set, pid, NULL), OC_ESYSTEM);
	assert_int_equal(errno, ESRCH);
	assert_status(oc_wait_set_add_process(&set, 0, NULL), OC_EINVAL);
	assert_status(oc_wait_set_add_process(&set, -1, NULL), OC_EINVAL);
}

static void a_pidfd_stays_the_callers(void **state)
{
	int until, id;
	pid_t pid = child(&until);
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	(void)state;
	id = oc_wait_set_add_pidfd(&set, pidfd, &here);
	assert_int_equal(wait_for(0), 0);
	close(until);
	assert_int_equal(wait_for(-1), 1);
	assert_int_equal(events[0].what, OC_EVENT_EXIT);
	assert_int_equal(events[0].pid, 0);
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
	assert_int_equal(close(pidfd), 0);
	waitpid(pid, NULL, 0);
}

/* --- the supervisor is a child of this test, and the supervised its child -------------- */

struct told {
	int added;
	int early;
	int n;
	uint32_t what;
	pid_t pid;
};

/* @orphan: adds it when it has already ended. */
static void supervised(int go, int out, pid_t parent, bool orphan)
{
	struct told told = { .early = -1 };
	char text;

	oc_wait_set_init(&set, sources, SOURCES);
	while (orphan && getppid() == parent)
		;
	told.added = oc_wait_set_add_supervisor(&set, orphan || !go ? parent : 0, &here);
	told.early = orphan ? 0 : oc_wait_set_wait(&set, events, SOURCES, 0);
	if (write(out, &told, sizeof(told)) < 0 || (go && read(go, &text, 1) < 0))
		_exit(1);
	told.n = oc_wait_set_wait(&set, events, SOURCES, -1);
	told.what = events[0].what;
	told.pid = events[0].pid;
	_exit(write(out, &told, sizeof(told)) < 0);
}

static void check_supervisor(bool orphan, bool by_pid)
{
	struct told told;
	int out[2], until[2];
	pid_t pid;
	char text;

	assert_int_equal(pipe(out), 0);
	assert_int_equal(pipe(until), 0);
	pid = fork();
	if (!pid) {
		pid_t self = getpid();

		close(until[1]);
		if (!fork())
			supervised(by_pid ? 0 : until[0], out[1], self, orphan);
		_exit(orphan ? 0 : read(until[0], &text, 1) != 0);
	}
	close(out[1]);
	assert_int_equal(read(out[0], &told, sizeof(told)), sizeof(told));
	assert_true(told.added >= 0);
	assert_int_equal(told.early, 0);
	close(until[1]);
	assert_int_equal(read(out[0], &told, sizeof(told)), sizeof(told));
	assert_int_equal(told.n, 1);
	assert_int_equal(told.what, OC_EVENT_SUPERVISOR);
	assert_int_equal(told.pid, pid);
	waitpid(pid, NULL, 0);
	close(until[0]);
	close(out[0]);
}

static void the_supervisor_ends(void **state)
{
	(void)state;
	check_supervisor(false, true);
	check_supervisor(false, false);
	assert_status(oc_wait_set_add_supervisor(&set, -1, NULL), OC_EINVAL);
}

static void the_supervisor_has_ended_before(void **state)
{
	(void)state;
	check_supervisor(true, true);
}

static void the_supervisor_lives(void **state)
{
	(void)state;
	assert_true(oc_wait_set_add_supervisor(&set, 0, NULL) >= 0);
	assert_int_equal(wait_for(0), 0);
}

#define process_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		process_test(signals_come_as_events),
		process_test(several_signals),
		process_test(signals_that_cannot_be_events),
		process_test(a_process_ends),
		process_test(a_pidfd_stays_the_callers),
		process_test(the_supervisor_ends),
		process_test(the_supervisor_has_ended_before),
		process_test(the_supervisor_lives),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wait_process", tests, NULL, NULL);
}
