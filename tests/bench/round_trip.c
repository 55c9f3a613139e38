// SPDX-License-Identifier: GPL-2.0-only
/*
 * An empty message there and back between two processes on two processors, against
 * a bare loop that only waits for two words in the same cache lines.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/tfs_shm_poll.h>

#include <oc/channel.h>
#include <oc/region.h>
#include <oc/server.h>

#include "bench.h"

#define TRIPS	200000

struct shared {
	_Alignas(64) uint8_t channel[TFS_SHM_POLL_CHANNEL_SIZE];
	_Alignas(64) uint32_t ask;
	uint32_t answer;
	uint8_t line[64];	/* where the channel has its message's header */
};

static void serve_channel(struct shared *shared)
{
	static uint64_t rx[OC_PACKET_MAX / 8];
	static struct oc_msg answer;
	struct oc_server server;
	struct oc_port port;
	uint32_t random[4];

	oc_port_linux(&port, OC_WAIT_BUSY);
	oc_uuid_generate(random);
	bench_need(oc_server_start(&server, shared->channel, &port, random, rx, sizeof(rx)) ==
		   OC_OK, "server");
	for (;;) {
		switch (oc_server_poll(&server)) {
		case OC_SERVER_ATTACH:
			oc_server_grant(&server);
			break;
		case OC_SERVER_REQUEST:
			memcpy(&answer, rx, sizeof(answer));
			oc_server_respond(&server, &answer);
			break;
		default:
			break;
		}
	}
}

static void serve_loop(struct shared *shared)
{
	uint8_t copy[24];

	for (uint32_t last = 0;; last++) {
		while (__atomic_load_n(&shared->ask, __ATOMIC_ACQUIRE) == last)
			;
		memcpy(copy, shared->line, sizeof(copy));
		copy[0]++;
		memcpy(shared->line, copy, sizeof(copy));
		__atomic_store_n(&shared->answer, last + 1, __ATOMIC_RELEASE);
	}
}

/* A process on the second processor that ends with this one. */
static pid_t start(void (*serve)(struct shared *shared), struct shared *shared)
{
	pid_t pid = fork();

	bench_need(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	bench_need(bench_pin(1), "a second processor is needed");
	serve(shared);
	_exit(0);
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static double measure_channel(struct shared *shared)
{
	struct oc_msg ping = { .length = sizeof(ping), .op = OC_OP_PING }, answer;
	struct oc_channel channel = { .state = 0 };
	struct oc_port port;
	double from;
	pid_t pid = start(serve_channel, shared);

	oc_port_linux(&port, OC_WAIT_BUSY);
	bench_need(oc_channel_attach(&channel, shared->channel, &port, 1, 5000) == OC_OK,
		   "attach");
	from = bench_seconds();
	for (int i = 0; i < TRIPS; i++)
		bench_need(oc_channel_call(&channel, &ping, &answer, sizeof(answer)) == OC_OK,
			   "call");
	from = bench_seconds() - from;
	stop(pid);
	memset(shared, 0, sizeof(*shared));
	return from / TRIPS * 1e6;
}

static double measure_loop(struct shared *shared)
{
	uint8_t copy[24] = { 0 };
	double from;
	pid_t pid = start(serve_loop, shared);

	from = bench_seconds();
	for (uint32_t i = 0; i < TRIPS; i++) {
		memcpy(shared->line, copy, sizeof(copy));
		__atomic_store_n(&shared->ask, i + 1, __ATOMIC_RELEASE);
		while (__atomic_load_n(&shared->answer, __ATOMIC_ACQUIRE) != i + 1)
			;
		memcpy(copy, shared->line, sizeof(copy));
	}
	from = bench_seconds() - from;
	stop(pid);
	memset(shared, 0, sizeof(*shared));
	return from / TRIPS * 1e6;
}

int main(void)
{
	double ours[BENCH_ROUNDS], theirs[BENCH_ROUNDS];
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
				     MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	bench_need(shared != MAP_FAILED, "mmap");
	bench_need(bench_pin(0), "cannot pin to a processor");
	for (int i = 0; i < BENCH_ROUNDS; i++) {
		ours[i] = measure_channel(shared);
		theirs[i] = measure_loop(shared);
	}
	bench_row("empty message call, busy", ours, "bare loop, 24 bytes each way", theirs,
		  BENCH_ROUNDS, "us");
	return 0;
}
