/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "worker/parts.h"

#define CHUNK_BYTES   ((size_t)512 * 1024)
#define CONTEXT_BYTES ((uint64_t)192 * 1024) /* before a part */
#define AHEAD_BYTES   ((uint64_t)96 * 1024)  /* behind it, at a time */
#define BLOCK_BYTES   ((uint64_t)64 * 1024)  /* of which the decoder keeps a time */
#define BEHIND_BYTES  ((uint64_t)4 * 1024)

struct worker {
	struct worker_shared *shared; /* borrowed */
	struct evaluate *evaluate;
	struct runs *runs;
	struct runs *into;       /* of the part that is read */
	struct decoder *decoder; /* of the last part, its memory is the next one's */
};

struct worker *
worker_new(struct worker_shared *shared)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->shared = shared;
	w->evaluate = evaluate_new(shared->rules, shared->prefilter);
	w->runs = runs_new(shared->memory, shared->temp_dir_z);
	if (w->evaluate == NULL || w->runs == NULL) {
		worker_free(&w);
		return NULL;
	}
	evaluate_set_key(w->evaluate, shared->redact_key);
	evaluate_set_quarantine(w->evaluate, shared->quarantine);
	evaluate_set_needs(w->evaluate, shared->needs);
	evaluate_set_range(w->evaluate, shared->since_ns, shared->until_ns);
	return w;
}

void
worker_free(struct worker **pw)
{
	struct worker *w = *pw;

	*pw = NULL;
	if (w == NULL)
		return;
	if (w->evaluate != NULL)
		evaluate_free(&w->evaluate);
	if (w->runs != NULL)
		runs_free(&w->runs);
	worker_rest(w);
	free(w);
}

struct runs *
worker_runs(struct worker *w)
{
	return w->runs;
}

const struct evaluate *
worker_evaluate(const struct worker *w)
{
	return w->evaluate;
}

void
worker_rest(struct worker *w)
{
	if (w->decoder != NULL)
		decoder_free(&w->decoder);
}

/* The span of what was read: lines in a pipe come pod after pod, not by time. */
static void
widen(struct worker_part *p, int64_t at_ns)
{
	if (at_ns == TIME_NONE)
		return;
	if (p->first_ns == TIME_NONE || at_ns < p->first_ns)
		p->first_ns = at_ns;
	if (p->last_ns == TIME_NONE || at_ns > p->last_ns)
		p->last_ns = at_ns;
}

static bool
is_counted_only(const struct worker *w, uint32_t rule)
{
	return w->shared->needs != NULL && w->shared->needs->of[rule] == NEED_COUNT;
}

static int
take_records(struct worker *w, struct decoder *d, struct worker_part *p)
{
	struct record *r;
	int err = 0;

	while (err == 0 && (r = decoder_next(d)) != NULL) {
		const struct match *m;
		size_t n_cues;
		const uint32_t *cues = decoder_cues(d, &n_cues);
		size_t n = evaluate_record(w->evaluate, r, cues, n_cues, &m);

		/* Not every record: which are looked at depends on the rules. */
		if (n > 0 && r->quality == TIME_WRITTEN)
			widen(p, r->at_ns);
		for (size_t i = 0; i < n && err == 0; i++) {
			p->undated += m[i].quality == TIME_FILE_DATE;
			if (!is_counted_only(w, m[i].rule))
				err = runs_add(w->into, &m[i], r->source);
		}
	}
	return err;
}

/* How much came: sums that become records when all of them are merged. */
static int
take_sums(struct worker *w, struct decoder *d)
{
	struct volume_sum sum;
	struct match m;
	int err = 0;

	while (err == 0 && decoder_sum(d, &sum)) {
		volume_to_match(&sum, &m);
		err = runs_add(w->into, &m, NULL);
	}
	return err;
}

static int
pump(struct worker *w, struct decoder *d, struct worker_part *p)
{
	int err;

	evaluate_nominate(w->evaluate, d);
	err = take_sums(w, d);
	return err != 0 ? err : take_records(w, d, p);
}

/* The bytes that were read to find out what it is. */
static int
feed_first(struct worker *w, struct decoder *d, struct worker_part *p)
{
	struct str rest = p->file->first;
	int err = 0;

	while (rest.len > 0 && err == 0) {
		size_t cap;
		char *room = decoder_space(d, &cap);
		size_t n = rest.len < cap ? rest.len : cap;

		memcpy(room, rest.ptr, n);
		rest = str_sub(rest, n, rest.len);
		decoder_filled(d, n);
		err = pump(w, d, p);
	}
	return err;
}

/* As much as is read at once: where a block has just begun the decoder keeps little. */
static size_t
chunk_at(const struct worker *w, uint64_t at)
{
	size_t chunk = w->shared->chunk ? w->shared->chunk : CHUNK_BYTES;
	uint64_t end = (at + chunk) / BLOCK_BYTES * BLOCK_BYTES + BEHIND_BYTES;

	return chunk < 2 * BLOCK_BYTES ? chunk : (size_t)(end - at);
}

/*
 * Bytes from at on, not behind until: how many, 0 at the end of the file, which may be an
 * error.
 */
static size_t
feed_some(struct worker *w, struct decoder *d, struct reader *in, struct worker_part *p,
	uint64_t at, uint64_t until)
{
	size_t chunk = chunk_at(w, at), cap;
	char *room = decoder_space(d, &cap);
	ssize_t n;

	cap = cap < chunk ? cap : chunk;
	n = reader_read(in, room, cap < until - at ? cap : (size_t)(until - at));
	if (n <= 0) {
		p->error = (int)n;
		return 0;
	}
	atomic_fetch_add_explicit(
		&w->shared->bytes_read, (uint64_t)n, memory_order_relaxed);
	decoder_filled(d, (size_t)n);
	return (size_t)n;
}

static bool
is_stopped(const struct worker *w)
{
	return atomic_load(&w->shared->failed) != 0;
}

/* From one byte of the file to another; *at is where it got. */
static int
read_until(struct worker *w, struct decoder *d, struct reader *in, struct worker_part *p,
	uint64_t *at, uint64_t until)
{
	int err = 0;

	while (err == 0 && *at < until && !is_stopped(w)) {
		size_t n = feed_some(w, d, in, p, *at, until);

		if (n == 0) {
			decoder_finish(d);
			*at = UINT64_MAX;
		} else {
			*at += n;
		}
		err = pump(w, d, p);
	}
	return err;
}

/* What stands before the part, which is not looked at. */
static void
read_context(struct worker *w, struct decoder *d, struct reader *in,
	struct worker_part *p, uint64_t *at)
{
	while (*at < p->from) {
		size_t n = feed_some(w, d, in, p, *at, p->from);

		if (n == 0)
			return;
		*at += n;
		decoder_skip(d);
	}
}

/* Lines and bytes are those of the part alone. */
static void
subtract(struct decoder_counts *c, const struct decoder_counts *before)
{
	c->lines -= before->lines;
	c->bytes -= before->bytes;
	c->cut_lines -= before->cut_lines;
	c->cut_bytes -= before->cut_bytes;
}

/*
 * The part, and on behind it until no record of it is open. What is read behind it counts
 * nothing.
 */
static int
read_part(struct worker *w, struct decoder *d, struct reader *in, struct worker_part *p,
	uint64_t at)
{
	struct decoder_counts before = *decoder_counts(d), behind = { 0 };
	int err = feed_first(w, d, p);

	at += p->file->first.len;
	if (err == 0)
		err = read_until(w, d, in, p, &at, p->until);
	p->counts = *decoder_counts(d);
	while (err == 0 && at != UINT64_MAX && !is_stopped(w) &&
		!decoder_is_past(d, p->until))
		err = read_until(w, d, in, p, &at, at + AHEAD_BYTES);
	behind = *decoder_counts(d);
	p->counts.records = behind.records;
	p->counts.broken_lines = behind.broken_lines;
	p->counts.open_pieces = behind.open_pieces;
	p->counts.no_time = behind.no_time;
	subtract(&p->counts, &before);
	widen(p, decoder_first_time(d));
	widen(p, decoder_last_time(d));
	return err;
}

static struct decoder *
begin_decoder(
	struct worker *w, const struct worker_part *p, int64_t date_ns, uint64_t offset)
{
	struct decoder_conf conf = { .sources = w->shared->sources,
		.name = str_z(p->file->path_z),
		.format = w->shared->format,
		.zone = w->shared->zone,
		.date_ns = date_ns,
		.date_quality = TIME_FILE_DATE,
		.record_bytes = w->shared->record_bytes,
		.tally = w->shared->volumes ? TALLY_BLOCKS : TALLY_NONE,
		.offset = offset,
		.from = p->from,
		.until = p->until == UINT64_MAX ? 0 : p->until };

	if (p->from > 0 || p->until != UINT64_MAX)
		conf.format = p->format;
	if (conf.date_ns == TIME_NONE)
		conf.date_ns = clock_wall_ns();
	memcpy(conf.label, p->file->label, sizeof(conf.label));
	if (w->decoder == NULL)
		w->decoder = decoder_new(&conf);
	else if (!decoder_begin_anew(w->decoder, &conf))
		decoder_free(&w->decoder);
	return w->decoder;
}

/*
 * With as much context as the first records need: little, unless a record is long. False:
 * it was not enough.
 */
static bool
try_part(struct worker *w, struct worker_part *p, uint64_t context, int *err)
{
	uint64_t at = p->from > context ? p->from - context : 0;
	struct reader *in = p->file->reader;
	struct decoder *d;
	bool enough;

	p->error = 0;
	if (in == NULL)
		p->error = parts_find_line(p->file->path_z, p->from, &at);
	if (p->error == 0 && in == NULL)
		p->error = p->from == 0 ? reader_open(p->file->path_z, &in)
					: reader_open_at(p->file->path_z, at, &in);
	if (p->error != 0)
		return true;
	d = begin_decoder(w, p, reader_date_ns(in), at);
	*err = d == NULL ? -ENOMEM : 0;
	if (d != NULL)
		read_context(w, d, in, p, &at);
	enough = d == NULL || p->error != 0 || decoder_has_context(d);
	if (d != NULL && enough && p->error == 0)
		*err = read_part(w, d, in, p, at);
	reader_close(&in);
	if (p->file->reader != NULL)
		p->file->reader = NULL;
	return enough;
}

int
worker_read(struct worker *w, struct worker_part *p)
{
	uint64_t context = CONTEXT_BYTES;
	int err = 0;

	w->into = p->runs != NULL ? p->runs : w->runs;
	p->first_ns = p->last_ns = TIME_NONE;
	while (!try_part(w, p, context, &err) && err == 0)
		context = context > UINT64_MAX / 32 ? UINT64_MAX : context * 32;
	return err;
}
