// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * locks.c: table locks of one database
 */
#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "locks.h"
#include "mutex.h"

struct table_lock {
	uint32_t readers;
	bool writer;
};

/* @mutex: held for a few loads and stores, never while anything is waited for. */
struct locks {
	pthread_mutex_t mutex;
	uint32_t ntables;
	struct table_lock tables[];
};

struct locks *locks_new(uint32_t ntables)
{
	struct locks *locks = calloc(1, sizeof(*locks) + ntables * sizeof(locks->tables[0]));

	if (!locks)
		return NULL;
	mutex_init(&locks->mutex);
	locks->ntables = ntables;
	return locks;
}

void locks_free(struct locks *locks)
{
	pthread_mutex_destroy(&locks->mutex);
	free(locks);
}

static bool is_free(const struct table_lock *lock, enum lock_mode mode)
{
	return !lock->writer && (mode == LOCK_READ || !lock->readers);
}

static bool are_free(const struct locks *locks, const struct lock_request *requests, uint32_t n,
		     uint32_t *busy)
{
	for (uint32_t i = 0; i < n; i++) {
		assert(requests[i].table < locks->ntables);
		if (!is_free(&locks->tables[requests[i].table], requests[i].mode)) {
			*busy = requests[i].table;
			return false;
		}
	}
	return true;
}

bool locks_acquire(struct locks *locks, const struct lock_request *requests, uint32_t n,
		   uint32_t *busy)
{
	bool granted;

	pthread_mutex_lock(&locks->mutex);
	granted = are_free(locks, requests, n, busy);
	for (uint32_t i = 0; granted && i < n; i++) {
		struct table_lock *lock = &locks->tables[requests[i].table];

		if (requests[i].mode == LOCK_WRITE)
			lock->writer = true;
		else
			lock->readers++;
	}
	pthread_mutex_unlock(&locks->mutex);
	return granted;
}

void locks_release(struct locks *locks, uint32_t table, enum lock_mode mode)
{
	struct table_lock *lock = &locks->tables[table];

	assert(table < locks->ntables);
	pthread_mutex_lock(&locks->mutex);
	assert(mode == LOCK_WRITE ? lock->writer : lock->readers > 0);
	if (mode == LOCK_WRITE)
		lock->writer = false;
	else
		lock->readers--;
	pthread_mutex_unlock(&locks->mutex);
}
