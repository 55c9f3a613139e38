// SPDX-License-Identifier: GPL-2.0-only
/* test_interrupts.c: reasons are raised, held, taken, handled */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <oc/interrupts.h>

#include "unit.h"

static struct oc_latch latch;
static struct oc_interrupts in;

static int setup(void **state)
{
	(void)state;
	assert_status(oc_latch_init(&latch), OC_OK);
	memset(&in, 0xa5, sizeof(in));
	oc_interrupts_init(&in, &latch);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	oc_latch_close(&latch);
	return 0;
}

/* What a handler does, and what it has seen. */
static struct order {
	int calls;
	int fails;		/* so many calls from now on fail */
	uint32_t raises;	/* in each call */
	uint32_t checked;	/* what a check inside has taken */
	char *trace;
	char letter;
} order;

static char trace[16];

static int handle(void *ctx)
{
	struct order *o = ctx;

	o->calls++;
	if (o->raises)
		oc_interrupts_raise(&in, o->raises);
	o->checked |= oc_interrupts_check(&in);
	if (o->trace)
		strncat(trace, &o->letter, 1);
	if (!o->fails)
		return 0;
	o->fails--;
	return -1;
}

static void on(uint32_t reason, struct order *o)
{
	memset(o, 0, sizeof(*o));
	assert_status(oc_interrupts_handle(&in, reason, handle, o), OC_OK);
}

static void nothing_is_pending(void **state)
{
	(void)state;
	assert_int_equal(oc_interrupts_check(&in), 0);
	assert_int_equal(oc_interrupts_pending(&in), 0);
	assert_false(oc_latch_is_set(&latch));
}

static void raised_is_taken_once(void **state)
{
	(void)state;
	oc_interrupts_raise(&in, OC_INTERRUPT_DIE);
	oc_interrupts_raise(&in, OC_INTERRUPT_DIE | OC_INTERRUPT_LOG);
	assert_true(oc_latch_is_set(&latch));
	assert_int_equal(oc_interrupts_pending(&in), OC_INTERRUPT_DIE | OC_INTERRUPT_LOG);
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_DIE | OC_INTERRUPT_LOG);
	assert_int_equal(oc_interrupts_check(&in), 0);
	assert_true(oc_latch_is_set(&latch));
}

/* Whatever was pending: the second may come between reset and sleep. */
static void each_raise_sets_the_latch(void **state)
{
	(void)state;
	oc_interrupts_raise(&in, OC_INTERRUPT_DIE);
	oc_latch_reset(&latch);
	oc_interrupts_raise(&in, OC_INTERRUPT_DIE);
	assert_true(oc_latch_is_set(&latch));
}

static void handlers_are_called_in_order(void **state)
{
	static const uint32_t reasons[] = {
		UINT32_C(1) << 31, OC_INTERRUPT_LOG, OC_INTERRUPT_BARRIER, OC_INTERRUPT_CANCEL,
		OC_INTERRUPT_USER, OC_INTERRUPT_DIE, OC_INTERRUPT_RELOAD,
	};
	struct order orders[7];

	(void)state;
	trace[0] = 0;
	for (int i = 0; i < 7; i++) {
		on(reasons[i], &orders[i]);
		orders[i].trace = trace;
		orders[i].letter = (char)('a' + i);
		oc_interrupts_raise(&in, reasons[i]);
	}
	oc_interrupts_check(&in);
	assert_string_equal(trace, "cfdgbea");
}

static void raised_in_its_handler_it_waits(void **state)
{
	(void)state;
	on(OC_INTERRUPT_RELOAD, &order);
	order.raises = OC_INTERRUPT_RELOAD;
	oc_interrupts_raise(&in, OC_INTERRUPT_RELOAD);
	oc_latch_reset(&latch);
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_RELOAD);
	assert_int_equal(order.calls, 1);
	assert_true(oc_latch_is_set(&latch));
	order.raises = 0;
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_RELOAD);
	assert_int_equal(order.calls, 2);
	assert_int_equal(oc_interrupts_check(&in), 0);
}

static void handlers_are_not_interrupted(void **state)
{
	struct order die;

	(void)state;
	on(OC_INTERRUPT_BARRIER, &order);
	on(OC_INTERRUPT_DIE, &die);
	order.raises = OC_INTERRUPT_DIE;
	oc_interrupts_raise(&in, OC_INTERRUPT_BARRIER);
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_BARRIER | OC_INTERRUPT_DIE);
	assert_int_equal(order.checked, 0);
	assert_int_equal(die.calls, 1);
}

static void what_failed_comes_again(void **state)
{
	(void)state;
	on(OC_INTERRUPT_RELOAD, &order);
	order.fails = 2;
	oc_interrupts_raise(&in, OC_INTERRUPT_RELOAD | OC_INTERRUPT_LOG);
	for (int i = 0; i < 2; i++) {
		oc_latch_reset(&latch);
		assert_int_equal(oc_interrupts_check(&in), i ? 0 : OC_INTERRUPT_LOG);
		assert_int_equal(order.calls, i + 1);
		assert_true(oc_latch_is_set(&latch));
	}
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_RELOAD);
	assert_int_equal(oc_interrupts_check(&in), 0);
	assert_int_equal(order.calls, 3);
}

static void held_is_kept(void **state)
{
	(void)state;
	on(OC_INTERRUPT_DIE, &order);
	oc_interrupts_hold(&in);
	oc_interrupts_hold(&in);
	oc_interrupts_raise(&in, OC_INTERRUPT_DIE);
	assert_int_equal(oc_interrupts_check(&in), 0);
	assert_int_equal(oc_interrupts_pending(&in), 0);
	oc_latch_reset(&latch);
	oc_interrupts_resume(&in);
	assert_int_equal(oc_interrupts_check(&in), 0);
	assert_false(oc_latch_is_set(&latch));
	oc_interrupts_resume(&in);
	assert_int_equal(order.calls, 0);
	assert_true(oc_latch_is_set(&latch));
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_DIE);
	assert_int_equal(order.calls, 1);
}

static void nothing_was_held_back(void **state)
{
	(void)state;
	oc_interrupts_hold(&in);
	oc_interrupts_resume(&in);
	oc_interrupts_hold_cancel(&in);
	oc_interrupts_resume_cancel(&in);
	assert_false(oc_latch_is_set(&latch));
}

static void cancel_is_held_alone(void **state)
{
	(void)state;
	oc_interrupts_hold_cancel(&in);
	oc_interrupts_raise(&in, OC_INTERRUPT_CANCEL | OC_INTERRUPT_DIE);
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_DIE);
	oc_interrupts_hold(&in);
	oc_interrupts_resume_cancel(&in);
	assert_int_equal(oc_interrupts_check(&in), 0);
	oc_latch_reset(&latch);
	oc_interrupts_resume(&in);
	assert_true(oc_latch_is_set(&latch));
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_CANCEL);
}

/* What oc_proc_barrier_wait() does. */
static void some_reasons_only(void **state)
{
	(void)state;
	oc_interrupts_raise(&in, OC_INTERRUPT_BARRIER | OC_INTERRUPT_DIE);
	assert_int_equal(oc_interrupts_serve(&in, OC_INTERRUPT_BARRIER), OC_INTERRUPT_BARRIER);
	assert_int_equal(oc_interrupts_pending(&in), OC_INTERRUPT_DIE);
}

static void a_handler_has_one_reason(void **state)
{
	(void)state;
	assert_status(oc_interrupts_handle(&in, 0, handle, NULL), OC_EINVAL);
	assert_status(oc_interrupts_handle(&in, 3, handle, NULL), OC_EINVAL);
	on(OC_INTERRUPT_LOG, &order);
	assert_status(oc_interrupts_handle(&in, OC_INTERRUPT_LOG, NULL, NULL), OC_OK);
	oc_interrupts_raise(&in, OC_INTERRUPT_LOG);
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_LOG);
	assert_int_equal(order.calls, 0);
}

static void raise_it(int number)
{
	(void)number;
	oc_interrupts_raise(&in, OC_INTERRUPT_USER);
}

static void a_signal_handler_may_raise(void **state)
{
	(void)state;
	signal(SIGUSR1, raise_it);
	raise(SIGUSR1);
	signal(SIGUSR1, SIG_DFL);
	assert_int_equal(oc_interrupts_check(&in), OC_INTERRUPT_USER);
}

static void ends_the_process(void (*resume)(struct oc_interrupts *))
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		signal(SIGABRT, SIG_DFL);
		resume(&in);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
}

static void resume_needs_a_hold(void **state)
{
	(void)state;
	oc_interrupts_hold(&in);
	ends_the_process(oc_interrupts_resume_cancel);
	oc_interrupts_resume(&in);
	ends_the_process(oc_interrupts_resume);
}

#define interrupts_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		interrupts_test(nothing_is_pending),
		interrupts_test(raised_is_taken_once),
		interrupts_test(each_raise_sets_the_latch),
		interrupts_test(handlers_are_called_in_order),
		interrupts_test(raised_in_its_handler_it_waits),
		interrupts_test(handlers_are_not_interrupted),
		interrupts_test(what_failed_comes_again),
		interrupts_test(held_is_kept),
		interrupts_test(nothing_was_held_back),
		interrupts_test(cancel_is_held_alone),
		interrupts_test(some_reasons_only),
		interrupts_test(a_handler_has_one_reason),
		interrupts_test(a_signal_handler_may_raise),
		interrupts_test(resume_needs_a_hold),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("interrupts", tests, NULL, NULL);
}
