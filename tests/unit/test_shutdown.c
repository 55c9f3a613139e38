// SPDX-License-Identifier: GPL-2.0-only
/* test_shutdown.c: parts that stop by turns, and what happens to those that do not */
#include <stdlib.h>

#include "../../tools/tfsd/log.h"
#include "../../tools/tfsd/shutdown.h"
#include "unit.h"

#define PARTS	3

static struct loop loop;
static struct shutdown shutdown;

/**
 * struct part
 * @stops_at: the mode from which on it does stop
 * @heard:    the modes that it was told, a digit each
 */
static struct part {
	struct shutdown_part part;
	enum shutdown_mode stops_at;
	enum shutdown_mode mode;
	char heard[8];
	int order;
} parts[PARTS];

static int stopped;	/* how many have, by now */

static void stop(struct shutdown_part *base, enum shutdown_mode mode)
{
	struct part *part = container_of(base, struct part, part);
	size_t n = strlen(part->heard);

	assert_true(mode > part->mode);
	part->mode = mode;
	part->heard[n] = (char)('0' + (int)mode);
	part->heard[n + 1] = '\0';
}

static bool has_stopped(struct shutdown_part *base)
{
	struct part *part = container_of(base, struct part, part);

	if (part->mode == SHUTDOWN_NONE || part->mode < part->stops_at)
		return false;
	part->order = ++stopped;
	return true;
}

static void begin(uint64_t limit_ns)
{
	stopped = 0;
	memset(parts, 0, sizeof(parts));
	assert_status(loop_init(&loop), OC_OK);
	memset(&shutdown, 0xa5, sizeof(shutdown));
	shutdown_init(&shutdown, &loop, limit_ns);
	for (int i = 0; i < PARTS; i++) {
		parts[i].part = (struct shutdown_part){ .stop = stop, .has_stopped = has_stopped };
		shutdown_add(&shutdown, &parts[i].part);
	}
}

static void run(enum shutdown_mode mode)
{
	shutdown_begin(&shutdown, mode);
	assert_status(loop_run(&loop), OC_OK);
	loop_close(&loop);
}

static void parts_stop_one_after_the_other(void **state)
{
	(void)state;
	begin(60 * LOOP_SECOND);
	assert_int_equal(shutdown.mode, SHUTDOWN_NONE);
	run(SHUTDOWN_SMART);
	for (int i = 0; i < PARTS; i++) {
		assert_string_equal(parts[i].heard, "1");
		assert_int_equal(parts[i].order, i + 1);
	}
	assert_false(shutdown.overdue);
	assert_false(shutdown.given_up);
}

static void time_makes_it_harder(void **state)
{
	(void)state;
	begin(LOOP_MS);
	parts[1].stops_at = SHUTDOWN_FAST;
	run(SHUTDOWN_SMART);
	assert_string_equal(parts[0].heard, "1");
	assert_string_equal(parts[1].heard, "12");
	assert_string_equal(parts[2].heard, "2");
	assert_int_equal(shutdown.mode, SHUTDOWN_FAST);
	assert_true(shutdown.overdue);
	assert_false(shutdown.given_up);
}

static void in_the_end_nothing_is_waited_for(void **state)
{
	(void)state;
	begin(LOOP_MS);
	parts[1].stops_at = SHUTDOWN_NOW;
	run(SHUTDOWN_SMART);
	assert_string_equal(parts[1].heard, "123");
	assert_string_equal(parts[2].heard, "3");
	assert_false(shutdown.given_up);
}

static void one_that_never_stops_is_given_up(void **state)
{
	(void)state;
	begin(LOOP_MS);
	parts[1].stops_at = SHUTDOWN_NOW + 1;
	run(SHUTDOWN_NOW);
	assert_string_equal(parts[1].heard, "3");
	assert_string_equal(parts[2].heard, "");
	assert_true(shutdown.given_up);
	assert_true(shutdown.overdue);
}

/* What is asked for while it goes on, and what changes nothing any more. */
static void it_is_only_made_harder(void **state)
{
	(void)state;
	begin(60 * LOOP_SECOND);
	parts[0].stops_at = SHUTDOWN_FAST;
	shutdown_begin(&shutdown, SHUTDOWN_SMART);
	shutdown_begin(&shutdown, SHUTDOWN_SMART);
	shutdown_begin(&shutdown, SHUTDOWN_NONE);
	assert_string_equal(parts[0].heard, "1");
	run(SHUTDOWN_FAST);
	assert_string_equal(parts[0].heard, "12");
	assert_string_equal(parts[1].heard, "2");
	assert_false(shutdown.overdue);
}

struct teller {
	struct loop_timer timer;
	struct part *part;
};

/* From somewhere else, as another thread does it. */
static void tell(struct loop_timer *timer)
{
	struct teller *teller = container_of(timer, struct teller, timer);

	teller->part->stops_at = SHUTDOWN_SMART;
	oc_latch_set(&loop.latch);
}

static void a_part_takes_its_time(void **state)
{
	struct teller teller = { .timer = { .fire = tell }, .part = &parts[1] };

	(void)state;
	begin(60 * LOOP_SECOND);
	parts[1].stops_at = SHUTDOWN_NOW;
	loop_set_timer(&loop, &teller.timer, oc_clock_ns() + 2 * LOOP_MS);
	run(SHUTDOWN_SMART);
	assert_string_equal(parts[1].heard, "1");
	assert_int_equal(parts[2].order, 3);
}

static void another_limit_counts_from_the_next_step(void **state)
{
	(void)state;
	begin(60 * LOOP_SECOND);
	parts[0].stops_at = SHUTDOWN_FAST;
	shutdown_set_limit(&shutdown, LOOP_MS);
	run(SHUTDOWN_SMART);
	assert_string_equal(parts[0].heard, "12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_stop_one_after_the_other),
		cmocka_unit_test(time_makes_it_harder),
		cmocka_unit_test(in_the_end_nothing_is_waited_for),
		cmocka_unit_test(one_that_never_stops_is_given_up),
		cmocka_unit_test(it_is_only_made_harder),
		cmocka_unit_test(a_part_takes_its_time),
		cmocka_unit_test(another_limit_counts_from_the_next_step),
	};

	log_set_level(LOG_LEVEL_ERROR);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
