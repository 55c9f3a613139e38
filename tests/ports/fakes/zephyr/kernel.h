/* SPDX-License-Identifier: GPL-2.0-only */
/* kernel.h: as much of Zephyr's interface as the port uses, for a test on the host */
#ifndef TEST_FAKE_ZEPHYR_KERNEL_H
#define TEST_FAKE_ZEPHYR_KERNEL_H

#include <assert.h>
#include <stdint.h>

typedef struct {
	int64_t ticks, us;
} k_timeout_t;

struct k_mutex {
	int initialised, held;
};

#define K_FOREVER	((k_timeout_t){ .ticks = -1 })
#define K_TICKS(n)	((k_timeout_t){ .ticks = (n) })
#define K_USEC(us)	((k_timeout_t){ .us = (us) })
#define ARG_UNUSED(x)	((void)(x))
#define __ASSERT(test, ...) assert(test)

int64_t k_uptime_ticks(void);
uint64_t k_ticks_to_us_floor64(uint64_t ticks);
int32_t k_sleep(k_timeout_t timeout);
int k_mutex_init(struct k_mutex *mutex);
int k_mutex_lock(struct k_mutex *mutex, k_timeout_t timeout);
int k_mutex_unlock(struct k_mutex *mutex);
void arch_nop(void);

#endif
