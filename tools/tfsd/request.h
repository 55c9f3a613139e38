/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * request.h: what tfsd does for each operation of oc/wire.h
 *
 * A handler gets the request's body, which lies in memory that the client cannot
 * reach any more, and leaves its response's body with response_body(). It returns
 * OC_OK, a status with the details in request->error, or OC_PENDING: nothing has
 * been changed that asking again would change twice, and it wants to be asked
 * again; but it may never be, because its client takes it back. A handler may free
 * sessions only through channel_end_session().
 */
#ifndef TFSD_REQUEST_H
#define TFSD_REQUEST_H

#include "channel.h"

/**
 * struct body - a request's body while it is taken apart
 * @at:   what comes next
 * @left: bytes from there on
 */
struct body {
	const uint8_t *at;
	uint32_t left;
};

/* The next @size bytes, or NULL if there are not so many. */
const void *body_take(struct body *body, uint32_t size);

/* The same, and the padding up to the next multiple of 8 behind them. */
const void *body_take_padded(struct body *body, uint32_t size);

/*
 * Runs the channel's request as far as it goes: OC_PENDING, or answered. Before each try,
 * and within the store, it is looked whether the client has taken the request back:
 * OC_ECANCELLED then, and all is as if it had not come. What was committed is answered.
 */
int request_run(struct channel *channel);

/* Whether its client or an administrator takes the request back. Asked as often as you like. */
bool request_cancelled(struct channel *channel);

/*
 * The request ends as soon as it can, with no answer. True: no worker has any of it, nor of
 * its session; false: ask again, and touch neither.
 */
bool request_stop(struct channel *channel);

/* The client will not learn what was answered: undoes what only it would use. */
void request_undo(struct channel *channel);

/* Room for a response's body of @size bytes; NULL if the client does not take so many. */
void *response_body(struct channel *channel, uint32_t size);

/* The largest body that the client takes. */
uint32_t response_room(const struct channel *channel);

/* Takes the session off the channel and frees it. */
void channel_end_session(struct channel *channel, struct session *session);

/* request_session.c */
int handle_ping(struct channel *channel, struct body *body);
int handle_login(struct channel *channel, struct body *body);
int handle_logout(struct channel *channel, struct body *body);
int handle_open(struct channel *channel, struct body *body);
int handle_close(struct channel *channel, struct body *body);

/* request_update.c */
int handle_start_update(struct channel *channel, struct body *body);
int handle_end(struct channel *channel, struct body *body);
int handle_rollback(struct channel *channel, struct body *body);

/* request_read.c */
int handle_get(struct channel *channel, struct body *body);
int handle_read(struct channel *channel, struct body *body);

/* request_sql.c */
int handle_sql(struct channel *channel, struct body *body);
int handle_sql_next(struct channel *channel, struct body *body);
int handle_sql_end(struct channel *channel, struct body *body);

/* Sets what a refusal is about; returns @status. @table is the client's number. */
int request_fail(struct channel *channel, int status, uint32_t table, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * What a call of the store returned, for the client: its table number in
 * request->error becomes the client's. While another program has the file locked,
 * OC_PENDING until busy_timeout is over.
 */
int request_store_result(struct channel *channel, int status);

#endif /* TFSD_REQUEST_H */
