/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * session.h: one login on a channel: its database, tables and transaction
 */
#ifndef TFSD_SESSION_H
#define TFSD_SESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "activity.h"
#include "database.h"

/**
 * struct session_table - a table under the number that the client gave it
 * @table:    its number in the store's schema
 * @row_size: of its row struct
 * @mode:     the lock that the transaction holds on it
 * @next:     rowid that the transaction's next insert must have
 */
struct session_table {
	uint32_t table;
	uint32_t row_size;
	enum lock_mode mode;
	int64_t next;
};

/**
 * struct session
 * @next:        in the channel's list
 * @id:          never 0; not used again while this tfsd runs
 * @client_id:   from LOGIN, for the log
 * @max_message: largest response that the client takes
 * @database:    NULL: none is open
 * @conn:        the channel's thread's connection to it
 * @updating:    an update transaction is active
 * @version:     of the store when it started
 * @statement:   SQL of which more may be asked for; NULL: none
 * @last_statement: the number of the last one
 * @activity:    what others see of it; the channel's
 */
struct session {
	struct session *next;
	uint32_t id;
	uint64_t client_id;
	uint32_t max_message;
	struct database *database;
	struct store_conn *conn;
	struct session_table *tables;
	uint32_t ntables;
	bool updating;
	uint32_t version;
	struct statement *statement;
	uint32_t last_statement;
	struct activity_session *activity;
};

/* NULL: no memory. */
struct session *session_new(uint32_t id, struct activity_session *activity);

/* Rolls back, closes, frees. */
void session_free(struct session *session);

/* Takes over @tables (from malloc). */
void session_open(struct session *session, struct database *database, struct store_conn *conn,
		  struct session_table *tables, uint32_t ntables);
void session_close(struct session *session);

/* Locks tables by the client's numbers; see locks_acquire(). @busy is the client's number too. */
bool session_lock(struct session *session, const struct lock_request *requests, uint32_t n,
		  uint32_t *busy);

/* Ends the transaction, if there is one: its locks are free. */
void session_end_update(struct session *session);

/* Ends the SQL statement, if there is one; no worker is at it for a request. */
void session_end_statement(struct session *session);

/* The client's number of a store's table, or OC_NONE. */
uint32_t session_table_number(const struct session *session, uint32_t store_table);

#endif /* TFSD_SESSION_H */
