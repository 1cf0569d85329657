/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Row 0 is what is common to all. An incident of order n has the row n << 16, and behind
 * it its distinct values, 64 to a row: values only ever get more, so that a long list is
 * not written again for each new one. A row is given when its hash is not that of the
 * last time. Numbers are varints, signed ones zigzag.
 */
#include "incident/saved.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "base/unpack.h"
#include "incident/birth.h"
#include "incident/life.h"
#include "incident/state.h"

#define SAVED_VERSION  1
#define VALUES_PER_ROW 64
#define ROW_BITS       16
#define TIME_LIMIT     (INT64_MAX / 2) /* sums of two times do not wrap */

enum flag {
	FLAG_LIVE = 1,
	FLAG_HOLDS = 2,
	FLAG_TOLD = 4,
	FLAG_DIRTY = 8,
	FLAG_UNTOLD = 16,
	FLAG_PROMISE = 32,
	FLAG_LISTED_DIRTY = 64,
	FLAG_MUTED = 128,
	FLAG_EXPLAINED = 256
};
#define FLAGS_MAX (2 * FLAG_EXPLAINED - 1)

static void
put_common(const struct incidents *i, struct buf *b)
{
	buf_add_varint(b, SAVED_VERSION);
	buf_add_varint(b, i->order);
	buf_add_zigzag(b, i->now_ns);
	buf_add_zigzag(b, i->match_ns);
	buf_add_varint(b, i->match_id);
	buf_add_zigzag(b, i->flushed_ns);
	buf_add_varint(b, i->listed);
	buf_add_varint(b, i->full);
	buf_add_zigzag(b, i->full_from_ns);
	buf_add_zigzag(b, i->full_to_ns);
	buf_add_varint(b, i->n_taken);
	for (size_t k = 0; k < ARRAY_LEN(i->taken); k++)
		buf_add_varint(b, i->taken[k]);
}

static unsigned
flags_of(const struct incident *x)
{
	return (x->live ? FLAG_LIVE : 0) | (x->holds ? FLAG_HOLDS : 0) |
	       (x->told ? FLAG_TOLD : 0) | (x->dirty ? FLAG_DIRTY : 0) |
	       (x->untold ? FLAG_UNTOLD : 0) | (x->promise ? FLAG_PROMISE : 0) |
	       (x->in_dirty ? FLAG_LISTED_DIRTY : 0) | (x->muted ? FLAG_MUTED : 0) |
	       (x->explained_by[0] != '\0' ? FLAG_EXPLAINED : 0);
}

static void
put_incident(const struct incident *x, struct buf *b)
{
	buf_add_varint(b, SAVED_VERSION);
	buf_add_varint(b, x->opener->content);
	buf_add_text(b, (struct str){ x->id, INCIDENT_ID_LEN });
	buf_add_text(b, str_z(x->superseded_by));
	buf_add_varint(b, x->state);
	buf_add_varint(b, flags_of(x));
	buf_add_varint(b, x->deciding);
	buf_add_varint(b, x->last_match);
	buf_add_zigzag(b, x->first_ns);
	buf_add_zigzag(b, x->last_ns);
	buf_add_zigzag(b, x->opened_ns);
	buf_add_zigzag(b, x->resolved_ns);
	buf_add_zigzag(b, x->detected_ns);
	buf_add_zigzag(b, x->quiet_ns);
	buf_add_zigzag(b, x->deaths_from_ns);
	buf_add_zigzag(b, x->told_ns);
	buf_add_varint(b, x->count);
	buf_add_varint(b, x->uncounted);
	buf_add_zigzag(b, x->seq);
	for (size_t k = 0; k < x->opener->n_key; k++)
		buf_add_text(b, x->key[k]);
	buf_add_varint(b, x->n_captures);
	for (size_t k = 0; k < x->n_captures; k++) {
		buf_add_text(b, x->capture[k].name);
		buf_add_text(b, x->capture[k].value);
	}
	if (x->explained_by[0] == '\0')
		return;
	buf_add_text(b, str_z(x->explained_by));
	buf_add_zigzag(b, x->freed_ns);
}

static uint64_t
row_id(uint64_t order, size_t part)
{
	return order << ROW_BITS | part;
}

/* The next row of values that is not whole in the store yet; false: none. */
static bool
take_values(struct incidents *i, struct incident *x, struct incident_saved *out)
{
	size_t have = x->values != NULL ? map_len(x->values) : 0;
	size_t row = x->n_saved / VALUES_PER_ROW, n = 0;
	size_t pos = x->row_pos;
	struct str value;

	if (x->n_saved >= have || row >= (1u << ROW_BITS) - 1)
		return false;
	buf_reset(&i->saved);
	while (n < VALUES_PER_ROW && map_next(x->values, &pos, &value, NULL)) {
		buf_add_text(&i->saved, value);
		n++;
	}
	x->n_saved = row * VALUES_PER_ROW + n;
	if (n == VALUES_PER_ROW)
		x->row_pos = pos;
	*out = (struct incident_saved){ row_id(x->order, row + 1), buf_str(&i->saved) };
	return true;
}

/* False: it says what it said last time. */
static bool
take_row(struct incidents *i, uint64_t *hash, uint64_t id, struct incident_saved *out)
{
	uint64_t now = hash_stable(buf_str(&i->saved));

	if (now == *hash)
		return false;
	*hash = now;
	*out = (struct incident_saved){ id, buf_str(&i->saved) };
	return true;
}

/* The next row of an incident that is no more. */
static bool
take_gone(struct incidents *i, struct incident_saved *out)
{
	uint64_t gone[2]; /* its first row, and how many */

	if (i->gone.len < sizeof(gone))
		return false;
	memcpy(gone, i->gone.data + i->gone.len - sizeof(gone), sizeof(gone));
	*out = (struct incident_saved){ .id = gone[0] + --gone[1] };
	if (gone[1] == 0)
		i->gone.len -= sizeof(gone);
	else
		memcpy(i->gone.data + i->gone.len - sizeof(gone), gone, sizeof(gone));
	return true;
}

void
saved_forget(struct incidents *i, const struct incident *x)
{
	uint64_t gone[2] = { row_id(x->order, 0),
		1 + (x->n_saved + VALUES_PER_ROW - 1) / VALUES_PER_ROW };

	if (x->saved_hash != 0)
		buf_add(&i->gone, (struct str){ (const char *)gone, sizeof(gone) });
}

bool
incidents_changed(struct incidents *i, struct incident_saved *out)
{
	if (take_gone(i, out))
		return true;
	/* The last list is that of the promises. */
	for (; i->saving <= i->plan->n_openers; i->saving++, i->saving_at = NULL) {
		if (i->saving_at == NULL)
			i->saving_at = i->saving < i->plan->n_openers
					       ? i->by_opener[i->saving]
					       : i->promised;
		for (; i->saving_at != NULL; i->saving_at = i->saving_at->next) {
			struct incident *x = i->saving_at;

			if (take_values(i, x, out))
				return true;
			buf_reset(&i->saved);
			put_incident(x, &i->saved);
			if (take_row(i, &x->saved_hash, row_id(x->order, 0), out))
				return true;
		}
	}
	buf_reset(&i->saved);
	put_common(i, &i->saved);
	if (take_row(i, &i->saved_hash, 0, out))
		return true;
	i->saving = 0;
	return false;
}

void
incidents_stop(struct incidents *i)
{
	i->stopped = true;
}

void
saved_after(struct incidents *i, const struct incident *x)
{
	struct incident promise = *x;

	if (!i->stopped || x->kept || x->state != INCIDENT_OPEN)
		return;
	promise.promise = true;
	promise.in_dirty = false;
	promise.told_ns = TIME_NONE; /* the time of its telling is not kept */
	buf_reset(&i->saved);
	put_incident(&promise, &i->saved);
	/* Its own row may be that of a candidate, which waits on. */
	buf_add_varint(&i->after, row_id(i->order++, 0));
	buf_add_text(&i->after, buf_str(&i->saved));
}

bool
incidents_ended(struct incidents *i, struct incident_saved *out)
{
	struct unpack in = { .rest = str_sub(
				     buf_str(&i->after), i->after_at, i->after.len) };

	out->id = unpack_u64(&in, UINT64_MAX);
	out->bytes = unpack_text(&in);
	if (in.bad)
		return false;
	i->after_at = i->after.len - in.rest.len;
	return true;
}

/* A time, or one of the two that stand for none. */
static int64_t
get_time(struct unpack *in)
{
	int64_t v = unpack_zigzag(in);

	if (v > INT64_MIN + 1 && (v > TIME_LIMIT || v < -TIME_LIMIT))
		in->bad = true;
	return v;
}

static int
read_common(struct incidents *i, struct str bytes)
{
	struct unpack in = { .rest = bytes };
	struct incidents n = { 0 };

	if (unpack_u64(&in, SAVED_VERSION) != SAVED_VERSION)
		return -EINVAL;
	n.order = unpack_u64(&in, UINT64_MAX >> (ROW_BITS + 1));
	n.now_ns = get_time(&in);
	n.match_ns = get_time(&in);
	n.match_id = unpack_u64(&in, UINT64_MAX);
	n.flushed_ns = get_time(&in);
	n.listed = unpack_u64(&in, SIZE_MAX);
	n.full = unpack_u64(&in, UINT64_MAX);
	n.full_from_ns = get_time(&in);
	n.full_to_ns = get_time(&in);
	n.n_taken = unpack_u64(&in, UINT64_MAX >> 1);
	for (size_t k = 0; k < ARRAY_LEN(n.taken); k++)
		n.taken[k] = unpack_u64(&in, UINT64_MAX);
	if (in.bad || n.order == 0)
		return -EINVAL;
	i->order = n.order;
	i->now_ns = n.now_ns;
	i->match_ns = n.match_ns;
	i->match_id = n.match_id;
	i->flushed_ns = n.flushed_ns;
	i->listed = n.listed;
	i->full = n.full;
	i->full_from_ns = n.full_from_ns;
	i->full_to_ns = n.full_to_ns;
	i->n_taken = n.n_taken;
	i->review = true;
	memcpy(i->taken, n.taken, sizeof(i->taken));
	i->saved_hash = hash_stable(bytes);
	return 0;
}

/* A row of values belongs to the incident that was put back last. */
static int
read_values(struct incidents *i, uint64_t id, struct str bytes)
{
	struct incident *x = i->restored;
	struct unpack in = { .rest = bytes };
	size_t row = (size_t)(id & ((1u << ROW_BITS) - 1)) - 1, n = 0, pos;

	if (x == NULL || x->order != id >> ROW_BITS)
		return 1;
	if (x->values == NULL || map_len(x->values) != row * VALUES_PER_ROW)
		return -EINVAL;
	for (; in.rest.len > 0 && n < VALUES_PER_ROW; n++) {
		struct str value = unpack_text(&in);

		if (in.bad || map_put(x->values, value, NULL) == NULL)
			return -EINVAL;
	}
	x->n_saved = row * VALUES_PER_ROW + n;
	for (pos = x->row_pos; n == VALUES_PER_ROW && row < x->n_saved / VALUES_PER_ROW;
		row++)
		for (size_t k = 0; k < VALUES_PER_ROW; k++)
			(void)map_next(x->values, &pos, NULL, NULL);
	x->row_pos = pos;
	return map_len(x->values) == x->n_saved ? 0 : -EINVAL;
}

static const struct plan_opener *
find_opener(const struct incidents *i, uint64_t content)
{
	for (size_t n = 0; n < i->plan->n_openers; n++)
		if (i->plan->openers[n].opens && i->plan->openers[n].content == content)
			return &i->plan->openers[n];
	return NULL;
}

static void
read_times(struct unpack *in, struct incident *x)
{
	x->first_ns = get_time(in);
	x->last_ns = get_time(in);
	x->opened_ns = get_time(in);
	x->resolved_ns = get_time(in);
	x->detected_ns = unpack_zigzag(in);
	x->quiet_ns = get_time(in);
	x->deaths_from_ns = get_time(in);
	x->told_ns = get_time(in);
	x->count = unpack_u64(in, UINT64_MAX);
	x->uncounted = unpack_u64(in, UINT64_MAX);
	x->seq = unpack_zigzag(in);
	in->bad |= x->seq < 0 || x->seq > INT32_MAX;
}

static void
read_outcome(struct unpack *in, const struct plan_opener *o, struct outcome *out)
{
	*out = (struct outcome){ .n_key = o->n_key };
	for (size_t k = 0; k < o->n_key; k++)
		out->key[k] = unpack_text(in);
	out->n_captures = unpack_u64(in, MATCH_CAPTURES);
	for (size_t k = 0; k < out->n_captures; k++) {
		out->capture[k].name = unpack_text(in);
		out->capture[k].value = unpack_text(in);
	}
}

static void
set_flags(struct incident *x, unsigned flags)
{
	x->live = (flags & FLAG_LIVE) != 0;
	x->holds = (flags & FLAG_HOLDS) != 0;
	x->told = (flags & FLAG_TOLD) != 0;
	x->dirty = (flags & FLAG_DIRTY) != 0;
	x->untold = (flags & FLAG_UNTOLD) != 0;
	x->muted = (flags & FLAG_MUTED) != 0;
}

static bool
is_hex(struct str s)
{
	for (size_t k = 0; k < s.len; k++)
		if (!char_is_digit(s.ptr[k]) && (s.ptr[k] < 'a' || s.ptr[k] > 'f'))
			return false;
	return true;
}

/* What is read from a row, before there is an incident for it. */
struct draft {
	uint64_t content;
	struct str id, superseded_by, explained_by;
	enum incident_state state;
	unsigned flags;
	struct incident x; /* numbers and times only */
	struct outcome out;
};

/* Times that are subtracted from each other are real, and in their order. */
static bool
is_sane(const struct incidents *i, const struct draft *d)
{
	const struct incident *x = &d->x;

	if (x->told_ns != TIME_NONE &&
		(x->told_ns < -TIME_LIMIT || x->told_ns > i->now_ns))
		return false;
	if (x->freed_ns != TIME_NONE &&
		(x->freed_ns < -TIME_LIMIT || x->freed_ns > i->now_ns ||
			(d->flags & FLAG_MUTED) == 0 || d->state != INCIDENT_OPEN))
		return false;
	return d->state == INCIDENT_SUPERSEDED ||
	       (x->first_ns >= -TIME_LIMIT && x->last_ns >= x->first_ns &&
		       x->opened_ns >= -TIME_LIMIT && x->quiet_ns >= -TIME_LIMIT);
}

/* 1: no opener asks for it; -EINVAL. */
static int
read_draft(const struct incidents *i, struct str bytes, struct draft *d,
	const struct plan_opener **opener)
{
	struct unpack in = { .rest = bytes };

	*d = (struct draft){ 0 };
	if (unpack_u64(&in, SAVED_VERSION) != SAVED_VERSION)
		return -EINVAL;
	d->content = unpack_u64(&in, UINT64_MAX);
	d->id = unpack_text(&in);
	d->superseded_by = unpack_text(&in);
	d->state = (enum incident_state)unpack_u64(&in, INCIDENT_SUPERSEDED);
	d->flags = (unsigned)unpack_u64(&in, FLAGS_MAX);
	d->x.deciding = unpack_u64(&in, UINT64_MAX);
	d->x.last_match = unpack_u64(&in, UINT64_MAX);
	read_times(&in, &d->x);
	if (in.bad || d->id.len != INCIDENT_ID_LEN || !is_hex(d->id) ||
		(d->superseded_by.len != 0 && d->superseded_by.len != INCIDENT_ID_LEN))
		return -EINVAL;
	*opener = find_opener(i, d->content);
	if (*opener == NULL)
		return 1;
	read_outcome(&in, *opener, &d->out);
	d->x.freed_ns = TIME_NONE;
	if ((d->flags & FLAG_EXPLAINED) != 0) {
		d->explained_by = unpack_text(&in);
		d->x.freed_ns = get_time(&in);
		in.bad |= d->explained_by.len != INCIDENT_ID_LEN ||
			  !is_hex(d->explained_by);
	}
	in.bad |= (d->flags & (FLAG_MUTED | FLAG_EXPLAINED)) == FLAG_MUTED;
	return in.bad || !is_sane(i, d) ? -EINVAL : 0;
}

/* id: an incident's, or empty. */
static void
set_id(char out_z[INCIDENT_ID_LEN + 1], struct str id)
{
	if (id.len > 0)
		memcpy(out_z, id.ptr, id.len);
	out_z[id.len] = '\0';
}

static void
apply(struct incident *x, const struct draft *d, uint64_t order)
{
	const struct incident *n = &d->x;

	x->state = d->state;
	x->order = order;
	x->last_match = n->last_match;
	x->first_ns = n->first_ns;
	x->last_ns = n->last_ns;
	x->opened_ns = n->opened_ns;
	x->resolved_ns = n->resolved_ns;
	x->detected_ns = n->detected_ns;
	x->quiet_ns = n->quiet_ns;
	x->deaths_from_ns = n->deaths_from_ns;
	x->told_ns = n->told_ns;
	x->count = n->count;
	x->uncounted = n->uncounted;
	x->seq = n->seq;
	set_flags(x, d->flags);
	set_id(x->id, d->id);
	set_id(x->superseded_by, d->superseded_by);
	set_id(x->explained_by, d->explained_by);
	x->freed_ns = n->freed_ns;
}

static int
read_incident(struct incidents *i, uint64_t id, struct str bytes)
{
	const struct plan_opener *o;
	struct draft d;
	struct incident *x;
	int err = read_draft(i, bytes, &d, &o);

	i->restored = NULL;
	if (err == 1)
		return d.state == INCIDENT_OPEN ? life_let_go(i, d.id) : 1;
	if (err != 0 || !life_key(i, o->number, d.out.key, o->n_key))
		return -EINVAL;
	if ((d.flags & (FLAG_LIVE | FLAG_PROMISE)) == FLAG_LIVE && life_find(i) != NULL)
		return -EINVAL;
	d.out.deciding = d.x.deciding;
	x = birth_new(i, o, &d.out, (d.flags & FLAG_PROMISE) != 0);
	if (x == NULL)
		return -ENOMEM;
	apply(x, &d, id >> ROW_BITS);
	x->saved_hash = hash_stable(bytes);
	err = life_adopt(i, x, (d.flags & FLAG_LISTED_DIRTY) != 0);
	if (err == 0)
		i->restored = x;
	return err;
}

int
incidents_restore(struct incidents *i, uint64_t id, struct str bytes)
{
	uint64_t order = i->order;
	int err;

	if (id == 0)
		return read_common(i, bytes);
	if ((id & ((1u << ROW_BITS) - 1)) != 0)
		return read_values(i, id, bytes);
	err = read_incident(i, id, bytes);
	i->order = order > id >> ROW_BITS ? order : (id >> ROW_BITS) + 1;
	return err;
}
