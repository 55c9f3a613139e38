/* SPDX-License-Identifier: GPL-2.0-only */
/* configure.h: runs texts through tfsd's configuration, for the tests of it */
#ifndef CONFIGURE_H
#define CONFIGURE_H

#include <stdio.h>

#include "../../tools/tfsd/config.h"

#include "unit.h"

#define DATABASE "[database w]\nfile = /d/w.db\nschema = /d/w.sql\n"
#define NAME63 "0123456789_0123456789_0123456789_0123456789_0123456789_01234567"
#define KEYS_PAGE "tfsd.conf(5) lists the keys\n"

/* What came of it: @text has the messages, @status is that of config_check(). */
struct outcome {
	struct config *config;
	FILE *errors;
	char *text;
	size_t size;
	int status;
};

/* For cmocka: the file that all texts are read from, one after the other. */
int config_setup(void **state);
int config_teardown(void **state);

/* Reads @text as a file, unless NULL, then @options up to NULL; checks the whole. */
struct outcome *configure(const char *text, size_t length, const char *const *options);
struct outcome *configure_text(const char *text);
void dispose(struct outcome *out);

/* These messages and no others, with FILE for the file's name; "": it is right. */
void assert_messages(const struct outcome *out, const char *wanted);

/* The canonical form; the caller frees it. */
char *print_config(const struct config *config);

#endif /* CONFIGURE_H */
