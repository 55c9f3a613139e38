// SPDX-License-Identifier: GPL-2.0-only
#include "../barrier_calls.h"

#include "access.h"
#include "input.h"

struct access access_now;

uint32_t word_get(unsigned int word)
{
	uint32_t value;

	memcpy(&value, access_now.base + 4 * word, sizeof(value));
	return value;
}

void word_set(unsigned int word, uint32_t value)
{
	memcpy(access_now.base + 4 * word, &value, sizeof(value));
}

static unsigned int number_of(const __le32 *k_word)
{
	ptrdiff_t at = (const uint8_t *)k_word - access_now.base;

	must(at >= 0 && at < TFS_SHM_POLL_HEADER_SIZE && at % 4 == 0,
	     "a word of the header is accessed");
	return (unsigned int)at / 4;
}

void oc_release(void)
{
}

void oc_acquire(void)
{
}

void oc_full(void)
{
}

uint32_t oc_load(const __le32 *k_word)
{
	unsigned int word = number_of(k_word);

	access_now.look();
	access_now.loaded[word] = word_get(word);
	return access_now.loaded[word];
}

void oc_store(__le32 *k_word, uint32_t value)
{
	unsigned int word = number_of(k_word);

	access_now.store(word, value);
	word_set(word, value);
}

void oc_store_sizes(struct tfs_shm_poll_header *k, uint32_t to_tfs, uint32_t from_tfs)
{
	oc_store(&k->size_from_tfs, from_tfs);
	oc_store(&k->size_to_tfs, to_tfs);
}

void oc_load_uuid(uint32_t uuid[4], const __le32 k_uuid[4])
{
	for (int i = 0; i < 4; i++)
		uuid[i] = oc_load(&k_uuid[i]);
}

void oc_store_uuid(__le32 k_uuid[4], const uint32_t uuid[4])
{
	for (int i = 0; i < 4; i++)
		oc_store(&k_uuid[i], uuid[i]);
}

static void check_range(const uint8_t *k_at, size_t n)
{
	ptrdiff_t at = k_at - access_now.base - TFS_SHM_POLL_HEADER_SIZE;

	must(at >= 0 && at <= TFS_SHM_POLL_BUFFER_SIZE &&
	     n <= (size_t)(TFS_SHM_POLL_BUFFER_SIZE - at), "a copy stays within the buffer");
}

void oc_copy_in(void *to, const uint8_t *k_from, size_t n)
{
	check_range(k_from, n);
	access_now.look();
	memcpy(to, k_from, n);
}

void oc_copy_out(uint8_t *k_to, const void *from, size_t n)
{
	check_range(k_to, n);
	must(k_to == access_now.base + TFS_SHM_POLL_HEADER_SIZE, "a packet begins the buffer");
	access_now.out(from, n);
	memcpy(k_to, from, n);
}
