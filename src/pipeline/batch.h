/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Old logs, read to their end: files, folders, a pipe. Event and pod objects first (they
 * name the workloads), then logs on several workers, then all matches in the order of
 * their times through the settled flow. The answer does not depend on the order of the
 * files, the size of reads, or the number of workers.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/hash.h"
#include "base/str.h"
#include "base/time.h"
#include "correlate/correlator.h"
#include "decode/decoder.h"
#include "record/match.h"
#include "record/source.h"
#include "rules/ruleset.h"
#include "store/store.h"

/* --label service=orders, or service=orders:FILE */
struct batch_label {
	enum label label;
	struct str value;
	const char *path_z; /* NULL: all sources */
};

struct batch_conf {
	const char *const *paths_z; /* files, folders, "-" */
	size_t n_paths;
	enum format format;
	const struct time_zone *zone;
	const struct batch_label *labels;
	size_t n_labels;
	int64_t since_ns, until_ns; /* TIME_NONE: open */
	size_t jobs;                /* 0: as many as processors */
	size_t chunk;               /* bytes per read; 0: default */
	uint64_t record_bytes;      /* of joined lines; 0: default */
	size_t part;        /* bytes after which a large file is cut; 0: default */
	size_t max_keys;    /* in memory; 0: default */
	size_t spill_bytes; /* of keys on disk (engine/spillfile.h); 0: default */
	size_t memory;      /* of unsorted matches, all workers; 0: default */
	const char *temp_dir_z;
	struct hash_key redact_key;     /* of placeholders */
	const struct str *destinations; /* of findings */
	size_t n_destinations;
	const struct output_settings *const *routes; /* what each takes; NULL: all */
	bool lean; /* batch_settle() follows: what it does not ask for is not made */
	const char *store_path_z; /* of batch_settle(); batch_read() may open it */
	bool progress;            /* a line on stderr while it takes long */
	const char *hint_z;       /* said once when a pipe stays open; NULL: never */
};

struct batch_counts {
	uint64_t files, unreadable, left_out, bytes, lines, records, matches;
	uint64_t broken_lines, cut_lines, open_pieces, undated;
	uint64_t rules_off;
	uint64_t events, pods, bad_documents;
	uint64_t no_key, no_clock, not_judged, regex_errors;
	uint64_t keys_full, keys_spilled, keys_returned, spill_failed;
	uint64_t volumes_full;
	int64_t from_ns, to_ns; /* of the times read; TIME_NONE: none */
};

/* Sets what the windows know. */
void batch_count_windows(struct batch_counts *to, const struct correlate_counts *from);

struct batch;

/* conf and rs are borrowed. NULL: out of memory or no scan engine. */
struct batch *batch_new(const struct batch_conf *conf, const struct ruleset *rs);
void batch_free(struct batch **pb);

/*
 * Reads everything. 0, or a negative errno value; a path that cannot be read is said on
 * stderr and is a gap, not an error, unless all of them are (-ENOENT, -EACCES ...).
 */
MUST_USE int batch_read(struct batch *b);

/*
 * After batch_read: the matches in order. 1: *out is valid until the next call; 0 at the
 * end, or a negative errno value.
 */
MUST_USE int batch_next_match(struct batch *b, const struct match **out);

/*
 * After batch_read, instead: correlates everything into a new store in the place of the
 * one at store_path_z. With several workers batch_read() may have done so while it read.
 * *out: the store, to be finished unless there is an error; NULL: it could not be opened.
 */
MUST_USE int batch_settle(struct batch *b, struct store **out);

/* Threads that read. */
size_t batch_workers(const struct batch *b);

const struct batch_counts *batch_counts(const struct batch *b);
const struct source_table *batch_sources(const struct batch *b);
