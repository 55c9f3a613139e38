/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * labels.pml: every barrier of the channel by its name in the code
 *
 * C_SEND_REL is the barrier send:REL of the client, lib/core/channel.c; S_ is the
 * server, D_ the driver. A mutation takes one away: -DC_SEND_REL=skip. check-labels.sh
 * compares the names with those in the code and in PROTOCOL.md.
 */
#ifndef C_LOOK_ACQ
#define C_LOOK_ACQ ACQ(p)
#endif
#ifndef C_LOOK_REL
#define C_LOOK_REL REL(p)
#endif
#ifndef C_ASKED_ACQ
#define C_ASKED_ACQ ACQ(p)
#endif
#ifndef C_LOST_ACQ
#define C_LOST_ACQ ACQ(p)
#endif
#ifndef C_LAST_ACQ
#define C_LAST_ACQ ACQ(p)
#endif
#ifndef C_SEND_ACQ
#define C_SEND_ACQ ACQ(p)
#endif
#ifndef C_SEND_REL
#define C_SEND_REL REL(p)
#endif
#ifndef C_RECEIVE_ACQ
#define C_RECEIVE_ACQ ACQ(p)
#endif
#ifndef C_RECEIVE_LS
#define C_RECEIVE_LS ACQ(p)
#endif
#ifndef C_DETACH_REL
#define C_DETACH_REL REL(p)
#endif
#ifndef C_RING_FULL
#define C_RING_FULL FULL(p)
#endif
#ifndef C_SLEEP_FULL
#define C_SLEEP_FULL FULL(p)
#endif
#ifndef C_CANCEL_REL
#define C_CANCEL_REL REL(p)
#endif

#ifndef S_START_REL
#define S_START_REL REL(0)
#endif
#ifndef S_READY_REL
#define S_READY_REL REL(0)
#endif
#ifndef S_REVOKE_REL
#define S_REVOKE_REL REL(0)
#endif
#ifndef S_GRANT_REL
#define S_GRANT_REL REL(0)
#endif
#ifndef S_STOP_REL
#define S_STOP_REL REL(0)
#endif
#ifndef S_RECEIVE_ACQ
#define S_RECEIVE_ACQ ACQ(0)
#endif
#ifndef S_RECEIVE_LS
#define S_RECEIVE_LS ACQ(0)
#endif
#ifndef S_RESPOND_ACQ
#define S_RESPOND_ACQ ACQ(0)
#endif
#ifndef S_RESPOND_REL
#define S_RESPOND_REL REL(0)
#endif
#ifndef S_RING_FULL
#define S_RING_FULL FULL(0)
#endif
#ifndef S_NEWS_FULL
#define S_NEWS_FULL FULL(0)
#endif
#ifndef S_SLEEP_FULL
#define S_SLEEP_FULL FULL(0)
#endif
#ifndef S_REPORT_FULL
#define S_REPORT_FULL FULL(0)
#endif

/* Of the dead server's stores, and of the driver's own. */
#ifndef D_MARK_FULL
#define D_MARK_FULL DIE(0, d0)
#endif
#ifndef D_MARKED_FULL
#define D_MARKED_FULL (mark == NONE)
#endif
