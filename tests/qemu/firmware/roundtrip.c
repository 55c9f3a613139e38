// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many instructions a Cortex-M spends on an empty request and its response.
 *
 * QEMU counts: with -icount shift=10 an instruction takes 1024 ns of the board's time,
 * and the board's counter steps every 40 ns. The server is in the same guest, and works
 * while the client pauses: so nothing is waited for, and what the server spends is left
 * out. Prints TAP; the numbers are its comments.
 */
#include <oc/channel.h>
#include <oc/server.h>

#include "mps2.h"
#include "semihost.h"
#include "tap.h"
#include "../../../lib/core/words.h"

#define NS_PER_INSTRUCTION	1024
#define NS_PER_TICK		40
#define NOPS			1000
#define LENGTH			sizeof(struct oc_msg)

#define FPGAIO_COUNTER	(*(volatile uint32_t *)(MPS2_FPGAIO + 0x18))
#define FPGAIO_PRESCALE	(*(volatile uint32_t *)(MPS2_FPGAIO + 0x1c))

static struct oc_channel channel;
static struct oc_server server;
static struct oc_msg answer;
static uint64_t rx[OC_PACKET_MIN / 8];
static uint32_t served;		/* ticks of the server's since the last reset */

static uint32_t instructions(uint32_t ticks)
{
	return (ticks * NS_PER_TICK + NS_PER_INSTRUCTION / 2) / NS_PER_INSTRUCTION;
}

static void answer_request(void)
{
	answer = (struct oc_msg) { .length = LENGTH };
	oc_server_respond(&server, &answer);
}

static void serve(void)
{
	enum oc_server_event event;

	do {
		event = oc_server_poll(&server);
		if (event == OC_SERVER_ATTACH)
			oc_server_grant(&server);
		if (event == OC_SERVER_REQUEST)
			answer_request();
	} while (event != OC_SERVER_IDLE && event != OC_SERVER_SENT);
}

static int serve_meanwhile(void *ctx, uint32_t turn)
{
	const uint32_t from = FPGAIO_COUNTER;

	(void)ctx;
	(void)turn;
	serve();
	served += FPGAIO_COUNTER - from;
	return 0;
}

/* A turn in which nothing comes, but for every other one. */
static int serve_late(void *ctx, uint32_t turn)
{
	return turn % 2 ? serve_meanwhile(ctx, turn) : 0;
}

static uint32_t now_us(void *ctx)
{
	(void)ctx;
	return FPGAIO_COUNTER;
}

static struct oc_port port = { .now_us = now_us, .pause = serve_meanwhile };
static const struct oc_port server_port = { .now_us = now_us };

/* What a call takes, and what reading the counter twice takes is not part of it. */
static uint32_t count(int (*call)(void), uint32_t overhead)
{
	uint32_t from, ticks;

	served = 0;
	from = FPGAIO_COUNTER;
	if (call() != OC_OK)
		return 0;
	ticks = FPGAIO_COUNTER - from;
	return instructions(ticks - served) - overhead;
}

static int nothing(void)
{
	return OC_OK;
}

static int nops(void)
{
	__asm__ volatile(".rept %c0\n\tnop\n\t.endr" : : "i"(NOPS));
	return OC_OK;
}

static int ping(void)
{
	static struct oc_msg request, response;

	request.length = LENGTH;
	request.op = OC_OP_PING;
	return oc_channel_call(&channel, &request, &response, sizeof(response));
}

/* The same bytes and the same hand-over, and nothing else. */
static int bare(void)
{
	static struct tfs_shm_poll_header k;
	static uint8_t buffer[LENGTH], request[LENGTH], response[LENGTH];

	oc_copy_out(buffer, request, LENGTH);
	oc_release();
	oc_store(&k.size_to_tfs, LENGTH);

	served -= FPGAIO_COUNTER;
	oc_store(&k.size_to_tfs, 0);
	oc_store(&k.size_from_tfs, LENGTH);
	served += FPGAIO_COUNTER;

	if (!oc_load(&k.size_from_tfs))
		return OC_EPROTOCOL;
	oc_acquire();
	oc_copy_in(response, buffer, LENGTH);
	oc_acquire();
	oc_store(&k.size_from_tfs, 0);
	return OC_OK;
}

static void report(uint32_t n, const char *what)
{
	semihost_write("# ");
	semihost_write_dec(n);
	semihost_write(" ");
	semihost_write(what);
	semihost_write("\n");
}

int main(void)
{
	static const uint32_t random[4] = { 0x5e1ec7ed, 0x01234567, 0x89abcdef, 0 };
	uint32_t overhead, first, next, late;

	FPGAIO_PRESCALE = 0;
	overhead = count(nothing, 0);
	tap(count(nops, overhead) == NOPS, "a thousand instructions are counted as such");
	tap(oc_server_start(&server, mps2_shared_memory, &server_port, random, rx,
			    sizeof(rx)) == OC_OK, "the server starts");
	tap(oc_channel_attach(&channel, mps2_shared_memory, &port, 1, OC_FOREVER) == OC_OK,
	    "the client attaches");
	first = count(ping, overhead);
	next = count(ping, overhead);
	tap(next, "a request is answered");
	tap(count(ping, overhead) == next, "another one takes as many instructions");
	port.pause = serve_late;
	late = count(ping, overhead);
	tap(late > next, "and more if the answer is late");

	report(first, "instructions, the first round trip");
	report(next, "instructions, any other one");
	report(late - next, "instructions more for each turn of waiting");
	report(count(bare, overhead), "instructions, the same bytes and words bare");
	return tap_done();
}
