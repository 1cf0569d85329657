/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of all correlations: made on the first contributor, dropped when nothing is left.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"
#include "correlate/measure.h"

#define EXACT_KEYS 1000

bool
correlate_key(const struct correlation *corr, const struct corr_ref *ref,
	const struct match *m, struct str key[CORRELATE_KEY_MAX])
{
	for (size_t i = 0; i < corr->n_group_by && i < CORRELATE_KEY_MAX; i++)
		if (!match_field(m, ref->fields[i], &key[i])) {
			/* A namespace nobody can name still correlates (design, labels).
			 */
			if (!str_eq(ref->fields[i], label_names[LABEL_NAMESPACE]))
				return false;
			key[i] = STR("unknown");
		}
	return true;
}

static void
list_out(struct correlator *c, struct key *k)
{
	if (k->newer != NULL)
		k->newer->older = k->older;
	else
		c->newest = k->older;
	if (k->older != NULL)
		k->older->newer = k->newer;
	else
		c->oldest = k->newer;
	k->newer = k->older = NULL;
	k->listed = false;
}

void
key_list_in(struct correlator *c, struct key *k)
{
	k->newer = NULL;
	k->older = c->newest;
	if (c->newest != NULL)
		c->newest->newer = k;
	else
		c->oldest = k;
	c->newest = k;
	k->listed = true;
}

void
key_pin(struct correlator *c, struct key *k)
{
	if (k->listed)
		list_out(c, k);
}

static void
note_change(struct correlator *c, struct key *k)
{
	if (k->changed)
		return;
	k->changed = true;
	k->next_changed = c->first_changed;
	if (c->first_changed != NULL)
		c->first_changed->prev_changed = k;
	k->prev_changed = NULL;
	c->first_changed = k;
}

/* Among thousands it does not matter who of the busier half was used last. */
static void
use(struct correlator *c, struct key *k)
{
	size_t n = c->table.len;

	note_change(c, k);
	if (++c->uses - k->used <= n / 2 && n > EXACT_KEYS)
		return;
	k->used = c->uses;
	if (k->listed) {
		list_out(c, k);
		key_list_in(c, k);
	}
}

/* Never what fires and will clear, or waits to be judged. */
void
key_settle(struct correlator *c, struct key *k)
{
	bool waits = k->judge_ns != NEVER || k->clear_ns != NEVER;
	bool free_to_go = !k->pending && !(k->firing && waits);

	note_change(c, k);
	agenda_set(c, k);
	if (free_to_go && !k->listed) {
		k->used = ++c->uses;
		key_list_in(c, k);
	} else if (!free_to_go && k->listed)
		list_out(c, k);
}

static bool
is_measure(const struct correlation *co)
{
	return co->type == CORR_VALUE_PERCENTILE || co->type == CORR_VALUE_SUM ||
	       co->type == CORR_VALUE_AVG;
}

/* The parts that only some types have. */
static bool
make_parts(struct correlator *c, struct key *k)
{
	const struct correlation *co = key_corr(c, k);

	if (c->early != NULL) {
		k->early = pool_alloc(&c->pool, sizeof(*k->early));
		return k->early != NULL;
	}
	if (co->type == CORR_TEMPORAL) {
		k->steps = pool_alloc(&c->pool, co->n_refs * sizeof(*k->steps));
		for (size_t i = 0; k->steps != NULL && i < co->n_refs; i++)
			k->steps[i].first_ns = k->steps[i].last_ns = TIME_NONE;
		return k->steps != NULL;
	}
	if (!is_measure(co))
		return true;
	k->measure = pool_alloc(&c->pool, key_plan(c, k)->measure.bytes);
	return k->measure != NULL;
}

static void
free_parts(struct correlator *c, struct key *k)
{
	const struct correlation *co = key_corr(c, k);

	if (c->early != NULL) {
		early_free(c, k);
		return;
	}
	switch (co->type) {
	case CORR_EVENT_COUNT:
		c->n_entries -= k->moments.len;
		moments_free(&c->pool, &k->moments, key_plan(c, k)->words);
		break;
	case CORR_VALUE_COUNT:
		values_free(c, k);
		break;
	case CORR_VALUE_PERCENTILE:
	case CORR_VALUE_SUM:
	case CORR_VALUE_AVG:
		pool_free(&c->pool, k->measure, key_plan(c, k)->measure.bytes);
		break;
	case CORR_TEMPORAL:
		pool_free(&c->pool, k->steps, co->n_refs * sizeof(*k->steps));
		break;
	case CORR_TEMPORAL_ORDERED:
		chain_free(&c->pool, &k->cands);
		break;
	}
}

static void
leave_changed(struct correlator *c, struct key *k)
{
	if (!k->changed)
		return;
	if (k->prev_changed != NULL)
		k->prev_changed->next_changed = k->next_changed;
	else
		c->first_changed = k->next_changed;
	if (k->next_changed != NULL)
		k->next_changed->prev_changed = k->prev_changed;
}

void
key_clean(struct correlator *c, struct key *k)
{
	leave_changed(c, k);
	k->changed = false;
	k->saved = true;
}

void
key_drop(struct correlator *c, struct key *k)
{
	table_del(&c->table, &k->ident);
	if (k->listed)
		list_out(c, k);
	k->judge_ns = k->clear_ns = NEVER;
	agenda_set(c, k);
	leave_changed(c, k);
	if (k->saved)
		buf_add(&c->gone, (struct str){ (const char *)&k->id, sizeof(k->id) });
	free_parts(c, k);
	pool_free(&c->pool, k->captures, k->captures_len);
	c->counts.keys = c->table.len;
	pool_free(&c->pool, k, sizeof(*k) + k->ident.len);
}

/* The key idle for longest goes, never one that fires or waits. */
static bool
evict(struct correlator *c, const struct key *but)
{
	struct key *k = c->oldest;

	if (k == but && k != NULL)
		k = k->newer;
	if (k == NULL)
		return false;
	key_drop(c, k);
	return true;
}

bool
key_room(struct correlator *c, const struct key *k)
{
	if (c->n_entries < c->conf.max_entries)
		return true;
	c->counts.full++;
	while (c->n_entries >= c->conf.max_entries && evict(c, k))
		;
	return c->n_entries < c->conf.max_entries;
}

struct key *
key_make(struct correlator *c, uint32_t corr, struct str bytes, uint64_t hash)
{
	struct key *k = NULL;

	if (bytes.len <= UINT32_MAX / 2 && table_reserve(&c->table) &&
		agenda_reserve(&c->agenda, c->table.len + 1))
		k = pool_alloc(&c->pool, sizeof(*k) + bytes.len);
	if (k == NULL)
		return NULL;
	if (bytes.len > 0)
		memcpy(k->bytes, bytes.ptr, bytes.len);
	k->ident = (struct ident){ hash, k->bytes, (uint32_t)bytes.len, corr };
	k->judge_ns = k->clear_ns = NEVER;
	k->start_ns = TIME_NONE;
	if (!make_parts(c, k)) {
		pool_free(&c->pool, k, sizeof(*k) + bytes.len);
		return NULL;
	}
	table_put(&c->table, &k->ident);
	c->counts.keys = c->table.len;
	return k;
}

static struct key *
make_new(struct correlator *c, uint32_t corr, struct str bytes, uint64_t hash)
{
	struct key *k = NULL;

	if (c->table.len >= c->conf.max_keys) {
		c->counts.full++;
		if (!evict(c, NULL))
			return NULL;
	}
	k = key_make(c, corr, bytes, hash);
	while (k == NULL && evict(c, NULL)) {
		c->counts.full++;
		k = key_make(c, corr, bytes, hash);
	}
	if (k == NULL) {
		c->counts.full++;
		return NULL;
	}
	k->id = ++c->next_id;
	key_list_in(c, k);
	return k;
}

struct key *
key_get(struct correlator *c, const struct use *u, const struct match *m, bool make)
{
	const struct correlation *co = &c->rs->corrs[u->corr];
	struct str values[CORRELATE_KEY_MAX];
	struct key *k;
	uint64_t hash;

	if (!correlate_key(co, &co->refs[u->ref], m, values)) {
		c->counts.no_key++;
		return NULL;
	}
	buf_reset(&c->key_text);
	for (size_t i = 0; i < co->n_group_by; i++) {
		buf_add_varint(&c->key_text, values[i].len);
		buf_add(&c->key_text, values[i]);
	}
	if (buf_failed(&c->key_text)) {
		c->counts.full++;
		return NULL;
	}
	hash = table_hash(&c->table, u->corr, buf_str(&c->key_text));
	k = (struct key *)table_find(&c->table, u->corr, buf_str(&c->key_text), hash);
	if (k == NULL && make)
		k = make_new(c, u->corr, buf_str(&c->key_text), hash);
	if (k != NULL)
		use(c, k);
	return k;
}

static void
note_captures(struct correlator *c, struct key *k, const struct match *m)
{
	struct str old = { k->captures, k->captures_len };
	char *p;

	if (!captures_merge(&c->scratch, m, old))
		return;
	if (!buf_failed(&c->scratch) && c->scratch.len == k->captures_len) {
		memcpy(k->captures, c->scratch.data, c->scratch.len);
		return;
	}
	p = buf_failed(&c->scratch) ? NULL : pool_alloc(&c->pool, c->scratch.len);
	if (p == NULL) {
		c->counts.full++;
		return;
	}
	memcpy(p, c->scratch.data, c->scratch.len);
	pool_free(&c->pool, k->captures, k->captures_len);
	k->captures = p;
	k->captures_len = (uint32_t)c->scratch.len;
}

void
key_note(struct correlator *c, struct key *k, const struct link *l)
{
	k->latest = l->id;
	k->source_id = l->m->source_id;
	k->place = l->m->place;
	if (l->m->n_captures > 0)
		note_captures(c, k, l->m);
}
