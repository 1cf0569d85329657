/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys as bytes: a version, 'K' or 'O' (the correlator's own), then numbers as varints
 * (signed ones zigzag) and texts with their length before them. state_read.c reads it.
 */
#include "correlate/state.h"

#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"
#include "correlate/measure.h"

static void
put_moments(struct buf *b, const struct moments *m, uint32_t words)
{
	buf_add_varint(b, m->len);
	for (uint32_t i = 0; i < m->len; i++) {
		struct moment x = moments_at(m, words, i);

		buf_add_zigzag(b, x.at_ns);
		buf_add_zigzag(b, x.at_ns - x.first_ns);
		buf_add_zigzag(b, x.at_ns - x.span_ns);
		buf_add_varint(b, x.weight);
	}
}

static void
put_values(struct buf *b, const struct values *vs)
{
	buf_add_varint(b, vs->len);
	for (const struct distinct *v = vs->oldest; v != NULL; v = v->newer) {
		buf_add_zigzag(b, v->at_ns);
		buf_add_zigzag(b, v->at_ns - v->first_ns);
		buf_add_zigzag(b, v->at_ns - v->span_ns);
		buf_add_varint(b, v->text != NULL);
		if (v->text != NULL)
			buf_add_text(b, (struct str){ v->text, v->len });
		else
			buf_add_varint(b, v->hash);
	}
}

static void
put_steps(struct buf *b, const struct step *steps, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		buf_add_zigzag(b, steps[i].first_ns);
		buf_add_zigzag(b, steps[i].last_ns);
		buf_add_zigzag(b, steps[i].span_ns);
		buf_add_varint(b, steps[i].active);
	}
}

/* Without ends of their own, those that end in k's latest record have it. */
static void
put_cands(struct buf *b, const struct key *k)
{
	const struct cands *cs = &k->cands;

	buf_add_varint(b, cs->len);
	for (uint32_t i = 0; i < cs->len; i++) {
		struct chain x = chain_at(cs, i);

		if (cs->ends == NULL && x.cand.fresh) {
			x.end.id = k->latest;
			x.end.source_id = k->source_id;
			x.end.place = k->place;
		}
		buf_add_zigzag(b, x.cand.first_ns);
		buf_add_zigzag(b, x.cand.last_ns);
		buf_add_zigzag(b, x.end.span_ns);
		buf_add_varint(b, x.end.id);
		buf_add_varint(b, x.end.source_id);
		buf_add_varint(b, x.end.place.offset);
		buf_add_varint(b, x.end.place.ordinal);
		buf_add_varint(b, x.cand.state);
		for (size_t w = 0; cs->seen != NULL && w < 4; w++)
			buf_add_varint(b, cs->seen[i].bits[w]);
	}
}

static void
put_measure(struct buf *b, const struct measure_plan *mp, struct measure *m)
{
	buf_add_zigzag(b, m->newest);
	buf_add_varint(b, m->any);
	buf_add_varint(b, m->shift);
	buf_add_varint(b, m->cells);
	for (size_t i = 0; i < (size_t)(SLICES + 1) * (1 + mp->counters); i++)
		buf_add_varint(b, m->words[i]);
	for (uint32_t i = 0; i < mp->histogram; i++)
		if (measure_cells(mp, m)[i] != 0)
			buf_add_varint(b, measure_cells(mp, m)[i]);
}

static void
put_parts(struct buf *b, const struct correlator *c, const struct key *k)
{
	const struct correlation *co = key_corr(c, k);

	switch (co->type) {
	case CORR_EVENT_COUNT:
		put_moments(b, &k->moments, key_plan(c, k)->words);
		break;
	case CORR_VALUE_COUNT:
		put_values(b, &k->values);
		break;
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		put_measure(b, &key_plan(c, k)->measure, k->measure);
		break;
	case CORR_TEMPORAL:
		put_steps(b, k->steps, co->n_refs);
		break;
	case CORR_TEMPORAL_ORDERED:
		put_cands(b, k);
		break;
	}
}

void
state_put_key(struct buf *b, const struct correlator *c, const struct key *k)
{
	buf_add_char(b, STATE_VERSION);
	buf_add_char(b, STATE_KEY);
	buf_add_varint(b, key_plan(c, k)->content);
	buf_add_varint(b, k->stub.id);
	buf_add_varint(b, k->used);
	buf_add_text(b, (struct str){ k->ident.bytes, k->ident.len });
	buf_add_varint(b, (uint64_t)k->firing | (uint64_t)k->pending << 1);
	buf_add_varint(b, k->quality);
	buf_add_zigzag(b, k->judge_ns);
	buf_add_zigzag(b, k->clear_ns);
	buf_add_zigzag(b, k->start_ns);
	buf_add_varint(b, k->deciding);
	buf_add_varint(b, k->latest);
	buf_add_varint(b, k->source_id);
	buf_add_varint(b, k->place.offset);
	buf_add_varint(b, k->place.ordinal);
	buf_add_text(b, (struct str){ k->captures, k->captures_len });
	put_parts(b, c, k);
}

static void
put_own(struct buf *b, const struct correlator *c)
{
	const struct correlate_counts *n = &c->counts;

	buf_add_char(b, STATE_VERSION);
	buf_add_char(b, STATE_OWN);
	buf_add_zigzag(b, c->now_ns);
	buf_add_varint(b, c->next_id);
	buf_add_varint(b, c->uses);
	buf_add_varint(b, n->matches);
	buf_add_varint(b, n->no_key);
	buf_add_varint(b, n->no_clock);
	buf_add_varint(b, n->no_number);
	buf_add_varint(b, n->full);
	buf_add_varint(b, n->gaps_widened);
	buf_add_varint(b, c->n_gaps);
	for (size_t i = 0; i < c->n_gaps; i++) {
		buf_add_zigzag(b, c->gaps[i].from_ns);
		buf_add_zigzag(b, c->gaps[i].to_ns);
	}
	for (size_t i = 0; i < c->rs->n_corrs; i++) {
		if (c->blind_ns[i] == NEVER)
			continue;
		buf_add_varint(b, c->plans->of[i].content);
		buf_add_zigzag(b, c->blind_ns[i]);
	}
}

/* The next id of a dropped key. */
static bool
take_gone(struct correlator *c, uint64_t *id)
{
	if (c->gone_at >= c->gone.len) {
		buf_reset(&c->gone);
		c->gone_at = 0;
		return false;
	}
	memcpy(id, c->gone.data + c->gone_at, sizeof(*id));
	c->gone_at += sizeof(*id);
	return true;
}

static void
give_key(struct correlator *c, struct stub *s, struct correlate_state *out)
{
	out->id = s->id;
	stub_clean(c, s);
	if (s->out) {
		out->bytes = spilled_give(c, stub_spilled(s));
		return;
	}
	stub_key(s)->saved = true;
	state_put_key(&c->state, c, stub_key(s));
	out->bytes = buf_str(&c->state);
}

bool
correlator_changed(struct correlator *c, struct correlate_state *out)
{
	lane_flush(c);
	c->kept = true;
	buf_reset(&c->state);
	*out = (struct correlate_state){ 0 };
	if (take_gone(c, &out->id))
		return true;
	if (c->first_changed != NULL)
		give_key(c, c->first_changed, out);
	else if (c->own_changed) {
		c->own_changed = false;
		put_own(&c->state, c);
		out->bytes = buf_str(&c->state);
	} else
		return false;
	return true;
}

struct used_key {
	uint64_t used;
	struct key *key;
};

static int
by_use(const void *a, const void *b)
{
	const struct used_key *x = a, *y = b;

	return (x->used > y->used) - (x->used < y->used);
}

/* Most were used last in the order in which they came. */
static bool
is_sorted(const struct correlator *c, enum key_list list)
{
	for (const struct key *k = c->lists[list].oldest; k != NULL; k = k->newer)
		if (k->newer != NULL && k->newer->used < k->used)
			return false;
	return true;
}

static void
sort_list(struct correlator *c, enum key_list list)
{
	size_t n = 0;
	struct used_key *keys;

	if (is_sorted(c, list))
		return;
	keys = malloc((c->table.len + 1) * sizeof(*keys));
	if (keys == NULL)
		return; /* they go in another order when there are too many */
	for (struct key *k = c->lists[list].oldest; k != NULL; k = k->newer)
		keys[n++] = (struct used_key){ k->used, k };
	qsort(keys, n, sizeof(*keys), by_use);
	c->lists[list].oldest = c->lists[list].newest = NULL;
	for (size_t i = 0; i < n; i++)
		key_list_in(c, keys[i].key, list);
	free(keys);
}

void
state_settle(struct correlator *c)
{
	c->restored = false;
	sort_list(c, KEY_IDLE);
	sort_list(c, KEY_WAITS);
}
