/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * tfsd.h: what the main thread holds together
 */
#ifndef TFSD_TFSD_H
#define TFSD_TFSD_H

#include "backup.h"
#include "channels.h"
#include "closing.h"
#include "control_verbs.h"
#include "database.h"
#include "loop.h"
#include "options.h"
#include "reactors.h"
#include "reload.h"
#include "shutdown.h"
#include "statement.h"
#include "watchdog.h"

/**
 * struct tfsd
 * @config: the configuration in force; reload.c changes it
 */
struct tfsd {
	struct options options;
	struct config *config;
	struct loop loop;
	struct loop_handler signals;
	struct activity_thread activity;
	struct oc_proc_barrier barrier;
	struct databases databases;
	struct channels channels;
	struct workers workers;
	struct statements statements;
	struct reactors reactors;
	struct control *control;
	struct control_verbs verbs;
	struct backup backup;
	struct shutdown_part control_part;
	struct shutdown_part workers_part;
	struct closing closing;
	struct shutdown shutdown;
	struct reload reload;
	struct watchdog watchdog;
};

#endif /* TFSD_TFSD_H */
