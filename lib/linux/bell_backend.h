/* SPDX-License-Identifier: MIT */
/* bell_backend.h: the FIFOs of a memory file, for bell.c alone */
#ifndef OC_BELL_BACKEND_H
#define OC_BELL_BACKEND_H

#include <oc/bell.h>

/* Opens both, or none. OC_ESYSTEM: errno says why. */
int oc_bell_fifo_open(struct oc_bell *bell, const struct oc_region *region, const char *file);

#endif /* OC_BELL_BACKEND_H */
