/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline/follow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/unpack.h"
#include "decode/objects.h"
#include "record/volume.h"

#define LOOK_BYTES ((size_t)64 << 10)
#define PIECES_NS  (30 * TIME_S) /* the rest of a piece is waited for */
#define MARK_BYTES ((size_t)1 << 20)

enum kind { KIND_UNKNOWN, KIND_LOG, KIND_OBJECTS };

struct follow {
	struct follow_shared shared;
	struct follow_conf conf;
	uint64_t id;
	enum kind kind;
	struct decoder *decoder; /* one of the two, once it is known what comes */
	struct objects *objects;
	char *bytes; /* owned: of the first look, or on their way to objects */
	int64_t first_ns, last_ns; /* objects: least and greatest time */
	int64_t quiet_ns;          /* monotonic: the last bytes */
	bool paused, idle;
	bool has_news, has_moved;
	struct follow_counts counts;
};

static struct decoder_conf
decoder_conf_of(const struct follow *f)
{
	struct decoder_conf dc = { .sources = f->shared.sources,
		.name = f->conf.name,
		.format = f->conf.format,
		.zone = f->conf.zone,
		.date_ns = f->conf.date_ns,
		.date_quality = f->conf.date_quality,
		.tally =
			engine_wants_volumes(f->shared.engine) ? TALLY_LINES : TALLY_NONE,
		.record_bytes = f->shared.record_bytes,
		.offset = f->conf.place };

	memcpy(dc.label, f->conf.label, sizeof(dc.label));
	return dc;
}

static int
become_log(struct follow *f)
{
	struct decoder_conf dc = decoder_conf_of(f);

	f->decoder = decoder_new(&dc);
	f->kind = KIND_LOG;
	return f->decoder == NULL ? -ENOMEM : 0;
}

static int
become_objects(struct follow *f)
{
	f->objects = objects_new(
		f->shared.sources, f->shared.past, f->shared.max_sightings, true);
	f->kind = KIND_OBJECTS;
	return f->objects == NULL ? -ENOMEM : 0;
}

struct follow *
follow_new(
	const struct follow_shared *shared, const struct follow_conf *conf, uint64_t id)
{
	struct follow *f = calloc(1, sizeof(*f));
	int err = 0;

	if (f == NULL)
		return NULL;
	f->shared = *shared;
	f->conf = *conf;
	f->id = id;
	f->first_ns = f->last_ns = f->quiet_ns = TIME_NONE;
	f->bytes = malloc(LOOK_BYTES);
	if (conf->format == FORMAT_OBJECTS)
		err = become_objects(f);
	else if (conf->format != FORMAT_AUTO)
		err = become_log(f);
	if (f->bytes == NULL || err != 0)
		follow_free(&f);
	return f;
}

void
follow_free(struct follow **pf)
{
	struct follow *f = *pf;

	*pf = NULL;
	if (f == NULL)
		return;
	if (f->decoder != NULL)
		decoder_free(&f->decoder);
	if (f->objects != NULL)
		objects_free(&f->objects);
	free(f->bytes);
	free(f);
}

char *
follow_space(struct follow *f, size_t *cap)
{
	if (f->decoder != NULL)
		return decoder_space(f->decoder, cap);
	*cap = LOOK_BYTES;
	return f->bytes;
}

/* Another pipe may bring again what an earlier one had: it is there. */
static int
put_match(struct follow *f, const struct match *m, uint64_t record_id)
{
	struct match own;

	match_view(&own, m);
	if (record_id != 0) {
		own.id = hash_mix(record_id,
			hash_stable(evaluate_name(f->shared.evaluate, m->rule)));
		if (own.at_ns <= pipe_source_before(f->conf.pipe) &&
			store_has_entry(f->shared.store, own.at_ns, own.id))
			return 0;
	}
	f->counts.matches++;
	f->counts.undated += own.quality == TIME_FILE_DATE;
	f->has_news = true;
	return engine_match(f->shared.engine, &own);
}

/* One record through the rules, its place noted in case that it is our end. */
static int
take_record(struct follow *f, struct record *r)
{
	const uint32_t *cues = NULL;
	const struct match *m;
	uint64_t id = 0;
	size_t n_cues = 0, n;
	int err = 0;

	f->counts.records++;
	if (f->conf.pipe != NULL && f->decoder != NULL)
		r->place.offset += pipe_source_base(f->conf.pipe);
	if (f->shared.inflight != NULL &&
		!inflight_begin(f->shared.inflight, f->id, r->place.offset)) {
		f->counts.skipped++;
		return 0;
	}
	if (f->decoder != NULL)
		cues = decoder_cues(f->decoder, &n_cues);
	n = evaluate_record(f->shared.evaluate, r, cues, n_cues, &m);
	if (n > 0 && f->conf.pipe != NULL && f->decoder != NULL)
		id = pipe_source_record_id(f->conf.pipe, r);
	for (size_t i = 0; i < n && err == 0; i++)
		err = put_match(f, &m[i], id);
	if (f->shared.inflight != NULL)
		inflight_end(f->shared.inflight);
	return err;
}

/*
 * How much came. Of slices that an earlier pipe had begun nothing is taken: another pipe
 * may bring it again.
 */
static int
take_sums(struct follow *f)
{
	struct volume_sum sum;
	struct match m;
	int err = 0;

	while (err == 0 && decoder_sum(f->decoder, &sum)) {
		volume_to_match(&sum, &m);
		if (f->conf.pipe != NULL &&
			m.at_ns < pipe_source_before(f->conf.pipe) + VOLUME_SLICE_NS)
			continue;
		f->has_news = true;
		err = engine_match(f->shared.engine, &m);
	}
	return err;
}

static int
take_log(struct follow *f)
{
	struct record *r;
	int err;

	evaluate_nominate(f->shared.evaluate, f->decoder);
	err = take_sums(f);
	while (err == 0 && (r = decoder_next(f->decoder)) != NULL)
		err = take_record(f, r);
	return err;
}

static void
note_time(struct follow *f, int64_t at_ns)
{
	if (at_ns > f->last_ns)
		f->last_ns = at_ns;
	if (f->first_ns == TIME_NONE || at_ns < f->first_ns)
		f->first_ns = at_ns;
}

static int
take_objects(struct follow *f)
{
	struct record *r;
	int err = 0;

	while (err == 0 && (r = objects_next(f->objects)) != NULL) {
		if (r->quality == TIME_WRITTEN)
			note_time(f, r->at_ns);
		err = take_record(f, r);
	}
	return err;
}

static int
take(struct follow *f)
{
	int err = f->objects != NULL ? take_objects(f) : take_log(f);

	if (err != 0)
		return err;
	return engine_watermark(f->shared.engine, f->id, follow_last_time(f), f->idle);
}

/* What is known of them by now commits with how far they were read. */
static int
feed_objects(struct follow *f, size_t n)
{
	uint64_t before = objects_counts(f->objects)->documents;

	objects_feed(f->objects, f->conf.name, (struct str){ f->bytes, n });
	f->has_news |= objects_counts(f->objects)->documents > before;
	return take(f);
}

/* The first bytes say what it is; the rest of them goes where they belong. */
static int
look(struct follow *f, size_t n)
{
	size_t done = 0;
	int err;

	if (decoder_is_objects((struct str){ f->bytes, n })) {
		err = become_objects(f);
		return err != 0 ? err : feed_objects(f, n);
	}
	err = become_log(f);
	while (err == 0 && done < n) {
		size_t cap;
		char *room = decoder_space(f->decoder, &cap);

		cap = cap < n - done ? cap : n - done;
		memcpy(room, f->bytes + done, cap);
		decoder_filled(f->decoder, cap);
		done += cap;
		err = take(f);
	}
	free(f->bytes); /* the decoder has room of its own */
	f->bytes = NULL;
	return err;
}

int
follow_filled(struct follow *f, size_t n, int64_t mono_ns)
{
	f->counts.bytes += n;
	f->quiet_ns = mono_ns;
	f->paused = f->idle = false;
	f->has_moved = true;
	if (f->kind == KIND_UNKNOWN)
		return look(f, n);
	if (f->kind == KIND_OBJECTS)
		return feed_objects(f, n);
	decoder_filled(f->decoder, n);
	return take(f);
}

/*
 * What is open counts as complete, but for a piece, whose rest will come, until who waits
 * for long gives up (all).
 */
static int
pause_decoder(struct follow *f, int64_t wall_ns, bool all)
{
	int err;

	if (!all && decoder_is_in_pieces(f->decoder))
		return 0;
	f->paused = decoder_pause(f->decoder, wall_ns, all);
	f->has_moved = true; /* what it is may be known only now */
	err = take(f);
	decoder_rest(f->decoder);
	return err;
}

void
follow_rest(struct follow *f)
{
	if (f->decoder != NULL)
		decoder_rest(f->decoder);
}

int
follow_silence(
	struct follow *f, int64_t mono_ns, int64_t wall_ns, int64_t pause_ns, bool idle)
{
	bool turned = idle != f->idle;
	int64_t quiet_ns;
	int err;

	if (f->quiet_ns == TIME_NONE)
		f->quiet_ns = mono_ns;
	quiet_ns = mono_ns - f->quiet_ns;
	f->idle = idle;
	if (turned && idle && f->decoder != NULL) { /* the others go on without it */
		decoder_close_sums(f->decoder);
		err = take_sums(f);
		if (err != 0)
			return err;
	}
	if (!f->paused && quiet_ns >= pause_ns && f->decoder != NULL) {
		err = pause_decoder(f, wall_ns, idle || quiet_ns >= PIECES_NS);
		if (err != 0)
			return err;
	}
	if (!turned)
		return 0;
	return engine_watermark(f->shared.engine, f->id, follow_last_time(f), idle);
}

int
follow_break(struct follow *f, uint64_t place)
{
	int err;

	if (f->objects != NULL) {
		objects_end(f->objects);
		err = take(f);
		f->conf.place = place - objects_needs(f->objects);
		return err;
	}
	if (f->decoder == NULL) {
		f->conf.place = place;
		return 0;
	}
	decoder_cut(f->decoder, f->conf.date_ns);
	err = take(f);
	return err != 0 ? err : decoder_jump(&f->decoder, place);
}

int
follow_finish(struct follow *f)
{
	if (f->objects != NULL)
		objects_end(f->objects);
	if (f->decoder != NULL)
		decoder_finish(f->decoder);
	return f->objects != NULL || f->decoder != NULL ? take(f) : 0;
}

uint64_t
follow_needs(const struct follow *f)
{
	if (f->decoder != NULL)
		return decoder_needs(f->decoder);
	return f->conf.place + (f->objects != NULL ? objects_needs(f->objects) : 0);
}

void
follow_save(const struct follow *f, struct buf *out)
{
	buf_add_char(out, (char)('0' + f->kind));
	if (f->decoder != NULL) {
		decoder_save(f->decoder, out);
		return;
	}
	buf_add_varint(out, follow_needs(f));
	buf_add_varint(out, (uint64_t)f->first_ns);
	buf_add_varint(out, (uint64_t)f->last_ns);
}

/* Of one without a decoder. False: damaged. */
static bool
take_state(struct follow *f, struct str state)
{
	struct unpack in = { .rest = state };

	f->conf.place = unpack_u64(&in, INT64_MAX);
	f->first_ns = unpack_cast(&in);
	f->last_ns = unpack_cast(&in);
	return unpack_ended(&in);
}

int
follow_restore(const struct follow_shared *shared, const struct follow_conf *conf,
	uint64_t id, struct str state, struct follow **out)
{
	struct follow_conf plain = *conf;
	struct decoder_conf dc;
	struct follow *f;
	struct str kind;
	int err = 0;

	*out = NULL;
	if (!buf_take(&state, 1, &kind))
		return -EINVAL;
	if (kind.ptr[0] == '0' + KIND_OBJECTS)
		plain.format = FORMAT_OBJECTS;
	else if (kind.ptr[0] == '0' + KIND_LOG)
		plain.format = FORMAT_AUTO;
	else if (kind.ptr[0] != '0' + KIND_UNKNOWN)
		return -EINVAL;
	f = follow_new(shared, &plain, id);
	if (f == NULL)
		return -ENOMEM;
	f->conf.format = conf->format;
	if (kind.ptr[0] == '0' + KIND_LOG) {
		dc = decoder_conf_of(f);
		err = decoder_restore(&dc, state, &f->decoder);
		f->kind = KIND_LOG;
	} else if (!take_state(f, state)) {
		err = -EINVAL;
	}
	if (err != 0)
		follow_free(&f);
	*out = f;
	return err;
}

void
follow_mark_init(struct follow_mark *m)
{
	buf_init(&m->state, MARK_BYTES);
	documents_init(&m->documents, 0);
	m->open = 0;
}

void
follow_mark_fini(struct follow_mark *m)
{
	buf_fini(&m->state);
	documents_fini(&m->documents);
}

int
follow_mark_set(struct follow_mark *m, const struct follow *f)
{
	bool good = true;

	buf_reset(&m->state);
	follow_save(f, &m->state);
	m->open = f->decoder != NULL ? decoder_held(f->decoder).len : 0;
	if (f->objects != NULL)
		good = objects_save(f->objects, &m->documents);
	return !good || buf_failed(&m->state) ? -ENOMEM : 0;
}

int
follow_resume(const struct follow_shared *shared, const struct follow_conf *conf,
	uint64_t id, const struct follow_mark *m, struct follow **out)
{
	int err = follow_restore(shared, conf, id, buf_str(&m->state), out);

	if (err != 0 || (*out)->objects == NULL)
		return err;
	if (objects_take((*out)->objects, &m->documents))
		return 0;
	follow_free(out);
	return -ENOMEM;
}

bool
follow_has_news(const struct follow *f)
{
	return f->has_news;
}

bool
follow_has_moved(const struct follow *f)
{
	return f->has_moved;
}

void
follow_saved(struct follow *f)
{
	f->has_news = f->has_moved = false;
}

int64_t
follow_quiet(const struct follow *f, int64_t mono_ns)
{
	return f->quiet_ns == TIME_NONE ? 0 : mono_ns - f->quiet_ns;
}

bool
follow_is_known(const struct follow *f)
{
	return f->objects != NULL ||
	       (f->decoder != NULL && decoder_format(f->decoder) != FORMAT_AUTO);
}

bool
follow_is_idle(const struct follow *f)
{
	return f->idle;
}

uint64_t
follow_id(const struct follow *f)
{
	return f->id;
}

int64_t
follow_first_time(const struct follow *f)
{
	return f->decoder != NULL ? decoder_first_time(f->decoder) : f->first_ns;
}

int64_t
follow_last_time(const struct follow *f)
{
	return f->decoder != NULL ? decoder_last_time(f->decoder) : f->last_ns;
}

struct follow_counts
follow_counts(const struct follow *f)
{
	struct follow_counts c = f->counts;

	if (f->decoder != NULL) {
		const struct decoder_counts *d = decoder_counts(f->decoder);

		c.lines = d->lines;
		c.broken_lines = d->broken_lines;
		c.cut_lines = d->cut_lines;
		c.cut_bytes = d->cut_bytes;
		c.open_pieces = d->open_pieces;
	}
	if (f->objects != NULL) {
		const struct objects_counts *o = objects_counts(f->objects);

		c.events = o->events;
		c.pods = o->pods;
		c.bad_documents = o->bad;
	}
	return c;
}

const char *
follow_format_z(const struct follow *f)
{
	if (f->kind == KIND_OBJECTS)
		return format_names[FORMAT_OBJECTS].ptr;
	if (f->decoder == NULL)
		return format_names[FORMAT_AUTO].ptr;
	return format_names[decoder_format(f->decoder)].ptr;
}
