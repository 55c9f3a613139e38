// SPDX-License-Identifier: MIT
/* uuid.c: random bits, as libuuid gathers them */
#include <string.h>
#include <uuid/uuid.h>

#include <oc/region.h>

void oc_uuid_generate(uint32_t words[4])
{
	uuid_t uuid;

	_Static_assert(sizeof(uuid) == 16, "four words");
	uuid_generate_random(uuid);
	memcpy(words, uuid, sizeof(uuid));
}
