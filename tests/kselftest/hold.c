// SPDX-License-Identifier: GPL-2.0-only
/*
 * hold WORD: serves the channel until it is killed, storing this server_word all the
 * time. Prints a line when it has begun.
 */
#include "tfs_test.h"

int main(int argc, char **argv)
{
	struct tfs_shm_poll_header *header;
	__u32 word;

	if (argc != 2) {
		fprintf(stderr, "usage: hold WORD\n");
		return 2;
	}
	if (tfs_serve(&header) < 0) {
		fprintf(stderr, "hold: cannot serve %s\n", tfs_path());
		return 1;
	}
	word = strtoul(argv[1], NULL, 0);
	tfs_store(&header->server_word, word);
	printf("holding\n");
	fflush(stdout);
	for (;;)
		tfs_store(&header->server_word, word);
}
