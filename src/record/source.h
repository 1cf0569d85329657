/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where bytes come from: one file, one pod/container of a prefixed pipe, one watch. A
 * source never moves, and lives as long as somebody holds it, so records point at it.
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
	uint32_t index; /* in its table; never another's, also when it is gone */
	uint64_t
		id; /* stable: pod uid and file name, else path and labels; orders ties */
	uint64_t writer; /* the same for all logs of a container, restarts included */
	struct str name; /* the path as given, or "-" */
	struct str label[LABEL_COUNT]; /* empty: unknown */
};

struct source_table;

/* Sources of a batch stay, held or not; those of a daemon go, as its pods do. */
enum source_life { SOURCES_STAY, SOURCES_GO };

/* max_sources bounds those of source_table_get(), and what is known of pods. */
struct source_table *source_table_new(size_t max_sources, enum source_life life);
void source_table_free(struct source_table **pt);

/*
 * The source of this name and these labels, made if it is new; bytes are copied. It is
 * held once more. An empty service is filled from what source_table_set_workload() said,
 * else guessed from the pod's name (kubernetes.md §6); an empty namespace likewise from
 * the pod. NULL: no memory, or full. source_table_open() is for what is opened, and
 * bounded by who opens it: that is never full.
 */
const struct source *source_table_get(
	struct source_table *t, struct str name, const struct str label[LABEL_COUNT]);
const struct source *source_table_open(
	struct source_table *t, struct str name, const struct str label[LABEL_COUNT]);

/* Held once more; once less, and gone with the last one. */
void source_table_hold(struct source_table *t, const struct source *s);
void source_table_drop(struct source_table *t, const struct source *s);

/* NULL: there is none, or it is gone. Those that stay are counted from 0 on. */
const struct source *source_table_at(const struct source_table *t, uint32_t index);
size_t source_table_len(const struct source_table *t);

/* How many there are of source_table_get(), which are bounded. */
size_t source_table_got(const struct source_table *t);

/* What the API says of a pod. The first word stands: a service never changes. */
void source_table_set_workload(
	struct source_table *t, struct str namespace, struct str pod, struct str service);

/* The service that Datadog knows the logs of one of its containers by. The first word
 * stands. */
void source_table_set_datadog(struct source_table *t, struct str namespace,
	struct str pod, struct str container, struct str service);

/*
 * The news of a pod's workload from number *n on, counted from 0; also of one that was
 * guessed for the label of a source. *n is then behind it: what was forgotten meanwhile
 * is left out. Given to source_table_restore() of a new table, in any order, labels there
 * become the same. False: there are no more. Views are valid until the next call of
 * anything that changes the table.
 */
bool source_table_workload(
	const struct source_table *t, uint64_t *n, struct workload_row *out);
void source_table_restore(struct source_table *t, const struct workload_row *row);
