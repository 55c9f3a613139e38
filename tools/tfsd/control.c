// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * control.c: whom the control socket lets in
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <oc/status.h>

#include "control_client.h"
#include "control_socket.h"
#include "log.h"

/* Without a descriptor to spare nobody can be let in: until then the socket is left alone. */
#define NO_ROOM_NS	LOOP_SECOND

/**
 * struct control
 * @serial: of the last client
 * @again:  when to listen again
 */
struct control {
	struct loop *loop;
	struct control_handler *handler;
	struct control_socket socket;
	struct loop_handler on_connection;
	struct loop_timer again;
	int id;
	uint64_t serial;
	struct control_client clients[CONTROL_CLIENTS_MAX];
};

struct loop *control_loop(struct control *control)
{
	return control->loop;
}

void control_handle(struct control_client *client, const struct control_request *request)
{
	struct control_handler *handler = client->control->handler;

	handler->handle(handler, client, request);
}

static void listen_again(struct loop_timer *timer)
{
	struct control *control = container_of(timer, struct control, again);

	loop_modify(control->loop, control->id, OC_EVENT_READABLE);
}

static void listen_later(struct control *control)
{
	log_warning("control: a connection: %s", strerror(errno));
	loop_modify(control->loop, control->id, 0);
	loop_set_timer(control->loop, &control->again, oc_clock_ns() + NO_ROOM_NS);
}

static struct control_client *find_free(struct control *control)
{
	for (unsigned int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].state == CONTROL_FREE)
			return &control->clients[i];
	return NULL;
}

static void refuse(int fd)
{
	static const char text[] = "ERROR too many connections\n";

	if (send(fd, text, sizeof(text) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		log_debug("control: a connection too many: %s", strerror(errno));
	close(fd);
}

static void let_in(struct loop_handler *handler, const struct oc_event *event)
{
	struct control *control = container_of(handler, struct control, on_connection);
	struct control_client *client = find_free(control);
	int fd = accept4(control->socket.fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	(void)event;
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS))
		listen_later(control);
	if (fd < 0)
		return;
	if (!client || control_client_open(client, control, ++control->serial, fd) != OC_OK)
		refuse(fd);
	else
		log_debug("control: %s", control_client_name(client));
}

int control_open(struct control **out, struct loop *loop, const char *path,
		 struct control_handler *handler)
{
	struct control *control = calloc(1, sizeof(*control));
	int error;

	if (!control)
		return OC_ENOMEM;
	control->loop = loop;
	control->handler = handler;
	control->on_connection.event = let_in;
	control->again.fire = listen_again;
	if (control_socket_open(&control->socket, path))
		goto free_control;
	control->id = loop_add_fd(loop, control->socket.fd, OC_EVENT_READABLE,
				  &control->on_connection);
	if (control->id < 0)
		goto close_socket;
	*out = control;
	return OC_OK;

close_socket:
	error = errno;
	control_socket_close(&control->socket);
	errno = error;
free_control:
	free(control);
	return OC_ESYSTEM;
}

void control_close(struct control *control)
{
	if (!control)
		return;
	for (unsigned int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].state != CONTROL_FREE)
			control_client_end(&control->clients[i]);
	loop_cancel_timer(control->loop, &control->again);
	loop_remove(control->loop, control->id);
	control_socket_close(&control->socket);
	free(control);
}

struct control_client *control_find(struct control *control, uint64_t id)
{
	for (unsigned int i = 0; i < CONTROL_CLIENTS_MAX; i++)
		if (control->clients[i].state != CONTROL_FREE && control->clients[i].serial == id)
			return &control->clients[i];
	return NULL;
}
