// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * locks.c: table locks of one database
 */
#include <assert.h>
#include <stdlib.h>

#include "locks.h"

struct table_lock {
	uint32_t readers;
	bool writer;
};

struct locks {
	uint32_t ntables;
	struct table_lock tables[];
};

struct locks *locks_new(uint32_t ntables)
{
	struct locks *locks = calloc(1, sizeof(*locks) + ntables * sizeof(locks->tables[0]));

	if (locks)
		locks->ntables = ntables;
	return locks;
}

void locks_free(struct locks *locks)
{
	free(locks);
}

static bool is_free(const struct table_lock *lock, enum lock_mode mode)
{
	return !lock->writer && (mode == LOCK_READ || !lock->readers);
}

bool locks_acquire(struct locks *locks, const struct lock_request *requests, uint32_t n,
		   uint32_t *busy)
{
	for (uint32_t i = 0; i < n; i++) {
		assert(requests[i].table < locks->ntables);
		if (!is_free(&locks->tables[requests[i].table], requests[i].mode)) {
			*busy = requests[i].table;
			return false;
		}
	}
	for (uint32_t i = 0; i < n; i++) {
		struct table_lock *lock = &locks->tables[requests[i].table];

		if (requests[i].mode == LOCK_WRITE)
			lock->writer = true;
		else
			lock->readers++;
	}
	return true;
}

void locks_release(struct locks *locks, uint32_t table, enum lock_mode mode)
{
	struct table_lock *lock = &locks->tables[table];

	assert(table < locks->ntables);
	assert(mode == LOCK_WRITE ? lock->writer : lock->readers > 0);
	if (mode == LOCK_WRITE)
		lock->writer = false;
	else
		lock->readers--;
}
