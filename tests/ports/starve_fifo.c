// SPDX-License-Identifier: GPL-2.0-only
/*
 * starve_fifo FILE CPU: tests/ports/starve.c by two SCHED_FIFO threads on one processor,
 * over the memory file that a tfsd on another processor serves. With policies that never
 * block and with those that do, with a channel each and with one for both. Prints TAP.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <oc/region.h>

#include "starve.h"

enum { CHANNEL_LOW, CHANNEL_HIGH, CHANNEL_SILENT, CHANNELS };

static struct starve starve;
static pthread_mutex_t mutex;
static sem_t woken;
static int tests, failures;

static void tap(bool good, const char *what)
{
	failures += !good;
	printf("%s %d - %s\n", good ? "ok" : "not ok", ++tests, what);
}

static void fail(const char *what, int status)
{
	tap(false, what);
	printf("# %s\n", oc_status_name(status));
}

static void wake(void)
{
	sem_post(&woken);
}

static void wait(void)
{
	while (sem_wait(&woken) && errno == EINTR)
		;
}

static int sleep_us(void *ctx, uint32_t us)
{
	(void)ctx;
	return clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_nsec = us * 1000l },
			       NULL);
}

static const struct starve_os os = {
	.wake = wake, .wait = wait, .sleep = sleep_us, .fail = fail,
};

static void *low(void *arg)
{
	(void)arg;
	starve_low(&starve);
	return NULL;
}

static void *high(void *arg)
{
	(void)arg;
	starve_high(&starve);
	return NULL;
}

static bool start(pthread_t *thread, void *(*entry)(void *arg), int above_lowest, int cpu)
{
	const struct sched_param param = {
		.sched_priority = sched_get_priority_min(SCHED_FIFO) + above_lowest,
	};
	pthread_attr_t attr;
	cpu_set_t cpus;
	int error;

	CPU_ZERO(&cpus);
	CPU_SET(cpu, &cpus);
	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	pthread_attr_setaffinity_np(&attr, sizeof(cpus), &cpus);
	error = pthread_create(thread, &attr, entry, NULL);
	pthread_attr_destroy(&attr);
	if (error)
		fprintf(stderr, "starve_fifo: thread: %s\n", strerror(error));
	return !error;
}

static int sleep_and_count(void *ctx, uint32_t us)
{
	(void)ctx;
	return starve_sleep(&starve, us);
}

struct waiter {
	struct oc_ladder ladder;
	struct oc_port port;
};

static void init_waiter(struct waiter *waiter, enum oc_wait policy)
{
	oc_ladder_init(&waiter->ladder, policy, NULL);
	oc_port_linux(&waiter->port, &waiter->ladder);
	oc_port_linux_share(&waiter->port, &mutex);
	waiter->port.sleep = sleep_and_count;
}

static bool run(bool polite, enum oc_wait policy, bool shared, struct oc_region regions[CHANNELS],
		int cpu)
{
	struct waiter waiters[2];
	pthread_t threads[2];

	for (int i = 0; i < 2; i++)
		init_waiter(&waiters[i], policy);
	starve = (struct starve){
		.os = &os, .polite = polite, .silent = regions[CHANNEL_SILENT].base,
	};
	if (!starve_open(&starve, regions[CHANNEL_LOW].base,
			 shared ? NULL : regions[CHANNEL_HIGH].base, &waiters[0].port,
			 &waiters[1].port))
		return false;
	if (!start(&threads[1], high, 2, cpu) || !start(&threads[0], low, 1, cpu))
		exit(EXIT_FAILURE);
	pthread_join(threads[1], NULL);
	pthread_join(threads[0], NULL);
	printf("# %s, %s: refused the table %u times\n", oc_wait_names[policy],
	       shared ? "one channel" : "a channel each", starve.asks);
	printf("# while it waited in vain, the low thread did %u steps\n", starve.silent_steps);
	return starve_close(&starve);
}

static void run_those_that_never_block(bool shared, struct oc_region regions[CHANNELS], int cpu)
{
	if (run(false, OC_WAIT_BUSY, shared, regions, cpu)) {
		tap(starve.starved, "who asks without a pause starves the thread with the lock");
		tap(!starve.silent_steps, "who spins for an answer starves all others");
	}
	if (run(true, OC_WAIT_YIELD, shared, regions, cpu)) {
		tap(starve.got, "between two questions even who yields for an answer sleeps");
		tap(!starve.silent_steps, "who yields for an answer starves all others");
	}
}

static void run_one_that_blocks(enum oc_wait policy, bool shared,
				struct oc_region regions[CHANNELS], int cpu)
{
	if (run(true, policy, shared, regions, cpu)) {
		tap(starve.asks > 0, "the library's question is refused as well");
		tap(starve.got, "as it sleeps, the lock comes free and is had");
		tap(starve.silent_steps > 0, "while a call waits, others run");
	}
}

static void run_all(bool shared, struct oc_region regions[CHANNELS], int cpu)
{
	run_those_that_never_block(shared, regions, cpu);
	run_one_that_blocks(OC_WAIT_SLEEP, shared, regions, cpu);
	run_one_that_blocks(OC_WAIT_ADAPTIVE, shared, regions, cpu);
}

/* A thread that holds it is not kept from running by one in the middle. */
static void make_mutex(void)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&mutex, &attr);
	pthread_mutexattr_destroy(&attr);
}

static int open_regions(struct oc_region regions[CHANNELS], const char *file)
{
	struct oc_uri uri = { .stride = 65536 };

	if (strlen(file) >= sizeof(uri.file))
		return OC_EURI;
	strcpy(uri.file, file);
	for (uri.channel = 0; uri.channel < CHANNELS; uri.channel++) {
		int status = oc_region_open(&regions[uri.channel], &uri);

		if (status != OC_OK)
			return status;
	}
	return OC_OK;
}

int main(int argc, char **argv)
{
	struct oc_region regions[CHANNELS] = { { .base = NULL } };
	int cpu, status;

	if (argc != 3) {
		fputs("usage: starve_fifo FILE CPU\n", stderr);
		return 2;
	}
	cpu = atoi(argv[2]);
	sem_init(&woken, 0, 0);
	make_mutex();
	status = open_regions(regions, argv[1]);
	if (status != OC_OK)
		fail("open", status);
	for (int shared = 0; status == OC_OK && shared < 2; shared++)
		run_all(shared, regions, cpu);
	printf("1..%d\n", tests);
	return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
