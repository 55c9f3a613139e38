// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a call waits: not at all, for its timeout and no longer, for ever
 */
#include "pair.h"
#include "unit.h"

#define TURN_US		100u	/* of pair.h's pause */
#define TIMEOUT_MS	30
#define MOST_US		(TIMEOUT_MS * 1000 + 16 * TURN_US)

static unsigned int pauses;
static int (*pair_pause)(void *ctx, uint32_t turn);
static uint32_t turns[4];

static int count_pause(void *ctx, uint32_t turn)
{
	if (pauses < sizeof(turns) / sizeof(turns[0]))
		turns[pauses] = turn;
	pauses++;
	return pair_pause(ctx, turn);
}

static void count_pauses(struct pair *pair)
{
	pauses = 0;
	pair_pause = pair->client_port.pause;
	pair->client_port.pause = count_pause;
}

static void expect_timeout(struct pair *pair, uint32_t from)
{
	assert_true(pair->now_us - from >= TIMEOUT_MS * 1000);
	assert_true(pair->now_us - from <= MOST_US);
}

static void test_timeout_0_looks_once(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel other = { .state = 0 };

	(void)state;
	count_pauses(pair);
	assert_status(pair_attach(pair, &other, PAIR_OWNER, 0), OC_ETIMEOUT);
	assert_int_equal(pair->grants, 1);
	assert_status(oc_channel_set_timeout(&pair->client, 0), OC_OK);
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	assert_int_equal(pair_header(pair)->size_to_tfs, sizeof(struct oc_msg) + 8);
	assert_int_equal(pauses, 0);
	pair_free(pair);
}

/* Every turn brings a few bytes of an answer of two hundred thousand. */
static void trickle(struct pair *pair, const struct oc_msg *request, struct oc_msg *response)
{
	(void)request;
	response->length = 200000;
	oc_server_set_max_packet(&pair->server, sizeof(struct oc_msg));
}

static void test_trickling_response(void **state)
{
	struct pair *pair = pair_new_attached();
	uint32_t from;

	(void)state;
	pair->answer = trickle;
	assert_status(oc_channel_set_timeout(&pair->client, TIMEOUT_MS), OC_OK);
	from = pair->now_us;
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	expect_timeout(pair, from);
	pair_free(pair);
}

/* It takes packet after packet of the request, and there is always another one. */
static void test_trickling_request(void **state)
{
	struct pair *pair = pair_new_attached();
	uint32_t from = pair->now_us;

	(void)state;
	assert_status(oc_channel_set_timeout(&pair->client, TIMEOUT_MS), OC_OK);
	assert_status(oc_channel_set_max_packet(&pair->client, OC_PACKET_MIN), OC_OK);
	assert_status(pair_call(pair, &pair->client, 200000, 1), OC_ETIMEOUT);
	expect_timeout(pair, from);
	assert_int_equal(pair->requests, 0);
	pair_free(pair);
}

/* A server that does not care whether a request is taken back, and sends on. */
static int careless_pause(void *ctx, uint32_t turn)
{
	const struct oc_msg msg = { 200000, OC_OP_PING, OC_MSG_RESPONSE, 0, 1, 0, 0 };
	struct pair *pair = ctx;

	(void)turn;
	pair->now_us += TURN_US;
	if (pair_header(pair)->size_from_tfs)
		return 0;
	memcpy(pair_buffer(pair), &msg, sizeof(msg));
	pair_header(pair)->size_to_tfs = 0;
	pair_header(pair)->size_from_tfs = sizeof(msg);
	return 0;
}

/* What it holds up is the call that took back, and the one that waits for its end. */
static void test_trickling_end(void **state)
{
	struct pair *pair = pair_new_attached();
	uint32_t from = pair->now_us;

	(void)state;
	pair->client_port.pause = careless_pause;
	assert_status(oc_channel_set_timeout(&pair->client, TIMEOUT_MS), OC_OK);
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	assert_true(pair->now_us - from <= 2 * MOST_US);
	assert_true(oc_channel_draining(&pair->client));
	from = pair->now_us;
	assert_status(pair_call(pair, &pair->client, 8, 2), OC_ETIMEOUT);
	expect_timeout(pair, from);
	assert_true(oc_channel_draining(&pair->client));
	pair_free(pair);
}

static int overwrite_pause(void *ctx, uint32_t turn)
{
	struct pair *pair = ctx;

	(void)turn;
	pair->now_us += TURN_US;
	pair_header(pair)->client_uuid[TFS_SHM_POLL_UUID_ID]++;
	return 0;
}

/* Attempt after attempt is void: somebody writes over each. */
static void test_void_attempts(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair_start_server(pair);
	pair->client_port.pause = overwrite_pause;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, TIMEOUT_MS), OC_ETIMEOUT);
	expect_timeout(pair, 0);
	pair_free(pair);
}

static int late_pause(void *ctx, uint32_t turn)
{
	struct pair *pair = ctx;

	(void)turn;
	pair->now_us--;		/* but for this, once round the clock */
	if (pauses++ == 100)
		pair->mute = false;
	if (!pair->mute)
		pair_serve(pair);
	return 0;
}

static void test_forever(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	pauses = 0;
	pair->mute = true;
	pair->client_port.pause = late_pause;
	assert_status(oc_channel_set_timeout(&pair->client, OC_FOREVER), OC_OK);
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_OK);
	assert_true(pauses > 100);
	pair_free(pair);
}

static int detaching_pause(void *ctx, uint32_t turn)
{
	struct pair *pair = ctx;

	(void)turn;
	oc_channel_detach(&pair->client);
	return pauses++ > 100;
}

/* What is given back in the middle of a wait is not touched again. */
static void test_detach_meanwhile(void **state)
{
	struct pair *pair = pair_new_attached();
	struct tfs_shm_poll_header *h = pair_header(pair), before;

	(void)state;
	pauses = 0;
	pair->client_port.pause = detaching_pause;
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_EDETACHED);
	assert_true(h->client_word & TFS_SHM_POLL_CW_DETACHED);

	h->server_word &= ~TFS_SHM_POLL_SW_READY;
	before = *h;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, OC_FOREVER), OC_EDETACHED);
	h->server_word |= TFS_SHM_POLL_SW_READY;
	before.server_word = h->server_word;
	assert_memory_equal(h, &before, sizeof(before));
	pair_free(pair);
}

/* What the port is told: 0 where something has just gone over, then one more each turn. */
static void test_turns(void **state)
{
	static const uint32_t wanted[] = { 0, 1, 2, 3 };
	struct pair *pair = pair_new_attached();

	(void)state;
	pair->mute = true;
	count_pauses(pair);
	assert_status(oc_channel_set_timeout(&pair->client, 1), OC_OK);
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	assert_memory_equal(turns, wanted, sizeof(wanted));

	/* Each turn but the first, which finds no end of the first request, moves a packet. */
	pair->mute = false;
	pauses = 0;
	oc_server_set_max_packet(&pair->server, sizeof(struct oc_msg));
	assert_status(oc_channel_set_timeout(&pair->client, TIMEOUT_MS), OC_OK);
	assert_status(pair_call(pair, &pair->client, 8, 2), OC_OK);
	assert_true(pauses >= 4);
	assert_int_equal(turns[0], 0);
	assert_int_equal(turns[1], 1);
	assert_int_equal(turns[2], 0);
	assert_int_equal(turns[3], 0);
	pair_free(pair);
}

/* What is dropped does not leave anything where the next response goes. */
static void test_late_response_is_not_copied(void **state)
{
	const uint32_t length = sizeof(struct oc_msg) + 8;
	struct pair *pair = pair_new_attached();

	(void)state;
	assert_status(oc_channel_set_timeout(&pair->client, TIMEOUT_MS), OC_OK);
	pair->mute = true;
	assert_status(pair_call(pair, &pair->client, 1000, 1), OC_ETIMEOUT);
	pair->mute = false;
	assert_status(pair_call(pair, &pair->client, 8, 2), OC_OK);
	assert_int_equal(((struct oc_msg *)pair->response)->length, length);
	for (uint32_t i = length; i < 2000; i++)
		assert_int_equal(pair->response[i], 0xcc);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_timeout_0_looks_once),
		cmocka_unit_test(test_trickling_response),
		cmocka_unit_test(test_trickling_request),
		cmocka_unit_test(test_trickling_end),
		cmocka_unit_test(test_void_attempts),
		cmocka_unit_test(test_forever),
		cmocka_unit_test(test_detach_meanwhile),
		cmocka_unit_test(test_turns),
		cmocka_unit_test(test_late_response_is_not_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
