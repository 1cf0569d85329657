/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The room's own: a batch, of which batch.c reads the inputs, ahead.c settles parts while
 * others are read, and result.c makes the store.
 */
#pragma once

#include "decode/objects.h"
#include "engine/volume.h"
#include "pipeline/inputs.h"
#include "worker/worker.h"

#define JOBS_MAX 64

struct ahead;
struct result;

/* A file that is read by the workers. */
struct log_file {
	struct worker_file *file;
	struct worker_part *parts;
	size_t n_parts;
};

struct batch {
	const struct batch_conf *conf; /* borrowed */
	const struct ruleset *rules;   /* borrowed */
	struct arena *arena;
	struct source_table *sources;
	struct prefilter *prefilter;
	struct worker_shared shared;
	struct worker *workers[JOBS_MAX];
	size_t n_workers;
	struct inputs inputs;
	struct log_file *logs; /* in the arena */
	size_t n_logs;
	struct worker_part **parts; /* of all logs as they are read; in the arena */
	size_t n_parts;
	uint64_t size; /* of all logs, bytes; UINT64_MAX: not known */
	struct objects *objects;
	struct past *past; /* of the objects */
	struct quarantine *quarantine;
	uint64_t *errors;         /* of regexes, by rule; in the arena */
	struct match_needs needs; /* in the arena; by rule NULL: all of every match */
	struct queue *queue;
	struct ahead *ahead;   /* NULL: nothing is settled before all is read */
	struct result *result; /* what was settled ahead, to its end; NULL: nothing */
	struct result *opened; /* while it was read, nothing settled; NULL: not yet */
	struct runs_merge *merge;
	struct volume *volume;
	const struct match *next; /* of the merge, to come after what volume has */
	int got_next; /* 1: it is there; 0: the merge is at its end, or an error */
	bool has_next;
	struct batch_counts counts;
};

/* Something was read of that span; TIME_NONE: no time. */
void batch_widen(struct batch *b, int64_t from_ns, int64_t to_ns);

/* The latest time there is. */
int64_t batch_end_ns(const struct batch *b);
