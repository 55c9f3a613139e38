/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * bench_tfsd.h: a tfsd of our own, with one client logged in, that stands still unless
 * it is measured
 */
#ifndef BENCH_TFSD_H
#define BENCH_TFSD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <linux/tfs_shm_poll.h>

#include <oc/bell.h>

#include "bench_lines.h"

/**
 * struct bench_daemon - how it is started
 * @program:  what to run, found as a shell would find it
 * @cpu:      its processor
 * @channels: that it serves; all but the first are idle
 * @no_bells: it is not to trust its clients to ring
 */
struct bench_daemon {
	const char *program;
	int cpu;
	unsigned int channels;
	bool no_bells;
};

/**
 * struct bench_tfsd
 * @pid:    of the daemon, 0 when there is none
 * @header: of the channel, while others use the lines
 */
struct bench_tfsd {
	pid_t pid;
	struct oc_region region;
	struct oc_bell bell;
	struct oc_ladder ladder;
	struct oc_sleeper sleeper;
	struct oc_port port;
	struct oc_channel channel;
	uint8_t header[TFS_SHM_POLL_HEADER_SIZE];
};

/*
 * Starts it on the file of @lines, both ends waiting by @wait, and logs in, with a bell, so
 * that tfsd may sleep until it is rung. It is running then; the object must not move.
 * NULL, or a text that says what failed, with nothing left to stop.
 */
const char *bench_tfsd_start(struct bench_tfsd *tfsd, const struct bench_daemon *daemon,
			     const struct bench_lines *lines, enum oc_wait wait);

/* Halts it, so that others may use its processor and its lines. */
void bench_tfsd_halt(struct bench_tfsd *tfsd, const struct bench_lines *lines);
void bench_tfsd_continue(struct bench_tfsd *tfsd, const struct bench_lines *lines);

void bench_tfsd_stop(struct bench_tfsd *tfsd);

#endif /* BENCH_TFSD_H */
