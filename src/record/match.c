/* SPDX-License-Identifier: Apache-2.0 */
/* Matches in order, and as bytes for the journal and the sorted runs. */
#include "record/match.h"

#include <stddef.h>
#include <string.h>

bool
match_field(const struct match *m, struct str name, struct str *out)
{
	return match_field_or(m, name, LABEL_COUNT, out) ||
	       match_field_or(m, name, label_find(name), out);
}

static int
cmp_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

int
match_cmp(const struct match *a, const struct match *b)
{
	int c = (a->at_ns > b->at_ns) - (a->at_ns < b->at_ns);

	if (c == 0)
		c = cmp_u64(a->source_id, b->source_id);
	if (c == 0)
		c = cmp_u64(a->place.offset, b->place.offset);
	if (c == 0)
		c = cmp_u64(a->place.ordinal, b->place.ordinal);
	return c != 0 ? c : cmp_u64(a->rule, b->rule);
}

void
match_view(struct match *to, const struct match *m)
{
	memcpy(to, m,
		offsetof(struct match, capture) + m->n_captures * sizeof(m->capture[0]));
}

void
match_copy(struct match *m, struct arena *a)
{
	for (size_t i = 0; i < LABEL_COUNT; i++)
		m->label[i] = arena_copy(a, m->label[i]);
	m->text = arena_copy(a, m->text);
	for (size_t i = 0; i < m->n_captures; i++) {
		m->capture[i].name = arena_copy(a, m->capture[i].name);
		m->capture[i].value = arena_copy(a, m->capture[i].value);
	}
}

/*
 * All numbers, then all lengths, then all bytes: one look at the room, no loops over
 * bits. Native byte order: what is written is read on the same machine.
 */
struct numbers {
	uint64_t source_id, id, offset;
	int64_t at_ns;
	uint32_t rule, source, ordinal, weight;
	uint8_t quality, category, n_captures, unused;
	uint32_t n_bytes; /* of all texts */
};

#define TEXTS_MAX (LABEL_COUNT + 1 + 2 * MATCH_CAPTURES)

/* Labels, text, names and values of captures, in this order. */
static size_t
list_texts(const struct match *m, struct str out[TEXTS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < LABEL_COUNT; i++)
		out[n++] = m->label[i];
	out[n++] = m->text;
	for (size_t i = 0; i < m->n_captures; i++) {
		out[n++] = m->capture[i].name;
		out[n++] = m->capture[i].value;
	}
	return n;
}

void
match_encode(struct buf *b, const struct match *m)
{
	struct str text[TEXTS_MAX];
	uint16_t len[TEXTS_MAX];
	size_t n = list_texts(m, text), total = 0;
	struct numbers v = { .source_id = m->source_id,
		.id = match_id(m),
		.offset = m->place.offset,
		.at_ns = m->at_ns,
		.rule = m->rule,
		.source = m->source,
		.ordinal = m->place.ordinal,
		.weight = m->weight,
		.quality = (uint8_t)m->quality,
		.category = (uint8_t)m->category,
		.n_captures = (uint8_t)m->n_captures };
	char *p;

	for (size_t i = 0; i < n; i++) {
		if (text[i].len > UINT16_MAX) /* no label or name is */
			text[i].len = UINT16_MAX;
		len[i] = (uint16_t)text[i].len;
		total += text[i].len;
	}
	v.n_bytes = (uint32_t)total;
	p = buf_grow(b, sizeof(v) + n * sizeof(len[0]) + total);
	if (p == NULL)
		return;
	memcpy(p, &v, sizeof(v));
	p += sizeof(v);
	memcpy(p, len, n * sizeof(len[0]));
	p += n * sizeof(len[0]);
	for (size_t i = 0; i < n; i++) {
		if (text[i].len > 0)
			memcpy(p, text[i].ptr, text[i].len);
		p += text[i].len;
	}
}

static bool
take_numbers(struct str *p, struct match *m, size_t *n_bytes)
{
	struct numbers v;

	if (p->len < sizeof(v))
		return false;
	memcpy(&v, p->ptr, sizeof(v));
	if (v.quality > TIME_FILE_DATE || v.category >= RECORD_CATEGORIES ||
		v.n_captures > MATCH_CAPTURES)
		return false;
	*p = str_sub(*p, sizeof(v), p->len);
	m->rule = v.rule;
	m->source = v.source;
	m->source_id = v.source_id;
	m->id = v.id;
	m->id_seed = 0;
	m->at_ns = v.at_ns;
	m->quality = (enum time_quality)v.quality;
	m->category = (enum record_category)v.category;
	m->place = (struct place){ v.offset, v.ordinal };
	m->weight = v.weight;
	m->n_captures = v.n_captures;
	*n_bytes = v.n_bytes;
	return true;
}

/* The lengths stand at lens; false when they go beyond the bytes. */
static bool
take_text(const char *lens, size_t i, struct str *bytes, struct str *out)
{
	uint16_t len;

	memcpy(&len, lens + i * sizeof(len), sizeof(len));
	return buf_take(bytes, len, out);
}

bool
match_decode(struct str *from, struct match *out)
{
	struct str p = *from, lens;
	size_t n_bytes, n = 0;
	bool good = true;

	if (!take_numbers(&p, out, &n_bytes))
		return false;
	n = LABEL_COUNT + 1 + 2 * out->n_captures;
	if (!buf_take(&p, n * sizeof(uint16_t), &lens) || n_bytes > p.len)
		return false;
	*from = str_sub(p, n_bytes, p.len);
	p.len = n_bytes;
	n = 0;
	for (size_t i = 0; i < LABEL_COUNT; i++)
		good = good && take_text(lens.ptr, n++, &p, &out->label[i]);
	good = good && take_text(lens.ptr, n++, &p, &out->text);
	for (size_t i = 0; i < out->n_captures; i++) {
		good = good && take_text(lens.ptr, n++, &p, &out->capture[i].name);
		good = good && take_text(lens.ptr, n++, &p, &out->capture[i].value);
	}
	return good;
}
