// SPDX-License-Identifier: GPL-2.0-only
/* Taking a request back from a server that is silent, dies or lies, or after a takeover */
#include "cancel_fixture.h"

/* How long a silent server is waited for: for the timeout, and then 100 ms at most. */
static void test_silent_server(void **state)
{
	static const int32_t timeouts[] = { 10, 100, 700 };

	(void)state;
	for (unsigned int i = 0; i < 3; i++) {
		uint32_t more = timeouts[i] < 100 ? timeouts[i] : 100;
		struct pair *pair = begin(STOPS, 0);
		uint32_t from = pair->now_us, took;

		oc_channel_set_timeout(&pair->client, timeouts[i]);
		pair->mute = true;
		assert_status(pair_call(pair, &pair->client, SIZE, 1), OC_ETIMEOUT);
		took = pair->now_us - from;
		assert_true(took >= (timeouts[i] + more) * 1000);
		assert_true(took <= (timeouts[i] + more) * 1000 + 2 * 16 * 100);
		assert_true(oc_channel_draining(&pair->client));

		/* The next one waits for the first one's end, and no longer than it may. */
		from = pair->now_us;
		assert_status(pair_call(pair, &pair->client, 8, 2), OC_ETIMEOUT);
		assert_true(pair->now_us - from <= (uint32_t)timeouts[i] * 1000 + 16 * 100);
		assert_true(oc_channel_draining(&pair->client));
		pair->mute = false;
		work.turns = 0;
		assert_status(pair_call(pair, &pair->client, 8, 3), OC_OK);
		expect_echo(pair, 8, 3);
		assert_int_equal(work.executed, 1);
		assert_int_equal(work.cancelled, 1);
		pair_free(pair);
	}
}

/* The server dies with a request that was taken back; another waits behind it. */
static void test_server_dies_before_the_next(void **state)
{
	struct pair *pair = begin(STOPS, 5);
	uint64_t request[LENGTH / 8], second[LENGTH / 8];

	(void)state;
	pair_request(request, 8, 1);
	assert_status(oc_channel_start(&pair->client, (void *)request, NULL, 0), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	oc_channel_give_up(&pair->client);
	start(pair, second, 2);
	pair_header(pair)->server_word &= ~TFS_SHM_POLL_SW_READY;
	assert_status(oc_channel_poll(&pair->client), OC_ESERVER_RESTARTED);
	assert_true(oc_channel_lost_on_write(&pair->client));
	pair_free(pair);
}

/* Sends a part, or all of it; takes it back; then the server dies. */
static void server_dies(unsigned int packets, bool another)
{
	struct pair *pair = begin(STOPS, 5);
	uint64_t request[LENGTH / 8];

	start(pair, request, 1);
	for (unsigned int i = 0; i < packets; i++) {
		assert_status(oc_channel_poll(&pair->client), OC_PENDING);
		serve(pair);
	}
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	if (another)
		pair_start_server(pair);
	else
		pair_header(pair)->server_word &= ~TFS_SHM_POLL_SW_READY;
	assert_status(oc_channel_poll(&pair->client), OC_ESERVER_RESTARTED);
	assert_int_equal(oc_channel_lost_on_write(&pair->client), packets < 4);
	assert_false(oc_channel_draining(&pair->client));
	assert_status(oc_channel_cancel(&pair->client), OC_EDETACHED);
	if (!another)
		pair_start_server(pair);
	work.works = false;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
	expect_clean(pair);
	pair_free(pair);
}

static void test_server_dies(void **state)
{
	(void)state;
	for (unsigned int packets = 1; packets <= 4; packets++) {
		server_dies(packets, false);
		server_dies(packets, true);
	}
}

/* The channel is another's: its word is not ours to write. */
static void test_channel_was_lost(void **state)
{
	struct pair *pair = begin(STOPS, 5);
	struct oc_channel successor = { .state = 0 };
	uint64_t request[LENGTH / 8];
	uint32_t word;

	(void)state;
	start(pair, request, 1);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_status(pair_attach(pair, &successor, PAIR_OWNER, 100), OC_OK);
	word = pair_header(pair)->client_word;
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	assert_int_equal(pair_header(pair)->client_word, word);
	assert_status(oc_channel_poll(&pair->client), OC_EINTERFERENCE);
	pair_free(pair);
}

/* A client that has taken back @packets of its request and found @size in size_from_tfs. */
static void expect_lie(unsigned int packets, uint32_t size, int32_t answer)
{
	struct pair *pair = begin(STOPS, 0);
	const struct oc_msg msg = { HEADER, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, answer, 0 };
	uint64_t request[LENGTH / 8];

	start(pair, request, 1);
	for (unsigned int i = 0; i < packets; i++) {
		assert_status(oc_channel_poll(&pair->client), OC_PENDING);
		pair_header(pair)->size_to_tfs = 0;
	}
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	memcpy(pair_buffer(pair), &msg, sizeof(msg));
	pair_header(pair)->size_from_tfs = size;
	assert_status(oc_channel_poll(&pair->client), OC_EPROTOCOL);
	assert_status(oc_channel_poll(&pair->client), OC_EDETACHED);
	assert_true(pair_header(pair)->client_word & TFS_SHM_POLL_CW_DETACHED);
	pair_free(pair);
}

static void test_lies(void **state)
{
	(void)state;
	expect_lie(4, OC_PACKET_CUT, 0);	/* nothing came that could be cut */
	expect_lie(1, OC_PACKET_CUT, 0);
	expect_lie(1, HEADER, OC_OK);		/* it cannot have executed a part */
	expect_lie(1, HEADER, OC_EPROTOCOL);	/* a further packet may lie there */
	expect_lie(3, HEADER, OC_ETOOBIG);
	expect_lie(4, 9, OC_ECANCELLED);
}

/* A cut in a response that nobody has taken back. */
static void test_cut_uncalled_for(void **state)
{
	struct pair *pair = begin(FINISHES, 0);
	uint64_t request[LENGTH / 8];

	(void)state;
	start(pair, request, 1);
	while (!pair_header(pair)->size_from_tfs) {
		assert_status(oc_channel_poll(&pair->client), OC_PENDING);
		serve(pair);
	}
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	pair_header(pair)->size_from_tfs = OC_PACKET_CUT;
	assert_status(oc_channel_poll(&pair->client), OC_EPROTOCOL);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_server_dies_before_the_next),
		cmocka_unit_test(test_server_dies),
		cmocka_unit_test(test_channel_was_lost),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_cut_uncalled_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
