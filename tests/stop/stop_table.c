// SPDX-License-Identifier: GPL-2.0-only
/*
 * stop_table.c: tfsd is stopped in each mode, in each phase; what its client sees, and what
 * the store has
 *
 *	TFSD=build/host/tfsd GATE=build/host/gate.so stop_table
 *
 * Each row has a tfsd, a folder and a process of its own. Prints TAP.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"

/* What the client is doing when the signal comes. */
enum phase {
	IDLE,		/* a database is open */
	TRANSACTION,	/* with an insert */
	COMMIT,		/* of which the disk knows nothing yet */
	FRAGMENT,	/* of a request some packets have come, others will not */
};

/* And afterwards. */
enum then {
	END,		/* the transaction */
	OPEN_GATE,	/* the disk works again; the commit was asked for before */
	WAIT,		/* until tfsd has ended; then ask, or hear of the commit */
	WAIT_END,	/* until tfsd has ended; then end the transaction */
};

/**
 * struct row
 * @signals: one after the other, each once the one before is known of
 * @config:  further lines
 * @answers: what the client is told at the end
 * @exit:    status of tfsd
 * @rows:    in the store
 */
static const struct row {
	const char *name;
	int signals[3];
	enum phase phase;
	enum then then;
	int answer;
	int exit;
	int rows;
	const char *config;
} table[] = {
	{ "smart, idle", { SIGTERM }, IDLE, WAIT, OC_ESERVER_RESTARTED, 0, 0, "" },
	{ "fast, idle", { SIGINT }, IDLE, WAIT, OC_ESERVER_RESTARTED, 0, 0, "" },
	{ "immediate, idle", { SIGQUIT }, IDLE, WAIT, OC_ESERVER_RESTARTED, 0, 0, "" },

	{ "smart, in a transaction", { SIGTERM }, TRANSACTION, END, OC_OK, 0, 1, "" },
	{ "fast, in a transaction", { SIGINT }, TRANSACTION, WAIT_END, OC_ESERVER_RESTARTED, 0,
	  0, "" },
	{ "immediate, in a transaction", { SIGQUIT }, TRANSACTION, WAIT_END, OC_ESERVER_RESTARTED,
	  0, 0, "" },
	{ "smart, then smart", { SIGTERM, SIGTERM }, TRANSACTION, WAIT_END, OC_ESERVER_RESTARTED,
	  0, 0, "" },
	{ "smart, then fast", { SIGTERM, SIGINT }, TRANSACTION, WAIT_END, OC_ESERVER_RESTARTED,
	  0, 0, "" },
	{ "smart, then immediate", { SIGTERM, SIGQUIT }, TRANSACTION, WAIT_END,
	  OC_ESERVER_RESTARTED, 0, 0, "" },
	{ "smart, for too long", { SIGTERM }, TRANSACTION, WAIT_END, OC_ESERVER_RESTARTED, 1, 0,
	  "shutdown_timeout = 1" },

	{ "smart, in a commit", { SIGTERM }, COMMIT, OPEN_GATE, OC_OK, 0, 2, "" },
	{ "fast, in a commit", { SIGINT }, COMMIT, OPEN_GATE, OC_OK, 0, 2, "" },
	{ "fast, then smart, in a commit", { SIGINT, SIGTERM }, COMMIT, WAIT, OC_ESERVER_RESTARTED,
	  0, 2, "" },
	{ "immediate, in a commit", { SIGQUIT }, COMMIT, WAIT, OC_ESERVER_RESTARTED, 0, 2, "" },
	{ "smart, in a commit for too long", { SIGTERM }, COMMIT, WAIT, OC_ESERVER_RESTARTED, 1,
	  2, "shutdown_timeout = 1" },

	{ "smart, in a fragment", { SIGTERM }, FRAGMENT, WAIT, OC_ESERVER_RESTARTED, 0, 0, "" },
	{ "fast, in a fragment", { SIGINT }, FRAGMENT, WAIT, OC_ESERVER_RESTARTED, 0, 0, "" },
	{ "immediate, in a fragment", { SIGQUIT }, FRAGMENT, WAIT, OC_ESERVER_RESTARTED, 0, 0,
	  "" },
};

static struct daemon d;

/* A commit that waits for the disk: its client can do nothing else. */
static pthread_t committer;
static int committed;

static void *commit(void *arg)
{
	(void)arg;
	committed = oc_db_end(&d.db);
	return NULL;
}

/* A request of three packets, of which one is given away. */
static _Alignas(8) uint8_t request[80 * 1024], response[80 * 1024];

static void give_fragment(void)
{
	struct oc_msg *msg = (void *)request;

	*msg = (struct oc_msg){ .length = sizeof(request), .op = OC_OP_PING };
	must_be(oc_channel_start(&d.channel, msg, response, sizeof(response)), OC_OK,
		"oc_channel_start");
}

static void enter(enum phase phase)
{
	client_open(&d, false);
	if (phase == COMMIT) {	/* the first one of all syncs more than its own */
		client_insert(&d);
		must_be(oc_db_end(&d.db), OC_OK, "oc_db_end");
	}
	if (phase == TRANSACTION || phase == COMMIT)
		client_insert(&d);
	if (phase == COMMIT) {
		daemon_touch(&d, "gate");
		must(!pthread_create(&committer, NULL, commit, NULL), "a thread");
		daemon_await(&d, "gate.waiting");
	}
	if (phase == FRAGMENT)
		give_fragment();
}

/* Each is known of before the next one comes: equal ones would be one. */
static void send_signals(const int *signals)
{
	kill(d.pid, signals[0]);
	daemon_await_log(&d, "stopping: ");
	if (signals[1]) {
		daemon_await_draining(&d);
		kill(d.pid, signals[1]);
	}
}

static int ask(enum phase phase)
{
	static const uint32_t tables[] = { 0 };

	if (phase == COMMIT) {
		pthread_join(committer, NULL);
		return committed;
	}
	if (phase == FRAGMENT) {
		int status;

		while ((status = oc_channel_poll(&d.channel)) == OC_PENDING)
			;
		return status;
	}
	return oc_db_start_update(&d.db, tables, 1, NULL, 0);
}

static int go_on(const struct row *row, int *status)
{
	int answer;

	switch (row->then) {
	case END:
		daemon_await_draining(&d);
		answer = oc_db_end(&d.db);
		break;
	case OPEN_GATE:
		daemon_await_draining(&d);
		daemon_remove(&d, "gate");
		answer = ask(row->phase);
		break;
	case WAIT_END:
		*status = daemon_wait(&d);
		return oc_db_end(&d.db);
	default:
		*status = daemon_wait(&d);
		return ask(row->phase);
	}
	*status = daemon_wait(&d);
	return answer;
}

static void run_row(const struct row *row)
{
	int status = -1, answer;

	daemon_start(&d, row->config);
	enter(row->phase);
	send_signals(row->signals);
	answer = go_on(row, &status);
	must_be(answer, row->answer, "the client's answer");
	printf("# exit status %d, %d rows\n", status, count_rows(&d));
	must(status == row->exit, "the exit status");
	must(count_rows(&d) == row->rows, "the rows");
	must(row->exit || !daemon_log_has(&d, "error: "), "a log without errors");
	must(!row->exit == !daemon_log_has(&d, "time is up"), "why it was made harder");
}

/* In a process of its own, so that whatever is wrong ends only this row. */
static bool try_row(const struct row *row)
{
	pid_t pid;
	int status;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		run_row(row);
		daemon_remove_all(&d);
		exit(0);
	}
	return waitpid(pid, &status, 0) == pid && status == 0;
}

int main(void)
{
	const unsigned int n = sizeof(table) / sizeof(table[0]);
	unsigned int failures = 0;

	printf("1..%u\n", n);
	for (unsigned int i = 0; i < n; i++) {
		bool good = try_row(&table[i]);

		failures += !good;
		printf("%sok %u - %s\n", good ? "" : "not ", i + 1, table[i].name);
	}
	return failures ? 1 : 0;
}
