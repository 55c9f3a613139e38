// SPDX-License-Identifier: GPL-2.0-only
/*
 * Clients of the control socket, most of whom behave badly
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../tools/tfsd/control.h"
#include "../../tools/tfsd/log.h"
#include "unit.h"

/* More than a socket holds. */
#define BIG	(4u << 20)

static char dir[32];
static char path[64];
static struct loop loop;
static struct control *control;
static uint64_t skew_ns;

/* What the handler was asked, and how it answers. */
static unsigned int asked;
static size_t table_size;
static bool answer_later;
static uint64_t who;

uint64_t __real_oc_clock_ns(void);
uint64_t __wrap_oc_clock_ns(void);

uint64_t __wrap_oc_clock_ns(void)
{
	return __real_oc_clock_ns() + skew_ns;
}

static void answer(struct control_client *client)
{
	char *table = malloc(table_size + 1);

	memset(table, 'x', table_size);
	control_answer(client, table, table_size, NULL);
}

static void handle(struct control_handler *handler, struct control_client *client,
		   const struct control_request *request)
{
	(void)handler;
	asked++;
	who = control_client_id(client);
	if (request->verb == CONTROL_KILL)
		control_answer(client, NULL, 0, "not that one");
	else if (!answer_later)
		answer(client);
}

static struct control_handler handler = { handle };

static int setup(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/tfs-control-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/control", dir);
	log_set_level(LOG_LEVEL_ERROR);
	asked = 0;
	table_size = 0;
	answer_later = false;
	skew_ns = 0;
	assert_status(loop_init(&loop), OC_OK);
	assert_status(control_open(&control, &loop, path, &handler), OC_OK);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	control_close(control);
	loop_close(&loop);
	return rmdir(dir);
}

static void stop(struct loop_timer *timer)
{
	(void)timer;
	loop_stop(&loop);
}

/* The loop for some milliseconds: it does what there is to do in less. */
static void run(void)
{
	struct loop_timer timer = { .fire = stop };

	loop_set_timer(&loop, &timer, __wrap_oc_clock_ns() + 5 * LOOP_MS);
	assert_status(loop_run(&loop), OC_OK);
}

static int dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, path);
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	run();
	return fd;
}

static void say(int fd, const char *text)
{
	assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
	run();
}

/* All that is there; "" also at the end, which is told by errno: 0. */
static const char *hear(int fd)
{
	static char text[4096];
	ssize_t n;

	errno = 0;
	n = recv(fd, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static void expect_closed(int fd)
{
	assert_string_equal(hear(fd), "");
	assert_true(errno == 0 || errno == ECONNRESET);
	close(fd);
}

static void expect_silence(int fd)
{
	assert_string_equal(hear(fd), "");
	assert_int_equal(errno, EAGAIN);
}

static void test_a_conversation(void **state)
{
	int fd = dial();

	(void)state;
	table_size = 3;
	say(fd, "dump\n");
	assert_string_equal(hear(fd), "xxxOK\n");
	table_size = 0;
	say(fd, "cancel 5\n");
	assert_string_equal(hear(fd), "OK\n");
	say(fd, "kill 5\n");
	assert_string_equal(hear(fd), "ERROR not that one\n");
	say(fd, "what\n");
	assert_string_equal(hear(fd), "ERROR no such verb\n");
	assert_int_equal(asked, 3);
	close(fd);
	run();
	assert_null(control_find(control, who));
}

static void test_half_lines(void **state)
{
	int fd = dial();

	(void)state;
	say(fd, "du");
	expect_silence(fd);
	say(fd, "mp");
	say(fd, "\nki");
	assert_string_equal(hear(fd), "OK\n");
	expect_silence(fd);
	say(fd, "ll 1\n");
	assert_string_equal(hear(fd), "ERROR not that one\n");
	close(fd);
}

/* Many lines at once, and then nothing more: each is answered. */
static void test_lines_and_the_end(void **state)
{
	int fd = dial();

	(void)state;
	say(fd, "dump\ndump\nkill 7\ndump");
	shutdown(fd, SHUT_WR);
	run();
	assert_string_equal(hear(fd), "OK\nOK\nERROR not that one\n");
	assert_int_equal(asked, 3);
	expect_closed(fd);
}

/* Who asks all the time keeps nobody else waiting. */
static void test_a_flood(void **state)
{
	int flood = dial(), other = dial();
	char lines[5 * 20000 + 1];

	(void)state;
	for (int i = 0; i < 20000; i++)
		memcpy(lines + 5 * i, "dump\n", 6);
	assert_true(send(flood, lines, sizeof(lines) - 1, MSG_NOSIGNAL) > 10000);
	for (int i = 0; i < 100; i++) {
		say(other, "kill 1\n");
		assert_string_equal(hear(other), "ERROR not that one\n");
	}
	close(flood);
	run();
	say(other, "kill 1\n");
	assert_string_equal(hear(other), "ERROR not that one\n");
	close(other);
}

static void test_a_long_line(void **state)
{
	int fd = dial();
	char line[CONTROL_LINE_MAX + 1];

	(void)state;
	memset(line, 'x', sizeof(line));
	line[CONTROL_LINE_MAX - 1] = '\n';
	line[CONTROL_LINE_MAX] = '\0';
	say(fd, line);
	assert_string_equal(hear(fd), "ERROR no such verb\n");
	line[CONTROL_LINE_MAX - 1] = 'x';
	say(fd, line);
	assert_string_equal(hear(fd), "ERROR the line is too long\n");
	expect_closed(fd);
	assert_int_equal(asked, 0);
}

static size_t drain(int fd)
{
	static char buffer[65536];
	size_t total = 0;
	ssize_t n;

	while ((n = recv(fd, buffer, sizeof(buffer), 0)) > 0 || (n < 0 && errno == EAGAIN)) {
		if (n < 0)
			run();
		else
			total += (size_t)n;
		if (n >= 3 && !memcmp(buffer + n - 3, "OK\n", 3))
			break;
	}
	return total;
}

static void test_a_slow_reader(void **state)
{
	int slow = dial(), other = dial();

	(void)state;
	table_size = BIG;
	say(slow, "dump\n");
	table_size = 0;
	say(other, "dump\n");
	assert_string_equal(hear(other), "OK\n");
	assert_int_equal(drain(slow), BIG + 3);
	say(slow, "dump\n");
	assert_string_equal(hear(slow), "OK\n");
	close(slow);
	close(other);
}

static void test_who_does_not_read(void **state)
{
	int fd = dial(), other;

	(void)state;
	table_size = BIG;
	say(fd, "dump\n");
	skew_ns = CONTROL_PATIENCE_NS;
	run();
	assert_null(control_find(control, who));
	assert_true(drain(fd) < BIG);
	close(fd);
	table_size = 0;
	other = dial();
	say(other, "dump\n");
	assert_string_equal(hear(other), "OK\n");
	close(other);
}

/* A byte now and then does not make a line. */
static void test_who_does_not_ask(void **state)
{
	int silent = dial(), slow = dial();

	(void)state;
	for (int i = 0; i < 4; i++) {
		skew_ns += CONTROL_PATIENCE_NS / 5;
		say(slow, "d");
		expect_silence(slow);
	}
	skew_ns += CONTROL_PATIENCE_NS / 5;
	run();
	expect_closed(silent);
	expect_closed(slow);
}

static void test_gone_in_the_middle(void **state)
{
	int fd = dial(), other = dial();

	(void)state;
	table_size = BIG;
	say(fd, "dump\n");
	close(fd);
	run();
	assert_null(control_find(control, who));
	fd = dial();
	say(fd, "dum");
	close(fd);
	run();
	table_size = 0;
	say(other, "dump\n");
	assert_string_equal(hear(other), "OK\n");
	close(other);
}

static void test_too_many(void **state)
{
	int fds[CONTROL_CLIENTS_MAX], extra;

	(void)state;
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		fds[i] = dial();
	for (int i = 0; i < 3; i++) {
		extra = dial();
		assert_string_equal(hear(extra), "ERROR too many connections\n");
		expect_closed(extra);
	}
	say(fds[CONTROL_CLIENTS_MAX - 1], "dump\n");
	assert_string_equal(hear(fds[CONTROL_CLIENTS_MAX - 1]), "OK\n");
	close(fds[0]);
	run();
	fds[0] = dial();
	say(fds[0], "dump\n");
	assert_string_equal(hear(fds[0]), "OK\n");
	for (int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		close(fds[i]);
}

/* The answer comes when the client has gone, or has another request on its way. */
static void test_later(void **state)
{
	int fd = dial();

	(void)state;
	answer_later = true;
	say(fd, "dump\n");
	say(fd, "kill 1\n");
	expect_silence(fd);
	skew_ns = 2 * CONTROL_PATIENCE_NS;
	run();
	expect_silence(fd);
	assert_int_equal(asked, 1);
	answer(control_find(control, who));
	run();
	assert_string_equal(hear(fd), "OK\nERROR not that one\n");
	say(fd, "dump\n");
	close(fd);
	run();
	if (control_find(control, who))
		answer(control_find(control, who));
	run();
	assert_null(control_find(control, who));
}

/* A client that waits may send more than there is room for; it is taken afterwards. */
static void test_more_while_it_waits(void **state)
{
	char lines[100 * 7 + 1];
	int fd = dial();

	(void)state;
	for (int i = 0; i < 100; i++)
		memcpy(lines + 7 * i, "kill 1\n", 8);
	answer_later = true;
	say(fd, "dump\n");
	say(fd, lines);
	expect_silence(fd);
	answer(control_find(control, who));
	run();
	assert_string_equal(strncmp(hear(fd), "OK\nERROR", 8) ? "other" : "first", "first");
	for (int i = 0; i < 100 && asked < 101; i++)
		run();
	assert_int_equal(asked, 101);
	close(fd);
}

static void test_an_answer_that_is_too_long(void **state)
{
	char error[2 * CONTROL_LINE_MAX];
	int fd = dial();

	(void)state;
	memset(error, 'e', sizeof(error));
	error[sizeof(error) - 1] = '\0';
	answer_later = true;
	say(fd, "dump\n");
	control_answer(control_find(control, who), NULL, 0, error);
	run();
	assert_int_equal(strlen(hear(fd)), CONTROL_LINE_MAX - 1);
	close(fd);
}

/* Without descriptors nobody is let in, nor does the loop spin; later they are. */
static void test_no_descriptor(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct rlimit before, none;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	(void)state;
	strcpy(address.sun_path, path);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
	assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	run();
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	say(fd, "dump\n");
	expect_silence(fd);
	skew_ns = LOOP_SECOND;
	run();
	run();
	assert_string_equal(hear(fd), "OK\n");
	close(fd);
}

static void test_closed_with_clients(void **state)
{
	int idle, waits;

	assert_int_equal(setup(state), 0);
	idle = dial();
	waits = dial();
	answer_later = true;
	say(waits, "dump\n");
	assert_int_equal(teardown(state), 0);
	expect_closed(idle);
	expect_closed(waits);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_conversation),
		TEST(test_half_lines),
		TEST(test_lines_and_the_end),
		TEST(test_a_flood),
		TEST(test_a_long_line),
		TEST(test_a_slow_reader),
		TEST(test_who_does_not_read),
		TEST(test_who_does_not_ask),
		TEST(test_gone_in_the_middle),
		TEST(test_too_many),
		TEST(test_later),
		TEST(test_more_while_it_waits),
		TEST(test_an_answer_that_is_too_long),
		TEST(test_no_descriptor),
		cmocka_unit_test(test_closed_with_clients),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
