// SPDX-License-Identifier: GPL-2.0-only
/*
 * Taking a request back: at every step of it, too late, twice, with a server that is
 * silent, dies or lies
 */
#include "pair.h"
#include "unit.h"

#define HEADER		sizeof(struct oc_msg)
#define SIZE		900u		/* of a request's body: four packets there and back */
#define LENGTH		(HEADER + 904)
#define TIMEOUT_MS	30

enum worker {
	STOPS,			/* looks, and stops at once */
	FINISHES,		/* does not look */
	WORKERS,
};

/* What the server's work is like, and how far it has come. */
static struct {
	enum worker worker;
	unsigned int turns;	/* of work before the answer */
	unsigned int left;
	bool works;
	unsigned int executed;
	unsigned int stopped;
	unsigned int cancelled;	/* events */
} work;

static void respond(struct pair *pair, int status)
{
	struct oc_msg *response = (void *)pair->tx;

	memcpy(pair->tx, pair->rx, ((struct oc_msg *)(void *)pair->rx)->length);
	response->status = status;
	if (status)
		response->length = HEADER;
	work.works = false;
	oc_server_respond(&pair->server, response);
}

static void do_work(struct pair *pair)
{
	if (work.worker == STOPS && oc_server_cancelled(&pair->server)) {
		work.stopped++;
		respond(pair, OC_ECANCELLED);
	} else if (!work.left--) {
		work.executed++;
		respond(pair, OC_OK);
	}
}

/* One turn of a server that takes its time. */
static void serve(struct pair *pair)
{
	switch (oc_server_poll(&pair->server)) {
	case OC_SERVER_ATTACH:
		oc_server_grant(&pair->server);
		work.works = false;
		break;
	case OC_SERVER_DETACH:
		oc_server_free(&pair->server);
		work.works = false;
		break;
	case OC_SERVER_REQUEST:
		work.works = true;
		work.left = work.turns;
		break;
	case OC_SERVER_CANCELLED:
		work.cancelled++;
		break;
	case OC_SERVER_BAD_REQUEST:
		fail_msg("a bad request");
		break;
	default:
		break;
	}
	if (work.works)
		do_work(pair);
}

static int pause_turn(void *ctx, uint32_t turn)
{
	struct pair *pair = ctx;

	(void)turn;
	pair->now_us += 100;
	if (!pair->mute)
		serve(pair);
	return pair->abandon;
}

/* Packets of 256 bytes both ways. */
static struct pair *begin(enum worker worker, unsigned int turns)
{
	struct pair *pair = pair_new_attached();

	memset(&work, 0, sizeof(work));
	work.worker = worker;
	work.turns = turns;
	pair->client_port.pause = pause_turn;
	oc_channel_set_max_packet(&pair->client, OC_PACKET_MIN);
	oc_server_set_max_packet(&pair->server, OC_PACKET_MIN);
	oc_channel_set_timeout(&pair->client, TIMEOUT_MS);
	memset(pair->response, 0xcc, sizeof(pair->response));
	return pair;
}

static void start(struct pair *pair, void *request, uint8_t first)
{
	pair_request(request, SIZE, first);
	assert_status(oc_channel_start(&pair->client, request, pair->response, LENGTH), OC_OK);
}

static void expect_echo(const struct pair *pair, uint32_t size, uint8_t first)
{
	const struct oc_msg *msg = (const void *)pair->response;

	assert_int_equal(msg->length, HEADER + oc_pad8(size));
	assert_int_equal(msg->status, 0);
	for (uint32_t i = 0; i < size; i++)
		assert_int_equal(pair->response[HEADER + i], (uint8_t)(first + i));
}

/* The channel is as if nothing had been: a request that nobody takes back goes through. */
static void expect_clean(struct pair *pair)
{
	unsigned int executed = work.executed;

	assert_false(oc_channel_draining(&pair->client));
	pair->mute = false;
	pair->abandon = 0;
	work.turns = 0;
	assert_status(pair_call(pair, &pair->client, SIZE, 77), OC_OK);
	expect_echo(pair, SIZE, 77);
	assert_int_equal(work.executed, executed + 1);
}

static int drain(struct pair *pair)
{
	int status;

	for (unsigned int i = 0; i < 1000; i++) {
		serve(pair);
		status = oc_channel_poll(&pair->client);
		if (status != OC_PENDING)
			return status;
	}
	fail_msg("no end");
	return OC_ETIMEOUT;
}

static void test_before_the_first_packet(void **state)
{
	struct pair *pair = begin(STOPS, 0);
	uint8_t before[TFS_SHM_POLL_CHANNEL_SIZE];
	uint64_t request[LENGTH / 8];

	(void)state;
	memcpy(before, pair->memory, sizeof(before));
	start(pair, request, 1);
	assert_status(oc_channel_cancel(&pair->client), OC_ECANCELLED);
	assert_memory_equal(pair->memory, before, sizeof(before));
	assert_status(oc_channel_cancel(&pair->client), OC_EINVAL);
	expect_clean(pair);
	assert_int_equal(((struct oc_msg *)pair->response)->sequence, 2);
	pair_free(pair);
}

/*
 * Client and server take turns in the pattern that the bits of @pattern say, @steps of
 * them, and then the client changes its mind. False: the exchange was over before.
 */
static bool cancel_after(enum worker worker, unsigned int turns, uint32_t pattern,
			 unsigned int steps, unsigned int *taken_back)
{
	struct pair *pair = begin(worker, turns);
	uint64_t request[LENGTH / 8];
	int status = OC_PENDING;

	start(pair, request, steps);
	for (unsigned int i = 0; i < steps && status == OC_PENDING; i++) {
		if (pattern >> i % 16 & 1)
			serve(pair);
		else
			status = oc_channel_poll(&pair->client);
	}
	if (status != OC_PENDING) {
		assert_status(status, OC_OK);
		pair_free(pair);
		return false;
	}
	status = oc_channel_cancel(&pair->client);
	if (status == OC_PENDING)
		status = drain(pair);
	if (status == OC_OK)
		expect_echo(pair, SIZE, steps);
	else
		assert_status(status, OC_ECANCELLED);
	*taken_back += status == OC_ECANCELLED;
	assert_true(work.executed + work.stopped <= 1);
	assert_true(status == OC_ECANCELLED || work.executed == 1);
	expect_clean(pair);
	pair_free(pair);
	return true;
}

static void test_at_every_step(void **state)
{
	static const uint32_t patterns[] = { 0xaaaa, 0xeeee, 0x8888, 0xf0f0, 0xfcfc, 0xb6db };

	(void)state;
	for (unsigned int worker = 0; worker < WORKERS; worker++)
		for (unsigned int p = 0; p < 6; p++) {
			unsigned int steps = 0, taken_back = 0;

			while (cancel_after(worker, 3, patterns[p], steps, &taken_back))
				steps++;
			/* Four packets each way and the work between them. */
			assert_true(steps > 16);
			assert_true(taken_back > steps / 2);
		}
}

/* The number in client_word would come again 256 requests later, and is left out then. */
static void test_numbers_wrap(void **state)
{
	struct pair *pair = begin(STOPS, 0);
	uint64_t request[LENGTH / 8];

	(void)state;
	for (unsigned int i = 0; i < 5; i++)
		assert_status(pair_call(pair, &pair->client, SIZE, i), OC_OK);
	start(pair, request, 1);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	assert_status(drain(pair), OC_ECANCELLED);
	for (unsigned int i = 0; i < 600; i++) {
		assert_status(pair_call(pair, &pair->client, i % 3 ? SIZE : 8, i), OC_OK);
		expect_echo(pair, i % 3 ? SIZE : 8, i);
	}
	assert_int_equal(work.executed, 605);
	assert_int_equal(work.cancelled, 1);
	pair_free(pair);
}

/* Zero stands there from the start, and is a number like any other: 256 is left out. */
static void test_number_256(void **state)
{
	struct pair *pair = begin(STOPS, 2);

	(void)state;
	for (unsigned int i = 1; i < 256; i++)
		assert_status(pair_call(pair, &pair->client, 8, i), OC_OK);
	assert_int_equal(pair->client.sequence, 255);
	assert_status(pair_call(pair, &pair->client, SIZE, 1), OC_OK);
	assert_int_equal(pair->client.sequence, 257);
	assert_int_equal(pair_header(pair)->client_word & TFS_SHM_POLL_CW_CANCEL_MASK, 0);
	assert_int_equal(work.executed, 256);
	pair_free(pair);
}

static void test_too_late(void **state)
{
	struct pair *pair = begin(STOPS, 0);
	uint64_t request[LENGTH / 8];

	(void)state;
	pair_request(request, 8, 1);
	assert_status(oc_channel_start(&pair->client, (void *)request, pair->response, LENGTH),
		      OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	for (unsigned int i = 0; i < 10; i++)
		serve(pair);
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	assert_status(drain(pair), OC_OK);
	expect_echo(pair, 8, 1);
	expect_clean(pair);
	assert_int_equal(work.cancelled + work.stopped, 0);
	pair_free(pair);
}

static void test_twice(void **state)
{
	struct pair *pair = begin(STOPS, 5);
	uint8_t before[TFS_SHM_POLL_CHANNEL_SIZE];
	uint64_t request[LENGTH / 8];

	(void)state;
	start(pair, request, 1);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	memcpy(before, pair->memory, sizeof(before));
	assert_status(oc_channel_cancel(&pair->client), OC_PENDING);
	oc_channel_give_up(&pair->client);
	assert_memory_equal(pair->memory, before, sizeof(before));
	assert_status(drain(pair), OC_ECANCELLED);
	expect_clean(pair);
	pair_free(pair);
}

/* The memory of a response that was given up is the caller's, whatever comes. */
static void test_given_up(void **state)
{
	struct pair *pair = begin(FINISHES, 3);
	uint64_t request[LENGTH / 8];
	uint8_t before[LENGTH];

	(void)state;
	pair_request(request, 8, 1);
	assert_status(oc_channel_start(&pair->client, (void *)request, pair->response, LENGTH),
		      OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	memcpy(before, pair->response, sizeof(before));
	oc_channel_give_up(&pair->client);
	assert_status(drain(pair), OC_ETOOBIG);
	assert_memory_equal(pair->response, before, sizeof(before));
	expect_clean(pair);
	pair_free(pair);
}

static void test_call_times_out(void **state)
{
	struct pair *pair = begin(STOPS, 100000);
	uint32_t from = pair->now_us;

	(void)state;
	assert_status(pair_call(pair, &pair->client, SIZE, 1), OC_ETIMEOUT);
	assert_true(pair->now_us - from >= TIMEOUT_MS * 1000);
	assert_int_equal(work.stopped, 1);
	expect_clean(pair);
	pair_free(pair);
}

/* It cannot be stopped any more: then its answer is what counts. */
static void test_answer_while_it_is_taken_back(void **state)
{
	struct pair *pair = begin(FINISHES, TIMEOUT_MS * 10 + 50);

	(void)state;
	assert_status(pair_call(pair, &pair->client, 8, 9), OC_OK);
	expect_echo(pair, 8, 9);
	assert_int_equal(work.executed, 1);

	/* But what is longer than a packet is not waited for. */
	assert_status(pair_call(pair, &pair->client, SIZE, 9), OC_ETIMEOUT);
	assert_int_equal(work.cancelled, 1);
	expect_clean(pair);
	pair_free(pair);
}

static void test_call_abandoned(void **state)
{
	struct pair *pair = begin(STOPS, 100000);

	(void)state;
	pair->abandon = 1;
	assert_status(pair_call(pair, &pair->client, SIZE, 1), OC_EABANDONED);
	assert_true(oc_channel_draining(&pair->client));
	pair->abandon = 0;
	assert_status(drain(pair), OC_ECANCELLED);
	expect_clean(pair);
	pair_free(pair);
}

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

/* A request that waits for another one's end has not been sent, and is not in its way. */
static void test_second_is_taken_back_behind_the_first(void **state)
{
	struct pair *pair = begin(FINISHES, 3);
	uint64_t request[LENGTH / 8], second[LENGTH / 8];

	(void)state;
	pair_request(request, 8, 1);
	assert_status(oc_channel_start(&pair->client, (void *)request, NULL, 0), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	oc_channel_give_up(&pair->client);
	start(pair, second, 2);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_status(oc_channel_cancel(&pair->client), OC_ECANCELLED);
	assert_true(oc_channel_draining(&pair->client));
	assert_status(drain(pair), OC_ETOOBIG);
	assert_int_equal(pair->response[0], 0xcc);
	expect_clean(pair);
	assert_int_equal(work.executed, 2);
	pair_free(pair);
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

static void test_detach_while_draining(void **state)
{
	struct pair *pair = begin(STOPS, 5);
	uint64_t request[LENGTH / 8];

	(void)state;
	start(pair, request, 1);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	serve(pair);
	oc_channel_give_up(&pair->client);
	oc_channel_detach(&pair->client);
	assert_false(oc_channel_draining(&pair->client));
	assert_status(oc_channel_cancel(&pair->client), OC_EDETACHED);
	for (unsigned int i = 0; i < 10; i++)
		serve(pair);
	assert_status(pair_attach(pair, &pair->client, PAIR_OWNER, 100), OC_OK);
	expect_clean(pair);
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

/* A server may take a request back by itself: to the client it is the same. */
static void test_cancelled_by_the_server(void **state)
{
	struct pair *pair = begin(FINISHES, 0);
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING };

	(void)state;
	assert_status(oc_channel_start(&pair->client, &ping, pair->response, 64), OC_OK);
	assert_status(oc_channel_poll(&pair->client), OC_PENDING);
	assert_int_equal(oc_server_poll(&pair->server), OC_SERVER_REQUEST);
	respond(pair, OC_ECANCELLED);
	assert_status(drain(pair), OC_ECANCELLED);
	expect_clean(pair);
	pair_free(pair);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_the_first_packet),
		cmocka_unit_test(test_at_every_step),
		cmocka_unit_test(test_numbers_wrap),
		cmocka_unit_test(test_number_256),
		cmocka_unit_test(test_too_late),
		cmocka_unit_test(test_twice),
		cmocka_unit_test(test_given_up),
		cmocka_unit_test(test_call_times_out),
		cmocka_unit_test(test_answer_while_it_is_taken_back),
		cmocka_unit_test(test_call_abandoned),
		cmocka_unit_test(test_silent_server),
		cmocka_unit_test(test_second_is_taken_back_behind_the_first),
		cmocka_unit_test(test_server_dies_before_the_next),
		cmocka_unit_test(test_server_dies),
		cmocka_unit_test(test_channel_was_lost),
		cmocka_unit_test(test_detach_while_draining),
		cmocka_unit_test(test_lies),
		cmocka_unit_test(test_cut_uncalled_for),
		cmocka_unit_test(test_cancelled_by_the_server),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
