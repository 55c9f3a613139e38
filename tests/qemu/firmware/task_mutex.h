/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A mutex for tasks.h: who finds it held lets the holder run. There are two tasks, so
 * nothing can come between a holder and the one who waits, and no priority is handed on.
 */
#ifndef TEST_TASK_MUTEX_H
#define TEST_TASK_MUTEX_H

#include <stdbool.h>

#include "tasks.h"

/* @waits: the task to be woken, TASK_MAIN if there is none */
struct task_mutex {
	bool held;
	enum task_number waits;
};

/* For struct oc_port: @mutex is a struct task_mutex. Not twice by one task. */
void task_lock(void *mutex);
void task_unlock(void *mutex);

#endif
