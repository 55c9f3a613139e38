/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words of the test mailbox, one set a mailbox channel, in memory that both
 * processors see. Little-endian, each with one writer.
 */
#ifndef TFS_MAIL_H
#define TFS_MAIL_H

#ifdef __linux__
#include <linux/types.h>
#else
#include <linux/tfs_shm_poll.h>	/* has them without Linux as well */
#endif

/* Behind the channels in the shared file; 0xf00000 as firmware counts. */
#define TFS_MAIL_OFFSET	0xf00000

/**
 * struct tfs_mail - a mailbox channel
 * @rung:    firmware adds 1: a message to Linux
 * @taken:   firmware sets it to @sent when it has taken a message
 * @sent:    Linux adds 1: a message to firmware
 * @message: what that message said
 * @refuse:  a test sets it to @refused + n: Linux is refused n messages
 * @refused: Linux adds 1: the controller did not take a message
 */
struct tfs_mail {
	__u32 rung;
	__u32 taken;
	__u32 sent;
	__u32 message;
	__u32 refuse;
	__u32 refused;
};

#endif /* TFS_MAIL_H */
