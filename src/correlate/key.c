/* SPDX-License-Identifier: Apache-2.0 */
/* Keys of all correlations: made on the first contributor, dropped when nothing is left. */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"

bool
correlate_key(const struct correlation *corr, const struct corr_ref *ref,
	const struct match *m, struct str key[CORRELATE_KEY_MAX])
{
	for (size_t i = 0; i < corr->n_group_by && i < CORRELATE_KEY_MAX; i++)
		if (!match_field(m, ref->fields[i], &key[i])) {
			/* A namespace nobody can name still correlates (design, labels). */
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
	list_out(c, k);
	c->n_keys--;
	c->counts.keys = c->n_keys;
	key_free(k);
}

/* Room for one more: the key idle for longest goes, unless a timer protects it. */
static bool
make_room(struct correlator *c)
{
	if (c->n_keys < c->conf.max_keys)
		return true;
	c->counts.full++;
	for (struct key *k = c->oldest; k != NULL; k = k->newer)
		if (k->timers == 0) {
			key_drop(c, k);
			return true;
		}
	return false;
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
	k->clear_ns = k->judge_ns = TIME_NONE;
	buf_init(&k->captures, 64 * 1024);
	if (co->type == CORR_TEMPORAL || co->type == CORR_TEMPORAL_ORDERED) {
		k->steps = calloc(co->n_refs, sizeof(*k->steps));
		for (size_t i = 0; k->steps != NULL && i < co->n_refs; i++)
			k->steps[i].first_ns = k->steps[i].last_ns = TIME_NONE;
	} else if (co->type != CORR_EVENT_COUNT && co->type != CORR_VALUE_COUNT)
		k->slices = calloc(SLICES + 1, sizeof(*k->slices));
	return k;
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
		c->counts.no_key += make;
		return NULL;
	}
	write_key(&c->scratch, values, co->n_group_by);
	slot = map_get(c->keys[u->corr], buf_str(&c->scratch));
	if (slot != NULL) {
		k = *slot;
		list_out(c, k);
		list_in(c, k);
		return k;
	}
	if (!make || !make_room(c))
		return NULL;
	k = key_make(c, u->corr, buf_str(&c->scratch));
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

void
key_values(const struct key *k, struct str out[CORRELATE_KEY_MAX], size_t *n)
{
	struct str rest = k->bytes;
	uint64_t len;

	*n = 0;
	while (rest.len > 0 && buf_take_varint(&rest, &len))
		if (!buf_take(&rest, (size_t)len, &out[(*n)++]))
			break;
}

/* Rewrites the captures with those of the link in place of older ones of their names. */
void
key_note(struct key *k, const struct link *l)
{
	struct buf b;
	struct str rest = buf_str(&k->captures), name, value;
	uint64_t len;

	if (l->m->n_captures == 0)
		return;
	buf_init(&b, 64 * 1024);
	for (size_t i = 0; i < l->m->n_captures; i++) {
		buf_add_varint(&b, l->m->capture[i].name.len);
		buf_add(&b, l->m->capture[i].name);
		buf_add_varint(&b, l->m->capture[i].value.len);
		buf_add(&b, l->m->capture[i].value);
	}
	while (rest.len > 0) {
		bool again = false;

		if (!buf_take_varint(&rest, &len) || !buf_take(&rest, (size_t)len, &name) ||
			!buf_take_varint(&rest, &len) || !buf_take(&rest, (size_t)len, &value))
			break;
		for (size_t i = 0; i < l->m->n_captures; i++)
			again = again || str_eq(name, l->m->capture[i].name);
		if (again)
			continue;
		buf_add_varint(&b, name.len);
		buf_add(&b, name);
		buf_add_varint(&b, value.len);
		buf_add(&b, value);
	}
	buf_fini(&k->captures);
	k->captures = b;
}
