// SPDX-License-Identifier: GPL-2.0-only
/* test_thread.c: a thread of tfsd from its start to its end */
#include <errno.h>
#include <pthread.h>
#include <signal.h>

#include "../../tools/tfsd/thread.h"
#include "unit.h"

static struct oc_proc_barrier barrier;
static struct oc_latch tell;
static struct thread thread;

/* What the thread has seen; read after its end, or after the barrier. */
static struct {
	char name[16];
	sigset_t blocked;
	uint32_t absorbed;
	bool died;
} seen;

static void run(struct thread *self, void *ctx)
{
	assert_ptr_equal(ctx, &seen);
	pthread_getname_np(pthread_self(), seen.name, sizeof(seen.name));
	pthread_sigmask(SIG_BLOCK, NULL, &seen.blocked);
	while (!seen.died) {
		oc_latch_reset(&self->latch);
		seen.died = oc_interrupts_check(&self->interrupts) & OC_INTERRUPT_DIE;
		if (!seen.died)
			oc_latch_wait(&self->latch, -1);
	}
}

static uint32_t absorb(void *ctx, uint32_t types)
{
	assert_ptr_equal(ctx, &seen);
	seen.absorbed |= types;
	return 0;
}

static int setup(void **state)
{
	(void)state;
	memset(&seen, 0, sizeof(seen));
	memset(&thread, 0xa5, sizeof(thread));
	assert_status(oc_proc_barrier_init(&barrier), OC_OK);
	assert_status(oc_latch_init(&tell), OC_OK);
	assert_status(thread_init(&thread, "a long name, too long", &barrier, &tell), OC_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	thread_join(&thread);
	thread_destroy(&thread);
	oc_latch_close(&tell);
	oc_proc_barrier_destroy(&barrier);
	return 0;
}

/* Until its run() has returned, which it tells. */
static void await_end(void)
{
	for (;;) {
		oc_latch_reset(&tell);
		if (thread_has_ended(&thread))
			return;
		assert_status(oc_latch_wait(&tell, -1), OC_OK);
	}
}

static void it_dies_when_told(void **state)
{
	(void)state;
	assert_status(thread_start(&thread, run, absorb, &seen), OC_OK);
	assert_false(thread_has_ended(&thread));
	oc_interrupts_raise(&thread.interrupts, OC_INTERRUPT_DIE);
	await_end();
	assert_true(seen.died);
	assert_string_equal(seen.name, "a long name, to");
}

static void it_is_told_before_it_starts(void **state)
{
	(void)state;
	oc_interrupts_raise(&thread.interrupts, OC_INTERRUPT_DIE);
	assert_status(thread_start(&thread, run, absorb, &seen), OC_OK);
	await_end();
	assert_true(seen.died);
}

static void no_signal_reaches_it(void **state)
{
	sigset_t mine;

	(void)state;
	pthread_sigmask(SIG_BLOCK, NULL, &mine);
	assert_false(sigismember(&mine, SIGTERM));
	assert_status(thread_start(&thread, run, absorb, &seen), OC_OK);
	pthread_sigmask(SIG_BLOCK, NULL, &mine);
	assert_false(sigismember(&mine, SIGTERM));
	oc_interrupts_raise(&thread.interrupts, OC_INTERRUPT_DIE);
	thread_join(&thread);
	for (int signal = 1; signal < 32; signal++)
		if (signal != SIGKILL && signal != SIGSTOP)
			assert_true(sigismember(&seen.blocked, signal));
}

/* One that has not joined yet is not waited for. */
static void await_member(void)
{
	bool joined = false;

	while (!joined) {
		pthread_mutex_lock(&barrier.lock);
		joined = barrier.members;
		pthread_mutex_unlock(&barrier.lock);
		sched_yield();
	}
}

static void it_absorbs(void **state)
{
	struct oc_interrupts in;
	uint64_t generation;

	(void)state;
	assert_status(thread_start(&thread, run, absorb, &seen), OC_OK);
	await_member();
	generation = oc_proc_barrier_emit(&barrier, 4);
	oc_interrupts_init(&in, &tell);
	assert_status(oc_proc_barrier_wait(&barrier, generation, &in, -1), OC_OK);
	oc_interrupts_raise(&thread.interrupts, OC_INTERRUPT_DIE);
	thread_join(&thread);
	assert_int_equal(seen.absorbed, 4);
	assert_null(barrier.members);
}

static void one_that_never_started_is_joined(void **state)
{
	(void)state;
	thread_join(&thread);
	assert_false(thread_has_ended(&thread));
}

static int refuse;

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*begin)(void *),
			  void *arg);
int __real_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*begin)(void *),
			  void *arg);

int __wrap_pthread_create(pthread_t *id, const pthread_attr_t *attr, void *(*begin)(void *),
			  void *arg)
{
	return refuse ? refuse : __real_pthread_create(id, attr, begin, arg);
}

static void one_that_cannot_start_says_so(void **state)
{
	sigset_t mine;

	(void)state;
	refuse = EAGAIN;
	assert_status(thread_start(&thread, run, absorb, &seen), OC_ESYSTEM);
	assert_int_equal(errno, EAGAIN);
	refuse = 0;
	pthread_sigmask(SIG_BLOCK, NULL, &mine);
	assert_false(sigismember(&mine, SIGTERM));
	thread_join(&thread);
}

#define thread_test(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		thread_test(it_dies_when_told),
		thread_test(it_is_told_before_it_starts),
		thread_test(no_signal_reaches_it),
		thread_test(it_absorbs),
		thread_test(one_that_never_started_is_joined),
		thread_test(one_that_cannot_start_says_so),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
