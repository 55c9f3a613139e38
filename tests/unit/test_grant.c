// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whom a server grants its channel, and what it keeps of the servers before it
 */
#include "pair.h"
#include "unit.h"

#define OTHER_OWNER	0x2002

static uint32_t epoch(struct pair *pair)
{
	return (pair_header(pair)->server_word & TFS_SHM_POLL_SW_EPOCH_MASK) >>
	       TFS_SHM_POLL_SW_EPOCH_SHIFT;
}

/* A rude one that asks all the same is not heard. */
static void test_server_keeps_another_owner_out(void **state)
{
	struct pair *pair = pair_new_attached();
	struct tfs_shm_poll_header *h = pair_header(pair);
	struct oc_channel other = { .state = 0 };

	(void)state;
	pair->mute = true;
	h->server_word &= ~TFS_SHM_POLL_SW_HELD;	/* for the other's eyes only */
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 5), OC_ETIMEOUT);
	h->server_word |= TFS_SHM_POLL_SW_HELD;
	pair_settle(pair);
	assert_int_equal(pair->grants, 1);
	assert_status((pair->mute = false, pair_call(pair, &pair->client, 5, 1)), OC_OK);
	pair_free(pair);
}

static void test_old_stamp_is_nobody(void **state)
{
	struct pair *pair = pair_new_attached();
	struct tfs_shm_poll_header *h = pair_header(pair);
	uint32_t uuid[4];

	(void)state;
	memcpy(uuid, h->client_uuid, sizeof(uuid));
	oc_channel_detach(&pair->client);
	pair_settle(pair);
	memset(h->client_uuid, 0, 16);
	pair_settle(pair);
	memcpy(h->client_uuid, uuid, sizeof(uuid));	/* right check, old epoch */
	pair_settle(pair);
	assert_int_equal(pair->grants, 1);
	pair_free(pair);
}

static void test_torn_uuid_is_nobody(void **state)
{
	struct pair *pair = pair_new();
	uint32_t whole[4];

	(void)state;
	pair_start_server(pair);
	pair->mute = true;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 1), OC_ETIMEOUT);
	memcpy(whole, pair_header(pair)->client_uuid, sizeof(whole));
	for (int missing = 0; missing < 4; missing++) {
		memcpy(pair_header(pair)->client_uuid, whole, sizeof(whole));
		pair_header(pair)->client_uuid[missing] ^= 0x00010000;
		pair_settle(pair);
		assert_int_equal(pair->grants, 0);
	}
	memcpy(pair_header(pair)->client_uuid, whole, sizeof(whole));
	pair_settle(pair);
	assert_int_equal(pair->grants, 1);
	pair_free(pair);
}

/* Only without a magic word is the memory new; a server of another major had epochs too. */
static void test_start_keeps_the_epoch(void **state)
{
	struct pair *pair = pair_new();
	struct tfs_shm_poll_header *h = pair_header(pair);

	(void)state;
	h->server_word = TFS_SHM_POLL_SW_MAGIC | 0x02000000 | 0x123400 | TFS_SHM_POLL_SW_GRANTED;
	pair_start_server(pair);
	assert_int_equal(epoch(pair), 0x1234);
	assert_true(h->server_word & TFS_SHM_POLL_SW_HELD);
	h->server_word ^= TFS_SHM_POLL_SW_MAGIC;
	pair_start_server(pair);
	assert_int_equal(epoch(pair), 0);
	assert_false(h->server_word & TFS_SHM_POLL_SW_HELD);
	pair_free(pair);
}

static void ask_and_get(struct pair *pair, struct oc_channel *client, uint32_t grants)
{
	pair->mute = true;
	assert_status(pair_attach(pair, client, PAIR_OWNER, 1), OC_ETIMEOUT);
	pair_settle(pair);
	assert_int_equal(pair->grants, grants);
	assert_int_equal(pair->frees, 0);
}

/*
 * What lies in client_word from before must not end a grant: not the first one, and
 * not one of those after it whose clients died before they wrote client_word.
 */
static void test_old_farewell(void **state)
{
	(void)state;
	for (uint32_t tag = 1; tag < 4; tag++) {
		struct pair *pair = pair_new();
		struct oc_channel dead[3] = { { .state = 0 } };

		pair_header(pair)->client_word = tag << TFS_SHM_POLL_CW_TAG_SHIFT |
						 TFS_SHM_POLL_CW_DETACHED;
		pair_start_server(pair);
		for (uint32_t i = 1; i < tag; i++)
			ask_and_get(pair, &dead[i], i);
		ask_and_get(pair, &pair->client, tag);
		pair->mute = false;
		assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
		assert_status(pair_call(pair, &pair->client, 5, 1), OC_OK);
		pair_free(pair);
	}
}

/* Only one to come matters, and only if nobody has the channel. */
static void test_past_farewell(void **state)
{
	const uint32_t known = TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR;
	struct pair *pair = pair_new();
	struct tfs_shm_poll_header *h = pair_header(pair);

	(void)state;
	h->server_word = known | 5u << TFS_SHM_POLL_SW_EPOCH_SHIFT;
	h->client_word = 4u << TFS_SHM_POLL_CW_TAG_SHIFT | TFS_SHM_POLL_CW_DETACHED;
	pair_start_server(pair);
	assert_int_equal(epoch(pair), 5);
	h->client_word = 7u << TFS_SHM_POLL_CW_TAG_SHIFT | TFS_SHM_POLL_CW_CAN_RING;
	pair_start_server(pair);
	assert_int_equal(epoch(pair), 5);
	h->client_word |= TFS_SHM_POLL_CW_DETACHED;
	h->server_word = known | 5u << TFS_SHM_POLL_SW_EPOCH_SHIFT | TFS_SHM_POLL_SW_HELD;
	pair_start_server(pair);
	assert_int_equal(epoch(pair), 5);
	pair_free(pair);
}

static void test_epoch_wraps(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair_header(pair)->server_word = TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR |
					 TFS_SHM_POLL_SW_EPOCH_MASK;
	pair_start_server(pair);
	assert_int_equal(epoch(pair), 0xffff);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
	assert_int_equal(epoch(pair), 0);
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_OK);
	pair_free(pair);
}

static void test_server_ids_keep_their_distance(void **state)
{
	static const uint32_t near[] = { 0, 1, 0xffff, 0x10000, (uint32_t)-1, (uint32_t)-0x10000 };
	struct pair *pair = pair_new();

	(void)state;
	for (unsigned int i = 0; i < sizeof(near) / sizeof(near[0]); i++) {
		uint32_t random[4] = { 0x80000000 + near[i] }, distance;

		pair_header(pair)->server_uuid[0] = 0x80000000;
		assert_status(oc_server_start(&pair->server, pair->memory, &pair->server_port,
					      random, pair->rx, PAIR_RX_SIZE), OC_OK);
		distance = pair_header(pair)->server_uuid[0] - 0x80000000;
		assert_true(distance > 0x10000 && distance < (uint32_t)-0x10000);
	}
	pair_free(pair);
}

static void test_draining_server_takes_no_client(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair_start_server(pair);
	oc_server_drain(&pair->server);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 20), OC_ETIMEOUT);
	assert_int_equal(pair->grants, 0);
	pair_free(pair);
}

static void test_detached_while_no_server(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel other = { .state = 0 };

	(void)state;
	oc_server_stop(&pair->server);
	oc_channel_detach(&pair->client);
	pair_start_server(pair);
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 100), OC_OK);
	pair_free(pair);
}

static void test_death_of_a_holder(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel other = { .state = 0 };

	(void)state;
	assert_int_equal(oc_server_died(&pair->server, OTHER_OWNER), OC_SERVER_IDLE);
	assert_int_equal(oc_server_died(&pair->server, PAIR_OWNER), OC_SERVER_DETACH);
	oc_server_free(&pair->server);
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 100), OC_OK);
	assert_int_equal(oc_server_died(&pair->server, PAIR_OWNER), OC_SERVER_IDLE);
	pair_free(pair);
}

/* A part of its request has arrived; another's words would complete it. */
static void test_death_of_one_that_has_asked(void **state)
{
	struct pair *pair = pair_new();
	struct tfs_shm_poll_header *h = pair_header(pair);
	uint32_t stamp;

	(void)state;
	pair_start_server(pair);
	pair->mute = true;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 1), OC_ETIMEOUT);
	stamp = h->client_uuid[TFS_SHM_POLL_UUID_STAMP];
	h->client_uuid[TFS_SHM_POLL_UUID_STAMP] = 0;
	pair_settle(pair);
	assert_int_equal(oc_server_died(&pair->server, OTHER_OWNER), OC_SERVER_IDLE);
	assert_int_equal(oc_server_died(&pair->server, PAIR_OWNER), OC_SERVER_DETACH);
	oc_server_free(&pair->server);
	h->client_uuid[TFS_SHM_POLL_UUID_STAMP] = stamp;
	pair_settle(pair);
	assert_int_equal(pair->grants, 0);
	pair_free(pair);
}

/* Its own client may sleep, and whoever wrote over the request rings the server only. */
static void test_request_that_is_written_over_rings(void **state)
{
	struct pair *pair = pair_new();
	uint32_t rings;

	(void)state;
	pair_start_server(pair);
	pair->mute = true;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 1), OC_ETIMEOUT);
	pair_header(pair)->client_uuid[TFS_SHM_POLL_UUID_OWNER] = OTHER_OWNER;
	rings = pair->rings_to_client;
	pair_settle(pair);
	assert_int_equal(pair->grants, 0);
	assert_int_equal(pair->rings_to_client, rings + 1);
	pair_free(pair);
}

static void test_rings(void **state)
{
	struct pair *pair = pair_new_attached();
	uint32_t rings = pair->rings_to_server;

	(void)state;
	assert_true(pair->rings_to_client >= 2);	/* start and grant, unasked */
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_OK);
	assert_int_equal(pair->rings_to_server, rings);
	pair->server.flags |= TFS_SHM_POLL_SW_SLEEPING;
	pair_header(pair)->server_word |= TFS_SHM_POLL_SW_SLEEPING;
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_OK);
	assert_true(pair->rings_to_server > rings);

	rings = pair->rings_to_client;
	pair_header(pair)->client_word |= TFS_SHM_POLL_CW_SLEEPING;
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_OK);
	assert_true(pair->rings_to_client > rings);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_server_keeps_another_owner_out),
		cmocka_unit_test(test_old_stamp_is_nobody),
		cmocka_unit_test(test_torn_uuid_is_nobody),
		cmocka_unit_test(test_start_keeps_the_epoch),
		cmocka_unit_test(test_old_farewell),
		cmocka_unit_test(test_past_farewell),
		cmocka_unit_test(test_epoch_wraps),
		cmocka_unit_test(test_server_ids_keep_their_distance),
		cmocka_unit_test(test_draining_server_takes_no_client),
		cmocka_unit_test(test_detached_while_no_server),
		cmocka_unit_test(test_death_of_a_holder),
		cmocka_unit_test(test_death_of_one_that_has_asked),
		cmocka_unit_test(test_request_that_is_written_over_rings),
		cmocka_unit_test(test_rings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
