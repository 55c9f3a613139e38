// SPDX-License-Identifier: GPL-2.0-only OR MIT
/* bench_scratch.c: a folder of files that are gone at the end, also after a signal */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench_scratch.h"

#define FILES		256
#define PATH_SIZE	128

/* Static: a signal handler has nothing else. */
static char folder[64];
static char files[FILES][PATH_SIZE];
static volatile sig_atomic_t nfiles;
static pid_t owner;

const char *bench_scratch_path(const char *name)
{
	char path[PATH_SIZE];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	for (int i = 0; i < nfiles; i++)
		if (!strcmp(files[i], path))
			return files[i];
	if (nfiles == FILES)
		abort();
	strcpy(files[nfiles], path);
	return files[nfiles++];
}

void bench_scratch_remove(void)
{
	for (int i = 0; i < nfiles; i++)
		unlink(files[i]);
	rmdir(folder);
}

/* Children are killed when this process ends, whatever ends it. */
static void end(int signal_number)
{
	static const char late[] = "tfs bench: a measurement hangs: given up\n";
	ssize_t written = 0;

	if (getpid() != owner)
		_exit(1);
	if (signal_number == SIGALRM)
		written = write(STDERR_FILENO, late, sizeof(late) - 1);
	bench_scratch_remove();
	_exit(written < 0 || signal_number == SIGALRM ? 1 : 128 + signal_number);
}

bool bench_scratch_open(unsigned int seconds)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGALRM };
	struct sigaction action = { .sa_handler = end };

	owner = getpid();
	strcpy(folder, "/dev/shm/tfs-bench.XXXXXX");
	if (!mkdtemp(folder)) {
		perror("tfs bench: /dev/shm");
		return false;
	}
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	/* A program of -x that ended is found out by its pipe. */
	signal(SIGPIPE, SIG_IGN);
	alarm(seconds);
	return true;
}
