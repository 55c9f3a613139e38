// SPDX-License-Identifier: GPL-2.0-only
/*
 * The configuration: a file, and after a line "%%" words as of -o, a line each. One that
 * is good, printed and read again, prints the same. One that is not says why.
 */
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tools/tfsd/config.h"
#include "input.h"

#define MARK	"%%\n"

static FILE *errors;
static char *error_text;
static size_t error_size;

/* A file in memory, under a name that can be opened. */
static int file_of(const void *text, size_t n, char path[32])
{
	int fd = memfd_create("config", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, text, n) == (ssize_t)n, "a file in memory");
	snprintf(path, 32, "/proc/self/fd/%d", fd);
	return fd;
}

static struct config *read_config(const void *text, size_t n)
{
	char path[32];
	int fd = file_of(text, n, path);
	struct config *config = config_new(errors);

	must(config, "a configuration");
	config_read_file(config, path);
	close(fd);
	return config;
}

static char *print(const struct config *config)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	must(!config_print(config, out), "it is printed");
	fclose(out);
	return text;
}

static void set_options(struct config *config, char *text)
{
	char *rest = text, *line;

	while ((line = strsep(&rest, "\n")))
		config_set(config, line);
}

static void check_good(const struct config *config)
{
	char *first = print(config), *second;
	struct config *again = read_config(first, strlen(first));

	if (config_check(again)) {
		fflush(errors);
		fprintf(stderr, "%s\n%s", first, error_text);
		must(false, "what was printed is good");
	}
	second = print(again);
	must(!strcmp(first, second), "printed again it is the same");
	config_free(again);
	free(second);
	free(first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *options = NULL;
	const uint8_t *mark = memmem(data, size, MARK, strlen(MARK));
	struct config *config;
	int status;

	errors = open_memstream(&error_text, &error_size);
	if (mark)
		options = strndup((const char *)mark + strlen(MARK),
				  size - (size_t)(mark - data) - strlen(MARK));
	config = read_config(data, mark ? (size_t)(mark - data) : size);
	if (options)
		set_options(config, options);
	status = config_check(config);
	fflush(errors);
	must(!status == !error_size, "there is a message for what is wrong, and else none");
	if (!status)
		check_good(config);
	config_free(config);
	fclose(errors);
	free(error_text);
	free(options);
	return 0;
}
