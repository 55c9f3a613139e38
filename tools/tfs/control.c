// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * control.c: asking a tfsd that runs
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "control.h"

/* Some times what 64 channels with 1024 sessions each make. */
#define ANSWER_MAX	(64u << 20)

const char *control_options(int argc, char **argv, const char *usage)
{
	const char *path = CONTROL_DEFAULT_PATH;
	int c;

	while ((c = getopt(argc, argv, "s:")) != -1) {
		if (c != 's') {
			fprintf(stderr, "usage: tfs %s\n", usage);
			return NULL;
		}
		path = optarg;
	}
	return path;
}

__attribute__((format(printf, 2, 3)))
static void *fail(struct control_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof(error->text), format, args);
	va_end(args);
	return NULL;
}

static int dial(const char *path, int seconds)
{
	const struct timeval patience = { .tv_sec = seconds };
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (strlen(path) >= sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	/* Of connecting as well, when tfsd is too busy to let anybody in. */
	if (!setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) &&
	    !setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) &&
	    !connect(fd, (struct sockaddr *)&address, sizeof(address)))
		return fd;
	close(fd);
	return -1;
}

/* One that is put out at once is told why, and does not read what we say. */
static int say(int fd, const char *line)
{
	size_t length = strlen(line);

	if (send(fd, line, length, MSG_NOSIGNAL) != (ssize_t)length && errno != EPIPE)
		return -1;
	return shutdown(fd, SHUT_WR) && errno != ENOTCONN ? -1 : 0;
}

/* All until the end; NULL with errno. */
static char *hear(int fd)
{
	char *text = NULL, *larger;
	size_t room = 0, length = 0;
	ssize_t n;

	do {
		if (length + 1 >= room) {
			room = room ? 2 * room : 4096;
			larger = room <= ANSWER_MAX ? realloc(text, room) : NULL;
			if (!larger) {
				free(text);
				errno = ENOMEM;
				return NULL;
			}
			text = larger;
		}
		n = recv(fd, text + length, room - length - 1, 0);
		if (n < 0 && errno != EINTR && !(errno == ECONNRESET && length)) {
			free(text);
			return NULL;
		}
		length += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	text[length] = '\0';
	return text;
}

static char *last_line(char *text)
{
	size_t length = strlen(text);
	char *start;

	if (!length || text[length - 1] != '\n')
		return NULL;
	text[length - 1] = '\0';
	start = strrchr(text, '\n');
	return start ? start + 1 : text;
}

/* Cuts the last line off. */
static char *take_apart(const char *path, char *text, struct control_error *error)
{
	char *last = last_line(text);

	if (last && !strcmp(last, "OK")) {
		*last = '\0';
		return text;
	}
	error->refused = last && !strncmp(last, "ERROR ", 6);
	if (error->refused)
		fail(error, "%.*s%s", (int)(last - text), text, last + 6);
	else
		fail(error, "%s: the answer breaks off", path);
	free(text);
	return NULL;
}

char *control_try(const char *path, const char *line, int seconds, struct control_error *error)
{
	int fd = dial(path, seconds), failure;
	char *text = NULL;

	*error = (struct control_error){ .refused = 0 };
	if (fd < 0)
		return fail(error, "%s: %s", path, strerror(errno));
	if (!say(fd, line))
		text = hear(fd);
	failure = errno;
	close(fd);
	if (text)
		return take_apart(path, text, error);
	if (failure == EAGAIN)
		return fail(error, "%s: no answer within %d seconds", path, seconds);
	return fail(error, "%s: %s", path, strerror(failure));
}

char *control_ask(const char *path, const char *line, int seconds)
{
	struct control_error error;
	char *text = control_try(path, line, seconds, &error);
	char *rest = error.text, *part;

	while (!text && (part = strsep(&rest, "\n")))
		fprintf(stderr, "tfs: %s\n", part);
	return text;
}
