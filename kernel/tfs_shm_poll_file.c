// SPDX-License-Identifier: GPL-2.0-only
/*
 * tfs-shm-poll: an open file: its role, its facts, its mapping
 *
 * A role belongs to the open file description. It ends in ->release, that is,
 * when the last descriptor and the last mapping are gone, however the process
 * ended, and wherever a fork or a socket carried them. ->flush and vm_ops->close
 * come earlier, while somebody can still write to the channel.
 *
 * read, write and poll are the bell's, in tfs_shm_poll_bell.c.
 */
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "tfs_shm_poll.h"
#include "tfs_shm_poll_compat.h"

static int tfs_open(struct inode *inode, struct file *file)
{
	struct tfs_channel *chan = container_of(inode->i_cdev, struct tfs_channel, cdev);
	struct tfs_file *f = kzalloc(sizeof(*f), GFP_KERNEL);
	int ret;

	if (!f)
		return -ENOMEM;

	/* Dead is possible here: the inode may remember a cdev that was deleted. */
	ret = tfs_device_enter(chan->td);
	if (ret) {
		kfree(f);
		return ret;
	}
	f->file = file;
	f->chan = chan;
	f->role = TFS_SHM_POLL_ROLE_NONE;
	file->private_data = f;
	mutex_lock(&chan->lock);
	list_add(&f->entry, &chan->files);
	mutex_unlock(&chan->lock);
	tfs_device_leave(chan->td);
	return stream_open(inode, file);
}

/* Mark, then free the role: a server that takes it next finds no late mark. */
static int tfs_release(struct inode *inode, struct file *file)
{
	struct tfs_file *f = file->private_data;
	struct tfs_channel *chan = f->chan;
	bool alive = !tfs_device_enter(chan->td);

	mutex_lock(&chan->lock);
	if (alive && f->role == TFS_SHM_POLL_ROLE_SERVER)
		tfs_channel_mark(chan);
	chan->roles &= ~BIT(f->role);
	list_del(&f->entry);
	if (alive)
		tfs_bell_leave(chan, f->role);
	mutex_unlock(&chan->lock);
	if (alive)
		tfs_device_leave(chan->td);

	kfree(f);
	return 0;
}

static int tfs_take_role(struct tfs_file *f, u32 role)
{
	struct tfs_channel *chan = f->chan;

	lockdep_assert_held_read(&chan->td->life);
	lockdep_assert_held(&chan->lock);

	if (f->role != TFS_SHM_POLL_ROLE_NONE || chan->roles & BIT(role))
		return -EBUSY;
	chan->roles |= BIT(role);
	tfs_bell_take(f, role);
	return 0;
}

static int tfs_set_role(struct tfs_file *f, const u32 __user *arg)
{
	struct tfs_channel *chan = f->chan;
	u32 role;
	int ret;

	if (get_user(role, arg))
		return -EFAULT;
	if (role != TFS_SHM_POLL_ROLE_SERVER && role != TFS_SHM_POLL_ROLE_CLIENT)
		return -EINVAL;
	if ((f->file->f_mode & (FMODE_READ | FMODE_WRITE)) != (FMODE_READ | FMODE_WRITE))
		return -EACCES;

	ret = tfs_device_enter(chan->td);
	if (ret)
		return ret;
	mutex_lock(&chan->lock);
	ret = tfs_take_role(f, role);
	mutex_unlock(&chan->lock);
	tfs_device_leave(chan->td);
	return ret;
}

static int tfs_get_info(struct tfs_file *f, struct tfs_shm_poll_info __user *arg)
{
	struct tfs_channel *chan = f->chan;
	const struct tfs_region *region = &chan->td->region;
	struct tfs_shm_poll_info info = {
		.abi = TFS_SHM_POLL_ABI,
		.channel = chan->index,
		.channels = region->channels,
		.stride = region->stride,
		.channel_size = TFS_SHM_POLL_CHANNEL_SIZE,
		.memory = region->memory,
	};
	int ret;

	ret = tfs_device_enter(chan->td);
	if (ret)
		return ret;
	info.bells = tfs_bell_kinds(chan->td);
	mutex_lock(&chan->lock);
	info.role = f->role;
	info.roles = chan->roles;
	mutex_unlock(&chan->lock);
	tfs_device_leave(chan->td);

	return copy_to_user(arg, &info, sizeof(info)) ? -EFAULT : 0;
}

static long tfs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	switch (cmd) {
	case TFS_SHM_POLL_GET_INFO:
		return tfs_get_info(file->private_data, (void __user *)arg);
	case TFS_SHM_POLL_SET_ROLE:
		return tfs_set_role(file->private_data, (void __user *)arg);
	default:
		return -ENOTTY;
	}
}

static vm_fault_t tfs_fault(struct vm_fault *vmf)
{
	struct tfs_file *f = vmf->vma->vm_file->private_data;
	struct tfs_channel *chan = f->chan;
	const struct tfs_region *region = &chan->td->region;
	vm_fault_t ret = VM_FAULT_SIGBUS;

	if (tfs_device_enter(chan->td))
		return ret;
	if (vmf->pgoff < region->stride >> PAGE_SHIFT)
		ret = vmf_insert_pfn(vmf->vma, vmf->address,
				     tfs_region_pfn(region, chan->index, vmf->pgoff));
	tfs_device_leave(chan->td);
	return ret;
}

static const struct vm_operations_struct tfs_vm_ops = {
	.fault = tfs_fault,
};

/* What a mapping must be. The role may come later, never go while it is mapped. */
static int tfs_mmap_check(const struct tfs_file *f, const struct vm_area_struct *vma)
{
	/* Not VM_SHARED, which a file that was opened read-only does not get. */
	if (!(vma->vm_flags & VM_MAYSHARE))
		return -EINVAL;
	if (vma->vm_pgoff || vma->vm_end - vma->vm_start != f->chan->td->region.stride)
		return -EINVAL;
	/* As mmap() itself says it where the file system is mounted noexec. */
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	if (vma->vm_flags & VM_WRITE && READ_ONCE(f->role) == TFS_SHM_POLL_ROLE_NONE)
		return -EACCES;
	return 0;
}

/*
 * VM_IO:         no core dump, ptrace or direct I/O goes looking into it
 * VM_PFNMAP:     frames without struct page; nothing can pin them
 * VM_DONTEXPAND: mremap() must not reach into the next channel
 * VM_DONTDUMP:   rows of a database do not belong into a core file
 * VM_DONTCOPY:   a forked child is no second server
 * no VM_MAYEXEC: else mprotect() could make it executable
 * no VM_MAYWRITE without a role: else mprotect() could make it writable
 */
static int tfs_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct tfs_file *f = file->private_data;
	struct tfs_device *td = f->chan->td;
	unsigned long never = VM_MAYEXEC;
	int ret;

	ret = tfs_mmap_check(f, vma);
	if (ret)
		return ret;
	ret = tfs_device_enter(td);
	if (ret)
		return ret;
	tfs_device_leave(td);

	if (!(vma->vm_flags & VM_WRITE) && READ_ONCE(f->role) == TFS_SHM_POLL_ROLE_NONE)
		never |= VM_MAYWRITE;
	tfs_vma_flags(vma, VM_IO | VM_PFNMAP | VM_DONTEXPAND | VM_DONTDUMP | VM_DONTCOPY,
		      never);
	vma->vm_page_prot = tfs_region_pgprot(&td->region, vma->vm_page_prot);
	vma->vm_ops = &tfs_vm_ops;
	return 0;
}

/*
 * Files of one device node share an address space, and one walk takes away the
 * entries of all: a second one would find nothing, as the device is dead. So
 * each run of such files costs one walk, not one a file.
 */
void tfs_files_unmap(struct tfs_channel *chan)
{
	const struct address_space *done = NULL;
	struct tfs_file *f;

	lockdep_assert_held(&chan->lock);
	list_for_each_entry(f, &chan->files, entry) {
		if (f->file->f_mapping == done)
			continue;
		done = f->file->f_mapping;
		unmap_mapping_range(f->file->f_mapping, 0, 0, 1);
	}
}

const struct file_operations tfs_channel_fops = {
	.owner = THIS_MODULE,
	.open = tfs_open,
	.release = tfs_release,
	.read = tfs_bell_read,
	.write = tfs_bell_write,
	.poll = tfs_bell_poll,
	.unlocked_ioctl = tfs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.mmap = tfs_mmap,
};
