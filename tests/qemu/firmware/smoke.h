/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the smoke firmware and its peer on the host agree on: four words at the
 * start of the shared file. The peer counts `ask` up from 1; the firmware
 * answers each with its complement. SMOKE_ROUNDS is the last.
 */
#ifndef TEST_SMOKE_H
#define TEST_SMOKE_H

#include <stdint.h>

#define SMOKE_READY	0x600dbeefu
#define SMOKE_ROUNDS	1000u
#define SMOKE_WAIT_US	10000000u

enum smoke_task {
	SMOKE_EXCHANGE = 0,
	SMOKE_FAULT = 1,	/* load from where nothing is */
	SMOKE_HANG = 2,		/* be a firmware that never comes back */
};

struct smoke_words {
	uint32_t task;		/* host, before the firmware starts */
	uint32_t ready;		/* firmware: SMOKE_READY when its own checks passed */
	uint32_t ask;		/* host */
	uint32_t answer;	/* firmware */
};

#endif
