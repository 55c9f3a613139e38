// SPDX-License-Identifier: GPL-2.0-only
/* test_sleep.c: who says that he sleeps is rung, looks once more, and knows for how long */
#include "pair.h"
#include "unit.h"

#define ANYWAY_US	70
#define TIMEOUT_MS	30
#define SERVER_SLEEPS	TFS_SHM_POLL_SW_SLEEPING
#define CLIENT_SLEEPS	TFS_SHM_POLL_CW_SLEEPING

static bool server_sleeps(struct pair *pair)
{
	return pair_header(pair)->server_word & SERVER_SLEEPS;
}

static bool client_sleeps(struct pair *pair)
{
	return pair_header(pair)->client_word & CLIENT_SLEEPS;
}

/* The request has gone out, and the server has read it and says nothing. */
static struct pair *pair_new_waiting(void)
{
	struct pair *pair = pair_new_attached();
	static uint64_t request[8];

	pair_request(request, 8, 1);
	pair->slow = true;
	assert_status(oc_channel_start(&pair->client, (void *)request, pair->response,
				       PAIR_RX_SIZE), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	pair_settle(pair);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	pair->rings_to_client = 0;
	pair->rings_to_server = 0;
	return pair;
}

/* What the server would do at last. */
static void answer(struct pair *pair)
{
	memcpy(pair->tx, pair->rx, ((const struct oc_msg *)pair->rx)->length);
	oc_server_respond(&pair->server, (void *)pair->tx);
	pair_settle(pair);
}

static void nobody_rings_who_is_awake(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	pair->rings_to_server = 0;
	pair->rings_to_client = 0;
	for (int i = 0; i < 10; i++)
		assert_status(pair_call(pair, &pair->client, 8, 1), OC_OK);
	assert_int_equal(pair->rings_to_server, 0);
	assert_int_equal(pair->rings_to_client, 0);
	pair_free(pair);
}

static void a_server_that_sleeps_is_rung(void **state)
{
	struct pair *pair = pair_new_attached();
	uint32_t word = pair_header(pair)->server_word;

	(void)state;
	pair->rings_to_server = 0;
	oc_server_sleep(&pair->server);
	assert_int_equal(pair_header(pair)->server_word, word | SERVER_SLEEPS);
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_OK);
	assert_int_equal(pair->rings_to_server, 1);
	oc_server_awake(&pair->server);
	assert_int_equal(pair_header(pair)->server_word, word);
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_OK);
	assert_int_equal(pair->rings_to_server, 1);
	oc_channel_detach(&pair->client);
	oc_server_sleep(&pair->server);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, TIMEOUT_MS), OC_OK);
	assert_int_equal(pair->rings_to_server, 2);
	assert_true(server_sleeps(pair));	/* a grant does not wake */
	oc_channel_detach(&pair->client);
	assert_int_equal(pair->rings_to_server, 3);
	pair_free(pair);
}

static void awake_stores_nothing_unless_it_slept(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	pair_header(pair)->server_word = 0;
	pair_header(pair)->client_word = 0;
	oc_server_awake(&pair->server);
	oc_channel_awake(&pair->client, true);
	assert_int_equal(pair_header(pair)->server_word, 0);
	assert_int_equal(pair_header(pair)->client_word, 0);
	pair_free(pair);
}

static void a_server_that_stops_sleeps_no_more(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	oc_server_sleep(&pair->server);
	oc_server_stop(&pair->server);
	assert_false(server_sleeps(pair));
	pair_free(pair);
}

static void a_client_that_sleeps_is_rung(void **state)
{
	struct pair *pair = pair_new_waiting();
	uint32_t word = pair_header(pair)->client_word;

	(void)state;
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), ANYWAY_US);
	assert_int_equal(pair_header(pair)->client_word, word | CLIENT_SLEEPS);
	assert_int_equal(pair->rings_to_client, 0);
	answer(pair);
	assert_int_equal(pair->rings_to_client, 1);
	oc_channel_awake(&pair->client, true);
	assert_int_equal(pair_header(pair)->client_word, word);
	assert_status(oc_channel_poll(&pair->client), OC_OK);
	pair_free(pair);
}

static void a_client_looks_once_more(void **state)
{
	struct pair *pair = pair_new_waiting();

	(void)state;
	answer(pair);
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), 0);
	oc_channel_awake(&pair->client, false);
	assert_false(client_sleeps(pair));
	pair_free(pair);
}

/* The first packet stands in the buffer, and there is a second one. */
static void a_client_looks_for_room_to_send(void **state)
{
	struct pair *pair = pair_new_attached();
	static uint64_t request[40000 / 8];

	(void)state;
	pair_request(request, 39000, 1);
	oc_channel_start(&pair->client, (void *)request, pair->response, PAIR_RX_SIZE);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), ANYWAY_US);
	pair_serve(pair);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), 0);
	pair_free(pair);
}

static void a_lost_grant_is_news(void **state)
{
	struct pair *pair = pair_new_waiting();
	uint32_t word = pair_header(pair)->client_word;

	(void)state;
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), ANYWAY_US);
	pair_start_server(pair);
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), 0);
	oc_channel_awake(&pair->client, true);
	/* It is not ours any more. */
	assert_int_equal(pair_header(pair)->client_word, word | CLIENT_SLEEPS);
	assert_status(oc_channel_poll(&pair->client), OC_ESERVER_RESTARTED);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, TIMEOUT_MS), OC_OK);
	assert_false(client_sleeps(pair));
	pair_free(pair);
}

static void without_a_grant_nothing_is_written(void **state)
{
	struct pair *pair = pair_new_attached();
	uint32_t word;

	(void)state;
	oc_channel_detach(&pair->client);
	pair_settle(pair);
	word = pair_header(pair)->client_word;
	pair->mute = true;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 0), OC_ETIMEOUT);
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), ANYWAY_US);
	oc_channel_awake(&pair->client, true);
	assert_int_equal(pair_header(pair)->client_word, word);
	pair_free(pair);
}

/* --- for how long ------------------------------------------------------------------- */

static uint32_t slept[64];
static unsigned int sleeps;
static bool is_rung;

/* A port with a bell: it blocks for as long as it may, as nobody rings. */
static int pause_with_bell(void *ctx, uint32_t turn)
{
	struct pair *pair = ctx;
	uint32_t us = oc_channel_sleep(&pair->client, ANYWAY_US);

	(void)turn;
	pair->now_us += us;
	oc_channel_awake(&pair->client, is_rung);
	if (sleeps < 64)
		slept[sleeps++] = us;
	return 0;
}

static uint32_t longest(void)
{
	uint32_t most = 0;

	for (unsigned int i = 0; i < sleeps; i++)
		most = slept[i] > most ? slept[i] : most;
	return most;
}

static struct pair *pair_new_silent(void)
{
	struct pair *pair = pair_new_attached();

	sleeps = 0;
	is_rung = false;
	pair->now_us = UINT32_MAX - 10000;	/* it wraps */
	pair->client_port.pause = pause_with_bell;
	assert_status(oc_channel_set_timeout(&pair->client, TIMEOUT_MS), OC_OK);
	return pair;
}

static void until_it_is_rung_it_looks_by_itself(void **state)
{
	struct pair *pair = pair_new_silent();

	(void)state;
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	assert_int_equal(longest(), ANYWAY_US);
	pair_free(pair);
}

static void then_it_sleeps_for_as_long_as_it_may(void **state)
{
	struct pair *pair = pair_new_silent();
	uint32_t from = pair->now_us;

	(void)state;
	is_rung = true;
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	assert_in_range(longest(), (TIMEOUT_MS - 1) * 1000, TIMEOUT_MS * 1000);
	/* The call, and the end of its request, for which it waits as long. */
	assert_in_range(pair->now_us - from, 2 * TIMEOUT_MS * 1000,
			2 * (TIMEOUT_MS * 1000 + 16 * ANYWAY_US));
	pair_free(pair);
}

static void the_next_grant_has_to_be_rung_again(void **state)
{
	struct pair *pair = pair_new_silent();

	(void)state;
	is_rung = true;
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	is_rung = false;
	oc_channel_detach(&pair->client);
	pair_settle(pair);
	assert_status(oc_channel_attach_start(&pair->client, pair->memory, &pair->client_port,
					      PAIR_OWNER, TIMEOUT_MS), OC_OK);
	while (oc_channel_attach_poll(&pair->client) == OC_PENDING)
		pair_settle(pair);
	sleeps = 0;
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_ETIMEOUT);
	assert_int_equal(longest(), ANYWAY_US);
	pair_free(pair);
}

static void for_ever_has_no_end(void **state)
{
	struct pair *pair = pair_new_waiting();

	(void)state;
	assert_status(oc_channel_set_timeout(&pair->client, OC_FOREVER), OC_OK);
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), ANYWAY_US);
	oc_channel_awake(&pair->client, true);
	assert_int_equal(oc_channel_sleep(&pair->client, ANYWAY_US), UINT32_MAX);
	pair_free(pair);
}

/* --- does the client ring ------------------------------------------------------------- */

static void a_client_without_a_bell_is_silent(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->client_port.ring = NULL;
	pair_start_server(pair);
	assert_false(oc_server_client_is_silent(&pair->server));
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, TIMEOUT_MS), OC_OK);
	assert_true(oc_server_client_is_silent(&pair->server));
	oc_channel_detach(&pair->client);
	pair_settle(pair);
	assert_false(oc_server_client_is_silent(&pair->server));
	pair_free(pair);
}

static void so_is_one_that_has_not_said_yet(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair_start_server(pair);
	assert_status(oc_channel_attach_start(&pair->client, pair->memory, &pair->client_port,
					      PAIR_OWNER, TIMEOUT_MS), OC_OK);
	assert_status(oc_channel_attach_poll(&pair->client), OC_PENDING);
	pair_settle(pair);
	assert_true(oc_server_granted(&pair->server));
	assert_true(oc_server_client_is_silent(&pair->server));
	assert_status(oc_channel_attach_poll(&pair->client), OC_OK);
	assert_false(oc_server_client_is_silent(&pair->server));
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nobody_rings_who_is_awake),
		cmocka_unit_test(a_server_that_sleeps_is_rung),
		cmocka_unit_test(awake_stores_nothing_unless_it_slept),
		cmocka_unit_test(a_server_that_stops_sleeps_no_more),
		cmocka_unit_test(a_client_that_sleeps_is_rung),
		cmocka_unit_test(a_client_looks_once_more),
		cmocka_unit_test(a_client_looks_for_room_to_send),
		cmocka_unit_test(a_lost_grant_is_news),
		cmocka_unit_test(without_a_grant_nothing_is_written),
		cmocka_unit_test(until_it_is_rung_it_looks_by_itself),
		cmocka_unit_test(then_it_sleeps_for_as_long_as_it_may),
		cmocka_unit_test(the_next_grant_has_to_be_rung_again),
		cmocka_unit_test(for_ever_has_no_end),
		cmocka_unit_test(a_client_without_a_bell_is_silent),
		cmocka_unit_test(so_is_one_that_has_not_said_yet),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("sleep", tests, NULL, NULL);
}
