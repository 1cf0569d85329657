/* SPDX-License-Identifier: Apache-2.0 */
/* Names and values in a row of bytes, each with its length before it. */
#include "correlate/engine.h"

void
captures_add(struct buf *b, const struct field *f)
{
	buf_add_varint(b, f->name.len);
	buf_add(b, f->name);
	buf_add_varint(b, f->value.len);
	buf_add(b, f->value);
}

static bool
take_text(struct str *rest, struct str *out)
{
	uint64_t len;

	if (rest->len > 0 && (unsigned char)rest->ptr[0] < 0x80) { /* nearly always */
		len = (unsigned char)rest->ptr[0];
		*rest = (struct str){ rest->ptr + 1, rest->len - 1 };
	} else if (!buf_take_varint(rest, &len))
		return false;
	if (len > rest->len)
		return false;
	*out = (struct str){ rest->ptr, (size_t)len };
	*rest = (struct str){ rest->ptr + len, rest->len - (size_t)len };
	return true;
}

static bool
take(struct str *rest, struct field *f)
{
	return take_text(rest, &f->name) && take_text(rest, &f->value);
}

size_t
captures_read(struct str bytes, struct field *out, size_t max)
{
	size_t n = 0;

	while (n < max && bytes.len > 0 && take(&bytes, &out[n]))
		n++;
	return n;
}

size_t
captures_key(struct str bytes, struct str out[CORRELATE_KEY_MAX])
{
	size_t n = 0;

	while (n < CORRELATE_KEY_MAX && bytes.len > 0 && take_text(&bytes, &out[n]))
		n++;
	return n;
}

/* The same names and values in the same order: the usual case. */
static bool
is_same(const struct match *m, struct str old)
{
	struct field f;

	for (size_t i = 0; i < m->n_captures; i++)
		if (!take(&old, &f) || !str_eq(f.name, m->capture[i].name) ||
			!str_eq(f.value, m->capture[i].value))
			return false;
	return true;
}

static bool
has(const struct match *m, struct str name)
{
	for (size_t i = 0; i < m->n_captures; i++)
		if (str_eq(m->capture[i].name, name))
			return true;
	return false;
}

bool
captures_merge(struct buf *to, const struct match *m, struct str old)
{
	size_t n = m->n_captures;
	struct field f;

	if (is_same(m, old))
		return false;
	buf_reset(to);
	for (size_t i = 0; i < n; i++)
		captures_add(to, &m->capture[i]);
	while (n < MATCH_CAPTURES && old.len > 0 && take(&old, &f))
		if (!has(m, f.name)) {
			captures_add(to, &f);
			n++;
		}
	return true;
}
