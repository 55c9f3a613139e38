/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * notify.h: telling the service manager how tfsd does, as sd_notify(3) describes
 *
 *	notify("READY=1\nSTATUS=serving 4 channels");
 *
 * The protocol is a datagram of lines to the socket that $NOTIFY_SOCKET names. It is spoken
 * here, for want of libsystemd on most boards.
 */
#ifndef TFSD_NOTIFY_H
#define TFSD_NOTIFY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Sends lines of NAME=VALUE. Nothing happens where nobody wants to know. Waits for a second
 * at most, if the manager is slow; what could not be sent is logged.
 */
void notify(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* "RELOADING=1" with the time, which the manager wants with it. */
void notify_reloading(void);

/*
 * How often the manager wants a sign of life, in nanoseconds, from $WATCHDOG_USEC and
 * $WATCHDOG_PID; 0: never.
 */
uint64_t notify_watchdog_ns(void);

#endif /* TFSD_NOTIFY_H */
