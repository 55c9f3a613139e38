// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * SQLite's allocator, and in front of it one that counts
 */
#include <pthread.h>
#include <sqlite3.h>
#include <stddef.h>

#include <oc/status.h>

#include "store_memory.h"

#define CALLS_PER_LOOK	256u	/* microseconds */

static sqlite3_mem_methods real;
static _Thread_local struct store_memory *current;

static bool is_stopped(struct store_memory *memory)
{
	if (!memory->stop || memory->calls++ % CALLS_PER_LOOK)
		return false;
	return memory->stop(memory->stop_ctx);
}

/* What was denied once stays so until the end: the rest of the work is in vain. */
static bool is_denied(int bytes)
{
	struct store_memory *memory = current;

	if (!memory)
		return false;
	if (memory->used + bytes > memory->max || is_stopped(memory))
		memory->denied = true;
	return memory->denied;
}

static void count(int bytes)
{
	if (current)
		current->used += bytes;
}

static void *take(int bytes)
{
	void *at = is_denied(bytes) ? NULL : real.xMalloc(bytes);

	if (at)
		count(real.xSize(at));
	return at;
}

static void give(void *at)
{
	count(-real.xSize(at));
	real.xFree(at);
}

static void *retake(void *at, int bytes)
{
	int before = real.xSize(at);

	if (bytes > before && is_denied(bytes - before))
		return NULL;
	at = real.xRealloc(at, bytes);
	if (at)
		count(real.xSize(at) - before);
	return at;
}

static int installed = SQLITE_MISUSE;

static void install(void)
{
	static sqlite3_mem_methods ours;

	installed = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	if (!installed)
		installed = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &real);
	if (installed)
		return;
	ours = real;
	ours.xMalloc = take;
	ours.xFree = give;
	ours.xRealloc = retake;
	installed = sqlite3_config(SQLITE_CONFIG_MALLOC, &ours);
}

int store_memory_install(void)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, install);
	return installed ? OC_ESTORE : OC_OK;
}

void store_memory_begin(struct store_memory *memory)
{
	memory->denied = false;
	memory->calls = 0;
	current = memory;
}

void store_memory_end(void)
{
	current = NULL;
}
