/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scheduler of the smallest kind: two tasks and main(), which runs when neither
 * can. The task of the highest priority that is ready runs, always; a tick of
 * SysTick's takes the processor from one that has become second. Test code: no
 * floating-point context, no time slices, tasks never come back once they return.
 */
#ifndef TEST_TASKS_H
#define TEST_TASKS_H

#include <stdint.h>

#define TASKS_HZ	25000000u	/* what SysTick counts at */

/* The number is the priority. */
enum task_number { TASK_MAIN, TASK_LOW, TASK_HIGH, TASK_COUNT };

/* A millisecond each; SysTick_Handler's. */
extern volatile uint32_t task_ticks;

/* Whose time it is. */
extern enum task_number task_running;

/* Vector table, SysTick; from here on main() is a task. */
void tasks_begin(void);

/* Ready from now on, with a stack of its own. */
void task_start(enum task_number task, void (*entry)(void));

/* The calling task lets others run: for some ticks, until woken, until they ended. */
void task_sleep(uint32_t ticks);
void task_wait(void);
void task_wake(enum task_number task);
void task_join(enum task_number task);

#endif
