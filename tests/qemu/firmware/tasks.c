// SPDX-License-Identifier: GPL-2.0-only
#include <stdbool.h>
#include <stddef.h>

#include "tasks.h"

#define VECTORS		48
#define VECTOR_PENDSV	14
#define VECTOR_SYSTICK	15
#define STACK_WORDS	2048
#define THUMB_STATE	0x01000000u

#define SYST_CSR	(*(volatile uint32_t *)0xe000e010)
#define SYST_RVR	(*(volatile uint32_t *)0xe000e014)
#define SYST_CVR	(*(volatile uint32_t *)0xe000e018)
#define SCB_ICSR	(*(volatile uint32_t *)0xe000ed04)
#define SCB_VTOR	(*(volatile uint32_t *)0xe000ed08)
#define ICSR_PENDSVSET	(1u << 28)

/**
 * struct task - what is left of a task that does not run
 * @sp:       its stack: r4-r11, then what the processor pushed
 * @state:    only a task that is ready or whose time has come runs
 * @wake_at:  the tick for which a sleeper waits
 */
struct task {
	uint32_t *sp;
	enum { TASK_NONE, TASK_READY, TASK_SLEEPS, TASK_WAITS } state;
	uint32_t wake_at;
};

volatile uint32_t task_ticks;

static struct task tasks[TASK_COUNT];
enum task_number task_running;
static uint32_t stacks[TASK_COUNT][STACK_WORDS] __attribute__((aligned(8)));
static uint32_t vectors[VECTORS] __attribute__((aligned(256)));

uint32_t *task_switch(uint32_t *sp);

static bool can_run(struct task *task)
{
	if (task->state == TASK_SLEEPS && (int32_t)(task_ticks - task->wake_at) >= 0)
		task->state = TASK_READY;
	return task->state == TASK_READY;
}

/* In PendSV, which nothing interrupts: all exceptions have one priority. */
uint32_t *task_switch(uint32_t *sp)
{
	tasks[task_running].sp = sp;
	for (task_running = TASK_HIGH; task_running > TASK_MAIN; task_running--)
		if (can_run(&tasks[task_running]))
			break;
	return tasks[task_running].sp;
}

__attribute__((naked)) static void pendsv_handler(void)
{
	__asm__ volatile("mrs r0, psp\n\t"
			 "stmdb r0!, {r4-r11}\n\t"
			 "push {r3, lr}\n\t"
			 "bl task_switch\n\t"
			 "pop {r3, lr}\n\t"
			 "ldmia r0!, {r4-r11}\n\t"
			 "msr psp, r0\n\t"
			 "bx lr");
}

static void systick_handler(void)
{
	task_ticks++;
	SCB_ICSR = ICSR_PENDSVSET;
}

/* The switch happens before the next instruction of the caller's that matters. */
static void leave(void)
{
	SCB_ICSR = ICSR_PENDSVSET;
	__asm__ volatile("dsb\n\tisb" ::: "memory");
}

static void set_state(enum task_number task, int state, uint32_t wake_at)
{
	__asm__ volatile("cpsid i" ::: "memory");
	tasks[task].wake_at = wake_at;
	tasks[task].state = state;
	__asm__ volatile("cpsie i" ::: "memory");
	leave();
}

/* Main goes on where it is, on what becomes the process stack; handlers get another. */
void tasks_begin(void)
{
	uint32_t i, *handlers = &stacks[TASK_MAIN][STACK_WORDS];

	for (i = 0; i < VECTORS; i++)
		vectors[i] = ((const volatile uint32_t *)SCB_VTOR)[i];
	vectors[VECTOR_PENDSV] = (uint32_t)pendsv_handler;
	vectors[VECTOR_SYSTICK] = (uint32_t)systick_handler;
	SCB_VTOR = (uint32_t)vectors;
	tasks[TASK_MAIN].state = TASK_READY;
	__asm__ volatile("mov r1, sp\n\tmsr psp, r1\n\tmovs r1, #2\n\tmsr control, r1\n\tisb\n\t"
			 "msr msp, %0" : : "r"(handlers) : "r1", "memory");
	SYST_RVR = TASKS_HZ / 1000 - 1;
	SYST_CVR = 0;
	SYST_CSR = 7;
}

static void task_returned(void)
{
	for (;;)
		set_state(task_running, TASK_NONE, 0);
}

void task_start(enum task_number task, void (*entry)(void))
{
	uint32_t *sp = &stacks[task][STACK_WORDS];

	*--sp = THUMB_STATE;
	*--sp = (uint32_t)entry & ~1u;
	*--sp = (uint32_t)task_returned;
	tasks[task].sp = sp - 13;	/* r12, r0-r3, r4-r11: whatever they are */
	set_state(task, TASK_READY, 0);
}

void task_sleep(uint32_t ticks)
{
	set_state(task_running, TASK_SLEEPS, task_ticks + ticks);
}

void task_wait(void)
{
	set_state(task_running, TASK_WAITS, 0);
}

void task_wake(enum task_number task)
{
	set_state(task, TASK_READY, 0);
}

/* For main() only, which runs when no other does. */
void task_join(enum task_number task)
{
	while (*(volatile int *)&tasks[task].state != TASK_NONE)
		;
}
