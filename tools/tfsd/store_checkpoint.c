// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * One checkpoint, on the maintenance thread, which holds the writer token
 *
 * PASSIVE copies what no reader's snapshot holds back and waits for nobody. If that
 * was all, the next commit begins the log anew; TRUNCATE would make each log grow
 * from nothing, and growing is what makes a sync slow.
 */
#include <oc/status.h>

#include "log.h"
#include "store_sqlite.h"

int sqlite_checkpoint(void *ctx, unsigned int *pages, unsigned int *left)
{
	const struct sqlite_store *s = ctx;
	sqlite3 *db = s->db;
	int in_log = 0, copied = 0;
	int rc = sqlite3_wal_checkpoint_v2(db, "main", SQLITE_CHECKPOINT_PASSIVE, &in_log,
					   &copied);

	*pages = in_log > 0 ? (unsigned int)in_log : 0;
	*left = in_log > copied ? (unsigned int)(in_log - copied) : 0;
	if (!rc)
		return OC_OK;
	if ((rc & 0xff) == SQLITE_BUSY)
		return OC_PENDING;
	log_error("%s: checkpoint: %s (%d)", sqlite3_db_filename(db, "main"),
		  sqlite3_errmsg(db), rc);
	return rc == SQLITE_IOERR_FSYNC ? OC_EWRITEPANIC : OC_ESTORE;
}
