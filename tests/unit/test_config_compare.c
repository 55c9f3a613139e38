// SPDX-License-Identifier: GPL-2.0-only
/* test_config_compare.c: what may change while tfsd runs, and what it says of the rest */
#include <stdlib.h>

#include "configure.h"

static const char before[] =
	"file = /dev/shm/tfs\n"
	"channels = 2\n"
	"max_message = 8192\n"
	"[channel 1]\n"
	"wait = busy\n"
	"[database w]\n"
	"file = /d/w.db\n"
	"schema = /d/w.sql\n"
	"[database v]\n"
	"file = /d/v.db\n"
	"schema = /d/v.sql\n";

/**
 * struct change
 * @what:    for who reads this
 * @line:    of @before, from 0; it is replaced by @text. -1: @text comes before all
 * @changes: what is named; NULL: it is refused
 * @refusal: and what is said then
 */
static const struct change {
	const char *what;
	int line;
	const char *text;
	const char *changes;
	const char *refusal;
} changes[] = {
	{ "nothing", 0, "file = /dev/shm/tfs\n", "", "" },
	{ "a comment", -1, "# none\n", "", "" },
	{ "a default that is said", -1, "spin = 50\n", "", "" },
	{ "wait", -1, "wait = sleep\n", "wait, channel.0.wait", "" },
	{ "a channel's wait", 4, "wait = yield\n", "channel.1.wait", "" },
	{ "a channel's section", 4, "#\n", "channel.1.wait", "" },
	{ "several", -1, "spin = 7\nmax_sessions = 3\nshutdown_timeout = 3\nlog = /l\n"
	  "log_level = debug\n", "spin, max_sessions, shutdown_timeout, log, log_level", "" },
	{ "memory file", 0, "file = /dev/shm/tfs2\n", NULL,
	  "FILE:1: file = /dev/shm/tfs2; it is /dev/shm/tfs until tfsd is restarted\n" },
	{ "devices", 0, "#\n", NULL,
	  "FILE:2: channels is for memory files; it must go with file, for devices have it from "
	  "the driver\n"
	  "FILE:4: [channel 1] is not served; device must have it\n" },
	{ "channels", 1, "channels = 3\n", NULL,
	  "FILE:2: channels = 3; it is 2 until tfsd is restarted\n" },
	{ "a default again", 2, "#\n", NULL,
	  "FILE: max_message = 1048576; it is 8192 until tfsd is restarted\n" },
	{ "two keys of which one may", 2, "max_message = 4096\nwait = busy\n", NULL,
	  "FILE:3: max_message = 4096; it is 8192 until tfsd is restarted\n" },
	{ "a database's file", 6, "file = /d/x.db\n", NULL,
	  "FILE:7: file = /d/x.db; it is /d/w.db until tfsd is restarted\n" },
	{ "a database's new key", 7, "schema = /d/w.sql\ndurability = lazy\n", NULL,
	  "FILE:9: durability = lazy; it is full until tfsd is restarted\n" },
	{ "another name", 5, "[database x]\n", NULL,
	  "FILE:6: [database x] is new; it is not served until tfsd is restarted\n"
	  "FILE: [database w] is missing; it is served until tfsd is restarted\n" },
};

static char *edit(const struct change *change)
{
	const char *from = before;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	if (change->line < 0)
		fputs(change->text, out);
	for (int line = 0; *from; line++) {
		int length = (int)strcspn(from, "\n") + 1;

		if (line == change->line)
			fputs(change->text, out);
		else
			fprintf(out, "%.*s", length, from);
		from += length;
	}
	assert_int_equal(fclose(out), 0);
	return text;
}

static void compare(struct outcome *old, const struct change *change)
{
	char *text = edit(change), *named = NULL;
	struct outcome *next = configure_text(text);
	size_t size;
	FILE *out = open_memstream(&named, &size);

	if (!next->status)
		next->status = config_compare(old->config, next->config, out);
	fclose(out);
	fflush(next->errors);
	assert_int_equal(next->status, change->changes ? 0 : -1);
	assert_messages(next, change->refusal);
	if (change->changes)
		assert_string_equal(named, change->changes);
	dispose(next);
	free(named);
	free(text);
}

static void changes_are_told(void **state)
{
	struct outcome *old = configure_text(before);

	(void)state;
	assert_messages(old, "");
	for (unsigned int i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
		compare(old, &changes[i]);
	dispose(old);
}

/* Devices have no file: a key without a value is compared as well. */
static void a_memory_file_instead_of_devices(void **state)
{
	struct outcome *old = configure_text(DATABASE);
	struct outcome *next = configure_text("file = /m\n" DATABASE);

	(void)state;
	next->status = config_compare(old->config, next->config, stdout);
	fflush(next->errors);
	assert_messages(next, "FILE:1: file = /m; it is none until tfsd is restarted\n");
	dispose(next);
	dispose(old);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changes_are_told),
		cmocka_unit_test(a_memory_file_instead_of_devices),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, config_setup, config_teardown);
}
