// SPDX-License-Identifier: GPL-2.0-only
#include "task_mutex.h"

static void mask(void)
{
	__asm__ volatile("cpsid i" ::: "memory");
}

static void unmask(void)
{
	__asm__ volatile("cpsie i" ::: "memory");
}

/* task_wait() unmasks, once the task is one that waits: no unlock gets lost between. */
void task_lock(void *mutex)
{
	struct task_mutex *m = mutex;

	mask();
	while (m->held) {
		m->waits = task_running;
		task_wait();
		mask();
	}
	m->held = true;
	unmask();
}

void task_unlock(void *mutex)
{
	struct task_mutex *m = mutex;
	enum task_number waits;

	mask();
	waits = m->waits;
	m->waits = TASK_MAIN;
	m->held = false;
	unmask();
	if (waits != TASK_MAIN)
		task_wake(waits);
}
