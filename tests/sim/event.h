/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes events: one object per story, counted up as the kubelet does, written as
 * watch lines, as kubectl's watch and as a list at the end. Single thread.
 */
#pragma once

#include "kube.h"

/* What an event says. Strings are copied. */
struct happening {
	const char *kind, *name, *uid,
		*field; /* the object; field is a container or NULL */
	const char *reason, *message, *component, *host;
	bool warning;
};

struct events *events_new(const char *out);
void events_free(struct events **pe);

/* Same object, reason and message again counts up. */
void event_tell(struct world *w, const struct happening *h);

/* About a pod's container, by the kubelet. */
void event_container(struct world *w, const struct container *c, bool warning,
	const char *reason, const char *message);

/* About a pod, by the scheduler (the new style, with eventTime). */
void event_scheduled(struct world *w, const struct pod *p);

/* The deployment scales p's replica set between 0 and 1 and the set acts on it. */
void event_scale(struct world *w, const struct pod *p, unsigned from, unsigned to);

/* Writes events-list.json and closes the others. */
void events_finish(struct world *w);
