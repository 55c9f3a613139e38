/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * closing.h: closing the databases, which waits for the disk, beside the loop
 */
#ifndef TFSD_CLOSING_H
#define TFSD_CLOSING_H

#include "database.h"
#include "shutdown.h"
#include "thread.h"

/**
 * struct closing
 * @part:   for shutdown_add(); it comes last. At SHUTDOWN_NOW databases stay as they are
 * @closed: they were closed
 * @failed: or not as they should have been; the log says how
 */
struct closing {
	struct shutdown_part part;
	bool closed;
	bool failed;
	struct databases *databases;
	struct loop *loop;
	struct thread thread;
	enum shutdown_mode mode;
};

void closing_init(struct closing *closing, struct databases *databases, struct loop *loop);

#endif /* TFSD_CLOSING_H */
