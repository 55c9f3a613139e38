// SPDX-License-Identifier: MIT
/* wait_source.c: what a wait set waits for: adding, changing, removing */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "wait_source.h"

int oc_wait_set_init(struct oc_wait_set *set, struct oc_wait_source *sources, unsigned int count)
{
	if (!count || count > OC_WAIT_SET_MAX)
		return OC_EINVAL;
	*set = (struct oc_wait_set){
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.latches = -1,
		.count = count,
		.sources = sources,
	};
	if (set->epoll < 0)
		return OC_ESYSTEM;
	for (unsigned int i = 0; i < count; i++)
		sources[i] = (struct oc_wait_source){
			.next = i + 1 < count ? (int)i + 1 : -1, .fd = -1,
		};
	return OC_OK;
}

struct oc_wait_source *oc_wait_find(const struct oc_wait_set *set, int id)
{
	unsigned int place = (unsigned int)id & 0xffff;
	struct oc_wait_source *source = &set->sources[place];

	if (id < 0 || place >= set->count || !source->kind || oc_wait_id(set, source) != id)
		return NULL;
	return source;
}

bool oc_wait_set_has(const struct oc_wait_set *set, int id)
{
	return oc_wait_find(set, id);
}

/* A latch's edges are enough: its word says the rest. */
static uint32_t wanted(const struct oc_wait_source *source)
{
	if (source->kind == OC_EVENT_LATCH)
		return EPOLLIN | EPOLLET;
	if (!(source->kind & OC_WAIT_FD))
		return EPOLLIN;
	return (source->want & OC_EVENT_READABLE ? (uint32_t)EPOLLIN : 0) |
	       (source->want & OC_EVENT_WRITABLE ? (uint32_t)EPOLLOUT : 0);
}

int oc_wait_arm(int epoll, int op, const struct oc_wait_set *set,
		const struct oc_wait_source *source)
{
	struct epoll_event event = {
		.events = wanted(source),
		.data.u32 = (uint32_t)oc_wait_id(set, source),
	};

	return epoll_ctl(epoll, op, source->fd, &event);
}

static bool has_fd(const struct oc_wait_set *set, int fd)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (set->sources[i].kind && set->sources[i].fd == fd)
			return true;
	return false;
}

static void release(struct oc_wait_set *set, struct oc_wait_source *source)
{
	if (source->owned)
		close(source->fd);
	source->kind = 0;
	source->fd = -1;
	source->next = set->free;
	set->free = (int)(source - set->sources);
}

static int refuse(const struct oc_wait_source *like, int status, int error)
{
	if (like->owned)
		close(like->fd);
	errno = error;
	return status;
}

int oc_wait_add(struct oc_wait_set *set, struct oc_wait_source like)
{
	struct oc_wait_source *source;

	if (has_fd(set, like.fd))
		return refuse(&like, OC_ESYSTEM, EEXIST);
	if (set->free < 0)
		return refuse(&like, OC_ENOMEM, errno);
	source = &set->sources[set->free];
	like.serial = source->serial + 1;
	like.next = source->next;
	*source = like;
	if (wanted(source) && oc_wait_arm(set->epoll, EPOLL_CTL_ADD, set, source)) {
		source->kind = 0;
		return refuse(&like, OC_ESYSTEM, errno);
	}
	set->free = source->next;
	return oc_wait_id(set, source);
}

int oc_wait_set_add_latch(struct oc_wait_set *set, struct oc_latch *latch, void *data)
{
	int id = oc_wait_add(set, (struct oc_wait_source){
		.kind = OC_EVENT_LATCH, .fd = latch->fd, .latch = latch, .data = data,
	});
	struct oc_wait_source *source;

	if (id < 0)
		return id;
	source = oc_wait_find(set, id);
	source->next = set->latches;
	set->latches = (int)(source - set->sources);
	return id;
}

int oc_wait_set_add_fd(struct oc_wait_set *set, int fd, uint32_t want, void *data)
{
	if (want & ~(uint32_t)OC_WAIT_FD)
		return OC_EINVAL;
	return oc_wait_add(set, (struct oc_wait_source){
		.kind = OC_WAIT_FD, .want = want, .fd = fd, .data = data,
	});
}

/* With nothing wanted the kernel would still tell of a hang-up, again and again. */
int oc_wait_set_modify(struct oc_wait_set *set, int id, uint32_t want)
{
	struct oc_wait_source *source = oc_wait_find(set, id);
	uint32_t had;
	int op;

	if (!source || source->kind != OC_WAIT_FD || want & ~(uint32_t)OC_WAIT_FD)
		return OC_EINVAL;
	had = source->want;
	if (had == want)
		return OC_OK;
	op = !had ? EPOLL_CTL_ADD : !want ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
	source->want = want;
	if (!oc_wait_arm(set->epoll, op, set, source))
		return OC_OK;
	source->want = had;
	return OC_ESYSTEM;
}

static void unlink_latch(struct oc_wait_set *set, const struct oc_wait_source *source)
{
	int place = (int)(source - set->sources);
	int *link = &set->latches;

	while (*link != place)
		link = &set->sources[*link].next;
	*link = source->next;
}

/*
 * If the descriptor is closed the kernel has forgotten it, or has a copy that cannot be
 * named (oc_wait_renew()); its number may be another file's, which is not in the set.
 */
int oc_wait_set_remove(struct oc_wait_set *set, int id)
{
	struct oc_wait_source *source = oc_wait_find(set, id);
	int error = errno;

	if (!source)
		return OC_EINVAL;
	if (source->kind == OC_EVENT_LATCH)
		unlink_latch(set, source);
	if (wanted(source))
		epoll_ctl(set->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	release(set, source);
	errno = error;
	return OC_OK;
}

/* One that was closed cannot move, nor would it have told of anything but by a copy. */
static int move(struct oc_wait_set *set, int epoll)
{
	for (unsigned int i = 0; i < set->count; i++) {
		const struct oc_wait_source *source = &set->sources[i];

		if (source->kind && wanted(source) &&
		    oc_wait_arm(epoll, EPOLL_CTL_ADD, set, source) && errno != EBADF)
			return OC_ESYSTEM;
	}
	return OC_OK;
}

int oc_wait_renew(struct oc_wait_set *set)
{
	int epoll = epoll_create1(EPOLL_CLOEXEC), error;

	if (epoll < 0)
		return OC_ESYSTEM;
	if (move(set, epoll) != OC_OK) {
		error = errno;
		close(epoll);
		errno = error;
		return OC_ESYSTEM;
	}
	close(set->epoll);
	set->epoll = epoll;
	return OC_OK;
}

void oc_wait_set_close(struct oc_wait_set *set)
{
	int error = errno;

	if (set->epoll < 0)
		return;
	for (unsigned int i = 0; i < set->count; i++)
		if (set->sources[i].kind && set->sources[i].owned)
			close(set->sources[i].fd);
	close(set->epoll);
	set->epoll = -1;
	errno = error;
}
