// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * backup_copy.c: the half of a backup that a worker does
 */
#include <stdio.h>
#include <time.h>

#include <oc/status.h>

#include "activity_thread.h"
#include "backup_copy.h"
#include "store_backup.h"
#include "worker.h"

/* So many within a second, of one database. */
#define NAMES_MAX	100

static int copy_all(struct store_backup *backup, struct worker *worker, struct store_error *error)
{
	bool done = false;
	int status;

	do {
		if (worker_stopped(worker))
			return OC_ECANCELLED;
		status = store_backup_step(backup, &done, error);
	} while (status == OC_OK && !done);
	return status;
}

/* A name that is taken is no error: it was a copy of the same second. */
static int start(struct backup_copy *copy, struct store_backup **backup)
{
	int status = OC_EINVAL;

	for (int i = 0; status == OC_EINVAL && i < NAMES_MAX; i++) {
		if (i)
			snprintf(copy->path, sizeof(copy->path), "%s-%d.db", copy->base, i);
		else
			snprintf(copy->path, sizeof(copy->path), "%s.db", copy->base);
		status = store_backup_start(backup, copy->store, copy->path, &copy->error);
	}
	return status;
}

static void run(struct job *job, struct worker *worker)
{
	struct backup_copy *copy = (struct backup_copy *)job;
	struct store_backup *backup;

	activity_wait_begin(ACTIVITY_BACKUP);
	copy->status = start(copy, &backup);
	if (copy->status == OC_OK) {
		copy->status = copy_all(backup, worker, &copy->error);
		if (copy->status == OC_OK)
			copy->status = store_backup_finish(backup, &copy->error);
		else
			store_backup_abandon(backup);
	}
	activity_wait_end();
}

int backup_copy_init(struct backup_copy *copy, struct store *store, const char *directory,
		     const char *name, struct oc_latch *latch)
{
	char stamp[32];
	time_t now = time(NULL);
	struct tm tm;
	int n;

	copy->job = (struct job){ .run = run, .done = latch };
	copy->store = store;
	copy->error = (struct store_error){ .text = "" };
	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &tm);
	n = snprintf(copy->base, sizeof(copy->base), "%s/%s-%s", directory, name, stamp);
	return n < (int)sizeof(copy->base) ? OC_OK : OC_EINVAL;
}

_Static_assert(offsetof(struct backup_copy, job) == 0, "run() finds the copy by its job");
