/* SPDX-License-Identifier: MIT */
/*
 * oc/db.h: the database client
 *
 *	static struct oc_db db;
 *	static uint64_t mem[WEATHER_DB_MEM_MIN / 8 + 512];
 *
 *	status = oc_db_open(&db, &ch, "weather", &weather_schema, mem, sizeof(mem), 0x1001);
 *	status = oc_db_start_update(&db, tables, 1, NULL, 0);
 *	rowid = oc_db_insert(&db, WEATHER_TABLE_WEATHER, &row, sizeof(row));
 *	status = oc_db_end(&db);
 *	status = oc_db_close(&db);
 *
 * The caller provides all memory. Inserts gather in it and leave with oc_db_end();
 * a transaction costs two messages however many rows it has.
 *
 * Inside an update, get and cursors see its own rows as well; outside, the last
 * commit, each batch of a cursor anew. Every call is bounded by the channel's
 * timeout, waiting for locks by a timeout of its own.
 *
 * Any call may return a status of the transport (oc/channel.h). OC_ECANCELLED: its
 * time was over, or the port abandoned it, and the request was taken back; all is as
 * if the call had not been made, so it may be made again. OC_ETIMEOUT, OC_EABANDONED:
 * the server was silent then, too; OC_ETOOBIG: the response did not fit. oc_db_get()
 * and cursors leave an open transaction as it was; after oc_db_end() its outcome is not
 * known; after oc_db_rollback(), and after oc_db_start_update(), its locks may stand
 * until the next oc_db_start_update() or oc_db_close(). With all other statuses the
 * session is gone, an open transaction with it, and every further call returns the
 * same status until oc_db_close().
 *
 * Sessions of several tasks may share a channel object if its port has a mutex. Each
 * handle has one user at a time; a call has the channel from request to response, and
 * not while it waits for a table that is locked. The channel is attached before the
 * tasks begin. When it is lost, each session learns of it by its own next call:
 *
 *	OC_ESERVER_RESTARTED, OC_EINTERFERENCE	why, whichever session saw it first
 *	OC_EDETACHED	given up after a breach of the protocol that another session was
 *			told of
 *	OC_ENOSESSION	and another session has attached again by now
 *
 * All go the same way on: oc_db_close(), oc_channel_attach_again(), oc_db_open(). Only
 * after OC_EINTERFERENCE there is somebody to find first: another live client of this
 * owner, from whom this would take the channel back.
 *
 * A call that the server answers may also return OC_ESTORE or OC_ENOMEM, and
 * OC_ESCHEMA if another program has altered the table meanwhile.
 */
#ifndef OC_DB_H
#define OC_DB_H

#include <stdbool.h>
#include <stdint.h>

#include <oc/channel.h>
#include <oc/schema.h>
#include <oc/status.h>
#include <oc/wire.h>

/*
 * Bytes of memory that a schema needs at least: the next rowids, room for a response
 * (one row, all next rowids, or an error), and the larger of the OPEN message and an
 * END of one row. More memory means more rows a transaction and a batch. `tfs
 * compile` writes it out as NAME_DB_MEM_MIN. Constant expressions; @open_size is the
 * length of the OPEN message.
 */
#define OC_DB_MAX(a, b)		((a) > (b) ? (a) : (b))
#define OC_DB_RESPONSE_MIN(ntables, max_row)					\
	OC_DB_MAX(168u, sizeof(struct oc_msg) +					\
		  OC_DB_MAX(8u * (ntables),					\
			    sizeof(struct oc_read_response) + 8u + (max_row)))
#define OC_DB_REQUEST_MIN(max_row, open_size)					\
	OC_DB_MAX((open_size), sizeof(struct oc_msg) + sizeof(struct oc_end_request) + \
		  sizeof(struct oc_change) + (max_row))
#define OC_DB_MEM_MIN(ntables, max_row, open_size)				\
	(8u * (ntables) + OC_DB_RESPONSE_MIN(ntables, max_row) +		\
	 OC_DB_REQUEST_MIN(max_row, open_size))

/**
 * struct oc_db_error - what the last call's status is about
 * @status: the same that the call returned
 * @index:  number of the insert in the transaction, from 0, or OC_NONE
 * @table:  table number, or OC_NONE
 * @column: index in the table's columns, or OC_NONE
 * @text:   the server's words, not NUL-terminated; NULL if there are none. It lies in
 *          the memory given to oc_db_open() and lasts until the next call.
 * @text_length: its bytes
 * @on_write: of OC_ESERVER_RESTARTED and OC_EINTERFERENCE: seen before the request was
 *          sent as a whole, so it was not executed. Otherwise the loss was seen while
 *          its response was awaited: it may have been.
 */
struct oc_db_error {
	int status;
	uint32_t index;
	uint32_t table;
	uint32_t column;
	const char *text;
	uint32_t text_length;
	bool on_write;
};

/**
 * struct oc_db - a session with one open database; every field is private
 */
struct oc_db {
	struct oc_channel *channel;
	const struct oc_schema *schema;
	int64_t *next;		/* per table: rowid of the next insert, 0: not locked */
	uint8_t *rx;
	uint32_t rx_size;
	uint8_t *cache;		/* the END message as it grows */
	uint32_t cache_size;
	uint32_t cache_used;
	uint32_t nchanges;
	uint32_t transactions;	/* started so far */
	uint32_t session;
	uint32_t grant;		/* of the channel, under which the session lives */
	int32_t lock_timeout_s;
	int broken;		/* status that ended the session */
	bool on_write;		/* that was seen before a request had left */
	uint8_t state;
	const struct oc_cursor *batch;	/* whose rows lie in rx */
	struct oc_db_error error;
};

/**
 * struct oc_cursor - a position in a table; every field is private
 */
struct oc_cursor {
	struct oc_db *db;
	uint32_t table;
	int64_t position;	/* rowid of the last row that was returned */
	uint32_t batch_next;	/* bytes into rx */
	uint32_t batch_left;	/* rows */
	uint32_t own_next;	/* bytes into the cache, once the server's rows are through */
	uint32_t transaction;	/* whose own rows they are */
	bool batch_end;		/* no row lay behind the batch */
	uint8_t phase;
};

/*
 * Logs in and opens database @name (two messages). A @schema without tables is good for
 * oc_db_sql(). @mem: aligned to 8, of @size
 * bytes, the library's until oc_db_close(). @client_id: stable across resets and
 * unique among the server's clients, or 0.
 *
 * OC_ENODATABASE, OC_ELIMIT, OC_ESHUTDOWN, OC_EVERSION, OC_EARCH.
 * OC_ETIMEOUT: the server may keep a session that nobody uses until the channel is
 * detached; also from oc_db_close(), there also with OC_ECANCELLED.
 * OC_ESCHEMA: oc_db_error() names table and column. OC_ENOTABLE: it names the table.
 * OC_ENOMEM: @size is below OC_DB_MEM_MIN for this schema.
 * OC_EINVAL: @mem is not aligned, or @name is empty or longer than OC_NAME_MAX.
 */
int oc_db_open(struct oc_db *db, struct oc_channel *ch, const char *name,
	       const struct oc_schema *schema, void *mem, uint32_t size, uint64_t client_id);

/*
 * Closes and logs out (two messages); an open transaction is rolled back. The
 * memory is the caller's again whatever is returned.
 */
int oc_db_close(struct oc_db *db);

/*
 * How long oc_db_start_update() waits for tables that are locked, in seconds: 0 fails
 * at once, OC_FOREVER waits, at most OC_TIMEOUT_MAX / 1000; 10 after oc_db_open(). It
 * asks anew from time to time, and lets go of channel and processor in between. Tables
 * are not had in the order in which they were asked for. OC_EINVAL: out of range.
 */
int oc_db_set_timeout(struct oc_db *db, int32_t seconds);

/*
 * Begins an update of the @nwrite tables in @write, reading also the @nread in
 * @read: locks them all, or none.
 *
 * OC_EUNAVAILABLE: another session has one of them locked, or another program the
 * file, and has kept it for the lock timeout. OC_ETRACTIVE, OC_ESHUTDOWN. OC_EFULL: a
 * table has no rowid left.
 * OC_EINVAL: @nwrite is 0, or a table number is out of range or appears twice.
 */
int oc_db_start_update(struct oc_db *db, const uint32_t *write, uint32_t nwrite,
		       const uint32_t *read, uint32_t nread);

/*
 * Adds a row to the transaction; no message. @row is copied. Returns the new row's
 * rowid, or: OC_ECACHE_FULL, and nothing has changed. OC_ENOTRANSACTION,
 * OC_ENOTLOCKED. OC_EROWSIZE: @size is not the table's. OC_EFULL: no rowid is left.
 */
int64_t oc_db_insert(struct oc_db *db, uint32_t table, const void *row, uint32_t size);

/*
 * Commits; the transaction is over whatever is returned, but for OC_ECANCELLED. With a
 * database of durability full, OC_OK means that the rows survive power loss.
 *
 * OC_ECANCELLED: nothing was stored, and the transaction is as it was: end it again, or
 * roll it back.
 * OC_ECONSTRAINT, OC_ECONFLICT, OC_EFULL: nothing was stored; oc_db_error() tells
 * which insert. OC_EUNAVAILABLE: nothing was stored; another program kept the file
 * locked. OC_EWRITEPANIC: a sync failed, now or before; whether the rows are stored
 * is not known, as after OC_ETIMEOUT. OC_ENOTRANSACTION.
 *
 * If no answer came, look through the channel: the server's next answer, or the next
 * grant, comes when the commit has been made or never will be. Who reads the file
 * earlier, also after a detach, may read it before the commit.
 */
int oc_db_end(struct oc_db *db);

/*
 * Drops the transaction's changes and locks. OC_ECANCELLED: it is as it was. OC_ENOTRANSACTION.
 */
int oc_db_rollback(struct oc_db *db);

/*
 * Copies the row to @row. OC_ENOTFOUND, OC_EROWSIZE, OC_ERANGE (names the column),
 * OC_EUNAVAILABLE: another program keeps the file locked; also from a cursor.
 */
int oc_db_get(struct oc_db *db, uint32_t table, int64_t rowid, void *row, uint32_t size);

/*
 * A forward cursor before the first row. It may be dropped at any time, and must be
 * at oc_db_close(). oc_cursor_next() copies the next row and returns its rowid, 0
 * behind the last one, or a negative status; after an error it may be called again
 * and goes on at the same row.
 */
int oc_cursor_open(struct oc_cursor *cursor, struct oc_db *db, uint32_t table);
int64_t oc_cursor_next(struct oc_cursor *cursor, void *row, uint32_t size);

/**
 * struct oc_sql_row - a row of a statement's result, while the callback runs
 * @values:   the first of its values; oc_sql_next_value() leads to the others
 * @ncolumns: how many
 */
struct oc_sql_row {
	const struct oc_sql_value *values;
	uint32_t ncolumns;
};

/* A callback for a row: 0 goes on, anything else ends the statement. */
typedef int oc_sql_row_fn(void *ctx, const struct oc_sql_row *row);

/*
 * Runs one SQL statement and calls @row for each row of its result. It only reads; what
 * it sees is one commit, from its first row to its last. @text has @length bytes and
 * travels in the memory of oc_db_open(). Rows come in batches, as many as fit a quarter
 * of that memory; each batch is waited for as long as the channel's timeout allows. The
 * callback runs between two rows or batches. It may take its time, but not seconds: the
 * server ends a statement that nobody asks about. On this handle it may call
 * nothing; what it calls all the same returns OC_EINVAL.
 *
 * The callback's value, if that was not 0. OC_ESQL: the server's store refuses the
 * statement, or it failed half-way; oc_db_error()->text says why, in its words.
 * OC_ENOTRANSACTION: it would write. OC_ETOOBIG: a row does not fit the memory.
 * OC_ENOMEM: the text does not. OC_ENOSTATEMENT: the callback took too long.
 * OC_ECANCELLED: a batch did not come in time; the statement is over. OC_ELIMIT: too
 * many statements of other clients are under way. OC_ETRACTIVE: in an update it is
 * refused. OC_ESHUTDOWN, OC_EUNAVAILABLE. OC_EINVAL: @length is 0. Rows that came before
 * a failure are good.
 */
int oc_db_sql(struct oc_db *db, const char *text, uint32_t length, oc_sql_row_fn *row, void *ctx);

/* A value's bytes: of a text or blob, these; of a number, what the next two give. */
static inline const void *oc_sql_bytes(const struct oc_sql_value *value)
{
	return value + 1;
}

static inline const struct oc_sql_value *oc_sql_next_value(const struct oc_sql_value *value)
{
	return (const struct oc_sql_value *)(value + 1) + oc_pad8(value->length) / sizeof(*value);
}

static inline int64_t oc_sql_integer(const struct oc_sql_value *value)
{
	return *(const int64_t *)oc_sql_bytes(value);
}

static inline double oc_sql_real(const struct oc_sql_value *value)
{
	return *(const double *)oc_sql_bytes(value);
}

/* About the last call on this handle; valid until the next one. Never NULL. */
const struct oc_db_error *oc_db_error(const struct oc_db *db);

#endif /* OC_DB_H */
