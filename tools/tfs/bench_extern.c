// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * bench_extern.c: a side that another program measures
 *
 * The program is run by the shell, with a pipe for its input and one for its output.
 * When it is ready it prints "ready"; if it cannot measure here, a line that says why,
 * and ends. Then it is sent numbers, one a line; for each it makes that many trips and
 * prints nanoseconds for one. At the end of its input it ends. In between it must not
 * use the processors, which TFS_BENCH_CPUS names: "0 1", client and server.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_side.h"

#define PATIENCE_MS	30000
#define STOP_MS		5000

/**
 * struct program
 * @in:  what it reads
 * @out: what it prints
 * @why: it cannot measure, in its own words
 */
struct program {
	pid_t pid;
	int in;
	int out;
	char why[96];
};

/* Reads a line of up to @size - 1 bytes, without its end; false if there was none in time. */
static bool read_line(const struct program *program, char *line, size_t size)
{
	struct pollfd fd = { .fd = program->out, .events = POLLIN };
	size_t n = 0;
	char byte;

	while (poll(&fd, 1, PATIENCE_MS) == 1 && read(program->out, &byte, 1) == 1) {
		if (byte == '\n') {
			line[n] = 0;
			return true;
		}
		if (n + 1 < size)
			line[n++] = byte;
	}
	line[n] = 0;
	return false;
}

static void run(const struct bench_side *side, const int in[2], const int out[2])
{
	char cpus[32];

	snprintf(cpus, sizeof(cpus), "%d %d", side->cpus[0], side->cpus[1]);
	setenv("TFS_BENCH_CPUS", cpus, 1);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (dup2(in[0], STDIN_FILENO) == STDIN_FILENO &&
	    dup2(out[1], STDOUT_FILENO) == STDOUT_FILENO)
		execl("/bin/sh", "sh", "-c", side->argument, NULL);
	_exit(127);
}

static bool start(struct program *program, const struct bench_side *side)
{
	int in[2], out[2];

	if (pipe2(in, O_CLOEXEC))
		return false;
	if (pipe2(out, O_CLOEXEC))
		goto close_in;
	program->pid = fork();
	if (program->pid < 0)
		goto close_out;
	if (!program->pid)
		run(side, in, out);
	close(in[0]);
	close(out[1]);
	program->in = in[1];
	program->out = out[0];
	return true;

close_out:
	close(out[0]);
	close(out[1]);
close_in:
	close(in[0]);
	close(in[1]);
	return false;
}

static const char *open_extern(struct bench_side *side)
{
	struct program *program = calloc(1, sizeof(*program));

	side->state = program;
	if (!program)
		return "no memory";
	if (!start(program, side))
		return strerror(errno);
	if (read_line(program, program->why, sizeof(program->why)) &&
	    !strcmp(program->why, "ready"))
		return NULL;
	if (!program->why[0])
		strcpy(program->why, "its program ended without a word");
	return program->why;
}

static double slice_extern(struct bench_side *side, uint64_t trips)
{
	const struct program *program = side->state;
	char line[64], *end;
	double ns;

	if (dprintf(program->in, "%" PRIu64 "\n", trips) < 0 ||
	    !read_line(program, line, sizeof(line)))
		return -1;
	ns = strtod(line, &end);
	return end != line && !*end && ns > 0 ? ns : -1;
}

/* At the end of its input it ends; if it does not, it is made to. */
static void stop(struct program *program)
{
	close(program->in);
	for (int ms = 0; ms < STOP_MS; ms += 10) {
		if (waitpid(program->pid, NULL, WNOHANG) == program->pid)
			program->pid = 0;
		if (!program->pid)
			break;
		usleep(10000);
	}
	if (program->pid) {
		kill(program->pid, SIGKILL);
		waitpid(program->pid, NULL, 0);
	}
	close(program->out);
}

static void close_extern(struct bench_side *side)
{
	struct program *program = side->state;

	if (program && program->pid > 0)
		stop(program);
	free(program);
	side->state = NULL;
}

const struct bench_kind bench_extern = {
	.open = open_extern,
	.slice = slice_extern,
	.close = close_extern,
	.blocks = true,
};
