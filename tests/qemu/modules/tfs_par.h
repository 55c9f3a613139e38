/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/tfs-par: what PAR_EL1 says about an address, for tests
 */
#ifndef TFS_PAR_H
#define TFS_PAR_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct tfs_par - a question and its answer
 * @address: in: a virtual address
 * @par:     out: PAR_EL1 after translating it for a read
 */
struct tfs_par {
	__u64 address;
	__u64 par;
};

#define TFS_PAR_FAULT		1u	/* bit 0: there is no translation */
#define TFS_PAR_ATTRIBUTE_SHIFT	56	/* bits 63..56: as in MAIR_EL1 */

/* As the calling process sees it (AT S1E0R), and as the kernel does (AT S1E1R). */
#define TFS_PAR_USER	_IOWR(0xf8, 0, struct tfs_par)
#define TFS_PAR_KERNEL	_IOWR(0xf8, 1, struct tfs_par)

#endif /* TFS_PAR_H */
