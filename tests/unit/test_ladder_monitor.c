// SPDX-License-Identifier: GPL-2.0-only
/* test_ladder_monitor.c: the rung on which the processor watches a line */
#include "ladder_fixture.h"

/* What is compared was copied before the caller's last look, so nothing is missed. */
static void caller_looks_after_each_copy(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_MONITOR);

	(void)state;
	while (!ladder.looked)
		turn(&ladder);
	assert_int_equal(fake.monitors, 0);
	line[0] = 0x1111;			/* between that look and the next step */
	turn(&ladder);
	assert_int_equal(fake.monitors, 1);
	assert_int_equal(fake.seen[0], 0);
	line[7] = 0x2222;
	turn(&ladder);
	assert_int_equal(fake.seen[0], 0x1111);
	assert_int_equal(fake.seen[1], 0);
	turn(&ladder);
	assert_int_equal(fake.seen[1], 0x2222);
}

static void monitors_once_more(struct oc_ladder *ladder)
{
	unsigned int before = fake.monitors;

	while (fake.monitors == before)
		turn(ladder);
}

/* A size may go to and fro: 0 from before says nothing about the 0 of now. */
static void old_copies_are_not_used_again(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_MONITOR);

	(void)state;
	monitors_once_more(&ladder);
	oc_ladder_reset(&ladder);
	line[0] = 64;
	monitors_once_more(&ladder);
	assert_int_equal(fake.seen[0], 64);
	oc_ladder_watch(&ladder, NULL);
	turn(&ladder);
	oc_ladder_watch(&ladder, line);
	line[0] = 128;
	monitors_once_more(&ladder);
	assert_int_equal(fake.seen[0], 128);
}

static void monitor_does_nothing_else(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_MONITOR);
	struct tally tally = idle(&ladder, 100000000);

	(void)state;
	assert_true(tally.monitors > 100);
	assert_int_equal(tally.yields + tally.blocks, 0);
	assert_in_range(fake.longest_monitor, 1, 250000);
}

static void monitor_without_a_line_yields(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_MONITOR);
	struct tally tally;

	(void)state;
	assert_int_equal(oc_ladder_in_force(&ladder), OC_WAIT_MONITOR);
	oc_ladder_watch(&ladder, NULL);
	assert_int_equal(oc_ladder_in_force(&ladder), OC_WAIT_YIELD);
	tally = idle(&ladder, 1000000);
	assert_true(tally.yields > 0);
	assert_int_equal(tally.monitors, 0);
	oc_ladder_watch(&ladder, line);
	tally = idle(&ladder, 1000000);
	assert_true(tally.monitors > 0);
	assert_int_equal(tally.yields, 0);
}

static void monitor_without_a_processor_yields(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_MONITOR);
	struct tally tally = idle(&ladder, 1000000);

	(void)state;
	assert_int_equal(oc_ladder_in_force(&ladder), OC_WAIT_YIELD);
	assert_null(oc_wait_monitor());
	assert_true(tally.yields > 0);
	assert_int_equal(tally.monitors + tally.blocks, 0);
}

static void monitors_have_names(void **state)
{
	(void)state;
	assert_string_equal(oc_wait_monitor(), "umwait");
	fake.have = OC_MONITOR_MWAITX;
	assert_string_equal(oc_wait_monitor(), "mwaitx");
	fake.have = OC_MONITOR_WFE;
	assert_string_equal(oc_wait_monitor(), "wfe");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(caller_looks_after_each_copy, ladder_setup_monitor),
		cmocka_unit_test_setup(old_copies_are_not_used_again, ladder_setup_monitor),
		cmocka_unit_test_setup(monitor_does_nothing_else, ladder_setup_monitor),
		cmocka_unit_test_setup(monitor_without_a_line_yields, ladder_setup_monitor),
		cmocka_unit_test_setup(monitor_without_a_processor_yields, ladder_setup),
		cmocka_unit_test_setup(monitors_have_names, ladder_setup_monitor),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ladder_monitor", tests, NULL, NULL);
}
