/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Kubernetes event, core/v1 or events.k8s.io/v1, by one set of names, and how often it
 * happened since it was last seen. One thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"
#include "decode/past.h"
#include "record/record.h"
#include "record/source.h"

/* Views into the object. */
struct event {
	struct str uid;   /* of the event itself */
	uint64_t version; /* resourceVersion, 0 if it is no number */
	struct str reason, type, message;
	struct str kind, name, namespace; /* of what it is about */
	struct str object_uid, field_path, container;
	struct str component, host;
	struct str first_time;     /* as written */
	int64_t first_ns, last_ns; /* TIME_NONE when not known */
	uint32_t count;            /* occurrences, at least 1 */
	bool aggregated;           /* "(combined from similar events): ..." */
};

bool event_is(const json_t *object);
void event_read(const json_t *object, struct event *out);

/* The labels of its records; service by the kind of the object, empty for a pod. */
void event_labels(const struct event *e, struct str label[LABEL_COUNT]);

/* Fills category, labels, message and fields of r; source and place are the caller's. */
void event_to_record(const struct event *e, struct record *r);

/*
 * Occurrences that are new with this sighting, 0 for a repetition: the difference to what
 * p knows of the event object, and of the thing that happens. scratch is for keys.
 */
uint32_t event_occurrences(struct past *p, struct buf *scratch, const struct event *e);
