// SPDX-License-Identifier: GPL-2.0-only
/*
 * A request and its response through iceoryx, client and server spinning.
 *
 *	iceoryx BYTES		of each, up to 32768
 *
 * Needs RouDi, iceoryx's daemon, which sets the connections up; run.sh starts it. Both
 * write into memory that iceoryx lends; nothing is copied on the receiving side.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iceoryx_binding_c/client.h"
#include "iceoryx_binding_c/log.h"
#include "iceoryx_binding_c/runtime.h"
#include "iceoryx_binding_c/server.h"

#include "extern.h"

#define PATIENCE	20	/* seconds for RouDi and the connection */
#define SIZE_MAX_BYTES	32768

static iox_client_t client;
static iox_client_storage_t client_storage;
static iox_server_storage_t server_storage;
static uint32_t size;
static uint8_t data[SIZE_MAX_BYTES];
static volatile uint8_t sink;

static bool answer(iox_server_t server, const void *request)
{
	void *response;

	sink = ((const uint8_t *)request)[size - 1];
	if (iox_server_loan_response(server, request, &response, size) !=
	    AllocationResult_SUCCESS)
		return false;
	memcpy(response, data, size);
	if (iox_server_send(server, response) != ServerSendResult_SUCCESS)
		return false;
	iox_server_release_request(server, request);
	return true;
}

/* Spins only while it is told to by a line, for as many trips. */
static void serve(int commands, const char *name)
{
	const void *request;
	iox_server_t server;
	uint64_t trips;

	iox_runtime_init(name);
	server = iox_server_init(&server_storage, "tfs", "bench", name + strlen("server-"), NULL);
	while (read(commands, &trips, sizeof(trips)) == sizeof(trips))
		while (trips) {
			if (iox_server_take_request(server, &request) !=
			    ServerRequestResult_SUCCESS)
				continue;
			if (!answer(server, request))
				_exit(1);
			trips--;
		}
	iox_server_deinit(server);
}

static int commands[2];

static bool make_trip(void)
{
	const void *response;
	void *request;

	if (iox_client_loan_request(client, &request, size) != AllocationResult_SUCCESS)
		return false;
	memcpy(request, data, size);
	if (iox_client_send(client, request) != ClientSendResult_SUCCESS)
		return false;
	while (iox_client_take_response(client, &response) != ChunkReceiveResult_SUCCESS)
		;
	sink = ((const uint8_t *)response)[size - 1];
	iox_client_release_response(client, response);
	return true;
}

static double make_trips(uint64_t trips)
{
	uint64_t all = trips + 1;
	double from;

	if (write(commands[1], &all, sizeof(all)) != sizeof(all) || !make_trip())
		return -1;
	from = extern_seconds();
	while (trips--)
		if (!make_trip())
			return -1;
	return extern_seconds() - from;
}

static void late(int number)
{
	(void)number;
	if (write(STDOUT_FILENO, "no answer from RouDi\n", 21) < 0)
		_exit(2);
	_exit(1);
}

static void connect_client(const char *name)
{
	iox_runtime_init(name);
	client = iox_client_init(&client_storage, "tfs", "bench", name + strlen("client-"), NULL);
	while (iox_client_get_connection_state(client) != ConnectionState_CONNECTED)
		usleep(1000);
}

int main(int argc, char **argv)
{
	char name[2][64];
	int status;
	pid_t pid;

	size = argc == 2 ? (uint32_t)strtoul(argv[1], NULL, 10) : 0;
	if (!size || size > SIZE_MAX_BYTES || pipe(commands))
		extern_cannot("usage: iceoryx BYTES, up to 32768");
	if (extern_alone())
		extern_cannot("it needs two processors");
	snprintf(name[0], sizeof(name[0]), "client-%d", (int)getpid());
	snprintf(name[1], sizeof(name[1]), "server-%d", (int)getpid());
	iox_set_loglevel(Iceoryx_LogLevel_Off);
	pid = fork();
	if (pid < 0)
		extern_cannot("fork failed");
	if (!pid) {
		close(commands[1]);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (extern_pin(true))
			serve(commands[0], name[1]);
		exit(0);
	}
	signal(SIGALRM, late);
	alarm(PATIENCE);
	if (!extern_pin(false))
		extern_cannot("cannot stay on a processor");
	connect_client(name[0]);
	alarm(0);
	status = extern_run(make_trips, NULL);
	/* At the end of its commands the server takes its leave of RouDi, as we do. */
	close(commands[1]);
	alarm(PATIENCE);
	waitpid(pid, NULL, 0);
	iox_client_deinit(client);
	return status;
}
