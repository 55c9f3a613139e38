/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * backup_command.h: the program that is given a copy of a database
 */
#ifndef TFSD_BACKUP_COMMAND_H
#define TFSD_BACKUP_COMMAND_H

#include <oc/subprocess.h>

#include "loop.h"

/* Between being asked to end and being killed. */
#define BACKUP_COMMAND_GRACE_NS	(2 * LOOP_SECOND)

/**
 * struct backup_command
 * @ended: called once it has; @text: how, or NULL if it went well
 * @name:  of the database, for the log
 *
 * All else is private.
 */
struct backup_command {
	void (*ended)(struct backup_command *command, const char *text);
	char name[64];

	struct loop *loop;
	struct oc_subprocess sub;
	struct loop_handler on_output;
	struct loop_handler on_exit;
	struct loop_timer grace;
	int output_id;
	int exit_id;
	char line[512];
	size_t length;
};

/* Runs @program with the arguments @name and @file. OC_OK, or OC_ESYSTEM: errno says why. */
int backup_command_start(struct backup_command *command, struct loop *loop, const char *program,
			 const char *name, const char *file);

/* SIGTERM, and SIGKILL after a grace; at once if @hard. */
void backup_command_stop(struct backup_command *command, bool hard);

#endif /* TFSD_BACKUP_COMMAND_H */
