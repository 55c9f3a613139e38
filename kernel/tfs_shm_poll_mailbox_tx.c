// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs-shm-poll: sending messages by which firmware is rung
 *
 * At most one message is under way. Rings that come before the controller has seen
 * it taken are remembered as one, sent then: firmware may have taken the message,
 * looked at the channels and gone to sleep already, so they must not be dropped.
 *
 * A controller may refuse a message. The framework tells nobody, keeps the message, and
 * tries it again with the next one only, which has to wait for this one. So whoever
 * hands it a message looks where it went. One that was refused is taken back, by
 * letting the mailbox channel go, and sent anew, a few times; what has not been sent
 * then is sent with the next ring.
 */
#include <linux/mailbox_controller.h>

#include "tfs_shm_poll.h"
#include "tfs_shm_poll_mailbox.h"

/* For firmware to learn of the end of the servers; what is not taken then is lost. */
#define TFS_MAILBOX_FLUSH_MS	100

/* A message that was refused is sent again after 1, 2, 4, ... 64 ms. */
#define TFS_MAILBOX_RETRIES	7

/*
 * A message that was taken already looks as if it had been refused; but then
 * tfs_mailbox_taken() waits for our lock, and says so next.
 */
static bool tfs_mailbox_is_under_way(const struct tfs_mailbox *box)
{
	return box->tx && READ_ONCE(box->tx->active_req) == box->message;
}

/* To whoever rings it is as if the message were under way. */
static void tfs_mailbox_refused(struct tfs_mailbox *box)
{
	lockdep_assert_held(&box->lock);

	box->sent = true;
	box->refused = true;
	if (box->closing)
		return;
	if (box->retries == TFS_MAILBOX_RETRIES) {
		dev_err_ratelimited(box->client.dev, "firmware is not rung: its mailbox refuses messages\n");
		box->retries = 0;
		return;
	}
	schedule_delayed_work(&box->retry, msecs_to_jiffies(1 << box->retries));
	box->retries++;
}

static void tfs_mailbox_send(struct tfs_mailbox *box)
{
	lockdep_assert_held(&box->lock);

	box->again = false;
	if (mbox_send_message(box->tx, box->message) < 0 || !tfs_mailbox_is_under_way(box))
		tfs_mailbox_refused(box);
	else
		box->sent = true;
}

/* From any context. A message that failed is one that is not under way, too. */
static void tfs_mailbox_taken(struct mbox_client *client, void *message, int status)
{
	struct tfs_mailbox *box = container_of(client, struct tfs_mailbox, client);
	unsigned long flags;

	spin_lock_irqsave(&box->lock, flags);
	box->sent = false;
	box->refused = false;
	box->retries = 0;
	if (box->again && !box->renewing)
		tfs_mailbox_send(box);
	if (!box->sent)
		wake_up(&box->idle);
	spin_unlock_irqrestore(&box->lock, flags);
}

/* The framework forgets the message with its client. Firmware may ring meanwhile: not heard. */
static int tfs_mailbox_renew(struct tfs_mailbox *box)
{
	struct mbox_chan *chan;

	mbox_free_channel(box->tx);
	chan = mbox_request_channel(&box->client, box->tx_index);
	box->tx = IS_ERR(chan) ? NULL : chan;
	if (box->rx_index == box->tx_index) {
		box->rx = box->tx;
		tfs_bells_ring_servers(box->td, 0, box->td->region.channels);
	}
	return PTR_ERR_OR_ZERO(chan);
}

/* The controller may have tried again by itself, once it had room. */
static bool tfs_mailbox_begin_renewal(struct tfs_mailbox *box)
{
	spin_lock_irq(&box->lock);
	if (tfs_mailbox_is_under_way(box))
		box->refused = false;
	box->renewing = box->refused;
	spin_unlock_irq(&box->lock);
	return box->renewing;
}

static void tfs_mailbox_retry(struct work_struct *work)
{
	struct tfs_mailbox *box = container_of(work, struct tfs_mailbox, retry.work);
	int ret;

	if (!tfs_mailbox_begin_renewal(box))
		return;
	ret = tfs_mailbox_renew(box);
	spin_lock_irq(&box->lock);
	box->renewing = false;
	box->refused = false;
	if (ret)
		tfs_mailbox_refused(box);
	else
		tfs_mailbox_send(box);
	spin_unlock_irq(&box->lock);
}

/* From any context. */
int tfs_mailbox_ring(struct tfs_mailbox *box)
{
	unsigned long flags;

	if (!tfs_mailbox_sends(box))
		return -EOPNOTSUPP;

	/*
	 * What was stored to the channel is there before the ring: the controller
	 * may write to its registers with relaxed accesses.
	 */
	wmb();
	spin_lock_irqsave(&box->lock, flags);
	if (!box->sent && !box->renewing)
		tfs_mailbox_send(box);
	else
		box->again = true;
	if (box->refused && !box->retries && !box->renewing)
		schedule_delayed_work(&box->retry, 0);
	spin_unlock_irqrestore(&box->lock, flags);
	return 0;
}

/* Firmware that does not take its message, as it does not run, is not waited for long. */
void tfs_mailbox_flush(struct tfs_mailbox *box)
{
	if (box)
		wait_event_timeout(box->idle, !READ_ONCE(box->sent),
				   msecs_to_jiffies(TFS_MAILBOX_FLUSH_MS));
}

void tfs_mailbox_tx_init(struct tfs_mailbox *box)
{
	box->client.tx_done = tfs_mailbox_taken;
	spin_lock_init(&box->lock);
	INIT_DELAYED_WORK(&box->retry, tfs_mailbox_retry);
	init_waitqueue_head(&box->idle);
}

/* Nobody rings any more; what the controller has may still be taken. */
void tfs_mailbox_tx_exit(struct tfs_mailbox *box)
{
	spin_lock_irq(&box->lock);
	box->closing = true;
	spin_unlock_irq(&box->lock);
	cancel_delayed_work_sync(&box->retry);
}
