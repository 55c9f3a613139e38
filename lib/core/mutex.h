/* SPDX-License-Identifier: MIT */
/*
 * mutex.h: taking turns on a channel object that several sessions share
 *
 * The port has the mutex, or none. It is held from a request to its response, and
 * while a lost channel is attached again; never while a session waits for a table
 * that is locked. What it guards is struct oc_channel and, with it, the port. The
 * pointer to the port itself stays what it is as long as the channel is shared.
 */
#ifndef OC_MUTEX_H
#define OC_MUTEX_H

#include <oc/port.h>

static inline void oc_lock(const struct oc_port *port)
{
	if (port->lock)
		port->lock(port->mutex);
}

static inline void oc_unlock(const struct oc_port *port)
{
	if (port->lock)
		port->unlock(port->mutex);
}

#endif /* OC_MUTEX_H */
