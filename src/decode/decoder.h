/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes of one source become records. The caller puts bytes in, asks which whole lines
 * are new, says which of them can matter, and takes the records these lines belong to.
 * Joining is lazy: from a hit back to the first line of its record and on to its last.
 * The results do not depend on how the bytes were cut. One thread per decoder.
 *
 *   decoder_space() ... decoder_filled()        bytes in
 *   decoder_fresh()  -> text for the prefilter
 *   decoder_hits()   <- hits in that text; or decoder_hit_all()
 *   decoder_next()   -> records, in the order of their first line per stream
 *   decoder_finish() at the end, then decoder_next() again
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/str.h"
#include "base/time.h"
#include "record/hit.h"
#include "record/record.h"
#include "record/source.h"
#include "record/volume.h"

enum format {
	FORMAT_AUTO,
	FORMAT_CRI,
	FORMAT_DOCKER,  /* json-file */
	FORMAT_KUBECTL, /* plain lines with a [pod/P/C] prefix and/or a timestamp */
	FORMAT_PLAIN,
	FORMAT_OBJECTS /* Kubernetes events and pods as JSON: not for this decoder */
};
extern const struct str format_names[];

/* What decoder_sum() counts. */
enum tally_kind {
	TALLY_NONE,
	TALLY_BLOCKS, /* of a source that is read to its end: nearly free */
	TALLY_LINES   /* line by line: of one that goes on */
};

#define DECODER_MESSAGE_MAX ((size_t)1 << 20)
#define DECODER_LINES_MAX   1000

/* What was not taken as it came; all start at 0. */
struct decoder_counts {
	uint64_t lines, bytes, records;
	uint64_t cut_lines; /* over DECODER_MESSAGE_MAX: the rest was skipped */
	uint64_t cut_bytes;
	uint64_t broken_lines; /* not in the source's format; taken as plain text */
	uint64_t no_time;      /* records whose time is the file's date or arrival */
	uint64_t open_pieces;  /* a P piece whose F never came */
	uint64_t nul_bytes;    /* padding skipped */
};

struct decoder_conf {
	struct source_table *sources;  /* borrowed */
	struct str name;               /* the path, or "-" */
	struct str label[LABEL_COUNT]; /* known from path or options */
	enum format format;
	const struct time_zone *zone;   /* of times without one; NULL: UTC */
	int64_t date_ns;                /* the file's date, or arrival for a live pipe */
	enum time_quality date_quality; /* TIME_FILE_DATE or TIME_ARRIVAL */
	/* Of the joined lines of a record, the rest is records of its own; 0, or more
	 * than that: 1 MiB. A line is never cut by it. */
	uint64_t record_bytes;
	enum tally_kind tally;
	/*
	 * A part of a file: the byte it begins with, where a line begins, and where the
	 * first lines of the records are that are wanted; until 0: all.
	 */
	uint64_t offset, from, until;
};

struct decoder;

/* The format of a source by its first lines, those that begin in its first 64 KiB. */
enum format decoder_look(struct str first);

/* Whether that is FORMAT_OBJECTS: a JSON document of the API, its first key says so. */
bool decoder_is_objects(struct str first);

/* NULL: out of memory, or no room for another source. */
struct decoder *decoder_new(const struct decoder_conf *conf);
void decoder_free(struct decoder **pd);

/*
 * As a new one, in the memory that it has: memory that goes back to the system and comes
 * again costs a process of several threads more than to read a megabyte. False: free it.
 */
bool decoder_begin_anew(struct decoder *d, const struct decoder_conf *conf);

/* Room for the next read. Never less than 64 KiB. */
char *decoder_space(struct decoder *d, size_t *cap);
void decoder_filled(struct decoder *d, size_t n);
void decoder_finish(struct decoder *d);

/*
 * The writer paused: what is open counts as complete. now_ns: arrival time. Without all
 * it does not if the last line is a piece, whose rest will come: false.
 */
bool decoder_pause(struct decoder *d, int64_t now_ns, bool all);
bool decoder_is_in_pieces(const struct decoder *d);

/* Bytes are missing behind what was given: that is complete, a line by half included.
 * When its records were taken, the next byte is that at place. 0 or -ENOMEM: as it was.
 */
void decoder_cut(struct decoder *d, int64_t now_ns);
MUST_USE int decoder_jump(struct decoder **pd, uint64_t place);

/* Whole lines that nobody looked at yet (empty: none). Valid until decoder_space(). */
struct str decoder_fresh(struct decoder *d);

/* The place of the first of them in the source. */
uint64_t decoder_fresh_place(const struct decoder *d);

/*
 * What was found in what decoder_fresh() returned; each fresh text is told once. all:
 * every line is looked at, also one without a hit.
 */
void decoder_hits(struct decoder *d, const struct found *f, bool all);
void decoder_hit_all(struct decoder *d);

/* What is fresh is context only: nothing in it is looked at. */
void decoder_skip(struct decoder *d);

/*
 * Whether the bytes given do for records that begin behind them: no open record began
 * before offset, and the time before them is known.
 */
bool decoder_has_context(struct decoder *d);

/* Whether no record that began before a byte of the source is open. */
bool decoder_is_past(const struct decoder *d, uint64_t place);

/* What it was found to be; FORMAT_AUTO: not yet. */
enum format decoder_format(const struct decoder *d);

/* Whether the source is docker's json-file (scan_text's docker). */
bool decoder_is_docker(const struct decoder *d);

/* Whose lines they are; NULL when each line says so itself (a prefix). */
const struct source *decoder_source(const struct decoder *d);

/* The next record, valid until the next call of any decoder function; NULL: none now. */
struct record *decoder_next(struct decoder *d);

/*
 * The cues of the record that decoder_next() gave, each once, *n of them; NULL: hits of
 * its lines are not known one by one, it is for every rule.
 */
const uint32_t *decoder_cues(const struct decoder *d, size_t *n);

/*
 * The greatest time of the lines looked at (before each 64 KiB, where one log was put
 * behind another, and the last one), or TIME_NONE: the source's progress.
 */
int64_t decoder_last_time(struct decoder *d);

/* The least time of them, the first line's included, or TIME_NONE. */
int64_t decoder_first_time(struct decoder *d);

/*
 * Lines and bytes of a slice of time, all or some of those that came in it; false: none
 * is over yet. To be asked after decoder_hits() or decoder_finish(), until it says false.
 */
bool decoder_sum(struct decoder *d, struct volume_sum *out);

/* TALLY_LINES: those of slices that are not over are to be given, too. */
void decoder_close_sums(struct decoder *d);

const struct decoder_counts *decoder_counts(const struct decoder *d);

/*
 * Going on after a restart. decoder_save() appends the state of a decoder whose records
 * were all taken (decoder_next() gave NULL); decoder_restore() makes one that is then fed
 * the source's bytes from decoder_needs() on (at most 5 MiB before the end of what was
 * fed), and gives exactly the records that would have come next. The hits of these bytes
 * may be those of other rules. 0, -ENOMEM, or -EINVAL: not such a state.
 */
uint64_t decoder_needs(const struct decoder *d);
void decoder_save(const struct decoder *d, struct buf *out);
MUST_USE int decoder_restore(
	const struct decoder_conf *conf, struct str state, struct decoder **out);

/*
 * The bytes from decoder_needs() on that it holds: for who cannot read them again. Valid
 * until the next call.
 */
struct str decoder_held(const struct decoder *d);

/* Nothing will come for a while: gives memory back, keeps what records may need. */
void decoder_rest(struct decoder *d);
