// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * channel_log.c: what a client does, in the log, in bounds: the client is not
 * trusted, and must not be able to fill the disk by logging in and out.
 */
#include <stdarg.h>
#include <stdio.h>

#include "channel.h"
#include "clock.h"

#define LINES_PER_SECOND	10u

/* At debug level people want each request; above it, so many lines a second. */
static bool allowed(struct channel *channel, enum log_level level)
{
	struct channel_log *log = &channel->log;
	uint64_t second = clock_ms() / 1000;

	if (level == LOG_LEVEL_DEBUG)
		return true;
	if (log->second != second) {
		if (log->suppressed)
			log_warning("channel %u: %u more lines like these", channel->number,
				    log->suppressed);
		*log = (struct channel_log) { .second = second };
	}
	if (log->lines < LINES_PER_SECOND) {
		log->lines++;
		return true;
	}
	log->suppressed++;
	return false;
}

void channel_log(struct channel *channel, enum log_level level, const char *format, ...)
{
	char text[256];
	va_list args;

	if (!allowed(channel, level))
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	log_write(level, "channel %u: %s", channel->number, text);
}
