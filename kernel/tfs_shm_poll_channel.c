// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs-shm-poll: one channel: its device node, and the mark in its header
 */
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/wait_bit.h>

#include "tfs_shm_poll.h"
#include "tfs_shm_poll_compat.h"

static dev_t tfs_devt;
static DEFINE_IDA(tfs_minors);

/* How many struct devices still have to be released, by code of this module. */
static atomic_t tfs_unreleased = ATOMIC_INIT(0);

/* Created, not a static one: the driver core may release it after we are gone. */
static struct class *tfs_class;

int tfs_channels_register(void)
{
	int ret;

	tfs_class = tfs_class_create("tfs-shm-poll");
	if (IS_ERR(tfs_class))
		return PTR_ERR(tfs_class);

	ret = alloc_chrdev_region(&tfs_devt, 0, TFS_MAX_CHANNELS, "tfs-shm-poll");
	if (ret)
		class_destroy(tfs_class);
	return ret;
}

/* Open files pin the module, but others may hold on to a struct device for long. */
void tfs_channels_unregister(void)
{
	wait_var_event(&tfs_unreleased, !atomic_read(&tfs_unreleased));
	unregister_chrdev_region(tfs_devt, TFS_MAX_CHANNELS);
	class_destroy(tfs_class);
	ida_destroy(&tfs_minors);
}

void tfs_channel_init(struct tfs_channel *chan, struct tfs_device *td, u32 index)
{
	chan->td = td;
	chan->index = index;
	mutex_init(&chan->lock);
	INIT_LIST_HEAD(&chan->files);
	tfs_bells_init(chan);
}

static void tfs_channel_release(struct device *dev)
{
	tfs_device_put(container_of(dev, struct tfs_channel, dev)->td);
	if (atomic_dec_and_test(&tfs_unreleased))
		wake_up_var(&tfs_unreleased);
}

/* Files may be opened before this returns. */
int tfs_channel_add(struct tfs_channel *chan, struct device *parent)
{
	int minor = ida_alloc_max(&tfs_minors, TFS_MAX_CHANNELS - 1, GFP_KERNEL);
	int ret;

	if (minor < 0)
		return minor;

	kref_get(&chan->td->refs);
	atomic_inc(&tfs_unreleased);
	device_initialize(&chan->dev);
	chan->dev.class = tfs_class;
	chan->dev.parent = parent;
	chan->dev.devt = MKDEV(MAJOR(tfs_devt), minor);
	chan->dev.release = tfs_channel_release;
	ret = dev_set_name(&chan->dev, "tfs-shm-poll%d", minor);
	if (ret)
		goto put_device;

	cdev_init(&chan->cdev, &tfs_channel_fops);
	chan->cdev.owner = THIS_MODULE;
	ret = cdev_device_add(&chan->cdev, &chan->dev);
	if (ret)
		goto put_device;
	return 0;

put_device:
	put_device(&chan->dev);
	ida_free(&tfs_minors, minor);
	return ret;
}

/*
 * The number is free at once, so that a device that is bound again gets its old
 * name, even if somebody has not closed the old file yet.
 */
void tfs_channel_del(struct tfs_channel *chan)
{
	int minor = MINOR(chan->dev.devt);

	cdev_device_del(&chan->cdev, &chan->dev);
	put_device(&chan->dev);
	ida_free(&tfs_minors, minor);
}

/* The server's word once its server is gone: who holds the channel, no more. */
static u32 tfs_gone(u32 word)
{
	u32 keep = TFS_SHM_POLL_SW_MAGIC_MASK | TFS_SHM_POLL_SW_MAJOR_MASK |
		   TFS_SHM_POLL_SW_EPOCH_MASK;
	u32 held = TFS_SHM_POLL_SW_HELD | TFS_SHM_POLL_SW_GRANTED;

	if ((word & TFS_SHM_POLL_SW_MAGIC_MASK) != TFS_SHM_POLL_SW_MAGIC)
		return TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR;
	return (word & keep) | (word & held ? TFS_SHM_POLL_SW_HELD : 0);
}

/*
 * Tells the client that there is no server. The caller knows that none can
 * write here: its role has no mapping left, or there are no files at all.
 */
void tfs_channel_mark(struct tfs_channel *chan)
{
	struct tfs_shm_poll_header *header;
	u32 word;

	lockdep_assert_held(&chan->lock);

	/*
	 * mark:FULL. First the dead server's stores, then the mark: a client
	 * that sees the mark must not see a response or a grant appear after it.
	 * The client is another processor, hence not smp_mb().
	 */
	dma_mb();
	header = tfs_region_header(&chan->td->region, chan->index);
	word = le32_to_cpu(READ_ONCE(header->server_word));
	WRITE_ONCE(header->server_word, cpu_to_le32(tfs_gone(word)));

	/*
	 * marked:FULL. First the mark, then the role: pairs with the lock that
	 * the next server takes it under, and orders its stores after the mark
	 * for the other processor too, which that lock does not.
	 */
	dma_mb();
}

/* The device is dead, so nothing that this takes away can come back. */
void tfs_channel_revoke(struct tfs_channel *chan)
{
	mutex_lock(&chan->lock);
	tfs_files_unmap(chan);
	tfs_channel_mark(chan);
	mutex_unlock(&chan->lock);
	tfs_bells_wake(chan);
}
