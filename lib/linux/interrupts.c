// SPDX-License-Identifier: MIT
/*
 * interrupts.c: bits that anyone sets, and their owner takes one by one
 *
 * A bit is cleared before its handler runs: raised again meanwhile, it is pending again,
 * and the handler will run once more, after whatever it was raised for.
 */
#include <stdlib.h>
#include <string.h>

#include <oc/interrupts.h>

void oc_interrupts_init(struct oc_interrupts *in, struct oc_latch *latch)
{
	memset(in, 0, sizeof(*in));
	in->latch = latch;
}

int oc_interrupts_handle(struct oc_interrupts *in, uint32_t reason, int (*handle)(void *ctx),
			 void *ctx)
{
	if (!reason || reason & (reason - 1))
		return OC_EINVAL;
	in->handlers[__builtin_ctz(reason)] = (struct oc_interrupt_handler){
		.handle = handle, .ctx = ctx,
	};
	return OC_OK;
}

/* Releases, so that a handler sees why. The latch is set even if all were pending: cheap. */
void oc_interrupts_raise(struct oc_interrupts *in, uint32_t reasons)
{
	__atomic_fetch_or(&in->pending, reasons, __ATOMIC_RELEASE);
	oc_latch_set(in->latch);
}

static uint32_t held(const struct oc_interrupts *in)
{
	if (in->held)
		return UINT32_MAX;
	return in->cancel_held ? OC_INTERRUPT_CANCEL : 0;
}

uint32_t oc_interrupts_pending(const struct oc_interrupts *in)
{
	return __atomic_load_n(&in->pending, __ATOMIC_RELAXED) & ~held(in);
}

/* Handlers are not interrupted by others, so that none has to be ready for it. */
static bool call(struct oc_interrupts *in, uint32_t reason)
{
	const struct oc_interrupt_handler *handler = &in->handlers[__builtin_ctz(reason)];
	int failed;

	if (!handler->handle)
		return true;
	in->held++;
	failed = handler->handle(handler->ctx);
	in->held--;
	return !failed;
}

static uint32_t lowest(uint32_t bits)
{
	return bits & (~bits + 1);
}

uint32_t oc_interrupts_serve(struct oc_interrupts *in, uint32_t reasons)
{
	uint32_t taken = 0, again = 0, reason;

	while ((reason = lowest(oc_interrupts_pending(in) & reasons & ~taken & ~again))) {
		__atomic_fetch_and(&in->pending, ~reason, __ATOMIC_ACQUIRE);
		if (call(in, reason))
			taken |= reason;
		else
			again |= reason;
	}
	if (again)
		oc_interrupts_raise(in, again);
	return taken;
}

void oc_interrupts_hold(struct oc_interrupts *in)
{
	in->held++;
}

void oc_interrupts_hold_cancel(struct oc_interrupts *in)
{
	in->cancel_held++;
}

/* The latch may have been reset while what it was set for was held. */
static void resume(struct oc_interrupts *in, unsigned int *count)
{
	if (!*count)
		abort();
	--*count;
	if (oc_interrupts_pending(in))
		oc_latch_set(in->latch);
}

void oc_interrupts_resume(struct oc_interrupts *in)
{
	resume(in, &in->held);
}

void oc_interrupts_resume_cancel(struct oc_interrupts *in)
{
	resume(in, &in->cancel_held);
}
