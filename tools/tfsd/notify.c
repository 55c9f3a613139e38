// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * notify.c: messages to the service manager
 */
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <oc/latch.h>

#include "log.h"
#include "notify.h"

/* A path, or a name in the abstract name space, whose first byte is written as '@'. */
static socklen_t address(struct sockaddr_un *to, const char *name)
{
	size_t length = strlen(name);

	*to = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if ((name[0] != '/' && name[0] != '@') || length >= sizeof(to->sun_path))
		return 0;
	memcpy(to->sun_path, name, length);
	if (name[0] == '@')
		to->sun_path[0] = '\0';
	return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int send_text(const char *name, const char *text)
{
	const struct timeval second = { .tv_sec = 1 };
	struct sockaddr_un to;
	socklen_t length = address(&to, name);
	ssize_t sent;
	int fd;

	if (!length) {
		errno = EINVAL;
		return -1;
	}
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &second, sizeof(second));
	sent = sendto(fd, text, strlen(text), MSG_NOSIGNAL, (void *)&to, length);
	close(fd);
	return sent < 0 ? -1 : 0;
}

void notify(const char *format, ...)
{
	const char *name = getenv("NOTIFY_SOCKET");
	char text[256];
	va_list args;

	if (!name || !*name)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (send_text(name, text))
		log_warning("the service manager at %s was not told \"%s\": %s", name, text,
			    strerror(errno));
}

void notify_reloading(void)
{
	notify("RELOADING=1\nMONOTONIC_USEC=%llu", (unsigned long long)oc_clock_ns() / 1000);
}

/* Digits, or 0. */
static uint64_t number(const char *text)
{
	char *end;
	unsigned long long n;

	if (!text || *text < '0' || *text > '9')
		return 0;
	n = strtoull(text, &end, 10);
	return *end || n > UINT64_MAX / 1000 ? 0 : n;
}

/* They may have been inherited by one whom they are not about. */
uint64_t notify_watchdog_ns(void)
{
	const char *pid = getenv("WATCHDOG_PID");

	if (pid && number(pid) != (uint64_t)getpid())
		return 0;
	return number(getenv("WATCHDOG_USEC")) * 1000;
}
