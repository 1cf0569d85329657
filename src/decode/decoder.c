/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decoder of one source: takes its bytes, asks run.c for the lines of a record, and
 * makes the record. All memory is taken at birth, except for new sources.
 */
#include "decode/decoder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "decode/state.h"
#include "decode/wrap.h"

static bool
alloc(struct decoder *d)
{
	d->streams = malloc((STREAMS_MAX + 1) * sizeof(*d->streams));
	d->hits = malloc(HITS_MAX * sizeof(*d->hits));
	d->scratch = malloc(SCRATCH_ROOM);
	d->hit_scratch = malloc(SCRATCH_ROOM);
	d->message = malloc(MESSAGE_ROOM);
	return lines_init(&d->lines, BUFFER_BYTES, 0) && d->streams != NULL &&
	       d->hits != NULL && d->scratch != NULL && d->hit_scratch != NULL &&
	       d->message != NULL;
}

void
decoder_set_format(struct decoder *d, enum format format)
{
	static const struct wrapping *const wrappings[] = { [FORMAT_AUTO] = NULL,
		[FORMAT_CRI] = &wrapping_cri,
		[FORMAT_DOCKER] = &wrapping_docker,
		[FORMAT_KUBECTL] = &wrapping_kubectl,
		[FORMAT_PLAIN] = &wrapping_plain,
		[FORMAT_OBJECTS] = &wrapping_plain };

	d->conf.format = format;
	d->reading.wrapping = wrappings[format];
}

static bool
begin(struct decoder *d, const struct decoder_conf *conf)
{
	d->conf = *conf;
	d->by_key = map_new(STREAMS_MAX);
	d->own = source_table_open(conf->sources, conf->name, conf->label);
	lines_begin_anew(&d->lines, conf->offset);
	d->reading.lines = &d->lines;
	d->reading.scratch = d->scratch;
	d->reading.minute = &d->minute;
	d->reading.ahead = &d->ahead;
	d->reading.like = &d->line.wrap;
	d->reading.time.zone = conf->zone;
	d->reading.part_bytes =
		conf->record_bytes != 0 && conf->record_bytes < RUN_BYTES_MAX
			? conf->record_bytes
			: RUN_BYTES_MAX;
	d->reading.time.date_ns = conf->date_ns;
	decoder_set_format(d, conf->format);
	d->slide_at = WINDOW_BYTES;
	progress_init(&d->progress, conf->offset);
	d->fresh = d->tally.done = conf->offset;
	d->tally.boundary = (conf->from / PROGRESS_GRID + 1) * PROGRESS_GRID;
	record_reset(&d->record);
	return d->by_key != NULL && d->own != NULL;
}

struct decoder *
decoder_new(const struct decoder_conf *conf)
{
	struct decoder *d = calloc(1, sizeof(*d));

	if (d != NULL && !(alloc(d) && begin(d, conf)))
		decoder_free(&d);
	return d;
}

/* What is owned, but for the memory of fixed size. */
static void
end(struct decoder *d)
{
	record_reset(&d->record);
	for (size_t i = 0; i < d->n_streams; i++)
		if (d->streams[i].source != d->own)
			source_table_drop(d->conf.sources, d->streams[i].source);
	if (d->own != NULL)
		source_table_drop(d->conf.sources, d->own);
	if (d->by_key != NULL)
		map_free(&d->by_key);
	free(d->tally.ready);
}

bool
decoder_begin_anew(struct decoder *d, const struct decoder_conf *conf)
{
	end(d);
	*d = (struct decoder){ .lines = d->lines,
		.streams = d->streams,
		.hits = d->hits,
		.scratch = d->scratch,
		.hit_scratch = d->hit_scratch,
		.message = d->message };
	return begin(d, conf);
}

void
decoder_free(struct decoder **pd)
{
	struct decoder *d = *pd;

	*pd = NULL;
	if (d == NULL)
		return;
	end(d);
	lines_fini(&d->lines);
	free(d->streams);
	free(d->hits);
	free(d->scratch);
	free(d->hit_scratch);
	free(d->message);
	free(d);
}

uint64_t
decoder_keeps(const struct decoder *d)
{
	uint64_t begin = lines_begin(&d->lines), first = d->fresh, keep, times;

	(void)decoder_peek_hit(d, &first);
	if (d->reading.wrapping == NULL || first <= begin)
		return begin;
	keep = run_reach(&d->reading, first);
	keep = keep > PROGRESS_NEAR ? keep - PROGRESS_NEAR : 0;
	times = progress_reach(&d->progress, &d->reading);
	keep = times < keep ? times : keep;
	return keep > begin ? lines_start(&d->lines, keep) : begin;
}

void
decoder_forget(struct decoder *d)
{
	record_reset(&d->record);
	d->line = d->ahead = (struct line){ 0 };
}

char *
decoder_space(struct decoder *d, size_t *cap)
{
	uint64_t first = d->fresh;
	uint64_t back = RUN_WALK_MAX + RUN_GAP_MAX;

	decoder_forget(d);
	if (d->lines.len >= d->slide_at) {
		lines_forget(&d->lines, decoder_keeps(d));
		d->slide_at =
			2 * d->lines.len > WINDOW_BYTES ? 2 * d->lines.len : WINDOW_BYTES;
	}
	(void)decoder_peek_hit(d, &first);
	return lines_space(&d->lines, first > back ? first - back : 0, cap);
}

static void
take_counts(struct decoder *d)
{
	d->counts.bytes = d->lines.bytes;
	d->counts.cut_lines = d->lines.cut_lines;
	d->counts.cut_bytes = d->lines.cut_bytes;
	d->counts.nul_bytes += d->lines.nul_bytes;
	d->lines.nul_bytes = 0;
}

/* Looks only when enough is there, so that the answer does not depend on the first read.
 */
static void
look(struct decoder *d, bool now)
{
	size_t whole = d->lines.whole;

	if (d->reading.wrapping != NULL || (whole < LOOK_BYTES && !now))
		return;
	decoder_set_format(d, decoder_look((struct str){ d->lines.data, whole }));
}

static void
more_lines(struct decoder *d, bool now)
{
	look(d, now);
	if (d->reading.wrapping != NULL)
		progress_update(&d->progress, &d->reading);
	take_counts(d);
}

void
decoder_filled(struct decoder *d, size_t n)
{
	assert(!d->finished);
	lines_filled(&d->lines, n);
	more_lines(d, false);
}

void
decoder_finish(struct decoder *d)
{
	lines_finish(&d->lines);
	d->finished = d->reading.finished = true;
	more_lines(d, true);
	if (d->reading.wrapping != NULL)
		progress_end(&d->progress, &d->reading);
}

bool
decoder_is_in_pieces(const struct decoder *d)
{
	uint64_t end = lines_end(&d->lines);
	struct line last;

	if (d->reading.wrapping == NULL || !d->reading.wrapping->pieces ||
		end == lines_begin(&d->lines))
		return false;
	run_read(&d->reading, lines_before(&d->lines, end), &last);
	return last.wrap.partial;
}

bool
decoder_pause(struct decoder *d, int64_t now_ns, bool all)
{
	if (d->conf.date_quality == TIME_ARRIVAL)
		d->conf.date_ns = d->reading.time.date_ns = now_ns;
	if (lines_end(&d->lines) == 0)
		return true;
	more_lines(d, true);
	if (!all && decoder_is_in_pieces(d))
		return false;
	d->reading.barrier = lines_end(&d->lines);
	return true;
}

void
decoder_cut(struct decoder *d, int64_t now_ns)
{
	lines_finish(&d->lines);
	(void)decoder_pause(d, now_ns, true);
}

struct str
decoder_fresh(struct decoder *d)
{
	size_t from = (size_t)(d->fresh - d->lines.base);

	if (d->reading.wrapping == NULL)
		return (struct str){ 0 };
	return (struct str){ d->lines.data + from, d->lines.whole - from };
}

uint64_t
decoder_fresh_place(const struct decoder *d)
{
	return d->fresh;
}

bool
decoder_has_context(struct decoder *d)
{
	uint64_t end = lines_end(&d->lines);

	if (d->conf.offset == 0)
		return true;
	if (d->reading.wrapping == NULL || !progress_is_known(&d->progress))
		return false;
	return end - d->conf.offset > RUN_WALK_MAX + RUN_GAP_MAX ||
	       (end - d->conf.offset > 2 * RUN_GAP_MAX &&
		       run_reach(&d->reading, end) > d->conf.offset);
}

bool
decoder_is_past(const struct decoder *d, uint64_t place)
{
	uint64_t end = lines_end(&d->lines);

	return d->reading.wrapping != NULL && end > lines_begin(&d->lines) &&
	       lines_place(&d->lines, run_reach(&d->reading, end)) >= place;
}

enum format
decoder_format(const struct decoder *d)
{
	return d->conf.format;
}

bool
decoder_is_docker(const struct decoder *d)
{
	return d->conf.format == FORMAT_DOCKER;
}

const struct source *
decoder_source(const struct decoder *d)
{
	return d->conf.format == FORMAT_KUBECTL ? NULL : d->own;
}

/* The labels of a pipe's pod: what its name or the options say of the whole is not it. */
static const struct source *
source_of(const struct decoder *d, const struct wrap *w)
{
	struct str label[LABEL_COUNT];
	const struct source *s;

	if (!w->prefixed)
		return d->own;
	memcpy(label, d->conf.label, sizeof(label));
	label[LABEL_SERVICE] = label[LABEL_INSTANCE] = label[LABEL_UID] =
		(struct str){ 0 };
	wrap_split_key(w->key, &label[LABEL_POD], &label[LABEL_CONTAINER]);
	s = source_table_get(d->conf.sources, d->conf.name, label);
	if (s == d->own)
		source_table_drop(d->conf.sources, s); /* it is held once */
	return s != NULL ? s : d->own;
}

/* Another one than the recent. */
static NEVER_INLINE struct stream *
find_stream(struct decoder *d, const struct wrap *w)
{
	struct stream *s;
	void **slot;
	bool is_new;

	slot = map_put(d->by_key, w->key, &is_new);
	if (slot == NULL) {
		s = &d->streams[STREAMS_MAX];
		*s = (struct stream){ .source = d->own };
		d->recent = NULL;
		return s;
	}
	if (is_new) {
		size_t pos = 0;
		struct str key = { 0 };

		s = &d->streams[d->n_streams++];
		*s = (struct stream){ .source = source_of(d, w) };
		*slot = s;
		while (map_next(d->by_key, &pos, &key, NULL))
			if (str_eq(key, w->key))
				s->key = key;
	}
	d->recent = *slot;
	d->recent->name = w->key.ptr;
	return *slot;
}

static inline struct stream *
stream_of(struct decoder *d, const struct wrap *w)
{
	struct stream *s = d->recent;

	if (s != NULL &&
		((!w->prefixed && s->name == w->key.ptr) || str_eq(s->key, w->key)))
		return s;
	return find_stream(d, w);
}

struct stream *
decoder_stream(struct decoder *d, const struct wrap *w)
{
	return stream_of(d, w);
}

static void
set_time(struct decoder *d, struct record *r, const struct line *head)
{
	r->quality = TIME_WRITTEN;
	r->at_ns = progress_line_time(&d->reading, head);
	if (r->at_ns != TIME_NONE)
		return;
	r->quality = TIME_NEAREST;
	r->at_ns = progress_nearest(
		&d->progress, &d->reading, head, d->conf.format == FORMAT_KUBECTL);
	if (r->at_ns != TIME_NONE)
		return;
	r->quality = d->conf.date_quality;
	r->at_ns = d->conf.date_ns;
	d->counts.no_time++;
}

/* The first line of the part: mostly the one that was hit. */
static const struct line *
read_head(const struct decoder *d, struct line *room)
{
	if (d->line.at == d->part.line[0])
		return &d->line;
	run_read(&d->reading, d->part.line[0], room);
	return room;
}

/* It begins at a byte of the source. Labels stay as they are from record to record. */
static struct record *
make_record(struct decoder *d, const struct stream *s, uint64_t place)
{
	struct record *r = &d->record;
	const struct line *head;
	struct line room;

	head = read_head(d, &room);
	r->category = RECORD_LOG;
	r->place.offset = place;
	if (r->source != s->source) {
		r->source = s->source;
		memcpy(r->label, s->source->label, sizeof(r->label));
	}
	r->stream = head->wrap.stream;
	r->continued = d->part.continued;
	r->truncated = d->part.open_piece;
	r->body_tried = false;
	d->counts.open_pieces += d->part.open_piece;
	set_time(d, r, head);
	if (r->quality != TIME_WRITTEN)
		head = read_head(d, &room); /* others were read for it */
	r->message = decoder_join(d, head, &r->truncated);
	d->counts.records++;
	return r;
}

/* Not of another part of the file. */
static inline bool
is_wanted(const struct decoder *d, uint64_t place)
{
	return place >= d->conf.from && (d->conf.until == 0 || place < d->conf.until);
}

struct record *
decoder_next(struct decoder *d)
{
	uint64_t hit;

	if (d->record.body != NULL)
		record_reset(&d->record);
	while (decoder_peek_hit(d, &hit)) {
		enum run_answer answer;
		struct stream *s;
		uint64_t place;

		if (hit < lines_begin(&d->lines)) {
			decoder_drop_hit(d, hit);
			continue;
		}
		decoder_read_hit(d, hit);
		s = stream_of(d, &d->line.wrap);
		if (hit < s->done) {
			decoder_drop_hit(d, hit);
			continue;
		}
		answer = run_find(&d->reading, &d->line, &s->known, &d->part);
		if (answer == RUN_WAIT)
			return NULL;
		s->done = hit + 1;
		if (answer == RUN_NONE) {
			decoder_drop_hit(d, hit);
			continue;
		}
		decoder_take_hit(d, hit);
		s->done = d->part.line[d->part.n - 1] + 1;
		place = lines_place(&d->lines, d->part.line[0]);
		if (is_wanted(d, place))
			return make_record(d, s, place);
	}
	return NULL;
}

int64_t
decoder_last_time(struct decoder *d)
{
	if (d->reading.wrapping == NULL)
		return TIME_NONE;
	return progress_last(&d->progress, &d->reading);
}

int64_t
decoder_first_time(struct decoder *d)
{
	return d->progress.least_ns;
}

const struct decoder_counts *
decoder_counts(const struct decoder *d)
{
	return &d->counts;
}
