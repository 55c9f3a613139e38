// SPDX-License-Identifier: GPL-2.0-only
/*
 * smoke-peer FILE: the host's side of the smoke firmware: maps the shared file,
 * waits for the firmware, and exchanges SMOKE_ROUNDS words with it.
 */
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "firmware/smoke.h"

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

static bool wait_for(const uint32_t *word, uint32_t wanted)
{
	uint64_t deadline = now_us() + SMOKE_WAIT_US;

	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != wanted)
		if (now_us() > deadline)
			return false;
	return true;
}

static bool exchange(struct smoke_words *shared)
{
	uint32_t turn;

	for (turn = 1; turn <= SMOKE_ROUNDS; turn++) {
		__atomic_store_n(&shared->ask, turn, __ATOMIC_RELEASE);
		if (!wait_for(&shared->answer, ~turn)) {
			fprintf(stderr, "smoke-peer: no answer to word %u\n", turn);
			return false;
		}
	}
	return true;
}

static struct smoke_words *map_file(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *at;

	if (fd < 0) {
		perror(path);
		return NULL;
	}
	at = mmap(NULL, sizeof(struct smoke_words), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (at == MAP_FAILED) {
		perror(path);
		return NULL;
	}
	return at;
}

int main(int argc, char **argv)
{
	struct smoke_words *shared;
	uint64_t start;

	if (argc != 2) {
		fprintf(stderr, "usage: smoke-peer FILE\n");
		return 2;
	}
	shared = map_file(argv[1]);
	if (!shared)
		return EXIT_FAILURE;
	if (!wait_for(&shared->ready, SMOKE_READY)) {
		fprintf(stderr, "smoke-peer: the firmware does not get ready\n");
		return EXIT_FAILURE;
	}
	start = now_us();
	if (!exchange(shared))
		return EXIT_FAILURE;
	printf("%u words in %llu us\n", SMOKE_ROUNDS, (unsigned long long)(now_us() - start));
	return EXIT_SUCCESS;
}
