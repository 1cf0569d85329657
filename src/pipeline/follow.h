/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One followed source of the daemon: its bytes become matches in the engine, and its
 * state a row that commits with them. The bytes come from a log (input/tail.h) or a pipe;
 * who reads them is the driver's business. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "decode/decoder.h"
#include "decode/documents.h"
#include "decode/past.h"
#include "engine/engine.h"
#include "pipeline/pipe_source.h"
#include "worker/evaluate.h"
#include "worker/inflight.h"

/* What all sources of a daemon share. Borrowed. */
struct follow_shared {
	struct source_table *sources;
	struct store *store;
	struct evaluate *evaluate;
	struct engine *engine;
	struct inflight *inflight; /* may be NULL */
	struct past *past;         /* of events and pods */
	size_t max_sightings;      /* of them, at once */
	uint64_t record_bytes;     /* of joined lines; 0: default */
};

struct follow_conf {
	struct str name;               /* the path, or "-" */
	struct str label[LABEL_COUNT]; /* known from path or settings */
	enum format format;
	const struct time_zone *zone;
	int64_t date_ns;
	enum time_quality date_quality;
	uint64_t place;           /* of the first byte */
	struct pipe_source *pipe; /* borrowed: it names the records; NULL: a log */
};

struct follow;

/* conf is copied but for its views, which must live on. NULL: out of memory. */
struct follow *follow_new(
	const struct follow_shared *shared, const struct follow_conf *conf, uint64_t id);

/* As follow_save() left it. 0, -EINVAL (not such a state) or -ENOMEM. */
MUST_USE int follow_restore(const struct follow_shared *shared,
	const struct follow_conf *conf, uint64_t id, struct str state,
	struct follow **out);
void follow_free(struct follow **pf);

/* Room for the next read: of 64 KiB and more. */
char *follow_space(struct follow *f, size_t *cap);

/* n bytes were put there. 0 or an error of the engine, as all of these. */
MUST_USE int follow_filled(struct follow *f, size_t n, int64_t mono_ns);

/*
 * Nothing came for a while. From pause_ns on what is open counts as complete; wall_ns is
 * the arrival of what has no time of its own. idle: it holds no other source back.
 */
MUST_USE int follow_silence(
	struct follow *f, int64_t mono_ns, int64_t wall_ns, int64_t pause_ns, bool idle);

/* Others are read now: gives back the memory that only the next read needs. */
void follow_rest(struct follow *f);

/* No more bytes of what was open: bytes up to place are missing, or the log is gone. */
MUST_USE int follow_break(struct follow *f, uint64_t place);
MUST_USE int follow_finish(struct follow *f);

/* Where its bytes must be read again from after a restart. */
uint64_t follow_needs(const struct follow *f);
void follow_save(const struct follow *f, struct buf *out);

/*
 * From where another session goes on with what cannot be read again: the state, and what
 * was read of an object. The last bytes, as many as open says, are to be filled again.
 */
struct follow_mark {
	struct buf state;           /* empty: none */
	struct documents documents; /* of objects */
	size_t open;
};
void follow_mark_init(struct follow_mark *m);
void follow_mark_fini(struct follow_mark *m);
MUST_USE int follow_mark_set(struct follow_mark *m, const struct follow *f);
MUST_USE int follow_resume(const struct follow_shared *shared,
	const struct follow_conf *conf, uint64_t id, const struct follow_mark *m,
	struct follow **out);

/* What cannot be had again (matches, objects), or only bytes, came since follow_saved().
 */
bool follow_has_news(const struct follow *f);
bool follow_has_moved(const struct follow *f);
void follow_saved(struct follow *f);

int64_t follow_quiet(const struct follow *f, int64_t mono_ns); /* since the last bytes */
bool follow_is_known(const struct follow *f);                  /* its format was found */
bool follow_is_idle(const struct follow *f);
uint64_t follow_id(const struct follow *f);
int64_t follow_first_time(const struct follow *f); /* TIME_NONE: none yet */
int64_t follow_last_time(const struct follow *f);

struct follow_counts {
	uint64_t bytes, lines, records, matches;
	uint64_t undated; /* matches that no window counts */
	uint64_t broken_lines, cut_lines, cut_bytes, open_pieces, skipped;
	uint64_t events, pods, bad_documents;
};
struct follow_counts follow_counts(const struct follow *f);
const char *follow_format_z(const struct follow *f);
