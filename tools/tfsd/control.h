/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * control.h: the control socket: lines in, tables out, in the main thread's loop
 *
 * A client sends a line (control_request.h) and gets an answer: lines of columns with a
 * tab between them, or of what is wrong; and a last line, "OK" or "ERROR " and a
 * sentence. Then it may send another one, or leave.
 *
 *	dump\n				#session	session	channel	...
 *					session		17	0	...
 *					OK
 *	kill 18\n			ERROR session 18 is not there
 *
 * Clients are those whom the file's mode lets in, but they are not trusted to behave: no
 * call waits for one, a line and the number of clients are bounded, one that does not get
 * on is put out, and one that asks all the time gets one answer a turn of the loop.
 */
#ifndef TFSD_CONTROL_H
#define TFSD_CONTROL_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "control_request.h"
#include "loop.h"

#define CONTROL_CLIENTS_MAX	16

/* For a line, and for taking an answer. */
#define CONTROL_PATIENCE_NS	(30 * LOOP_SECOND)

struct control;
struct control_client;

/**
 * struct control_handler - who knows the answers
 * @handle: calls control_answer() for @client, at once or later; later by a client that
 *          control_find() still has
 */
struct control_handler {
	void (*handle)(struct control_handler *handler, struct control_client *client,
		       const struct control_request *request);
};

/*
 * From now on clients are served. OC_OK; OC_ESYSTEM: errno is as
 * control_socket_open() says, or the loop's; OC_ENOMEM.
 */
int control_open(struct control **out, struct loop *loop, const char *path,
		 struct control_handler *handler);

/* Who waits for an answer gets none. Nothing happens to NULL. */
void control_close(struct control *control);

/* Never the same again for another client. */
uint64_t control_client_id(const struct control_client *client);

/* NULL: it has gone. */
struct control_client *control_find(struct control *control, uint64_t id);

/* Who it is, in the log: "pid 17, uid 0". Valid until the next call. */
const char *control_client_name(const struct control_client *client);

/* @table: lines, taken over (from malloc); or NULL. @error: NULL, or a sentence; no newline. */
void control_answer(struct control_client *client, char *table, size_t size, const char *error);

#endif /* TFSD_CONTROL_H */
