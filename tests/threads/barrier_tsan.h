/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * barrier_tsan.h: stands in for lib/core/barrier.h, for the thread sanitizer
 *
 * As in the simulation (tests/sim/barrier_sim.h), the core's files are compiled with
 * this header first. The sanitizer does not see a barrier that is an instruction, so
 * barrier_tsan.c tells it which accesses each one orders.
 */
#ifndef OC_BARRIER_H
#define OC_BARRIER_H

#include <linux/tfs_shm_poll.h>

#include "env.h"

/* Before a thread's first access, and after its last one. */
void barrier_begin(void);
void barrier_end(void);

void oc_release(void);
void oc_acquire(void);
void oc_full(void);

uint32_t oc_load(const __le32 *k_word);
void oc_store(__le32 *k_word, uint32_t value);

void oc_store_sizes(struct tfs_shm_poll_header *k, uint32_t to_tfs, uint32_t from_tfs);

void oc_load_uuid(uint32_t uuid[4], const __le32 k_uuid[4]);
void oc_store_uuid(__le32 k_uuid[4], const uint32_t uuid[4]);

void oc_copy_in(void *to, const uint8_t *k_from, size_t n);
void oc_copy_out(uint8_t *k_to, const void *from, size_t n);

#endif /* OC_BARRIER_H */
