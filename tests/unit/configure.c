// SPDX-License-Identifier: GPL-2.0-only
/* configure.c: see configure.h */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "configure.h"

static int file_fd = -1;
static char file_path[40];

static void write_file(const char *text, size_t length)
{
	assert_int_equal(ftruncate(file_fd, 0), 0);
	assert_int_equal(pwrite(file_fd, text, length, 0), (ssize_t)length);
}

/* Reads the file, unless NULL, then options up to NULL; checks the whole. */
struct outcome *configure(const char *text, size_t length, const char *const *options)
{
	struct outcome *out = calloc(1, sizeof(*out));

	assert_non_null(out);
	out->errors = open_memstream(&out->text, &out->size);
	assert_non_null(out->errors);
	out->config = config_new(out->errors);
	assert_non_null(out->config);
	if (text) {
		write_file(text, length);
		config_read_file(out->config, file_path);
	}
	for (; options && *options; options++)
		config_set(out->config, *options);
	out->status = config_check(out->config);
	assert_int_equal(fflush(out->errors), 0);
	return out;
}

struct outcome *configure_text(const char *text)
{
	return configure(text, strlen(text), NULL);
}

void dispose(struct outcome *out)
{
	config_free(out->config);
	fclose(out->errors);
	free(out->text);
	free(out);
}

/* The messages, with FILE for the file's name. */
static char *messages(const struct outcome *out)
{
	char *text = calloc(1, out->size + 1), *to = text;
	const char *from = out->text;

	while (*from) {
		if (!strncmp(from, file_path, strlen(file_path))) {
			to = stpcpy(to, "FILE");
			from += strlen(file_path);
		} else {
			*to++ = *from++;
		}
	}
	return text;
}

void assert_messages(const struct outcome *out, const char *wanted)
{
	char *text = messages(out);

	assert_string_equal(text, wanted);
	assert_int_equal(out->status, *wanted ? -1 : 0);
	free(text);
}

char *print_config(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_int_equal(config_print(config, out), 0);
	fclose(out);
	return text;
}

int config_setup(void **state)
{
	(void)state;
	file_fd = memfd_create("tfsd.conf", MFD_CLOEXEC);
	snprintf(file_path, sizeof(file_path), "/proc/self/fd/%d", file_fd);
	return file_fd < 0;
}

int config_teardown(void **state)
{
	(void)state;
	return close(file_fd);
}
