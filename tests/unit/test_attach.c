// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a client gets a channel, keeps it, loses it and gives it back
 */
#include "pair.h"
#include "unit.h"

#define OTHER_OWNER	0x2002

static uint32_t epoch(struct pair *pair)
{
	return (pair_header(pair)->server_word & TFS_SHM_POLL_SW_EPOCH_MASK) >>
	       TFS_SHM_POLL_SW_EPOCH_SHIFT;
}

static void test_attach_and_detach(void **state)
{
	struct pair *pair = pair_new_attached();
	struct tfs_shm_poll_header *h = pair_header(pair);

	(void)state;
	assert_int_equal(epoch(pair), 1);
	assert_memory_equal(h->granted_uuid, h->client_uuid, 16);
	assert_int_equal(h->granted_uuid[TFS_SHM_POLL_UUID_OWNER], PAIR_OWNER);
	assert_int_equal(h->client_word >> TFS_SHM_POLL_CW_TAG_SHIFT, 1);
	assert_true(h->client_word & TFS_SHM_POLL_CW_CAN_RING);
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_OK);

	oc_channel_detach(&pair->client);
	assert_true(h->client_word & TFS_SHM_POLL_CW_DETACHED);
	pair_settle(pair);
	assert_int_equal(pair->frees, 1);
	assert_int_equal(epoch(pair), 2);
	assert_false(h->server_word & (TFS_SHM_POLL_SW_HELD | TFS_SHM_POLL_SW_GRANTED));
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_EDETACHED);
	pair_free(pair);
}

static void test_bad_arguments(void **state)
{
	struct pair *pair = pair_new();
	struct oc_channel poison, *ch = &pair->client;
	struct oc_port no_clock = pair->client_port;

	(void)state;
	memset(ch, 0xcc, sizeof(*ch));
	ch->state = 0;
	poison = *ch;
	no_clock.now_us = NULL;
	assert_status(oc_channel_attach(ch, NULL, &pair->client_port, 1, 10), OC_EINVAL);
	assert_status(oc_channel_attach(ch, pair->memory + 4, &pair->client_port, 1, 10),
		      OC_EINVAL);
	assert_status(oc_channel_attach(ch, pair->memory, &no_clock, 1, 10), OC_EINVAL);
	assert_status(pair_attach(pair, ch, 1, -2), OC_EINVAL);
	assert_status(pair_attach(pair, ch, 1, OC_TIMEOUT_MAX + 1), OC_EINVAL);
	assert_memory_equal(ch, &poison, sizeof(poison));
	pair_free(pair);
}

static void test_no_server(void **state)
{
	struct pair *pair = pair_new();
	uint8_t before[TFS_SHM_POLL_CHANNEL_SIZE];

	(void)state;
	pair->mute = true;
	memcpy(before, pair->memory, sizeof(before));
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 50), OC_ETIMEOUT);
	assert_memory_equal(pair->memory, before, sizeof(before));
	assert_true(pair->now_us >= 50000 && pair->now_us < 60000);
	pair_free(pair);
}

/* A server that comes to life late finds the attempt where it was. */
static void test_pending_attempt_goes_on(void **state)
{
	struct pair *pair = pair_new();
	uint32_t uuid[4];

	(void)state;
	pair_start_server(pair);
	pair->mute = true;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 10), OC_ETIMEOUT);
	memcpy(uuid, pair_header(pair)->client_uuid, sizeof(uuid));
	assert_int_not_equal(uuid[TFS_SHM_POLL_UUID_CHECK], 0);
	pair->mute = false;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 10), OC_OK);
	assert_memory_equal(pair_header(pair)->granted_uuid, uuid, sizeof(uuid));
	pair_free(pair);
}

/* An attempt that was granted meanwhile is given back at once. */
static void test_detach_while_asking(void **state)
{
	struct pair *pair = pair_new();
	struct oc_channel other = { .state = 0 };

	(void)state;
	pair_start_server(pair);
	pair->mute = true;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 10), OC_ETIMEOUT);
	pair_settle(pair);
	assert_int_equal(pair->grants, 1);
	oc_channel_detach(&pair->client);
	pair->mute = false;
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 100), OC_OK);
	assert_int_equal(pair->frees, 1);
	pair_free(pair);
}

static void test_another_owner_is_busy(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel other = { .state = 0 };
	uint32_t uuid[4];

	(void)state;
	memcpy(uuid, pair_header(pair)->client_uuid, sizeof(uuid));
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 20), OC_EBUSY);
	assert_memory_equal(pair_header(pair)->client_uuid, uuid, sizeof(uuid));
	assert_int_equal(pair->grants, 1);
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_OK);

	oc_channel_detach(&pair->client);
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 20), OC_OK);
	assert_status(pair_call(pair, &other, 5, 1), OC_OK);
	pair_free(pair);
}

/* The same owner after a reset: the channel is its own at once, nothing is left over. */
static void test_reset_client_takes_over(void **state)
{
	struct pair *pair = pair_new_attached();
	uint64_t request[(sizeof(struct oc_msg) + 40000) / 8];
	struct oc_channel again = { .state = 0 };

	(void)state;
	pair->mute = true;
	pair_request(request, 40000, 1);
	assert_status(oc_channel_start(&pair->client, (void *)request, pair->response, 40064),
		      OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_int_equal(pair_header(pair)->size_to_tfs, OC_PACKET_MAX);

	pair->mute = false;
	assert_status(pair_attach(pair, &again, PAIR_OWNER, 100), OC_OK);
	assert_int_equal(pair->grants, 2);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	assert_status(pair_call(pair, &again, 100, 7), OC_OK);
	assert_int_equal(pair->requests, 1);
	assert_int_equal(pair->response[sizeof(struct oc_msg)], 7);

	assert_status(oc_channel_poll(&pair->client), OC_EINTERFERENCE);
	assert_status(oc_channel_poll(&pair->client), OC_EDETACHED);
	assert_status(pair_call(pair, &again, 100, 7), OC_OK);
	pair_free(pair);
}

/* So it is for an object that was used before: whatever its last grant has left there. */
static void test_used_object(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel used;

	(void)state;
	memset(&used, 0xcc, sizeof(used));
	used.port = NULL;
	used.state = 0;
	used.uuid[TFS_SHM_POLL_UUID_CHECK] = 0;
	used.seen = pair_header(pair)->server_word;	/* as if another owner held it */
	pair->client_port.ring = NULL;
	assert_status(pair_attach(pair, &used, PAIR_OWNER, 100), OC_OK);
	assert_int_equal(used.jitter_us, 0);
	assert_false(used.rung);
	assert_int_equal(pair_header(pair)->client_word, 2u << TFS_SHM_POLL_CW_TAG_SHIFT);
	assert_status(pair_call(pair, &used, 8, 1), OC_OK);
	assert_int_equal(((struct oc_msg *)pair->response)->sequence, 1);
	pair_free(pair);
}

/*
 * Both are alive, and run the same program: the second one's response, which lies there
 * until its next request, answers what the first one waits for, by all that is in it.
 */
static void test_no_response_of_another_client(void **state)
{
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING };
	struct pair *pair = pair_new_attached();
	struct oc_channel again = { .state = 0 };
	struct oc_msg answer;

	(void)state;
	assert_status(oc_channel_start(&pair->client, &ping, &answer, sizeof(answer)), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_status(pair_attach(pair, &again, PAIR_OWNER, 100), OC_OK);
	assert_status(pair_call(pair, &again, 0, 1), OC_OK);
	assert_int_equal(again.sequence, pair->client.sequence);
	assert_int_not_equal(pair_header(pair)->size_from_tfs, 0);

	assert_status(oc_channel_poll(&pair->client), OC_EINTERFERENCE);
	assert_false(oc_channel_lost_on_write(&pair->client));
	assert_status(pair_call(pair, &again, 0, 1), OC_OK);
	pair_free(pair);
}

/* One that does not know yet that it has lost the channel leaves the new client's word alone. */
static void test_late_detach(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel again = { .state = 0 };
	uint32_t word;

	(void)state;
	assert_status(pair_attach(pair, &again, PAIR_OWNER, 100), OC_OK);
	word = pair_header(pair)->client_word;
	oc_channel_detach(&pair->client);
	assert_int_equal(pair_header(pair)->client_word, word);
	pair_settle(pair);
	assert_status(pair_call(pair, &again, 8, 1), OC_OK);
	pair_free(pair);
}

static void test_restarted_server(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel other = { .state = 0 };

	(void)state;
	pair_start_server(pair);
	assert_int_equal(epoch(pair), 1);
	assert_true(pair_header(pair)->server_word & TFS_SHM_POLL_SW_HELD);
	assert_false(pair_header(pair)->server_word & TFS_SHM_POLL_SW_GRANTED);

	/* It remembers whose the channel is. */
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 20), OC_EBUSY);
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_ESERVER_RESTARTED);
	assert_int_equal(pair->requests, 0);
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_EDETACHED);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_OK);
	pair_free(pair);
}

static void test_restart_while_waiting(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING };

	(void)state;
	assert_status(oc_channel_start(&pair->client, &ping, pair->response, 64), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	pair_start_server(pair);
	assert_status(oc_channel_poll(&pair->client), OC_ESERVER_RESTARTED);
	/* The old request still lies there, and is never executed. */
	assert_int_equal(pair_header(pair)->size_to_tfs, sizeof(ping));
	pair_settle(pair);
	assert_int_equal(pair->requests, 0);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	pair_settle(pair);
	assert_int_equal(pair->requests, 0);
	pair_free(pair);
}

/* A client that is told of a restart and goes leaves the channel to others. */
static void test_detach_after_a_restart(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel other = { .state = 0 };

	(void)state;
	pair_start_server(pair);
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_ESERVER_RESTARTED);
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 20), OC_EBUSY);
	oc_channel_detach(&pair->client);
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 100), OC_OK);
	pair_free(pair);
}

/* The last response of a server that stops is still one. */
static void test_answer_before_the_stop(void **state)
{
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING };
	struct pair *pair = pair_new_attached();

	(void)state;
	assert_status(oc_channel_start(&pair->client, &ping, pair->response, 64), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	pair_settle(pair);
	oc_server_stop(&pair->server);
	assert_status(oc_channel_poll(&pair->client), OC_OK);
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_ESERVER_RESTARTED);
	pair_free(pair);
}

static void test_stopped_server(void **state)
{
	struct pair *pair = pair_new_attached();

	(void)state;
	oc_server_stop(&pair->server);
	pair->mute = true;
	assert_status(pair_call(pair, &pair->client, 5, 1), OC_ESERVER_RESTARTED);
	pair_free(pair);
}

static void test_other_major(void **state)
{
	struct pair *pair = pair_new();

	(void)state;
	pair->mute = true;
	pair_header(pair)->server_word = TFS_SHM_POLL_SW_MAGIC | 2u << 24 | TFS_SHM_POLL_SW_READY;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 20), OC_EVERSION);
	pair_free(pair);
}

/* What a server writes that takes no heed of the byte order, on a processor with another. */
static void test_other_byte_order(void **state)
{
	const uint32_t ready = TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR | 0x1234 << 8 |
			       TFS_SHM_POLL_SW_READY;
	struct pair *pair = pair_new();
	struct tfs_shm_poll_header *h = pair_header(pair);

	(void)state;
	pair->mute = true;
	h->server_word = __builtin_bswap32(ready);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 20), OC_EARCH);
	assert_int_equal(h->client_uuid[TFS_SHM_POLL_UUID_CHECK], 0);
	/* No attempt is left: another owner, and a server that has come since. */
	pair->mute = false;
	pair_start_server(pair);
	assert_status(pair_attach(pair, &pair->client, OTHER_OWNER, 20), OC_OK);
	oc_channel_detach(&pair->client);

	/* Without READY, or of another major, it is not known for one. */
	pair->mute = true;
	h->server_word = __builtin_bswap32(ready & ~TFS_SHM_POLL_SW_READY);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 20), OC_ETIMEOUT);
	h->server_word = __builtin_bswap32(ready + TFS_SHM_POLL_SW_MAJOR);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 20), OC_ETIMEOUT);
	pair_free(pair);
}

/* A client that takes no heed of it: its UUID is nobody's, and is not granted. */
static void test_client_of_another_byte_order(void **state)
{
	struct pair *pair = pair_new();
	struct tfs_shm_poll_header *h = pair_header(pair);

	(void)state;
	pair_start_server(pair);
	pair->mute = true;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 1), OC_ETIMEOUT);
	for (int i = 0; i < 4; i++)
		h->client_uuid[i] = __builtin_bswap32(h->client_uuid[i]);
	pair_settle(pair);
	assert_int_equal(pair->grants, 0);
	pair->mute = false;
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 1000), OC_OK);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_attach_and_detach),
		cmocka_unit_test(test_bad_arguments),
		cmocka_unit_test(test_no_server),
		cmocka_unit_test(test_pending_attempt_goes_on),
		cmocka_unit_test(test_detach_while_asking),
		cmocka_unit_test(test_another_owner_is_busy),
		cmocka_unit_test(test_reset_client_takes_over),
		cmocka_unit_test(test_used_object),
		cmocka_unit_test(test_no_response_of_another_client),
		cmocka_unit_test(test_late_detach),
		cmocka_unit_test(test_restarted_server),
		cmocka_unit_test(test_restart_while_waiting),
		cmocka_unit_test(test_detach_after_a_restart),
		cmocka_unit_test(test_answer_before_the_stop),
		cmocka_unit_test(test_stopped_server),
		cmocka_unit_test(test_other_major),
		cmocka_unit_test(test_other_byte_order),
		cmocka_unit_test(test_client_of_another_byte_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
