// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs_irq: raises the interrupts of a platform device, as firmware would
 *
 * For the test guest: a u32 that is written to /dev/tfs-irq is the index of the
 * interrupt that becomes pending in the interrupt controller.
 */
#include <linux/fs.h>
#include <linux/interrupt.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/moduleparam.h>
#include <linux/platform_device.h>
#include <linux/uaccess.h>

static char *node = "shm-line";
module_param(node, charp, 0444);
MODULE_PARM_DESC(node, "platform device whose interrupts are raised");

static int tfs_irq_raise(u32 index)
{
	struct device *dev = bus_find_device_by_name(&platform_bus_type, NULL, node);
	int irq;

	if (!dev)
		return -ENODEV;
	irq = platform_get_irq(to_platform_device(dev), index);
	put_device(dev);
	if (irq < 0)
		return irq;
	return irq_set_irqchip_state(irq, IRQCHIP_STATE_PENDING, true);
}

static ssize_t tfs_irq_write(struct file *file, const char __user *buf, size_t size,
			     loff_t *pos)
{
	u32 index;
	int ret;

	if (size != sizeof(index))
		return -EINVAL;
	if (copy_from_user(&index, buf, sizeof(index)))
		return -EFAULT;
	ret = tfs_irq_raise(index);
	return ret ? ret : size;
}

static const struct file_operations tfs_irq_fops = {
	.owner = THIS_MODULE,
	.write = tfs_irq_write,
};

static struct miscdevice tfs_irq = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tfs-irq",
	.fops = &tfs_irq_fops,
};
module_misc_device(tfs_irq);

MODULE_DESCRIPTION("Raises interrupts for the driver's tests");
MODULE_LICENSE("GPL");
