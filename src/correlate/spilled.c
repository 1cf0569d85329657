/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys out of memory. A stub stays: found by the hash of the key, in the agenda at the
 * key's next timer, so that everything happens in the order in which it would have with
 * the key in memory.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/time.h"
#include "correlate/engine.h"

#define SLOTS_MIN ((size_t)64)

/* --- the set: by hash; equal ones may be there more than once --- */

static bool
reserve(struct spilled_set *set)
{
	size_t n = set->slots == NULL ? 0 : set->mask + 1;
	struct spilled_set to = { .mask = n > 0 ? 2 * n - 1 : SLOTS_MIN - 1,
		.len = set->len };

	if (n > 0 && (set->len + 1) * 4 <= n * 3)
		return true;
	to.slots = calloc(to.mask + 1, sizeof(struct spilled *));
	if (to.slots == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		size_t at = set->slots[i] != NULL ? set->slots[i]->hash & to.mask : 0;

		while (set->slots[i] != NULL && to.slots[at] != NULL)
			at = (at + 1) & to.mask;
		if (set->slots[i] != NULL)
			to.slots[at] = set->slots[i];
	}
	free(set->slots);
	*set = to;
	return true;
}

static void
set_in(struct spilled_set *set, struct spilled *s)
{
	size_t i = s->hash & set->mask;

	while (set->slots[i] != NULL)
		i = (i + 1) & set->mask;
	set->slots[i] = s;
	set->len++;
}

/* Those behind the hole move up, unless they stand where they belong already. */
static void
set_out(struct spilled_set *set, const struct spilled *s)
{
	size_t hole = s->hash & set->mask, i;

	while (set->slots[hole] != s)
		hole = (hole + 1) & set->mask;
	for (i = (hole + 1) & set->mask; set->slots[i] != NULL; i = (i + 1) & set->mask) {
		size_t home = set->slots[i]->hash & set->mask;

		if (((i - home) & set->mask) < ((i - hole) & set->mask))
			continue;
		set->slots[hole] = set->slots[i];
		hole = i;
	}
	set->slots[hole] = NULL;
	set->len--;
}

struct spilled *
spilled_find(const struct correlator *c, uint32_t corr, uint64_t hash)
{
	const struct spilled_set *set = &c->spilled;
	size_t i = (size_t)hash & set->mask;

	if (set->len == 0)
		return NULL;
	for (; set->slots[i] != NULL; i = (i + 1) & set->mask)
		if (set->slots[i]->hash == hash && set->slots[i]->corr == corr)
			return set->slots[i];
	return NULL;
}

/* --- when a key is over --- */

/* The newest that a window has; TIME_NONE: nothing. */
static int64_t
newest_ns(const struct correlator *c, const struct key *k)
{
	const struct correlation *co = key_corr(c, k);
	const struct plan *pl = key_plan(c, k);
	int64_t ns = TIME_NONE;

	if (co->type == CORR_EVENT_COUNT && k->moments.len > 0)
		ns = moments_at(&k->moments, pl->words, k->moments.len - 1).first_ns;
	else if (co->type == CORR_VALUE_COUNT && k->values.len > 0)
		ns = k->values.newest->first_ns;
	for (size_t i = 0; co->type == CORR_TEMPORAL && i < co->n_refs; i++)
		if (k->steps[i].first_ns > ns)
			ns = k->steps[i].first_ns;
	for (uint32_t i = 0; co->type == CORR_TEMPORAL_ORDERED && i < k->cands.len; i++)
		if (k->cands.list[i].first_ns > ns)
			ns = k->cands.list[i].first_ns;
	return ns;
}

/* While a measure is true its step stays, whatever the time. */
static bool
has_active(const struct correlation *co, const struct key *k)
{
	for (size_t i = 0; co->type == CORR_TEMPORAL && i < co->n_refs; i++)
		if (k->steps[i].active > 0)
			return true;
	return false;
}

/* Whether all that k's next timer does is to drop it. */
static bool
only_forgets(const struct correlator *c, const struct key *k)
{
	const struct correlation *co = key_corr(c, k);
	bool counts = co->type == CORR_EVENT_COUNT || co->type == CORR_VALUE_COUNT;
	bool chains = co->type == CORR_TEMPORAL || co->type == CORR_TEMPORAL_ORDERED;

	if (!chains && !(counts && key_plan(c, k)->monotone))
		return false;
	return !k->firing && !k->pending && k->judge_ns == NEVER && !has_active(co, k) &&
	       time_add(newest_ns(c, k), co->timespan_ns) < k->clear_ns;
}

/* --- out and in --- */

static size_t
charge(size_t len)
{
	return len > SPILL_LEAST ? len : SPILL_LEAST;
}

/* Into c->state; what is unchanged since it was told of is kept already. */
static int
write_state(struct correlator *c, const struct key *k, struct spilled *s)
{
	const struct spill *to = c->conf.spill;
	size_t left = to->max_bytes - c->counts.spilled_bytes;

	buf_reset(&c->state);
	state_put_key(&c->state, c, k);
	if (buf_failed(&c->state) || c->state.len > UINT32_MAX)
		return -ENOMEM;
	s->len = (uint32_t)c->state.len;
	if (c->counts.spilled_bytes > to->max_bytes || charge(s->len) > left)
		return -ENOSPC;
	s->where = SPILLED_KEPT;
	if (k->saved && !k->stub.changed)
		return 0;
	if (to->put(to->arg, buf_str(&c->state), &s->where) == 0)
		return 0;
	c->counts.spill_failed++;
	return -EIO;
}

bool
spilled_put(struct correlator *c, struct key *k)
{
	struct spilled *s =
		reserve(&c->spilled) ? pool_alloc(&c->pool, sizeof(*s)) : NULL;
	int64_t at_ns = k->judge_ns < k->clear_ns ? k->judge_ns : k->clear_ns;
	uint8_t phase = k->stub.phase;

	if (s == NULL)
		return false;
	if (write_state(c, k, s) != 0) {
		pool_free(&c->pool, s, sizeof(*s));
		return false;
	}
	s->stub = (struct stub){ .id = k->stub.id, .out = true };
	s->corr = k->ident.corr;
	s->hash = k->ident.hash;
	s->forget = only_forgets(c, k);
	s->pending = k->pending;
	key_free(c, k);
	set_in(&c->spilled, s);
	agenda_put(c, &s->stub, at_ns, phase);
	if (s->where != SPILLED_KEPT)
		stub_changed(c, &s->stub);
	c->counts.spilled_bytes += charge(s->len);
	c->counts.spilled_keys = c->spilled.len;
	c->counts.spills++;
	return true;
}

/* No stub of it is left; what was put is dropped. */
static void
remove_stub(struct correlator *c, struct spilled *s)
{
	const struct spill *from = c->conf.spill;

	if (s->where != SPILLED_KEPT)
		from->drop(from->arg, s->where, s->len);
	set_out(&c->spilled, s);
	agenda_put(c, &s->stub, NEVER, s->stub.phase);
	stub_clean(c, &s->stub);
	c->counts.spilled_bytes -= charge(s->len);
	c->counts.spilled_keys = c->spilled.len;
	pool_free(&c->pool, s, sizeof(*s));
}

void
spilled_forget(struct correlator *c, struct spilled *s)
{
	if (c->kept)
		buf_add(&c->gone,
			(struct str){ (const char *)&s->stub.id, sizeof(s->stub.id) });
	remove_stub(c, s);
}

/* Into c->state. */
static int
read_state(struct correlator *c, const struct spilled *s)
{
	const struct spill *from = c->conf.spill;

	buf_reset(&c->state);
	if (s->where == SPILLED_KEPT)
		return from->kept(from->arg, s->stub.id, &c->state);
	return from->get(from->arg, s->where, s->len, &c->state);
}

void
spilled_take(struct correlator *c, struct spilled *s)
{
	struct key *k = NULL;
	int err;

	do {
		err = read_state(c, s);
		if (err == 0)
			err = state_take_key(c, buf_str(&c->state), &k);
	} while (err == -ENOMEM && key_evict(c, NULL));
	if (err != 0) {
		c->counts.spill_failed++;
		c->counts.full++;
		spilled_forget(c, s);
		return;
	}
	k->saved = c->kept;
	remove_stub(c, s);
	key_settle(c, k);
	c->counts.returns++;
	while ((c->table.len > c->conf.max_keys || c->n_entries > c->conf.max_entries) &&
		key_evict(c, k))
		;
}

struct str
spilled_give(struct correlator *c, struct spilled *s)
{
	const struct spill *from = c->conf.spill;

	if (read_state(c, s) != 0 || buf_failed(&c->state)) {
		c->counts.spill_failed++;
		c->counts.full++;
		buf_reset(&c->state);
		remove_stub(c, s);
		return (struct str){ 0 };
	}
	from->drop(from->arg, s->where, s->len);
	s->where = SPILLED_KEPT;
	return buf_str(&c->state);
}
