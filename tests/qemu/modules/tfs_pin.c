// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs_pin: somebody else who holds a reference to a channel's struct device
 *
 * For the test guest: takes it when loaded, drops it a moment later. Unloading the
 * driver meanwhile has to wait, as the release of the device is the driver's code.
 */
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/string.h>
#include <linux/workqueue.h>

static char *node = "shm-poll";
module_param(node, charp, 0444);
MODULE_PARM_DESC(node, "platform device, one of whose channels is held");

static bool held;
module_param(held, bool, 0444);
MODULE_PARM_DESC(held, "whether the reference is still there");

static struct device *tfs_pin_device;

static void tfs_pin_drop(struct work_struct *work)
{
	held = false;
	put_device(tfs_pin_device);
}

static DECLARE_DELAYED_WORK(tfs_pin_work, tfs_pin_drop);

static int tfs_pin_is_channel(struct device *dev, void *unused)
{
	return strstarts(dev_name(dev), "tfs-shm-poll");
}

static int __init tfs_pin_init(void)
{
	struct device *platform = bus_find_device_by_name(&platform_bus_type, NULL, node);

	if (!platform)
		return -ENODEV;
	tfs_pin_device = device_find_child(platform, NULL, tfs_pin_is_channel);
	put_device(platform);
	if (!tfs_pin_device)
		return -ENODEV;
	held = true;
	schedule_delayed_work(&tfs_pin_work, msecs_to_jiffies(1000));
	return 0;
}
module_init(tfs_pin_init);

static void __exit tfs_pin_exit(void)
{
	flush_delayed_work(&tfs_pin_work);
}
module_exit(tfs_pin_exit);

MODULE_DESCRIPTION("Holds a device of the driver's tests for a moment");
MODULE_LICENSE("GPL");
