// SPDX-License-Identifier: GPL-2.0-only
/* test_config_refused.c: what tfsd says to a configuration that is wrong */
#include <stdlib.h>

#include "configure.h"

#define WORDS "it must be adaptive, busy, monitor, yield or sleep\n"
#define SECTIONS "[database NAME] or [channel N]\n"

struct refused {
	const char *name;
	const char *text;	/* of the file; DATABASE follows if it has no section */
	const char *message;	/* the only one */
};

static const struct refused refused[] = {
	{ "unknown key", "colour = red\n", "FILE:1: unknown key \"colour\"; " KEYS_PAGE },
	{ "capital key", "Wait = busy\n", "FILE:1: unknown key \"Wait\"; " KEYS_PAGE },
	{ "no key", "= 1\n", "FILE:1: unknown key \"\"; " KEYS_PAGE },
	{ "key twice", "wait = busy\n\n# again\nwait = busy\n",
	  "FILE:4: wait is set twice; the first time is in line 1\n" },
	{ "key of a section above it", "schema = x\n",
	  "FILE:1: unknown key \"schema\"; it must be in a [database NAME] section\n" },
	{ "line without a value", "wait\n",
	  "FILE:1: no value; it must be KEY = VALUE, " SECTIONS },
	{ "last line without a value or an end", DATABASE "wait",
	  "FILE:4: no value; it must be KEY = VALUE, " SECTIONS },
	{ "empty value", "wait =\n", "FILE:1: wait has no value; " WORDS },
	{ "empty path", "file =\n", "FILE:1: file has no value; "
	  "it must be a path of at most 255 bytes\n" },
	{ "value of blanks", "wait = \t\r\n", "FILE:1: wait has no value; " WORDS },
	{ "unknown word", "wait = fast\n",
	  "FILE:1: wait = fast; " WORDS },
	{ "capital word", "wait = Busy\n",
	  "FILE:1: wait = Busy; " WORDS },
	{ "comment behind a value", "wait = busy ; all the time\n",
	  "FILE:1: ';' begins a comment; it must have a line of its own\n" },
	{ "hash behind a value", "wait = busy # all the time\n",
	  "FILE:1: '#' begins a comment; it must have a line of its own\n" },
	{ "hash as a value", "log =\t#x\n",
	  "FILE:1: '#' begins a comment; it must have a line of its own\n" },
	{ "hash right behind the sign", "log =#x\n",
	  "FILE:1: '#' begins a comment; it must have a line of its own\n" },
	{ "semicolon right behind the sign", "log=;x\n",
	  "FILE:1: ';' begins a comment; it must have a line of its own\n" },
	{ "control character", "log = /a\033[1m\n",
	  "FILE:1: byte 0x1b at column 9; it must be plain text\n" },
	{ "other transport", "listen = tcp\n", "FILE:1: listen = tcp; it must be shm_poll\n" },
	{ "two transports", "listen = shm_poll,tcp\n",
	  "FILE:1: listen = shm_poll,tcp; it must be shm_poll\n" },
	{ "number with a sign", "max_sessions = +3\n",
	  "FILE:1: max_sessions = +3; it must be a number from 1 to 1024\n" },
	{ "negative number", "busy_timeout = -1\n",
	  "FILE:1: busy_timeout = -1; it must be a number from 0 to 3600\n" },
	{ "number with a unit", "busy_timeout = 5s\n",
	  "FILE:1: busy_timeout = 5s; it must be a number from 0 to 3600\n" },
	{ "hexadecimal number", "max_sessions = 0x10\n",
	  "FILE:1: max_sessions = 0x10; it must be a number from 1 to 1024\n" },
	{ "number below its range", "max_sessions = 0\n",
	  "FILE:1: max_sessions = 0; it must be a number from 1 to 1024\n" },
	{ "number above its range", "max_sessions = 1025\n",
	  "FILE:1: max_sessions = 1025; it must be a number from 1 to 1024\n" },
	{ "number above 32 bits", "max_sessions = 4294967297\n",
	  "FILE:1: max_sessions = 4294967297; it must be a number from 1 to 1024\n" },
	{ "number above 64 bits", "max_sessions = 18446744073709551617\n",
	  "FILE:1: max_sessions = 18446744073709551617; it must be a number from 1 to 1024\n" },
	{ "small message", "max_message = 4088\n",
	  "FILE:1: max_message = 4088; it must be a multiple of 8 from 4096 to 67108864\n" },
	{ "large message", "max_message = 67108872\n",
	  "FILE:1: max_message = 67108872; it must be a multiple of 8 from 4096 to 67108864\n" },
	{ "odd message", "max_message = 4100\n",
	  "FILE:1: max_message = 4100; it must be a multiple of 8 from 4096 to 67108864\n" },
	{ "no checkpoint", "checkpoint_pages = 0\n",
	  "FILE:1: checkpoint_pages = 0; it must be a number from 1 to 1000000\n" },
	{ "no reactor", "reactors = 0\n",
	  "FILE:1: reactors = 0; it must be a number from 1 to 64\n" },
	{ "a reactor that is not there", "channels = 1\nfile = /m\n[channel 0]\nreactor = 1\n",
	  "FILE:4: reactor = 1; it must be below reactors, which is 1\n" },
	{ "a reactor without a number", "file = /m\n[channel 0]\nreactor = one\n",
	  "FILE:3: reactor = one; it must be auto or a number from 0 to 63\n" },
	{ "a processor beyond all", "reactor_cpus = 1024\n",
	  "FILE:1: reactor_cpus = 1024; it must be any or up to 64 processors, each once, "
	  "from 0 to 1023, such as 2 or 2-3 or 2,3\n" },
	{ "a priority beyond all", "reactor_priority = 100\n",
	  "FILE:1: reactor_priority = 100; it must be a number from 0 to 99\n" },
	{ "no time to stop", "shutdown_timeout = 0\n",
	  "FILE:1: shutdown_timeout = 0; it must be a number from 1 to 3600\n" },
	{ "long wait", "busy_timeout = 3601\n",
	  "FILE:1: busy_timeout = 3601; it must be a number from 0 to 3600\n" },
	{ "unknown durability", "durability = none\n",
	  "FILE:1: durability = none; it must be full or lazy\n" },
	{ "unknown level", "log_level = 3\n",
	  "FILE:1: log_level = 3; it must be error, warning, info or debug\n" },
	{ "file and device", "file = /dev/shm/x\ndevice = 0\n",
	  "FILE:2: device and file are both set; it must be one or the other\n" },
	{ "channels of a device", "channels = 2\n", "FILE:1: channels is for memory files; it must "
	  "go with file, for devices have it from the driver\n" },
	{ "stride of a device", "device = 1\nstride = 65536\n", "FILE:2: stride is for memory "
	  "files; it must go with file, for devices have it from the driver\n" },
	{ "no channels", "file = x\nchannels = 0\n",
	  "FILE:2: channels = 0; it must be a number from 1 to 64\n" },
	{ "many channels", "file = x\nchannels = 65\n",
	  "FILE:2: channels = 65; it must be a number from 1 to 64\n" },
	{ "stride below a channel", "file = x\nstride = 32768\n",
	  "FILE:2: stride = 32768; it must be a number from 32832 to 16777216\n" },
	{ "stride of no whole pages", "file = x\nstride = 40000\n", "FILE:2: stride = 40000, "
	  "channels do not fit the page size; it must be a multiple of 4096\n" },
	{ "no section name", "[]\n" DATABASE, "FILE:1: not a section; "
	  "it must be " SECTIONS },
	{ "unknown section", "[server x]\ncolour = red\n" DATABASE,
	  "FILE:1: not a section; it must be " SECTIONS },
	{ "open section", "[database x\ncolour = red\n" DATABASE,
	  "FILE:1: not a section; it must be " SECTIONS },
	{ "words behind a section", "[database x] y\n" DATABASE,
	  "FILE:1: not a section; it must be " SECTIONS },
	{ "database without a name", "[database]\n" DATABASE,
	  "FILE:1: not a section; it must be " SECTIONS },
	{ "database of two names", "[database a b]\n" DATABASE, "FILE:1: database a b: "
	  "a name must be 1 to 63 of A-Z a-z 0-9 _ . -\n" },
	{ "database with a long name", "[database " NAME63 "x]\n" DATABASE,
	  "FILE:1: database " NAME63 "x: a name must be 1 to 63 of A-Z a-z 0-9 _ . -\n" },
	{ "database twice", DATABASE "[database w]\nfile = /d/x.db\n",
	  "FILE:4: [database w] is there twice; the first time is in line 1\n" },
	{ "global key in a section", DATABASE "wait = busy\n", "FILE:4: unknown key \"wait\"; "
	  "it is a global key, which must be above the first section\n" },
	{ "unknown key in a section", DATABASE "colour = red\n",
	  "FILE:4: unknown key \"colour\"; " KEYS_PAGE },
	{ "key twice in a section", DATABASE "file = x\n",
	  "FILE:4: file is set twice; the first time is in line 2\n" },
	{ "channel without a number", "[channel]\n" DATABASE,
	  "FILE:1: not a section; it must be " SECTIONS },
	{ "channel of a name", "[channel x]\nwait = busy\n" DATABASE,
	  "FILE:1: channel x: it must be a number from 0 to 4095\n" },
	{ "channel that cannot be served", "[channel 4096]\n" DATABASE,
	  "FILE:1: channel 4096: it must be a number from 0 to 4095\n" },
	{ "channel of many digits", "[channel 00000]\n" DATABASE,
	  "FILE:1: channel 00000: it must be a number from 0 to 4095\n" },
	{ "section of a channel twice", "[channel 0]\n[channel 00]\n" DATABASE,
	  "FILE:2: [channel 00] is there twice; the first time is in line 1\n" },
	{ "channel that is not served", "device = 0,2\n[channel 1]\n" DATABASE,
	  "FILE:2: [channel 1] is not served; device must have it\n" },
	{ "channel behind the last", "file = x\nchannels = 2\n[channel 2]\n" DATABASE,
	  "FILE:3: [channel 2] is not served; channels must have it\n" },
	{ "unknown wait of a channel", "[channel 0]\nwait = fast\n" DATABASE,
	  "FILE:2: wait = fast; " WORDS },
	{ "key of a database for a channel", "[channel 0]\nschema = s\n" DATABASE,
	  "FILE:2: unknown key \"schema\"; it must be in a [database NAME] section\n" },
	{ "global key for a channel", "[channel 0]\nspin = 1\n" DATABASE,
	  "FILE:2: unknown key \"spin\"; it is a global key, which must be above the first "
	  "section\n" },
	{ "long spin", "spin = 100001\n",
	  "FILE:1: spin = 100001; it must be a number from 0 to 100000\n" },
	{ "bad value in a section", DATABASE "durability = maybe\n",
	  "FILE:4: durability = maybe; it must be full or lazy\n" },
	{ "no file", "[database w]\nschema = x\n",
	  "FILE:1: [database w] has no file; it must have file = PATH\n" },
	{ "no schema", "[database w]\nfile = x\n",
	  "FILE:1: [database w] has no schema; it must have schema = PATH\n" },
	{ "one file for two", DATABASE "[database x]\nschema = s\nfile = /d/w.db\n",
	  "FILE:6: file = /d/w.db is that of database w too; a database must have a file of its "
	  "own\n" },
	{ "the memory file for a database", "file = /d/w.db\n" DATABASE,
	  "FILE:3: file = /d/w.db is the memory file too; a database must have a file of its "
	  "own\n" },
	{ "the log for a database", "log = /d/w.db\n" DATABASE,
	  "FILE:3: file = /d/w.db is the log too; a database must have a file of its own\n" },
	{ "empty list", "device = ,\n", NULL },
	{ "list that ends in a comma", "device = 0,\n", NULL },
	{ "open range", "device = 3-\n", NULL },
	{ "range backwards", "device = 3-1\n", NULL },
	{ "range of three", "device = 1-2-3\n", NULL },
	{ "channel twice", "device = 1,0,1\n", NULL },
	{ "channel twice by a range", "device = 0-3,2\n", NULL },
	{ "list of words", "device = all\n", NULL },
	{ "blank in a list", "device = 0, 1\n", NULL },
	{ "channel that cannot be", "device = 4096\n", NULL },
	{ "65 channels", "device = 0-64\n", NULL },
	{ "endless range", "device = 0-4294967295\n", NULL },
};

/* What all refusals of a list of channels say; @text is "device = LIST\n". */
static void device_message(char *out, size_t size, const char *text)
{
	snprintf(out, size, "FILE:1: %.*s; it must be up to 64 channels, each once, from 0 to "
		 "4095, such as 0 or 0-3 or 0,2\n", (int)strcspn(text, "\n"), text);
}

static void refuses(void **state)
{
	const struct refused *test = *state;
	const char *tail = strstr(test->text, "[database ") ? "" : DATABASE;
	char text[10000], message[5000];
	struct outcome *out;

	snprintf(text, sizeof(text), "%s%s", test->text, tail);
	device_message(message, sizeof(message), test->text);
	out = configure_text(text);
	assert_messages(out, test->message ? test->message : message);
	dispose(out);
}

/* Paths and lines of just too many bytes; zeroes, for printf() makes them. */
static void refuses_what_is_too_long(void **state)
{
	char text[9000], message[9000];
	struct outcome *out;

	(void)state;
	snprintf(text, sizeof(text), "file = %0256d\n" DATABASE, 0);
	out = configure_text(text);
	snprintf(message, sizeof(message), "FILE:1: file = %0256d; it must be a path of at most "
		 "255 bytes\n", 0);
	assert_messages(out, message);
	dispose(out);

	snprintf(text, sizeof(text), "log = %04096d\n" DATABASE, 0);
	out = configure_text(text);
	snprintf(message, sizeof(message), "FILE:1: log = %04096d; it must be stderr or a path of "
		 "at most 4095 bytes\n", 0);
	assert_messages(out, message);
	dispose(out);

	snprintf(text, sizeof(text), "control = %0108d\n" DATABASE, 0);
	out = configure_text(text);
	snprintf(message, sizeof(message), "FILE:1: control = %0108d; it must be none or a path of "
		 "at most 107 bytes\n", 0);
	assert_messages(out, message);
	dispose(out);

	snprintf(text, sizeof(text), "log = %08184d\n" DATABASE, 0);
	out = configure_text(text);
	assert_messages(out, "FILE:1: line too long; it must be at most 8189 bytes\n");
	dispose(out);
}

static void takes_what_just_fits(void **state)
{
	char text[9000];
	struct outcome *out;

	(void)state;
	snprintf(text, sizeof(text), "file = %0255d\ncontrol = %0107d\nlog = %04095d\n" DATABASE,
		 0, 0, 0);
	out = configure_text(text);
	assert_messages(out, "");
	assert_int_equal(strlen(out->config->file), 255);
	assert_int_equal(strlen(out->config->control), 107);
	assert_int_equal(strlen(out->config->log), 4095);
	dispose(out);
}

struct bad_option {
	const char *option;
	const char *message;
};

static const struct bad_option bad_options[] = {
	{ "", "-o : no value; it must be KEY=VALUE\n" },
	{ "wait", "-o wait: no value; it must be KEY=VALUE\n" },
	{ "wait=", "-o wait=: wait has no value; " WORDS },
	{ "=busy", "-o =busy: unknown key \"\"; " KEYS_PAGE },
	{ "wait=fast", "-o wait=fast: wait = fast; " WORDS },
	{ "colour=red", "-o colour=red: unknown key \"colour\"; " KEYS_PAGE },
	{ "schema=x", "-o schema=x: unknown key \"schema\"; "
	  "it must be in a [database NAME] section\n" },
	{ "log=;x", "-o log=;x: ';' begins a comment; it must have a line of its own\n" },
	{ "log=a\nb", "-o log=a?b: byte 0x0a at column 6; it must be plain text\n" },
	{ "database.w=x", "-o database.w=x: no key; it must be database.NAME.KEY=VALUE\n" },
	{ "database..file=x", "-o database..file=x: database : "
	  "a name must be 1 to 63 of A-Z a-z 0-9 _ . -\n" },
	{ "database.a/b.file=x", "-o database.a/b.file=x: database a/b: "
	  "a name must be 1 to 63 of A-Z a-z 0-9 _ . -\n" },
	{ "channel.1=x", "-o channel.1=x: no key; it must be channel.N.KEY=VALUE\n" },
	{ "channel.x.wait=busy", "-o channel.x.wait=busy: channel x: it must be a number from 0 "
	  "to 4095\n" },
	{ "server.0.wait=busy", "-o server.0.wait=busy: unknown key \"server.0.wait\"; "
	  KEYS_PAGE },
	{ "database.w.wait=busy", "-o database.w.wait=busy: unknown key \"wait\"; "
	  "it is a global key, which must be above the first section\n" },
	{ "database.w.durability=x", "-o database.w.durability=x: durability = x; "
	  "it must be full or lazy\n" },
};

static void refuses_option(void **state)
{
	const struct bad_option *test = *state;
	struct outcome *out = configure_text(DATABASE);
	char *before = print_config(out->config), *after;

	assert_int_equal(config_set(out->config, test->option), -1);
	fflush(out->errors);
	assert_string_equal(out->text, test->message);
	after = print_config(out->config);
	assert_string_equal(before, after);
	assert_int_equal(config_check(out->config), -1);
	free(before);
	free(after);
	dispose(out);
}

enum { NREFUSED = sizeof(refused) / sizeof(refused[0]) };
enum { NOPTIONS = sizeof(bad_options) / sizeof(bad_options[0]) };

static void add(struct CMUnitTest *test, CMUnitTestFunction function, const void *state,
		const char *name)
{
	test->name = name;
	test->test_func = function;
	test->initial_state = (void *)state;
}

int main(void)
{
	static struct CMUnitTest tests[NREFUSED + NOPTIONS + 2];
	static char names[NREFUSED + NOPTIONS][80];
	int n = 0;

	for (int i = 0; i < NREFUSED; i++, n++) {
		snprintf(names[n], sizeof(names[n]), "refuses %s", refused[i].name);
		add(&tests[n], refuses, &refused[i], names[n]);
	}
	for (int i = 0; i < NOPTIONS; i++, n++) {
		const char *option = bad_options[i].option;

		snprintf(names[n], sizeof(names[n]), "refuses -o \"%.*s\"",
			 (int)strcspn(option, "\n"), option);
		add(&tests[n], refuses_option, &bad_options[i], names[n]);
	}
	add(&tests[n++], refuses_what_is_too_long, NULL, "refuses what is too long");
	add(&tests[n], takes_what_just_fits, NULL, "takes what just fits");
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("config_refused", tests, config_setup, config_teardown);
}
