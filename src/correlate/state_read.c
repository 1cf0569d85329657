/* SPDX-License-Identifier: Apache-2.0 */
/* Keys out of bytes that may be anything: every number is checked before it is used. */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"
#include "correlate/measure.h"
#include "correlate/state.h"

/* An error sticks: then everything read is 0. */
struct in {
	struct str rest;
	bool bad;
	bool full;
};

static uint64_t
get(struct in *in, uint64_t max)
{
	uint64_t v = 0;

	if (in->bad || !buf_take_varint(&in->rest, &v) || v > max) {
		in->bad = true;
		return 0;
	}
	return v;
}

static int64_t
get_i64(struct in *in)
{
	uint64_t v = get(in, UINT64_MAX);

	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* A time that spans may be added to, or the word for none. */
static int64_t
get_time(struct in *in, int64_t none)
{
	int64_t v = get_i64(in);

	if (v != none && (v > INT64_MAX / 2 || v < INT64_MIN / 2))
		in->bad = true;
	return in->bad ? 0 : v;
}

/* How much earlier than at_ns. */
static int64_t
get_before(struct in *in, int64_t at_ns)
{
	int64_t v = get_i64(in), out = 0;

	if (__builtin_sub_overflow(at_ns, v, &out) || out > INT64_MAX / 2 ||
		out < INT64_MIN / 2)
		in->bad = true;
	return in->bad ? 0 : out;
}

static struct str
get_text(struct in *in)
{
	struct str out = { 0 };
	uint64_t len = get(in, in->rest.len);

	if (in->bad || !buf_take(&in->rest, (size_t)len, &out))
		in->bad = true;
	return out;
}

static void
read_moments(struct correlator *c, struct key *k, struct in *in)
{
	uint64_t n = get(in, in->rest.len);
	int64_t last_ns = INT64_MIN;

	for (uint64_t i = 0; i < n && !in->bad && !in->full; i++) {
		struct moment m = { .at_ns = get_time(in, 0) };

		m.first_ns = get_before(in, m.at_ns);
		m.span_ns = get_before(in, m.at_ns);
		m.weight = get(in, UINT64_MAX - k->moments.weight);
		in->bad = in->bad || m.first_ns < last_ns;
		last_ns = m.first_ns;
		if (in->bad ||
			!moments_push(&c->pool, &k->moments, key_plan(c, k)->words, &m))
			in->full = true;
		else
			c->n_entries++;
	}
}

static void
read_values(struct correlator *c, struct key *k, struct in *in)
{
	uint64_t n = get(in, in->rest.len);
	int64_t last_ns = INT64_MIN;

	for (uint64_t i = 0; i < n && !in->bad && !in->full; i++) {
		int64_t at_ns = get_time(in, 0), first_ns = get_before(in, at_ns),
			span_ns = get_before(in, at_ns);
		bool has_text = get(in, 1) != 0;
		struct str text = has_text ? get_text(in) : (struct str){ 0 };
		uint64_t hash = has_text ? hash_stable(text) : get(in, UINT64_MAX);
		struct distinct *v;

		in->bad = in->bad || first_ns < last_ns;
		last_ns = first_ns;
		if (in->bad || values_find(c, k, text, hash) != NULL) {
			in->bad = true;
			return;
		}
		v = values_append(c, k, text, hash);
		if (v == NULL) {
			in->full = true;
			return;
		}
		v->at_ns = at_ns;
		v->first_ns = first_ns;
		v->span_ns = span_ns;
	}
}

static void
read_steps(struct key *k, size_t n, struct in *in)
{
	for (size_t i = 0; i < n; i++) {
		struct step *s = &k->steps[i];

		s->first_ns = get_time(in, TIME_NONE);
		s->last_ns = get_time(in, TIME_NONE);
		s->span_ns = get_time(in, TIME_NONE);
		s->active = (uint32_t)get(in, UINT32_MAX);
	}
}

static void
read_cands(struct correlator *c, struct key *k, struct in *in)
{
	const struct plan *pl = key_plan(c, k);
	uint64_t n = get(in, in->rest.len);

	for (uint64_t i = 0; i < n && !in->bad && !in->full; i++) {
		struct chain x = { 0 };
		struct refset seen = { 0 };

		x.cand.first_ns = get_time(in, 0);
		x.cand.last_ns = get_time(in, 0);
		x.end.span_ns = get_time(in, 0);
		x.end.id = get(in, UINT64_MAX);
		x.end.source_id = get(in, UINT64_MAX);
		x.end.place.offset = get(in, UINT64_MAX);
		x.end.place.ordinal = (uint32_t)get(in, UINT32_MAX);
		x.cand.state = (uint32_t)get(in, UINT32_MAX);
		x.cand.fresh = x.end.source_id == k->source_id &&
			       x.end.place.offset == k->place.offset &&
			       x.end.place.ordinal == k->place.ordinal;
		for (size_t w = 0; pl->corr->has_not && !pl->chain.one_ends && w < 4; w++)
			seen.bits[w] = get(in, UINT64_MAX);
		if (x.cand.state == 0 || x.cand.state >= pl->chain.n_states)
			in->bad = true;
		else if (!in->bad && !chain_add(&c->pool, pl, &k->cands, &x, &seen))
			in->full = true;
	}
	if (k->pending && (!pl->corr->has_not || k->cands.len == 0))
		in->bad = true;
}

/* A timer far from its slices would run through all in between. */
static bool
is_near(const struct measure_plan *mp, const struct key *k)
{
	int64_t judge = k->judge_ns / mp->slice_ns;

	return k->judge_ns != NEVER && k->measure->any &&
	       judge >= k->measure->newest - SLICES - 2 &&
	       judge <= k->measure->newest + SLICES + 2;
}

static void
read_measure(struct correlator *c, struct key *k, struct in *in)
{
	const struct measure_plan *mp = &key_plan(c, k)->measure;
	struct measure *m = k->measure;
	uint64_t cells;

	m->newest = get_time(in, 0);
	m->any = get(in, 1) != 0;
	m->shift = (uint8_t)get(in, SHIFT_MAX);
	cells = get(in, mp->histogram);
	for (size_t i = 0; i < (size_t)(SLICES + 1) * (1 + mp->counters); i++)
		m->words[i] = get(in, UINT64_MAX);
	for (uint64_t i = 0; i < cells; i++)
		histogram_put(mp, m, get(in, UINT64_MAX));
	in->bad = in->bad || !is_near(mp, k);
}

static void
read_parts(struct correlator *c, struct key *k, struct in *in)
{
	const struct correlation *co = key_corr(c, k);

	switch (co->type) {
	case CORR_EVENT_COUNT:
		read_moments(c, k, in);
		break;
	case CORR_VALUE_COUNT:
		read_values(c, k, in);
		break;
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		read_measure(c, k, in);
		break;
	case CORR_TEMPORAL:
		read_steps(k, co->n_refs, in);
		break;
	case CORR_TEMPORAL_ORDERED:
		read_cands(c, k, in);
		break;
	}
}

/* Whole names and values. */
static void
read_captures(struct correlator *c, struct key *k, struct in *in)
{
	struct str text = get_text(in), left = text;
	struct field f[MATCH_CAPTURES];
	size_t n = captures_read(text, f, MATCH_CAPTURES);

	if (n > 0)
		left = str_sub(text,
			(size_t)(f[n - 1].value.ptr - text.ptr) + f[n - 1].value.len,
			text.len);
	if (in->bad || left.len > 0) {
		in->bad = true;
		return;
	}
	k->captures = pool_alloc(&c->pool, text.len);
	if (k->captures == NULL) {
		in->full = true;
		return;
	}
	if (text.len > 0)
		memcpy(k->captures, text.ptr, text.len);
	k->captures_len = (uint32_t)text.len;
}

/* As many texts as the correlation groups by, and nothing behind them. */
static bool
is_key(const struct correlation *co, struct str bytes)
{
	struct str key[CORRELATE_KEY_MAX];
	size_t n = captures_key(bytes, key);
	size_t end = n == 0 ? 0 : (size_t)(key[n - 1].ptr - bytes.ptr) + key[n - 1].len;

	return n == co->n_group_by && end == bytes.len;
}

static void
read_rest(struct correlator *c, struct key *k, struct in *in)
{
	uint64_t flags = get(in, 3);

	k->firing = (flags & 1) != 0;
	k->pending = (flags & 2) != 0;
	k->quality = (uint8_t)get(in, TIME_FILE_DATE);
	k->judge_ns = get_time(in, NEVER);
	k->clear_ns = get_time(in, NEVER);
	k->start_ns = get_time(in, TIME_NONE);
	k->deciding = get(in, UINT64_MAX);
	k->latest = get(in, UINT64_MAX);
	k->source_id = get(in, UINT64_MAX);
	k->place.offset = get(in, UINT64_MAX);
	k->place.ordinal = (uint32_t)get(in, UINT32_MAX);
	read_captures(c, k, in);
	if (!in->bad && !in->full)
		read_parts(c, k, in);
	if (in->rest.len > 0 || (k->pending && k->judge_ns == NEVER))
		in->bad = true;
}

static int
read_key(struct correlator *c, struct in *in, struct key **out)
{
	uint64_t content = get(in, UINT64_MAX), hash, id, used;
	uint32_t corr = 0;
	struct str bytes;
	struct key *k;

	id = get(in, INT64_MAX);
	used = get(in, INT64_MAX);
	bytes = get_text(in);
	if (in->bad || id == 0)
		return -EINVAL;
	while (corr < c->rs->n_corrs && c->plans->of[corr].content != content)
		corr++;
	if (corr == c->rs->n_corrs)
		return 1;
	hash = table_hash(&c->table, corr, bytes);
	if (!is_key(&c->rs->corrs[corr], bytes) ||
		table_find(&c->table, corr, bytes, hash) != NULL)
		return -EINVAL;
	k = key_make(c, corr, bytes, hash);
	if (k == NULL)
		return -ENOMEM;
	k->stub.id = id;
	k->used = used;
	read_rest(c, k, in);
	if (in->bad || in->full) {
		key_free(c, k);
		return in->bad ? -EINVAL : -ENOMEM;
	}
	*out = k;
	return 0;
}

/* Those whose negated rules are off, up to the end. */
static void
read_blind(struct correlator *c, struct in *in)
{
	while (in->rest.len > 0 && !in->bad) {
		uint64_t content = get(in, UINT64_MAX);
		int64_t from_ns = get_i64(in);

		for (size_t i = 0; i < c->rs->n_corrs; i++)
			if (!in->bad && c->plans->of[i].content == content &&
				from_ns < c->blind_ns[i])
				c->blind_ns[i] = from_ns;
	}
}

static int
read_own(struct correlator *c, struct in *in)
{
	struct correlate_counts n = { .keys = c->counts.keys };
	struct gap gaps[GAPS_MAX];
	int64_t now_ns = get_i64(in);
	uint64_t next_id = get(in, INT64_MAX), uses = get(in, INT64_MAX), n_gaps;

	n.matches = get(in, UINT64_MAX);
	n.no_key = get(in, UINT64_MAX);
	n.no_clock = get(in, UINT64_MAX);
	n.no_number = get(in, UINT64_MAX);
	n.full = get(in, UINT64_MAX);
	n.gaps_widened = get(in, UINT64_MAX);
	n_gaps = get(in, GAPS_MAX);
	for (uint64_t i = 0; i < n_gaps; i++) {
		gaps[i].from_ns = get_i64(in);
		gaps[i].to_ns = get_i64(in);
	}
	read_blind(c, in);
	if (in->bad)
		return -EINVAL;
	for (uint64_t i = 0; i < n_gaps; i++)
		correlator_gap(c, gaps[i].from_ns, gaps[i].to_ns);
	/* At most so many follow: what is not used of the room is not touched. */
	(void)table_reserve(
		&c->table, next_id < c->conf.max_keys ? next_id : c->conf.max_keys);
	c->counts = n;
	c->now_ns = now_ns > c->now_ns ? now_ns : c->now_ns;
	c->next_id = next_id > c->next_id ? next_id : c->next_id;
	c->uses = uses > c->uses ? uses : c->uses;
	c->own_changed = false;
	return 0;
}

int
state_take_key(struct correlator *c, struct str bytes, struct key **out)
{
	struct in in = { .rest = str_sub(bytes, 2, bytes.len) };

	if (bytes.len < 2 || bytes.ptr[0] != STATE_VERSION || bytes.ptr[1] != STATE_KEY)
		return -EINVAL;
	return read_key(c, &in, out);
}

/* As it was kept: unchanged, known to somebody. What is too much goes out again. */
static int
restore_key(struct correlator *c, struct str bytes)
{
	struct key *k;
	uint64_t used;
	int err = state_take_key(c, bytes, &k);

	if (err != 0)
		return err;
	used = k->used;
	c->next_id = k->stub.id > c->next_id ? k->stub.id : c->next_id;
	c->uses = used > c->uses ? used : c->uses;
	key_settle(c, k);
	k->used = used;
	k->saved = c->kept = c->restored = true;
	stub_clean(c, &k->stub);
	if (c->conf.spill != NULL &&
		(c->table.len > c->conf.max_keys || c->n_entries > c->conf.max_entries))
		(void)spilled_put(c, k);
	return 0;
}

int
correlator_restore(struct correlator *c, struct str bytes)
{
	struct in in = { .rest = str_sub(bytes, 2, bytes.len) };

	if (bytes.len < 2 || bytes.ptr[0] != STATE_VERSION)
		return -EINVAL;
	if (bytes.ptr[1] == STATE_KEY)
		return restore_key(c, bytes);
	return bytes.ptr[1] == STATE_OWN ? read_own(c, &in) : -EINVAL;
}
