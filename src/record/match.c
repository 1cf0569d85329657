/* SPDX-License-Identifier: Apache-2.0 */
/* Matches in order, and as bytes for the journal and the sorted runs. */
#include "record/match.h"

bool
match_field(const struct match *m, struct str name, struct str *out)
{
	enum label label;

	for (size_t i = 0; i < m->n_captures; i++)
		if (str_eq(m->capture[i].name, name)) {
			*out = m->capture[i].value;
			return true;
		}
	label = label_find(name);
	if (label == LABEL_COUNT || m->label[label].len == 0)
		return false;
	*out = m->label[label];
	return true;
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

static void
put_text(struct buf *b, struct str s)
{
	buf_add_varint(b, s.len);
	buf_add(b, s);
}

/* Signed to unsigned, small ones small. */
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

void
match_encode(struct buf *b, const struct match *m)
{
	buf_add_varint(b, m->rule);
	buf_add_varint(b, m->source);
	buf_add_varint(b, m->source_id);
	buf_add_varint(b, m->id);
	buf_add_varint(b, zigzag(m->at_ns));
	buf_add_varint(b, m->quality);
	buf_add_varint(b, m->category);
	buf_add_varint(b, m->place.offset);
	buf_add_varint(b, m->place.ordinal);
	buf_add_varint(b, m->weight);
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		put_text(b, m->label[i]);
	put_text(b, m->text);
	buf_add_varint(b, m->n_captures);
	for (size_t i = 0; i < m->n_captures; i++) {
		put_text(b, m->capture[i].name);
		put_text(b, m->capture[i].value);
	}
}

static bool
take_text(struct str *p, struct str *out)
{
	uint64_t len;

	return buf_take_varint(p, &len) && len <= p->len && buf_take(p, (size_t)len, out);
}

static bool
take_u32(struct str *p, uint32_t *out)
{
	uint64_t v;

	if (!buf_take_varint(p, &v) || v > UINT32_MAX)
		return false;
	*out = (uint32_t)v;
	return true;
}

static bool
take_numbers(struct str *p, struct match *m)
{
	uint32_t quality, category;
	uint64_t at;

	if (!take_u32(p, &m->rule) || !take_u32(p, &m->source) ||
		!buf_take_varint(p, &m->source_id) || !buf_take_varint(p, &m->id) ||
		!buf_take_varint(p, &at) || !take_u32(p, &quality) ||
		!take_u32(p, &category) || !buf_take_varint(p, &m->place.offset) ||
		!take_u32(p, &m->place.ordinal) || !take_u32(p, &m->weight))
		return false;
	if (quality > TIME_FILE_DATE || category >= RECORD_CATEGORIES)
		return false;
	m->at_ns = unzigzag(at);
	m->quality = (enum time_quality)quality;
	m->category = (enum record_category)category;
	return true;
}

bool
match_decode(struct str *from, struct match *out)
{
	struct str p = *from;
	uint64_t n;

	*out = (struct match){ 0 };
	if (!take_numbers(&p, out))
		return false;
	for (unsigned i = 0; i < LABEL_COUNT; i++)
		if (!take_text(&p, &out->label[i]))
			return false;
	if (!take_text(&p, &out->text) || !buf_take_varint(&p, &n) || n > MATCH_CAPTURES)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!take_text(&p, &out->capture[i].name) ||
			!take_text(&p, &out->capture[i].value))
			return false;
	out->n_captures = (size_t)n;
	*from = p;
	return true;
}
