/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outcomes wait here until they are taken, each in one small block: the end of input may
 * tell of a hundred thousand absences at once.
 */
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "correlate/engine.h"

struct told {
	struct told *next;
	struct outcome_head {
		enum outcome_kind kind;
		enum time_quality quality;
		uint32_t corr;
		uint64_t deciding;
		struct fire fire;
	} head;
	size_t key_len, captures_len, n_values;
	char bytes[]; /* key, captures, values with their lengths before them */
};

size_t
told_key(struct str bytes, struct str out[CORRELATE_KEY_MAX])
{
	uint64_t len;
	size_t n = 0;

	while (n < CORRELATE_KEY_MAX && bytes.len > 0 && buf_take_varint(&bytes, &len) &&
		buf_take(&bytes, (size_t)len, &out[n]))
		n++;
	return n;
}

size_t
told_captures(struct str bytes, struct field *out, size_t max)
{
	uint64_t len;
	size_t n = 0;

	while (n < max && bytes.len > 0 && buf_take_varint(&bytes, &len) &&
		buf_take(&bytes, (size_t)len, &out[n].name) &&
		buf_take_varint(&bytes, &len) &&
		buf_take(&bytes, (size_t)len, &out[n].value))
		n++;
	return n;
}

static char *
put(char *at, const void *from, size_t len)
{
	if (len > 0)
		memcpy(at, from, len);
	return at + len;
}

static size_t
values_len(const struct key *k)
{
	size_t n = 0;

	for (size_t i = 0; i < k->moments.len; i++)
		n += sizeof(size_t) + moments_at(&k->moments, i)->text.len;
	return n;
}

void
told_add(struct correlator *c, const struct key *k, enum outcome_kind kind,
	const struct fire *f)
{
	bool distinct = c->rs->corrs[k->corr].type == CORR_VALUE_COUNT;
	struct str captures = buf_str(&k->captures);
	struct told *t = malloc(sizeof(*t) + k->bytes.len + captures.len +
				(distinct ? values_len(k) : 0));
	char *at;

	if (t == NULL) {
		c->counts.full++;
		return;
	}
	*t = (struct told){ .key_len = k->bytes.len,
		.captures_len = captures.len,
		.n_values = distinct ? k->moments.len : 0 };
	t->head = (struct outcome_head){ kind, k->quality, k->corr, k->deciding, *f };
	at = put(t->bytes, k->bytes.ptr, k->bytes.len);
	at = put(at, captures.ptr, captures.len);
	for (size_t i = 0; i < t->n_values; i++) {
		struct str text = moments_at(&k->moments, i)->text;

		at = put(at, &text.len, sizeof(text.len));
		at = put(at, text.ptr, text.len);
	}
	if (c->last != NULL)
		c->last->next = t;
	else
		c->first = t;
	c->last = t;
}

/* The views of the values; fewer when memory is out. */
static size_t
read_values(struct correlator *c, const struct told *t)
{
	const char *at = t->bytes + t->key_len + t->captures_len;

	if (t->n_values > c->values_cap) {
		struct str *p = realloc(c->values, t->n_values * sizeof(*p));

		if (p == NULL)
			return 0;
		c->values = p;
		c->values_cap = t->n_values;
	}
	for (size_t i = 0; i < t->n_values; i++) {
		memcpy(&c->values[i].len, at, sizeof(size_t));
		c->values[i].ptr = at + sizeof(size_t);
		at += sizeof(size_t) + c->values[i].len;
	}
	return t->n_values;
}

bool
correlator_next(struct correlator *c, struct outcome *out)
{
	const struct told *t = c->first;

	free(c->current);
	c->current = c->first;
	if (t == NULL)
		return false;
	c->first = t->next;
	if (c->first == NULL)
		c->last = NULL;
	*out = (struct outcome){ .kind = t->head.kind,
		.corr = t->head.corr,
		.at_ns = t->head.fire.at_ns,
		.first_ns = t->head.fire.first_ns,
		.last_ns = t->head.fire.last_ns,
		.deciding = t->head.deciding,
		.count = t->head.fire.count,
		.value = t->head.fire.value,
		.quality = t->head.quality };
	out->n_key = told_key((struct str){ t->bytes, t->key_len }, out->key);
	out->n_captures =
		told_captures((struct str){ t->bytes + t->key_len, t->captures_len },
			out->capture, MATCH_CAPTURES);
	out->n_values = read_values(c, t);
	out->values = c->values;
	return true;
}

void
told_free(struct correlator *c)
{
	while (c->first != NULL) {
		struct told *next = c->first->next;

		free(c->first);
		c->first = next;
	}
	free(c->current);
	free(c->values);
}
