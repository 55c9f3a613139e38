// SPDX-License-Identifier: GPL-2.0-only
/* test_region.c: channels of a memory file, and who may have them */
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "region_fixture.h"

static void client_is_told_everything(void **state)
{
	struct oc_region region = get(oc_region_open, 1);

	(void)state;
	assert_non_null(region.base);
	assert_ptr_equal(region.line, region.base);
	assert_int_equal(region.size, STRIDE);
	assert_int_equal(region.channel, 1);
	assert_int_equal(region.owner, 0x4c000001);
	assert_int_equal(fcntl(region.fd, F_GETFD), FD_CLOEXEC);
	oc_region_close(&region);
}

static void both_see_one_memory(void **state)
{
	struct oc_region server = get(oc_region_open_server, 1);
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		struct oc_uri uri = uri_of(path, 1);
		struct oc_region client;

		if (oc_region_open(&client, &uri) != OC_OK)
			_exit(1);
		((volatile uint32_t *)client.base)[STRIDE / 4 - 1] = 0x12345678;
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(((volatile uint32_t *)server.base)[STRIDE / 4 - 1], 0x12345678);
	oc_region_close(&server);
}

static void channels_lie_apart(void **state)
{
	struct oc_region zero = get(oc_region_open, 0);
	struct oc_region one = get(oc_region_open, 1);
	uint32_t word = 0;
	int fd = open(path, O_RDONLY);

	(void)state;
	*(volatile uint32_t *)zero.base = 0x11111111;
	*(volatile uint32_t *)one.base = 0x22222222;
	assert_int_equal(pread(fd, &word, 4, 0), 4);
	assert_int_equal(word, 0x11111111);
	assert_int_equal(pread(fd, &word, 4, STRIDE), 4);
	assert_int_equal(word, 0x22222222);
	close(fd);
	oc_region_close(&zero);
	oc_region_close(&one);
}

static void second_server_is_refused(void **state)
{
	pid_t pid = hold(oc_region_open_server, 0, 60000);

	(void)state;
	refused(oc_region_open_server, path, 0, OC_ESERVER_INTERFERENCE, 0);
	end(pid);
}

static void second_client_is_refused(void **state)
{
	pid_t pid = hold(oc_region_open, 0, 60000);

	(void)state;
	refused(oc_region_open, path, 0, OC_EBUSY, 0);
	end(pid);
}

static void second_server_in_one_process_is_refused(void **state)
{
	struct oc_region region = get(oc_region_open_server, 0);

	(void)state;
	refused(oc_region_open_server, path, 0, OC_ESERVER_INTERFERENCE, 0);
	oc_region_close(&region);
}

static void roles_and_channels_are_apart(void **state)
{
	struct oc_region regions[] = {
		get(oc_region_open_server, 0), get(oc_region_open, 0),
		get(oc_region_open_server, 1), get(oc_region_open, 1),
	};

	(void)state;
	for (int i = 0; i < 4; i++)
		oc_region_close(&regions[i]);
}

/* Other kinds of record locks would be lost here. */
static void role_survives_another_descriptor(void **state)
{
	struct oc_region region = get(oc_region_open_server, 0);
	int status = 1;
	pid_t pid;

	(void)state;
	close(open(path, O_RDWR));
	pid = fork();
	if (!pid) {
		struct oc_uri uri = uri_of(path, 0);

		_exit(oc_region_open_server(&region, &uri) != OC_ESERVER_INTERFERENCE);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	oc_region_close(&region);
}

static void close_gives_the_role_back(void **state)
{
	struct oc_region region = get(oc_region_open_server, 0);

	(void)state;
	errno = ENOTTY;
	oc_region_close(&region);
	assert_int_equal(errno, ENOTTY);
	assert_closed(&region);
	oc_region_close(&region);	/* again: nothing happens */
	region = get(oc_region_open_server, 0);
	oc_region_close(&region);
}

static void kill_gives_the_role_back(void **state)
{
	struct oc_region region;
	pid_t server = hold(oc_region_open_server, 0, 60000);
	pid_t client = hold(oc_region_open, 0, 60000);

	(void)state;
	end(server);
	end(client);
	region = get(oc_region_open_server, 0);
	oc_region_close(&region);
	region = get(oc_region_open, 0);
	oc_region_close(&region);
}

static void server_waits_for_one_that_goes(void **state)
{
	pid_t pid = hold(oc_region_open_server, 0, 30);
	struct oc_region region = get(oc_region_open_server, 0);

	(void)state;
	oc_region_close(&region);
	end(pid);
}

static void server_does_not_wait_for_ever(void **state)
{
	pid_t pid = hold(oc_region_open_server, 0, 60000);
	struct timespec from, to;
	long ms;

	(void)state;
	clock_gettime(CLOCK_MONOTONIC, &from);
	refused(oc_region_open_server, path, 0, OC_ESERVER_INTERFERENCE, 0);
	clock_gettime(CLOCK_MONOTONIC, &to);
	end(pid);
	ms = (to.tv_sec - from.tv_sec) * 1000 + (to.tv_nsec - from.tv_nsec) / 1000000;
	assert_in_range(ms, 90, 5000);
}

static void first_free_channel_is_found(void **state)
{
	struct oc_region first = get(oc_region_open, -1);
	struct oc_region second = get(oc_region_open, -1);

	(void)state;
	assert_int_equal(first.channel, 0);
	assert_int_equal(second.channel, 1);
	assert_int_equal(second.owner, 0x4c000001);
	refused(oc_region_open, path, -1, OC_ENOCHANNEL, 0);
	oc_region_close(&first);
	first = get(oc_region_open, -1);
	assert_int_equal(first.channel, 0);
	oc_region_close(&first);
	oc_region_close(&second);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		REGION_TEST(client_is_told_everything),
		REGION_TEST(both_see_one_memory),
		REGION_TEST(channels_lie_apart),
		REGION_TEST(second_server_is_refused),
		REGION_TEST(second_client_is_refused),
		REGION_TEST(second_server_in_one_process_is_refused),
		REGION_TEST(roles_and_channels_are_apart),
		REGION_TEST(role_survives_another_descriptor),
		REGION_TEST(close_gives_the_role_back),
		REGION_TEST(kill_gives_the_role_back),
		REGION_TEST(server_waits_for_one_that_goes),
		REGION_TEST(server_does_not_wait_for_ever),
		REGION_TEST(first_free_channel_is_found),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("region", tests, make_directory,
					   remove_directory);
}
