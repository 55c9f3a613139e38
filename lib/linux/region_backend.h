/* SPDX-License-Identifier: MIT */
/*
 * region_backend.h: the two kinds of region, for region.c alone
 *
 * Each function opens one channel, takes the role before anything is stored, maps
 * exactly one stride, and fills the region; or leaves it as it is, releases what it
 * took, and returns OC_EBUSY (somebody has the role), OC_EREGION (errno says why)
 * or OC_EREGION_SIZE. @role is TFS_SHM_POLL_ROLE_SERVER or _CLIENT.
 */
#ifndef OC_REGION_BACKEND_H
#define OC_REGION_BACKEND_H

#include <oc/region.h>

int oc_region_device_open(struct oc_region *region, int channel, unsigned int role);
int oc_region_file_open(struct oc_region *region, const struct oc_uri *uri, int channel,
			unsigned int role);

/* Whether the pages of this machine allow channels at this distance. */
int oc_region_check_stride(uint32_t stride);

#endif /* OC_REGION_BACKEND_H */
