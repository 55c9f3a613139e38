/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tfs-shm-poll: what a mailbox consists of
 */
#ifndef _TFS_SHM_POLL_MAILBOX_H
#define _TFS_SHM_POLL_MAILBOX_H

#include <linux/mailbox_client.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/**
 * struct tfs_mailbox - how a device rings firmware and is rung
 * @client:  the mailbox framework's view of us
 * @td:      whose servers it rings
 * @tx:      to firmware, or NULL; constant but for @retry
 * @rx:      from firmware, or NULL; may be @tx
 * @tx_index: which of mboxes is @tx; -1: there is none
 * @rx_index: likewise @rx
 * @message: what @tx's controller takes
 * @word:    what @message points to, if it does
 * @lock:    guards what follows
 * @sent:    a message is under way, or was refused
 * @again:   and there were rings since
 * @refused: the controller did not take it
 * @renewing: @retry has the mailbox channel
 * @closing: no more retries
 * @retries: of this message, so far; 0 with @refused: no more until there is a ring
 * @retry:   sends anew what was refused
 * @idle:    woken when none is under way any more
 */
struct tfs_mailbox {
	struct mbox_client client;
	struct tfs_device *td;
	struct mbox_chan *tx;
	struct mbox_chan *rx;
	int tx_index;
	int rx_index;
	void *message;
	u32 word;
	spinlock_t lock;	/* see above */
	bool sent;
	bool again;
	bool refused;
	bool renewing;
	bool closing;
	u32 retries;
	struct delayed_work retry;
	wait_queue_head_t idle;
};

/* tfs_shm_poll_mailbox_tx.c */
void tfs_mailbox_tx_init(struct tfs_mailbox *box);
void tfs_mailbox_tx_exit(struct tfs_mailbox *box);

#endif /* _TFS_SHM_POLL_MAILBOX_H */
