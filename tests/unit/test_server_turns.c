// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a server looks at in each of its states, and whose words it does not take
 */
#include <oc/wire.h>

#include "pair.h"
#include "unit.h"

#define OTHER_OWNER	0x2002
#define HEADER		sizeof(struct oc_msg)
#define FLAGS		(TFS_SHM_POLL_SW_READY | TFS_SHM_POLL_SW_HELD | TFS_SHM_POLL_SW_GRANTED)

static uint32_t crc32(const uint32_t words[3])
{
	uint32_t crc = 0xffffffff;

	for (unsigned int bit = 0; bit < 96; bit++) {
		crc ^= words[bit / 32] >> bit % 32 & 1;
		crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

/* A request for the channel as any client could have written it, for any epoch. */
static void ask_by_hand(struct pair *pair, uint32_t owner, uint16_t epoch)
{
	struct tfs_shm_poll_header *h = pair_header(pair);

	h->client_uuid[TFS_SHM_POLL_UUID_ID] = 0x600df00d;
	h->client_uuid[TFS_SHM_POLL_UUID_STAMP] = h->server_uuid[0] + epoch;
	h->client_uuid[TFS_SHM_POLL_UUID_OWNER] = owner;
	h->client_uuid[TFS_SHM_POLL_UUID_CHECK] = crc32(h->client_uuid);
}

static void poke_ping(struct pair *pair, uint32_t size)
{
	uint64_t request[512 / 8];

	pair_poke(pair, request, pair_request(request, size, 1), HEADER + size);
}

/* A ping whose answer has left in part: 256 bytes lie there, and 64 are to come. */
static struct pair *sending(void)
{
	struct pair *pair = pair_new_attached();

	oc_server_set_max_packet(&pair->server, OC_PACKET_MIN);
	poke_ping(pair, 296);
	pair_settle(pair);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	assert_int_equal(pair_header(pair)->size_from_tfs, OC_PACKET_MIN);
	return pair;
}

static void test_answer_waits_for_its_turn(void **state)
{
	struct pair *pair = sending();
	uint8_t *body = pair_buffer(pair);

	(void)state;
	for (uint32_t i = 0; i < OC_PACKET_MIN - HEADER; i++)
		assert_int_equal(body[HEADER + i], (uint8_t)(1 + i));
	memset(body, 0xcc, OC_PACKET_MIN);
	pair_settle(pair);
	assert_int_equal(pair_header(pair)->size_from_tfs, OC_PACKET_MIN);
	for (uint32_t i = 0; i < OC_PACKET_MIN; i++)
		assert_int_equal(body[i], 0xcc);

	pair_header(pair)->size_from_tfs = 0;
	pair_settle(pair);
	assert_int_equal(pair_header(pair)->size_from_tfs, HEADER + 296 - OC_PACKET_MIN);
	assert_int_equal(body[0], (uint8_t)(1 + OC_PACKET_MIN - HEADER));
	pair_free(pair);
}

static void test_refusal_waits_for_its_turn(void **state)
{
	const struct oc_msg bad = { 16, OC_OP_PING, 0, 0, 1, 0, 0 };
	struct pair *pair = pair_new_attached();

	(void)state;
	pair_header(pair)->size_from_tfs = 8;
	pair_poke(pair, &bad, sizeof(bad), sizeof(bad));
	pair_settle(pair);
	assert_int_equal(pair->bad, 1);
	assert_int_equal(pair_header(pair)->size_from_tfs, 8);
	assert_memory_equal(pair_buffer(pair), &bad, sizeof(bad));
	pair_free(pair);
}

static void test_takeover_while_sending(void **state)
{
	struct pair *pair = sending();
	struct oc_channel again = { .state = 0 };

	(void)state;
	assert_status(pair_attach(pair, &again, PAIR_OWNER, 100), OC_OK);
	assert_int_equal(pair->grants, 2);
	assert_int_equal(pair_header(pair)->size_from_tfs, 0);
	assert_status(pair_call(pair, &again, 8, 7), OC_OK);
	assert_int_equal(((struct oc_msg *)pair->response)->length, HEADER + 8);
	pair_free(pair);
}

static void test_detach_while_sending(void **state)
{
	struct pair *pair = sending();

	(void)state;
	oc_channel_detach(&pair->client);
	pair_settle(pair);
	assert_int_equal(pair->frees, 1);
	assert_false(pair_header(pair)->server_word & TFS_SHM_POLL_SW_HELD);
	pair_free(pair);
}

static void test_takeover_while_receiving(void **state)
{
	const struct oc_msg first = { 64, OC_OP_PING, 0, 0, 1, 0, 0 };
	struct pair *pair = pair_new_attached();
	struct oc_channel again = { .state = 0 };

	(void)state;
	pair_poke(pair, &first, sizeof(first), sizeof(first));
	pair_settle(pair);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	assert_status(pair_attach(pair, &again, PAIR_OWNER, 100), OC_OK);
	assert_status(pair_call(pair, &again, 8, 7), OC_OK);
	assert_int_equal(pair->bad, 0);
	pair_free(pair);
}

/* The request is worked on: nothing but who has the channel is looked at. */
static void test_looks_while_working(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_server *sv = &pair->server;

	(void)state;
	poke_ping(pair, 8);
	assert_int_equal(oc_server_poll(sv), OC_SERVER_REQUEST);
	poke_ping(pair, 16);
	assert_int_equal(oc_server_poll(sv), OC_SERVER_IDLE);
	assert_int_equal(pair_header(pair)->size_to_tfs, HEADER + 16);
	ask_by_hand(pair, OTHER_OWNER, 1);
	assert_int_equal(oc_server_poll(sv), OC_SERVER_IDLE);
	ask_by_hand(pair, PAIR_OWNER, 1);
	assert_int_equal(oc_server_poll(sv), OC_SERVER_ATTACH);
	oc_channel_detach(&pair->client);
	assert_int_equal(oc_server_poll(sv), OC_SERVER_DETACH);
	pair_free(pair);
}

/* Granted, and it has not said so yet: what stands in client_word is its predecessor's. */
static void test_word_of_a_former_client(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel next = { .state = 0 };

	(void)state;
	oc_channel_detach(&pair->client);
	pair_settle(pair);
	pair->mute = true;
	assert_status(pair_attach(pair, &next, OTHER_OWNER, 1), OC_ETIMEOUT);
	pair_settle(pair);
	assert_int_equal(pair->grants, 2);
	assert_true(pair_header(pair)->client_word & TFS_SHM_POLL_CW_DETACHED);
	assert_int_equal(pair->frees, 1);
	assert_true(oc_server_granted(&pair->server));
	pair->mute = false;
	assert_status(pair_attach(pair, &next, OTHER_OWNER, 10), OC_OK);
	assert_status(pair_call(pair, &next, 8, 1), OC_OK);
	pair_free(pair);
}

static void test_grant_clears_an_answer(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel again = { .state = 0 };

	(void)state;
	poke_ping(pair, 8);
	pair_settle(pair);
	assert_int_equal(pair_header(pair)->size_from_tfs, HEADER + 8);
	ask_by_hand(pair, PAIR_OWNER, 1);
	pair_settle(pair);
	assert_int_equal(pair->grants, 2);
	assert_int_equal(pair_header(pair)->size_from_tfs, 0);
	assert_status(pair_attach(pair, &again, PAIR_OWNER, 100), OC_OK);
	assert_status(pair_call(pair, &again, 8, 7), OC_OK);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_waits_for_its_turn),
		cmocka_unit_test(test_refusal_waits_for_its_turn),
		cmocka_unit_test(test_takeover_while_sending),
		cmocka_unit_test(test_detach_while_sending),
		cmocka_unit_test(test_takeover_while_receiving),
		cmocka_unit_test(test_looks_while_working),
		cmocka_unit_test(test_word_of_a_former_client),
		cmocka_unit_test(test_grant_clears_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
