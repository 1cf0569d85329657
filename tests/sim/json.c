/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <stdlib.h>
#include <string.h>

#define MEMBERS_MAX 64

struct slice {
	const char *ptr;
	size_t len;
};

struct member {
	struct slice key, value;
};

static void value(
	struct text *out, struct slice v, enum json_style style, unsigned level);

/* One past the value that starts at p. */
static const char *
skip(const char *p)
{
	int depth = 0;

	do {
		if (*p == '"') {
			for (p++; *p != '"'; p++)
				p += *p == '\\';
		} else if (*p == '{' || *p == '[') {
			depth++;
		} else if (*p == '}' || *p == ']') {
			depth--;
		}
		p++;
	} while (depth > 0 ||
		 (*p != ',' && *p != '}' && *p != ']' && *p != ':' && *p != '\0'));
	return p;
}

static size_t
split(struct slice v, struct member *m)
{
	const char *p = v.ptr + 1, *end = v.ptr + v.len - 1;
	size_t n = 0;

	while (p < end && n < MEMBERS_MAX) {
		const char *q = skip(p);

		m[n] = (struct member){ .value = { p, (size_t)(q - p) } };
		if (*v.ptr == '{') {
			m[n].key = m[n].value;
			p = q + 1;
			q = skip(p);
			m[n].value = (struct slice){ p, (size_t)(q - p) };
		}
		n++;
		p = q + (q < end);
	}
	return n;
}

static int
by_key(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	size_t n = x->key.len < y->key.len ? x->key.len : y->key.len;

	return memcmp(x->key.ptr, y->key.ptr, n);
}

static void
line(struct text *out, enum json_style style, unsigned level)
{
	text_char(out, '\n');
	for (unsigned i = 0; i < level * (style == JSON_KUBECTL ? 4 : 2); i++)
		text_char(out, ' ');
}

static void
object(struct text *out, struct slice v, enum json_style style, unsigned level)
{
	struct member m[MEMBERS_MAX];
	size_t n = split(v, m);

	if (style == JSON_KUBECTL)
		qsort(m, n, sizeof(m[0]), by_key);
	text_char(out, '{');
	for (size_t i = 0; i < n; i++) {
		line(out, style, level + 1);
		text_put(out, m[i].key.ptr, m[i].key.len);
		text_str(out, style == JSON_KUBECTL ? ": " : " : ");
		value(out, m[i].value, style, level + 1);
		if (i + 1 < n)
			text_char(out, ',');
	}
	line(out, style, level);
	text_char(out, '}');
}

static void
array(struct text *out, struct slice v, enum json_style style, unsigned level)
{
	const char *p = v.ptr + 1, *end = v.ptr + v.len - 1;

	text_str(out, style == JSON_KUBECTL ? "[" : "[ ");
	while (p < end) {
		const char *q = skip(p);

		if (style == JSON_KUBECTL)
			line(out, style, level + 1);
		value(out, (struct slice){ p, (size_t)(q - p) }, style,
			level + (style == JSON_KUBECTL));
		if (q < end)
			text_str(out, style == JSON_KUBECTL ? "," : ", ");
		p = q + (q < end);
	}
	if (style == JSON_KUBECTL && v.len > 2)
		line(out, style, level);
	text_str(out, style == JSON_KUBECTL || v.len == 2 ? "]" : " ]");
}

static void
value(struct text *out, struct slice v, enum json_style style, unsigned level)
{
	if (*v.ptr == '{' && v.len > 2)
		object(out, v, style, level);
	else if (*v.ptr == '[')
		array(out, v, style, level);
	else
		text_put(out, v.ptr, v.len);
}

void
json_layout(struct text *out, const char *in, enum json_style style, unsigned level)
{
	value(out, (struct slice){ in, strlen(in) }, style, level);
}
