/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * log.h: what tfsd tells the people who run it
 *
 *	log_open(NULL);
 *	log_set_level(LOG_LEVEL_INFO);
 *	log_error("%s: cannot open: %s", path, strerror(errno));
 *
 * One line a call, written with one write(2), so lines of several threads (and, in
 * a file, of several processes) never mix. Any thread may log at any time after
 * log_open(). errno is as it was when a call returns. A line that cannot be written
 * is counted, and the number logged once the log can be written to again; one above
 * 1024 bytes is cut and ends in "...".
 *
 * Words that came from a client or a file go through "%s" like any others: what is
 * not printable reaches the log as '?', so nobody can forge a line.
 */
#ifndef TFSD_LOG_H
#define TFSD_LOG_H

enum log_level {
	LOG_LEVEL_ERROR,	/* something is not served, or was lost */
	LOG_LEVEL_WARNING,	/* served, but somebody should look */
	LOG_LEVEL_INFO,		/* starts, stops, clients that come and go */
	LOG_LEVEL_DEBUG,	/* each request */
};

/*
 * Logs to the file at @path (appended to, created with mode 0640), or, if @path is
 * NULL, to stderr; with systemd's level prefixes if that leads to the journal.
 * Before the first call the log goes to stderr. Again with the same @path: to the file
 * that is there now, as when a log was rotated. One thread at a time, while others may
 * write. Returns 0, or -1 with errno and the log where it was.
 */
int log_open(const char *path);

/* What is less grave than @level is not written. Default: LOG_LEVEL_INFO. */
void log_set_level(enum log_level level);

/* Back to stderr. No other thread writes. */
void log_close(void);

void log_write(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#define log_error(...)		log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...)	log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)		log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)		log_write(LOG_LEVEL_DEBUG, __VA_ARGS__)

#endif /* TFSD_LOG_H */
