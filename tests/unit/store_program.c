// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other program of store_fixture.h: a line of SQL in, rows out, then "done"
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_fixture.h"

static int print_row(void *ctx, int n, char **values, char **names)
{
	(void)ctx;
	(void)names;
	for (int i = 0; i < n; i++)
		printf("%s%s", i ? "|" : "", values[i] ? values[i] : "NULL");
	putchar('\n');
	return 0;
}

/* Uses SQLite's defaults, as a program does that knows nothing of tfsd. */
int program_main(const char *file)
{
	char line[4096];
	sqlite3 *db;
	char *message;

	if (sqlite3_open(file, &db))
		return 1;
	sqlite3_exec(db, "PRAGMA wal_autocheckpoint = 0", NULL, NULL, NULL);
	while (fgets(line, sizeof(line), stdin)) {
		if (sqlite3_exec(db, line, print_row, NULL, &message)) {
			printf("error: %s\n", message);
			sqlite3_free(message);
		}
		puts("done");
		fflush(stdout);
	}
	return sqlite3_close(db);
}

void program_start(struct program *p, const char *file)
{
	int in[2], out[2];

	/* Not inherited by the next program: each must see the end of its input. */
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (!p->pid) {
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		execl("/proc/self/exe", "program", "--program", file, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	p->in = fdopen(in[1], "w");
	p->out = fdopen(out[0], "r");
	assert_true(p->in && p->out);
}

const char *program_run(struct program *p, const char *sql)
{
	static char answer[8192];
	size_t n = 0;

	fprintf(p->in, "%s\n", sql);
	assert_int_equal(fflush(p->in), 0);
	for (;;) {
		if (!fgets(answer + n, (int)(sizeof(answer) - n), p->out))
			fail_msg("the other program has ended");
		if (!strcmp(answer + n, "done\n"))
			break;
		n += strlen(answer + n);
	}
	answer[n ? n - 1 : 0] = '\0';
	return answer;
}

void program_must(struct program *p, const char *sql, const char *answer)
{
	assert_string_equal(program_run(p, sql), answer);
}

void program_stop(struct program *p)
{
	int status;

	fclose(p->in);
	fclose(p->out);
	assert_int_equal(waitpid(p->pid, &status, 0), p->pid);
	assert_int_equal(status, 0);
}

void other_program(struct fixture *f, const char *sql, const char *answer)
{
	struct program p;

	program_start(&p, f->file);
	program_must(&p, sql, answer);
	program_stop(&p);
}
