/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * tfs-shm-poll: what differs between Linux 6.1 and 6.12
 *
 * The only file of the driver that asks for the version of the kernel.
 */
#ifndef _TFS_SHM_POLL_COMPAT_H
#define _TFS_SHM_POLL_COMPAT_H

#include <linux/device.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/version.h>

/* 6.3 made vm_flags read-only, with accessors that assert the mmap lock. */
static inline void tfs_vma_flags(struct vm_area_struct *vma, unsigned long set,
				 unsigned long clear)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_mod(vma, set, clear);
#else
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
#endif
}

/* 6.4 no longer asks whose class it is. */
static inline struct class *tfs_class_create(const char *name)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 4, 0)
	return class_create(name);
#else
	return class_create(THIS_MODULE, name);
#endif
}

#endif /* _TFS_SHM_POLL_COMPAT_H */
