/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where bytes come from: one file, one pod/container of a prefixed pipe, one watch. A
 * source never moves or dies before its table, so records and matches point at it.
 * The table may be used from any thread; a source's fields are set before it is shared.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "record/workload.h"

enum label {
	LABEL_NAMESPACE,
	LABEL_POD,
	LABEL_CONTAINER,
	LABEL_SERVICE, /* the workload's name, never the pod's */
	LABEL_NODE,
	LABEL_INSTANCE, /* restart number, decimal */
	LABEL_UID,
	LABEL_DATADOG, /* the service that Datadog knows its logs by */
	LABEL_COUNT
};

/* "namespace", "pod", ...: the field names of rules. */
extern const struct str label_names[LABEL_COUNT];

/* LABEL_COUNT when name is no label. */
enum label label_find(struct str name);

struct source {
	uint32_t index; /* in its table */
	uint64_t
		id; /* stable: pod uid and file name, else path and labels; orders ties */
	uint64_t writer; /* the same for all logs of a container, restarts included */
	struct str name; /* the path as given, or "-" */
	struct str label[LABEL_COUNT]; /* empty: unknown */
};

struct source_table;

/* max_sources bounds it. */
struct source_table *source_table_new(size_t max_sources);
void source_table_free(struct source_table **pt);

/*
 * The source of this name and these labels, made if it is new; bytes are copied. An empty
 * service is filled from what source_table_set_workload() said, else guessed from the
 * pod's name (kubernetes.md §6); an empty namespace likewise from the pod. NULL when
 * full.
 */
const struct source *source_table_get(
	struct source_table *t, struct str name, const struct str label[LABEL_COUNT]);

const struct source *source_table_at(const struct source_table *t, uint32_t index);
size_t source_table_len(const struct source_table *t);

/* What the API says of a pod. The first word stands: a service never changes. */
void source_table_set_workload(
	struct source_table *t, struct str namespace, struct str pod, struct str service);

/* The service that Datadog knows the logs of one of its containers by. The first word
 * stands. */
void source_table_set_datadog(struct source_table *t, struct str namespace,
	struct str pod, struct str container, struct str service);

/*
 * The n-th news of a pod's workload, from 0 on, also of one that was guessed for the
 * label of a source. Given to source_table_restore() of a new table, in any order, labels
 * there become the same. False: there are no more. Views live as long as the table.
 */
bool source_table_workload(
	const struct source_table *t, size_t n, struct workload_row *out);
void source_table_restore(struct source_table *t, const struct workload_row *row);

/* The only namespace anybody named, or empty. */
struct str source_table_only_namespace(const struct source_table *t);
