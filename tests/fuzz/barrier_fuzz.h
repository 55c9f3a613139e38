/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * barrier_fuzz.h: stands in for lib/core/barrier.h
 *
 * As in the simulation (tests/sim/barrier_sim.h), the core's files are compiled with
 * this header first, and each access to shared memory becomes a call (access.h): there
 * the other side may change anything between two accesses, and what is stored is
 * looked at before it is stored.
 */
#ifndef OC_BARRIER_H
#define OC_BARRIER_H

#include <linux/tfs_shm_poll.h>

#include "env.h"

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
