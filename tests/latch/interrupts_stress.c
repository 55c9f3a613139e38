// SPDX-License-Identifier: GPL-2.0-only
/*
 * interrupts_stress [MS [WATCHDOG-MS]]: threads interrupt each other, and pass barriers
 *
 * A ring of threads: each hands plain memory to the next and interrupts it, while another
 * thread raises reasons that mean nothing. Then a configuration is changed again and
 * again, and the old one is destroyed as soon as the barrier says that nobody has it.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <oc/proc_barrier.h>

#include "stress.h"

#define THREADS	3

/* --- the ring --------------------------------------------------------------------------- */

#define TOKEN	OC_INTERRUPT_USER

static struct station {
	struct oc_latch latch;
	struct oc_interrupts in;
	struct sleeper sleeper;
	struct station *next;
	bool done;
} ring[THREADS];

static uint32_t hops;	/* plain: whoever has the token */
static bool over;
static uint64_t ring_until;

static int hand_on(void *ctx)
{
	struct station *me = ctx;

	hops++;
	if (oc_clock_ns() >= ring_until)
		over = true;
	me->done = over;
	oc_interrupts_raise(&me->next->in, TOKEN);
	return 0;
}

static void *station(void *arg)
{
	struct station *me = arg;

	for (;;) {
		oc_latch_reset(&me->latch);
		oc_interrupts_hold_cancel(&me->in);
		oc_interrupts_check(&me->in);
		if (me->done)
			return NULL;
		oc_interrupts_resume_cancel(&me->in);
		stress_jitter(&me->sleeper.seed);
		sleeper_wait(&me->sleeper);
	}
}

/* In vain, and some of it held. It stops in time, or the watchdog would never bite. */
static void *make_noise(void *arg)
{
	uint32_t seed = 1;

	(void)arg;
	while (oc_clock_ns() < ring_until) {
		for (int i = 0; i < THREADS; i++)
			oc_interrupts_raise(&ring[i].in, OC_INTERRUPT_CANCEL | OC_INTERRUPT_LOG);
		for (int i = 0; i < 20; i++)
			stress_jitter(&seed);
	}
	return NULL;
}

static void a_token_goes_round(void)
{
	pthread_t threads[THREADS], noise;

	ring_until = stress_until();
	for (int i = 0; i < THREADS; i++) {
		stress_need(oc_latch_init(&ring[i].latch) == OC_OK, "a latch");
		oc_interrupts_init(&ring[i].in, &ring[i].latch);
		oc_interrupts_handle(&ring[i].in, TOKEN, hand_on, &ring[i]);
		ring[i].next = &ring[(i + 1) % THREADS];
		sleeper_init(&ring[i].sleeper, &ring[i].latch, i == 0);
	}
	for (int i = 0; i < THREADS; i++)
		stress_need(!pthread_create(&threads[i], NULL, station, &ring[i]), "a thread");
	stress_need(!pthread_create(&noise, NULL, make_noise, NULL), "a thread");
	oc_interrupts_raise(&ring[0].in, TOKEN);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	pthread_join(noise, NULL);
	printf("# %u hops\n", hops);
	stress_case(hops > THREADS, "a token goes round");
	for (int i = 0; i < THREADS; i++) {
		sleeper_close(&ring[i].sleeper);
		oc_latch_close(&ring[i].latch);
	}
}

/* --- barriers ----------------------------------------------------------------------------- */

#define NEW_CONFIG	1u
#define OTHER		2u

struct config {
	int value;
};

static struct oc_proc_barrier barrier;
static struct config *current;		/* atomic */
static pthread_barrier_t start;
static bool stop;

struct member {
	struct oc_proc_barrier_member member;
	struct oc_latch latch;
	struct oc_interrupts in;
	const struct config *config;
	uint32_t seed;
	bool comes_and_goes;
	bool fails;
	unsigned int reloads;
};

/* Fails every other time. */
static uint32_t absorb(void *ctx, uint32_t types)
{
	struct member *m = ctx;

	if (types & NEW_CONFIG) {
		m->fails = !m->fails;
		if (m->fails)
			return NEW_CONFIG;
		m->config = __atomic_load_n(&current, __ATOMIC_RELAXED);
		m->reloads++;
	}
	return 0;
}

static void join(struct member *m)
{
	oc_proc_barrier_join(&barrier, &m->member, &m->in, absorb, m);
	m->config = __atomic_load_n(&current, __ATOMIC_ACQUIRE);
}

/* Works with what may be destroyed: the address sanitizer sees it, or the thread sanitizer. */
static void *work(void *arg)
{
	struct member *m = arg;
	unsigned int sum = 0;

	join(m);
	pthread_barrier_wait(&start);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		oc_latch_reset(&m->latch);
		oc_interrupts_check(&m->in);
		for (int i = 0; i < 10; i++)
			sum += (unsigned int)m->config->value;
		stress_jitter(&m->seed);
		if (m->comes_and_goes && sum % 7 == 0) {
			oc_proc_barrier_leave(&m->member);
			stress_jitter(&m->seed);
			join(m);
		}
		if (!m->comes_and_goes)
			oc_latch_wait(&m->latch, -1);
	}
	oc_proc_barrier_leave(&m->member);
	return NULL;
}

static void member_init(struct member *m, uint32_t seed)
{
	*m = (struct member){ .seed = seed };
	stress_need(oc_latch_init(&m->latch) == OC_OK, "a latch");
	oc_interrupts_init(&m->in, &m->latch);
}

static struct config *new_config(int value)
{
	struct config *config = malloc(sizeof(*config));

	stress_need(config, "memory");
	config->value = value;
	return config;
}

static int change(struct member *me, int value)
{
	struct config *old = current;
	uint64_t generation;
	int status;

	__atomic_store_n(&current, new_config(value), __ATOMIC_RELEASE);
	oc_proc_barrier_emit(&barrier, OTHER);
	generation = oc_proc_barrier_emit(&barrier, NEW_CONFIG);
	status = oc_proc_barrier_wait(&barrier, generation, &me->in, stress_watchdog());
	old->value = -1;
	free(old);
	return status;
}

static void old_configs_are_destroyed(void)
{
	static struct member members[THREADS], me;
	uint64_t until = stress_until();
	pthread_t threads[THREADS];
	unsigned int changes = 0;

	stress_need(oc_proc_barrier_init(&barrier) == OC_OK, "a barrier");
	pthread_barrier_init(&start, NULL, THREADS + 1);
	current = new_config(0);
	member_init(&me, 0);
	join(&me);
	for (uint32_t i = 0; i < THREADS; i++) {
		member_init(&members[i], i + 1);
		members[i].comes_and_goes = i == 0;
		stress_need(!pthread_create(&threads[i], NULL, work, &members[i]), "a thread");
	}
	pthread_barrier_wait(&start);
	while (oc_clock_ns() < until) {
		changes++;
		stress_need(change(&me, (int)changes) == OC_OK, "a barrier is passed");
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	oc_proc_barrier_emit(&barrier, OTHER);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		oc_latch_close(&members[i].latch);
	}
	oc_proc_barrier_leave(&me.member);
	oc_latch_close(&me.latch);
	oc_proc_barrier_destroy(&barrier);
	pthread_barrier_destroy(&start);
	printf("# %u changes\n", changes);
	stress_case(changes > 1 && members[1].reloads == changes &&
		    members[2].reloads == changes, "old configurations are destroyed");
	free(current);
}

int main(int argc, char **argv)
{
	stress_init(argc, argv);
	a_token_goes_round();
	old_configs_are_destroyed();
	return stress_done();
}
