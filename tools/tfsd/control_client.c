// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * control_client.c: one client of the control socket
 *
 * An event is one step: receive, or handle one line, or send. If lines are left the
 * socket is asked whether it can be written to, which it can, so the loop comes back
 * after it has looked at everybody else.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <oc/status.h>

#include "control_client.h"
#include "log.h"

static void set_state(struct control_client *client, enum control_state state)
{
	struct loop *loop = control_loop(client->control);

	client->state = state;
	if (state == CONTROL_WAIT)
		loop_cancel_timer(loop, &client->timer);
	else
		loop_set_timer(loop, &client->timer, oc_clock_ns() + CONTROL_PATIENCE_NS);
}

void control_client_close(struct control_client *client)
{
	struct loop *loop = control_loop(client->control);

	loop_cancel_timer(loop, &client->timer);
	loop_remove(loop, client->id);
	close(client->fd);
	free(client->table);
	client->table = NULL;
	client->state = CONTROL_FREE;
}

static void out_of_patience(struct loop_timer *timer)
{
	struct control_client *client = container_of(timer, struct control_client, timer);

	log_debug("control: %s: put out, it does not %s", control_client_name(client),
		  client->state == CONTROL_READ ? "ask" : "take its answer");
	control_client_close(client);
}

/* False: it is gone. */
static bool receive(struct control_client *client)
{
	ssize_t n = recv(client->fd, client->line + client->length,
			 sizeof(client->line) - client->length, 0);

	if (n > 0)
		client->length += (size_t)n;
	else if (n == 0)
		client->eof = true;
	else if (errno != EAGAIN && errno != EINTR)
		return false;
	return true;
}

static bool send_some(struct control_client *client)
{
	size_t left = client->table_size - (client->sent < client->table_size ? client->sent :
					     client->table_size);
	size_t end_sent = client->sent + left - client->table_size;
	struct iovec parts[] = {
		{ client->table + (client->table_size - left), left },
		{ client->end + end_sent, client->end_size - end_sent },
	};
	const struct msghdr msg = { .msg_iov = parts, .msg_iovlen = 2 };
	ssize_t n = sendmsg(client->fd, &msg, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR;
	client->sent += (size_t)n;
	if (client->sent < client->table_size + client->end_size)
		return true;
	free(client->table);
	client->table = NULL;
	set_state(client, CONTROL_READ);
	return !client->last;
}

void control_client_end(struct control_client *client)
{
	if (client->state == CONTROL_WRITE)
		send_some(client);
	control_client_close(client);
}

static void handle_line(struct control_client *client, size_t length)
{
	struct control_request request;
	const char *error = control_parse(&request, client->line, length);

	client->length -= length + 1;
	memmove(client->line, client->line + length + 1, client->length);
	set_state(client, CONTROL_WAIT);
	if (error)
		control_answer(client, NULL, 0, error);
	else
		control_handle(client, &request);
}

static const char *end_of_line(const struct control_client *client)
{
	return memchr(client->line, '\n', client->length);
}

static bool next_line(struct control_client *client)
{
	const char *newline = end_of_line(client);

	if (newline) {
		handle_line(client, (size_t)(newline - client->line));
	} else if (client->length == sizeof(client->line)) {
		client->last = true;
		control_answer(client, NULL, 0, "the line is too long");
	} else if (client->eof) {
		return false;
	}
	return true;
}

/* Of a client that waits only the end is of interest, so that its end is seen at once. */
static uint32_t wanted(const struct control_client *client)
{
	if (client->state == CONTROL_WRITE)
		return OC_EVENT_WRITABLE;
	if (client->state == CONTROL_READ && end_of_line(client))
		return OC_EVENT_WRITABLE;
	return client->eof || client->length == sizeof(client->line) ? 0 : OC_EVENT_READABLE;
}

static void step(struct loop_handler *handler, const struct oc_event *event)
{
	struct control_client *client = container_of(handler, struct control_client, handler);
	bool good = true;

	if (client->state == CONTROL_WRITE)
		good = send_some(client);
	else if (event->what & OC_EVENT_READABLE)
		good = receive(client);
	if (good && client->state == CONTROL_READ)
		good = next_line(client);
	if (!good)
		control_client_close(client);
	else
		loop_modify(control_loop(client->control), client->id, wanted(client));
}

int control_client_open(struct control_client *client, struct control *control, uint64_t serial,
			int fd)
{
	struct ucred peer = { .pid = 0, .uid = (uid_t)-1 };
	socklen_t size = sizeof(peer);

	*client = (struct control_client){
		.control = control,
		.handler = { step },
		.timer = { .fire = out_of_patience },
		.serial = serial,
		.fd = fd,
	};
	if (!getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size)) {
		client->pid = peer.pid;
		client->uid = peer.uid;
	}
	client->id = loop_add_fd(control_loop(control), fd, OC_EVENT_READABLE, &client->handler);
	if (client->id < 0)
		return client->id;
	set_state(client, CONTROL_READ);
	return OC_OK;
}

void control_answer(struct control_client *client, char *table, size_t size, const char *error)
{
	client->table = table;
	client->table_size = table ? size : 0;
	client->sent = 0;
	client->end_size = (size_t)(error ? snprintf(client->end, sizeof(client->end) - 1,
						     "ERROR %s", error) :
				    snprintf(client->end, sizeof(client->end) - 1, "OK"));
	if (client->end_size > sizeof(client->end) - 2)
		client->end_size = sizeof(client->end) - 2;
	client->end[client->end_size++] = '\n';
	set_state(client, CONTROL_WRITE);
	loop_modify(control_loop(client->control), client->id, OC_EVENT_WRITABLE);
}

uint64_t control_client_id(const struct control_client *client)
{
	return client->serial;
}

const char *control_client_name(const struct control_client *client)
{
	static char name[48];

	snprintf(name, sizeof(name), "pid %ld, uid %lu", (long)client->pid,
		 (unsigned long)client->uid);
	return name;
}
