// SPDX-License-Identifier: GPL-2.0-only
/* test_config.c: what tfsd's configuration takes, how it prints it, and nonsense */
#include <stdlib.h>

#include "configure.h"

static void defaults_are_as_documented(void **state)
{
	struct outcome *out = configure_text(DATABASE);
	const struct config *config = out->config;

	(void)state;
	assert_messages(out, "");
	assert_int_equal(config->listen, CONFIG_LISTEN_SHM_POLL);
	assert_int_equal(config->channels.count, 1);
	assert_int_equal(config->channels.number[0], 0);
	assert_null(config->file);
	assert_int_equal(config->wait, OC_WAIT_ADAPTIVE);
	assert_int_equal(config->spin_ns, 50000);
	assert_int_equal(config->nsections, 0);
	assert_int_equal(config_channel(config, 0).wait, OC_WAIT_ADAPTIVE);
	assert_int_equal(config->max_message, 1048576);
	assert_int_equal(config->max_sessions, 16);
	assert_int_equal(config->workers, 2);
	assert_int_equal(config->max_statements, 8);
	assert_int_equal(config->statement_idle_ms, 10000);
	assert_null(config->log);
	assert_int_equal(config->shutdown_ms, 10000);
	assert_int_equal(config->reactors, 1);
	assert_int_equal(config->reactor_cpus.count, 0);
	assert_int_equal(config->reactor_priority, 0);
	assert_int_equal(config->log_level, LOG_LEVEL_INFO);
	assert_int_equal(config->ndatabases, 1);
	assert_string_equal(config->databases[0].store.name, "w");
	assert_string_equal(config->databases[0].store.file, "/d/w.db");
	assert_string_equal(config->databases[0].store.schema_file, "/d/w.sql");
	assert_int_equal(config->databases[0].store.durability, STORE_FULL);
	assert_int_equal(config->databases[0].store.busy_timeout_ms, 3000);
	assert_int_equal(config->databases[0].store.checkpoint_pages, 1000);
	dispose(out);
}

/* Every key away from its default, in every spelling that there is. */
static const char full_text[] =
	"\xef\xbb\xbf# a comment\n"
	"; another\r\n"
	"  \t\r\n"
	"listen = shm-poll\r\n"
	"file: /dev/shm/tfs\n"
	"   channels=2\n"
	"stride\t=\t131072\n"
	"wait = busy\n"
	"doorbell = yes\n"
	"reactors = 4\n"
	"reactor_cpus = 2-3,7\n"
	"reactor_priority = 99\n"
	"spin = 0\n"
	"max_message = 4096\n"
	"max_sessions = 1\n"
	"workers = 64\n"
	"max_statements = 1024\n"
	"statement_idle = 1\n"
	"durability = lazy\n"
	"busy_timeout = 0\n"
	"checkpoint_pages = 50\n"
	"control = /run/tfs/control\n"
	"backup_directory = /backups\n"
	"backup_command = /usr/bin/to tape\n"
	"backup_interval = 86400\n"
	"shutdown_timeout = 3600\n"
	"log = /var/log/tfsd;1.log\n"
	"log_level = debug\n"
	"[channel 1]\n"
	"wait = sleep\n"
	"doorbell = no\n"
	"reactor = 3\n"
	"[ channel\t0 ]\n"
	"[database a]\n"
	"file = /d/a b=c:d.db\n"
	"schema = a.sql\n"
	"[ database\t" NAME63 " ]\n"
	"file = /d/b.db\n"
	"schema = b.sql\n"
	"durability = full\n"
	"busy_timeout = 3600\n"
	"checkpoint_pages = 7";

static const char full_canonical[] =
	"listen = shm_poll\n"
	"file = /dev/shm/tfs\n"
	"channels = 2\n"
	"stride = 131072\n"
	"wait = busy\n"
	"doorbell = yes\n"
	"reactors = 4\n"
	"reactor_cpus = 2-3,7\n"
	"reactor_priority = 99\n"
	"spin = 0\n"
	"max_message = 4096\n"
	"max_sessions = 1\n"
	"workers = 64\n"
	"max_statements = 1024\n"
	"statement_idle = 1\n"
	"durability = lazy\n"
	"busy_timeout = 0\n"
	"checkpoint_pages = 50\n"
	"control = /run/tfs/control\n"
	"backup_directory = /backups\n"
	"backup_command = /usr/bin/to tape\n"
	"backup_interval = 86400\n"
	"shutdown_timeout = 3600\n"
	"log = /var/log/tfsd;1.log\n"
	"log_level = debug\n"
	"\n"
	"[channel 1]\n"
	"wait = sleep\n"
	"doorbell = no\n"
	"reactor = 3\n"
	"\n"
	"[channel 0]\n"
	"wait = busy\n"
	"doorbell = yes\n"
	"reactor = auto\n"
	"\n"
	"[database a]\n"
	"file = /d/a b=c:d.db\n"
	"schema = a.sql\n"
	"durability = lazy\n"
	"busy_timeout = 0\n"
	"checkpoint_pages = 50\n"
	"\n"
	"[database " NAME63 "]\n"
	"file = /d/b.db\n"
	"schema = b.sql\n"
	"durability = full\n"
	"busy_timeout = 3600\n"
	"checkpoint_pages = 7\n";

static void drop_comments(char *text)
{
	char *to = text;

	while (*text) {
		size_t length = strcspn(text, "\n");

		length += text[length] == '\n';
		if (*text != '#') {
			memmove(to, text, length);
			to += length;
		}
		text += length;
	}
	*to = '\0';
}

static void every_key_is_taken(void **state)
{
	struct outcome *out = configure_text(full_text);
	const struct config *config = out->config;

	(void)state;
	assert_messages(out, "");
	assert_int_equal(config->channels.count, 2);
	assert_int_equal(config->channels.number[1], 1);
	assert_string_equal(config->file, "/dev/shm/tfs");
	assert_int_equal(config->stride, 131072);
	assert_int_equal(config->wait, OC_WAIT_BUSY);
	assert_int_equal(config->spin_ns, 0);
	assert_int_equal(config_channel(config, 0).wait, OC_WAIT_BUSY);
	assert_int_equal(config_channel(config, 1).wait, OC_WAIT_SLEEP);
	assert_int_equal(config_channel(config, 0).doorbell, CONFIG_DOORBELL_YES);
	assert_int_equal(config_channel(config, 1).doorbell, CONFIG_DOORBELL_NO);
	assert_int_equal(config_channel(config, 0).reactor, CONFIG_REACTOR_AUTO);
	assert_int_equal(config_channel(config, 1).reactor, 3 + 1);
	assert_int_equal(config->reactors, 4);
	assert_int_equal(config->reactor_cpus.count, 3);
	assert_int_equal(config->reactor_cpus.number[2], 7);
	assert_int_equal(config->reactor_priority, 99);
	assert_int_equal(config->max_message, 4096);
	assert_int_equal(config->max_sessions, 1);
	assert_int_equal(config->workers, 64);
	assert_int_equal(config->max_statements, 1024);
	assert_int_equal(config->statement_idle_ms, 1000);
	assert_int_equal(config->shutdown_ms, 3600000);
	assert_string_equal(config->log, "/var/log/tfsd;1.log");
	assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(config->ndatabases, 2);
	assert_string_equal(config->databases[0].store.file, "/d/a b=c:d.db");
	assert_int_equal(config->databases[0].store.durability, STORE_LAZY);
	assert_int_equal(config->databases[0].store.busy_timeout_ms, 0);
	assert_int_equal(config->databases[1].store.busy_timeout_ms, 3600000);
	assert_int_equal(config->databases[1].store.checkpoint_pages, 7);
	assert_string_equal(config->databases[1].store.name, NAME63);
	dispose(out);
}

static void canonical_form_is_stable(void **state)
{
	struct outcome *out = configure_text(full_text);
	char *first = print_config(out->config), *second;

	(void)state;
	dispose(out);
	out = configure_text(first);
	assert_messages(out, "");
	second = print_config(out->config);
	assert_string_equal(first, second);
	drop_comments(second);
	assert_string_equal(second, full_canonical);
	dispose(out);
	free(first);
	free(second);
}

static void assert_channels(const char *list, const char *canonical)
{
	char text[200], *printed;
	struct outcome *out;

	snprintf(text, sizeof(text), "device = %s\n" DATABASE, list);
	out = configure_text(text);
	assert_messages(out, "");
	printed = print_config(out->config);
	snprintf(text, sizeof(text), "\ndevice = %s\n", canonical);
	assert_non_null(strstr(printed, text));
	free(printed);
	dispose(out);
}

static void channels_come_in_order(void **state)
{
	(void)state;
	assert_channels("0", "0");
	assert_channels("0-3", "0-3");
	assert_channels("0,2", "0,2");
	assert_channels("7-7", "7");
	assert_channels("9,4095,3-5,8", "3-5,8-9,4095");
	assert_channels("64-100,0-26", "0-26,64-100");
}

static const char all_messages[] =
	"FILE:1: wait = fast; it must be adaptive, busy, monitor, yield or sleep\n"
	"FILE:2: unknown key \"colour\"; tfsd.conf(5) lists the keys\n"
	"FILE:3: no value; it must be KEY = VALUE, [database NAME] or [channel N]\n"
	"FILE:4: not a section; it must be [database NAME] or [channel N]\n"
	"FILE:6: no value; it must be KEY = VALUE, [database NAME] or [channel N]\n"
	"FILE:9: file is set twice; the first time is in line 8\n"
	"FILE:10: durability has no value; it must be full or lazy\n"
	"-o wait=never: wait = never; it must be adaptive, busy, monitor, yield or sleep\n"
	"FILE:7: [database w] has no schema; it must have schema = PATH\n"
	"-o: [database x] has no file; it must have file = PATH\n";

static void all_errors_are_reported(void **state)
{
	static const char *const options[] = { "wait=never", "database.x.schema=s", NULL };
	static const char text[] = "wait = fast\ncolour = red\nfoo\n[x]\ny = z\nbar\n"
				   "[database w]\nfile = a\nfile = b\ndurability =\n";
	struct outcome *out = configure(text, strlen(text), options);

	(void)state;
	assert_messages(out, all_messages);
	dispose(out);
}

static void zero_byte_is_refused(void **state)
{
	static const char text[] = DATABASE "durability = lazy\0and more\n";
	struct outcome *out = configure(text, sizeof(text) - 1, NULL);

	(void)state;
	assert_messages(out, "FILE:4: byte 0x00 at column 18; it must be plain text\n");
	dispose(out);
}

static void no_database(void **state)
{
	struct outcome *out = configure_text("wait = busy\n");

	(void)state;
	assert_messages(out, "FILE: no database; there must be a [database NAME] section with "
			      "file and schema\n");
	dispose(out);
	out = configure(NULL, 0, NULL);
	assert_messages(out, "tfsd: no database; there must be a [database NAME] section with "
			      "file and schema\n");
	dispose(out);
}

static void unreadable(const char *path, const char *message)
{
	char *text = NULL;
	size_t size;
	FILE *errors = open_memstream(&text, &size);
	struct config *config = config_new(errors);

	assert_int_equal(config_read_file(config, path), -1);
	fflush(errors);
	assert_string_equal(text, message);
	assert_int_equal(config_check(config), -1);
	config_free(config);
	fclose(errors);
	free(text);
}

static void unreadable_files(void **state)
{
	(void)state;
	unreadable("/nonexistent/tfsd.conf",
		   "/nonexistent/tfsd.conf: cannot open: No such file or directory\n");
	unreadable("/", "/: cannot read: Is a directory\n");
}

static void options_take_the_place_of_lines(void **state)
{
	static const char *const options[] = {
		"channel.4095.wait=monitor", "device=0,4095", "channel.0.wait=busy",
		"channel.0.wait=sleep", "wait=yield", " max_sessions = 3 ", "wait=busy",
		"database.w.durability=lazy",
		"database.a.b.file=/d/ab.db", "database.a.b.schema=ab.sql", "log=stderr", NULL
	};
	static const char text[] = "wait = sleep\nlog = /l\n" DATABASE "durability = full\n";
	struct outcome *out = configure(text, strlen(text), options);
	const struct config *config = out->config;

	(void)state;
	assert_messages(out, "");
	assert_int_equal(config->wait, OC_WAIT_BUSY);
	assert_int_equal(config->max_sessions, 3);
	assert_int_equal(config_channel(config, 0).wait, OC_WAIT_SLEEP);
	assert_int_equal(config_channel(config, 4095).wait, OC_WAIT_MONITOR);
	assert_null(config->log);
	assert_int_equal(config->ndatabases, 2);
	assert_int_equal(config->databases[0].store.durability, STORE_LAZY);
	assert_string_equal(config->databases[1].store.name, "a.b");
	assert_string_equal(config->databases[1].store.file, "/d/ab.db");
	dispose(out);
}

/* Whatever is accepted is printed, taken again, and printed the same. */
static void assert_round_trip(struct config *config)
{
	char *text = print_config(config), *again;
	struct outcome *out = configure_text(text);

	assert_messages(out, "");
	again = print_config(out->config);
	assert_string_equal(text, again);
	free(text);
	free(again);
	dispose(out);
}

/* Some of it makes sense. */
static size_t nonsense(char *text, size_t size, unsigned int *seed)
{
	static const char *const pieces[] = {
		"listen", "device", "file", "channels", "stride", "wait", "log", "durability",
		"busy_timeout", "schema", " = ", "=", ":", "\n", "\n", "\n", "[database ", "]\n",
		"a", "w", "busy", "lazy", "0", "1", "0-3", ",", "65536", "4294967296", ";", "#",
		" ", "\t", "\r", "\xff", "\x01", "database.", ".", "[", "wait=busy",
		"\ndurability = lazy", "max_sessions = 7\n", "database.w.busy_timeout=1",
		"\n[database x]\nfile=f\nschema=s\n", "\nwait = yield\n", "\ndevice = 1\n",
		"[channel ", "\n[channel 1]\nwait = monitor\n", "channel.0.wait=sleep", "spin",
	};
	static const size_t n = sizeof(pieces) / sizeof(pieces[0]);
	size_t length = 0;

	for (int k = rand_r(seed) % 8; k >= 0 && length < 2000; k--)
		length += (size_t)snprintf(text + length, size - length, "%s",
					   pieces[(size_t)rand_r(seed) % n]);
	if (!(rand_r(seed) % 8))
		text[(size_t)rand_r(seed) % (length + 1)] = '\0';
	return length;
}

static void survives_nonsense_files(void **state)
{
	unsigned int seed = 2, taken = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		char text[4096] = "\n" DATABASE;
		size_t used = i % 2 ? strlen(text) : 0;
		struct outcome *out;

		used += nonsense(text + used, sizeof(text) - used, &seed);
		out = configure(text, used, NULL);
		assert_int_equal(out->status, out->size ? -1 : 0);
		if (!out->status) {
			taken++;
			assert_round_trip(out->config);
		}
		dispose(out);
	}
	assert_true(taken > 100);
}

static void survives_nonsense_options(void **state)
{
	unsigned int seed = 3, taken = 0;

	(void)state;
	for (int i = 0; i < 100000; i += 10) {
		struct outcome *out = configure_text(DATABASE);

		for (int k = 0; k < 10; k++) {
			char text[4096];

			nonsense(text, sizeof(text), &seed);
			text[strcspn(text, "\n")] = '\0';
			taken += !config_set(out->config, text);
		}
		dispose(out);
	}
	assert_true(taken > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_as_documented),
		cmocka_unit_test(every_key_is_taken),
		cmocka_unit_test(canonical_form_is_stable),
		cmocka_unit_test(channels_come_in_order),
		cmocka_unit_test(all_errors_are_reported),
		cmocka_unit_test(zero_byte_is_refused),
		cmocka_unit_test(no_database),
		cmocka_unit_test(unreadable_files),
		cmocka_unit_test(options_take_the_place_of_lines),
		cmocka_unit_test(survives_nonsense_files),
		cmocka_unit_test(survives_nonsense_options),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config", tests, config_setup, config_teardown);
}
