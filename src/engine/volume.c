/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/volume.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/map.h"
#include "base/time.h"
#include "base/unpack.h"
#include "record/volume.h"
#include "worker/evaluate.h"

#define BEFORE        30  /* slices of the mean */
#define BEFORE_MIN    6   /* fewer say nothing */
#define SILENT_MAX    360 /* slices after the last line */
#define WRITERS_MAX   ((size_t)200000)
#define FACTS_BYTES   ((size_t)1 << 16)
#define TEXTS_BYTES   512 /* fields and message of a record: 14 numbers */
#define SAVED_BYTES   ((size_t)1 << 20)
#define STATE_VERSION 1
#define HEAD_ID       0 /* of what belongs to no writer */

/* One container, or one log of none. */
struct writer {
	uint64_t id;
	struct str name, label[LABEL_COUNT]; /* behind the struct */
	uint64_t lines, bytes;               /* of the slice at hand */
	int64_t last;                        /* the last slice with lines */
	bool begun;                          /* its first slice, which it cut, is over */
	bool changed;
	unsigned n_before, newest; /* a ring */
	uint64_t lines_before[BEFORE], bytes_before[BEFORE];
	char texts[];
};

struct volume {
	const struct ruleset *rules; /* borrowed */
	bool wanted;
	struct evaluate *evaluate; /* NULL: no rule asks for volumes */
	struct arena *arena;       /* of one record */
	struct map *by_id;
	size_t max_writers;
	uint64_t full;
	struct writer **writers; /* ascending by id, unless unsorted */
	size_t n, cap;
	bool unsorted;

	int64_t slice; /* at hand, if there are writers */
	size_t at;     /* the writer that is judged next */
	bool judging;  /* the slice is over */
	const struct match *matches;
	size_t n_matches, match;

	bool changed; /* the slice did */
	size_t save;
	struct buf saved, gone; /* ids of writers that ended */
};

bool
volume_wanted(const struct ruleset *rs)
{
	for (size_t i = 0; i < rs->n_rules; i++)
		if (rs->rules[i].category == RECORD_VOLUME)
			return true;
	return false;
}

struct volume *
volume_new(const struct ruleset *rs, size_t max_writers)
{
	struct volume *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return NULL;
	v->rules = rs;
	v->wanted = volume_wanted(rs);
	v->evaluate = v->wanted ? evaluate_new(rs, NULL) : NULL;
	v->arena = arena_new("volumes", FACTS_BYTES);
	v->max_writers = max_writers > 0 ? max_writers : WRITERS_MAX;
	v->by_id = map_new(v->max_writers);
	buf_init(&v->saved, SAVED_BYTES);
	buf_init(&v->gone, SAVED_BYTES * 16);
	if ((v->wanted && v->evaluate == NULL) || v->arena == NULL || v->by_id == NULL)
		volume_free(&v);
	return v;
}

void
volume_free(struct volume **pv)
{
	struct volume *v = *pv;

	*pv = NULL;
	if (v == NULL)
		return;
	for (size_t i = 0; i < v->n; i++)
		free(v->writers[i]);
	free(v->writers);
	if (v->by_id != NULL)
		map_free(&v->by_id);
	if (v->evaluate != NULL)
		evaluate_free(&v->evaluate);
	arena_free(&v->arena);
	buf_fini(&v->saved);
	buf_fini(&v->gone);
	free(v);
}

void
volume_set_range(struct volume *v, int64_t since_ns, int64_t until_ns)
{
	if (v->evaluate != NULL)
		evaluate_set_range(v->evaluate, since_ns, until_ns);
}

/* --- writers --- */

static struct str
key_of(const uint64_t *id)
{
	return (struct str){ (const char *)id, sizeof(*id) };
}

static struct writer *
writer_new(uint64_t id, struct str name, const struct str label[LABEL_COUNT])
{
	size_t len = name.len;
	struct writer *w;
	char *to;

	for (unsigned i = 0; i < LABEL_COUNT; i++)
		len += label[i].len;
	w = calloc(1, sizeof(*w) + len + 1);
	if (w == NULL)
		return NULL;
	w->id = id;
	to = w->texts;
	w->name = (struct str){ to, name.len };
	memcpy(to, name.ptr != NULL ? name.ptr : "", name.len);
	to += name.len;
	for (unsigned i = 0; i < LABEL_COUNT; i++) {
		w->label[i] = (struct str){ to, label[i].len };
		memcpy(to, label[i].ptr != NULL ? label[i].ptr : "", label[i].len);
		to += label[i].len;
	}
	return w;
}

/* *w is taken. */
static bool
keep(struct volume *v, struct writer *w)
{
	void **slot = map_put(v->by_id, key_of(&w->id), NULL);

	if (slot != NULL && v->n == v->cap) {
		size_t cap = v->cap > 0 ? 2 * v->cap : 64;
		struct writer **p = realloc(v->writers, cap * sizeof(struct writer *));

		if (p != NULL) {
			v->writers = p;
			v->cap = cap;
		}
	}
	if (slot == NULL || v->n == v->cap) {
		free(w);
		return false;
	}
	v->unsorted = v->unsorted || (v->n > 0 && v->writers[v->n - 1]->id > w->id);
	v->writers[v->n++] = w;
	*slot = w;
	return true;
}

static int
by_id(const void *a, const void *b)
{
	const struct writer *const *x = a, *const *y = b;

	return ((*x)->id > (*y)->id) - ((*x)->id < (*y)->id);
}

bool
volume_add(struct volume *v, const struct match *sum)
{
	void **slot;
	struct writer *w;

	if (!v->wanted)
		return true;
	if (v->n == 0)
		v->slice = volume_slice(sum->at_ns);
	slot = map_get(v->by_id, key_of(&sum->source_id));
	w = slot != NULL ? *slot : NULL;
	if (w == NULL && v->n == v->max_writers) {
		v->full++;
		return true;
	}
	if (w == NULL) {
		w = writer_new(sum->source_id, sum->text, sum->label);
		if (w == NULL || !keep(v, w))
			return false;
		w->last = v->slice;
	}
	w->lines += volume_lines(sum);
	w->bytes += volume_bytes(sum);
	w->changed = v->changed = true;
	return true;
}

uint64_t
volume_full(const struct volume *v)
{
	return v->full;
}

/* --- records --- */

/* Room for texts that are put one behind the other. */
struct room {
	char *at;
};

static struct str
put_text(struct room *to, struct str s)
{
	struct str out = { to->at, s.len };

	memcpy(to->at, s.ptr, s.len);
	to->at += s.len;
	return out;
}

/* "120" or "120.3" of 1203. */
static struct str
put_number(struct room *to, uint64_t tenths)
{
	char text[24], *p = text + sizeof(text);
	uint64_t v = tenths / 10;

	if (tenths % 10 != 0) {
		*--p = (char)('0' + tenths % 10);
		*--p = '.';
	}
	do {
		*--p = (char)('0' + v % 10);
		v /= 10;
	} while (v > 0);
	return put_text(to, (struct str){ p, (size_t)(text + sizeof(text) - p) });
}

static struct str
add_number(struct record *r, struct room *to, const char *name_z, uint64_t tenths)
{
	struct str value = put_number(to, tenths);

	r->field[r->n_fields++] = (struct field){ str_z(name_z), value };
	return value;
}

static uint64_t
ratio(uint64_t now, uint64_t before_tenths)
{
	return now > UINT64_MAX / 100 ? UINT64_MAX : now * 100 / before_tenths;
}

static void
add_before(struct record *r, const struct volume_facts *f, struct room *to)
{
	(void)add_number(r, to, "lines_before", f->lines_before);
	(void)add_number(r, to, "bytes_before", f->bytes_before);
	(void)add_number(r, to, "slices_before", f->slices_before * 10);
	if (f->lines_before > 0)
		(void)add_number(r, to, "lines_ratio", ratio(f->lines, f->lines_before));
	if (f->bytes_before > 0)
		(void)add_number(r, to, "bytes_ratio", ratio(f->bytes, f->bytes_before));
}

/* "silent for 120 s; before 3.4 lines, 439.1 bytes in 10 s" */
static void
put_silence(struct room *to, const struct volume_facts *f)
{
	put_text(to, STR("silent for "));
	put_number(to, f->silent_for * 10);
	put_text(to, STR(" s"));
	if (!f->known)
		return;
	put_text(to, STR("; before "));
	put_number(to, f->lines_before);
	put_text(to, STR(" lines, "));
	put_number(to, f->bytes_before);
	put_text(to, STR(" bytes in 10 s"));
}

static void
put_compared(struct room *to, uint64_t now, uint64_t before_tenths)
{
	put_text(to, STR(", before "));
	put_number(to, before_tenths);
	if (before_tenths == 0)
		return;
	put_text(to, STR(" ("));
	put_number(to, ratio(now, before_tenths));
	put_text(to, STR(" times)"));
}

/* "225 lines in 10 s, before 14.8 (15.2 times); 900 bytes, before 59.2 (15.2 times)" */
static void
put_writing(struct room *to, const struct volume_facts *f)
{
	put_number(to, f->lines * 10);
	put_text(to, STR(" lines in 10 s"));
	if (f->known)
		put_compared(to, f->lines, f->lines_before);
	put_text(to, STR("; "));
	put_number(to, f->bytes * 10);
	put_text(to, STR(" bytes"));
	if (f->known)
		put_compared(to, f->bytes, f->bytes_before);
}

void
volume_fill(struct record *r, const struct volume_facts *f, struct arena *a)
{
	struct room to = { arena_alloc(a, TEXTS_BYTES) };
	char *message;

	if (to.at == NULL)
		return;
	(void)add_number(r, &to, "lines", f->lines * 10);
	(void)add_number(r, &to, "bytes", f->bytes * 10);
	(void)add_number(r, &to, "silent_for", f->silent_for * 10);
	if (f->known)
		add_before(r, f, &to);
	message = to.at;
	if (f->silent_for > 0)
		put_silence(&to, f);
	else
		put_writing(&to, f);
	r->message = (struct str){ message, (size_t)(to.at - message) };
}

/* Where the slice stands that is so many before the newest. */
static unsigned
before(const struct writer *w, unsigned n)
{
	return (w->newest + BEFORE - n) % BEFORE;
}

/* What was before a slice, or before it fell silent. */
static struct volume_facts
facts_of(const struct volume *v, const struct writer *w)
{
	struct volume_facts f = { .lines = w->lines,
		.bytes = w->bytes,
		.silent_for = (uint64_t)((v->slice - w->last) * VOLUME_SLICE_NS / TIME_S),
		.known = w->n_before >= BEFORE_MIN };

	for (unsigned i = 0; i < w->n_before; i++) {
		f.lines_before += w->lines_before[before(w, i)];
		f.bytes_before += w->bytes_before[before(w, i)];
		f.slices_before += w->lines_before[before(w, i)] > 0;
	}
	if (f.known) {
		f.lines_before = f.lines_before * 10 / w->n_before;
		f.bytes_before = f.bytes_before * 10 / w->n_before;
	}
	return f;
}

/* A slice that is before the next one. */
static void
push(struct writer *w, uint64_t lines, uint64_t bytes)
{
	w->newest = (w->newest + 1) % BEFORE;
	w->lines_before[w->newest] = lines;
	w->bytes_before[w->newest] = bytes;
	w->n_before += w->n_before < BEFORE;
}

/* It writes again: its silence is before that. */
static void
end_silence(const struct volume *v, struct writer *w)
{
	int64_t n = v->slice - w->last - 1;

	for (n = n < BEFORE ? n : BEFORE; n > 0; n--)
		push(w, 0, 0);
	w->last = v->slice;
}

/* The slice is over. Its first one cut short counts nowhere. */
static void
end_slice(struct writer *w)
{
	if (w->lines > 0 && w->begun)
		push(w, w->lines, w->bytes);
	w->changed |= w->lines > 0;
	w->begun = true;
	w->lines = w->bytes = 0;
}

static void
judge(struct volume *v, struct writer *w)
{
	struct volume_facts f;
	struct source source = { .index = UINT32_MAX, .id = w->id, .name = w->name };
	struct record r;

	if (w->lines > 0)
		end_silence(v, w);
	f = facts_of(v, w);
	memcpy(source.label, w->label, sizeof(source.label));
	arena_reset(v->arena);
	r = (struct record){ .category = RECORD_VOLUME,
		.at_ns = volume_end(v->slice),
		.source = &source,
		.place = { .offset = (uint64_t)v->slice },
		.count = 1 };
	memcpy(r.label, w->label, sizeof(r.label));
	volume_fill(&r, &f, v->arena);
	v->n_matches = evaluate_record(v->evaluate, &r, NULL, 0, &v->matches);
	v->match = 0;
	end_slice(w);
}

/* Writers that were silent for long are no more. */
static void
forget(struct volume *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->n; i++) {
		struct writer *w = v->writers[i];

		if (v->slice - w->last < SILENT_MAX) {
			v->writers[n++] = w;
			continue;
		}
		buf_add(&v->gone, key_of(&w->id));
		map_del(v->by_id, key_of(&w->id));
		free(w);
	}
	v->n = n;
}

/* On to the next slice that is over by then: its first writer is judged next. */
static bool
begin_slice(struct volume *v, int64_t then_ns)
{
	if (v->n == 0 || volume_end(v->slice) > then_ns)
		return false;
	if (v->unsorted)
		qsort(v->writers, v->n, sizeof(struct writer *), by_id);
	v->unsorted = false;
	v->judging = v->changed = true;
	v->at = 0;
	return true;
}

const struct match *
volume_next(struct volume *v, int64_t then_ns)
{
	for (;;) {
		if (v->match < v->n_matches)
			return &v->matches[v->match++];
		if (!v->judging && !begin_slice(v, then_ns))
			return NULL;
		if (v->at < v->n) {
			judge(v, v->writers[v->at++]);
			continue;
		}
		v->judging = false;
		forget(v);
		v->slice++;
	}
}

/* --- state --- */

static void
put_bytes(struct buf *b, struct str s)
{
	buf_add_varint(b, s.len);
	buf_add(b, s);
}

static void
put_writer(struct buf *b, const struct writer *w)
{
	buf_add_char(b, STATE_VERSION);
	put_bytes(b, w->name);
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		put_bytes(b, w->label[i]);
	buf_add_varint(b, w->lines);
	buf_add_varint(b, w->bytes);
	buf_add_varint(b, (uint64_t)w->last);
	buf_add_varint(b, w->begun);
	buf_add_varint(b, w->n_before);
	for (unsigned i = 0; i < w->n_before; i++) {
		buf_add_varint(b, w->lines_before[before(w, i)]);
		buf_add_varint(b, w->bytes_before[before(w, i)]);
	}
}

/* A writer that ended; false: none is left. */
static bool
take_gone(struct volume *v, uint64_t *id)
{
	if (v->gone.len < sizeof(*id))
		return false;
	v->gone.len -= sizeof(*id);
	memcpy(id, v->gone.data + v->gone.len, sizeof(*id));
	return true;
}

bool
volume_changed(struct volume *v, struct volume_saved *out)
{
	buf_reset(&v->saved);
	*out = (struct volume_saved){ 0 };
	while (take_gone(v, &out->id))
		if (map_get(v->by_id, key_of(&out->id)) == NULL)
			return true;
	if (v->changed) {
		v->changed = false;
		out->id = HEAD_ID;
		buf_add_char(&v->saved, STATE_VERSION);
		buf_add_varint(&v->saved, (uint64_t)v->slice);
		out->bytes = buf_str(&v->saved);
		return true;
	}
	for (; v->save < v->n; v->save++) {
		struct writer *w = v->writers[v->save];

		if (!w->changed)
			continue;
		w->changed = false;
		out->id = w->id;
		put_writer(&v->saved, w);
		out->bytes = buf_str(&v->saved);
		return true;
	}
	v->save = 0;
	return false;
}

static void
take_numbers(struct unpack *in, struct writer *w)
{
	w->lines = unpack_u64(in, UINT64_MAX);
	w->bytes = unpack_u64(in, UINT64_MAX);
	w->last = unpack_cast(in);
	w->begun = unpack_u64(in, UINT64_MAX) != 0;
	w->n_before = (unsigned)unpack_u64(in, BEFORE);
	w->newest = BEFORE - 1;
	for (unsigned i = 0; i < w->n_before; i++) {
		w->lines_before[BEFORE - 1 - i] = unpack_u64(in, UINT64_MAX);
		w->bytes_before[BEFORE - 1 - i] = unpack_u64(in, UINT64_MAX);
	}
}

static int
take_head(struct volume *v, struct unpack *in)
{
	int64_t slice = unpack_cast(in);

	if (!unpack_ended(in))
		return -EINVAL;
	v->slice = slice;
	return 0;
}

int
volume_restore(struct volume *v, uint64_t id, struct str bytes)
{
	struct unpack in = { .rest = bytes };
	struct str name, label[LABEL_COUNT];
	struct writer *w;

	if (!v->wanted)
		return 1;
	if (unpack_byte(&in) != STATE_VERSION)
		return -EINVAL;
	if (id == HEAD_ID)
		return take_head(v, &in);
	name = unpack_text(&in);
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		label[i] = unpack_text(&in);
	w = writer_new(id, name, label);
	if (w == NULL)
		return -ENOMEM;
	take_numbers(&in, w);
	if (!unpack_ended(&in)) {
		free(w);
		return -EINVAL;
	}
	return keep(v, w) ? 0 : -ENOMEM;
}
