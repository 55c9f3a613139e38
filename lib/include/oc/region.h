/* SPDX-License-Identifier: MIT */
/*
 * oc/region.h: under Linux, getting at the shared memory
 *
 *	tfs-shm-poll://[N][/DATABASE][?KEY=VALUE[&KEY=VALUE]...]
 *
 *	N		channel: /dev/tfs-shm-pollN, or the N-th of a memory file; without
 *			it, the first that is free
 *	DATABASE	name for oc_db_open(); 1 to 63 of [A-Za-z0-9_.-]
 *	file=PATH	a memory file made by tfsd instead of the driver's devices; %XX
 *			stands for a byte that a URI cannot carry ('&', '#', '%', space)
 *	stride=BYTES	of the memory file, default 65536
 *	wait=POLICY	adaptive, busy, monitor, yield or sleep; default adaptive
 *	timeout=MS	for attach and every call; -1 waits for ever; default 5000
 *
 * A region is opened in a role: one server and one client a channel, which the
 * driver or, for a memory file, record locks on it enforce.
 */
#ifndef OC_REGION_H
#define OC_REGION_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include <oc/ladder.h>
#include <oc/port.h>
#include <oc/status.h>
#include <oc/wire.h>

#define OC_URI_PATH_MAX		255
#define OC_CHANNEL_MAX		4095		/* as many as the driver has minor numbers */

/* @channel is -1 where the URI names none; @file and @database may be empty. */
struct oc_uri {
	int channel;
	char database[OC_NAME_MAX + 1];
	char file[OC_URI_PATH_MAX + 1];
	uint32_t stride;
	enum oc_wait wait;
	int32_t timeout_ms;
};

/*
 * OC_EURI: *@uri is unchanged, and *@where (unless NULL) the offset of the first
 * character that is wrong. Nothing is opened.
 */
int oc_uri_parse(struct oc_uri *uri, const char *text, size_t *where);

/**
 * struct oc_region - one mapped channel
 * @base:    its header; NULL when not open
 * @line:    the same where a processor can watch it for oc_ladder_init(): in a memory
 *           file, or a device whose memory is write-back; else NULL
 * @size:    bytes mapped: the stride
 * @channel: which one
 * @role:    TFS_SHM_POLL_ROLE_SERVER or _CLIENT
 * @owner:   for oc_channel_attach(): the role admits one live client, so all Linux
 *           clients of a channel share one owner and a successor takes over
 * @fd:      the device or the memory file, close-on-exec, non-blocking; holds the role
 */
struct oc_region {
	void *base;
	const void *line;
	size_t size;
	int channel;
	uint32_t role;
	uint32_t owner;
	int fd;
};

/*
 * Opens one channel as its client; after an error the region is closed. Does not
 * wait. A memory file that is a link (ELOOP) or no plain file (ENOTSUP) is refused.
 *
 * OC_EBUSY: another client has it. OC_ENOCHANNEL: no channel was named, and none is
 * free. OC_EREGION: errno says why. OC_EREGION_SIZE: the file is too small for the
 * channel, or the stride is below a channel or not whole pages. OC_EURI: a channel
 * that cannot be.
 */
int oc_region_open(struct oc_region *region, const struct oc_uri *uri);

/*
 * Opens one channel as its server; the same errors, but OC_ESERVER_INTERFERENCE
 * where another server has it and keeps it for 100 ms: one that was killed may need
 * a moment to go. @uri->channel must be given.
 */
int oc_region_open_server(struct oc_region *region, const struct oc_uri *uri);

/*
 * Makes sure that the memory file at @path has room for @channels of @stride bytes:
 * creates it with @mode (less the umask), or grows it. It is never cut, for others
 * may have mapped it. OC_EREGION, OC_EREGION_SIZE (@stride is below a channel or not
 * whole pages), OC_EINVAL (@channels is 0 or above OC_CHANNEL_MAX + 1).
 */
int oc_region_create(const char *path, unsigned int channels, uint32_t stride, unsigned int mode);

/*
 * Unmaps, gives the role back. Nothing happens to a region that is closed. A child
 * that was forked meanwhile and did not exec keeps the role until it ends.
 */
void oc_region_close(struct oc_region *region);

/*
 * Monotonic time, waiting by @ladder, libuuid's random bits; no bell (oc/bell.h), no mutex. The
 * ladder is the caller's, one for each channel object; NULL: waits only spin. Between
 * two questions for a table that is locked it sleeps, whatever the ladder says.
 */
void oc_port_linux(struct oc_port *port, struct oc_ladder *ladder);

/*
 * Threads that share a channel object take turns by @mutex, which the caller has
 * initialised: a plain one, a recursive one for who holds it across calls, or one that
 * inherits priority for real-time threads. A mutex that cannot be locked ends the
 * process.
 */
void oc_port_linux_share(struct oc_port *port, pthread_mutex_t *mutex);

/* 16 fresh bytes from libuuid. */
void oc_uuid_generate(uint32_t words[4]);

#endif /* OC_REGION_H */
