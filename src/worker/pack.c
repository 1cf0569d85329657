/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers, then number of a name and length of its value for each capture, then all
 * bytes. Matches with one capture and no text, as most are of which windows alone are
 * told, are rows behind what they have in common, which is kept once; those of a log come
 * one after the other. What cannot be packed is encoded whole.
 */
#include "worker/pack.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

#define NAMES_MAX   4096
#define NAMES_FIRST 32
#define RECENT      64
#define KINDS       512
#define ROWS_MAX    UINT8_MAX
#define ROWS_BYTES  3800 /* less than is read at a time */

enum tag { TAG_WHOLE = 'w', TAG_PACKED = 'p', TAG_ROWS = 'r' };

/* What matches of a rule and a source have in common. */
struct pack_kind {
	const struct source *source; /* NULL: there is none here */
	struct str service, name;    /* of the capture */
	uint64_t id_seed;
	uint32_t rule;
	enum time_quality quality;
};

/* Rows that may go on. */
struct open {
	const struct pack_kind *kind; /* NULL: there are none */
	size_t at, end;               /* in the buffer: where they begin and end */
	int64_t base_ns;
	uint64_t base_offset;
};

struct pack {
	const struct source **sources; /* by index; NULL: not seen yet */
	size_t n_sources;
	struct str *names; /* NAMES_MAX at most */
	size_t n_names, cap_names;
	uint16_t recent[RECENT]; /* names' numbers by where they stand in memory */
	struct pack_kind *kinds; /* KINDS; each stays where it came first */
	struct open open;
};

/* Native byte order: it never leaves the process. */
struct numbers {
	int64_t at_ns;
	uint64_t id, offset;
	uint32_t rule, source;
	uint16_t service, text;
	uint8_t quality, n_captures;
};

struct piece {
	uint16_t name, len;
};

/* Then the rows. */
struct rows {
	int64_t base_ns;
	uint64_t base_offset;
	uint16_t kind, len; /* of all rows, in bytes */
	uint8_t n;
};

/* Tag and struct rows, without what is behind its last member. */
#define ROWS_HEAD (1 + offsetof(struct rows, n) + 1)

struct pack *
pack_new(void)
{
	return calloc(1, sizeof(struct pack));
}

void
pack_free(struct pack **pp)
{
	struct pack *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	free(p->sources);
	free(p->names);
	free(p->kinds);
	free(p);
}

static bool
is_same(struct str a, struct str b)
{
	return a.ptr == b.ptr && a.len == b.len;
}

static bool
add_name(struct pack *p, struct str name)
{
	if (p->n_names == p->cap_names) {
		size_t cap = p->cap_names > 0 ? 2 * p->cap_names : NAMES_FIRST;
		struct str *grown = realloc(p->names, cap * sizeof(*grown));

		if (grown == NULL)
			return false;
		p->names = grown;
		p->cap_names = cap;
	}
	p->names[p->n_names++] = name;
	return true;
}

/* NAMES_MAX: there is no number left, or no memory for it. */
NEVER_INLINE static size_t
find_number(struct pack *p, struct str name, uint16_t *recent)
{
	size_t i = 0;

	while (i < p->n_names && !is_same(p->names[i], name))
		i++;
	if (i == NAMES_MAX || (i == p->n_names && !add_name(p, name)))
		return NAMES_MAX;
	*recent = (uint16_t)i;
	return i;
}

static inline size_t
number(struct pack *p, struct str name)
{
	uint16_t *recent = &p->recent[(uintptr_t)name.ptr / sizeof(void *) % RECENT];

	if (*recent < p->n_names && is_same(p->names[*recent], name))
		return *recent;
	return find_number(p, name, recent);
}

NEVER_INLINE static bool
note_source(struct pack *p, const struct source *s)
{
	size_t n = p->n_sources > 0 ? p->n_sources : 64;
	const struct source **grown;

	if (s->index < p->n_sources) {
		p->sources[s->index] = s;
		return true;
	}
	while (n <= s->index)
		n *= 2;
	grown = realloc(p->sources, n * sizeof(*grown));
	if (grown == NULL)
		return false;
	memset(grown + p->n_sources, 0, (n - p->n_sources) * sizeof(*grown));
	p->sources = grown;
	p->n_sources = n;
	grown[s->index] = s;
	return true;
}

/* Whether m is of a line of s, and the only one of its place. */
static inline bool
is_line(const struct match *m, const struct source *s)
{
	return s != NULL && m->source == s->index && m->category == RECORD_LOG &&
	       m->weight == 1 && m->place.ordinal == 0;
}

/* Whether all but the captures of m has a place in struct numbers. */
static bool
is_plain(struct pack *p, const struct match *m, const struct source *s)
{
	if (!is_line(m, s) || m->text.len > UINT16_MAX)
		return false;
	return (s->index < p->n_sources && p->sources[s->index] == s) ||
	       note_source(p, s);
}

/* A value is mostly a short one. */
static char *
put(char *to, const char *from, size_t n)
{
	if (n <= 16)
		bytes_copy_few(to, from, n);
	else
		memcpy(to, from, n);
	return to + n;
}

/* The pieces and the bytes behind them; false: there is a name or value of no size. */
static bool
put_captures(struct pack *p, const struct match *m, char *piece, char *value)
{
	for (size_t i = 0; i < m->n_captures; i++, piece += sizeof(struct piece)) {
		const struct field *f = &m->capture[i];
		size_t name = number(p, f->name);
		struct piece v = { (uint16_t)name, (uint16_t)f->value.len };

		if (name == NAMES_MAX || f->value.len > UINT16_MAX)
			return false;
		memcpy(piece, &v, sizeof(v));
		value = put(value, f->value.ptr, f->value.len);
	}
	return true;
}

/* False: it has to be encoded whole. */
NEVER_INLINE static bool
add_packed(struct pack *p, struct buf *out, const struct match *m,
	const struct source *source)
{
	size_t pieces = m->n_captures * sizeof(struct piece), n_bytes = m->text.len;
	size_t service;
	struct numbers v;
	char *to;

	if (!is_plain(p, m, source))
		return false;
	service = number(p, m->label[LABEL_SERVICE]);
	if (service == NAMES_MAX)
		return false;
	for (size_t i = 0; i < m->n_captures; i++)
		n_bytes += m->capture[i].value.len;
	to = buf_grow(out, 1 + sizeof(v) + pieces + n_bytes);
	if (to == NULL)
		return true;
	v = (struct numbers){ .at_ns = m->at_ns,
		.id = match_id(m),
		.offset = m->place.offset,
		.rule = m->rule,
		.source = m->source,
		.service = (uint16_t)service,
		.text = (uint16_t)m->text.len,
		.quality = (uint8_t)m->quality,
		.n_captures = (uint8_t)m->n_captures };
	*to++ = TAG_PACKED;
	memcpy(to, &v, sizeof(v));
	to += sizeof(v);
	return put_captures(p, m, to, put(to + pieces, m->text.ptr, m->text.len));
}

static inline bool
is_of_kind(const struct pack_kind *k, const struct match *m, const struct source *s)
{
	return k->source == s && k->rule == m->rule && k->quality == m->quality &&
	       k->id_seed == m->id_seed && is_same(k->name, m->capture[0].name) &&
	       is_same(k->service, m->label[LABEL_SERVICE]);
}

/* NULL: its place is taken, or there is no memory. */
NEVER_INLINE static const struct pack_kind *
begin_kind(struct pack *p, size_t at, const struct match *m, const struct source *s)
{
	if (p->kinds == NULL)
		p->kinds = calloc(KINDS, sizeof(*p->kinds));
	if (p->kinds == NULL || p->kinds[at].source != NULL)
		return NULL;
	p->kinds[at] = (struct pack_kind){ s, m->label[LABEL_SERVICE], m->capture[0].name,
		m->id_seed, m->rule, m->quality };
	return &p->kinds[at];
}

static const struct pack_kind *
kind_of(struct pack *p, const struct match *m, const struct source *s)
{
	size_t at = (s->index * 37 + m->rule) % KINDS;

	if (p->kinds != NULL && is_of_kind(&p->kinds[at], m, s))
		return &p->kinds[at];
	return begin_kind(p, at, m, s);
}

/* Whether m can be the next row of what is open. */
static inline bool
goes_on(const struct open *o, const struct pack_kind *k, const struct match *m)
{
	return o->kind == k && (uint64_t)m->at_ns - (uint64_t)o->base_ns <= UINT32_MAX &&
	       m->place.offset - o->base_offset <= UINT32_MAX &&
	       o->end - o->at <= ROWS_BYTES;
}

/* False: there is no memory. */
NEVER_INLINE static bool
begin_rows(
	struct pack *p, struct buf *out, const struct pack_kind *k, const struct match *m)
{
	struct rows head = { m->at_ns, m->place.offset, (uint16_t)(k - p->kinds), 0, 0 };
	size_t at = out->len;
	char *to = buf_grow(out, ROWS_HEAD);

	p->open.kind = NULL;
	if (to == NULL)
		return false;
	to[0] = TAG_ROWS;
	memcpy(to + 1, &head, ROWS_HEAD - 1);
	p->open = (struct open){ k, at, out->len, m->at_ns, m->place.offset };
	return true;
}

/* One more, of n bytes; false: no more than these. */
static inline bool
count_row(struct open *o, char *begin, size_t n)
{
	char *len = begin + 1 + offsetof(struct rows, len);
	uint16_t bytes;

	memcpy(&bytes, len, sizeof(bytes));
	bytes = (uint16_t)(bytes + n);
	memcpy(len, &bytes, sizeof(bytes));
	o->end += n;
	return (unsigned char)++begin[1 + offsetof(struct rows, n)] < ROWS_MAX;
}

/* False: it can be none. */
static bool
add_row(struct pack *p, struct buf *out, const struct match *m,
	const struct source *source)
{
	struct open *o = &p->open;
	const struct pack_kind *k;
	struct str value;
	char *to;

	if (m->id != 0 || m->id_seed == 0 || m->n_captures != 1 || m->text.len > 0 ||
		!is_line(m, source))
		return false;
	value = m->capture[0].value;
	k = value.len <= VALUE_ROW_MAX ? kind_of(p, m, source) : NULL;
	if (k == NULL)
		return false;
	if (!goes_on(o, k, m) && !begin_rows(p, out, k, m))
		return true;
	to = buf_grow(out, VALUE_ROW_HEAD + value.len);
	if (to == NULL)
		return true;
	value_row_head(to, (uint32_t)(m->at_ns - o->base_ns),
		(uint32_t)(m->place.offset - o->base_offset), (uint8_t)value.len);
	(void)put(to + VALUE_ROW_HEAD, value.ptr, value.len);
	if (!count_row(o, out->data + o->at, VALUE_ROW_HEAD + value.len))
		o->kind = NULL;
	return true;
}

void
pack_close(struct pack *p)
{
	p->open.kind = NULL;
}

void
pack_add(struct pack *p, struct buf *out, const struct match *m,
	const struct source *source)
{
	size_t before = out->len;

	if (add_row(p, out, m, source))
		return;
	pack_close(p);
	if (add_packed(p, out, m, source))
		return;
	out->len = before;
	buf_add_char(out, TAG_WHOLE);
	match_encode(out, m);
}

/* What a match is that is_line(). */
static inline void
set_line(struct match *m, const struct source *source, struct str service)
{
	m->source = source->index;
	m->source_id = source->id;
	m->category = RECORD_LOG;
	m->weight = 1;
	memcpy(m->label, source->label, sizeof(m->label));
	m->label[LABEL_SERVICE] = service;
}

static bool
take_numbers(const struct pack *p, const char *from, struct match *m, struct numbers *v)
{
	const struct source *source;

	memcpy(v, from, sizeof(*v));
	source = v->source < p->n_sources ? p->sources[v->source] : NULL;
	if (source == NULL || v->service >= p->n_names || v->quality > TIME_FILE_DATE ||
		v->n_captures > MATCH_CAPTURES)
		return false;
	set_line(m, source, p->names[v->service]);
	m->rule = v->rule;
	m->id = v->id;
	m->id_seed = 0;
	m->at_ns = v->at_ns;
	m->quality = (enum time_quality)v->quality;
	m->place = (struct place){ v->offset, 0 };
	m->n_captures = v->n_captures;
	return true;
}

/* Behind the tag. */
static bool
take_packed(const struct pack *p, struct str *from, struct match *out)
{
	const char *piece, *end, *value;
	struct numbers v;

	if (from->len < 1 + sizeof(v) || !take_numbers(p, from->ptr + 1, out, &v))
		return false;
	piece = from->ptr + 1 + sizeof(v);
	end = from->ptr + from->len;
	if ((size_t)(end - piece) < v.n_captures * sizeof(struct piece) + v.text)
		return false;
	value = piece + v.n_captures * sizeof(struct piece);
	out->text = (struct str){ value, v.text };
	value += v.text;
	for (size_t i = 0; i < v.n_captures; i++, piece += sizeof(struct piece)) {
		struct piece c;

		memcpy(&c, piece, sizeof(c));
		if (c.name >= p->n_names || c.len > end - value)
			return false;
		out->capture[i].name = p->names[c.name];
		out->capture[i].value = (struct str){ value, c.len };
		value += c.len;
	}
	*from = (struct str){ value, (size_t)(end - value) };
	return true;
}

/* The next row of what has begun. */
static bool
take_row(struct pack_at *at, struct match *out)
{
	const struct pack_kind *k = at->kind;
	struct value_row row = value_rows_peek(&at->rows);

	set_line(out, k->source, k->service);
	out->rule = k->rule;
	out->at_ns = row.at_ns;
	out->quality = k->quality;
	out->place = (struct place){ row.offset, 0 };
	out->id_seed = k->id_seed;
	out->id = match_make_id(k->id_seed, out->place);
	out->text = (struct str){ 0 };
	out->n_captures = 1;
	out->capture[0].name = k->name;
	out->capture[0].value = row.value;
	value_rows_take(&at->rows, &row);
	return true;
}

/* Behind the tag. False: they are not all there. */
static bool
enter_rows(const struct pack *p, struct pack_at *at)
{
	struct rows v = { 0 };

	if (at->rest.len < ROWS_HEAD)
		return false;
	memcpy(&v, at->rest.ptr + 1, ROWS_HEAD - 1);
	if (at->rest.len - ROWS_HEAD < v.len || v.n == 0 || p->kinds == NULL ||
		v.kind >= KINDS || p->kinds[v.kind].source == NULL)
		return false;
	at->kind = &p->kinds[v.kind];
	at->rows = (struct value_rows){ .next = at->rest.ptr + ROWS_HEAD,
		.n = v.n,
		.base_ns = v.base_ns,
		.base_offset = v.base_offset };
	at->rest = str_sub(at->rest, ROWS_HEAD + v.len, at->rest.len);
	return true;
}

static bool
take_whole(struct str *from, struct match *out)
{
	struct str s = str_sub(*from, 1, from->len);

	if (!match_decode(&s, out))
		return false;
	*from = s;
	return true;
}

bool
pack_take(const struct pack *p, struct pack_at *at, struct match *out)
{
	if (at->rows.n > 0)
		return take_row(at, out);
	if (at->rest.len == 0)
		return false;
	if (at->rest.ptr[0] == TAG_ROWS)
		return enter_rows(p, at) && take_row(at, out);
	return at->rest.ptr[0] == TAG_PACKED ? take_packed(p, &at->rest, out)
					     : take_whole(&at->rest, out);
}

/* Where what has begun, or begins at at, stands among all. */
static size_t
begin_of(struct str all, const struct pack_at *at, size_t begun)
{
	return at->rows.n > 0 ? begun : all.len - at->rest.len;
}

bool
pack_take_placed(const struct pack *p, struct str all, struct pack_at *at,
	struct match *out, struct pack_place *place)
{
	size_t pos = begin_of(all, at, place->pos);
	const char *row = at->rows.next;

	if (at->rows.n == 0 && at->rest.len > 0 && at->rest.ptr[0] == TAG_ROWS)
		row = at->rest.ptr + ROWS_HEAD;
	else if (at->rows.n == 0)
		row = NULL;
	if (!pack_take(p, at, out))
		return false;
	place->pos = pos;
	place->row = row != NULL ? (uint32_t)(row - (all.ptr + pos)) : 0;
	place->len = (uint32_t)(all.len - at->rest.len - pos);
	return true;
}

bool
pack_look(const struct pack *p, struct str all, const struct pack_place *place,
	struct match *out)
{
	struct pack_at at = { .rest = str_sub(all, place->pos, all.len) };

	if (place->row == 0)
		return pack_take(p, &at, out);
	if (!enter_rows(p, &at))
		return false;
	at.rows.next = all.ptr + place->pos + place->row;
	return take_row(&at, out);
}

void
pack_copy(struct buf *out, struct str all, const struct pack_place *place)
{
	struct str begin = str_sub(all, place->pos, place->len);
	struct value_rows row = { .next = begin.ptr + place->row };
	struct rows head = { .n = 1 };
	size_t n;
	char *to;

	if (place->row == 0) {
		buf_add(out, begin);
		return;
	}
	n = VALUE_ROW_HEAD + value_rows_peek(&row).value.len;
	to = buf_grow(out, ROWS_HEAD + n);
	if (to == NULL)
		return;
	memcpy(&head, begin.ptr + 1, offsetof(struct rows, len));
	head.len = (uint16_t)n;
	to[0] = TAG_ROWS;
	memcpy(to + 1, &head, ROWS_HEAD - 1);
	memcpy(to + ROWS_HEAD, row.next, n);
}
