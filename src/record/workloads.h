/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is known of the pods' workloads: what the API said, and what was guessed for the
 * label of a log. The first word stands: a service never changes. What nobody asked for
 * while much else was said is forgotten. One thread at a time.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/source.h"

#define LABEL_MAX_BYTES 4096 /* longer ones are cut */

struct workloads;

/* The last max_news are surely known, and at most twice as many. NULL: no memory. */
struct workloads *workloads_new(size_t max_news);
void workloads_free(struct workloads **pws);

/* Fills the namespace and the services of a log as far as they are empty and known; a
 * service that nobody says is guessed, and stands from then on. */
void workloads_fill(struct workloads *ws, struct str label[LABEL_COUNT]);

/* As source_table_set_workload(), source_table_set_datadog(). */
void workloads_set(
	struct workloads *ws, struct str namespace, struct str pod, struct str service);
void workloads_set_datadog(struct workloads *ws, struct str namespace, struct str pod,
	struct str container, struct str service);

/* As source_table_workload(), source_table_restore(). */
bool workloads_said(const struct workloads *ws, uint64_t *n, struct workload_row *out);
void workloads_restore(struct workloads *ws, const struct workload_row *row);

/* The only namespace anybody named, or empty. */
struct str workloads_only_namespace(const struct workloads *ws);
