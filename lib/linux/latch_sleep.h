/* SPDX-License-Identifier: MIT */
/* latch_sleep.h: what a latch's owner does before and after it blocks, for whoever blocks */
#ifndef OC_LATCH_SLEEP_H
#define OC_LATCH_SLEEP_H

#include <oc/latch.h>

/*
 * Announces that the owner goes to sleep. True: the latch is set, so it must not. From
 * here on oc_latch_set() makes the eventfd readable; oc_latch_awake() ends that.
 */
bool oc_latch_sleep(struct oc_latch *latch);
void oc_latch_awake(struct oc_latch *latch);

#endif /* OC_LATCH_SLEEP_H */
