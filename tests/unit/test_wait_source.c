// SPDX-License-Identifier: GPL-2.0-only
/* test_wait_source.c: what comes into a wait set and goes, and what was closed meanwhile */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/wait_set.h>

#include "unit.h"

#define MS	1000000
#define SOURCES 4

static int waits;

int __real_epoll_pwait2(int epoll, struct epoll_event *events, int max,
			const struct timespec *time, const sigset_t *mask);
int __wrap_epoll_pwait2(int epoll, struct epoll_event *events, int max,
			const struct timespec *time, const sigset_t *mask);

int __wrap_epoll_pwait2(int epoll, struct epoll_event *events, int max,
			const struct timespec *time, const sigset_t *mask)
{
	waits++;
	return __real_epoll_pwait2(epoll, events, max, time, mask);
}

static struct oc_wait_source sources[SOURCES];
static struct oc_wait_set set;
static struct oc_event events[SOURCES];
static int pipes[SOURCES + 1][2];

static int setup(void **state)
{
	(void)state;
	assert_status(oc_wait_set_init(&set, sources, SOURCES), OC_OK);
	for (int i = 0; i <= SOURCES; i++)
		assert_int_equal(pipe2(pipes[i], O_CLOEXEC | O_NONBLOCK), 0);
	waits = 0;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	oc_wait_set_close(&set);
	for (int i = 0; i < 2 * (SOURCES + 1); i++)
		close(pipes[i / 2][i % 2]);
	return 0;
}

static int add(int i)
{
	return oc_wait_set_add_fd(&set, pipes[i][0], OC_EVENT_READABLE, &pipes[i]);
}

static void give(int i)
{
	assert_int_equal(write(pipes[i][1], "x", 1), 1);
}

static int wait_for(int64_t ns)
{
	return oc_wait_set_wait(&set, events, SOURCES, ns);
}

static void refused(int status, int wanted, int error)
{
	assert_status(status, wanted);
	if (wanted == OC_ESYSTEM)
		assert_int_equal(errno, error);
}

static void a_set_has_bounds(void **state)
{
	struct oc_wait_set other;
	struct rlimit limit, none;

	(void)state;
	refused(oc_wait_set_init(&other, sources, 0), OC_EINVAL, 0);
	refused(oc_wait_set_init(&other, sources, OC_WAIT_SET_MAX + 1), OC_EINVAL, 0);
	getrlimit(RLIMIT_NOFILE, &limit);
	none = limit;
	none.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &none);
	refused(oc_wait_set_init(&other, sources, SOURCES), OC_ESYSTEM, EMFILE);
	setrlimit(RLIMIT_NOFILE, &limit);
	refused(oc_wait_set_wait(&set, events, 0, -1), OC_EINVAL, 0);
}

static void full_is_full(void **state)
{
	int ids[SOURCES];

	(void)state;
	for (int i = 0; i < SOURCES; i++) {
		ids[i] = add(i);
		assert_true(ids[i] >= 0);
	}
	refused(add(SOURCES), OC_ENOMEM, 0);
	assert_status(oc_wait_set_remove(&set, ids[2]), OC_OK);
	assert_true(add(SOURCES) >= 0);
	refused(add(2), OC_ENOMEM, 0);
}

static void what_cannot_be_added(void **state)
{
	char path[] = "/tmp/test_wait_source.XXXXXX";
	int fd = mkstemp(path), id;

	(void)state;
	unlink(path);
	refused(oc_wait_set_add_fd(&set, fd, OC_EVENT_READABLE, NULL), OC_ESYSTEM, EPERM);
	close(fd);
	refused(oc_wait_set_add_fd(&set, fd, OC_EVENT_READABLE, NULL), OC_ESYSTEM, EBADF);
	refused(oc_wait_set_add_fd(&set, pipes[0][0], OC_EVENT_LATCH, NULL), OC_EINVAL, 0);
	id = add(0);
	refused(add(0), OC_ESYSTEM, EEXIST);
	refused(oc_wait_set_modify(&set, id, OC_EVENT_EXIT), OC_EINVAL, 0);
	refused(oc_wait_set_modify(&set, id + 1, OC_EVENT_READABLE), OC_EINVAL, 0);
	refused(oc_wait_set_modify(&set, -1, OC_EVENT_READABLE), OC_EINVAL, 0);
	give(0);
	assert_int_equal(wait_for(-1), 1);
	assert_int_equal(events[0].id, id);
	for (int i = 1; i < SOURCES; i++)
		assert_true(add(i) >= 0);
}

static void a_latch_is_not_modified(void **state)
{
	struct oc_latch latch;
	int id;

	(void)state;
	assert_status(oc_latch_init(&latch), OC_OK);
	id = oc_wait_set_add_latch(&set, &latch, NULL);
	refused(oc_wait_set_modify(&set, id, OC_EVENT_READABLE), OC_EINVAL, 0);
	refused(oc_wait_set_add_latch(&set, &latch, NULL), OC_ESYSTEM, EEXIST);
	oc_latch_set(&latch);
	assert_int_equal(wait_for(-1), 1);
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
	oc_latch_close(&latch);
}

static void removed_is_gone(void **state)
{
	int id = add(0), again;

	(void)state;
	give(0);
	assert_true(oc_wait_set_has(&set, id));
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
	assert_false(oc_wait_set_has(&set, id));
	refused(oc_wait_set_remove(&set, id), OC_EINVAL, 0);
	assert_int_equal(wait_for(0), 0);
	again = add(0);
	assert_int_not_equal(again, id);
	assert_false(oc_wait_set_has(&set, id));
	assert_false(oc_wait_set_has(&set, -1));
	assert_false(oc_wait_set_has(&set, INT32_MAX));
	assert_true(oc_wait_set_has(&set, again));
	assert_int_equal(wait_for(-1), 1);
	assert_int_equal(events[0].id, again);
}

/* The first of two events removes the source of the second. */
static void removed_by_a_neighbour(void **state)
{
	(void)state;
	add(0);
	add(1);
	give(0);
	give(1);
	assert_int_equal(wait_for(-1), 2);
	assert_status(oc_wait_set_remove(&set, events[1].id), OC_OK);
	assert_true(oc_wait_set_has(&set, events[0].id));
	assert_false(oc_wait_set_has(&set, events[1].id));
}

static void ids_are_not_soon_the_same(void **state)
{
	int first = add(0);

	(void)state;
	assert_status(oc_wait_set_remove(&set, first), OC_OK);
	for (int i = 1; i < 32768; i++) {
		int id = add(0);

		assert_true(id >= 0 && id != first);
		assert_status(oc_wait_set_remove(&set, id), OC_OK);
	}
}

static void closed_first(void **state)
{
	int id = add(0), other = add(1);

	(void)state;
	give(0);
	close(pipes[0][0]);
	assert_int_equal(wait_for(0), 0);
	errno = EXDEV;
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
	assert_int_equal(errno, EXDEV);
	give(1);
	assert_int_equal(wait_for(-1), 1);
	assert_int_equal(events[0].id, other);
}

/* The kernel goes on telling of it, and nobody can name it any more. */
static void closed_first_with_a_copy(void **state)
{
	int id = add(0), other = add(1), paused, copy = dup(pipes[0][0]);

	(void)state;
	paused = oc_wait_set_add_fd(&set, pipes[2][0], 0, NULL);
	assert_true(paused >= 0);
	give(0);
	close(pipes[0][0]);
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
	assert_int_equal(wait_for(20 * MS), 0);
	assert_int_equal(waits, 2);
	assert_int_equal(wait_for(5 * MS), 0);
	assert_int_equal(waits, 3);
	give(1);
	assert_int_equal(wait_for(-1), 1);
	assert_int_equal(events[0].id, other);
	assert_status(oc_wait_set_modify(&set, paused, OC_EVENT_READABLE), OC_OK);
	give(2);
	assert_int_equal(wait_for(-1), 2);
	close(copy);
}

/* What else was closed is not in the way of starting anew. */
static void closed_twice_with_a_copy(void **state)
{
	int id = add(0), copy = dup(pipes[0][0]);

	(void)state;
	add(1);
	give(0);
	close(pipes[0][0]);
	close(pipes[1][0]);
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
	assert_int_equal(wait_for(5 * MS), 0);
	close(copy);
}

static void a_number_that_is_used_again(void **state)
{
	int fd = pipes[0][0], id = add(0);

	(void)state;
	close(fd);
	assert_int_equal(dup2(pipes[1][0], fd), fd);
	refused(add(0), OC_ESYSTEM, EEXIST);
	assert_status(oc_wait_set_remove(&set, id), OC_OK);
	assert_true(add(0) >= 0);
	give(1);
	assert_int_equal(wait_for(-1), 1);
}

/* Closing in a child must not take anything from the parent's set. */
static void a_child_closes_its_copy(void **state)
{
	int id = add(0), status;
	pid_t pid;

	(void)state;
	pid = fork();
	if (!pid) {
		oc_wait_set_close(&set);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	give(0);
	assert_int_equal(wait_for(-1), 1);
	assert_int_equal(events[0].id, id);
}

static void closed_is_an_error(void **state)
{
	(void)state;
	oc_wait_set_close(&set);
	oc_wait_set_close(&set);
	refused(wait_for(-1), OC_ESYSTEM, EBADF);
	refused(add(0), OC_ESYSTEM, EBADF);
}

#define source_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		source_test(a_set_has_bounds),
		source_test(full_is_full),
		source_test(what_cannot_be_added),
		source_test(a_latch_is_not_modified),
		source_test(removed_is_gone),
		source_test(removed_by_a_neighbour),
		source_test(ids_are_not_soon_the_same),
		source_test(closed_first),
		source_test(closed_first_with_a_copy),
		source_test(closed_twice_with_a_copy),
		source_test(a_number_that_is_used_again),
		source_test(a_child_closes_its_copy),
		source_test(closed_is_an_error),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("wait_source", tests, NULL, NULL);
}
