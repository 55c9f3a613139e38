// SPDX-License-Identifier: MIT
/* port_linux.c: time, waiting and random bits of a process under Linux */
#include <stddef.h>
#include <time.h>

#include <oc/region.h>

static uint32_t now_us(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)((uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u);
}

/* clock_nanosleep() returns its error; nanosleep() would change the caller's errno. */
static int sleep_turn(void *ctx, uint32_t us)
{
	const struct timespec time = {
		.tv_sec = us / 1000000, .tv_nsec = us % 1000000 * 1000,
	};

	(void)ctx;
	clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	return 0;
}

static int pause_turn(void *ctx, uint32_t turn)
{
	struct oc_ladder *ladder = ctx;
	struct timespec time = { .tv_nsec = 0 };

	if (!turn)
		oc_ladder_reset(ladder);
	time.tv_nsec = oc_ladder_step(ladder);
	if (time.tv_nsec)
		clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
	return 0;
}

static uint32_t random_bits(void *ctx)
{
	uint32_t words[4];

	(void)ctx;
	oc_uuid_generate(words);
	return words[0];
}

void oc_port_linux(struct oc_port *port, struct oc_ladder *ladder)
{
	*port = (struct oc_port){
		.now_us = now_us,
		.pause = ladder ? pause_turn : NULL,
		.sleep = sleep_turn,
		.random = random_bits,
		.ctx = ladder,
	};
}
