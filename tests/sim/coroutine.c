// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "coroutine.h"

/* The one that coroutine_start() prepared and that has its first turn. */
static struct coroutine *first_turn;

static void enter(void)
{
	struct coroutine *co = first_turn;

	co->run(co->ctx);
	abort();
}

#ifdef COROUTINE_UCONTEXT

static ucontext_t resumer;

void coroutine_start(struct coroutine *co, void (*run)(void *ctx), void *ctx)
{
	co->run = run;
	co->ctx = ctx;
	getcontext(&co->context);
	co->context.uc_stack.ss_sp = co->stack;
	co->context.uc_stack.ss_size = sizeof(co->stack);
	co->context.uc_link = NULL;
	makecontext(&co->context, enter, 0);
}

void coroutine_resume(struct coroutine *co)
{
	first_turn = co;
	swapcontext(&resumer, &co->context);
}

void coroutine_pause(struct coroutine *co)
{
	swapcontext(&co->context, &resumer);
}

void coroutine_hand_over(struct coroutine *co, struct coroutine *to)
{
	first_turn = to;
	swapcontext(&co->context, &to->context);
}

#else

/*
 * Saves the preserved registers on this stack, its pointer in *from, and goes on with
 * the stack that was saved as @to. The image that coroutine_start() makes has to agree.
 */
void coroutine_switch(void **from, void *to);

static void *resumer_sp;

#ifdef __x86_64__
#define IMAGE_WORDS	8	/* six registers, the return address, what aligns the stack */
#define IMAGE_RETURN	6
__asm__(".text\n"
	".type coroutine_switch, @function\n"
	"coroutine_switch:\n"
	"	push %rbp\n	push %rbx\n	push %r12\n"
	"	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n"
	"	pop %r12\n	pop %rbx\n	pop %rbp\n"
	"	ret\n"
	".size coroutine_switch, . - coroutine_switch\n");
#else
#define IMAGE_WORDS	20	/* x19 to x30, d8 to d15 */
#define IMAGE_RETURN	11
__asm__(".text\n"
	".type coroutine_switch, @function\n"
	"coroutine_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp, #0]\n	stp x21, x22, [sp, #16]\n"
	"	stp x23, x24, [sp, #32]\n	stp x25, x26, [sp, #48]\n"
	"	stp x27, x28, [sp, #64]\n	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n		stp d10, d11, [sp, #112]\n"
	"	stp d12, d13, [sp, #128]\n	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp, #0]\n	ldp x21, x22, [sp, #16]\n"
	"	ldp x23, x24, [sp, #32]\n	ldp x25, x26, [sp, #48]\n"
	"	ldp x27, x28, [sp, #64]\n	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n		ldp d10, d11, [sp, #112]\n"
	"	ldp d12, d13, [sp, #128]\n	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	".size coroutine_switch, . - coroutine_switch\n");
#endif

void coroutine_start(struct coroutine *co, void (*run)(void *ctx), void *ctx)
{
	uint64_t *image = (uint64_t *)(co->stack + sizeof(co->stack)) - IMAGE_WORDS;

	memset(image, 0, 8 * IMAGE_WORDS);
	image[IMAGE_RETURN] = (uintptr_t)enter;
	co->run = run;
	co->ctx = ctx;
	co->sp = image;
}

void coroutine_resume(struct coroutine *co)
{
	first_turn = co;
	coroutine_switch(&resumer_sp, co->sp);
}

void coroutine_pause(struct coroutine *co)
{
	coroutine_switch(&co->sp, resumer_sp);
}

void coroutine_hand_over(struct coroutine *co, struct coroutine *to)
{
	first_turn = to;
	coroutine_switch(&co->sp, to->sp);
}

#endif
