/* SPDX-License-Identifier: Apache-2.0 */
/* A condition becomes true, false or unknowable: told outside, and to outer correlations. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/time.h"
#include "correlate/engine.h"

bool
fire_bounds(const struct correlation *corr, double v)
{
	for (size_t i = 0; i < corr->n_bounds; i++) {
		double limit = corr->bounds[i].limit;
		bool good = false;

		switch (corr->bounds[i].op) {
		case BOUND_GT:
			good = v > limit;
			break;
		case BOUND_GTE:
			good = v >= limit;
			break;
		case BOUND_LT:
			good = v < limit;
			break;
		case BOUND_LTE:
			good = v <= limit;
			break;
		case BOUND_EQ:
			good = fabs(v - limit) <= 0;
			break;
		case BOUND_NEQ:
			good = fabs(v - limit) > 0;
			break;
		}
		if (!good)
			return false;
	}
	return true;
}

static struct str
keep(char **at, struct str s)
{
	struct str out = { *at, s.len };

	if (s.len > 0)
		memcpy(*at, s.ptr, s.len);
	*at += s.len;
	return out;
}

static void
read_captures(struct str rest, struct outcome *o)
{
	uint64_t len;

	while (rest.len > 0 && o->n_captures < MATCH_CAPTURES) {
		struct field *f = &o->capture[o->n_captures];

		if (!buf_take_varint(&rest, &len) || !buf_take(&rest, (size_t)len, &f->name) ||
			!buf_take_varint(&rest, &len) || !buf_take(&rest, (size_t)len, &f->value))
			return;
		o->n_captures++;
	}
}

static size_t
values_bytes(const struct key *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->moments.len; i++)
		n += moments_at(&k->moments, i)->text.len;
	return n;
}

/* Everything an outcome's views point into is copied behind it. */
static struct queued *
make(struct correlator *c, struct key *k, enum outcome_kind kind, const struct fire *f)
{
	bool distinct = c->rs->corrs[k->corr].type == CORR_VALUE_COUNT;
	size_t n = distinct ? k->moments.len : 0;
	struct queued *q = calloc(1, sizeof(*q) + n * sizeof(struct str));
	struct str caps = buf_str(&k->captures), bytes = k->bytes;
	uint64_t len;
	char *at;

	if (q == NULL)
		return NULL;
	q->bytes = at = malloc(k->bytes.len + caps.len + values_bytes(k) + 1);
	if (at == NULL) {
		free(q);
		return NULL;
	}
	q->o = (struct outcome){ .kind = kind,
		.corr = k->corr,
		.at_ns = f->at_ns,
		.first_ns = f->first_ns,
		.last_ns = f->last_ns,
		.deciding = k->deciding,
		.count = f->count,
		.value = f->value,
		.quality = k->quality };
	bytes = keep(&at, bytes);
	while (bytes.len > 0 && buf_take_varint(&bytes, &len))
		if (!buf_take(&bytes, (size_t)len, &q->o.key[q->o.n_key++]))
			break;
	read_captures(keep(&at, caps), &q->o);
	for (size_t i = 0; i < n; i++)
		q->values[i] = keep(&at, moments_at(&k->moments, i)->text);
	q->o.values = q->values;
	q->o.n_values = n;
	return q;
}

static void
push(struct correlator *c, struct queued *q)
{
	if (c->last != NULL)
		c->last->next = q;
	else
		c->first = q;
	c->last = q;
}

/* A firing as a match of its own: key fields and captures. */
static void
as_match(const struct correlator *c, const struct outcome *o, struct match *m)
{
	const struct correlation *co = &c->rs->corrs[o->corr];

	*m = (struct match){ .rule = CORRELATION_BIT | o->corr,
		.id = hash_mix(o->deciding, o->corr + 1),
		.source_id = o->deciding,
		.at_ns = o->at_ns,
		.weight = 1,
		.quality = o->quality };
	for (size_t i = 0; i < o->n_key; i++)
		m->capture[m->n_captures++] = (struct field){ co->group_by[i], o->key[i] };
	for (size_t i = 0; i < o->n_captures && m->n_captures < MATCH_CAPTURES; i++)
		m->capture[m->n_captures++] = o->capture[i];
}

static bool
is_measure(const struct correlation *co)
{
	return co->type == CORR_VALUE_PERCENTILE || co->type == CORR_VALUE_SUM ||
		co->type == CORR_VALUE_AVG;
}

void
fire_on(struct correlator *c, struct key *k, const struct fire *f)
{
	struct queued *q = make(c, k, OUTCOME_FIRED, f);
	struct match m;
	struct link l;

	k->firing = true;
	if (q == NULL)
		return;
	push(c, q);
	if (c->corr_uses[k->corr].n == 0)
		return;
	as_match(c, &q->o, &m);
	l = (struct link){ .m = &m,
		.first_ns = f->first_ns,
		.id = m.id,
		.inferred = k->quality != TIME_WRITTEN,
		.state = is_measure(&c->rs->corrs[k->corr]) };
	correlator_feed(c, CORRELATION_BIT | k->corr, &l);
}

void
fire_off(struct correlator *c, struct key *k, int64_t at_ns)
{
	struct fire f = { at_ns, at_ns, at_ns, 0, 0 };
	struct queued *q = make(c, k, OUTCOME_CLEARED, &f);
	struct match m;

	k->firing = false;
	if (q == NULL)
		return;
	push(c, q);
	if (is_measure(&c->rs->corrs[k->corr])) {
		as_match(c, &q->o, &m);
		correlator_feed_off(c, CORRELATION_BIT | k->corr, &m);
	}
}

void
fire_unknown(struct correlator *c, struct key *k, const struct fire *f)
{
	struct queued *q = make(c, k, OUTCOME_UNKNOWN, f);

	if (q != NULL)
		push(c, q);
}
