/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * reload.h: another configuration while tfsd runs, whole or not at all
 *
 * The file and the options are read again. If anything is wrong with them, or a key has
 * changed that needs a restart, the old configuration stays, and the log says why. Else
 * the new one is in force when every thread has absorbed it, and then the old one is freed.
 */
#ifndef TFSD_RELOAD_H
#define TFSD_RELOAD_H

#include <oc/proc_barrier.h>

#include "config.h"
#include "loop.h"

struct tfsd;

/**
 * struct reload
 * @why: why the last one was refused, a line each; "" if it was not
 *
 * All else is private.
 */
struct reload {
	char why[1024];

	struct tfsd *tfsd;
	struct oc_proc_barrier_watch watch;
	struct loop_look look;
	uint64_t generation;
	struct config *old;	/* until all have absorbed the new one; NULL: none is */
	bool again;
};

void reload_init(struct reload *reload, struct tfsd *tfsd);

/* 0, or -1: refused. While one is under way it is done once more after that. */
int reload_begin(struct reload *reload);

/* No thread is left that could absorb it. */
void reload_end(struct reload *reload);

#endif /* TFSD_RELOAD_H */
