/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store_sync.h: when a commit survives power loss
 *
 * A writer commits without a sync, which takes microseconds, and gets a ticket. One
 * thread makes the log durable, which takes milliseconds, and moves a watermark: a
 * ticket at or below it is durable. Commits that nobody asks about are synced within
 * 100 ms.
 *
 * The same thread makes the checkpoints. It takes the writer token for the whole of
 * one: SQLite before 3.51.3 can lose commits when a checkpoint resets the log beside
 * a writer. Writers would have to wait for it anyway, so a thread of its own would
 * gain nothing, and here no sync ever runs beside a reset. What was committed
 * before a checkpoint is synced before it begins, so nobody waits for both. If all of
 * the log was copied it is begun anew at once, which takes a sync as well; a writer
 * that finds that this is still to be done leaves it to the thread.
 *
 * A sync that failed is not tried again: the kernel may have dropped the pages and
 * call the next one a success. The watermark stops, writers are refused.
 */
#ifndef TFSD_STORE_SYNC_H
#define TFSD_STORE_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "store_token.h"

struct store_sync;

/**
 * struct store_waiter - a connection, as the maintenance thread knows it
 * @next:  in the list of all
 * @asked: the last ticket that it was told to wait for
 * @place: among the writers; its latch is set for both
 */
struct store_waiter {
	struct store_waiter *next;
	uint64_t asked;
	struct store_place place;
};

/**
 * struct store_sync_config - what the thread works on
 * @name:             of the log file, in messages
 * @fd:               of the log file, for nothing but @sync; the caller's. Opened
 *                    before the first commit and kept: the kernel reports an error
 *                    of write-back to the descriptors that were open then.
 * @checkpoint_pages: of the log, after which a checkpoint is made
 * @sync:             0, or -1 with errno
 * @checkpoint:       OC_OK, OC_EWRITEPANIC (a sync failed in it), another status (tried
 *                    again later). *@left: pages in the log that could not be copied
 *                    because somebody still reads an older state; *@pages: all in it.
 * @begin_log:        a commit that is nobody's, if the next one begins the log anew and
 *                    would have to wait for the disk. OC_OK, OC_PENDING (somebody else
 *                    writes), OC_EWRITEPANIC, another status (the disk is full).
 * @ctx:              of both
 */
struct store_sync_config {
	const char *name;
	int fd;
	unsigned int checkpoint_pages;
	int (*sync)(int fd);
	int (*checkpoint)(void *ctx, unsigned int *pages, unsigned int *left);
	int (*begin_log)(void *ctx);
	void *ctx;
};

/* Starts the thread. OC_OK, OC_ENOMEM. */
int store_sync_start(struct store_sync **out, const struct store_sync_config *config);

/*
 * Syncs what is not yet durable and ends the thread. No other call may be running.
 * OC_OK, or OC_EWRITEPANIC if this or an earlier sync failed.
 */
int store_sync_stop(struct store_sync *sync);

/* From join to leave @waiter is the thread's as well, and @latch is set for it. */
void store_sync_join(struct store_sync *sync, struct store_waiter *waiter,
		     struct oc_latch *latch);
void store_sync_leave(struct store_sync *sync, struct store_waiter *waiter);

/*
 * The writer token (store_token.h): begin, one commit, end. OC_PENDING: another writer or
 * a checkpoint has it, or it is another's turn; then begin again when the latch is set, or
 * forget it. OC_EWRITEPANIC.
 */
int store_sync_begin(struct store_sync *sync, struct store_waiter *waiter);
void store_sync_forget(struct store_sync *sync, struct store_waiter *waiter);

/*
 * For who has the token and finds that his commit would begin the log anew: whether the
 * thread can do it. If it could not the last time, a commit has to, and says why it fails.
 */
bool store_sync_begins_log(struct store_sync *sync);

/* Lets it, instead of store_sync_end(): as if store_sync_begin() had been OC_PENDING. */
void store_sync_begin_log(struct store_sync *sync, struct store_waiter *waiter);

/* Returns the ticket if @committed, else 0. @pages: in the log now. */
uint64_t store_sync_end(struct store_sync *sync, bool committed, unsigned int pages);

/* As store_durable() in store.h. OC_EINVAL: no such ticket has been given out. */
int store_sync_durable(struct store_sync *sync, struct store_waiter *waiter, uint64_t ticket);

/* Something as bad happened elsewhere; @why goes to the log. */
void store_sync_panic(struct store_sync *sync, const char *why);

#endif /* TFSD_STORE_SYNC_H */
