// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs-shm-poll: the doorbell: who rings, who is told, who sleeps
 *
 * A bell is a count of rings and a queue of sleepers. It is never reset; each
 * file remembers the count that it has read, and is rung while the two differ.
 * So a ring stays until it is read, also one that came before the sleep, and
 * any number of them is one wake-up.
 *
 * Why no ring is lost between two processes: who rings counts first, then takes
 * the queue's lock to wake; who sleeps joins the queue under that lock first,
 * then looks at the count. Whether the sleeper has news to see when he wakes is
 * between the two sides, by the header's SLEEPING flags (lib/PROTOCOL.md).
 */
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "tfs_shm_poll.h"

void tfs_bells_init(struct tfs_channel *chan)
{
	size_t role;

	for (role = 0; role < ARRAY_SIZE(chan->bells); role++) {
		atomic_set(&chan->bells[role].rings, 0);
		init_waitqueue_head(&chan->bells[role].wait);
	}
}

/* From any context. */
static void tfs_bell_ring(struct tfs_bell *bell)
{
	atomic_inc(&bell->rings);
	wake_up_interruptible_poll(&bell->wait, EPOLLIN | EPOLLRDNORM);
}

/* Firmware rang, and did not say on which channel. From any context. */
void tfs_bells_ring_servers(struct tfs_device *td, u32 first, u32 channels)
{
	u32 i;

	for (i = first; i < first + channels; i++)
		tfs_bell_ring(&td->channel[i].bells[TFS_SHM_POLL_ROLE_SERVER]);
}

/* The device is dead: whoever sleeps for it wakes and sees that. */
void tfs_bells_wake(struct tfs_channel *chan)
{
	size_t role;

	for (role = 0; role < ARRAY_SIZE(chan->bells); role++)
		wake_up_all(&chan->bells[role].wait);
}

/*
 * The client is the process that has the role, else firmware. Under the lock that
 * roles change under: a client that takes its role later sees what was stored
 * before this ring, when it looks before its first sleep.
 */
static int tfs_bell_ring_client(struct tfs_channel *chan)
{
	lockdep_assert_held(&chan->lock);

	if (!(chan->roles & BIT(TFS_SHM_POLL_ROLE_CLIENT)))
		return tfs_mailbox_ring(chan->td->mailbox);
	tfs_bell_ring(&chan->bells[TFS_SHM_POLL_ROLE_CLIENT]);
	return 0;
}

static int tfs_bell_ring_other(struct tfs_channel *chan, u32 role)
{
	switch (role) {
	case TFS_SHM_POLL_ROLE_SERVER:
		return tfs_bell_ring_client(chan);
	case TFS_SHM_POLL_ROLE_CLIENT:
		tfs_bell_ring(&chan->bells[TFS_SHM_POLL_ROLE_SERVER]);
		return 0;
	default:
		return -EPERM;
	}
}

/*
 * The file takes its role, and with it the bell as it hangs: rings of before were
 * for another, and it looks at the channel before it first sleeps. An interrupt
 * that came while there was no server is still masked.
 */
void tfs_bell_take(struct tfs_file *f, u32 role)
{
	struct tfs_channel *chan = f->chan;

	lockdep_assert_held(&chan->lock);

	f->seen = atomic_read(&chan->bells[role].rings);
	/* A thread that finds the role must find what goes with it. */
	smp_store_release(&f->role, role);
	if (role == TFS_SHM_POLL_ROLE_SERVER)
		tfs_line_arm(chan);
}

/* The holder of the role has gone, or of none; the other side has to find out. */
void tfs_bell_leave(struct tfs_channel *chan, u32 role)
{
	/* No bell to firmware: it finds out by itself, as it must without any. */
	tfs_bell_ring_other(chan, role);
}

u32 tfs_bell_kinds(const struct tfs_device *td)
{
	u32 kinds = TFS_SHM_POLL_BELL_LOCAL;

	if (td->line_count || tfs_mailbox_receives(td->mailbox))
		kinds |= TFS_SHM_POLL_BELL_FROM_FIRMWARE;
	if (tfs_mailbox_sends(td->mailbox))
		kinds |= TFS_SHM_POLL_BELL_TO_FIRMWARE;
	return kinds;
}

static bool tfs_bell_rang(const struct tfs_file *f, u32 role, u32 *rings)
{
	*rings = atomic_read(&f->chan->bells[role].rings);
	return *rings != READ_ONCE(f->seen);
}

/* Returns 0 with *rings, which were not read before, or -errno. */
static int tfs_bell_wait(struct tfs_file *f, u32 role, u32 *rings)
{
	struct tfs_channel *chan = f->chan;
	int ret;

	if (f->file->f_flags & O_NONBLOCK)
		ret = tfs_bell_rang(f, role, rings) ? 0 : -EAGAIN;
	else
		ret = wait_event_interruptible(chan->bells[role].wait,
					       tfs_bell_rang(f, role, rings) ||
					       READ_ONCE(chan->td->dead));
	return READ_ONCE(chan->td->dead) ? -ENODEV : ret;
}

/*
 * The interrupt is armed after the count was read, not before: one that comes in
 * between would be counted, read, and masked, and nobody would arm it again.
 */
static int tfs_bell_seen(struct tfs_file *f, u32 role, u32 rings)
{
	struct tfs_channel *chan = f->chan;
	int ret;

	WRITE_ONCE(f->seen, rings);
	if (role != TFS_SHM_POLL_ROLE_SERVER)
		return 0;
	ret = tfs_device_enter(chan->td);
	if (ret)
		return ret;
	tfs_line_arm(chan);
	tfs_device_leave(chan->td);
	return 0;
}

ssize_t tfs_bell_read(struct file *file, char __user *buf, size_t size, loff_t *pos)
{
	struct tfs_file *f = file->private_data;
	/* Pairs with tfs_bell_take(): the role, then what was seen in it. */
	u32 role = smp_load_acquire(&f->role);
	u32 rings;
	int ret;

	if (size != sizeof(rings))
		return -EINVAL;
	if (role == TFS_SHM_POLL_ROLE_NONE)
		return READ_ONCE(f->chan->td->dead) ? -ENODEV : -EPERM;

	ret = tfs_bell_wait(f, role, &rings);
	if (ret)
		return ret;
	if (copy_to_user(buf, &rings, sizeof(rings)))
		return -EFAULT;
	ret = tfs_bell_seen(f, role, rings);
	return ret ? ret : size;
}

ssize_t tfs_bell_write(struct file *file, const char __user *buf, size_t size,
		       loff_t *pos)
{
	struct tfs_file *f = file->private_data;
	struct tfs_channel *chan = f->chan;
	u32 flags;
	int ret;

	if (size != sizeof(flags))
		return -EINVAL;
	if (copy_from_user(&flags, buf, sizeof(flags)))
		return -EFAULT;
	if (flags)
		return -EINVAL;

	ret = tfs_device_enter(chan->td);
	if (ret)
		return ret;
	mutex_lock(&chan->lock);
	ret = tfs_bell_ring_other(chan, f->role);
	mutex_unlock(&chan->lock);
	tfs_device_leave(chan->td);
	return ret ? ret : size;
}

/*
 * A file without a role waits for both bells, as a poller stays where it was when
 * the role comes later.
 */
__poll_t tfs_bell_poll(struct file *file, poll_table *wait)
{
	struct tfs_file *f = file->private_data;
	struct tfs_channel *chan = f->chan;
	/* As in tfs_bell_read(). */
	u32 role = smp_load_acquire(&f->role), rings;

	if (role != TFS_SHM_POLL_ROLE_CLIENT)
		poll_wait(file, &chan->bells[TFS_SHM_POLL_ROLE_SERVER].wait, wait);
	if (role != TFS_SHM_POLL_ROLE_SERVER)
		poll_wait(file, &chan->bells[TFS_SHM_POLL_ROLE_CLIENT].wait, wait);

	if (READ_ONCE(chan->td->dead))
		return EPOLLHUP | EPOLLERR;
	if (role == TFS_SHM_POLL_ROLE_NONE)
		return EPOLLERR;
	if (tfs_bell_rang(f, role, &rings))
		return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
	return EPOLLOUT | EPOLLWRNORM;
}
