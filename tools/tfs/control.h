/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * control.h: asking a tfsd that runs, by its control socket
 *
 *	const char *path = control_options(argc, argv, "cancel SESSION");
 *
 *	if (!path)
 *		return TFS_USAGE;
 *	text = control_ask(path, "dump\n", CONTROL_SECONDS);
 *	if (!text)
 *		return TFS_FAILED;		(stderr says why)
 *
 * The socket is tfsd's: tfsd(8) says what may be asked and what is answered.
 */
#ifndef TFS_CONTROL_H
#define TFS_CONTROL_H

#include <stddef.h>

#define CONTROL_DEFAULT_PATH	"/run/tfs/control"

/* How long tfsd may take. */
#define CONTROL_SECONDS		10

/**
 * struct control_error - why there is no answer
 * @text:    lines, the last one without a newline
 * @refused: tfsd itself says no
 */
struct control_error {
	char text[2048];
	int refused;
};

/*
 * Takes -s PATH, with getopt(); optind is then the first argument. The path; NULL: something
 * else is there, and the usage was printed.
 */
const char *control_options(int argc, char **argv, const char *usage);

/*
 * Sends a line, with its newline, and returns what comes before the last line of the
 * answer, from malloc; NULL: the answer was ERROR, or there was none. @seconds: that it may
 * take; 0: any time. control_try() leaves why in @error, control_ask() prints it.
 */
char *control_try(const char *path, const char *line, int seconds, struct control_error *error);
char *control_ask(const char *path, const char *line, int seconds);

#endif /* TFS_CONTROL_H */
