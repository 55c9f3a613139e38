// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs_slow: stretches the moment in which the driver marks a server as gone
 *
 * For the test guest: delays every entry to tfs_channel_mark(). The mark comes
 * before the role is free, so nobody may notice; in the other order the next
 * server would find the old one's word, which otherwise takes a preemption
 * within a few instructions to see.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>

static int tfs_slow_delay(struct kprobe *probe, struct pt_regs *regs)
{
	mdelay(2);
	return 0;
}

static struct kprobe tfs_slow = {
	.symbol_name = "tfs_shm_poll:tfs_channel_mark",
	.pre_handler = tfs_slow_delay,
};

static int __init tfs_slow_init(void)
{
	return register_kprobe(&tfs_slow);
}
module_init(tfs_slow_init);

static void __exit tfs_slow_exit(void)
{
	unregister_kprobe(&tfs_slow);
}
module_exit(tfs_slow_exit);

MODULE_DESCRIPTION("Makes a race of the driver's tests wide enough to be seen");
MODULE_LICENSE("GPL");
