// SPDX-License-Identifier: GPL-2.0-only
/* test_proc_barrier.c: two members, played by one thread that looks for both */
#include <pthread.h>

#include <oc/proc_barrier.h>

#include "unit.h"

#define MS 1000000

static struct oc_proc_barrier barrier;

static struct actor {
	struct oc_latch latch;
	struct oc_interrupts in;
	struct oc_proc_barrier_member member;
	uint32_t absorbed;	/* types, of all calls */
	uint32_t fails;		/* these fail */
	uint32_t emits;		/* in the next call */
	int calls;
} actors[2];

static uint32_t absorb(void *ctx, uint32_t types)
{
	struct actor *a = ctx;
	uint32_t emits = a->emits;

	a->calls++;
	a->absorbed |= types & ~a->fails;
	a->emits = 0;
	if (emits)
		oc_proc_barrier_emit(&barrier, emits);
	return a->fails;
}

static void join(struct actor *a)
{
	oc_proc_barrier_join(&barrier, &a->member, &a->in, absorb, a);
}

static int setup(void **state)
{
	(void)state;
	memset(&barrier, 0xa5, sizeof(barrier));
	assert_status(oc_proc_barrier_init(&barrier), OC_OK);
	for (int i = 0; i < 2; i++) {
		memset(&actors[i], 0, sizeof(actors[i]));
		memset(&actors[i].member, 0xa5, sizeof(actors[i].member));
		assert_status(oc_latch_init(&actors[i].latch), OC_OK);
		oc_interrupts_init(&actors[i].in, &actors[i].latch);
		join(&actors[i]);
	}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		oc_latch_close(&actors[i].latch);
	oc_proc_barrier_destroy(&barrier);
	return 0;
}

static void leave_all(void)
{
	oc_proc_barrier_leave(&actors[0].member);
	oc_proc_barrier_leave(&actors[1].member);
}

static void check(int i)
{
	oc_interrupts_check(&actors[i].in);
}

static void all_must_absorb_it(void **state)
{
	uint64_t generation = oc_proc_barrier_emit(&barrier, 5);

	(void)state;
	assert_false(oc_proc_barrier_passed(&barrier, generation));
	assert_true(oc_latch_is_set(&actors[0].latch));
	check(0);
	assert_int_equal(actors[0].absorbed, 5);
	assert_false(oc_proc_barrier_passed(&barrier, generation));
	check(1);
	assert_true(oc_proc_barrier_passed(&barrier, generation));
	check(0);
	assert_int_equal(actors[0].calls, 1);
	leave_all();
}

static void a_later_one_includes_the_earlier(void **state)
{
	uint64_t first = oc_proc_barrier_emit(&barrier, 1);
	uint64_t second = oc_proc_barrier_emit(&barrier, 2);

	(void)state;
	assert_true(second > first);
	check(0);
	check(1);
	assert_int_equal(actors[0].absorbed, 3);
	assert_int_equal(actors[0].calls, 1);
	assert_true(oc_proc_barrier_passed(&barrier, first));
	assert_true(oc_proc_barrier_passed(&barrier, second));
	leave_all();
}

static void what_was_not_absorbed_stays(void **state)
{
	uint64_t generation = oc_proc_barrier_emit(&barrier, 6);

	(void)state;
	check(1);
	actors[0].fails = 4;
	for (int i = 0; i < 3; i++) {
		oc_latch_reset(&actors[0].latch);
		check(0);
		assert_int_equal(actors[0].absorbed, 2);
		assert_false(oc_proc_barrier_passed(&barrier, generation));
		assert_true(oc_latch_is_set(&actors[0].latch));
	}
	actors[0].fails = 0;
	actors[0].absorbed = 0;
	check(0);
	assert_int_equal(actors[0].absorbed, 4);
	assert_true(oc_proc_barrier_passed(&barrier, generation));
	leave_all();
}

/* It must be absorbed for itself, and not count as done with the one before. */
static void emitted_while_absorbing(void **state)
{
	uint64_t first = oc_proc_barrier_emit(&barrier, 1);

	(void)state;
	check(1);
	actors[0].emits = 2;
	check(0);
	assert_int_equal(actors[0].absorbed, 1);
	assert_true(oc_proc_barrier_passed(&barrier, first));
	assert_false(oc_proc_barrier_passed(&barrier, first + 1));
	check(0);
	check(1);
	assert_int_equal(actors[0].absorbed, 3);
	assert_true(oc_proc_barrier_passed(&barrier, first + 1));
	leave_all();
}

static void who_leaves_holds_nobody_up(void **state)
{
	uint64_t generation = oc_proc_barrier_emit(&barrier, 1);

	(void)state;
	check(0);
	assert_false(oc_proc_barrier_passed(&barrier, generation));
	oc_proc_barrier_leave(&actors[1].member);
	assert_true(oc_proc_barrier_passed(&barrier, generation));
	check(1);
	assert_int_equal(actors[1].calls, 0);
	generation = oc_proc_barrier_emit(&barrier, 1);
	join(&actors[1]);
	check(0);
	assert_true(oc_proc_barrier_passed(&barrier, generation));
	leave_all();
	assert_true(oc_proc_barrier_passed(&barrier, oc_proc_barrier_emit(&barrier, 1)));
}

static void a_wrong_interrupt_does_nothing(void **state)
{
	(void)state;
	oc_interrupts_raise(&actors[0].in, OC_INTERRUPT_BARRIER);
	check(0);
	assert_int_equal(actors[0].calls, 0);
	leave_all();
}

static void a_sign_of_life_needs_no_type(void **state)
{
	uint64_t generation = oc_proc_barrier_emit(&barrier, 0);

	(void)state;
	assert_false(oc_proc_barrier_passed(&barrier, generation));
	check(0);
	check(1);
	assert_true(oc_proc_barrier_passed(&barrier, generation));
	assert_int_equal(actors[0].calls, 0);
	leave_all();
}

static void watches_are_told(void **state)
{
	struct oc_proc_barrier_watch watches[2];
	struct oc_latch latch;

	(void)state;
	assert_status(oc_latch_init(&latch), OC_OK);
	for (int i = 0; i < 2; i++)
		oc_proc_barrier_watch(&barrier, &watches[i], &latch);
	oc_proc_barrier_unwatch(&barrier, &watches[0]);
	oc_proc_barrier_emit(&barrier, 1);
	assert_false(oc_latch_is_set(&latch));
	check(0);
	assert_true(oc_latch_is_set(&latch));
	oc_latch_reset(&latch);
	oc_proc_barrier_leave(&actors[1].member);
	assert_true(oc_latch_is_set(&latch));
	oc_latch_reset(&latch);
	oc_proc_barrier_unwatch(&barrier, &watches[1]);
	oc_proc_barrier_leave(&actors[0].member);
	assert_false(oc_latch_is_set(&latch));
	oc_latch_close(&latch);
}

/* The waiter is a member itself, and absorbs its own. */
static void *member_one(void *arg)
{
	uint64_t *generation = arg;

	while (!oc_proc_barrier_passed(&barrier, *generation)) {
		oc_latch_reset(&actors[1].latch);
		check(1);
		oc_latch_wait(&actors[1].latch, MS);
	}
	return NULL;
}

static void waiting_for_all(void **state)
{
	uint64_t generation = oc_proc_barrier_emit(&barrier, 1);
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, member_one, &generation), 0);
	assert_status(oc_proc_barrier_wait(&barrier, generation, &actors[0].in, -1), OC_OK);
	assert_int_equal(actors[0].absorbed, 1);
	assert_true(oc_latch_is_set(&actors[0].latch));
	pthread_join(thread, NULL);
	assert_int_equal(actors[1].absorbed, 1);
	leave_all();
}

static void waiting_in_vain(void **state)
{
	uint64_t generation = oc_proc_barrier_emit(&barrier, 1);

	(void)state;
	assert_status(oc_proc_barrier_wait(&barrier, generation, &actors[0].in, 0), OC_ETIMEOUT);
	assert_status(oc_proc_barrier_wait(&barrier, generation, &actors[0].in, 3 * MS),
		      OC_ETIMEOUT);
	assert_true(oc_latch_is_set(&actors[0].latch));
	oc_interrupts_raise(&actors[0].in, OC_INTERRUPT_DIE | OC_INTERRUPT_LOG);
	assert_status(oc_proc_barrier_wait(&barrier, generation, &actors[0].in, -1),
		      OC_EABANDONED);
	assert_int_equal(oc_interrupts_check(&actors[0].in), OC_INTERRUPT_DIE | OC_INTERRUPT_LOG);
	check(1);
	assert_status(oc_proc_barrier_wait(&barrier, generation, &actors[0].in, 0), OC_OK);
	leave_all();
}

#define barrier_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		barrier_test(all_must_absorb_it),
		barrier_test(a_later_one_includes_the_earlier),
		barrier_test(what_was_not_absorbed_stays),
		barrier_test(emitted_while_absorbing),
		barrier_test(who_leaves_holds_nobody_up),
		barrier_test(a_wrong_interrupt_does_nothing),
		barrier_test(a_sign_of_life_needs_no_type),
		barrier_test(watches_are_told),
		barrier_test(waiting_for_all),
		barrier_test(waiting_in_vain),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("proc_barrier", tests, NULL, NULL);
}
