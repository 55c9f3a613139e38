// SPDX-License-Identifier: GPL-2.0-only
/* test_subprocess.c: programs are started and listened to; their end: test_subprocess_end.c */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/wait_set.h>

#include "subprocess_fixture.h"

#define MUCH	1000000		/* more than pipes hold */

static void output_and_end_are_events(void **state)
{
	struct oc_wait_source sources[2];
	struct oc_event events[2];
	struct oc_wait_set set;
	int out, end, n;

	(void)state;
	start_shell("echo one; exit 3", OC_STREAM_INHERIT);
	assert_int_equal(sub.in, -1);
	assert_int_equal(sub.err, -1);
	assert_status(oc_wait_set_init(&set, sources, 2), OC_OK);
	out = oc_wait_set_add_fd(&set, sub.out, OC_EVENT_READABLE, &sub.out);
	end = oc_wait_set_add_pidfd(&set, sub.pidfd, &sub);
	for (bool ended = false, eof = false; !ended || !eof;) {
		n = oc_wait_set_wait(&set, events, 2, -1);
		assert_true(n > 0);
		for (int i = 0; i < n; i++) {
			if (events[i].what == OC_EVENT_READABLE) {
				ssize_t got = read(sub.out, text, sizeof(text));

				assert_true(got == 4 || !got);
				assert_true(!got || !memcmp(text, "one\n", 4));
				eof = !got;
				assert_status(eof ? oc_wait_set_remove(&set, out) : 0, OC_OK);
			} else {
				assert_int_equal(events[i].what, OC_EVENT_EXIT);
				assert_status(oc_wait_set_remove(&set, end), OC_OK);
				assert_status(oc_subprocess_reap(&sub), OC_OK);
				ended = true;
			}
		}
	}
	assert_true(WIFEXITED(sub.status) && WEXITSTATUS(sub.status) == 3);
	assert_status(oc_subprocess_reap(&sub), OC_OK);
	oc_wait_set_close(&set);
}

/* To cat and back, by what is ready; a pipe that blocked would be a deadlock. */
static void much_goes_both_ways(void **state)
{
	static char much[MUCH], back[MUCH];
	const char *const argv[] = { "cat", NULL };
	struct oc_wait_source sources[2];
	struct oc_event events[2];
	struct oc_wait_set set;
	size_t sent = 0, got = 0;
	int in;

	(void)state;
	for (size_t i = 0; i < MUCH; i++)
		much[i] = (char)(i * 7 + i / 1000);
	assert_status(start(argv, NULL, OC_STREAM_PIPE, OC_STREAM_PIPE, OC_STREAM_INHERIT), OC_OK);
	assert_status(oc_wait_set_init(&set, sources, 2), OC_OK);
	in = oc_wait_set_add_fd(&set, sub.in, OC_EVENT_WRITABLE, NULL);
	oc_wait_set_add_fd(&set, sub.out, OC_EVENT_READABLE, NULL);
	while (got < MUCH) {
		ssize_t n;

		assert_true(oc_wait_set_wait(&set, events, 2, -1) > 0);
		n = sent < MUCH ? write(sub.in, much + sent, MUCH - sent) : 0;
		assert_true(n >= 0 || errno == EAGAIN);
		sent += n > 0 ? (size_t)n : 0;
		if (sent == MUCH)
			oc_wait_set_modify(&set, in, 0);
		n = read(sub.out, back + got, MUCH - got);
		assert_true(n > 0 || (n < 0 && errno == EAGAIN));
		got += n > 0 ? (size_t)n : 0;
	}
	assert_memory_equal(much, back, MUCH);
	assert_status(oc_subprocess_reap(&sub), OC_PENDING);
	close(sub.in);
	sub.in = -1;
	get(sub.out, false);
	assert_string_equal(text, "");
	reap();
	assert_int_equal(sub.status, 0);
	oc_wait_set_close(&set);
}

static void errors_are_a_stream_of_their_own(void **state)
{
	(void)state;
	start_shell("echo out; echo err >&2", OC_STREAM_PIPE);
	get(sub.err, false);
	assert_string_equal(text, "err\n");
	get(sub.out, false);
	assert_string_equal(text, "out\n");
	reap();
}

static void errors_go_where_output_goes(void **state)
{
	(void)state;
	start_shell("echo out; echo err >&2", OC_STREAM_OUT);
	get(sub.out, false);
	assert_string_equal(text, "out\nerr\n");
	reap();
}

static void there_is_nothing_to_read(void **state)
{
	(void)state;
	start_shell("cat; echo end", OC_STREAM_NULL);
	get(sub.out, false);
	assert_string_equal(text, "end\n");
	reap();
}

static void the_environment_is_given(void **state)
{
	const char *const argv[] = { "env", NULL }, *const envp[] = { "A=1", "B=two", NULL };

	(void)state;
	assert_status(start(argv, envp, OC_STREAM_NULL, OC_STREAM_PIPE, OC_STREAM_NULL), OC_OK);
	get(sub.out, false);
	assert_string_equal(text, "A=1\nB=two\n");
	reap();
	oc_subprocess_close(&sub);
	setenv("TEST_SUBPROCESS", "here", 1);
	start_shell("echo $TEST_SUBPROCESS", OC_STREAM_NULL);
	get(sub.out, false);
	assert_string_equal(text, "here\n");
	reap();
}

static void signals_are_as_from_a_shell(void **state)
{
	const char *const argv[] = { "grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status", NULL };
	const unsigned long long libc_own = 3ull << 31;	/* 32 and 33: nobody can reset them */
	unsigned long long blocked, ignored;
	char *ignored_at;
	sigset_t all, old;

	(void)state;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	assert_status(start(argv, NULL, OC_STREAM_NULL, OC_STREAM_PIPE, OC_STREAM_NULL), OC_OK);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGINT, SIG_DFL);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	get(sub.out, false);
	assert_memory_equal(text, "SigBlk:", 7);
	blocked = strtoull(text + 7, &ignored_at, 16);
	assert_memory_equal(ignored_at, "\nSigIgn:", 8);
	ignored = strtoull(ignored_at + 8, NULL, 16);
	assert_int_equal(blocked & ~libc_own, 0);
	assert_int_equal(ignored & ~libc_own, 0);
	reap();
}

/* The fourth is what ls reads. */
static void no_other_descriptor_is_there(void **state)
{
	const char *const argv[] = { "ls", "/proc/self/fd", NULL };
	int leak = open("/dev/null", O_RDWR), high = fcntl(leak, F_DUPFD, 200);

	(void)state;
	assert_status(start(argv, NULL, OC_STREAM_PIPE, OC_STREAM_PIPE, OC_STREAM_PIPE), OC_OK);
	assert_true(fcntl(sub.in, F_GETFD) & fcntl(sub.out, F_GETFD) & fcntl(sub.err, F_GETFD) &
		    fcntl(sub.pidfd, F_GETFD) & FD_CLOEXEC);
	get(sub.out, false);
	assert_string_equal(text, "0\n1\n2\n3\n");
	reap();
	close(leak);
	close(high);
}

/* In a child, whose own streams are closed first: the pipes get their numbers. */
static bool start_without_streams(enum oc_stream stream, const char *command, const char *wanted)
{
	const char *const argv[] = { "sh", "-c", command, NULL };
	char line[16] = "";

	for (int i = 0; i < 3; i++)
		close(i);
	if (start(argv, NULL, stream, stream, OC_STREAM_PIPE) != OC_OK)
		return false;
	if (sub.in >= 0) {
		if (write(sub.in, "in\n", 3) != 3)
			return false;
		close(sub.in);
		sub.in = -1;
	}
	fcntl(sub.err, F_SETFL, 0);
	return read(sub.err, line, sizeof(line)) == (ssize_t)strlen(wanted) &&
	       !strcmp(line, wanted) && oc_subprocess_stop(&sub, -1) == OC_OK;
}

static void check_without_streams(enum oc_stream stream, const char *command, const char *wanted)
{
	pid_t pid = fork();
	int status;

	if (!pid)
		_exit(!start_without_streams(stream, command, wanted));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void streams_of_the_parent_are_closed(void **state)
{
	(void)state;
	sub = (struct oc_subprocess){ .pidfd = -1, .in = -1, .out = -1, .err = -1 };
	check_without_streams(OC_STREAM_PIPE, "cat >&2", "in\n");
	check_without_streams(OC_STREAM_NULL, "echo err >&2", "err\n");
}

static void refused(const char *const *argv, enum oc_stream in, enum oc_stream err, int status,
		    int error)
{
	errno = 0;
	assert_status(start(argv, NULL, in, OC_STREAM_PIPE, err), status);
	assert_int_equal(status == OC_ESYSTEM ? errno : 0, error);
	assert_int_equal(sub.pid, 0);
	assert_true(sub.pidfd == -1 && sub.in == -1 && sub.out == -1 && sub.err == -1);
	assert_status(oc_subprocess_signal(&sub, SIGTERM), OC_EINVAL);
	assert_status(oc_subprocess_stop(&sub, -1), OC_OK);
}

static void what_cannot_be_started(void **state)
{
	const char *const missing[] = { "/no/such/program", NULL }, *const empty[] = { NULL };
	const char *const unknown[] = { "no-such-program-anywhere", NULL };
	const char *const plain[] = { "/etc/passwd", NULL }, *const good[] = { "true", NULL };

	(void)state;
	refused(missing, OC_STREAM_PIPE, OC_STREAM_PIPE, OC_ESYSTEM, ENOENT);
	refused(unknown, OC_STREAM_PIPE, OC_STREAM_PIPE, OC_ESYSTEM, ENOENT);
	refused(plain, OC_STREAM_NULL, OC_STREAM_OUT, OC_ESYSTEM, EACCES);
	refused(empty, OC_STREAM_NULL, OC_STREAM_OUT, OC_EINVAL, 0);
	refused(NULL, OC_STREAM_NULL, OC_STREAM_OUT, OC_EINVAL, 0);
	refused(good, OC_STREAM_OUT, OC_STREAM_OUT, OC_EINVAL, 0);
	refused(good, OC_STREAM_NULL, OC_STREAM_OUT + 1, OC_EINVAL, 0);
}

/* One more each time, until it can be started. */
static void descriptors_run_out(void **state)
{
	const char *const argv[] = { "true", NULL };
	struct rlimit limit, few;
	int failures = 0, status;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	for (few.rlim_cur = 3;; few.rlim_cur++) {
		setrlimit(RLIMIT_NOFILE, &few);
		errno = 0;
		status = start(argv, NULL, OC_STREAM_PIPE, OC_STREAM_PIPE, OC_STREAM_PIPE);
		setrlimit(RLIMIT_NOFILE, &limit);
		if (status == OC_OK)
			break;
		assert_status(status, OC_ESYSTEM);
		assert_int_equal(errno, EMFILE);
		assert_int_equal(open_fds(), fds_before);
		failures++;
	}
	assert_true(failures >= 7);
	assert_status(oc_subprocess_stop(&sub, -1), OC_OK);
}

static void somebody_else_has_reaped_it(void **state)
{
	(void)state;
	start_shell("exit 1", OC_STREAM_NULL);
	assert_int_equal(waitpid(sub.pid, NULL, 0), sub.pid);
	assert_status(oc_subprocess_reap(&sub), OC_ESYSTEM);
	assert_int_equal(errno, ECHILD);
	assert_int_equal(sub.pidfd, -1);
	assert_status(oc_subprocess_reap(&sub), OC_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		SUBPROCESS_TEST(output_and_end_are_events),
		SUBPROCESS_TEST(much_goes_both_ways),
		SUBPROCESS_TEST(errors_are_a_stream_of_their_own),
		SUBPROCESS_TEST(errors_go_where_output_goes),
		SUBPROCESS_TEST(there_is_nothing_to_read),
		SUBPROCESS_TEST(the_environment_is_given),
		SUBPROCESS_TEST(signals_are_as_from_a_shell),
		SUBPROCESS_TEST(no_other_descriptor_is_there),
		SUBPROCESS_TEST(streams_of_the_parent_are_closed),
		SUBPROCESS_TEST(what_cannot_be_started),
		SUBPROCESS_TEST(descriptors_run_out),
		SUBPROCESS_TEST(somebody_else_has_reaped_it),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("subprocess", tests, NULL, NULL);
}
