/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A batch worker: reads, scans, decodes and matches files, or parts of them, of its own,
 * one after the other, into its own sorted runs. No locks but the queue it takes files
 * from. One thread each.
 */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/time.h"
#include "decode/decoder.h"
#include "input/reader.h"
#include "record/source.h"
#include "rules/ruleset.h"
#include "scan/prefilter.h"
#include "worker/evaluate.h"
#include "worker/runs.h"

/* What the workers share; read only but for the atomics. */
struct worker_shared {
	const struct ruleset *rules;
	const struct prefilter *prefilter;
	struct quarantine *quarantine; /* has its own lock */
	struct hash_key redact_key;
	struct source_table *sources;
	const struct time_zone *zone;
	int64_t since_ns, until_ns;
	enum format format;
	const struct match_needs *needs; /* NULL: all of every match */
	bool volumes;                    /* some rule asks how much is written */
	size_t chunk;                    /* bytes per read; 0: default */
	uint64_t record_bytes;
	size_t memory; /* of the runs, per worker */
	const char *temp_dir_z;
	_Atomic uint64_t bytes_read; /* for the progress line */
	_Atomic int failed; /* the first negative errno value that stops the batch */
};

/* One log source to read. Labels are what path and options tell. */
struct worker_file {
	const char *path_z;
	struct str label[LABEL_COUNT];
	struct reader *reader;        /* standard input, already looked at; else NULL */
	struct str first;             /* the bytes read from it so far */
	int64_t size;                 /* in bytes; -1: no file */
	int error;                    /* out: why it could not be read to its end */
	struct decoder_counts counts; /* out */
	int64_t first_ns, last_ns;    /* out: span of the times in it; TIME_NONE: none */
	int64_t undated;              /* out: matches without a clock */
};

/*
 * A file, or what begins in a range of its bytes: records belong to the part that has
 * their first line. The results are the same however a file is cut.
 */
struct worker_part {
	struct worker_file *file; /* only read */
	uint64_t from, until;     /* where lines begin; until UINT64_MAX: to its end */
	enum format format;       /* known where it does not begin with 0 */
	struct runs *runs;        /* takes its matches; NULL: the worker's does */
	int64_t begins_ns;        /* perhaps, as parts_begin() says */
	/* out, as of a file */
	int error;
	struct decoder_counts counts;
	int64_t first_ns, last_ns;
	int64_t undated;
};

struct worker;

struct worker *worker_new(struct worker_shared *shared);
void worker_free(struct worker **pw);

/* 0, or a negative errno value that ends the batch; what only ends the file is in it. */
MUST_USE int worker_read(struct worker *w, struct worker_part *p);

/* Nothing is left to read, for now: gives memory back. */
void worker_rest(struct worker *w);

struct runs *worker_runs(struct worker *w);
const struct evaluate *worker_evaluate(const struct worker *w);
