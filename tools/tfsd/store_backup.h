/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * store_backup.h: a copy of a database, made while it is in use
 *
 *	store_backup_start(&backup, store, "/backups/weather.db", &error);
 *	do
 *		status = store_backup_step(backup, &done, &error);
 *	while (status == OC_OK && !done && !stop);
 *	if (status == OC_OK && done)
 *		status = store_backup_finish(backup, &error);
 *	else
 *		store_backup_abandon(backup);
 *
 * The copy is of the last commit before its start, whatever is committed meanwhile; nobody
 * waits for it, and it never has to begin again. What it costs is that the log cannot be
 * begun anew before its end. It is one file, which any SQLite tool may open; as long as it
 * is not complete and on the disk, it is called "....part".
 *
 * It waits for the disk: not for a reactor. Any thread, one at a time.
 *
 *	OC_EINVAL		the file is there already: nothing is replaced
 *	OC_EUNAVAILABLE		another program has the database locked
 *	OC_EFULL		the disk is full
 *	OC_ENOMEM, OC_ESTORE
 */
#ifndef TFSD_STORE_BACKUP_H
#define TFSD_STORE_BACKUP_H

#include "store.h"

struct store_backup;

int store_backup_start(struct store_backup **out, struct store *store, const char *path,
		       struct store_error *error);

/* Copies half a megabyte. *@done: that was the last of it. */
int store_backup_step(struct store_backup *backup, bool *done, struct store_error *error);

/* Of the database's pages, how many are copied; after the first step. */
void store_backup_progress(const struct store_backup *backup, unsigned int *copied,
			   unsigned int *all);

/* After the last step: OC_OK, and the copy is there, also after a power loss; or abandoned. */
int store_backup_finish(struct store_backup *backup, struct store_error *error);

/* At any time: nothing of it remains. */
void store_backup_abandon(struct store_backup *backup);

#endif /* TFSD_STORE_BACKUP_H */
