// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs_slow: stretches a moment in which the driver could be overtaken
 *
 * For the test guest: delays every entry to a function. Nobody may notice, unless
 * the driver has an order wrong, which otherwise takes a preemption within a few
 * instructions to see.
 *
 * tfs_shm_poll:tfs_channel_mark: the mark comes before the role is free; in the
 * other order the next server would find the old one's word.
 *
 * vmf_insert_pfn: a page comes into a mapping while the device cannot die; else
 * it would come after all had been taken away.
 *
 * unmap_mapping_range: the mark at the end of the device comes after it; else a
 * server that is still there would write over the mark.
 */
#include <linux/delay.h>
#include <linux/kprobes.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

static char *symbol = "tfs_shm_poll:tfs_channel_mark";
module_param(symbol, charp, 0444);
MODULE_PARM_DESC(symbol, "function to delay");

static int tfs_slow_delay(struct kprobe *probe, struct pt_regs *regs)
{
	mdelay(2);
	return 0;
}

static struct kprobe tfs_slow = {
	.pre_handler = tfs_slow_delay,
};

static int __init tfs_slow_init(void)
{
	tfs_slow.symbol_name = symbol;
	return register_kprobe(&tfs_slow);
}
module_init(tfs_slow_init);

static void __exit tfs_slow_exit(void)
{
	unregister_kprobe(&tfs_slow);
}
module_exit(tfs_slow_exit);

MODULE_DESCRIPTION("Makes races of the driver's tests wide enough to be seen");
MODULE_LICENSE("GPL");
