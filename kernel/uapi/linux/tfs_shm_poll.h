/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * tfs-shm-poll: the channel header in shared memory, and the ioctls of /dev/tfs-shm-pollN
 *
 * A region is an array of channels at a fixed stride. A channel is the 64-byte
 * header below, followed by a buffer of 32768 bytes that both directions take
 * turns in; what lies between the buffer's end and the next channel is reserved.
 * Two parties use a channel: one server (tfsd, under Linux) and one client
 * (firmware on another core, or a Linux process). This file says which word
 * belongs to whom; lib/PROTOCOL.md says when each may be written and in which
 * order, and is the authority for every rule.
 *
 * The kernel driver, the library and firmware all include this file; outside
 * Linux it needs nothing but <stdint.h>.
 *
 * A server under Linux, errors left out:
 *
 *	fd = open("/dev/tfs-shm-poll0", O_RDWR | O_CLOEXEC);
 *	role = TFS_SHM_POLL_ROLE_SERVER;
 *	ioctl(fd, TFS_SHM_POLL_SET_ROLE, &role);	(EBUSY: there is one)
 *	ioctl(fd, TFS_SHM_POLL_GET_INFO, &info);
 *	p = mmap(NULL, info.stride, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
 *
 * The doorbell, for a file that has a role:
 *
 *	flags = 0;
 *	write(fd, &flags, 4);		rings the other side
 *	read(fd, &rings, 4);		waits for a ring; EAGAIN with O_NONBLOCK
 *	poll() or epoll: POLLIN		read() would return at once
 */
#ifndef _UAPI_LINUX_TFS_SHM_POLL_H
#define _UAPI_LINUX_TFS_SHM_POLL_H

#ifdef __linux__
#include <linux/ioctl.h>
#include <linux/types.h>
#else
#include <stdint.h>
typedef uint32_t __u32;
typedef uint32_t __le32;
#endif

#define TFS_SHM_POLL_HEADER_SIZE	64
#define TFS_SHM_POLL_BUFFER_SIZE	32768
#define TFS_SHM_POLL_CHANNEL_SIZE	\
	(TFS_SHM_POLL_HEADER_SIZE + TFS_SHM_POLL_BUFFER_SIZE)

/* Suits pages of 4, 16 and 64 KiB; a devicetree may say otherwise. */
#define TFS_SHM_POLL_DEFAULT_STRIDE	0x10000

/**
 * struct tfs_shm_poll_header - the first 64 bytes of a channel
 * @size_to_tfs:   0, or the size of a request packet that lies in the buffer.
 *                 The granted client sets it; the server clears it when it has
 *                 copied the packet.
 * @size_from_tfs: 0, or the size of a response packet that lies in the buffer.
 *                 The server sets it; the granted client clears it when it has
 *                 copied the packet. The server clears both when it grants.
 * @server_uuid:   which incarnation of the server this is. Server.
 * @client_uuid:   who asks for the channel. The attaching client; nobody clears it.
 * @granted_uuid:  whom the server answered last, copied from @client_uuid; left
 *                 standing, it names the holder. Server.
 * @server_word:   TFS_SHM_POLL_SW_*. Server; the driver only for a server that
 *                 is gone.
 * @client_word:   TFS_SHM_POLL_CW_*. The granted client; it counts only while its
 *                 tag is the epoch in @server_word.
 *
 * All words are little-endian, naturally aligned, read and written whole, and
 * have one writer at a time. No atomic read-modify-write is ever used on them.
 */
struct tfs_shm_poll_header {
	__le32 size_to_tfs;
	__le32 size_from_tfs;
	__le32 server_uuid[4];
	__le32 client_uuid[4];
	__le32 granted_uuid[4];
	__le32 server_word;
	__le32 client_word;
};

#ifndef __cplusplus
#define TFS_SHM_POLL_ASSERT_OFFSET(field, offset)				\
	_Static_assert(__builtin_offsetof(struct tfs_shm_poll_header, field) ==	\
		       (offset), #field " lies at " #offset)

TFS_SHM_POLL_ASSERT_OFFSET(size_to_tfs, 0);
TFS_SHM_POLL_ASSERT_OFFSET(size_from_tfs, 4);
TFS_SHM_POLL_ASSERT_OFFSET(server_uuid, 8);
TFS_SHM_POLL_ASSERT_OFFSET(client_uuid, 24);
TFS_SHM_POLL_ASSERT_OFFSET(granted_uuid, 40);
TFS_SHM_POLL_ASSERT_OFFSET(server_word, 56);
TFS_SHM_POLL_ASSERT_OFFSET(client_word, 60);
_Static_assert(sizeof(struct tfs_shm_poll_header) == TFS_SHM_POLL_HEADER_SIZE,
	       "the channel header is 64 bytes");

#undef TFS_SHM_POLL_ASSERT_OFFSET
#endif

/* server_word */
#define TFS_SHM_POLL_SW_MAGIC		0xa0000000u	/* bits 31..28 */
#define TFS_SHM_POLL_SW_MAGIC_MASK	0xf0000000u
#define TFS_SHM_POLL_SW_MAJOR		0x01000000u	/* bits 27..24: 1 */
#define TFS_SHM_POLL_SW_MAJOR_MASK	0x0f000000u
#define TFS_SHM_POLL_SW_EPOCH_SHIFT	8		/* bits 23..8 */
#define TFS_SHM_POLL_SW_EPOCH_MASK	0x00ffff00u
#define TFS_SHM_POLL_SW_HINT_SHIFT	5		/* bits 7..5: lock grants, */
#define TFS_SHM_POLL_SW_HINT_MASK	0x000000e0u	/* modulo 8; 0 until used */
#define TFS_SHM_POLL_SW_READY		0x00000001u	/* a server answers here */
#define TFS_SHM_POLL_SW_GRANTED		0x00000002u	/* this epoch has a client */
#define TFS_SHM_POLL_SW_HELD		0x00000004u	/* granted_uuid names a holder */
#define TFS_SHM_POLL_SW_SLEEPING	0x00000008u	/* the server wants a ring */
#define TFS_SHM_POLL_SW_DRAINING	0x00000010u	/* nothing new, please */

/* client_word */
#define TFS_SHM_POLL_CW_TAG_SHIFT	16		/* bits 31..16: own epoch */
#define TFS_SHM_POLL_CW_TAG_MASK	0xffff0000u
#define TFS_SHM_POLL_CW_CANCEL_SHIFT	8		/* bits 15..8: a sequence */
#define TFS_SHM_POLL_CW_CANCEL_MASK	0x0000ff00u
#define TFS_SHM_POLL_CW_SLEEPING	0x00000001u	/* the client wants a ring */
#define TFS_SHM_POLL_CW_DETACHED	0x00000002u	/* it has gone, politely */
#define TFS_SHM_POLL_CW_CAN_RING	0x00000004u	/* it will ring the server */

/* Words of the three UUIDs */
#define TFS_SHM_POLL_UUID_ID		0	/* server: changes at each start; client: a nonce */
#define TFS_SHM_POLL_UUID_STAMP		1	/* client: server's word 0 + epoch */
#define TFS_SHM_POLL_UUID_OWNER		2	/* client: stable, one live instance each */
#define TFS_SHM_POLL_UUID_CHECK		3	/* CRC-32/IEEE of the 12 bytes before it */

#ifdef __linux__

#define TFS_SHM_POLL_ABI		1

/* Roles. An open file starts with none: it may map read-only and ask for facts. */
#define TFS_SHM_POLL_ROLE_NONE		0
#define TFS_SHM_POLL_ROLE_SERVER	1
#define TFS_SHM_POLL_ROLE_CLIENT	2

/* How the processors see the region: both mappings, kernel's and user's, agree. */
#define TFS_SHM_POLL_MEMORY_WC		1	/* Normal, non-cacheable */
#define TFS_SHM_POLL_MEMORY_WB		2	/* Normal, write-back ("dma-coherent") */

/*
 * The doorbell. Both calls take 4 bytes (EINVAL: another size) and a role (EPERM:
 * this file has none; poll() says POLLERR); ENODEV: the device is gone, also while
 * one waits for it (poll() says POLLHUP and POLLERR).
 *
 * write(): a __u32 of flags, of which there are none yet: 0 (else EINVAL). The
 * client rings the server. The server rings the client: the process that has that
 * role, or, where none has, the firmware; EOPNOTSUPP: there is no bell to it. It
 * never waits, and succeeds whether anybody sleeps, listens or lives. A ring that
 * firmware's mailbox refuses is tried again for about 100 ms, and then, as the
 * kernel's log says, with the next ring.
 *
 * read(): a __u32, how often this side was rung, modulo 2^32. Waits until that is
 * another number than this file read last, or than when it took its role; several
 * rings may be one wake-up. EAGAIN: not rung, and O_NONBLOCK. EINTR: a signal.
 * EFAULT: bad pointer, and the ring is still to be read. poll() says POLLIN
 * exactly while read() would not wait. After an interrupt of firmware's the next
 * one is let through once the server has read: who only polls hears one ring.
 *
 * The driver rings as well: the server when its client, a process, has gone; the
 * client when the driver has written SERVER_WORD. A ring may come for nothing.
 */

/* Which doorbells a channel has. No bits at all: a driver without any. */
#define TFS_SHM_POLL_BELL_LOCAL		0x1u	/* between processes of this Linux */
#define TFS_SHM_POLL_BELL_FROM_FIRMWARE	0x2u	/* firmware can ring the server */
#define TFS_SHM_POLL_BELL_TO_FIRMWARE	0x4u	/* the server can ring firmware */

/**
 * struct tfs_shm_poll_info - facts about a channel
 * @abi:          TFS_SHM_POLL_ABI
 * @channel:      index of this channel in its region
 * @channels:     number of channels in the region
 * @stride:       bytes from one channel to the next, and the length to mmap
 * @channel_size: bytes of the stride that the protocol uses
 * @memory:       TFS_SHM_POLL_MEMORY_*
 * @role:         the role of this open file
 * @roles:        bit mask of the roles (1 << role) that somebody holds now
 * @bells:        bit mask, TFS_SHM_POLL_BELL_*
 * @reserved:     zero
 */
struct tfs_shm_poll_info {
	__u32 abi;
	__u32 channel;
	__u32 channels;
	__u32 stride;
	__u32 channel_size;
	__u32 memory;
	__u32 role;
	__u32 roles;
	__u32 bells;
	__u32 reserved[7];
};

#define TFS_SHM_POLL_IOC_TYPE		0xF7

/* Fills a struct tfs_shm_poll_info. ENODEV: the device is gone; EFAULT: bad pointer. */
#define TFS_SHM_POLL_GET_INFO	\
	_IOR(TFS_SHM_POLL_IOC_TYPE, 0, struct tfs_shm_poll_info)

/*
 * Takes a role, once: it belongs to the open file description and ends when the
 * last descriptor and the last mapping are gone. EINVAL: no such role; EBUSY:
 * somebody holds it, or this file has a role already; EACCES: the file was not
 * opened for reading and writing; ENODEV: the device is gone; EFAULT: bad pointer.
 */
#define TFS_SHM_POLL_SET_ROLE	\
	_IOW(TFS_SHM_POLL_IOC_TYPE, 1, __u32)

#endif /* __linux__ */

#endif /* _UAPI_LINUX_TFS_SHM_POLL_H */
