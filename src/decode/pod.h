/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the status of a pod tells of deaths: a restart count that rises by n is n deaths;
 * a container waiting after a crash has died once more than it was restarted. One thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "decode/past.h"
#include "record/record.h"
#include "record/source.h"

/* Views into the object. */
struct pod {
	struct str uid, name, namespace, node;
	struct str service; /* by its owner, or empty */
	uint64_t version;
	int64_t created_ns;
};

bool pod_is(const json_t *object);
void pod_read(const json_t *object, struct pod *out);

/*
 * The service that Datadog knows the logs of its i-th container by: of the pod's label
 * for the container, for the pod, of DD_SERVICE, else the image's short name. False: it
 * has no such container. Views into object.
 */
bool pod_datadog(
	const json_t *object, size_t i, struct str *container, struct str *service);

/* Only what pod_deaths() reads of it: a new object, or NULL when memory is out. */
json_t *pod_shorten(const json_t *object);

/* One death of one container instance. */
struct pod_death {
	struct str container;
	struct str reason; /* OOMKilled, Error, ..., or "Restarted" */
	int64_t exit_code; /* -1: not known */
	int64_t at_ns;
	uint32_t instance; /* the one that died */
	uint32_t restarts; /* the count after it */
	bool waiting;      /* seen before its restart */
};

#define POD_DEATHS_MAX 1000 /* of one sighting; a larger jump is cut to its last ones */

/*
 * Deaths that are new with this sighting of a pod, in order: at most max. What p does not
 * know of a container is history: none. scratch is for keys.
 */
size_t pod_deaths(struct past *p, struct buf *scratch, const json_t *object,
	struct pod_death *out, size_t max);

/* The labels of its records. */
void pod_labels(const struct pod *p, struct str label[LABEL_COUNT]);

/*
 * Fills category, time, message and fields of r; texts are made in a. Labels, source and
 * place are the caller's, but for container and instance.
 */
void pod_to_record(const struct pod_death *d, const struct pod *p, struct arena *a,
	struct record *r);
