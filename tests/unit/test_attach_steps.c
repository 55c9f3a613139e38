// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every step of an attach, one look at a time: the test plays the server, word by word
 */
#include "../../lib/core/words.h"

#include "pair.h"
#include "unit.h"

#define OTHER_OWNER	0x2002
#define SW_FLAGS	(TFS_SHM_POLL_SW_READY | TFS_SHM_POLL_SW_HELD | TFS_SHM_POLL_SW_GRANTED)
#define LONG_US		1000000u	/* longer than any jitter */

static uint32_t word(uint16_t epoch, uint32_t flags)
{
	return TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR |
	       (uint32_t)epoch << TFS_SHM_POLL_SW_EPOCH_SHIFT | flags;
}

/* A server of epoch 0, which never gets a turn, and a client before its first look. */
static struct pair *looking(void)
{
	struct pair *pair = pair_new();

	pair_start_server(pair);
	pair->mute = true;
	pair->now_us = 1;
	assert_status(oc_channel_attach_start(&pair->client, pair->memory, &pair->client_port,
					      PAIR_OWNER, 10), OC_OK);
	return pair;
}

/* The same, and the client has asked. */
static struct pair *asking(void)
{
	struct pair *pair = looking();

	assert_status(oc_channel_attach_poll(&pair->client), OC_PENDING);
	assert_int_equal(pair_header(pair)->client_uuid[TFS_SHM_POLL_UUID_OWNER], PAIR_OWNER);
	return pair;
}

/* A look that leaves the request that stands where it is, and takes nothing. */
static void look_in_vain(struct pair *pair)
{
	struct tfs_shm_poll_header before = *pair_header(pair);

	assert_status(oc_channel_attach_poll(&pair->client), OC_PENDING);
	assert_memory_equal(pair_header(pair), &before, sizeof(before));
	assert_status(pair_call(pair, &pair->client, 8, 1), OC_EDETACHED);
	assert_memory_equal(pair_header(pair), &before, sizeof(before));
}

/* After any jitter there is a request of ours that was not there before, for this epoch. */
static void expect_asked_anew(struct pair *pair, uint16_t epoch)
{
	struct tfs_shm_poll_header *h = pair_header(pair);
	uint32_t before[4];

	memcpy(before, h->client_uuid, sizeof(before));
	pair->now_us += LONG_US;
	assert_status(oc_channel_attach_poll(&pair->client), OC_PENDING);
	assert_memory_not_equal(h->client_uuid, before, sizeof(before));
	assert_int_equal(h->client_uuid[TFS_SHM_POLL_UUID_OWNER], PAIR_OWNER);
	assert_int_equal(h->client_uuid[TFS_SHM_POLL_UUID_STAMP], h->server_uuid[0] + epoch);
}

static void grant_by_hand(struct pair *pair, uint32_t server_word)
{
	struct tfs_shm_poll_header *h = pair_header(pair);

	memcpy(h->granted_uuid, h->client_uuid, sizeof(h->granted_uuid));
	h->server_word = server_word;
}

/* What a grant must say, and what lacks one thing of it. */
static void test_half_a_grant_is_none(void **state)
{
	static const struct {
		uint16_t epoch;
		uint32_t flags;
		uint32_t other_bits;		/* of magic and major */
	} halves[] = {
		{ 0, SW_FLAGS, 0 },
		{ 2, SW_FLAGS, 0 },
		{ 1, SW_FLAGS & ~TFS_SHM_POLL_SW_GRANTED, 0 },
		{ 1, SW_FLAGS & ~TFS_SHM_POLL_SW_READY, 0 },
		{ 1, SW_FLAGS, 0x10000000 },
		{ 1, SW_FLAGS, 0x03000000 },
	};

	(void)state;
	for (unsigned int i = 0; i < sizeof(halves) / sizeof(halves[0]); i++) {
		struct pair *pair = asking();

		grant_by_hand(pair, word(halves[i].epoch, halves[i].flags) ^
				    halves[i].other_bits);
		look_in_vain(pair);
		pair_free(pair);
	}
}

static void test_grant_of_another_is_not_ours(void **state)
{
	(void)state;
	for (int other = 0; other < 4; other++) {
		struct pair *pair = asking();

		grant_by_hand(pair, word(1, SW_FLAGS));
		pair_header(pair)->granted_uuid[other] ^= 1;
		look_in_vain(pair);
		pair_free(pair);
	}
}

static void test_whole_grant(void **state)
{
	struct pair *pair = asking();

	(void)state;
	grant_by_hand(pair, word(1, SW_FLAGS));
	assert_status(oc_channel_attach_poll(&pair->client), OC_OK);
	assert_int_equal(pair_header(pair)->client_word,
			 1u << TFS_SHM_POLL_CW_TAG_SHIFT | TFS_SHM_POLL_CW_CAN_RING);
	assert_status(oc_channel_attach_poll(&pair->client), OC_OK);
	pair_free(pair);
}

/* Its successor has another id, so there is nothing to do before that is seen. */
static void test_request_outlasts_its_server(void **state)
{
	struct pair *pair = asking();
	struct tfs_shm_poll_header *h = pair_header(pair);

	(void)state;
	h->server_word = word(0, 0);
	look_in_vain(pair);
	h->server_word = word(0, TFS_SHM_POLL_SW_READY);
	look_in_vain(pair);
	h->server_uuid[TFS_SHM_POLL_UUID_ID] ^= 0x00010000;
	look_in_vain(pair);
	expect_asked_anew(pair, 0);
	pair_free(pair);
}

static void test_stepped_epoch_is_asked_again(void **state)
{
	struct pair *pair = asking();

	(void)state;
	pair_header(pair)->server_word = word(1, TFS_SHM_POLL_SW_READY);
	look_in_vain(pair);
	expect_asked_anew(pair, 1);
	pair_free(pair);
}

/* Its successor has not stepped the epoch, and may have looked before we could see it. */
static void test_next_server_is_asked_again(void **state)
{
	struct pair *pair = asking();

	(void)state;
	pair_start_server(pair);
	look_in_vain(pair);
	expect_asked_anew(pair, 0);
	pair_free(pair);
}

static void test_overwritten_request_is_asked_again(void **state)
{
	(void)state;
	for (int other = 0; other < 4; other++) {
		struct pair *pair = asking();

		pair_header(pair)->client_uuid[other] ^= 1;
		look_in_vain(pair);
		expect_asked_anew(pair, 0);
		pair_free(pair);
	}
}

/* A nonce whose UUID has a check that lets each wait be as long as its bound allows. */
static uint32_t longest_wait(void *ctx)
{
	const struct tfs_shm_poll_header *h = pair_header(ctx);
	uint32_t uuid[4] = {
		[TFS_SHM_POLL_UUID_STAMP] = h->server_uuid[TFS_SHM_POLL_UUID_ID] +
					    oc_sw_epoch(h->server_word),
		[TFS_SHM_POLL_UUID_OWNER] = PAIR_OWNER,
	};

	while ((oc_uuid_check(uuid) & 0xffff) != 0xffff)
		uuid[TFS_SHM_POLL_UUID_ID]++;
	return uuid[TFS_SHM_POLL_UUID_ID];
}

static void test_jitter_is_waited(void **state)
{
	static const uint32_t waits[] = { 1023, 2047, 4095, 8191, 16383, 32767, 65535, 65535 };
	struct pair *pair = looking();
	struct tfs_shm_poll_header *h = pair_header(pair);

	(void)state;
	pair->client_port.random = longest_wait;
	assert_status(oc_channel_attach_poll(&pair->client), OC_PENDING);
	for (unsigned int i = 0; i < sizeof(waits) / sizeof(waits[0]); i++) {
		h->client_uuid[TFS_SHM_POLL_UUID_OWNER] = OTHER_OWNER;
		look_in_vain(pair);
		pair->now_us += waits[i] - 1;
		look_in_vain(pair);
		pair->now_us += 1;
		assert_status(oc_channel_attach_poll(&pair->client), OC_PENDING);
		assert_int_equal(h->client_uuid[TFS_SHM_POLL_UUID_OWNER], PAIR_OWNER);
	}
	pair_free(pair);
}

/* It waited for another owner before it asked, but it has asked: no OC_EBUSY any more. */
static void test_giving_up_keeps_what_was_asked(void **state)
{
	struct pair *pair = pair_new_attached();
	struct oc_channel other = { .state = 0 };
	uint32_t uuid[4];

	(void)state;
	assert_status(oc_channel_attach_start(&other, pair->memory, &pair->client_port,
					      OTHER_OWNER, 10), OC_OK);
	assert_status(oc_channel_attach_poll(&other), OC_PENDING);
	assert_int_equal(pair_header(pair)->client_uuid[TFS_SHM_POLL_UUID_OWNER], PAIR_OWNER);
	oc_channel_detach(&pair->client);
	pair_settle(pair);

	pair->mute = true;
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 10), OC_ETIMEOUT);
	memcpy(uuid, pair_header(pair)->client_uuid, sizeof(uuid));
	assert_int_equal(uuid[TFS_SHM_POLL_UUID_OWNER], OTHER_OWNER);
	pair_settle(pair);
	assert_int_equal(pair->grants, 2);
	assert_status(pair_attach(pair, &other, OTHER_OWNER, 10), OC_OK);
	assert_memory_equal(pair_header(pair)->granted_uuid, uuid, sizeof(uuid));
	pair_free(pair);
}

/* What stands may be granted at any time: it cannot be exchanged for another attempt. */
static void test_request_that_stands_is_not_forgotten(void **state)
{
	struct pair *pair = asking(), *elsewhere = pair_new();
	struct oc_channel *ch = &pair->client;
	uint8_t before[sizeof(elsewhere->memory)];
	struct oc_channel attempt = *ch;

	(void)state;
	pair_start_server(elsewhere);
	memcpy(before, elsewhere->memory, sizeof(before));
	assert_status(pair_attach(elsewhere, ch, PAIR_OWNER, 10), OC_EINVAL);
	assert_status(pair_attach(pair, ch, OTHER_OWNER, 10), OC_EINVAL);
	assert_memory_equal(ch, &attempt, sizeof(attempt));
	assert_memory_equal(elsewhere->memory, before, sizeof(before));
	pair->mute = false;
	assert_status(pair_attach(pair, ch, PAIR_OWNER, 10), OC_OK);
	pair_free(elsewhere);
	pair_free(pair);
}

/* The server had read it before: it is granted after all, and given back by a detach. */
static void test_detach_gives_back_what_was_void(void **state)
{
	struct pair *pair = asking(), *elsewhere = pair_new();
	struct tfs_shm_poll_header *h = pair_header(pair);

	(void)state;
	pair_start_server(elsewhere);
	memcpy(h->granted_uuid, h->client_uuid, sizeof(h->granted_uuid));
	h->client_uuid[TFS_SHM_POLL_UUID_OWNER] = OTHER_OWNER;
	look_in_vain(pair);
	assert_status(pair_attach(elsewhere, &pair->client, PAIR_OWNER, 10), OC_EINVAL);
	h->server_word = word(1, SW_FLAGS);
	oc_channel_detach(&pair->client);
	assert_int_equal(h->client_word,
			 1u << TFS_SHM_POLL_CW_TAG_SHIFT | TFS_SHM_POLL_CW_DETACHED);
	assert_status(oc_channel_attach_poll(&pair->client), OC_EDETACHED);
	assert_status(pair_attach(elsewhere, &pair->client, PAIR_OWNER, 10), OC_OK);
	pair_free(elsewhere);
	pair_free(pair);
}

/* Nothing is written for what is not granted, by whoever asked last. */
static void test_detach_leaves_others_alone(void **state)
{
	struct pair *pair = asking();
	struct tfs_shm_poll_header *h = pair_header(pair), before;

	(void)state;
	memcpy(h->granted_uuid, h->client_uuid, sizeof(h->granted_uuid));
	h->granted_uuid[TFS_SHM_POLL_UUID_ID] ^= 1;
	h->server_word = word(1, SW_FLAGS);
	before = *h;
	oc_channel_detach(&pair->client);
	assert_memory_equal(h, &before, sizeof(before));
	assert_status(oc_channel_attach_poll(&pair->client), OC_EDETACHED);
	pair_free(pair);
}

/* As long as nothing was asked, other arguments are another attempt. */
static void test_look_elsewhere(void **state)
{
	struct pair *pair = looking(), *elsewhere = pair_new();
	uint8_t before[sizeof(pair->memory)];

	(void)state;
	pair_start_server(elsewhere);
	memcpy(before, pair->memory, sizeof(before));
	assert_status(pair_attach(elsewhere, &pair->client, OTHER_OWNER, 10), OC_OK);
	assert_int_equal(pair_header(elsewhere)->granted_uuid[TFS_SHM_POLL_UUID_OWNER],
			 OTHER_OWNER);
	assert_memory_equal(pair->memory, before, sizeof(before));
	pair_free(elsewhere);
	pair_free(pair);
}

static void test_look_as_another_owner(void **state)
{
	struct pair *pair = looking();

	(void)state;
	pair->mute = false;
	assert_status(pair_attach(pair, &pair->client, OTHER_OWNER, 10), OC_OK);
	assert_int_equal(pair_header(pair)->granted_uuid[TFS_SHM_POLL_UUID_OWNER], OTHER_OWNER);
	pair_free(pair);
}

/* No server leaves a word like that behind; who sees it has no server all the same. */
static void test_granted_and_not_ready_is_lost(void **state)
{
	struct pair *pair = asking();
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING };

	(void)state;
	grant_by_hand(pair, word(1, SW_FLAGS));
	assert_status(oc_channel_attach_poll(&pair->client), OC_OK);
	pair_header(pair)->server_word = word(1, SW_FLAGS & ~TFS_SHM_POLL_SW_READY);
	assert_status(oc_channel_start(&pair->client, &ping, NULL, 0), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_ESERVER_RESTARTED);
	assert_int_equal(pair_header(pair)->size_to_tfs, 0);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_half_a_grant_is_none),
		cmocka_unit_test(test_grant_of_another_is_not_ours),
		cmocka_unit_test(test_whole_grant),
		cmocka_unit_test(test_request_outlasts_its_server),
		cmocka_unit_test(test_stepped_epoch_is_asked_again),
		cmocka_unit_test(test_next_server_is_asked_again),
		cmocka_unit_test(test_overwritten_request_is_asked_again),
		cmocka_unit_test(test_jitter_is_waited),
		cmocka_unit_test(test_giving_up_keeps_what_was_asked),
		cmocka_unit_test(test_request_that_stands_is_not_forgotten),
		cmocka_unit_test(test_detach_gives_back_what_was_void),
		cmocka_unit_test(test_detach_leaves_others_alone),
		cmocka_unit_test(test_look_elsewhere),
		cmocka_unit_test(test_look_as_another_owner),
		cmocka_unit_test(test_granted_and_not_ready_is_lost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
