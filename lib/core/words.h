/* SPDX-License-Identifier: MIT */
/*
 * words.h: the header's words taken apart, and the check of a UUID
 */
#ifndef OC_WORDS_H
#define OC_WORDS_H

#include "barrier.h"

#define OC_SW_READY	TFS_SHM_POLL_SW_READY
#define OC_SW_GRANTED	TFS_SHM_POLL_SW_GRANTED
#define OC_SW_HELD	TFS_SHM_POLL_SW_HELD
#define OC_SW_SLEEPING	TFS_SHM_POLL_SW_SLEEPING
#define OC_SW_DRAINING	TFS_SHM_POLL_SW_DRAINING

/* READY and GRANTED count only together with the right magic and major version. */
#define OC_SW_VERSION		(TFS_SHM_POLL_SW_MAGIC | TFS_SHM_POLL_SW_MAJOR)
#define OC_SW_VERSION_SHIFT	24	/* both together are a byte */
#define OC_SW_MAGIC_SHIFT	28
#define OC_SW_VERSION_MASK	(TFS_SHM_POLL_SW_MAGIC_MASK | TFS_SHM_POLL_SW_MAJOR_MASK)

#define OC_CW_SLEEPING	TFS_SHM_POLL_CW_SLEEPING
#define OC_CW_DETACHED	TFS_SHM_POLL_CW_DETACHED
#define OC_CW_CAN_RING	TFS_SHM_POLL_CW_CAN_RING

static inline uint16_t oc_sw_epoch(uint32_t sw)
{
	return (sw & TFS_SHM_POLL_SW_EPOCH_MASK) >> TFS_SHM_POLL_SW_EPOCH_SHIFT;
}

static inline uint32_t oc_sw(uint16_t epoch, uint32_t flags)
{
	return OC_SW_VERSION | (uint32_t)epoch << TFS_SHM_POLL_SW_EPOCH_SHIFT | flags;
}

static inline bool oc_sw_ready(uint32_t sw)
{
	return sw >> OC_SW_VERSION_SHIFT == OC_SW_VERSION >> OC_SW_VERSION_SHIFT &&
	       sw & OC_SW_READY;
}

static inline uint32_t oc_cw(uint16_t tag, uint8_t cancel, uint32_t flags)
{
	return (uint32_t)tag << TFS_SHM_POLL_CW_TAG_SHIFT |
	       (uint32_t)cancel << TFS_SHM_POLL_CW_CANCEL_SHIFT | flags;
}

static inline uint16_t oc_cw_tag(uint32_t cw)
{
	return cw >> TFS_SHM_POLL_CW_TAG_SHIFT;
}

/* The low bits of the sequence that its client takes back. */
static inline uint8_t oc_cw_cancel(uint32_t cw)
{
	return cw >> TFS_SHM_POLL_CW_CANCEL_SHIFT;
}

/* CRC-32/IEEE over the first three words; four zero words do not pass. */
uint32_t oc_uuid_check(const uint32_t uuid[4]);

static inline bool oc_uuid_valid(const uint32_t uuid[4])
{
	return oc_uuid_check(uuid) == uuid[TFS_SHM_POLL_UUID_CHECK];
}

#endif /* OC_WORDS_H */
