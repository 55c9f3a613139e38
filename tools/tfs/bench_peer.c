// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_peer.c: the other end, a child process on another processor */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench_peer.h"
#include "bench_side.h"

struct command {
	uint64_t side;
	uint64_t trips;
};

bool bench_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return !sched_setaffinity(0, sizeof(set), &set);
}

bool bench_processors(int cpus[2])
{
	cpu_set_t set;
	int n = 0;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set))
		return false;
	for (int cpu = 0; cpu < CPU_SETSIZE && n < 2; cpu++)
		if (CPU_ISSET(cpu, &set))
			cpus[n++] = cpu;
	if (n == 1)
		cpus[1] = cpus[0];
	return n == 2;
}

static void serve(struct bench_side *sides, int command_fd, int done_fd)
{
	struct command command;
	struct bench_side *side;

	while (read(command_fd, &command, sizeof(command)) == sizeof(command)) {
		side = &sides[command.side];
		side->kind->serve(side, command.trips);
		if (write(done_fd, "", 1) != 1)
			break;
	}
}

static void close_both(const int fds[2])
{
	int error = errno;

	close(fds[0]);
	close(fds[1]);
	errno = error;
}

bool bench_peer_start(struct bench_peer *peer, struct bench_side *sides, int cpu)
{
	int command[2], done[2];

	*peer = (struct bench_peer) { .pid = -1 };
	if (pipe2(command, O_CLOEXEC))
		return false;
	if (pipe2(done, O_CLOEXEC))
		goto close_command;
	peer->pid = fork();
	if (peer->pid < 0)
		goto close_done;
	if (!peer->pid) {
		close(command[1]);
		close(done[0]);
		/* The parent may have gone before this: then the pipe has no writer. */
		if (!prctl(PR_SET_PDEATHSIG, SIGKILL) && bench_pin(cpu))
			serve(sides, command[0], done[1]);
		_exit(0);
	}
	close(command[0]);
	close(done[1]);
	peer->command = command[1];
	peer->done = done[0];
	return true;

close_done:
	close_both(done);
close_command:
	close_both(command);
	return false;
}

bool bench_peer_serve(struct bench_peer *peer, size_t side, uint64_t trips)
{
	struct command command = { .side = side, .trips = trips };

	return write(peer->command, &command, sizeof(command)) == sizeof(command);
}

bool bench_peer_done(struct bench_peer *peer)
{
	char byte;

	return read(peer->done, &byte, 1) == 1;
}

void bench_peer_stop(struct bench_peer *peer)
{
	if (peer->pid <= 0)
		return;
	close(peer->command);
	close(peer->done);
	kill(peer->pid, SIGKILL);
	waitpid(peer->pid, NULL, 0);
	peer->pid = -1;
}
