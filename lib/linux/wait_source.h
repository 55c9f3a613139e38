/* SPDX-License-Identifier: MIT */
/*
 * wait_source.h: between the parts of a wait set
 *
 * The kernel keeps, with each descriptor, the id of its source: the place in the caller's
 * array, and how often that place was used. So what the kernel says of a source that is
 * gone is not taken for one of its successor's.
 */
#ifndef OC_WAIT_SOURCE_H
#define OC_WAIT_SOURCE_H

#include <oc/wait_set.h>

#define OC_WAIT_FD	(OC_EVENT_READABLE | OC_EVENT_WRITABLE)

static inline int oc_wait_id(const struct oc_wait_set *set, const struct oc_wait_source *source)
{
	return (int)((source->serial & 0x7fff) << 16 | (unsigned int)(source - set->sources));
}

/* NULL: there is none, or no longer. */
struct oc_wait_source *oc_wait_find(const struct oc_wait_set *set, int id);

/* Copies @like. If that fails, a descriptor that it owns is closed. As oc_wait_set_add_fd(). */
int oc_wait_add(struct oc_wait_set *set, struct oc_wait_source like);

/*
 * Has the kernel look at @source as it should: 0, or -1 with errno. @op as for
 * epoll_ctl(); a descriptor of which nothing is wanted is not looked at.
 */
int oc_wait_arm(int epoll, int op, const struct oc_wait_set *set,
		const struct oc_wait_source *source);

/*
 * The kernel goes on looking at a descriptor that was closed before it was removed, if
 * there is another one for the same open file; by then nobody can tell it to stop. So
 * everything else moves to a new object. OC_OK or OC_ESYSTEM.
 */
int oc_wait_renew(struct oc_wait_set *set);

#endif /* OC_WAIT_SOURCE_H */
