/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside of a decoder: shared by the files that run it (decoder.c, hits.c, message.c,
 * tally.c) and that make it go on after a restart (resume.c). Not for other rooms.
 */
#pragma once

#include "base/map.h"
#include "decode/decoder.h"
#include "decode/lines.h"
#include "decode/progress.h"
#include "decode/run.h"
#include "decode/tally.h"

#define BUFFER_BYTES ((size_t)8 << 20)
#define WINDOW_BYTES ((size_t)2 << 20) /* usual window: stays in the cache */
#define HITS_MAX     ((size_t)128 << 10)
#define CUES_MAX     64 /* of one record; more are all */
#define STREAMS_MAX  4096
#define LOOK_BYTES   ((size_t)64 << 10)
#define BEHIND       ((size_t)64) /* bytes behind a line or a message that may be touched */
#define SCRATCH_ROOM (LINES_LINE_MAX + BEHIND)
#define MESSAGE_ROOM (DECODER_MESSAGE_MAX + RUN_LINES_MAX + BEHIND)

struct line_hit {
	uint64_t at;  /* the line's start */
	uint32_t len; /* with its LF */
	uint32_t cue;
};

/* One key of the source: stdout, a pod and container of a pipe. */
struct stream {
	const struct source *source;
	struct str key;   /* owned by the map */
	const char *name; /* where such a key stands, which does not change if it is */
	struct run known; /* the part behind the last record */
	uint64_t done;    /* hits before this are in records already */
	struct tally_open sum;
};

struct decoder {
	struct decoder_conf conf;
	struct lines lines;
	struct reading reading;
	struct time_minute minute;
	struct line line;  /* the one at hand that was hit */
	struct line ahead; /* behind the last record */
	struct progress progress;
	const struct source *own; /* of lines without a prefix */
	struct map *by_key;
	struct stream *streams; /* STREAMS_MAX, and a spare one */
	size_t n_streams;
	struct stream *recent;
	uint64_t fresh;        /* lines from here on are not looked at */
	struct line_hit *hits; /* ascending */
	size_t n_hits, hit;
	uint64_t all_from, all_to;     /* every line in here is looked at */
	uint64_t blind_from, blind_to; /* hits in here are not in the list */
	uint32_t cue[CUES_MAX];        /* of the record */
	size_t n_cues;                 /* SIZE_MAX: all */
	char *scratch;
	char *hit_scratch; /* of the line that is at hand */
	char *message;
	struct part part;
	struct record record;
	struct tally tally;
	struct decoder_counts counts;
	size_t slide_at; /* length of the window at which it moves next */
	bool finished;
};

/* The first line that is still asked for; *hit stays if there is none. */
static inline bool
decoder_peek_hit(const struct decoder *d, uint64_t *hit)
{
	bool listed = d->hit < d->n_hits;

	if (listed)
		*hit = d->hits[d->hit].at;
	if (d->all_from >= d->all_to || (listed && *hit <= d->all_from))
		return listed;
	*hit = d->all_from;
	return true;
}

/* Makes the line at at, the first one that is asked for, the one at hand. */
void decoder_read_hit(struct decoder *d, uint64_t at);

/* Done with it. */
void decoder_drop_hit(struct decoder *d, uint64_t at);

/* The same of one in the part; what was hit in the part's lines is for decoder_cues(). */
void decoder_take_hit(struct decoder *d, uint64_t at);

/* The text of the part, whose first line is head; *truncated is set if it is not all. */
struct str decoder_join(struct decoder *d, const struct line *head, bool *truncated);

/* The stream of this key, made if it is new. The spare one when there are too many. */
struct stream *decoder_stream(struct decoder *d, const struct wrap *w);

void decoder_set_format(struct decoder *d, enum format format);

/* Of the record and the lines read for it: the window is about to move. */
void decoder_forget(struct decoder *d);

/* Where the line begins from which on lines may be needed for records to come. */
uint64_t decoder_keeps(const struct decoder *d);
