// SPDX-License-Identifier: GPL-2.0-only
/* test_bell_fifo.c: a memory file's FIFOs: whose they are, and what may lie in their place */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bell_fixture.h"

#define NOBODY	65534

static const char *fifo(const char *whose)
{
	static char name[sizeof(path) + 16];

	snprintf(name, sizeof(name), "%s.0.%s", path, whose);
	return name;
}

static void no_bell(const struct oc_region *region, int error)
{
	struct oc_bell bell;

	errno = 0;
	assert_int_equal(open_bell(&bell, region), OC_ESYSTEM);
	assert_int_equal(errno, error);
	assert_int_equal(bell.fd, -1);
	oc_bell_close(&bell);
}

static void made_like_the_file(void **state)
{
	struct stat st;

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stat(fifo(i ? "client" : "server"), &st), 0);
		assert_true(S_ISFIFO(st.st_mode));
		assert_int_equal(st.st_mode & 07777, 0600);
		assert_int_equal(fcntl(i ? client_bell.fd : server_bell.fd, F_GETFD), FD_CLOEXEC);
	}
	assert_int_equal(chmod(path, 0666), 0);
	oc_bell_close(&server_bell);
	assert_int_equal(open_bell(&server_bell, &server), OC_OK);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(stat(fifo(i ? "client" : "server"), &st), 0);
		assert_int_equal(st.st_mode & 07777, 0666);
	}
}

static void the_same_one_next_time(void **state)
{
	struct stat before, after;

	(void)state;
	assert_int_equal(stat(fifo("server"), &before), 0);
	oc_bell_close(&server_bell);
	assert_int_equal(open_bell(&server_bell, &server), OC_OK);
	assert_int_equal(stat(fifo("server"), &after), 0);
	assert_int_equal(after.st_ino, before.st_ino);
}

static void a_plain_file_is_no_bell(void **state)
{
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(unlink(fifo("client")), 0);
	fd = open(fifo("client"), O_RDWR | O_CREAT, 0644);
	assert_int_equal(write(fd, "mine", 4), 4);
	no_bell(&client, ENOTSUP);
	no_bell(&server, ENOTSUP);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, 4);
	assert_int_equal(st.st_mode & 07777, 0644);
	close(fd);
}

static void a_link_is_not_followed(void **state)
{
	(void)state;
	assert_int_equal(mkfifo(other, 0600), 0);
	assert_int_equal(unlink(fifo("server")), 0);
	assert_int_equal(symlink(other, fifo("server")), 0);
	no_bell(&client, ELOOP);
	no_bell(&server, ELOOP);
}

static void nor_one_that_leads_nowhere(void **state)
{
	(void)state;
	assert_int_equal(unlink(fifo("server")), 0);
	assert_int_equal(symlink(other, fifo("server")), 0);
	no_bell(&server, ELOOP);
	assert_int_equal(access(other, F_OK), -1);
}

static void a_directory_is_no_bell(void **state)
{
	(void)state;
	assert_int_equal(unlink(fifo("server")), 0);
	assert_int_equal(mkdir(fifo("server"), 0700), 0);
	no_bell(&server, EISDIR);
	no_bell(&client, EISDIR);
	assert_int_equal(rmdir(fifo("server")), 0);
}

static void a_second_name_is_left_alone(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(mkfifo(other, 0644), 0);
	assert_int_equal(unlink(fifo("server")), 0);
	assert_int_equal(link(other, fifo("server")), 0);
	no_bell(&server, EPERM);
	assert_int_equal(stat(other, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
}

static void a_name_that_is_too_long(void **state)
{
	struct oc_uri uri = uri_of(path, 0);
	struct oc_bell bell;

	(void)state;
	memset(uri.file, 'x', sizeof(uri.file) - 1);
	assert_int_equal(oc_bell_open(&bell, &server, &uri), OC_ESYSTEM);
	assert_int_equal(errno, ENAMETOOLONG);
	assert_int_equal(bell.fd, -1);
}

/* Does something as somebody else, in a process of its own. */
static void as_nobody(int (*f)(void))
{
	pid_t pid;
	int status;

	if (geteuid())
		skip();
	pid = fork();
	assert_true(pid >= 0);
	if (!pid)
		_exit(setgroups(0, NULL) || setegid(NOBODY) || seteuid(NOBODY) ? 100 : f());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int refused_by(const struct oc_region *region, int error)
{
	struct oc_bell bell;

	return open_bell(&bell, region) != OC_ESYSTEM || errno != error;
}

static int makes_none(void)
{
	return refused_by(&client, ENOENT) || access(fifo("client"), F_OK) != -1;
}

/* A stranger's FIFO would be his to take the rings from. */
static void only_the_owner_makes_them(void **state)
{
	(void)state;
	assert_int_equal(unlink(fifo("client")), 0);
	assert_int_equal(chmod(dir, 0777), 0);
	as_nobody(makes_none);
}

static int may_not_open(void)
{
	return refused_by(&client, EACCES);
}

static void permissions_are_the_files(void **state)
{
	(void)state;
	assert_int_equal(chmod(dir, 0755), 0);
	as_nobody(may_not_open);
}

static int finds_one(void)
{
	struct oc_bell bell;

	return open_bell(&bell, &client) != OC_OK || oc_bell_ring(&bell) != OC_OK;
}

static void others_may_if_the_file_lets_them(void **state)
{
	(void)state;
	assert_int_equal(chmod(path, 0666), 0);
	assert_int_equal(chmod(dir, 0755), 0);
	oc_bell_close(&server_bell);
	assert_int_equal(open_bell(&server_bell, &server), OC_OK);
	as_nobody(finds_one);
	if (!geteuid())
		assert_int_equal(take(&server_bell), 1);
}

static void a_strangers_is_refused(void **state)
{
	(void)state;
	if (geteuid())
		skip();
	assert_int_equal(chown(fifo("client"), NOBODY, NOBODY), 0);
	no_bell(&server, EPERM);
	no_bell(&client, EPERM);
}

static int is_too_open(void)
{
	return refused_by(&client, EPERM);
}

/* Root's, but anybody could take the rings. */
static void one_that_lets_others_in_is_refused(void **state)
{
	(void)state;
	assert_int_equal(chmod(dir, 0755), 0);
	assert_int_equal(chmod(fifo("client"), 0666), 0);
	as_nobody(is_too_open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BELL_TEST(made_like_the_file),
		BELL_TEST(the_same_one_next_time),
		BELL_TEST(a_plain_file_is_no_bell),
		BELL_TEST(a_link_is_not_followed),
		BELL_TEST(nor_one_that_leads_nowhere),
		BELL_TEST(a_directory_is_no_bell),
		BELL_TEST(a_second_name_is_left_alone),
		BELL_TEST(a_name_that_is_too_long),
		BELL_TEST(only_the_owner_makes_them),
		BELL_TEST(permissions_are_the_files),
		BELL_TEST(others_may_if_the_file_lets_them),
		BELL_TEST(a_strangers_is_refused),
		BELL_TEST(one_that_lets_others_in_is_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bell_fifo", tests, make_directory, remove_directory);
}
