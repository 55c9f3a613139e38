/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * barrier_calls.h: stands in for lib/core/barrier.h where a test is the memory
 *
 * The core's files are compiled with this header included first. It has that header's
 * include guard, so the core's own accessors are never seen, and each access to shared
 * memory and each barrier becomes a call, to tests/sim/access.c, tests/fuzz/access.c or
 * tests/threads/barrier_tsan.c. An accessor that the core gains and that is not here
 * does not compile.
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
