/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * control_verbs.h: what tfsd does for a control client
 */
#ifndef TFSD_CONTROL_VERBS_H
#define TFSD_CONTROL_VERBS_H

#include "backup.h"
#include "channels.h"
#include "control.h"
#include "database.h"
#include "reload.h"

/**
 * struct control_verbs
 * @control:    where those who asked for a backup are; NULL at its end
 * @started_ns: when tfsd was ready, by oc_clock_ns()
 */
struct control_verbs {
	struct control_handler handler;
	const struct channels *channels;
	const struct databases *databases;
	struct reload *reload;
	struct backup *backup;
	struct control **control;
	uint64_t started_ns;
};

/* The caller fills in all but the first and the last. */
void control_verbs_init(struct control_verbs *verbs);

/* control_dump.c: all tables, in memory from malloc; NULL: there is none. */
char *control_dump(const struct control_verbs *verbs, size_t *size);

#endif /* TFSD_CONTROL_VERBS_H */
