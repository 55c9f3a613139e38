// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs_mail: a mailbox controller made of words in shared memory
 *
 * For the test guest: a timer plays the interrupts of a real one. It takes what is
 * a message as the controller does that its node claims to be as well: a pointer to
 * a word, or the value of the pointer. Firmware writes its words (tfs_mail.h) from
 * its processor, or a test does by /dev/tfs-mailN, N as the node's alias says.
 */
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/io.h>
#include <linux/mailbox_controller.h>
#include <linux/miscdevice.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/of.h>
#include <linux/platform_device.h>

#include "tfs_mail.h"

#define TFS_MAIL_CHANNELS	2
#define TFS_MAIL_PERIOD_NS	(200 * NSEC_PER_USEC)

/**
 * struct tfs_mail_channel - one mailbox channel
 * @chan:  the framework's
 * @words: shared with firmware
 * @timer: runs while a client has the channel
 * @rung:  of the words', what was delivered
 * @value: a message is the pointer's value
 * @busy:  a message was sent and not taken yet, which the framework waits for
 */
struct tfs_mail_channel {
	struct mbox_chan *chan;
	struct tfs_mail *words;
	struct hrtimer timer;
	u32 rung;
	bool value;
	bool busy;
};

struct tfs_mail_device {
	struct mbox_controller mbox;
	struct mbox_chan chans[TFS_MAIL_CHANNELS];
	struct tfs_mail_channel channel[TFS_MAIL_CHANNELS];
	struct miscdevice misc;
	void *words;
};

static int tfs_mail_send(struct mbox_chan *chan, void *data)
{
	struct tfs_mail_channel *channel = chan->con_priv;
	struct tfs_mail *words = channel->words;

	if (READ_ONCE(words->refuse) != words->refused) {
		WRITE_ONCE(words->refused, words->refused + 1);
		return -EIO;
	}
	WRITE_ONCE(words->message, channel->value ? (u32)(uintptr_t)data : *(u32 *)data);
	dma_wmb();	/* the message, then that there is one */
	WRITE_ONCE(words->sent, words->sent + 1);
	smp_store_release(&channel->busy, true);	/* the timer sees both, or not this */
	return 0;
}

static enum hrtimer_restart tfs_mail_look(struct hrtimer *timer)
{
	struct tfs_mail_channel *channel = container_of(timer, struct tfs_mail_channel, timer);
	struct tfs_mail *words = channel->words;
	u32 rung = READ_ONCE(words->rung);

	if (rung != channel->rung) {
		channel->rung = rung;
		mbox_chan_received_data(channel->chan, &rung);
	}
	/* Pairs with tfs_mail_send(). */
	if (smp_load_acquire(&channel->busy) && READ_ONCE(words->taken) == READ_ONCE(words->sent)) {
		WRITE_ONCE(channel->busy, false);
		mbox_chan_txdone(channel->chan, 0);
	}
	hrtimer_forward_now(timer, ns_to_ktime(TFS_MAIL_PERIOD_NS));
	return HRTIMER_RESTART;
}

static int tfs_mail_startup(struct mbox_chan *chan)
{
	struct tfs_mail_channel *channel = chan->con_priv;

	channel->rung = READ_ONCE(channel->words->rung);
	channel->busy = false;
	hrtimer_init(&channel->timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL);
	channel->timer.function = tfs_mail_look;
	hrtimer_start(&channel->timer, ns_to_ktime(TFS_MAIL_PERIOD_NS), HRTIMER_MODE_REL);
	return 0;
}

static void tfs_mail_shutdown(struct mbox_chan *chan)
{
	struct tfs_mail_channel *channel = chan->con_priv;

	hrtimer_cancel(&channel->timer);
}

static const struct mbox_chan_ops tfs_mail_ops = {
	.send_data = tfs_mail_send,
	.startup = tfs_mail_startup,
	.shutdown = tfs_mail_shutdown,
};

static struct tfs_mail_device *tfs_mail_of(struct file *file)
{
	return container_of(file->private_data, struct tfs_mail_device, misc);
}

#define TFS_MAIL_BYTES	(TFS_MAIL_CHANNELS * sizeof(struct tfs_mail))

static ssize_t tfs_mail_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	return simple_read_from_buffer(buf, size, pos, tfs_mail_of(file)->words,
				       TFS_MAIL_BYTES);
}

static ssize_t tfs_mail_write(struct file *file, const char __user *buf, size_t size,
			      loff_t *pos)
{
	return simple_write_to_buffer(tfs_mail_of(file)->words, TFS_MAIL_BYTES, pos, buf,
				      size);
}

static const struct file_operations tfs_mail_fops = {
	.owner = THIS_MODULE,
	.read = tfs_mail_read,
	.write = tfs_mail_write,
};

static void tfs_mail_forget(void *data)
{
	misc_deregister(data);
}

static int tfs_mail_add_file(struct device *dev, struct tfs_mail_device *mail)
{
	int ret;

	mail->misc.minor = MISC_DYNAMIC_MINOR;
	mail->misc.name = devm_kasprintf(dev, GFP_KERNEL, "tfs-mail%d",
					 of_alias_get_id(dev->of_node, "tfs-mail"));
	mail->misc.fops = &tfs_mail_fops;
	if (!mail->misc.name)
		return -ENOMEM;
	ret = misc_register(&mail->misc);
	if (ret)
		return ret;
	return devm_add_action_or_reset(dev, tfs_mail_forget, &mail->misc);
}

static void tfs_mail_init_channel(struct tfs_mail_device *mail, bool value, int i)
{
	struct tfs_mail_channel *channel = &mail->channel[i];

	channel->chan = &mail->chans[i];
	channel->words = mail->words + i * sizeof(struct tfs_mail);
	channel->value = value;
	mail->chans[i].con_priv = channel;
}

static int tfs_mail_probe(struct platform_device *pdev)
{
	struct resource *res = platform_get_resource(pdev, IORESOURCE_MEM, 0);
	struct device *dev = &pdev->dev;
	struct tfs_mail_device *mail;
	bool value = of_device_is_compatible(dev->of_node, "ti,am64-mailbox");
	int i, ret;

	mail = devm_kzalloc(dev, sizeof(*mail), GFP_KERNEL);
	if (!mail || !res)
		return -ENOMEM;
	mail->words = devm_memremap(dev, res->start, resource_size(res), MEMREMAP_WC);
	if (IS_ERR(mail->words))
		return PTR_ERR(mail->words);
	for (i = 0; i < TFS_MAIL_CHANNELS; i++)
		tfs_mail_init_channel(mail, value, i);

	ret = tfs_mail_add_file(dev, mail);
	if (ret)
		return ret;
	mail->mbox.dev = dev;
	mail->mbox.ops = &tfs_mail_ops;
	mail->mbox.chans = mail->chans;
	mail->mbox.num_chans = TFS_MAIL_CHANNELS;
	mail->mbox.txdone_irq = true;
	return devm_mbox_controller_register(dev, &mail->mbox);
}

static const struct of_device_id tfs_mail_of_match[] = {
	{ .compatible = "tfs,test-mailbox" },
	{ }
};
MODULE_DEVICE_TABLE(of, tfs_mail_of_match);

static struct platform_driver tfs_mail_driver = {
	.probe = tfs_mail_probe,
	.driver = {
		.name = "tfs-mail",
		.of_match_table = tfs_mail_of_match,
	},
};
module_platform_driver(tfs_mail_driver);

MODULE_DESCRIPTION("A mailbox controller for the driver's tests");
MODULE_LICENSE("GPL");
