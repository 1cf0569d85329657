/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of all correlations: made on the first contributor, dropped when nothing is left.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"

#define CAPTURES_MAX ((size_t)64 * 1024)

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

static void
list_in(struct correlator *c, struct key *k)
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
key_guard(struct correlator *c, struct key *k)
{
	bool free_to_go = !k->firing && !k->pending;

	if (free_to_go && !k->listed)
		list_in(c, k);
	else if (!free_to_go && k->listed)
		list_out(c, k);
}

void
key_free(struct key *k)
{
	while (k->moments.len > 0)
		moments_pop(&k->moments);
	free(k->moments.ring);
	free(k->steps);
	free(k->slices);
	buf_fini(&k->captures);
	free(k);
}

void
key_drop(struct correlator *c, struct key *k)
{
	map_del(c->keys[k->corr], k->bytes);
	if (k->listed)
		list_out(c, k);
	agenda_unset(c, &k->judge);
	agenda_unset(c, &k->clear);
	c->n_entries -= k->moments.len;
	c->n_keys--;
	c->counts.keys = c->n_keys;
	key_free(k);
}

/* Room for one more: the key idle for longest goes, never one that fires or waits. */
static bool
make_room(struct correlator *c)
{
	if (c->n_keys < c->conf.max_keys)
		return true;
	c->counts.full++;
	if (c->oldest == NULL)
		return false;
	key_drop(c, c->oldest);
	return true;
}

bool
key_room(struct correlator *c, const struct key *k)
{
	if (c->n_entries < c->conf.max_entries)
		return true;
	c->counts.full++;
	while (c->oldest != NULL && c->oldest != k && c->n_entries >= c->conf.max_entries)
		key_drop(c, c->oldest);
	return c->n_entries < c->conf.max_entries;
}

/* The parts that only some types have. */
static bool
make_parts(const struct correlation *co, struct key *k)
{
	if (co->type == CORR_TEMPORAL || co->type == CORR_TEMPORAL_ORDERED) {
		k->steps = calloc(2 * co->n_refs, sizeof(*k->steps));
		for (size_t i = 0; k->steps != NULL && i < 2 * co->n_refs; i++)
			k->steps[i].first_ns = k->steps[i].last_ns = TIME_NONE;
		return k->steps != NULL;
	}
	if (co->type == CORR_EVENT_COUNT || co->type == CORR_VALUE_COUNT)
		return true;
	k->slices = calloc(SLICES + 1, sizeof(*k->slices));
	return k->slices != NULL;
}

static struct key *
key_make(struct correlator *c, uint32_t corr, struct str bytes)
{
	const struct correlation *co = &c->rs->corrs[corr];
	struct key *k = calloc(1, sizeof(*k) + bytes.len);

	if (k == NULL)
		return NULL;
	k->corr = corr;
	k->bytes = (struct str){ (char *)(k + 1), bytes.len };
	if (bytes.len > 0)
		memcpy(k + 1, bytes.ptr, bytes.len);
	k->judge.key = k->clear.key = k;
	buf_init(&k->captures, CAPTURES_MAX);
	if (make_parts(co, k))
		return k;
	key_free(k);
	return NULL;
}

static void
write_key(struct buf *b, const struct str *values, size_t n)
{
	buf_reset(b);
	for (size_t i = 0; i < n; i++) {
		buf_add_varint(b, values[i].len);
		buf_add(b, values[i]);
	}
}

struct key *
key_get(struct correlator *c, const struct use *u, const struct match *m, bool make)
{
	const struct correlation *co = &c->rs->corrs[u->corr];
	struct str values[CORRELATE_KEY_MAX];
	void **slot;
	struct key *k;

	if (!correlate_key(co, &co->refs[u->ref], m, values)) {
		c->counts.no_key++;
		return NULL;
	}
	write_key(&c->scratch, values, co->n_group_by);
	slot = map_get(c->keys[u->corr], buf_str(&c->scratch));
	if (slot != NULL) {
		k = *slot;
		if (k->listed) {
			list_out(c, k);
			list_in(c, k);
		}
		return k;
	}
	if (!make || !make_room(c))
		return NULL;
	k = agenda_reserve(&c->agenda, 2 * (c->n_keys + 1))
		    ? key_make(c, u->corr, buf_str(&c->scratch))
		    : NULL;
	slot = k == NULL ? NULL : map_put(c->keys[u->corr], k->bytes, NULL);
	if (slot == NULL) {
		if (k != NULL)
			key_free(k);
		c->counts.full++;
		return NULL;
	}
	*slot = k;
	list_in(c, k);
	c->counts.keys = ++c->n_keys;
	return k;
}

static void
add_field(struct buf *b, const struct field *f)
{
	buf_add_varint(b, f->name.len);
	buf_add(b, f->name);
	buf_add_varint(b, f->value.len);
	buf_add(b, f->value);
}

static bool
take_field(struct str *rest, struct field *f)
{
	uint64_t len;

	return buf_take_varint(rest, &len) && buf_take(rest, (size_t)len, &f->name) &&
	       buf_take_varint(rest, &len) && buf_take(rest, (size_t)len, &f->value);
}

/* Among the captures of m: *same, whether it also has the value. */
static bool
has(const struct match *m, const struct field *f, bool *same)
{
	for (size_t i = 0; i < m->n_captures; i++)
		if (str_eq(m->capture[i].name, f->name)) {
			*same = str_eq(m->capture[i].value, f->value);
			return true;
		}
	return false;
}

/* The captures of m, then the older ones of other names. Usually nothing changed. */
static void
note_captures(struct correlator *c, struct key *k, const struct match *m)
{
	struct str rest = buf_str(&k->captures);
	struct field f;
	size_t unchanged = 0;
	bool same = false;
	struct buf t;

	while (rest.len > 0 && take_field(&rest, &f))
		unchanged += has(m, &f, &same) && same;
	if (unchanged == m->n_captures)
		return;
	buf_reset(&c->spare);
	for (size_t i = 0; i < m->n_captures; i++)
		add_field(&c->spare, &m->capture[i]);
	rest = buf_str(&k->captures);
	while (rest.len > 0 && take_field(&rest, &f))
		if (!has(m, &f, &same))
			add_field(&c->spare, &f);
	if (buf_failed(&c->spare)) {
		c->counts.full++;
		return;
	}
	t = k->captures;
	k->captures = c->spare;
	c->spare = t;
	k->captures.limit = c->spare.limit = CAPTURES_MAX;
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
