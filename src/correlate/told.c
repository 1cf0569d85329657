/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outcomes wait here until they are taken, one behind the other in one buffer: the end of
 * input may tell of a hundred thousand absences at once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"

#define KEEP_BYTES ((size_t)1 << 20)

struct head {
	enum outcome_kind kind;
	enum time_quality quality;
	uint32_t corr;
	uint32_t key_len, captures_len, n_values;
	uint64_t deciding;
	struct fire fire;
};

static void
put(struct buf *b, const void *from, size_t len)
{
	buf_add(b, (struct str){ from, len });
}

static void
put_values(struct buf *b, const struct values *vs)
{
	for (const struct distinct *v = vs->oldest; v != NULL; v = v->newer) {
		if (v->text == NULL)
			continue;
		put(b, &v->len, sizeof(v->len));
		put(b, v->text, v->len);
	}
}

/* Of an early key: those counted in the latest look. Returns how many. */
static uint32_t
put_shown(struct buf *b, const struct early *e, const struct early_seen *seen)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < seen->n_settled; i++) {
		const struct distinct *v = seen->settled[i];

		if (v->text == NULL)
			continue;
		put(b, &v->len, sizeof(v->len));
		put(b, v->text, v->len);
		n++;
	}
	for (uint32_t i = 0; i < e->len; i++) {
		const struct arrival *x = &e->list[e->head + i];

		if (x->look != seen->look)
			continue;
		put(b, &x->len, sizeof(x->len));
		put(b, x->text, x->len);
		n++;
	}
	return n;
}

void
told_add(struct correlator *c, const struct key *k, enum outcome_kind kind,
	const struct fire *f)
{
	bool distinct = key_corr(c, k)->type == CORR_VALUE_COUNT;
	struct buf *b = &c->told;
	size_t from = b->len;
	struct head h = { .kind = kind,
		.quality = (enum time_quality)k->quality,
		.corr = k->ident.corr,
		.key_len = k->ident.len,
		.captures_len = k->captures_len,
		.n_values = distinct && c->early == NULL ? k->values.texts : 0,
		.deciding = k->deciding,
		.fire = *f };

	put(b, &h, sizeof(h));
	put(b, k->ident.bytes, k->ident.len);
	put(b, k->captures, k->captures_len);
	if (distinct && c->early == NULL)
		put_values(b, &k->values);
	else if (distinct) {
		h.n_values = put_shown(b, k->early, c->early);
		if (!buf_failed(b))
			memcpy(b->data + from, &h, sizeof(h));
	}
	if (!buf_failed(b))
		return;
	c->counts.full++;
	b->len = from;
	b->failed = false;
}

static struct str
take(struct str *rest, size_t n)
{
	struct str out = str_sub(*rest, 0, n);

	*rest = str_sub(*rest, n, rest->len);
	return out;
}

/* The views of the values; none, and counted, when memory is out. */
static size_t
take_values(struct correlator *c, struct str *rest, size_t n)
{
	bool room = n <= c->texts_cap;

	if (!room) {
		struct str *p = realloc(c->texts, n * sizeof(*p));

		room = p != NULL;
		if (room) {
			c->texts = p;
			c->texts_cap = n;
		}
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t len;
		struct str text;

		memcpy(&len, take(rest, sizeof(len)).ptr, sizeof(len));
		text = take(rest, len);
		if (room)
			c->texts[i] = text;
	}
	c->counts.full += !room;
	return room ? n : 0;
}

/* What was a great many is not kept for ever. */
static void
empty(struct correlator *c)
{
	if (c->told.cap > KEEP_BYTES)
		buf_fini(&c->told);
	else
		buf_reset(&c->told);
	c->told_at = 0;
}

bool
correlator_next(struct correlator *c, struct outcome *out)
{
	struct str rest, key, captures;
	struct head h;

	if (!told_waits(c)) {
		if (c->told_at > 0)
			empty(c);
		return false;
	}
	rest = str_sub(buf_str(&c->told), c->told_at, SIZE_MAX);
	memcpy(&h, take(&rest, sizeof(h)).ptr, sizeof(h));
	key = take(&rest, h.key_len);
	captures = take(&rest, h.captures_len);
	*out = (struct outcome){ .kind = h.kind,
		.corr = h.corr,
		.at_ns = h.fire.at_ns,
		.first_ns = h.fire.first_ns,
		.last_ns = h.fire.last_ns,
		.deciding = h.deciding,
		.count = h.fire.count,
		.value = h.fire.value,
		.quality = h.quality };
	out->n_key = captures_key(key, out->key);
	out->n_captures = captures_read(captures, out->capture, MATCH_CAPTURES);
	out->n_values = take_values(c, &rest, h.n_values);
	out->values = c->texts;
	c->told_at = c->told.len - rest.len;
	return true;
}
