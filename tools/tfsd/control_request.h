/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * control_request.h: what is asked on the control socket: a line of a verb and what it is about
 */
#ifndef TFSD_CONTROL_REQUEST_H
#define TFSD_CONTROL_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <oc/wire.h>

/* Bytes of a line, with the newline that ends it. */
#define CONTROL_LINE_MAX	256

enum control_verb {
	CONTROL_BACKUP,		/* backup, or backup DATABASE */
	CONTROL_DUMP,		/* dump */
	CONTROL_CANCEL,		/* cancel SESSION, or cancel backup */
	CONTROL_KILL,		/* kill SESSION */
	CONTROL_RELOAD,		/* reload */
	CONTROL_VERBS
};

/* What follows a verb, after one blank. */
enum control_argument {
	CONTROL_NOTHING,
	CONTROL_SESSION,	/* a number in decimal, not 0 */
	CONTROL_RUNNING,	/* the same, or the word "backup" */
	CONTROL_DATABASE,	/* a name, or nothing */
};

/**
 * struct control_request
 * @session:  0: cancel the backup
 * @database: "": all
 */
struct control_request {
	enum control_verb verb;
	uint32_t session;
	char database[OC_NAME_MAX + 1];
};

extern const char *const control_verb_names[CONTROL_VERBS];

/* @line: without its newline. NULL, or what is wrong with it; then *@out is not changed. */
const char *control_parse(struct control_request *out, const char *line, size_t length);

#endif /* TFSD_CONTROL_REQUEST_H */
