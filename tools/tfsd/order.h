/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * order.h: what an administrator wants of a session, on its way to the session's thread
 *
 *	main					reactor
 *	order_give(record, ORDER_KILL, id, 0)
 *	(interrupt its thread)			order_take(record)
 *
 * An order names the session, and the request that is to be cancelled, so one that
 * comes late hits nobody else. Of several the last one counts, but a kill stays.
 */
#ifndef TFSD_ORDER_H
#define TFSD_ORDER_H

#include "activity.h"

enum order {
	ORDER_NONE = 0,
	ORDER_CANCEL,	/* the request of this serial is taken back */
	ORDER_KILL,	/* the session ends */
};

/* Main only. @serial: of the request, as activity_channel_read() says. */
void order_give(struct activity_session *session, enum order order, uint32_t id, uint32_t serial);

/* The session's thread. What is to be done with it now; @serial: of the request that it has. */
enum order order_take(struct activity_session *session, uint32_t serial);

#endif /* TFSD_ORDER_H */
