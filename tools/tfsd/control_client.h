/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * control_client.h: a connection to the control socket, for control*.c alone
 *
 *	READ	its line is awaited			patience: since it may send one
 *	WAIT	the handler has it			none
 *	WRITE	the answer leaves			patience: since it began to
 */
#ifndef TFSD_CONTROL_CLIENT_H
#define TFSD_CONTROL_CLIENT_H

#include "control.h"

enum control_state {
	CONTROL_FREE = 0,
	CONTROL_READ,
	CONTROL_WAIT,
	CONTROL_WRITE,
};

/**
 * struct control_client
 * @serial: its number, counted from 1
 * @line:   what was received and not yet taken, @length bytes
 * @eof:    nothing more comes
 * @last:   it is closed after this answer
 * @table:  of the answer, then @end; @sent bytes of both together have left
 */
struct control_client {
	struct control *control;
	struct loop_handler handler;
	struct loop_timer timer;
	enum control_state state;
	uint64_t serial;
	int fd;
	int id;
	pid_t pid;
	uid_t uid;
	bool eof;
	bool last;
	char line[CONTROL_LINE_MAX];
	size_t length;
	char *table;
	size_t table_size;
	char end[CONTROL_LINE_MAX];
	size_t end_size;
	size_t sent;
};

/* Serves @fd from now on. OC_OK, or the loop's error. */
int control_client_open(struct control_client *client, struct control *control, uint64_t serial,
			int fd);
void control_client_close(struct control_client *client);

/* The same, and what is left of its answer is sent if that needs no waiting. */
void control_client_end(struct control_client *client);

struct loop *control_loop(struct control *control);

/* Passes a request to who knows the answer. */
void control_handle(struct control_client *client, const struct control_request *request);

#endif /* TFSD_CONTROL_CLIENT_H */
