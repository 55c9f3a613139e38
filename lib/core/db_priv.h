/* SPDX-License-Identifier: MIT */
/*
 * db_priv.h: the states of a database handle, and what its files share
 *
 * The caller's memory, from its start: the next rowids (one a table), the response
 * that came last (rx), and the rest is the cache: the OPEN message once, then the
 * END message of the running transaction as it grows.
 */
#ifndef OC_DB_PRIV_H
#define OC_DB_PRIV_H

#include <oc/db.h>

#include "env.h"

#define OC_DB_LOCK_TIMEOUT_S	10

enum oc_db_state {
	OC_DB_CLOSED = 0,
	OC_DB_OPEN,		/* no transaction */
	OC_DB_UPDATE,		/* start_update was granted */
	OC_DB_UNSURE,		/* no transaction here; the server may think otherwise */
	OC_DB_BROKEN,		/* the session is gone: db->broken */
};

#define OC_DB_CACHE_EMPTY	(sizeof(struct oc_msg) + sizeof(struct oc_end_request))

/* Sets what oc_db_error() tells, with OC_OK nothing. Returns @status. */
int oc_db_fail(struct oc_db *db, int status);
int oc_db_fail_at(struct oc_db *db, int status, uint32_t index, uint32_t table);

/*
 * Sends @msg (length and op filled in) and receives into rx. OC_OK, or the
 * transport's or the server's status with db->error filled in.
 */
int oc_db_call(struct oc_db *db, struct oc_msg *msg);

/* The same, and again while the server says OC_EUNAVAILABLE, until the lock timeout. */
int oc_db_call_for_lock(struct oc_db *db, struct oc_msg *msg);

/*
 * One request and its response on the channel, whose other users wait meanwhile. The
 * transport's status; db->error is left alone.
 */
int oc_db_exchange(struct oc_db *db, struct oc_msg *msg, void *response, uint32_t size);

/* For the channel; an error if the server's number is out of range. */
int oc_db_set_max_packet(struct oc_db *db, uint32_t bytes);

/* A request without a body, whose response has none either. */
int oc_db_call_empty(struct oc_db *db, uint16_t op);

/* The body of the response in rx. */
static inline const void *oc_db_body(const struct oc_db *db)
{
	return db->rx + sizeof(struct oc_msg);
}

static inline uint32_t oc_db_body_size(const struct oc_db *db)
{
	return ((const struct oc_msg *)(const void *)db->rx)->length - sizeof(struct oc_msg);
}

/* The server sent what no server may send: the session ends here. */
int oc_db_protocol_error(struct oc_db *db);

/*
 * A transaction that a lost answer may have left open at the server is rolled back.
 * OC_OK, and the state is not OC_DB_UNSURE, or why that could not be done.
 */
int oc_db_make_sure(struct oc_db *db);

/* OC_OK if calls may be made: open, and not broken. */
int oc_db_usable(struct oc_db *db);

/* The table @number if there is one and @size is that of its rows, else NULL and an error. */
const struct oc_table *oc_db_table(struct oc_db *db, uint32_t number, uint32_t size, int *status);

/*
 * The transaction's own rows: the first one of @table that the cache holds at or
 * after byte *@at with a rowid above @after. Returns its rowid and copies it to @row
 * (which may be NULL), 0 if there is none; *@at is then behind it.
 */
int64_t oc_db_own_row(const struct oc_db *db, uint32_t table, int64_t after, uint32_t *at,
		      void *row);

#endif /* OC_DB_PRIV_H */
