/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * mutex.h: a mutex between threads of different priorities
 *
 * Whoever has it runs as the one who waits for it would: a worker that was put aside in
 * the middle keeps no reactor waiting.
 */
#ifndef TFSD_MUTEX_H
#define TFSD_MUTEX_H

#include <pthread.h>

static inline void mutex_init(pthread_mutex_t *mutex)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(mutex, &attr);
	pthread_mutexattr_destroy(&attr);
}

#endif /* TFSD_MUTEX_H */
