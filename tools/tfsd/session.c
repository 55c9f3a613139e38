// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * session.c: one login on a channel
 */
#include <stdlib.h>

#include <oc/wire.h>

#include "session.h"
#include "statement.h"

struct session *session_new(uint32_t id, struct activity_session *activity)
{
	struct session *session = calloc(1, sizeof(*session));

	if (!session)
		return NULL;
	session->id = id;
	session->activity = activity;
	return session;
}

void session_free(struct session *session)
{
	session_end_update(session);
	session_close(session);
	free(session);
}

void session_open(struct session *session, struct database *database, struct store_conn *conn,
		  struct session_table *tables, uint32_t ntables)
{
	session->database = database;
	session->conn = conn;
	session->tables = tables;
	session->ntables = ntables;
	activity_session_database(session->activity, database->name);
}

void session_end_statement(struct session *session)
{
	statement_end(session->statement);
	session->statement = NULL;
}

void session_close(struct session *session)
{
	session_end_statement(session);
	if (session->conn)
		store_forget(session->conn);
	free(session->tables);
	session->tables = NULL;
	session->ntables = 0;
	session->database = NULL;
	session->conn = NULL;
	activity_session_database(session->activity, NULL);
}

bool session_lock(struct session *session, const struct lock_request *requests, uint32_t n,
		  uint32_t *busy)
{
	struct lock_request translated[OC_TABLES_MAX] = { { .mode = LOCK_NONE } };
	uint32_t table;

	for (uint32_t i = 0; i < n; i++) {
		translated[i].table = session->tables[requests[i].table].table;
		translated[i].mode = requests[i].mode;
	}
	if (!locks_acquire(session->database->locks, translated, n, &table)) {
		*busy = session_table_number(session, table);
		return false;
	}
	for (uint32_t i = 0; i < n; i++)
		session->tables[requests[i].table].mode = requests[i].mode;
	session->updating = true;
	activity_session_transaction(session->activity, true);
	return true;
}

void session_end_update(struct session *session)
{
	for (uint32_t i = 0; i < session->ntables; i++) {
		struct session_table *t = &session->tables[i];

		if (t->mode != LOCK_NONE)
			locks_release(session->database->locks, t->table, t->mode);
		t->mode = LOCK_NONE;
	}
	if (session->updating)
		activity_session_transaction(session->activity, false);
	session->updating = false;
}

uint32_t session_table_number(const struct session *session, uint32_t store_table)
{
	for (uint32_t i = 0; i < session->ntables; i++)
		if (session->tables[i].table == store_table)
			return i;
	return OC_NONE;
}
