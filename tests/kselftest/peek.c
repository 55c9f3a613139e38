// SPDX-License-Identifier: GPL-2.0-only
/*
 * peek DEVICE...: the server_word of each channel, one a line
 */
#include "tfs_test.h"

int main(int argc, char **argv)
{
	const struct tfs_shm_poll_header *header;
	int i, fd;

	for (i = 1; i < argc; i++) {
		fd = tfs_open_path(argv[i], O_RDONLY);
		header = fd < 0 ? NULL : tfs_map(fd, PROT_READ);
		if (!header) {
			fprintf(stderr, "peek: cannot map %s\n", argv[i]);
			return 1;
		}
		printf("%08x\n", tfs_load(&header->server_word));
	}
	return 0;
}
