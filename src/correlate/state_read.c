/* SPDX-License-Identifier: Apache-2.0 */
/* Keys out of bytes that may be anything: every number is checked before it is used. */
#include <errno.h>
#include <string.h>

#include "base/time.h"
#include "base/unpack.h"
#include "correlate/engine.h"
#include "correlate/measure.h"
#include "correlate/state.h"

/* A time that spans may be added to, or the word for none. */
static int64_t
get_time(struct unpack *in, int64_t none)
{
	int64_t v = unpack_zigzag(in);

	if (v != none && (v > INT64_MAX / 2 || v < INT64_MIN / 2))
		in->bad = true;
	return in->bad ? 0 : v;
}

/* How much earlier than at_ns. */
static int64_t
get_before(struct unpack *in, int64_t at_ns)
{
	int64_t v = unpack_zigzag(in), out = 0;

	if (__builtin_sub_overflow(at_ns, v, &out) || out > INT64_MAX / 2 ||
		out < INT64_MIN / 2)
		in->bad = true;
	return in->bad ? 0 : out;
}

/* For all that follow: 0, or -ENOMEM; whether what was read is good, in->bad tells. */
static int
read_moments(struct correlator *c, struct key *k, struct unpack *in)
{
	uint64_t n = unpack_u64(in, in->rest.len);
	int64_t last_ns = INT64_MIN;

	for (uint64_t i = 0; i < n; i++) {
		struct moment m = { .at_ns = get_time(in, 0) };

		m.first_ns = get_before(in, m.at_ns);
		m.span_ns = get_before(in, m.at_ns);
		m.weight = unpack_u64(in, UINT64_MAX - k->moments.weight);
		in->bad = in->bad || m.first_ns < last_ns;
		last_ns = m.first_ns;
		if (in->bad)
			return 0;
		if (!moments_push(&c->pool, &k->moments, key_plan(c, k)->words, &m))
			return -ENOMEM;
		c->n_entries++;
	}
	return 0;
}

static int
read_values(struct correlator *c, struct key *k, struct unpack *in)
{
	uint64_t n = unpack_u64(in, in->rest.len);
	int64_t last_ns = INT64_MIN;

	for (uint64_t i = 0; i < n; i++) {
		int64_t at_ns = get_time(in, 0), first_ns = get_before(in, at_ns),
			span_ns = get_before(in, at_ns);
		bool has_text = unpack_u64(in, 1) != 0;
		struct str text = has_text ? unpack_text(in) : (struct str){ 0 };
		uint64_t hash = has_text ? hash_stable(text) : unpack_u64(in, UINT64_MAX);
		struct distinct *v;

		in->bad = in->bad || first_ns < last_ns;
		last_ns = first_ns;
		if (in->bad || values_find(c, k, text, hash) != NULL) {
			in->bad = true;
			return 0;
		}
		v = values_append(c, k, text, hash);
		if (v == NULL)
			return -ENOMEM;
		v->at_ns = at_ns;
		v->first_ns = first_ns;
		v->span_ns = span_ns;
	}
	return 0;
}

static void
read_steps(struct key *k, size_t n, struct unpack *in)
{
	for (size_t i = 0; i < n; i++) {
		struct step *s = &k->steps[i];

		s->first_ns = get_time(in, TIME_NONE);
		s->last_ns = get_time(in, TIME_NONE);
		s->span_ns = get_time(in, TIME_NONE);
		s->active = (uint32_t)unpack_u64(in, UINT32_MAX);
	}
}

static int
read_cands(struct correlator *c, struct key *k, struct unpack *in)
{
	const struct plan *pl = key_plan(c, k);
	uint64_t n = unpack_u64(in, in->rest.len);

	for (uint64_t i = 0; i < n && !in->bad; i++) {
		struct chain x = { 0 };
		struct refset seen = { 0 };

		x.cand.first_ns = get_time(in, 0);
		x.cand.last_ns = get_time(in, 0);
		x.end.span_ns = get_time(in, 0);
		x.end.id = unpack_u64(in, UINT64_MAX);
		x.end.source_id = unpack_u64(in, UINT64_MAX);
		x.end.place.offset = unpack_u64(in, UINT64_MAX);
		x.end.place.ordinal = (uint32_t)unpack_u64(in, UINT32_MAX);
		x.cand.state = (uint32_t)unpack_u64(in, UINT32_MAX);
		x.cand.fresh = x.end.source_id == k->source_id &&
			       x.end.place.offset == k->place.offset &&
			       x.end.place.ordinal == k->place.ordinal;
		for (size_t w = 0; pl->corr->has_not && !pl->chain.one_ends && w < 4; w++)
			seen.bits[w] = unpack_u64(in, UINT64_MAX);
		if (x.cand.state == 0 || x.cand.state >= pl->chain.n_states)
			in->bad = true;
		else if (!in->bad && !chain_add(&c->pool, pl, &k->cands, &x, &seen))
			return -ENOMEM;
	}
	if (k->pending && (!pl->corr->has_not || k->cands.len == 0))
		in->bad = true;
	return 0;
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
read_measure(struct correlator *c, struct key *k, struct unpack *in)
{
	const struct measure_plan *mp = &key_plan(c, k)->measure;
	struct measure *m = k->measure;
	uint64_t cells;

	measure_set_newest(m, get_time(in, 0));
	m->any = unpack_u64(in, 1) != 0;
	m->shift = (uint8_t)unpack_u64(in, SHIFT_MAX);
	cells = unpack_u64(in, mp->histogram);
	for (size_t i = 0; i < (size_t)(SLICES + 1) * (1 + mp->counters); i++)
		m->words[i] = unpack_u64(in, UINT64_MAX);
	for (uint64_t i = 0; i < cells; i++)
		histogram_put(mp, m, unpack_u64(in, UINT64_MAX));
	in->bad = in->bad || !is_near(mp, k);
}

static int
read_parts(struct correlator *c, struct key *k, struct unpack *in)
{
	const struct correlation *co = key_corr(c, k);

	switch (co->type) {
	case CORR_EVENT_COUNT:
		return read_moments(c, k, in);
	case CORR_VALUE_COUNT:
		return read_values(c, k, in);
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		read_measure(c, k, in);
		break;
	case CORR_TEMPORAL:
		read_steps(k, co->n_refs, in);
		break;
	case CORR_TEMPORAL_ORDERED:
		return read_cands(c, k, in);
	}
	return 0;
}

/* Whole names and values. */
static int
read_captures(struct correlator *c, struct key *k, struct unpack *in)
{
	struct str text = unpack_text(in), left = text;
	struct field f[MATCH_CAPTURES];
	size_t n = captures_read(text, f, MATCH_CAPTURES);

	if (n > 0)
		left = str_sub(text,
			(size_t)(f[n - 1].value.ptr - text.ptr) + f[n - 1].value.len,
			text.len);
	if (in->bad || left.len > 0) {
		in->bad = true;
		return 0;
	}
	k->captures = pool_alloc(&c->pool, text.len);
	if (k->captures == NULL)
		return -ENOMEM;
	if (text.len > 0)
		memcpy(k->captures, text.ptr, text.len);
	k->captures_len = (uint32_t)text.len;
	return 0;
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

static int
read_rest(struct correlator *c, struct key *k, struct unpack *in)
{
	uint64_t flags = unpack_u64(in, 3);
	int err;

	k->firing = (flags & 1) != 0;
	k->pending = (flags & 2) != 0;
	k->quality = (uint8_t)unpack_u64(in, TIME_FILE_DATE);
	k->judge_ns = get_time(in, NEVER);
	k->clear_ns = get_time(in, NEVER);
	k->start_ns = get_time(in, TIME_NONE);
	k->deciding = unpack_u64(in, UINT64_MAX);
	k->latest = unpack_u64(in, UINT64_MAX);
	k->source_id = unpack_u64(in, UINT64_MAX);
	k->place.offset = unpack_u64(in, UINT64_MAX);
	k->place.ordinal = (uint32_t)unpack_u64(in, UINT32_MAX);
	err = read_captures(c, k, in);
	if (err == 0 && !in->bad)
		err = read_parts(c, k, in);
	if (!unpack_ended(in) || (k->pending && k->judge_ns == NEVER))
		return -EINVAL;
	return err;
}

static int
read_key(struct correlator *c, struct unpack *in, struct key **out)
{
	uint64_t content = unpack_u64(in, UINT64_MAX), hash, id, used;
	uint32_t corr = 0;
	struct str bytes;
	struct key *k;
	int err;

	id = unpack_u64(in, INT64_MAX);
	used = unpack_u64(in, INT64_MAX);
	bytes = unpack_text(in);
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
	err = read_rest(c, k, in);
	if (err != 0)
		key_free(c, k);
	else
		*out = k;
	return err;
}

/* Those whose negated rules are off, up to the end. */
static void
read_blind(struct correlator *c, struct unpack *in)
{
	while (in->rest.len > 0 && !in->bad) {
		uint64_t content = unpack_u64(in, UINT64_MAX);
		int64_t from_ns = unpack_zigzag(in);

		for (size_t i = 0; i < c->rs->n_corrs; i++)
			if (!in->bad && c->plans->of[i].content == content &&
				from_ns < c->blind_ns[i])
				c->blind_ns[i] = from_ns;
	}
}

static int
read_own(struct correlator *c, struct unpack *in)
{
	struct correlate_counts n = { .keys = c->counts.keys };
	struct gap gaps[GAPS_MAX];
	int64_t now_ns = unpack_zigzag(in);
	uint64_t next_id = unpack_u64(in, INT64_MAX), uses = unpack_u64(in, INT64_MAX),
		 n_gaps;

	n.matches = unpack_u64(in, UINT64_MAX);
	n.no_key = unpack_u64(in, UINT64_MAX);
	n.no_clock = unpack_u64(in, UINT64_MAX);
	n.no_number = unpack_u64(in, UINT64_MAX);
	n.full = unpack_u64(in, UINT64_MAX);
	n.gaps_widened = unpack_u64(in, UINT64_MAX);
	n_gaps = unpack_u64(in, GAPS_MAX);
	for (uint64_t i = 0; i < n_gaps; i++) {
		gaps[i].from_ns = unpack_zigzag(in);
		gaps[i].to_ns = unpack_zigzag(in);
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
	struct unpack in = { .rest = str_sub(bytes, 2, bytes.len) };

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
	struct unpack in = { .rest = str_sub(bytes, 2, bytes.len) };

	if (bytes.len < 2 || bytes.ptr[0] != STATE_VERSION)
		return -EINVAL;
	if (bytes.ptr[1] == STATE_KEY)
		return restore_key(c, bytes);
	return bytes.ptr[1] == STATE_OWN ? read_own(c, &in) : -EINVAL;
}
