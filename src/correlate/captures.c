/* SPDX-License-Identifier: Apache-2.0 */
/* Names and values in a row of bytes, each with its length before it. */
#include <string.h>

#include "correlate/engine.h"

#define VARINT_MAX 10 /* bytes of a length */

static char *
put_text(char *p, struct str s)
{
	size_t rest = s.len;

	for (; rest >= 0x80; rest >>= 7)
		*p++ = (char)(rest | 0x80);
	*p++ = (char)rest;
	if (s.len > 0)
		memcpy(p, s.ptr, s.len);
	return p + s.len;
}

void
captures_add_key(struct buf *b, const struct str *values, size_t n)
{
	size_t size = VARINT_MAX * n;
	char *p;

	for (size_t i = 0; i < n; i++)
		size += values[i].len;
	p = buf_grow(b, size);
	if (p == NULL)
		return;
	for (size_t i = 0; i < n; i++)
		p = put_text(p, values[i]);
	b->len = (size_t)(p - b->data);
}

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

enum alike { OTHER_NAMES, OTHER_VALUES, ALIKE };

/* The same names in the same order: the usual case. */
static enum alike
compare(const struct field *f, size_t n, struct str old)
{
	bool same = true;
	struct field x;

	for (size_t i = 0; i < n; i++) {
		if (!take(&old, &x) || !str_eq(x.name, f[i].name))
			return OTHER_NAMES;
		same = same && str_eq(x.value, f[i].value);
	}
	if (same)
		return ALIKE;
	return old.len == 0 ? OTHER_VALUES : OTHER_NAMES;
}

void
captures_put(struct buf *to, const struct field *f, size_t n)
{
	size_t size = 2 * VARINT_MAX * n;
	char *p;

	for (size_t i = 0; i < n; i++)
		size += f[i].name.len + f[i].value.len;
	buf_reset(to);
	p = buf_grow(to, size);
	if (p == NULL)
		return;
	for (size_t i = 0; i < n; i++) {
		p = put_text(p, f[i].name);
		p = put_text(p, f[i].value);
	}
	to->len = (size_t)(p - to->data);
}

/* Texts of 128 bytes and more do not count: they are few. */
bool
captures_named_as(const struct field *f, size_t n, struct str old)
{
	const unsigned char *p = (const unsigned char *)old.ptr, *end;

	if (old.len == 0)
		return n == 0;
	end = p + old.len;
	for (size_t i = 0; i < n; i++) {
		struct str name = f[i].name;

		if ((size_t)(end - p) < name.len + 2 || *p >= 0x80 || *p != name.len ||
			memcmp(p + 1, name.ptr, name.len) != 0)
			return false;
		p += 1 + name.len;
		if (*p >= 0x80)
			return false;
		p += 1 + *p;
	}
	return p == end;
}

static bool
has(const struct field *f, size_t n, struct str name)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(f[i].name, name))
			return true;
	return false;
}

bool
captures_merge(struct buf *to, const struct field *f, size_t n, struct str old)
{
	enum alike alike = compare(f, n, old);
	size_t all = n;
	struct field x;

	if (alike == ALIKE)
		return false;
	captures_put(to, f, n);
	if (alike == OTHER_VALUES)
		return true;
	while (all < MATCH_CAPTURES && old.len > 0 && take(&old, &x))
		if (!has(f, n, x.name)) {
			captures_add(to, &x);
			all++;
		}
	return true;
}
