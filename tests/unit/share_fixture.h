/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * share_fixture.h: the handle of script.h, another one on the same channel object, and
 * a port with a mutex and a sleep. There is one thread: what the other task does
 * meanwhile happens in the port's calls.
 */
#ifndef TESTS_SHARE_FIXTURE_H
#define TESTS_SHARE_FIXTURE_H

#include "script.h"
#include "unit.h"

/**
 * struct task - the mutex, and what the other task does when it gets the processor
 * @slept_us: what each sleep was asked for
 * @answer:   what sleep answers
 * @at_lock, @at_pause: run once, and forgotten before, as they call the port themselves
 * @at_sleep: run each time
 * @pause:    the pair's own
 * @rude:     a client of the same owner, which should not be there
 */
struct task {
	bool held;
	uint32_t locks, sleeps;
	uint32_t slept_us[64];
	int answer;
	void (*at_lock)(struct fixture *f);
	void (*at_pause)(struct fixture *f);
	void (*at_sleep)(struct fixture *f);
	int (*pause)(void *ctx, uint32_t turn);
	struct fixture *f;
	struct oc_db other;
	uint64_t other_mem[(MEM_MIN + 400) / 8];
	struct oc_channel rude;
};

extern struct task task;
extern const uint32_t table_0[1];

int share_setup(void **state);
int share_teardown(void **state);

#define SHARE_TEST(name) cmocka_unit_test_setup_teardown(name, share_setup, share_teardown)

/* The other session; both, under numbers of their own. */
int open_other(struct fixture *f);
void open_both(struct fixture *f);

int get(struct oc_db *db);

void restart(struct fixture *f);

/* The rude client attaches. */
void take_over(struct fixture *f);

/* The channel is lost, and the other task has attached it again. */
void attach_between(struct fixture *f);

#endif /* TESTS_SHARE_FIXTURE_H */
