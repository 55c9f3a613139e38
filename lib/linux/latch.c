// SPDX-License-Identifier: MIT
/*
 * latch.c: one word, of which every change is a read-modify-write, and an eventfd
 *
 * The word:
 *
 *	SET		somebody has published something	setters set, the owner clears
 *	SLEEPING	the owner blocks or is about to		the owner sets and clears
 *
 * No wake-up is lost, because all changes of one word have one order, which every thread
 * agrees upon, and each change sees what the one before it left:
 *
 *   set:RMW	releases what was published; tells whether SLEEPING stood
 *   reset:RMW	acquires it
 *   sleep:RMW	sets SLEEPING; tells whether SET stood: the owner's second look
 *
 *  1. set before reset: the setting is taken away, but the owner looks after that, and
 *     reset:RMW has read set:RMW, or what other changes made of it. So it sees what was
 *     published. (Looking before the reset might be too early: this is the waiter's
 *     rule, and the only one that callers can break.)
 *  2. set between reset and sleep: sleep:RMW sees SET, and the owner does not block.
 *  3. set after sleep: set:RMW sees SLEEPING, and rings. A ring is latched by the
 *     eventfd, so it does not matter whether the owner blocks already.
 *
 * A plain look at SET before set:RMW, to save it when the latch is set already, would
 * break this: the store that publishes may still be on its way while that look reads a
 * SET that the owner is about to take away. With a full barrier in between it is right
 * again, but that costs as much as the read-modify-write does.
 *
 * Several rings may come for one sleep, or one after the owner has woken up for another
 * reason: then a later sleep ends early, once, and nothing else happens.
 *
 * tests/model/latch.pml has the same names.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "deadline.h"
#include "latch_sleep.h"

#define SET		1u
#define SLEEPING	2u

static int init(struct oc_latch *latch, uint32_t *word, bool shared)
{
	latch->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (latch->fd < 0)
		return OC_ESYSTEM;
	latch->own = 0;
	latch->word = word;
	latch->shared = shared;
	__atomic_store_n(word, 0, __ATOMIC_RELAXED);
	return OC_OK;
}

int oc_latch_init(struct oc_latch *latch)
{
	return init(latch, &latch->own, false);
}

int oc_latch_init_shared(struct oc_latch *latch, uint32_t *word)
{
	return init(latch, word, true);
}

/* An eventfd has no file type. Whatever else has none does not block in write(). */
int oc_latch_open(struct oc_latch *latch, uint32_t *word, int fd)
{
	struct stat st;
	int flags;

	if (fstat(fd, &st))
		return OC_ESYSTEM;
	if (st.st_mode & S_IFMT) {
		errno = EINVAL;
		return OC_ESYSTEM;
	}
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
		return OC_ESYSTEM;
	*latch = (struct oc_latch){ .word = word, .fd = fd, .shared = true };
	return OC_OK;
}

void oc_latch_close(struct oc_latch *latch)
{
	int error = errno;

	if (latch->fd < 0)
		return;
	close(latch->fd);
	latch->fd = -1;
	errno = error;
}

static void drain(int fd)
{
	uint64_t rings;

	if (read(fd, &rings, sizeof(rings)) < 0)
		return;		/* EAGAIN: another was faster, and nothing is left */
}

/*
 * Who waits by a wait set never reads the rings. If they have come to the most that the
 * eventfd counts, they begin again: to be woken up takes a change.
 */
static void ring(int fd)
{
	const uint64_t one = 1;
	int error = errno;

	if (write(fd, &one, sizeof(one)) < 0 && errno == EAGAIN) {
		drain(fd);
		if (write(fd, &one, sizeof(one)) < 0)
			errno = error;	/* full again, so others have rung */
	}
	errno = error;
}

/*
 * Who finds the latch set leaves the ringing to the one who set it. Another process may
 * have died before it came to that, so for a shared latch each setter rings who sleeps.
 */
void oc_latch_set(struct oc_latch *latch)
{
	/* set:RMW. Releases; sequentially consistent, as callers are promised a barrier. */
	uint32_t was = __atomic_fetch_or(latch->word, SET, __ATOMIC_SEQ_CST);

	if (was & SLEEPING && (!(was & SET) || latch->shared))
		ring(latch->fd);
}

void oc_latch_reset(struct oc_latch *latch)
{
	/* reset:RMW. Acquires: the look comes after it and sees what was published. */
	__atomic_fetch_and(latch->word, ~SET, __ATOMIC_SEQ_CST);
}

/* Acquires, so that even who does not reset sees what was published. */
bool oc_latch_is_set(const struct oc_latch *latch)
{
	return __atomic_load_n(latch->word, __ATOMIC_ACQUIRE) & SET;
}

bool oc_latch_sleep(struct oc_latch *latch)
{
	/* sleep:RMW. Comes before or after each set:RMW: one of the two sees the other. */
	return __atomic_fetch_or(latch->word, SLEEPING, __ATOMIC_SEQ_CST) & SET;
}

/* Nothing depends on when this is seen: at worst somebody rings in vain. */
void oc_latch_awake(struct oc_latch *latch)
{
	__atomic_fetch_and(latch->word, ~SLEEPING, __ATOMIC_RELAXED);
}

/* OC_OK: time to look again. */
static int block(int fd, uint64_t until)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	struct timespec left;
	int n = ppoll(&ready, 1, oc_time_left(until, &left), NULL);

	if (n < 0)
		return errno == EINTR ? OC_OK : OC_ESYSTEM;
	if (ready.revents & POLLNVAL) {
		errno = EBADF;
		return OC_ESYSTEM;
	}
	if (n)
		drain(fd);
	return OC_OK;
}

int oc_latch_wait(struct oc_latch *latch, int64_t timeout_ns)
{
	uint64_t until = oc_deadline(timeout_ns);
	int status = OC_OK;

	while (status == OC_OK && !oc_latch_is_set(latch)) {
		if (oc_expired(until))
			return OC_ETIMEOUT;
		if (!oc_latch_sleep(latch))
			status = block(latch->fd, until);
		oc_latch_awake(latch);
	}
	return status;
}
