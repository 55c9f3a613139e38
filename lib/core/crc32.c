// SPDX-License-Identifier: MIT
/*
 * CRC-32/IEEE (reflected, polynomial 0xedb88320), bit by bit: twelve bytes at an
 * attach are not worth a table.
 */
#include "words.h"

uint32_t oc_uuid_check(const uint32_t uuid[4])
{
	uint32_t crc = 0xffffffff;

	for (int word = 0; word < TFS_SHM_POLL_UUID_CHECK; word++) {
		crc ^= uuid[word];
		for (int bits = 32; bits; bits--)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return ~crc;
}
