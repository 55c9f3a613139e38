// SPDX-License-Identifier: GPL-2.0-only
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "subprocess_fixture.h"

struct oc_subprocess sub;
char text[8192];
int fds_before;

int open_fds(void)
{
	DIR *dir = opendir("/proc/self/fd");
	int n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

int subprocess_setup(void **state)
{
	(void)state;
	memset(&sub, 0xa5, sizeof(sub));
	fds_before = open_fds();
	return 0;
}

int subprocess_teardown(void **state)
{
	(void)state;
	oc_subprocess_close(&sub);
	assert_int_equal(open_fds(), fds_before);
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
	return 0;
}

int start(const char *const *argv, const char *const *envp, enum oc_stream in,
	  enum oc_stream out, enum oc_stream err)
{
	const struct oc_subprocess_spec spec = {
		.argv = argv, .envp = envp, .in = in, .out = out, .err = err,
	};

	return oc_subprocess_start(&sub, &spec);
}

void start_shell(const char *command, enum oc_stream err)
{
	const char *const argv[] = { "/bin/sh", "-c", command, NULL };

	assert_status(start(argv, NULL, OC_STREAM_NULL, OC_STREAM_PIPE, err), OC_OK);
}

void get(int fd, bool line)
{
	size_t n = 0;

	fcntl(fd, F_SETFL, 0);
	while (n < sizeof(text) - 1 && (!line || !n || text[n - 1] != '\n')) {
		ssize_t got = read(fd, text + n, line ? 1 : sizeof(text) - 1 - n);

		assert_true(got >= 0);
		if (!got)
			break;
		n += (size_t)got;
	}
	text[n] = 0;
}

void reap(void)
{
	siginfo_t info;

	assert_int_equal(waitid(P_PID, (id_t)sub.pid, &info, WEXITED | WNOWAIT), 0);
	assert_status(oc_subprocess_reap(&sub), OC_OK);
	assert_int_equal(sub.pid, 0);
	assert_int_equal(sub.pidfd, -1);
}
