/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * backup_copy.h: the half of a backup that a worker does
 */
#ifndef TFSD_BACKUP_COPY_H
#define TFSD_BACKUP_COPY_H

#include <limits.h>

#include "job.h"
#include "store.h"

/**
 * struct backup_copy - a worker's while @job is pending
 * @base:   where it goes, without what makes the name the only one, and without ".db"
 * @path:   where it went
 * @status: OC_ECANCELLED: the job was cancelled, and nothing is there
 */
struct backup_copy {
	struct job job;
	struct store *store;
	char base[PATH_MAX];
	char path[PATH_MAX + 16];
	int status;
	struct store_error error;
};

/*
 * For worker_submit(): @directory/@name-YYYYMMDDTHHMMSSZ.db. @latch is set when it is done.
 * OC_OK; OC_EINVAL: the path is too long.
 */
int backup_copy_init(struct backup_copy *copy, struct store *store, const char *directory,
		     const char *name, struct oc_latch *latch);

#endif /* TFSD_BACKUP_COPY_H */
