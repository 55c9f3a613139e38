/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tfs-shm-poll: what the files of the driver share
 *
 * Lifetime. A struct tfs_device holds everything about one devicetree node,
 * its channels included, and is counted: probe owns one reference until the
 * driver lets go of the node, and each channel's struct device owns one. An open
 * file pins its channel's cdev, which pins the struct device; a mapping pins its
 * file. So a file may outlive the device that it was opened on, and finds
 * tfs_device.dead set. The memory does not live that long: the claim and the
 * kernel's mapping are undone when the driver lets go, so whoever looks at
 * tfs_region.base does it inside tfs_device_enter(), where the device cannot
 * die. Only stop and probe, which no other death can overtake, need not.
 *
 * The module stays until every struct device has been released, which need not
 * be when it is deleted: its last reference may be somebody else's.
 *
 * Revoking. Page table entries are made in ->fault alone, under life, after a
 * look at dead. Whoever sets dead and then drops life knows that no entry can
 * be added, even to a mapping that is being made just now; it then takes away
 * those of each open file. Every file, not every device node: a node that
 * somebody else made with mknod has page tables of its own.
 *
 * Locking, outermost first:
 *
 *	mmap_lock		the caller's, in ->mmap and ->fault
 *	tfs_device.life		read: the device stays alive; write: only to set dead
 *	tfs_channel.lock	roles, the list of files, the mark in the header
 *	i_mmap_rwsem		in unmap_mapping_range(), at stop
 *
 * Stop does not hold life while it revokes: a fault may wait for it with
 * mmap_lock held. Nothing is copied from or to userspace under these locks.
 * Nobody sleeps for a bell under them either; who does looks at dead by itself,
 * and stop wakes him after it has set it.
 *
 * Interrupts and mailboxes go after dead is set, under which none is armed or
 * sent to any more, and before the channels, whose bells they ring. Their own
 * lock, in tfs_shm_poll_mailbox_tx.c, is the innermost of all.
 */
#ifndef _TFS_SHM_POLL_H
#define _TFS_SHM_POLL_H

#include <linux/atomic.h>
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/io.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/of.h>
#include <linux/poll.h>
#include <linux/rwsem.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "uapi/linux/tfs_shm_poll.h"

struct platform_device;
struct tfs_mailbox;

/* Of all devices together; each takes a minor number. */
#define TFS_MAX_CHANNELS	4096

/**
 * struct tfs_region - the memory of all channels of a device
 * @base:     where the kernel sees it
 * @phys:     where it lies
 * @stride:   bytes from one channel to the next, a multiple of the page size
 * @channels: how many channels there are
 * @memory:   TFS_SHM_POLL_MEMORY_*
 */
struct tfs_region {
	void *base;
	phys_addr_t phys;
	u32 stride;
	u32 channels;
	u32 memory;
};

/**
 * struct tfs_bell - tells the holder of a role that the other side rang
 * @rings: how often, modulo 2^32; never reset, so each file keeps what it has seen
 * @wait:  who sleeps for it
 */
struct tfs_bell {
	atomic_t rings;
	wait_queue_head_t wait;
};

/**
 * struct tfs_channel - one channel, one character device
 * @dev:   the struct device of /dev/tfs-shm-pollN; its release drops the
 *         reference on @td
 * @cdev:  what open files pin
 * @td:    the device that the channel is part of
 * @index: which channel of the region this is
 * @lock:  guards @roles and @files; also held to write to the header
 * @roles: bit mask (1 << role) of the roles that some file holds
 * @files: open files, struct tfs_file
 * @bells: by role; that of TFS_SHM_POLL_ROLE_NONE is never rung
 */
struct tfs_channel {
	struct device dev;
	struct cdev cdev;
	struct tfs_device *td;
	u32 index;
	struct mutex lock;	/* see above */
	u32 roles;
	struct list_head files;
	struct tfs_bell bells[TFS_SHM_POLL_ROLE_CLIENT + 1];
};

/**
 * struct tfs_file - an open file
 * @file:  whose mappings are revoked at stop
 * @chan:  its channel
 * @role:  TFS_SHM_POLL_ROLE_*; leaves NONE once, under @chan->lock; released
 *         after @seen
 * @seen:  of the rings of its role's bell, those that were read
 * @entry: in @chan->files
 */
struct tfs_file {
	struct file *file;
	struct tfs_channel *chan;
	u32 role;
	u32 seen;
	struct list_head entry;
};

/**
 * struct tfs_line - an interrupt by which firmware rings servers
 * @td:       whose
 * @irq:      Linux's number of it
 * @first:    the first channel that it rings
 * @channels: how many it rings
 * @masked:   it has come, and no server has looked since
 */
struct tfs_line {
	struct tfs_device *td;
	unsigned int irq;
	u32 first;
	u32 channels;
	atomic_t masked;
};

/**
 * struct tfs_device - one devicetree node
 * @refs:    see "Lifetime" above
 * @region:  its memory; constant
 * @life:    guards @dead
 * @dead:    the driver has let go of the node, or the machine goes down
 * @added:   how many channels userspace can see; probe and removal only
 * @lines:   @line_count interrupts, requested; constant while the device lives
 * @line_count: 0, 1 for all channels, or one for each
 * @mailbox: or NULL; constant while the device lives
 * @channel: @region.channels of them
 */
struct tfs_device {
	struct kref refs;
	struct tfs_region region;
	struct rw_semaphore life;
	bool dead;
	u32 added;
	struct tfs_line *lines;
	u32 line_count;
	struct tfs_mailbox *mailbox;
	struct tfs_channel channel[];
};

/* tfs_shm_poll_main.c */
int tfs_device_enter(struct tfs_device *td);
void tfs_device_leave(struct tfs_device *td);
void tfs_device_put(struct tfs_device *td);

/* tfs_shm_poll_region.c */
int tfs_region_init(struct device *dev, struct tfs_region *region);
pgprot_t tfs_region_pgprot(const struct tfs_region *region, pgprot_t prot);

/*
 * These two are all that the rest of the driver knows about where the memory
 * is: the frame of a channel's page, and the address of a channel's header.
 */
static inline unsigned long tfs_region_pfn(const struct tfs_region *region,
					   u32 channel, unsigned long page)
{
	phys_addr_t phys = region->phys + (phys_addr_t)channel * region->stride;

	return PHYS_PFN(phys) + page;
}

static inline struct tfs_shm_poll_header *
tfs_region_header(const struct tfs_region *region, u32 channel)
{
	return region->base + (size_t)channel * region->stride;
}

/* tfs_shm_poll_channel.c */
int tfs_channels_register(void);
void tfs_channels_unregister(void);
void tfs_channel_init(struct tfs_channel *chan, struct tfs_device *td, u32 index);
int tfs_channel_add(struct tfs_channel *chan, struct device *parent);
void tfs_channel_del(struct tfs_channel *chan);
void tfs_channel_mark(struct tfs_channel *chan);
void tfs_channel_revoke(struct tfs_channel *chan);

/* tfs_shm_poll_bell.c */
void tfs_bells_init(struct tfs_channel *chan);
void tfs_bells_ring_servers(struct tfs_device *td, u32 first, u32 channels);
void tfs_bells_wake(struct tfs_channel *chan);
void tfs_bell_take(struct tfs_file *f, u32 role);
void tfs_bell_leave(struct tfs_channel *chan, u32 role);
u32 tfs_bell_kinds(const struct tfs_device *td);
ssize_t tfs_bell_read(struct file *file, char __user *buf, size_t size, loff_t *pos);
ssize_t tfs_bell_write(struct file *file, const char __user *buf, size_t size,
		       loff_t *pos);
__poll_t tfs_bell_poll(struct file *file, poll_table *wait);

/* tfs_shm_poll_line.c */
int tfs_lines_init(struct tfs_device *td, struct platform_device *pdev);
void tfs_lines_exit(struct tfs_device *td);
void tfs_line_arm(struct tfs_channel *chan);

/* tfs_shm_poll_mailbox.c */
#if IS_ENABLED(CONFIG_MAILBOX)
int tfs_mailbox_init(struct tfs_device *td, struct device *dev);
void tfs_mailbox_exit(struct tfs_device *td);
bool tfs_mailbox_sends(const struct tfs_mailbox *box);
bool tfs_mailbox_receives(const struct tfs_mailbox *box);

/* tfs_shm_poll_mailbox_tx.c */
int tfs_mailbox_ring(struct tfs_mailbox *box);
void tfs_mailbox_flush(struct tfs_mailbox *box);
#else
static inline int tfs_mailbox_init(struct tfs_device *td, struct device *dev)
{
	if (!of_find_property(dev->of_node, "mboxes", NULL))
		return 0;
	dev_err(dev, "mboxes in a kernel without mailboxes\n");
	return -EOPNOTSUPP;
}

static inline void tfs_mailbox_exit(struct tfs_device *td)
{
}

static inline int tfs_mailbox_ring(struct tfs_mailbox *box)
{
	return -EOPNOTSUPP;
}

static inline void tfs_mailbox_flush(struct tfs_mailbox *box)
{
}

static inline bool tfs_mailbox_sends(const struct tfs_mailbox *box)
{
	return false;
}

static inline bool tfs_mailbox_receives(const struct tfs_mailbox *box)
{
	return false;
}
#endif

/* tfs_shm_poll_file.c */
extern const struct file_operations tfs_channel_fops;
void tfs_files_unmap(struct tfs_channel *chan);

#endif /* _TFS_SHM_POLL_H */
