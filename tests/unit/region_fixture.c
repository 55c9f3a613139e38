// SPDX-License-Identifier: GPL-2.0-only
/* region_fixture.c: see region_fixture.h */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "region_fixture.h"

char dir[sizeof(TEMPLATE)];
char path[sizeof(TEMPLATE) + 8];
char other[sizeof(TEMPLATE) + 8];

struct oc_uri uri_of(const char *file, int channel)
{
	struct oc_uri uri = { .channel = channel, .stride = STRIDE };

	snprintf(uri.file, sizeof(uri.file), "%s", file);
	return uri;
}

static void poison(struct oc_region *region)
{
	memset(region, 0xa5, sizeof(*region));
}

void assert_closed(const struct oc_region *region)
{
	assert_null(region->base);
	assert_int_equal(region->fd, -1);
	assert_int_equal(region->channel, -1);
}

struct oc_region get(open_fn open_region, int channel)
{
	struct oc_uri uri = uri_of(path, channel);
	struct oc_region region;

	poison(&region);
	assert_int_equal(open_region(&region, &uri), OC_OK);
	return region;
}

void refused_uri(open_fn open_region, const struct oc_uri *uri, int status, int error)
{
	struct oc_region region;

	poison(&region);
	errno = 0;
	assert_int_equal(open_region(&region, uri), status);
	if (error)
		assert_int_equal(errno, error);
	assert_closed(&region);
	oc_region_close(&region);
}

void refused(open_fn open_region, const char *file, int channel, int status, int error)
{
	struct oc_uri uri = uri_of(file, channel);

	refused_uri(open_region, &uri, status, error);
}

pid_t hold(open_fn open_region, int channel, int ms)
{
	struct oc_uri uri = uri_of(path, channel);
	struct oc_region region;
	int pipe_fds[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(pipe_fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		if (open_region(&region, &uri) != OC_OK || write(pipe_fds[1], "x", 1) != 1)
			_exit(1);
		usleep((useconds_t)ms * 1000);
		_exit(0);
	}
	close(pipe_fds[1]);
	assert_int_equal(read(pipe_fds[0], &byte, 1), 1);
	close(pipe_fds[0]);
	return pid;
}

void end(pid_t pid)
{
	kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static int count_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static int descriptors;

static void remove_files(void)
{
	static const char *const bells[] = { "0.server", "0.client", "1.server", "1.client" };
	char name[sizeof(path) + 16];

	unlink(path);
	unlink(other);
	for (int i = 0; i < 4; i++) {
		snprintf(name, sizeof(name), "%s.%s", path, bells[i]);
		unlink(name);
	}
}

int fresh_file(void **state)
{
	(void)state;
	remove_files();
	descriptors = count_descriptors();
	return oc_region_create(path, CHANNELS, STRIDE, 0600);
}

/* Whatever the test was about: nothing may be left open. */
int nothing_left(void **state)
{
	(void)state;
	return count_descriptors() - descriptors;
}

int make_directory(void **state)
{
	(void)state;
	strcpy(dir, TEMPLATE);
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/region", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	return 0;
}

int remove_directory(void **state)
{
	(void)state;
	remove_files();
	return rmdir(dir);
}
