// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * log.c: lines for stderr, the journal, or a file
 *
 * The log is the one thing that is not passed down: everybody may have something to
 * say. Where it goes is set by log_open() and log_close() in the main thread, while others
 * write: a file has one descriptor for good, behind which dup3() changes the file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "log.h"

#define LINE_MAX_BYTES 1024

static const struct {
	const char *name;
	char journal;		/* syslog's number for it */
} levels[] = {
	[LOG_LEVEL_ERROR] = { "error", '3' },
	[LOG_LEVEL_WARNING] = { "warning", '4' },
	[LOG_LEVEL_INFO] = { "info", '6' },
	[LOG_LEVEL_DEBUG] = { "debug", '7' },
};

static struct {
	atomic_int fd;
	int file;		/* its descriptor, or -1 before there was one */
	atomic_bool journal;
	atomic_int level;
	atomic_uint lost;	/* lines that could not be written */
} log_state = { .fd = STDERR_FILENO, .file = -1, .level = LOG_LEVEL_INFO };

/* $JOURNAL_STREAM is DEVICE:INODE; it may be inherited by one whose stderr is not. */
static bool stderr_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return stream && sscanf(stream, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

/* Whoever is about to write to the old file writes to the new one. */
static int replace_file(int fd)
{
	int result;

	if (log_state.file < 0) {
		log_state.file = fd;
		return 0;
	}
	result = dup3(fd, log_state.file, O_CLOEXEC) < 0 ? -1 : 0;
	close(fd);
	return result;
}

static int open_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);

	if (fd < 0 || replace_file(fd))
		return -1;
	log_state.journal = false;
	log_state.fd = log_state.file;
	return 0;
}

static void use_stderr(bool journal)
{
	log_state.fd = STDERR_FILENO;
	log_state.journal = journal;
}

int log_open(const char *path)
{
	if (path)
		return open_file(path);
	use_stderr(stderr_is_journal());
	/* The file can be removed now; a line that comes late is not lost. */
	if (log_state.file >= 0)
		dup3(STDERR_FILENO, log_state.file, O_CLOEXEC);
	return 0;
}

void log_set_level(enum log_level level)
{
	atomic_store_explicit(&log_state.level, (int)level, memory_order_relaxed);
}

void log_close(void)
{
	int error = errno;

	use_stderr(false);
	if (log_state.file >= 0)
		close(log_state.file);
	log_state.file = -1;
	errno = error;
}

static size_t put_time(char *line, size_t size)
{
	struct timespec now;
	struct tm tm;
	size_t n;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	n = strftime(line, size, "%Y-%m-%dT%H:%M:%S", &tm);
	return n + (size_t)snprintf(line + n, size - n, ".%03ldZ ", now.tv_nsec / 1000000);
}

/* The journal knows time, name and level; a terminal needs no time; a file all. */
static size_t put_prefix(char *line, size_t size, enum log_level level)
{
	size_t n = 0;

	if (log_state.journal)
		return (size_t)snprintf(line, size, "<%c>", levels[level].journal);
	if (log_state.fd != STDERR_FILENO)
		n = put_time(line, size);
	return n + (size_t)snprintf(line + n, size - n, "tfsd: %s: ", levels[level].name);
}

/* UTF-8 passes; a control character would let a client write lines of its own. */
static void clean(char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			text[i] = '?';
}

static bool write_all(const char *line, size_t length)
{
	while (length) {
		ssize_t n = write(log_state.fd, line, length);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			line += n;
			length -= (size_t)n;
		}
	}
	return true;
}

static bool write_line(enum log_level level, const char *format, va_list args)
{
	char line[LINE_MAX_BYTES];
	size_t start = put_prefix(line, sizeof(line), level);
	size_t room = sizeof(line) - start - 1;		/* the newline takes the NUL's place */
	int wanted = vsnprintf(line + start, room + 1, format, args);
	size_t length = wanted < 0 ? 0 : (size_t)wanted;

	if (length > room) {
		memcpy(line + sizeof(line) - 4, "...", 3);
		length = room;
	}
	clean(line + start, length);
	line[start + length] = '\n';
	return write_all(line, start + length + 1);
}

static bool write_format(enum log_level level, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool write_format(enum log_level level, const char *format, ...)
{
	va_list args;
	bool written;

	va_start(args, format);
	written = write_line(level, format, args);
	va_end(args);
	return written;
}

/* A disk that was full has cost lines: the log says so as soon as it can. */
static void tell_lost(void)
{
	unsigned int lost = atomic_exchange(&log_state.lost, 0);

	if (lost && !write_format(LOG_LEVEL_WARNING, "%u lines of the log were lost", lost))
		atomic_fetch_add(&log_state.lost, lost);
}

void log_write(enum log_level level, const char *format, ...)
{
	int error = errno;
	va_list args;

	if ((int)level > atomic_load_explicit(&log_state.level, memory_order_relaxed))
		return;
	if (atomic_load(&log_state.lost))
		tell_lost();
	va_start(args, format);
	errno = error;		/* for %m */
	if (!write_line(level, format, args))
		atomic_fetch_add(&log_state.lost, 1);
	va_end(args);
	errno = error;
}
