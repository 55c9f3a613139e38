// SPDX-License-Identifier: MIT
/* port_mutex.c: threads that share a channel object take turns by the caller's mutex */
#include <pthread.h>
#include <stdlib.h>

#include <oc/region.h>

/* It is not the caller's, or not a mutex. To go on would mix two requests. */
static void lock(void *mutex)
{
	if (pthread_mutex_lock(mutex))
		abort();
}

static void unlock(void *mutex)
{
	if (pthread_mutex_unlock(mutex))
		abort();
}

void oc_port_linux_share(struct oc_port *port, pthread_mutex_t *mutex)
{
	port->lock = lock;
	port->unlock = unlock;
	port->mutex = mutex;
}
