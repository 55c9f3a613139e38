// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs_par: asks the MMU which memory attributes a mapping really has
 *
 * For the test guest: /dev/tfs-par, see tfs_par.h. arm64 only.
 */
#include <linux/fs.h>
#include <linux/irqflags.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/uaccess.h>

#include <asm/barrier.h>
#include <asm/sysreg.h>

#include "tfs_par.h"

/* Interrupts are off: the register is this CPU's, and a fault would overwrite it. */
static u64 tfs_par_translate(u64 address, bool user)
{
	unsigned long flags;
	u64 par;

	local_irq_save(flags);
	if (user)
		asm volatile("at s1e0r, %0" : : "r" (address) : "memory");
	else
		asm volatile("at s1e1r, %0" : : "r" (address) : "memory");
	isb();
	par = read_sysreg_par();
	local_irq_restore(flags);
	return par;
}

static long tfs_par_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	void __user *user = (void __user *)arg;
	struct tfs_par query;

	if (cmd != TFS_PAR_USER && cmd != TFS_PAR_KERNEL)
		return -ENOTTY;
	if (copy_from_user(&query, user, sizeof(query)))
		return -EFAULT;
	query.par = tfs_par_translate(query.address, cmd == TFS_PAR_USER);
	return copy_to_user(user, &query, sizeof(query)) ? -EFAULT : 0;
}

static const struct file_operations tfs_par_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = tfs_par_ioctl,
};

static struct miscdevice tfs_par = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "tfs-par",
	.fops = &tfs_par_fops,
};
module_misc_device(tfs_par);

MODULE_DESCRIPTION("Tells tests the memory attributes of a mapping");
MODULE_LICENSE("GPL");
