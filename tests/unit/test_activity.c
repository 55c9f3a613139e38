// SPDX-License-Identifier: GPL-2.0-only
/*
 * What channels, sessions and threads tell about themselves
 */
#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "../../tools/tfsd/activity_thread.h"
#include "unit.h"

static struct activity_channel channel;

static int setup(void **state)
{
	(void)state;
	memset(&channel, 0, sizeof(channel));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	activity_channel_free(&channel);
	return 0;
}

static void test_names(void **state)
{
	(void)state;
	for (uint32_t i = 1; i < ACTIVITY_WAITS; i++) {
		assert_int_not_equal(activity_wait_name(i)->type[0], '\0');
		assert_int_not_equal(activity_wait_name(i)->name[0], '\0');
		for (uint32_t j = 0; j < i; j++)
			assert_string_not_equal(activity_wait_name(i)->name,
						activity_wait_name(j)->name);
	}
	assert_string_equal(activity_wait_name(ACTIVITY_NOTHING)->name, "");
	assert_string_equal(activity_wait_name(ACTIVITY_WAITS)->name, "");
	assert_string_equal(activity_wait_name(UINT32_MAX)->type, "");
}

static void test_a_session(void **state)
{
	struct activity_session *session, copy;

	(void)state;
	session = activity_session_begin(&channel, 7, 0x5ea);
	assert_non_null(session);
	activity_session_database(session, "weather");
	activity_session_transaction(session, true);
	assert_ptr_equal(activity_session_first(&channel), session);
	assert_null(activity_session_next(session));
	assert_true(activity_session_read(session, &copy));
	assert_int_equal(copy.id, 7);
	assert_int_equal(copy.client_id, 0x5ea);
	assert_string_equal(copy.database, "weather");
	assert_int_equal(copy.wait, ACTIVITY_CLIENT_READ);
	assert_int_not_equal(copy.transaction_ms, 0);
	assert_int_not_equal(copy.since_ms, 0);
	assert_int_equal(copy.requests, 0);
}

static void test_a_record_is_used_again(void **state)
{
	struct activity_session *first, *second, copy;

	(void)state;
	first = activity_session_begin(&channel, 7, 1);
	second = activity_session_begin(&channel, 8, 2);
	assert_ptr_not_equal(first, second);
	activity_session_database(first, "weather");
	activity_session_transaction(first, true);
	activity_session_end(&channel, first);
	assert_false(activity_session_read(first, &copy));
	assert_ptr_equal(activity_session_begin(&channel, 9, 3), first);
	assert_true(activity_session_read(first, &copy));
	assert_int_equal(copy.id, 9);
	assert_int_equal(copy.client_id, 3);
	assert_null(copy.database);
	assert_int_equal(copy.transaction_ms, 0);
	assert_true(activity_session_read(second, &copy));
	assert_int_equal(copy.id, 8);
}

static void test_a_request(void **state)
{
	struct activity_session *session = activity_session_begin(&channel, 0xfffffff7, 1), copy;
	struct activity_request request;
	uint32_t serial;

	(void)state;
	activity_channel_read(&channel, &request);
	assert_false(request.active);
	serial = request.serial;
	activity_request_begin(&channel, session, 0xfff9);
	activity_request_works(&channel);
	activity_request_wait(&channel, ACTIVITY_WAL_SYNC);
	activity_request_wait(&channel, ACTIVITY_FILE_LOCK);
	activity_channel_read(&channel, &request);
	assert_true(request.active);
	assert_int_equal(request.session, 0xfffffff7);
	assert_int_equal(request.op, 0xfff9);
	assert_int_equal(request.wait, ACTIVITY_FILE_LOCK);
	assert_int_equal(request.serial, serial + 1);
	assert_int_not_equal(request.since_ms, 0);
	activity_request_end(&channel);
	activity_channel_read(&channel, &request);
	assert_false(request.active);
	assert_int_equal(request.session, 0);
	assert_true(activity_session_read(session, &copy));
	assert_int_equal(copy.requests, 1);
}

/* The clock is read when there is nothing else to do. */
static void test_idle_since(void **state)
{
	struct activity_session *session = activity_session_begin(&channel, 1, 1), copy;
	struct activity_request request;

	(void)state;
	activity_request_begin(&channel, session, 1);
	activity_request_end(&channel);
	session->since_ms = 1;
	activity_settle(&channel);
	assert_true(activity_session_read(session, &copy));
	activity_channel_read(&channel, &request);
	assert_true(copy.since_ms > 1);
	assert_int_equal(copy.since_ms, request.since_ms);
	session->since_ms = 1;
	activity_settle(&channel);
	assert_true(activity_session_read(session, &copy));
	assert_int_equal(copy.since_ms, 1);
}

/* One that ends with its session, and the next one follows at once. */
static void test_a_session_that_ends_in_its_request(void **state)
{
	struct activity_session *session = activity_session_begin(&channel, 1, 1);

	(void)state;
	activity_request_begin(&channel, session, 3);
	activity_session_end(&channel, session);
	activity_request_end(&channel);
	session->since_ms = 1;
	activity_request_begin(&channel, NULL, 1);
	assert_int_equal(session->since_ms, 1);
}

/* Why a request was refused is what the session waits for until its next request. */
static void test_refused(void **state)
{
	struct activity_session *session = activity_session_begin(&channel, 1, 1), copy;

	(void)state;
	activity_session_wait(&channel, ACTIVITY_TABLE_LOCK);
	activity_request_begin(&channel, session, 6);
	activity_session_wait(&channel, ACTIVITY_TABLE_LOCK);
	activity_request_end(&channel);
	assert_true(activity_session_read(session, &copy));
	assert_int_equal(copy.wait, ACTIVITY_TABLE_LOCK);
	activity_request_begin(&channel, session, 6);
	assert_true(activity_session_read(session, &copy));
	assert_int_equal(copy.wait, ACTIVITY_CLIENT_READ);
}

static bool stop_reading;

/* What belongs together is never mixed: the numbers that are written follow from the id. */
static void *read_all(void *arg)
{
	uint64_t *seen = arg;
	struct activity_session copy;
	struct activity_request request;

	while (!__atomic_load_n(&stop_reading, __ATOMIC_ACQUIRE)) {
		for (struct activity_session *s = activity_session_first(&channel); s;
		     s = activity_session_next(s)) {
			if (!activity_session_read(s, &copy))
				continue;
			seen[0]++;
			seen[1] += copy.client_id != copy.id * 3ull;
		}
		activity_channel_read(&channel, &request);
		if (request.active)
			seen[2] += request.op != (request.session & 0xffff) ||
				   request.serial != request.session;
	}
	return NULL;
}

static void test_a_reader_meanwhile(void **state)
{
	uint64_t seen[3] = { 0 };
	struct activity_session *old[3] = { NULL };
	pthread_t reader;

	(void)state;
	stop_reading = false;
	assert_int_equal(pthread_create(&reader, NULL, read_all, seen), 0);
	for (uint32_t id = 1; id < 3000000; id++) {
		struct activity_session **slot = &old[id % 3];

		if (*slot)
			activity_session_end(&channel, *slot);
		*slot = activity_session_begin(&channel, id, id * 3ull);
		activity_request_begin(&channel, *slot, id & 0xffff);
		activity_request_end(&channel);
	}
	__atomic_store_n(&stop_reading, true, __ATOMIC_RELEASE);
	pthread_join(reader, NULL);
	assert_int_equal(seen[1], 0);
	assert_int_equal(seen[2], 0);
}

struct found {
	unsigned int threads;
	char names[4][ACTIVITY_THREAD_NAME_MAX + 1];
	uint8_t wait[4];
	uint64_t cpu_ms[4];
};

static void note(void *ctx, const struct activity_thread_view *view)
{
	struct found *found = ctx;

	assert_true(found->threads < 4);
	strcpy(found->names[found->threads], view->name);
	found->wait[found->threads] = view->wait;
	found->cpu_ms[found->threads++] = view->cpu_ms;
}

static pthread_barrier_t steps;

static void *be_a_thread(void *arg)
{
	struct activity_thread self;

	activity_thread_begin(&self, arg);
	activity_wait_begin(ACTIVITY_JOB);
	pthread_barrier_wait(&steps);
	pthread_barrier_wait(&steps);
	activity_wait_end();
	pthread_barrier_wait(&steps);
	pthread_barrier_wait(&steps);
	activity_thread_end(&self);
	return NULL;
}

static void test_threads(void **state)
{
	struct activity_thread self;
	struct found found = { 0 };
	char name[200];
	pthread_t thread;

	(void)state;
	memset(name, 'x', sizeof(name));
	name[199] = '\0';
	activity_wait_begin(ACTIVITY_JOB);	/* by who is no thread: nothing happens */
	activity_wait_end();
	activity_threads(note, &found);
	assert_int_equal(found.threads, 0);
	activity_thread_begin(&self, "main");
	pthread_barrier_init(&steps, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, be_a_thread, name), 0);
	pthread_barrier_wait(&steps);
	activity_threads(note, &found);
	assert_int_equal(found.threads, 2);
	assert_string_equal(found.names[0], "main");
	assert_int_equal(strlen(found.names[1]), ACTIVITY_THREAD_NAME_MAX);
	assert_int_equal(found.wait[0], ACTIVITY_NOTHING);
	assert_int_equal(found.wait[1], ACTIVITY_JOB);
	assert_true(found.cpu_ms[1] < 60000);
	pthread_barrier_wait(&steps);
	pthread_barrier_wait(&steps);
	found.threads = 0;
	activity_threads(note, &found);
	assert_int_equal(found.wait[1], ACTIVITY_NOTHING);
	pthread_barrier_wait(&steps);
	pthread_join(thread, NULL);
	found.threads = 0;
	activity_threads(note, &found);
	assert_int_equal(found.threads, 1);
	activity_thread_end(&self);
	pthread_barrier_destroy(&steps);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		TEST(test_a_session),
		TEST(test_a_record_is_used_again),
		TEST(test_a_request),
		TEST(test_idle_since),
		TEST(test_a_session_that_ends_in_its_request),
		TEST(test_refused),
		TEST(test_a_reader_meanwhile),
		cmocka_unit_test(test_threads),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
