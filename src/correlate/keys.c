/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of all correlations: made on the first contributor, dropped when nothing is left.
 */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "base/time.h"
#include "correlate/arrivals.h"
#include "correlate/engine.h"
#include "correlate/measure.h"

#define EXACT_KEYS 1000

/* How m is keyed; false: a field is missing. */
static bool
key_values(const struct correlation *co, const struct use *u, const struct match *m,
	struct str key[CORRELATE_KEY_MAX])
{
	const struct str *fields = co->refs[u->ref].fields;

	for (size_t i = 0; i < co->n_group_by && i < CORRELATE_KEY_MAX; i++) {
		enum label label = (enum label)u->label[i];

		if (match_field_or(m, fields[i], label, &key[i]))
			continue;
		/* A namespace nobody can name still correlates (design, labels). */
		if (label != LABEL_NAMESPACE)
			return false;
		key[i] = STR("unknown");
	}
	return true;
}

static void
list_out(struct correlator *c, struct key *k)
{
	if (k->list == KEY_PINNED)
		return;
	if (k->newer != NULL)
		k->newer->older = k->older;
	else
		c->lists[k->list].newest = k->older;
	if (k->older != NULL)
		k->older->newer = k->newer;
	else
		c->lists[k->list].oldest = k->newer;
	k->newer = k->older = NULL;
	k->list = KEY_PINNED;
}

void
key_list_in(struct correlator *c, struct key *k, enum key_list list)
{
	k->newer = NULL;
	k->older = c->lists[list].newest;
	if (k->older != NULL)
		k->older->newer = k;
	else
		c->lists[list].oldest = k;
	c->lists[list].newest = k;
	k->list = (uint8_t)list;
}

void
key_pin(struct correlator *c, struct key *k)
{
	list_out(c, k);
}

void
stub_list_in(struct correlator *c, struct stub *s)
{
	s->changed = true;
	s->next_changed = c->first_changed;
	if (c->first_changed != NULL)
		c->first_changed->prev_changed = s;
	s->prev_changed = NULL;
	c->first_changed = s;
}

void
stub_clean(struct correlator *c, struct stub *s)
{
	if (!s->changed)
		return;
	if (s->prev_changed != NULL)
		s->prev_changed->next_changed = s->next_changed;
	else
		c->first_changed = s->next_changed;
	if (s->next_changed != NULL)
		s->next_changed->prev_changed = s->prev_changed;
	s->changed = false;
}

/* Among thousands it does not matter who of the busier half was used last. */
void
key_use(struct correlator *c, struct key *k)
{
	size_t n = c->table.len;
	uint8_t list = k->list;

	stub_changed(c, &k->stub);
	if (++c->uses - k->used <= n / 2 && n > EXACT_KEYS)
		return;
	k->used = c->uses;
	if (k->newer != NULL) { /* neither the newest of its list nor pinned */
		list_out(c, k);
		key_list_in(c, k, list);
	}
}

/* What fires and will clear, or waits to be judged, is not idle. */
void
key_settle(struct correlator *c, struct key *k)
{
	bool timer = k->judge_ns != NEVER || k->clear_ns != NEVER;
	enum key_list list = k->pending || (k->firing && timer) ? KEY_WAITS : KEY_IDLE;

	stub_changed(c, &k->stub);
	agenda_set(c, k);
	if (k->list == list)
		return;
	list_out(c, k);
	k->used = ++c->uses;
	key_list_in(c, k, list);
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
	if (!correlation_measures(co->type))
		return true;
	k->measure = pool_alloc(&c->pool, key_plan(c, k)->measure.bytes);
	return k->measure != NULL;
}

static void
free_parts(struct correlator *c, struct key *k)
{
	const struct correlation *co = key_corr(c, k);

	if (c->early != NULL) {
		arrivals_free(c, k);
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

/* Without its bytes. */
static size_t
key_size(const struct correlator *c, uint32_t corr)
{
	const struct key *k = NULL;
	size_t part = sizeof(k->early);

	if (c->early == NULL)
		switch (c->rs->corrs[corr].type) {
		case CORR_EVENT_COUNT:
			part = sizeof(k->moments);
			break;
		case CORR_VALUE_COUNT:
			part = sizeof(k->values);
			break;
		case CORR_VALUE_PERCENTILE:
		case CORR_VALUE_SUM:
		case CORR_VALUE_AVG:
			part = sizeof(k->measure);
			break;
		case CORR_TEMPORAL:
			part = sizeof(k->steps);
			break;
		case CORR_TEMPORAL_ORDERED:
			part = sizeof(k->cands);
			break;
		}
	return offsetof(struct key, moments) + part;
}

void
key_free(struct correlator *c, struct key *k)
{
	table_del(&c->table, &k->ident);
	list_out(c, k);
	agenda_put(c, &k->stub, NEVER, k->stub.phase);
	stub_clean(c, &k->stub);
	free_parts(c, k);
	pool_free(&c->pool, k->captures, k->captures_len);
	c->counts.keys = c->table.len;
	c->freed++;
	pool_free(&c->pool, k, key_size(c, k->ident.corr) + k->ident.len);
}

void
key_drop(struct correlator *c, struct key *k)
{
	if (k->saved)
		buf_add(&c->gone,
			(struct str){ (const char *)&k->stub.id, sizeof(k->stub.id) });
	key_free(c, k);
}

static struct key *
oldest(const struct correlator *c, enum key_list list, const struct key *but)
{
	struct key *k = c->lists[list].oldest;

	return k == but && k != NULL ? k->newer : k;
}

/* Without a place to go to, those that fire or wait stay. */
bool
key_evict(struct correlator *c, const struct key *but)
{
	struct key *idle = oldest(c, KEY_IDLE, but);
	struct key *k = idle != NULL ? idle : oldest(c, KEY_WAITS, but);

	if (k != NULL && c->conf.spill != NULL && spilled_put(c, k))
		return true;
	if (idle == NULL)
		return false;
	key_drop(c, idle);
	c->counts.full++;
	return true;
}

bool
key_room(struct correlator *c, const struct key *k)
{
	while (c->n_entries >= c->conf.max_entries)
		if (!key_evict(c, k)) {
			c->counts.full++;
			return false;
		}
	return true;
}

void
key_places(struct correlator *c)
{
	c->n_places = table_bytes(&c->table) + c->agenda.cap * sizeof(struct due);
	if (c->index.slots != NULL)
		c->n_places += (c->index.mask + 1) * sizeof(struct distinct *);
	if (c->spilled.slots != NULL)
		c->n_places += (c->spilled.mask + 1) * sizeof(struct spilled *);
}

struct key *
key_make(struct correlator *c, uint32_t corr, struct str bytes, uint64_t hash)
{
	size_t size = key_size(c, corr);
	struct key *k = NULL;
	char *own;

	if (bytes.len <= UINT32_MAX / 2 && table_reserve(&c->table, c->table.len + 1) &&
		agenda_reserve(&c->agenda, c->table.len + c->spilled.len + 1))
		k = pool_alloc(&c->pool, size + bytes.len);
	if (k == NULL)
		return NULL;
	own = (char *)k + size;
	if (bytes.len > 0)
		memcpy(own, bytes.ptr, bytes.len);
	k->ident = (struct ident){ hash, own, (uint32_t)bytes.len, corr };
	k->list = KEY_PINNED;
	k->judge_ns = k->clear_ns = NEVER;
	k->start_ns = TIME_NONE;
	if (!make_parts(c, k)) {
		pool_free(&c->pool, k, size + bytes.len);
		return NULL;
	}
	key_places(c);
	table_put(&c->table, &k->ident);
	c->counts.keys = c->table.len;
	return k;
}

/* Keys at work on this link may be over the limit, as they are few. */
static bool
all_pinned(const struct correlator *c)
{
	return c->lists[KEY_IDLE].oldest == NULL && c->lists[KEY_WAITS].oldest == NULL;
}

static struct key *
make_new(struct correlator *c, uint32_t corr, struct str bytes, uint64_t hash)
{
	struct key *k = NULL;
	bool room = c->table.len < c->conf.max_keys || key_evict(c, NULL);

	if (room || (c->conf.spill != NULL && all_pinned(c)))
		k = key_make(c, corr, bytes, hash);
	while (room && k == NULL && key_evict(c, NULL))
		k = key_make(c, corr, bytes, hash);
	if (k == NULL) {
		c->counts.full++;
		return NULL;
	}
	k->stub.id = ++c->next_id;
	key_list_in(c, k, KEY_IDLE);
	return k;
}

/* All that are out under its hash come back: nearly always none, or it. */
struct key *
key_find(struct correlator *c, uint32_t corr, struct str bytes, uint64_t hash)
{
	struct ident *i = table_find(&c->table, corr, bytes, hash);
	struct spilled *s;

	while (i == NULL && (s = spilled_find(c, corr, hash)) != NULL) {
		spilled_take(c, s);
		i = table_find(&c->table, corr, bytes, hash);
	}
	return (struct key *)i;
}

static struct key *
look_up(struct correlator *c, uint32_t corr, const struct str *values, bool make)
{
	struct str bytes;
	struct key *k;
	uint64_t hash;

	buf_reset(&c->key_text);
	captures_add_key(&c->key_text, values, c->rs->corrs[corr].n_group_by);
	if (buf_failed(&c->key_text)) {
		c->counts.full++;
		return NULL;
	}
	bytes = buf_str(&c->key_text);
	hash = table_hash(&c->table, corr, bytes);
	k = key_find(c, corr, bytes, hash);
	return k == NULL && make ? make_new(c, corr, bytes, hash) : k;
}

/* Whether the bytes of a key go on with v; *rest is what stands behind it then. */
static inline bool
goes_on_with(struct str *rest, struct str v)
{
	if (v.len >= rest->len || v.len >= 0x80 || (unsigned char)rest->ptr[0] != v.len ||
		!bytes_equal(rest->ptr + 1, v.ptr, v.len))
		return false;
	rest->ptr += 1 + v.len;
	rest->len -= 1 + v.len;
	return true;
}

/* Whether these are the values of k. */
static bool
is_keyed_by(const struct key *k, const struct str *values, size_t n)
{
	struct str rest = key_bytes(k);

	for (size_t i = 0; i < n; i++)
		if (!goes_on_with(&rest, values[i]))
			return false;
	return rest.len == 0;
}

/* The same of the labels of a match. One that is empty is no value. */
static bool
is_labelled(const struct key *k, const struct use *u, const struct match *m)
{
	struct str rest = key_bytes(k);

	for (size_t i = 0; i < u->n_fields; i++) {
		struct str v = m->label[u->label[i]];

		if (v.len == 0 || !goes_on_with(&rest, v))
			return false;
	}
	return rest.len == 0;
}

bool
key_is_of(const struct correlator *c, const struct key *k, const struct use *u,
	const struct match *m)
{
	struct str values[CORRELATE_KEY_MAX];

	if (u->by_labels)
		return is_labelled(k, u, m);
	return key_values(&c->rs->corrs[u->corr], u, m, values) &&
	       is_keyed_by(k, values, u->n_fields);
}

/* What was found there last, if it lives and is of corr. */
static inline struct key *
recent_key(const struct correlator *c, const struct recent *r, uint32_t corr)
{
	struct key *k = r->freed == c->freed ? r->key : NULL;

	return k != NULL && k->ident.corr == corr ? k : NULL;
}

/* Apart: it takes much of the stack. */
NEVER_INLINE static struct key *
get_by_values(struct correlator *c, const struct use *u, const struct match *m, bool make,
	struct recent *r)
{
	const struct correlation *co = &c->rs->corrs[u->corr];
	struct str values[CORRELATE_KEY_MAX];
	struct key *k = recent_key(c, r, u->corr);

	if (!key_values(co, u, m, values)) {
		c->counts.no_key++;
		return NULL;
	}
	if (k == NULL || !is_keyed_by(k, values, co->n_group_by)) {
		k = look_up(c, u->corr, values, make);
		*r = (struct recent){ k, c->freed };
	}
	return k;
}

struct key *
key_get(struct correlator *c, const struct use *u, const struct match *m, bool make)
{
	size_t at = (m->source_id ^ u->corr * UINT64_C(37)) % RECENT_KEYS;
	struct recent *r = &c->recent[at];
	struct key *k = u->by_labels ? recent_key(c, r, u->corr) : NULL;

	if (k == NULL || !is_labelled(k, u, m))
		k = get_by_values(c, u, m, make, r);
	if (k != NULL)
		key_use(c, k);
	return k;
}

/* c->scratch becomes k's. */
static void
keep_captures(struct correlator *c, struct key *k)
{
	const struct buf *b = &c->scratch;
	char *p = k->captures;

	if (buf_failed(b)) {
		c->counts.full++;
		return;
	}
	if (p == NULL || pool_size(b->len) != pool_size(k->captures_len)) {
		p = pool_alloc(&c->pool, b->len);
		if (p == NULL) {
			c->counts.full++;
			return;
		}
		pool_free(&c->pool, k->captures, k->captures_len);
		k->captures = p;
	}
	memcpy(p, b->data, b->len);
	k->captures_len = (uint32_t)b->len;
}

static bool
is_asked(const struct plan *pl, struct str name)
{
	for (size_t i = 0; i < pl->n_asked; i++)
		if (str_eq(pl->asked[i], name))
			return true;
	return false;
}

/* The captures of m that are kept; room has place for all. */
static const struct field *
kept(const struct plan *pl, const struct match *m, struct field *room, size_t *n)
{
	*n = m->n_captures;
	if (pl->asks_all)
		return m->capture;
	*n = 0;
	for (size_t i = 0; i < m->n_captures; i++)
		if (is_asked(pl, m->capture[i].name))
			room[(*n)++] = m->capture[i];
	return room;
}

void
key_note_captures(struct correlator *c, struct key *k, const struct match *m)
{
	struct str old = { k->captures, k->captures_len };
	struct field room[MATCH_CAPTURES];
	const struct field *f;
	size_t n;

	f = kept(key_plan(c, k), m, room, &n);
	if (n == 0)
		return;
	if (captures_named_as(f, n, old))
		captures_put(&c->scratch, f, n);
	else if (!captures_merge(&c->scratch, f, n, old))
		return;
	keep_captures(c, k);
}

void
key_inherit(struct correlator *c, struct key *k, const struct key *from)
{
	struct str old = { from->captures, from->captures_len };
	struct field f[MATCH_CAPTURES];
	size_t n;

	if (from->quality > k->quality)
		k->quality = from->quality;
	if (old.len == 0)
		return;
	n = captures_read(
		(struct str){ k->captures, k->captures_len }, f, MATCH_CAPTURES);
	if (!captures_merge(&c->scratch, f, n, old)) {
		buf_reset(&c->scratch);
		buf_add(&c->scratch, old);
	}
	keep_captures(c, k);
}
