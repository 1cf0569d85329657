/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/journal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define JOURNAL_VERSION 1

static void
begin_item(struct buf *b, enum journal_kind kind)
{
	if (b->len == 0)
		buf_add_char(b, JOURNAL_VERSION);
	buf_add_char(b, (char)kind);
}

void
journal_add(struct buf *b, enum journal_kind kind, int64_t at_ns, int64_t to_ns,
	uint32_t rule)
{
	begin_item(b, kind);
	buf_add_zigzag(b, at_ns);
	if (kind == JOURNAL_GAP)
		buf_add_zigzag(b, to_ns);
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
	buf_add_zigzag(b, o->at_ns);
	buf_add_zigzag(b, o->first_ns);
	buf_add_zigzag(b, o->last_ns);
	buf_add_varint(b, o->deciding);
	buf_add_varint(b, o->count);
	memcpy(&bits, &o->value, sizeof(bits));
	buf_add_varint(b, bits);
	buf_add_varint(b, o->quality);
	buf_add_varint(b, o->n_key);
	for (size_t i = 0; i < o->n_key; i++)
		buf_add_text(b, o->key[i]);
	buf_add_varint(b, o->n_captures);
	for (size_t i = 0; i < o->n_captures; i++) {
		buf_add_text(b, o->capture[i].name);
		buf_add_text(b, o->capture[i].value);
	}
	buf_add_varint(b, o->n_values);
	for (size_t i = 0; i < o->n_values; i++)
		buf_add_text(b, o->values[i]);
}

bool
journal_open(struct journal_reader *r, struct str blob)
{
	*r = (struct journal_reader){ .in = { .rest = blob } };
	return unpack_byte(&r->in) == JOURNAL_VERSION;
}

void
journal_close(struct journal_reader *r)
{
	free(r->values);
	r->values = NULL;
}

static void
take_numbers(struct unpack *in, struct outcome *o)
{
	uint64_t bits;

	o->kind = (enum outcome_kind)unpack_u64(in, OUTCOME_UNKNOWN);
	o->corr = (uint32_t)unpack_u64(in, UINT32_MAX);
	o->at_ns = unpack_zigzag(in);
	o->first_ns = unpack_zigzag(in);
	o->last_ns = unpack_zigzag(in);
	o->deciding = unpack_u64(in, UINT64_MAX);
	o->count = unpack_u64(in, UINT64_MAX);
	bits = unpack_u64(in, UINT64_MAX);
	memcpy(&o->value, &bits, sizeof(o->value));
	o->quality = (enum time_quality)unpack_u64(in, TIME_FILE_DATE);
}

/* Each value takes a byte at least: what is asked for is bounded by the blob. */
static int
take_values(struct journal_reader *r, struct outcome *o)
{
	size_t n = unpack_u64(&r->in, r->in.rest.len);

	if (n > r->cap_values) {
		struct str *p = realloc(r->values, n * sizeof(*p));

		if (p == NULL)
			return -ENOMEM;
		r->values = p;
		r->cap_values = n;
	}
	for (size_t i = 0; i < n; i++)
		r->values[i] = unpack_text(&r->in);
	o->values = r->values;
	o->n_values = n;
	return 0;
}

static int
take_early(struct journal_reader *r, struct outcome *o)
{
	struct unpack *in = &r->in;

	take_numbers(in, o);
	o->n_key = unpack_u64(in, CORRELATE_KEY_MAX);
	for (size_t i = 0; i < o->n_key; i++)
		o->key[i] = unpack_text(in);
	o->n_captures = unpack_u64(in, MATCH_CAPTURES);
	for (size_t i = 0; i < o->n_captures; i++) {
		o->capture[i].name = unpack_text(in);
		o->capture[i].value = unpack_text(in);
	}
	return take_values(r, o);
}

static void
take_plain(struct unpack *in, struct journal_item *out)
{
	out->at_ns = unpack_zigzag(in);
	if (out->kind == JOURNAL_GAP)
		out->to_ns = unpack_zigzag(in);
	else if (out->kind == JOURNAL_BLIND)
		out->rule = (uint32_t)unpack_u64(in, UINT32_MAX);
}

int
journal_next(struct journal_reader *r, struct journal_item *out)
{
	int err = 0;
	unsigned char kind;

	*out = (struct journal_item){ 0 };
	if (unpack_ended(&r->in))
		return 0;
	kind = unpack_byte(&r->in);
	if (kind >= JOURNAL_KINDS)
		return -EINVAL;
	out->kind = (enum journal_kind)kind;
	if (out->kind == JOURNAL_MATCH)
		r->in.bad = !match_decode(&r->in.rest, &out->match);
	else if (out->kind == JOURNAL_EARLY)
		err = take_early(r, &out->outcome);
	else
		take_plain(&r->in, out);
	if (err == 0 && r->in.bad)
		err = -EINVAL;
	return err != 0 ? err : 1;
}
