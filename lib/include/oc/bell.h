/* SPDX-License-Identifier: MIT */
/*
 * oc/bell.h: under Linux, ringing the other side of a channel, and sleeping until it rings
 *
 *	status = oc_region_open_server(&region, &uri);
 *	status = oc_bell_open(&bell, &region, &uri);
 *	oc_port_linux_bell(&port, &sleeper);		(sleeper.bell = &bell: rings)
 *	oc_wait_set_add_fd(&set, bell.fd, OC_EVENT_READABLE, &channel);
 *	for (;;) {
 *		oc_bell_take(&bell);
 *		while (look())
 *			work();
 *		oc_server_sleep(&server);
 *		if (!look())
 *			oc_wait_set_wait(&set, events, count, -1);
 *		oc_server_awake(&server);
 *	}
 *
 * A bell is latched: a ring stays until it is taken, also one that came before the sleep,
 * and any number of rings may be one wake-up. It says "look again", and no more; some
 * come for nothing. Who sleeps and who therefore has to be rung stands in the channel's
 * header (PROTOCOL.md, section 6): oc_server_sleep(), and for a client its port.
 *
 * Each channel has a bell in each direction: of a device, the driver's; of a memory file,
 * two FIFOs beside it, FILE.N.server and FILE.N.client, each named for whom it rings,
 * with the file's owner, group and permissions. They stay, as the file does.
 *
 * A bell belongs to the thread that waits for it, but any thread may ring.
 */
#ifndef OC_BELL_H
#define OC_BELL_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/channel.h>
#include <oc/ladder.h>
#include <oc/port.h>
#include <oc/region.h>

/**
 * struct oc_bell - one end of a channel's bells
 * @fd:    readable when the other side has rung, for oc_wait_set_add_fd() or poll(); -1
 *         when closed. Of a device it is the region's
 * @other: private: written to ring
 * @fifo:  private: of a memory file
 */
struct oc_bell {
	int fd;
	int other;
	bool fifo;
};

/*
 * The bell of @region, which was opened by @uri and stays open for as long as the bell is
 * used. Rings from before are taken: look at the channel before the first sleep. Never
 * blocks. Where FIFOs are missing, the file's owner and root make them, others find none.
 *
 * OC_ESYSTEM: there is no bell, which costs time and nothing else. errno says why:
 * ENOENT: nobody has made the FIFOs yet. ELOOP, ENOTSUP: a link, or what is no FIFO, lies
 * in their place; ENOTSUP also: a driver without bells. EPERM: a FIFO is neither the
 * file's owner's nor root's, or lets in who may not open the file. EACCES, ...
 */
int oc_bell_open(struct oc_bell *bell, const struct oc_region *region, const struct oc_uri *uri);

/* Before the region is closed. Nothing happens to a bell that is closed. */
void oc_bell_close(struct oc_bell *bell);

/*
 * Rings the other side, whether anybody sleeps, listens or lives; never waits, raises no
 * SIGPIPE. Firmware that has no bell is not rung, and that is no error. OC_ESYSTEM: errno
 * says why; ENODEV: the device is gone.
 */
int oc_bell_ring(const struct oc_bell *bell);

/*
 * Takes the rings that have come. 1: there were some; 0: none; OC_ESYSTEM: errno says why;
 * ENODEV: the device is gone, and @fd stays readable. A server has to take them after
 * each wake-up, for an interrupt of firmware's is let through only then. Where one
 * interrupt serves several channels it rings all of their bells.
 */
int oc_bell_take(const struct oc_bell *bell);

/*
 * Waits for a ring, for @timeout_ns at most; -1: for ever; and takes it. Returns as
 * oc_bell_take(); 0 also if a signal came.
 */
int oc_bell_wait(const struct oc_bell *bell, int64_t timeout_ns);

/**
 * struct oc_sleeper - what a port needs to ring, and to wait for a ring
 * @bell:    required
 * @ladder:  how the waits of a client go; NULL: they spin
 * @channel: the client's, zeroed or in use; NULL for a server, which waits by itself
 */
struct oc_sleeper {
	const struct oc_bell *bell;
	struct oc_ladder *ladder;
	struct oc_channel *channel;
};

/*
 * Gives a port that oc_port_linux() has filled a bell: it rings, and where the ladder says
 * to block, it blocks until it is rung: not for longer than the wait may take, and as the
 * ladder has it until the server has rung once, for it may have no bell. *@sleeper stays
 * where it is for as long as the port is used.
 */
void oc_port_linux_bell(struct oc_port *port, struct oc_sleeper *sleeper);

#endif /* OC_BELL_H */
