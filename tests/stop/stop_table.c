// SPDX-License-Identifier: GPL-2.0-only
/*
 * stop_table.c: tfsd is stopped in each mode, in each phase; what its client sees, and what
 * the store has
 *
 *	TFSD=build/host/tfsd GATE=build/host/gate.so stop_table
 *
 * Each row has a tfsd, a folder and a process of its own. Prints TAP.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"

/* What the client is doing when the signal comes. */
enum phase {
	IDLE,		/* a database is open */
	TRANSACTION,	/* with an insert */
	COMMIT,		/* of which the disk knows nothing yet */
	FRAGMENT,	/* of a request some packets have come, others will not */
	SQL,		/* a worker is at a statement without an end */
	ROWS,		/* of one without an end rows come, and it has one of them */
	COPY,		/* nothing; a worker copies the database, and the disk has a part */
	COMMAND,	/* nothing; backup_command has the copy */
};

/* And afterwards. */
enum then {
	END,		/* the transaction */
	OPEN_GATE,	/* the disk works again; the commit was asked for before */
	WAIT,		/* until tfsd has ended; then ask, or hear of the commit */
	WAIT_END,	/* until tfsd has ended; then end the transaction */
	END_ROWS,	/* take no more of them; which is told by the same file */
	OPEN_COPY,	/* once the clients have been left, the disk works again */
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

	{ "smart, in rows of SQL", { SIGTERM }, ROWS, END_ROWS, OC_ECANCELLED, 0, 0, "" },
	{ "smart, in SQL for too long", { SIGTERM }, SQL, WAIT, OC_ESHUTDOWN, 1, 0,
	  "shutdown_timeout = 1" },
	{ "smart, then fast, in SQL", { SIGTERM, SIGINT }, SQL, WAIT, OC_ESHUTDOWN, 0, 0, "" },
	{ "fast, in SQL", { SIGINT }, SQL, WAIT, OC_ESHUTDOWN, 0, 0, "" },
	{ "immediate, in SQL", { SIGQUIT }, SQL, WAIT, OC_ESERVER_RESTARTED, 0, 0, "" },

	{ "smart, in a copy", { SIGTERM }, COPY, OPEN_COPY, OC_ESERVER_RESTARTED, 0, 1, "" },
	{ "fast, in a copy", { SIGINT }, COPY, OPEN_COPY, OC_ESERVER_RESTARTED, 0, 1, "" },
	{ "immediate, in a copy", { SIGQUIT }, COPY, OPEN_COPY, OC_ESERVER_RESTARTED, 0, 1, "" },
	{ "immediate, in a copy for too long", { SIGQUIT }, COPY, WAIT, OC_ESERVER_RESTARTED, 1,
	  1, "" },
	{ "smart, in a command", { SIGTERM }, COMMAND, WAIT, OC_ESERVER_RESTARTED, 0, 1,
	  "backup_command = tests/stop/command.sh" },
	{ "fast, in a command", { SIGINT }, COMMAND, WAIT, OC_ESERVER_RESTARTED, 0, 1,
	  "backup_command = tests/stop/command.sh" },
	{ "immediate, in a command", { SIGQUIT }, COMMAND, WAIT, OC_ESERVER_RESTARTED, 0, 1,
	  "backup_command = tests/stop/command.sh" },
};

static struct daemon d;

/* What the client does when it can do nothing else meanwhile, and what it is told. */
static pthread_t caller;
static int told;

static void call(void *(*run)(void *arg))
{
	must(!pthread_create(&caller, NULL, run, NULL), "a thread");
}

static void *commit(void *arg)
{
	(void)arg;
	told = oc_db_end(&d.db);
	return NULL;
}

#define ENDLESS(what)	\
	"WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT " what " FROM c"

/* It keeps the first row as long as there is a gate, and takes no more after that. */
static int take_row(void *ctx, const struct oc_sql_row *row)
{
	const struct timespec ms = { .tv_nsec = 1000000 };

	(void)ctx;
	(void)row;
	daemon_touch(&d, "row");
	while (!access(daemon_file(&d, "gate"), F_OK))
		nanosleep(&ms, NULL);
	return OC_ECANCELLED;
}

static void *run_sql(void *arg)
{
	(void)arg;
	told = oc_db_sql(&d.db, ENDLESS("sum(x)"), strlen(ENDLESS("sum(x)")), take_row, NULL);
	return NULL;
}

static void *run_rows(void *arg)
{
	(void)arg;
	told = oc_db_sql(&d.db, ENDLESS("x"), strlen(ENDLESS("x")), take_row, NULL);
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

static void insert_one(void)
{
	client_insert(&d);
	must_be(oc_db_end(&d.db), OC_OK, "oc_db_end");
}

static void enter_commit(void)
{
	insert_one();	/* the first one of all syncs more than its own */
	client_insert(&d);
	daemon_touch(&d, "gate");
	call(commit);
	daemon_await(&d, "gate.waiting");
}

static void enter_sql(void)
{
	call(run_sql);
	while (!control_answer_has(&d, "dump\n", "\tIPC\tSql\t"))
		;
}

static void enter_rows(void)
{
	daemon_touch(&d, "gate");
	call(run_rows);
	daemon_await(&d, "row");
}

/* Whoever has asked for it waits for the answer. In more than one step, if it is large. */
static void enter_copy(void)
{
	insert_one();
	enlarge(&d);
	daemon_touch(&d, "gate");
	control_send(&d, "backup weather\n");
	daemon_await(&d, "gate.waiting");
	must(daemon_count_files(&d, "*.part") == 1, "a part of a copy");
}

static void enter_command(void)
{
	insert_one();
	control_send(&d, "backup weather\n");
	daemon_await(&d, "command");
}

static void enter(enum phase phase)
{
	static void (*const how[])(void) = {
		[COMMIT] = enter_commit, [FRAGMENT] = give_fragment, [SQL] = enter_sql,
		[ROWS] = enter_rows, [COPY] = enter_copy, [COMMAND] = enter_command,
	};

	client_open(&d, false);
	if (phase == TRANSACTION)
		client_insert(&d);
	else if (phase != IDLE)
		how[phase]();
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

	if (phase == COMMIT || phase == SQL || phase == ROWS) {
		pthread_join(caller, NULL);
		return told;
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
	case END_ROWS:
		daemon_await_draining(&d);
		daemon_remove(&d, "gate");
		answer = ask(row->phase);
		break;
	case OPEN_COPY:
		daemon_await_gone(&d);
		must(control_answer_has(&d, "dump\n", "\tcopy\t"), "a backup under way");
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

static pid_t command_pid(void)
{
	FILE *in = fopen(daemon_file(&d, "command"), "re");
	int pid = 0;

	must(in && fscanf(in, "%d", &pid) == 1, "the command's process");
	fclose(in);
	return pid;
}

/* A copy that is whole stays; of another one only what the disk has not let go of in time. */
static void look_at_backup(const struct row *row)
{
	must(daemon_count_files(&d, "weather-*.db") == (row->phase == COMMAND), "the copies");
	must(!row->exit == !daemon_count_files(&d, "*.part*"), "no part of a copy");
	must(daemon_log_has(&d, "error: "), "that it failed, in the log");
	if (row->phase == COMMAND)
		must(kill(command_pid(), 0) && errno == ESRCH, "the end of the command");
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
	must(!row->exit == !daemon_log_has(&d, "time is up") ||
	     daemon_log_has(&d, "not all that runs"), "why it was made harder");
	if (row->phase == COPY || row->phase == COMMAND)
		look_at_backup(row);
	else
		must(row->exit || !daemon_log_has(&d, "error: "), "a log without errors");
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
