/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tags of what we tell Datadog, in the grammar and with the names of its Agent, so
 * that it lines up with the logs already there (datadog.md §6). Never an id of an order
 * or a pod. Pure functions.
 */
#pragma once

#include <jansson.h>

#include "base/buf.h"
#include "output/destination.h"

enum tags_use {
	TAGS_SUBJECT, /* all: of an event */
	TAGS_PLACE, /* without its service: of a log, which would be counted as its own */
	TAGS_OWN    /* nothing of the subject: what is found under our service only */
};

/* A new array of strings, lower-case, each at most 200 bytes; NULL: out of memory. */
json_t *tags_make(const struct output_settings *conf, const struct finding *findings,
	size_t n, enum tags_use use);

/* As one text with commas between: what ddtags wants. */
void tags_join(const json_t *tags, struct buf *out);

/* Adds name:value unless it is there or says nothing; in the grammar of tags. */
void tags_add(json_t *tags, struct str name, struct str value);

/*
 * The service that Datadog knows the logs of an entry's source by: "datadog_service"
 * where the pod is known (its label, else the image's short name), else the workload's
 * name; may be empty.
 */
struct str tags_service(const json_t *source);

/*
 * Which workload made the source's pod, as its name shows: "kube_deployment" for
 * SERVICE-HASH-SUFFIX, "kube_stateful_set" for SERVICE-NUMBER, "kube_daemon_set" for
 * SERVICE-SUFFIX; empty: other names say nothing. The value of the tag is the service.
 */
struct str tags_workload(const json_t *source);
