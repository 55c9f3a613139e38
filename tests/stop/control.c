// SPDX-License-Identifier: GPL-2.0-only
/*
 * control.c: asking a tfsd by its control socket
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "daemon.h"

int control_send(const struct daemon *d, const char *request)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", daemon_file(d, "control"));
	must(fd >= 0 && !connect(fd, (void *)&address, sizeof(address)), "the control socket");
	must(send(fd, request, strlen(request), 0) == (ssize_t)strlen(request), request);
	return fd;
}

bool control_answer_has(const struct daemon *d, const char *request, const char *text)
{
	static char answer[16384];
	size_t length = 0;
	int fd = control_send(d, request);

	do {
		ssize_t n = read(fd, answer + length, sizeof(answer) - 1 - length);

		must(n > 0, "an answer");
		length += (size_t)n;
		answer[length] = '\0';
	} while (!strstr(answer, "\nOK\n"));
	close(fd);
	return strstr(answer, text);
}
