// SPDX-License-Identifier: GPL-2.0-only
/* What a client can make tfsd write, by the second. The log and the clock are the test's. */
#include <stdio.h>
#include <time.h>

#include "unit.h"
#include "../../tools/tfsd/channel.h"

static uint64_t now_ms;
static unsigned int lines;
static char last[128], before[128];

int __wrap_clock_gettime(clockid_t clock, struct timespec *now);
void __wrap_log_write(enum log_level level, const char *format, ...);

int __wrap_clock_gettime(clockid_t clock, struct timespec *now)
{
	assert_int_equal(clock, CLOCK_MONOTONIC);
	now->tv_sec = (time_t)(now_ms / 1000);
	now->tv_nsec = (long)(now_ms % 1000) * 1000000;
	return 0;
}

void __wrap_log_write(enum log_level level, const char *format, ...)
{
	va_list args;

	(void)level;
	lines++;
	strcpy(before, last);
	va_start(args, format);
	vsnprintf(last, sizeof(last), format, args);
	va_end(args);
}

static void begin(struct channel *channel)
{
	*channel = (struct channel) { .number = 7 };
	now_ms = 5000;
	lines = 0;
}

static void log_many(struct channel *channel, enum log_level level, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		channel_log(channel, level, "line %u", i);
}

static void ten_lines_a_second(void **state)
{
	struct channel channel;

	(void)state;
	begin(&channel);
	log_many(&channel, LOG_LEVEL_WARNING, 5);
	now_ms += 999;
	log_many(&channel, LOG_LEVEL_ERROR, 1000000);
	assert_int_equal(lines, 10);
	assert_string_equal(last, "channel 7: line 4");
}

/* The next second says how many are missing, and has ten of its own. */
static void the_rest_is_counted(void **state)
{
	struct channel channel;

	(void)state;
	begin(&channel);
	log_many(&channel, LOG_LEVEL_INFO, 13);
	now_ms += 1000;
	lines = 0;
	channel_log(&channel, LOG_LEVEL_DEBUG, "nothing is counted for this one");
	assert_int_equal(lines, 1);
	channel_log(&channel, LOG_LEVEL_INFO, "news");
	assert_int_equal(lines, 3);
	assert_string_equal(before, "channel 7: 3 more lines like these");
	assert_string_equal(last, "channel 7: news");
	log_many(&channel, LOG_LEVEL_INFO, 20);
	assert_int_equal(lines, 12);
	now_ms += 1000;
	channel_log(&channel, LOG_LEVEL_INFO, "news");
	assert_int_equal(lines, 14);
	now_ms += 1000;
	channel_log(&channel, LOG_LEVEL_INFO, "news");
	assert_int_equal(lines, 15);
}

/* One channel's client cannot silence another's. */
static void channels_count_by_themselves(void **state)
{
	struct channel one, other;

	(void)state;
	begin(&one);
	begin(&other);
	log_many(&one, LOG_LEVEL_INFO, 100);
	lines = 0;
	log_many(&other, LOG_LEVEL_INFO, 3);
	assert_int_equal(lines, 3);
}

static void debug_has_no_limit(void **state)
{
	struct channel channel;

	(void)state;
	begin(&channel);
	log_many(&channel, LOG_LEVEL_DEBUG, 100);
	assert_int_equal(lines, 100);
	log_many(&channel, LOG_LEVEL_INFO, 10);
	assert_int_equal(lines, 110);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ten_lines_a_second),
		cmocka_unit_test(the_rest_is_counted),
		cmocka_unit_test(channels_count_by_themselves),
		cmocka_unit_test(debug_has_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
