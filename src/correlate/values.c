/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Distinct values of a key in a list, the one seen last at its end, and an index over the
 * values of all keys, so that a window of thousands is not searched for each match.
 */
#include <stdlib.h>
#include <string.h>

#include "correlate/engine.h"

#define SLOTS_MIN ((size_t)256)

/* Whoever picks values does not know the seed. */
static size_t
slot_of(const struct correlator *c, const struct key *k, uint64_t hash)
{
	uint64_t h = hash ^ c->table.seed.k1;

	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	h ^= k->ident.hash;
	h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return (size_t)(h ^ h >> 32) & c->index.mask;
}

static bool
reserve(struct correlator *c)
{
	struct value_index *x = &c->index;
	size_t old_n = x->slots == NULL ? 0 : x->mask + 1;
	size_t n = old_n > 0 ? 2 * old_n : SLOTS_MIN;
	struct distinct **old = x->slots, **p;

	if (x->len < old_n)
		return true;
	p = calloc(n, sizeof(struct distinct *));
	if (p == NULL)
		return false;
	x->slots = p;
	x->mask = n - 1;
	for (size_t i = 0; i < old_n; i++)
		while (old[i] != NULL) {
			struct distinct *v = old[i], **slot;

			old[i] = v->same;
			slot = &p[slot_of(c, v->k, v->hash)];
			v->same = *slot;
			*slot = v;
		}
	free(old);
	key_places(c);
	return true;
}

static void
set_text(struct correlator *c, struct distinct *v, struct str text)
{
	struct values *vs = &((struct key *)(uintptr_t)v->k)->values;

	v->text = pool_alloc(&c->pool, text.len);
	if (v->text == NULL)
		return;
	if (text.len > 0)
		memcpy(v->text, text.ptr, text.len);
	v->len = (uint32_t)text.len;
	vs->texts++;
}

static void
drop_text(struct correlator *c, struct values *vs, struct distinct *v)
{
	if (v->text == NULL)
		return;
	pool_free(&c->pool, v->text, v->len);
	v->text = NULL;
	vs->texts--;
}

struct distinct *
values_find(struct correlator *c, struct key *k, struct str text, uint64_t hash)
{
	struct distinct *v;

	if (c->index.slots == NULL)
		return NULL;
	v = c->index.slots[slot_of(c, k, hash)];
	for (; v != NULL; v = v->same) {
		if (v->k != k || v->hash != hash)
			continue;
		if (v->text == NULL)
			set_text(c, v, text);
		else if (!str_eq((struct str){ v->text, v->len }, text))
			continue;
		return v;
	}
	return NULL;
}

static void
link_behind(struct values *vs, struct distinct *v, struct distinct *before)
{
	v->older = before;
	v->newer = before != NULL ? before->newer : vs->oldest;
	if (v->newer != NULL)
		v->newer->older = v;
	else
		vs->newest = v;
	if (before != NULL)
		before->newer = v;
	else
		vs->oldest = v;
}

static void
unlink_value(struct values *vs, struct distinct *v)
{
	if (vs->oldest_text == v)
		vs->oldest_text = v->newer;
	if (v->older != NULL)
		v->older->newer = v->newer;
	else
		vs->oldest = v->newer;
	if (v->newer != NULL)
		v->newer->older = v->older;
	else
		vs->newest = v->older;
}

struct distinct *
values_append(struct correlator *c, struct key *k, struct str text, uint64_t hash)
{
	struct values *vs = &k->values;
	struct distinct *v, **slot;

	v = reserve(c) ? pool_alloc(&c->pool, sizeof(*v)) : NULL;
	if (v == NULL)
		return NULL;
	v->k = k;
	v->hash = hash;
	if (text.ptr != NULL) {
		set_text(c, v, text);
		if (v->text == NULL) {
			pool_free(&c->pool, v, sizeof(*v));
			return NULL;
		}
	}
	slot = &c->index.slots[slot_of(c, k, hash)];
	v->same = *slot;
	*slot = v;
	c->index.len++;
	c->n_entries++;
	link_behind(vs, v, vs->newest);
	vs->len++;
	if (vs->oldest_text == NULL && v->text != NULL)
		vs->oldest_text = v;
	if (vs->texts > VALUE_TEXTS && vs->oldest_text != NULL) {
		drop_text(c, vs, vs->oldest_text);
		vs->oldest_text = vs->oldest_text->newer;
	}
	return v;
}

void
values_move(struct key *k, struct distinct *v)
{
	struct values *vs = &k->values;
	struct distinct *before;

	unlink_value(vs, v);
	before = vs->newest;
	while (before != NULL && before->first_ns > v->first_ns)
		before = before->older;
	link_behind(vs, v, before);
	if (vs->oldest_text == NULL && v->text != NULL)
		vs->oldest_text = v;
}

void
values_pop(struct correlator *c, struct key *k)
{
	struct distinct *v = k->values.oldest;
	struct distinct **at = &c->index.slots[slot_of(c, k, v->hash)];

	while (*at != v)
		at = &(*at)->same;
	*at = v->same;
	c->index.len--;
	c->n_entries--;
	unlink_value(&k->values, v);
	drop_text(c, &k->values, v);
	k->values.len--;
	pool_free(&c->pool, v, sizeof(*v));
}

void
values_free(struct correlator *c, struct key *k)
{
	while (k->values.oldest != NULL)
		values_pop(c, k);
}
