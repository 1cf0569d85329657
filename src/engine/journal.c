/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JOURNAL_VERSION 1

static uint64_t
zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0);
}

static int64_t
unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

static void
begin_item(struct buf *b, enum journal_kind kind)
{
	if (b->len == 0)
		buf_add_char(b, JOURNAL_VERSION);
	buf_add_char(b, (char)kind);
}

static void
put_text(struct buf *b, struct str s)
{
	buf_add_varint(b, s.len);
	buf_add(b, s);
}

void
journal_add(struct buf *b, enum journal_kind kind, int64_t at_ns, int64_t to_ns,
	uint32_t rule)
{
	begin_item(b, kind);
	buf_add_varint(b, zigzag(at_ns));
	if (kind == JOURNAL_GAP)
		buf_add_varint(b, zigzag(to_ns));
	else if (kind == JOURNAL_BLIND)
		buf_add_varint(b, rule);
}

void
journal_add_match(struct buf *b, const struct match *m)
{
	begin_item(b, JOURNAL_MATCH);
	match_encode(b, m);
}

void
journal_add_early(struct buf *b, const struct outcome *o)
{
	uint64_t bits;

	begin_item(b, JOURNAL_EARLY);
	buf_add_varint(b, o->kind);
	buf_add_varint(b, o->corr);
	buf_add_varint(b, zigzag(o->at_ns));
	buf_add_varint(b, zigzag(o->first_ns));
	buf_add_varint(b, zigzag(o->last_ns));
	buf_add_varint(b, o->deciding);
	buf_add_varint(b, o->count);
	memcpy(&bits, &o->value, sizeof(bits));
	buf_add_varint(b, bits);
	buf_add_varint(b, o->quality);
	buf_add_varint(b, o->n_key);
	for (size_t i = 0; i < o->n_key; i++)
		put_text(b, o->key[i]);
	buf_add_varint(b, o->n_captures);
	for (size_t i = 0; i < o->n_captures; i++) {
		put_text(b, o->capture[i].name);
		put_text(b, o->capture[i].value);
	}
	buf_add_varint(b, o->n_values);
	for (size_t i = 0; i < o->n_values; i++)
		put_text(b, o->values[i]);
}

bool
journal_open(struct journal_reader *r, struct str blob)
{
	*r = (struct journal_reader){ .rest = str_sub(blob, 1, blob.len) };
	return blob.len > 0 && blob.ptr[0] == JOURNAL_VERSION;
}

void
journal_close(struct journal_reader *r)
{
	free(r->values);
	r->values = NULL;
}

static bool
take(struct str *p, uint64_t max, uint64_t *out)
{
	return buf_take_varint(p, out) && *out <= max;
}

static bool
take_time(struct str *p, int64_t *out)
{
	uint64_t v;

	if (!buf_take_varint(p, &v))
		return false;
	*out = unzigzag(v);
	return true;
}

static bool
take_text(struct str *p, struct str *out)
{
	uint64_t len;

	return take(p, p->len, &len) && buf_take(p, (size_t)len, out);
}

static bool
take_numbers(struct str *p, struct outcome *o)
{
	uint64_t kind, corr, bits, quality;

	if (!take(p, OUTCOME_UNKNOWN, &kind) || !take(p, UINT32_MAX, &corr) ||
		!take_time(p, &o->at_ns) || !take_time(p, &o->first_ns) ||
		!take_time(p, &o->last_ns) || !buf_take_varint(p, &o->deciding) ||
		!buf_take_varint(p, &o->count) || !buf_take_varint(p, &bits) ||
		!take(p, TIME_FILE_DATE, &quality))
		return false;
	o->kind = (enum outcome_kind)kind;
	o->corr = (uint32_t)corr;
	o->quality = (enum time_quality)quality;
	memcpy(&o->value, &bits, sizeof(o->value));
	return true;
}

/* Each value takes a byte at least: what is asked for is bounded by the blob. */
static int
take_values(struct journal_reader *r, struct outcome *o)
{
	uint64_t n;

	if (!take(&r->rest, r->rest.len, &n))
		return -EINVAL;
	if (n > r->cap_values) {
		struct str *p = realloc(r->values, (size_t)n * sizeof(*p));

		if (p == NULL)
			return -ENOMEM;
		r->values = p;
		r->cap_values = (size_t)n;
	}
	for (size_t i = 0; i < n; i++)
		if (!take_text(&r->rest, &r->values[i]))
			return -EINVAL;
	o->values = r->values;
	o->n_values = (size_t)n;
	return 0;
}

static int
take_early(struct journal_reader *r, struct outcome *o)
{
	uint64_t n;

	if (!take_numbers(&r->rest, o) || !take(&r->rest, CORRELATE_KEY_MAX, &n))
		return -EINVAL;
	o->n_key = (size_t)n;
	for (size_t i = 0; i < o->n_key; i++)
		if (!take_text(&r->rest, &o->key[i]))
			return -EINVAL;
	if (!take(&r->rest, MATCH_CAPTURES, &n))
		return -EINVAL;
	o->n_captures = (size_t)n;
	for (size_t i = 0; i < o->n_captures; i++)
		if (!take_text(&r->rest, &o->capture[i].name) ||
			!take_text(&r->rest, &o->capture[i].value))
			return -EINVAL;
	return take_values(r, o);
}

static bool
take_plain(struct str *p, struct journal_item *out)
{
	uint64_t rule = 0;

	if (!take_time(p, &out->at_ns) ||
		(out->kind == JOURNAL_GAP && !take_time(p, &out->to_ns)) ||
		(out->kind == JOURNAL_BLIND && !take(p, UINT32_MAX, &rule)))
		return false;
	out->rule = (uint32_t)rule;
	return true;
}

int
journal_next(struct journal_reader *r, struct journal_item *out)
{
	struct str kind;
	int err = 0;

	*out = (struct journal_item){ 0 };
	if (r->rest.len == 0)
		return 0;
	if (!buf_take(&r->rest, 1, &kind) || (unsigned char)kind.ptr[0] >= JOURNAL_KINDS)
		return -EINVAL;
	out->kind = (enum journal_kind)kind.ptr[0];
	if (out->kind == JOURNAL_MATCH)
		err = match_decode(&r->rest, &out->match) ? 0 : -EINVAL;
	else if (out->kind == JOURNAL_EARLY)
		err = take_early(r, &out->outcome);
	else
		err = take_plain(&r->rest, out) ? 0 : -EINVAL;
	return err != 0 ? err : 1;
}
