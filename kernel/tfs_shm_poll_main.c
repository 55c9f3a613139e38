// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs-shm-poll: channels of shared memory between firmware and userspace
 *
 * Takes ownership of a carve-out of memory that another processor of the chip
 * sees too, typically a Cortex-M core that runs bare metal or an RTOS. The
 * carve-out is an array of channels, and each becomes /dev/tfs-shm-pollN. The
 * firmware is the client of a channel and needs no driver; the server, tfsd, maps
 * the device and answers. A program under Linux may be the client instead.
 *
 * What the driver guarantees: no other driver gets the memory, nor does /dev/mem
 * map it where the kernel has STRICT_DEVMEM and was not told iomem=relaxed; there
 * is at most one server and one client of Linux to a channel; both see the memory
 * with the attributes that the devicetree asks for; and a server that has gone,
 * in whatever way, is marked as gone in the channel's header before another can
 * take its place; and the other side is rung then.
 *
 * A doorbell: write() rings the other side, read() and poll() tell that it rang.
 * Between two processes of Linux it needs no hardware; firmware rings by an edge
 * interrupt or a mailbox, and is rung by a mailbox, where the devicetree has them.
 * The driver does not know who sleeps: that is in the header, and whoever rings
 * looks there first.
 *
 * What it does not do: it never reads or writes packets, nor any word of the
 * header but the server's, and that one only while there is no server. Words and
 * roles are described in uapi/linux/tfs_shm_poll.h.
 *
 * N is the first free number at probe. With several nodes it follows the order in
 * which they are probed, which may change from one kernel to the next; channels
 * of one node follow each other only if nothing else came or went meanwhile.
 * /sys/class/tfs-shm-poll/NAME/device tells the node.
 *
 * Hibernation is not handled. The memory is no part of the image: after the
 * machine was off it holds anything, while the restored server believes that it
 * serves. Stop it and unbind the device before, bind it after. Suspend needs
 * nothing, as long as the memory keeps its contents.
 *
 *	fd = open("/dev/tfs-shm-poll0", O_RDWR | O_CLOEXEC);
 *	role = TFS_SHM_POLL_ROLE_SERVER;
 *	ioctl(fd, TFS_SHM_POLL_SET_ROLE, &role);
 *	ioctl(fd, TFS_SHM_POLL_GET_INFO, &info);
 *	p = mmap(NULL, info.stride, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
 */
#include <linux/module.h>
#include <linux/of.h>
#include <linux/overflow.h>
#include <linux/platform_device.h>
#include <linux/slab.h>

#include "tfs_shm_poll.h"

/* Returns 0, and the device lives until tfs_device_leave(); or -ENODEV. */
int tfs_device_enter(struct tfs_device *td)
{
	down_read(&td->life);
	if (!td->dead)
		return 0;
	up_read(&td->life);
	return -ENODEV;
}

void tfs_device_leave(struct tfs_device *td)
{
	up_read(&td->life);
}

static void tfs_device_free(struct kref *refs)
{
	kvfree(container_of(refs, struct tfs_device, refs));
}

void tfs_device_put(struct tfs_device *td)
{
	kref_put(&td->refs, tfs_device_free);
}

static struct tfs_device *tfs_device_alloc(const struct tfs_region *region)
{
	struct tfs_device *td;
	u32 i;

	td = kvzalloc(struct_size(td, channel, region->channels), GFP_KERNEL);
	if (!td)
		return NULL;

	kref_init(&td->refs);
	init_rwsem(&td->life);
	td->region = *region;
	for (i = 0; i < region->channels; i++)
		tfs_channel_init(&td->channel[i], td, i);
	return td;
}

/*
 * From here on every call fails, every access through a mapping is SIGBUS, and
 * every header says that there is no server. May be called again.
 */
static void tfs_device_stop(struct tfs_device *td)
{
	u32 i;

	down_write(&td->life);
	WRITE_ONCE(td->dead, true);
	up_write(&td->life);

	for (i = 0; i < td->region.channels; i++)
		tfs_channel_revoke(&td->channel[i]);
	tfs_mailbox_ring(td->mailbox);
	tfs_mailbox_flush(td->mailbox);
}

/* Unbinding, and the way back when probe fails; devm undoes the region next. */
static void tfs_device_remove(void *data)
{
	struct tfs_device *td = data;

	tfs_device_stop(td);
	tfs_lines_exit(td);
	tfs_mailbox_exit(td);
	while (td->added)
		tfs_channel_del(&td->channel[--td->added]);
	tfs_device_put(td);
}

/*
 * A server that served these channels before (the same machine before a crash,
 * a kexec, an unbind) is gone: no mapping of the region outlived it. Firmware
 * may be running and waiting already, so its words are not touched.
 */
static void tfs_device_mark(struct tfs_device *td)
{
	u32 i;

	for (i = 0; i < td->region.channels; i++) {
		mutex_lock(&td->channel[i].lock);
		tfs_channel_mark(&td->channel[i]);
		mutex_unlock(&td->channel[i].lock);
	}
	tfs_mailbox_ring(td->mailbox);
}

static int tfs_device_add_channels(struct tfs_device *td, struct device *dev)
{
	int ret;

	while (td->added < td->region.channels) {
		ret = tfs_channel_add(&td->channel[td->added], dev);
		if (ret)
			return dev_err_probe(dev, ret, "cannot add channel %u\n",
					     td->added);
		td->added++;
	}
	return 0;
}

static int tfs_probe(struct platform_device *pdev)
{
	struct device *dev = &pdev->dev;
	struct tfs_region region;
	struct tfs_device *td;
	int ret;

	ret = tfs_region_init(dev, &region);
	if (ret)
		return ret;

	td = tfs_device_alloc(&region);
	if (!td)
		return -ENOMEM;
	ret = devm_add_action_or_reset(dev, tfs_device_remove, td);
	if (ret)
		return ret;

	ret = tfs_lines_init(td, pdev);
	if (ret)
		return ret;
	ret = tfs_mailbox_init(td, dev);
	if (ret)
		return ret;

	tfs_device_mark(td);
	ret = tfs_device_add_channels(td, dev);
	if (ret)
		return ret;

	platform_set_drvdata(pdev, td);
	dev_info(dev, "%u channels of %#x bytes, %s, first is %s\n",
		 region.channels, region.stride,
		 region.memory == TFS_SHM_POLL_MEMORY_WB ? "write-back" : "write-combine",
		 dev_name(&td->channel[0].dev));
	return 0;
}

/* Reboot or kexec: firmware runs on and must not wait for a server. */
static void tfs_shutdown(struct platform_device *pdev)
{
	tfs_device_stop(platform_get_drvdata(pdev));
}

static const struct of_device_id tfs_of_match[] = {
	{ .compatible = "tfs,shm-poll" },
	{ }
};
MODULE_DEVICE_TABLE(of, tfs_of_match);

static struct platform_driver tfs_driver = {
	.probe = tfs_probe,
	.shutdown = tfs_shutdown,
	.driver = {
		.name = "tfs-shm-poll",
		.of_match_table = tfs_of_match,
	},
};

static int __init tfs_init(void)
{
	int ret = tfs_channels_register();

	if (ret)
		return ret;

	ret = platform_driver_register(&tfs_driver);
	if (ret)
		tfs_channels_unregister();
	return ret;
}
module_init(tfs_init);

static void __exit tfs_exit(void)
{
	platform_driver_unregister(&tfs_driver);
	tfs_channels_unregister();
}
module_exit(tfs_exit);

MODULE_DESCRIPTION("Shared memory channels between firmware and userspace");
MODULE_LICENSE("GPL");
