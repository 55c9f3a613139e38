// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * tfs compile [-o out.h] [-n NAME] schema.sql
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "compile.h"
#include "tfs.h"

static int usage(void)
{
	fputs("usage: tfs compile [-o OUT.h] [-n NAME] SCHEMA.sql\n\n"
	      "  -o OUT.h  where to write; without it: standard output\n"
	      "  -n NAME   what names in the header begin with; without it: the name of\n"
	      "            the schema file up to its first dot\n", stderr);
	return TFS_USAGE;
}

static int fail(const char *file, const char *why)
{
	fprintf(stderr, "tfs compile: %s: %s\n", file, why);
	return TFS_FAILED;
}

/* The prefix of all names: asked for, or the file's; in lower case. */
static bool choose_name(char name[OC_NAME_MAX + 2], const char *asked, const char *file)
{
	const char *slash = strrchr(file, '/');

	if (asked)
		snprintf(name, OC_NAME_MAX + 2, "%s", asked);
	else
		snprintf(name, OC_NAME_MAX + 2, "%s", slash ? slash + 1 : file);
	if (!asked)
		name[strcspn(name, ".")] = '\0';
	if (schema_fold_name(name) && strcmp(name, "oc"))
		return true;
	fprintf(stderr, "tfs compile: \"%s\" cannot begin a name in C; choose with -n NAME: "
		"1 to 63 letters, digits and _, not \"oc\"\n", name);
	return false;
}

/* The header in memory, malloced; NULL if it could not be made. */
static char *make_header(const char *file, const char *name, size_t *size)
{
	const char *slash = strrchr(file, '/');
	struct schema *schema;
	char *text = NULL;
	FILE *out;

	if (schema_load(&schema, file, stderr))
		return NULL;
	if (!compile_check(schema, file, stderr))
		goto free_schema;
	out = open_memstream(&text, size);
	if (!out)
		goto free_schema;
	compile_write(schema, name, slash ? slash + 1 : file, out);
	if (fclose(out)) {
		free(text);
		text = NULL;
	}
free_schema:
	schema_free(schema);
	return text;
}

static bool write_all(int fd, const char *text, size_t size)
{
	while (size) {
		ssize_t n = write(fd, text, size);

		if (n < 0 && errno != EINTR)
			return false;
		text += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* What a plain creat() would have given; mkstemp() is for private files. */
static bool set_mode(int fd)
{
	mode_t mask = umask(0);

	umask(mask);
	return !fchmod(fd, 0666 & ~mask);
}

/* Whole or not at all: whoever reads @file meanwhile sees the old one. */
static int replace_file(const char *file, const char *text, size_t size)
{
	char *temporary;
	int fd, error;

	if (asprintf(&temporary, "%s.XXXXXX", file) < 0)
		return fail(file, strerror(ENOMEM));
	fd = mkstemp(temporary);
	if (fd < 0) {
		error = errno;
		goto free_name;
	}
	error = write_all(fd, text, size) && set_mode(fd) ? 0 : errno;
	if (close(fd) && !error)
		error = errno;
	if (!error && rename(temporary, file))
		error = errno;
	if (error)
		unlink(temporary);
free_name:
	free(temporary);
	return error ? fail(file, strerror(error)) : TFS_OK;
}

/* Devices, pipes and links are written, not replaced: -o /dev/null leaves it there. */
static bool is_special(const char *file)
{
	struct stat st;

	return !lstat(file, &st) && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode);
}

static int write_special(const char *file, const char *text, size_t size)
{
	int fd = open(file, O_WRONLY | O_TRUNC | O_CLOEXEC);
	int error;

	if (fd < 0)
		return fail(file, strerror(errno));
	error = write_all(fd, text, size) ? 0 : errno;
	if (close(fd) && !error)
		error = errno;
	return error ? fail(file, strerror(error)) : TFS_OK;
}

int tfs_compile(int argc, char **argv)
{
	char name[OC_NAME_MAX + 2];
	const char *out = NULL, *asked = NULL;
	size_t size = 0;
	char *text;
	int c, status;

	while ((c = getopt(argc, argv, "o:n:")) != -1) {
		if (c == 'o')
			out = optarg;
		else if (c == 'n')
			asked = optarg;
		else
			return usage();
	}
	if (optind != argc - 1)
		return usage();
	if (!choose_name(name, asked, argv[optind]))
		return TFS_FAILED;
	text = make_header(argv[optind], name, &size);
	if (!text)
		return TFS_FAILED;
	if (!out)
		status = fwrite(text, 1, size, stdout) == size ? TFS_OK :
			 fail("standard output", strerror(errno));
	else if (is_special(out))
		status = write_special(out, text, size);
	else
		status = replace_file(out, text, size);
	free(text);
	return status;
}
