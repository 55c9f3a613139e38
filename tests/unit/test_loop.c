// SPDX-License-Identifier: GPL-2.0-only
/* test_loop.c: whom the main thread's loop calls, and whom not */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../tools/tfsd/loop.h"
#include "unit.h"

static struct loop loop;

/* What was called, a letter each. */
static char calls[32];

static void note(char letter)
{
	size_t n = strlen(calls);

	assert_true(n + 1 < sizeof(calls));
	calls[n] = letter;
	calls[n + 1] = '\0';
}

struct source {
	struct loop_handler handler;
	char letter;
	int id;
	int fds[2];
	struct source *removes;
	struct oc_event event;
};

static void on_event(struct loop_handler *handler, const struct oc_event *event)
{
	struct source *source = container_of(handler, struct source, handler);

	note(source->letter);
	source->event = *event;
	if (source->removes)
		loop_remove(&loop, source->removes->id);
	loop_stop(&loop);
}

/* Takes itself out as well, and lets the loop go on. */
static void on_event_once(struct loop_handler *handler, const struct oc_event *event)
{
	struct source *source = container_of(handler, struct source, handler);

	assert_int_equal(event->id, source->id);
	note(source->letter);
	loop_remove(&loop, source->removes->id);
	loop_remove(&loop, source->id);
}

static void open_pipe(struct source *source, char letter)
{
	*source = (struct source){ .handler = { on_event }, .letter = letter };
	assert_int_equal(pipe(source->fds), 0);
	source->id = loop_add_fd(&loop, source->fds[0], OC_EVENT_READABLE, &source->handler);
	assert_true(source->id >= 0);
}

static void close_pipe(struct source *source)
{
	loop_remove(&loop, source->id);
	close(source->fds[0]);
	close(source->fds[1]);
}

static void fill(const struct source *source)
{
	assert_int_equal(write(source->fds[1], "x", 1), 1);
}

struct look {
	struct loop_look look;
	char letter;
	struct look *removes;
	bool stops;
};

static void on_look(struct loop_look *base)
{
	struct look *look = container_of(base, struct look, look);

	note(look->letter);
	if (look->removes)
		loop_remove_look(&loop, &look->removes->look);
	if (look->stops)
		loop_stop(&loop);
}

struct timer {
	struct loop_timer timer;
	char letter;
	struct timer *sets;
	bool stops;
};

static void on_timer(struct loop_timer *base)
{
	struct timer *timer = container_of(base, struct timer, timer);

	note(timer->letter);
	if (timer->sets)
		loop_set_timer(&loop, &timer->sets->timer, oc_clock_ns());
	if (timer->stops)
		loop_stop(&loop);
}

static int setup(void **state)
{
	(void)state;
	calls[0] = '\0';
	memset(&loop, 0xa5, sizeof(loop));
	assert_status(loop_init(&loop), OC_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	loop_close(&loop);
	return 0;
}

static void run(const char *wanted)
{
	calls[0] = '\0';
	assert_status(loop_run(&loop), OC_OK);
	assert_string_equal(calls, wanted);
}

static void a_descriptor_is_told(void **state)
{
	struct source a, b;

	(void)state;
	open_pipe(&a, 'a');
	open_pipe(&b, 'b');
	fill(&b);
	run("b");
	assert_int_equal(b.event.what, OC_EVENT_READABLE);
	assert_int_equal(b.event.id, b.id);
	assert_status(loop_modify(&loop, b.id, 0), OC_OK);
	fill(&a);
	run("a");
	close_pipe(&a);
	close_pipe(&b);
}

/* Both have happened when the first is called, whichever that is. */
static void what_is_removed_is_not_told(void **state)
{
	struct timer stop = { { .fire = on_timer }, 't', NULL, true };
	struct source a, b;

	(void)state;
	open_pipe(&a, 'a');
	open_pipe(&b, 'b');
	a.removes = &b;
	b.removes = &a;
	a.handler.event = on_event_once;
	b.handler.event = on_event_once;
	fill(&a);
	fill(&b);
	loop_set_timer(&loop, &stop.timer, oc_clock_ns() + 20 * LOOP_MS);
	assert_status(loop_run(&loop), OC_OK);
	assert_int_equal(strlen(calls), 2);
	assert_int_equal(calls[1], 't');
	close_pipe(&a);
	close_pipe(&b);
}

static void a_signal_is_told(void **state)
{
	struct source source = { .handler = { on_event }, .letter = 's' };
	sigset_t signals;

	(void)state;
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_BLOCK, &signals, NULL), 0);
	assert_true(loop_add_signals(&loop, &signals, &source.handler) >= 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	run("s");
	assert_int_equal(source.event.signal, SIGUSR1);
	assert_int_equal(source.event.pid, getpid());
}

static void a_process_is_told(void **state)
{
	struct source source = { .handler = { on_event }, .letter = 'p' };
	pid_t pid = fork();
	int fd;

	(void)state;
	if (!pid)
		_exit(0);
	fd = (int)syscall(SYS_pidfd_open, pid, 0);
	assert_true(fd >= 0);
	source.id = loop_add_pidfd(&loop, fd, &source.handler);
	assert_true(source.id >= 0);
	run("p");
	assert_int_equal(source.event.what, OC_EVENT_EXIT);
	loop_remove(&loop, source.id);
	close(fd);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
}

static void *set_latch(void *arg)
{
	oc_latch_set(arg);
	return NULL;
}

static void the_latch_is_looked_after(void **state)
{
	struct look a = { { .look = on_look }, 'a', NULL, true };
	pthread_t thread;

	(void)state;
	loop_add_look(&loop, &a.look);
	run("a");	/* an addition looks at once */
	assert_int_equal(pthread_create(&thread, NULL, set_latch, &loop.latch), 0);
	run("a");
	pthread_join(thread, NULL);
}

static void looks_may_remove_each_other(void **state)
{
	struct look c = { { .look = on_look }, 'c', NULL, true };
	struct look b = { { .look = on_look }, 'b', NULL, false };
	struct look a = { { .look = on_look }, 'a', &b, false };

	(void)state;
	loop_add_look(&loop, &c.look);
	loop_add_look(&loop, &b.look);
	loop_add_look(&loop, &a.look);
	run("ac");
	a.removes = &a;
	run("ac");
	run("c");
	loop_remove_look(&loop, &a.look);	/* is not there */
	run("c");
}

static void timers_fire_in_order(void **state)
{
	struct timer a = { { .fire = on_timer }, 'a', NULL, false };
	struct timer b = { { .fire = on_timer }, 'b', NULL, false };
	struct timer c = { { .fire = on_timer }, 'c', NULL, true };
	uint64_t now = oc_clock_ns();

	(void)state;
	loop_set_timer(&loop, &c.timer, now + 3 * LOOP_MS);
	loop_set_timer(&loop, &a.timer, now + LOOP_SECOND);
	loop_set_timer(&loop, &b.timer, now + 2 * LOOP_MS);
	loop_set_timer(&loop, &a.timer, now + LOOP_MS);
	run("abc");
	assert_true(oc_clock_ns() >= now + 3 * LOOP_MS);
	assert_null(loop.timers);
}

static void a_cancelled_timer_does_not_fire(void **state)
{
	struct timer a = { { .fire = on_timer }, 'a', NULL, true };
	struct timer b = { { .fire = on_timer }, 'b', NULL, true };

	(void)state;
	loop_cancel_timer(&loop, &a.timer);
	loop_set_timer(&loop, &a.timer, oc_clock_ns());
	loop_set_timer(&loop, &b.timer, oc_clock_ns() + LOOP_MS);
	loop_cancel_timer(&loop, &a.timer);
	run("b");
}

/* One that sets itself again for now does not keep the others from their turn. */
static void a_timer_may_set_itself(void **state)
{
	struct timer a = { { .fire = on_timer }, 'a', NULL, false };
	struct source source;

	(void)state;
	a.sets = &a;
	open_pipe(&source, 's');
	fill(&source);
	loop_set_timer(&loop, &a.timer, oc_clock_ns());
	assert_status(loop_run(&loop), OC_OK);
	assert_int_equal(calls[0], 'a');
	assert_int_equal(calls[strlen(calls) - 1], 's');
	close_pipe(&source);
}

static void a_stop_ends_the_turn(void **state)
{
	struct source a, b;

	(void)state;
	open_pipe(&a, 'a');
	open_pipe(&b, 'b');
	fill(&a);
	fill(&b);
	assert_status(loop_run(&loop), OC_OK);
	assert_int_equal(strlen(calls), 1);
	close_pipe(&a);
	close_pipe(&b);
}

static void there_is_room_for_so_many(void **state)
{
	struct source last = { .handler = { on_event } };
	int fds[LOOP_SOURCES_MAX][2], n = 0, id;

	(void)state;
	do {
		assert_int_equal(pipe(fds[n]), 0);
		id = loop_add_fd(&loop, fds[n][0], OC_EVENT_READABLE, &last.handler);
		n++;
	} while (id >= 0);
	assert_status(id, OC_ENOMEM);
	assert_int_equal(n, LOOP_SOURCES_MAX);	/* one is the latch's */
	while (n--) {
		close(fds[n][0]);
		close(fds[n][1]);
	}
}

#define loop_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		loop_test(a_descriptor_is_told),
		loop_test(what_is_removed_is_not_told),
		loop_test(a_signal_is_told),
		loop_test(a_process_is_told),
		loop_test(the_latch_is_looked_after),
		loop_test(looks_may_remove_each_other),
		loop_test(timers_fire_in_order),
		loop_test(a_cancelled_timer_does_not_fire),
		loop_test(a_timer_may_set_itself),
		loop_test(a_stop_ends_the_turn),
		loop_test(there_is_room_for_so_many),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
