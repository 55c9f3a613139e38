// SPDX-License-Identifier: GPL-2.0-only
/* test_ladder.c: the rungs of a wait, and how long it stays on each */
#include "ladder_fixture.h"

static void names_are_those_of_the_policies(void **state)
{
	static const char *const names[] = { "adaptive", "busy", "monitor", "yield", "sleep" };

	(void)state;
	for (int i = 0; i < OC_WAIT_POLICIES; i++)
		assert_string_equal(oc_wait_names[i], names[i]);
	assert_null(oc_wait_names[OC_WAIT_POLICIES]);
	assert_string_equal(oc_wait_names[OC_WAIT_BUSY], "busy");
	assert_string_equal(oc_wait_names[OC_WAIT_SLEEP], "sleep");
}

static void busy_only_spins(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_BUSY);
	struct tally tally = wait_out(&ladder, 100000000);

	(void)state;
	assert_int_equal(tally.turns, 1000000);
	assert_int_equal(fake.clocks + tally.yields + tally.monitors + tally.blocks, 0);
}

static void yield_spins_then_yields(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_YIELD);
	struct tally tally = idle(&ladder, 100000000);

	(void)state;
	assert_in_range(tally.first_yield, OC_LADDER_MOMENT_NS, 3 * OC_LADDER_MOMENT_NS);
	assert_in_range(tally.yields, 150000, 200000);
	assert_int_equal(tally.blocks + tally.monitors, 0);
}

/* 50 us at first, half of what has passed, and never above the bound. */
static void sleep_spins_then_blocks(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_SLEEP);
	struct tally tally = idle(&ladder, 2 * OC_LADDER_MOMENT_NS);
	uint64_t from = fake.now;
	uint32_t last = 0, ns = 0;

	(void)state;
	assert_in_range(tally.first_block, OC_LADDER_MOMENT_NS, 2 * OC_LADDER_MOMENT_NS);
	for (int i = 0; i < 20; i++, last = ns) {
		uint64_t waited = fake.now - from;

		ns = turn(&ladder);
		assert_true(ns >= last);
		assert_in_range(ns, OC_LADDER_BLOCK_MIN_NS, OC_LADDER_BLOCK_MAX_NS);
		if (ns > OC_LADDER_BLOCK_MIN_NS && ns < OC_LADDER_BLOCK_MAX_NS)
			assert_in_range(ns, waited / 2, waited / 2 + OC_LADDER_BLOCK_MIN_NS * 2);
	}
	assert_int_equal(ns, OC_LADDER_BLOCK_MAX_NS);
	assert_int_equal(fake.yields + fake.monitors, 0);
}

static void adaptive_climbs(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	struct tally tally = idle(&ladder, 1000000);

	(void)state;
	assert_true(tally.first_yield >= OC_LADDER_MOMENT_NS);
	assert_true(tally.first_block > tally.first_yield);
	assert_in_range(tally.first_block, 2 * OC_LADDER_MOMENT_NS, 4 * OC_LADDER_MOMENT_NS);
	assert_int_equal(tally.monitors, 0);
}

static void adaptive_monitors_between(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	struct tally tally;

	(void)state;
	for (int i = 0; i < 10; i++)
		wait_out(&ladder, 40000);
	fake.longest_monitor = 0;
	tally = idle(&ladder, 1000000);
	assert_in_range(tally.first_monitor, OC_LADDER_MOMENT_NS, 2 * OC_LADDER_MOMENT_NS);
	assert_true(tally.first_yield >= OC_LADDER_SPIN_MAX_NS);
	assert_true(tally.first_block >= 2 * OC_LADDER_SPIN_MAX_NS);
	assert_in_range(fake.longest_monitor, 1, OC_LADDER_SPIN_MAX_NS);
}

/* What an idle tfsd costs, and how late it is: wake-ups a second, ns between looks. */
static void idle_has_its_price(void **state)
{
	static const enum oc_wait policies[] = { OC_WAIT_ADAPTIVE, OC_WAIT_SLEEP };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct oc_ladder ladder = ladder_of(policies[i]);
		struct tally tally;

		idle(&ladder, 10000000);
		tally = idle(&ladder, 10000000000);
		assert_int_equal(tally.turns, tally.blocks);
		assert_in_range(tally.blocks, 10000, 11000);
		assert_true(tally.longest_gap < 1000000);
	}
}

static void quick_waits_never_read_the_clock(void **state)
{
	(void)state;
	for (int p = 0; p < OC_WAIT_POLICIES; p++) {
		struct oc_ladder ladder = ladder_of((enum oc_wait)p);

		for (int i = 0; i < 1000; i++)
			wait_out(&ladder, 16 * TURN_NS);
	}
	assert_int_equal(fake.clocks + fake.yields + fake.monitors, 0);
}

static void work_leads_back_to_the_bottom(void **state)
{
	static const uint64_t waits[] = { 7000, 20000, 300000, 50000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
		struct tally tally;

		wait_out(&ladder, waits[i]);
		tally = idle(&ladder, OC_LADDER_MOMENT_NS);
		assert_int_equal(tally.yields + tally.monitors + tally.blocks, 0);
	}
}

/* From a cold start, when the first ones are slept through. */
static void learns_to_spin_for_short_waits(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	struct tally tally = wait_out(&ladder, 20000);

	(void)state;
	assert_int_equal(tally.blocks, 1);
	for (int i = 0; i < 3; i++)
		wait_out(&ladder, 20000);
	for (int i = 0; i < 100; i++) {
		tally = wait_out(&ladder, 20000);
		assert_int_equal(tally.yields + tally.blocks, 0);
	}
}

static void learns_not_to_spin_for_long_waits(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	uint64_t before = UINT64_MAX;

	(void)state;
	for (int i = 0; i < 10; i++)
		wait_out(&ladder, 40000);
	for (int i = 0; i < 20; i++) {
		struct tally tally = wait_out(&ladder, 10000000);

		assert_true(tally.first_block <= before);
		before = tally.first_block;
	}
	assert_in_range(before, 2 * OC_LADDER_MOMENT_NS, 4 * OC_LADDER_MOMENT_NS);
}

/* Quick answers say nothing about how long to spin for late ones. */
/* Blocked for a second, though for 50 us was said: no reason to spin for longer. */
static void learns_from_how_long_it_really_slept(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	uint32_t before;

	(void)state;
	for (int i = 0; i < 50; i++)
		wait_out(&ladder, 1000000);
	before = ladder.spin_ns;
	for (int i = 0; i < 5; i++) {
		while (!oc_ladder_step(&ladder))
			fake.now += TURN_NS;
		fake.now += 1000000000;
		oc_ladder_woken(&ladder);
		oc_ladder_reset(&ladder);
		assert_true(ladder.spin_ns <= before);
	}
}

/* And 10 us, when it was woken up at once: that is worth spinning for. */
static void learns_from_a_bell_that_came_soon(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	uint32_t before;

	(void)state;
	for (int i = 0; i < 50; i++)
		wait_out(&ladder, 1000000);
	before = ladder.spin_ns;
	while (!oc_ladder_step(&ladder))
		fake.now += TURN_NS;
	fake.now += 1000;
	oc_ladder_woken(&ladder);
	oc_ladder_reset(&ladder);
	assert_true(ladder.spin_ns > before);
}

static void does_not_unlearn_by_quick_waits(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	struct tally tally;

	(void)state;
	for (int i = 0; i < 10; i++)
		wait_out(&ladder, 20000);
	for (int i = 0; i < 1000; i++)
		wait_out(&ladder, 1000);
	tally = wait_out(&ladder, 20000);
	assert_int_equal(tally.yields + tally.blocks, 0);
}

/* A yield that took long: somebody else had the core, whom spinning keeps off. */
static void gives_way_to_others(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	struct tally tally;

	(void)state;
	for (int i = 0; i < 10; i++)
		wait_out(&ladder, 40000);
	fake.yield_ns = 30000;
	for (int i = 0; i < 20; i++)
		wait_out(&ladder, 60000);
	tally = wait_out(&ladder, 60000);
	assert_in_range(tally.first_yield, OC_LADDER_MOMENT_NS, 2 * OC_LADDER_MOMENT_NS);
}

static void spinning_is_bounded(void **state)
{
	struct oc_ladder ladder = ladder_of(OC_WAIT_ADAPTIVE);
	struct tally tally;

	(void)state;
	oc_ladder_set_spin_max(&ladder, 200000);
	for (int i = 0; i < 20; i++)
		wait_out(&ladder, 150000);
	tally = wait_out(&ladder, 1000000);
	assert_in_range(tally.first_yield, 200000, 200000 + 50 * TURN_NS);
	oc_ladder_set_spin_max(&ladder, 0);
	tally = wait_out(&ladder, 1000000);
	assert_in_range(tally.first_block, 16 * TURN_NS, 17 * TURN_NS);
	assert_int_equal(tally.yields, 0);
	oc_ladder_set_spin_max(&ladder, UINT32_MAX);
	for (int i = 0; i < 4; i++)
		wait_out(&ladder, OC_LADDER_SPIN_LIMIT_NS / 4 * 3);
	assert_true(ladder.spin_ns <= OC_LADDER_SPIN_LIMIT_NS);
}

/* In the middle of a wait, from any policy to any other. */
static void change_counts_from_the_next_step(void **state)
{
	(void)state;
	for (int from = 0; from < OC_WAIT_POLICIES; from++) {
		for (int to = 0; to < OC_WAIT_POLICIES; to++) {
			struct oc_ladder ladder = ladder_of((enum oc_wait)from);
			struct tally tally;

			idle(&ladder, 20000000);
			oc_ladder_set(&ladder, (enum oc_wait)to);
			assert_int_equal(oc_ladder_in_force(&ladder), to);
			idle(&ladder, 3 * OC_LADDER_MOMENT_NS);
			tally = idle(&ladder, 10000000);
			assert_int_equal(tally.yields > 0, to == OC_WAIT_YIELD);
			assert_int_equal(tally.monitors > 0, to == OC_WAIT_MONITOR);
			assert_int_equal(tally.blocks > 0,
					 to == OC_WAIT_ADAPTIVE || to == OC_WAIT_SLEEP);
		}
	}
}

static void the_most_eager_wins(void **state)
{
	static const enum oc_wait order[] = { OC_WAIT_BUSY, OC_WAIT_MONITOR, OC_WAIT_YIELD,
					      OC_WAIT_ADAPTIVE, OC_WAIT_SLEEP };

	(void)state;
	for (int a = 0; a < OC_WAIT_POLICIES; a++)
		for (int b = 0; b < OC_WAIT_POLICIES; b++)
			assert_int_equal(oc_wait_eager(order[a], order[b]), order[a < b ? a : b]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(names_are_those_of_the_policies, ladder_setup),
		cmocka_unit_test_setup(busy_only_spins, ladder_setup_monitor),
		cmocka_unit_test_setup(yield_spins_then_yields, ladder_setup_monitor),
		cmocka_unit_test_setup(sleep_spins_then_blocks, ladder_setup_monitor),
		cmocka_unit_test_setup(adaptive_climbs, ladder_setup),
		cmocka_unit_test_setup(adaptive_monitors_between, ladder_setup_monitor),
		cmocka_unit_test_setup(idle_has_its_price, ladder_setup_monitor),
		cmocka_unit_test_setup(quick_waits_never_read_the_clock, ladder_setup_monitor),
		cmocka_unit_test_setup(work_leads_back_to_the_bottom, ladder_setup_monitor),
		cmocka_unit_test_setup(learns_to_spin_for_short_waits, ladder_setup),
		cmocka_unit_test_setup(learns_not_to_spin_for_long_waits, ladder_setup),
		cmocka_unit_test_setup(learns_from_how_long_it_really_slept, ladder_setup),
		cmocka_unit_test_setup(learns_from_a_bell_that_came_soon, ladder_setup),
		cmocka_unit_test_setup(does_not_unlearn_by_quick_waits, ladder_setup),
		cmocka_unit_test_setup(gives_way_to_others, ladder_setup),
		cmocka_unit_test_setup(spinning_is_bounded, ladder_setup),
		cmocka_unit_test_setup(change_counts_from_the_next_step, ladder_setup_monitor),
		cmocka_unit_test_setup(the_most_eager_wins, ladder_setup),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("ladder", tests, NULL, NULL);
}
