/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * signals.h: what people tell tfsd by signals, which arrive as data
 *
 *	TERM	smart shutdown		INT	fast		QUIT	immediate
 *	HUP	reload			USR1	open the log again
 */
#ifndef TFSD_SIGNALS_H
#define TFSD_SIGNALS_H

struct tfsd;

/*
 * At the very start: those that are no reason to end are kept until the loop takes them.
 * -1: errno says why.
 */
int signals_hold(void);

/* Now the others too, and all of them to the loop. -1: errno says why. */
int signals_open(struct tfsd *tfsd);

#endif /* TFSD_SIGNALS_H */
