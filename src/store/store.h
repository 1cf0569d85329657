/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One SQLite file: rows, not incidents. A writer (one thread, the only one that writes
 * and checkpoints) and any number of readers (read only). WAL, synchronous=FULL. Every
 * put belongs to the open transaction; one commit makes a batch true as a whole. The
 * schema has a version; an older file is copied aside and migrated, a newer refused.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"

struct store;

/* Codes beside errno values; store_strerror() tells all of them. */
enum {
	STORE_NEWER = -1001, /* the file's schema is newer than this program */
	STORE_CORRUPT = -1002,
	STORE_BUSY = -1003, /* another gumshoe has it; the message names the pid */
	STORE_FULL = -1004, /* disk full */
	STORE_OLDER = -1005 /* a reader found an older schema: open it for writing once */
};

enum store_mode { STORE_READ, STORE_WRITE, STORE_REPLACE /* a new file over the old */ };

/*
 * path_z 0600. fast: no fsync per commit (a scan that can be run again). STORE_REPLACE
 * writes PATH.new, which takes the place of PATH in store_close() if store_finish() was
 * called: without it the old one stays. A writer holds PATH.lock.
 */
MUST_USE int store_open(
	const char *path_z, enum store_mode mode, bool fast, struct store **out);
void store_close(struct store **ps);

/* After a failed store_open() of this thread: with what it found out (the pid). */
const char *store_strerror(int err);

/* The text of the last error, for people. */
const char *store_error_z(const struct store *s);

/* The folder the file is in; free() it. NULL: out of memory. */
char *store_folder(const struct store *s);

/* Also for a reader: its queries up to store_commit() see one moment. */
MUST_USE int store_begin(struct store *s);
MUST_USE int store_commit(struct store *s);
void store_rollback(struct store *s);

/* All is in the file, and the WAL folded back. After a batch. */
MUST_USE int store_finish(struct store *s);

/*
 * STORE_REPLACE, fast, after store_finish(): the new file takes the place of the old one
 * now, and s is a reader of it; it goes to the disk until store_close(). On failure s can
 * only be closed.
 */
MUST_USE int store_place(struct store *s);

/*
 * The same two by a thread of their own. Until store_await() s is only read, and what is
 * in memory (incidents, their entries) is read meanwhile: what is not waits by itself. On
 * failure s can only be closed; what was read then is nothing.
 */
void store_finish_aside(struct store *s);

/* It is not waited for yet. */
bool store_is_aside(const struct store *s);

/* 0 or the error of what failed. */
MUST_USE int store_await(struct store *s);

/*
 * Deletes what is older than before_ns, then the oldest days until the rest is within
 * max_bytes; *deleted rows. What went is a gap (reason retention), and complete_from
 * moves up. Not inside of a transaction.
 */
MUST_USE int store_retain(
	struct store *s, int64_t before_ns, int64_t max_bytes, uint64_t *deleted);

/* A line of a timeline: a match. fields: "name=value" pairs in the store's own encoding.
 */
struct store_field {
	struct str name, value;
};
struct entry_row {
	int64_t row; /* set when read; ascending */
	uint64_t id; /* the match's; the same id at the same time again is ignored */
	int64_t at_ns;
	int quality;     /* enum time_quality */
	struct str rule; /* name */
	int level;
	uint32_t weight;
	struct str file; /* the source's name */
	uint64_t offset;
	struct str text;
	const struct store_field *fields; /* captures and labels */
	size_t n_fields;
};

/* *row: where it is, also when it was there already. */
MUST_USE int store_put_entry(struct store *s, const struct entry_row *e, int64_t *row);

/* Ties an entity ("order", "6900...") to an entry: what `show order:ID` reads. */
MUST_USE int store_put_touch(
	struct store *s, struct str entity, struct str entity_id, int64_t row);

struct mark_row {
	struct str entity, entity_id; /* entity_id empty: by the fallback key */
	struct str fallback;          /* "trace_id=..." or empty */
	struct str state;
	int64_t at_ns;
	uint64_t entry_id;
	struct str reason, amount, customer, pod; /* where captured */
};
MUST_USE int store_put_mark(struct store *s, const struct mark_row *m);

struct incident_row {
	struct str id;                 /* 16 hex digits */
	struct str rule, title, state; /* state: open, resolved, superseded */
	int level;
	const struct store_field *key;
	size_t n_key;
	int64_t first_ns, last_ns, opened_ns, resolved_ns,
		detected_ns; /* TIME_NONE: not */
	int64_t from_ns;     /* timeline from: first - lookback */
	uint64_t count;
	struct str superseded_by;
	struct str explained_by; /* the incident that mutes or muted it */
	bool muted;              /* no finding of it is told now */
	struct str body; /* JSON: impact, causes, timeline rules ...; incident/'s own */
};
/* Inserts or replaces by id. */
MUST_USE int store_put_incident(struct store *s, const struct incident_row *i);
MUST_USE int store_put_incident_value(
	struct store *s, struct str incident, struct str value);

/* With its values. */
MUST_USE int store_del_incident(struct store *s, struct str id);

struct gap_row {
	int64_t from_ns, to_ns; /* TIME_NONE: unknown */
	struct str source, reason, detail;
	uint64_t n; /* bytes, lines or records, as reason says */
};
MUST_USE int store_put_gap(struct store *s, const struct gap_row *g);

/* Small named facts: complete_from, complete_to, not_judged, counters, ruleset. */
MUST_USE int store_put_meta(struct store *s, struct str name, struct str value);
MUST_USE int store_put_meta_i64(struct store *s, struct str name, int64_t value);
bool store_meta(struct store *s, struct arena *a, struct str name, struct str *out);
int64_t store_meta_i64(struct store *s, struct str name, int64_t otherwise);

/* Changes when gaps or named facts were put through s, or perhaps were. */
uint64_t store_facts(const struct store *s);

/*
 * What a restart needs. The journal: blobs in the order of seq (the caller's, never used
 * twice); until_ns: the newest time in it. The checkpoint: rows of a part by id,
 * replaced; empty bytes delete. The meaning of the bytes is the caller's.
 */
MUST_USE int store_put_journal(
	struct store *s, int64_t seq, int64_t until_ns, struct str blob);

/* Those with seq and until_ns both below. */
MUST_USE int store_del_journal(struct store *s, int64_t seq, int64_t until_ns);
MUST_USE int store_put_checkpoint(
	struct store *s, int part, uint64_t id, struct str bytes);

/* Appends one row's bytes; -ENOENT: there is none. */
MUST_USE int store_get_checkpoint(struct store *s, int part, uint64_t id, struct buf *to);

/* All rows of the part. */
MUST_USE int store_del_checkpoint(struct store *s, int part);

/* One source of bytes. state: the reader's own. */
struct source_row {
	struct str name;
	uint64_t id;
	uint64_t offset;      /* first byte that is not in settled records yet */
	int64_t watermark_ns; /* TIME_NONE: none yet */
	struct str state;
};
MUST_USE int store_put_source(struct store *s, const struct source_row *row);
MUST_USE int store_del_source(struct store *s, uint64_t id);

/*
 * While muted every put of entries, touches, marks, incidents, values, gaps, facts and
 * outbox rows does nothing and succeeds: for a replay of what is in the store already.
 */
void store_mute(struct store *s, bool muted);
bool store_is_muted(const struct store *s);

enum finding_told {
	TOLD_NEVER,
	TOLD_OPEN,
	TOLD_ENDED,    /* by a resolved */
	TOLD_WITHDRAWN /* it was put, and taken back before it was sent */
};

/* The greatest seq of a finding that was put for the destination, sent or not; -1: none.
 */
int64_t store_last_finding(struct store *s, struct str destination, struct str finding,
	enum finding_told *told);

struct outbox_row {
	int64_t row;            /* set when read */
	struct str destination; /* "datadog" */
	struct str finding;     /* incident id */
	int64_t seq;            /* of the finding: 0 opened ... */
	struct str kind;        /* opened, updated, resolved */
	int64_t at_ns;          /* event time */
	int64_t put_ns;         /* wall clock: since when it waits; 0: unknown */
	struct str body;        /* JSON of the finding */
	bool hold;              /* another incident may explain it any moment */
};
MUST_USE int store_put_outbox(struct store *s, const struct outbox_row *o);
MUST_USE int store_forget_outbox(struct store *s, int64_t row); /* it never will be */

/* It was sent. link: where its receiver shows it to people; may be empty. */
MUST_USE int store_del_outbox(struct store *s, int64_t row, struct str link);

/* All that waits of the finding for the destination, none of which was sent. */
MUST_USE int store_withdraw_outbox(
	struct store *s, struct str destination, struct str finding);

/* The greatest row that was ever put, 0: none; how many wait for the destination. */
MUST_USE int store_outbox_last(struct store *s, int64_t *row);
MUST_USE int store_outbox_count(struct store *s, struct str destination, uint64_t *n);

/*
 * Readers: a query gives rows one by one. The row's views are valid until the next step.
 * Queries may be open while the same store writes.
 */
struct store_query;
void store_query_free(struct store_query **pq);

/* Entries in time order with at in [from, to]; rules: names, n 0: any. */
struct store_query *store_entries(struct store *s, int64_t from_ns, int64_t to_ns,
	const struct str *rules, size_t n);
/* Entries of one entity, in time order. */
struct store_query *store_entity_entries(
	struct store *s, struct str entity, struct str entity_id);
bool store_next_entry(struct store_query *q, struct entry_row *out);

/* Whether an entry with this id is there at this time. */
bool store_has_entry(struct store *s, int64_t at_ns, uint64_t id);

/* By opened_ns, then id. id empty: all. */
struct store_query *store_incidents(struct store *s, struct str id);

/* Those that id explains, in the same order. id empty: that any explains. */
struct store_query *store_explained(struct store *s, struct str id);
bool store_next_incident(struct store_query *q, struct incident_row *out);
struct store_query *store_incident_values(struct store *s, struct str incident);
bool store_next_value(struct store_query *q, struct str *out);

/* Marks of an entity kind, by (entity_id, at). id empty: all. */
struct store_query *store_marks(struct store *s, struct str entity, struct str entity_id);
bool store_next_mark(struct store_query *q, struct mark_row *out);

struct store_query *store_gaps(struct store *s);
bool store_next_gap(struct store_query *q, struct gap_row *out);

/* Rows after after_row, in their order. destination empty: any. */
struct store_query *store_outbox(
	struct store *s, struct str destination, int64_t after_row);
bool store_next_outbox(struct store_query *q, struct outbox_row *out);

/* What was sent of a finding and has a link; by destination and seq. */
struct link_row {
	struct str destination, kind, link;
};
struct store_query *store_links(struct store *s, struct str finding);
bool store_next_link(struct store_query *q, struct link_row *out);

/* By seq. */
struct store_query *store_journal(struct store *s);
bool store_next_journal(struct store_query *q, int64_t *seq, struct str *blob);

/* By id. */
struct store_query *store_checkpoint(struct store *s, int part);
bool store_next_checkpoint(struct store_query *q, uint64_t *id, struct str *bytes);
struct store_query *store_sources(struct store *s);
bool store_next_source(struct store_query *q, struct source_row *out);

/* An error ended the last query (store_error_z tells). */
bool store_query_failed(const struct store_query *q);
