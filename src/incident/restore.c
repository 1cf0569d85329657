/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/restore.h"

#include <errno.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "base/unpack.h"
#include "incident/birth.h"
#include "incident/index.h"
#include "incident/life.h"
#include "incident/publish.h"
#include "incident/saved_row.h"
#include "incident/state.h"

#define TIME_LIMIT (INT64_MAX / 2) /* sums of two times do not wrap */

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
}

/* Nobody follows the open incident id any more: it ends. 1, or a store error. */
static int
let_go(struct incidents *i, struct str id)
{
	struct store_query *q = store_incidents(i->store, id);
	struct incident_row row;
	int err = 0;

	if (q == NULL)
		return -EIO;
	if (store_next_incident(q, &row) && str_eq(row.state, STR("open"))) {
		row.state = STR("resolved");
		row.resolved_ns = row.last_ns;
		err = store_put_incident(i->store, &row);
		if (err == 0)
			err = publish_ended(i, id, row.resolved_ns);
	}
	store_query_free(&q);
	return err != 0 ? err : 1;
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
		return d.state == INCIDENT_OPEN ? let_go(i, d.id) : 1;
	if (err != 0 || !index_key(i, o->number, d.out.key, o->n_key))
		return -EINVAL;
	if ((d.flags & (FLAG_LIVE | FLAG_PROMISE)) == FLAG_LIVE && index_find(i) != NULL)
		return -EINVAL;
	d.out.deciding = d.x.deciding;
	x = birth_new(i, o, &d.out, (d.flags & FLAG_PROMISE) != 0);
	if (x == NULL)
		return -ENOMEM;
	apply(x, &d, id >> ROW_BITS);
	x->saved_hash = hash_stable(bytes);
	err = life_adopt(i, x, (d.flags & FLAG_LISTED_DIRTY) != 0);
	if (err != 0)
		return err;
	if (d.x.freed_ns != TIME_NONE)
		index_add_freed(i, x, d.x.freed_ns);
	i->restored = x;
	return 0;
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
