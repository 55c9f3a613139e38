/* SPDX-License-Identifier: MIT */
/*
 * oc/latch.h: under Linux, sleeping until somebody says that there is something to do
 *
 * A latch is a boolean that one thread can wait for. It says "look again", and no more:
 * what there is to do stands elsewhere.
 *
 *	who waits				who has something for him
 *
 *	for (;;) {				publish it
 *		oc_latch_reset(&latch);		oc_latch_set(&latch);
 *		while (look())
 *			work();
 *		oc_latch_wait(&latch, -1);
 *	}
 *
 * The setter publishes, then sets; the full barrier that this takes is in
 * oc_latch_set(). The waiter resets, then looks, then waits; the barrier between the
 * first two is in oc_latch_reset(). Never reset between looking and waiting: that takes
 * away a setting whose reason was not seen. Look after each wake-up; some are in vain.
 *
 * Any thread may set, at any time, also in a signal handler. It costs an atomic
 * instruction, and a system call only if somebody sleeps and nobody else is waking him.
 * Whoever resets and waits is the latch's owner: one thread at a time.
 *
 * A latch lies in the memory of a process, or has its word in memory that processes
 * share and an eventfd that each of them has, by fork() or by a socket. The word must be
 * in ordinary memory of this machine, never in a channel: setting is a read-modify-write.
 */
#ifndef OC_LATCH_H
#define OC_LATCH_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/status.h>

/**
 * struct oc_latch - every field is private; must not be moved or copied
 * @word:   is it set, may its owner be asleep
 * @own:    the word of a latch that is not shared
 * @fd:     an eventfd, close-on-exec, written to wake up; -1 when closed
 * @shared: setters may die in the middle of setting
 */
struct oc_latch {
	uint32_t *word;
	uint32_t own;
	int fd;
	bool shared;
};

/*
 * A latch of this process, not set. A child that was forked must not use it but for
 * oc_latch_close(). OC_ESYSTEM: there is no descriptor left; errno says why.
 */
int oc_latch_init(struct oc_latch *latch);

/*
 * A latch whose word is *@word, which is zeroed, in memory that others will map; for
 * the one who makes it. Children that are forked may use it as it is. OC_ESYSTEM.
 */
int oc_latch_init_shared(struct oc_latch *latch, uint32_t *word);

/*
 * The same latch in another process, which has mapped *@word and was given the eventfd
 * @fd. From now on @fd is the latch's, unless this fails: OC_ESYSTEM, and errno is EINVAL
 * if @fd is a file, a pipe, a socket or a device.
 */
int oc_latch_open(struct oc_latch *latch, uint32_t *word, int fd);

/*
 * Closes the eventfd. Nothing happens to a latch that is closed. It must not be in a
 * wait set any longer. The word stays as it is, for others may use it.
 */
void oc_latch_close(struct oc_latch *latch);

/*
 * What the caller did before is seen by the owner after its oc_latch_reset() that takes
 * this setting away. Does not wait; leaves errno alone.
 */
void oc_latch_set(struct oc_latch *latch);

/* Loads after it see at least what was published before any setting that it took away. */
void oc_latch_reset(struct oc_latch *latch);

/* One load; for who wants to spin for a while before he sleeps. */
bool oc_latch_is_set(const struct oc_latch *latch);

/*
 * Sleeps until the latch is set, for @timeout_ns at most; -1: for ever, 0: looks only.
 * It may sleep longer by the kernel's timer slack. Signals do not end it. Does not reset.
 * OC_OK: it is set. OC_ETIMEOUT: it is not. OC_ESYSTEM: errno says why.
 */
int oc_latch_wait(struct oc_latch *latch, int64_t timeout_ns);

/*
 * Passes the eventfd to another process by a Unix socket that both have. The other one
 * needs the word as well, by a mapping of its own. They are a message of one byte;
 * anything else on the socket is the callers' to agree upon. Receiving gives what
 * oc_latch_open() gives.
 *
 * OC_ESYSTEM: errno is of sendmsg() or recvmsg(); EAGAIN if the socket does not block,
 * ECONNRESET if the other side has closed it; EINVAL as for oc_latch_open().
 * OC_EPROTOCOL: what came is not one byte with one descriptor. It is dropped.
 */
int oc_latch_send(const struct oc_latch *latch, int socket);
int oc_latch_receive(struct oc_latch *latch, uint32_t *word, int socket);

/* CLOCK_MONOTONIC, which all waits here are measured by, in nanoseconds. */
uint64_t oc_clock_ns(void);

#endif /* OC_LATCH_H */
