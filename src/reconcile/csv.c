/* SPDX-License-Identifier: Apache-2.0 */
#include "reconcile/csv.h"

#include <string.h>

/* The first of them in the first line; a comma when there is none. */
static char
find_separator(struct str text)
{
	struct str line = str_cut(&text, '\n');

	for (size_t i = 0; i < line.len; i++)
		if (line.ptr[i] == ',' || line.ptr[i] == ';' || line.ptr[i] == '\t')
			return line.ptr[i];
	return ',';
}

void
csv_init(struct csv *c, struct diag *d, struct arena *a)
{
	c->diag = d;
	c->arena = a;
	c->rest = d->src->text;
	c->n = 0;
	if (str_starts(c->rest, STR("\xef\xbb\xbf")))
		c->rest = str_sub(c->rest, 3, c->rest.len);
	c->separator = find_separator(c->rest);
}

static bool
is_end(const struct csv *c, size_t at)
{
	char b = at < c->rest.len ? c->rest.ptr[at] : '\n';

	return b == c->separator || b == '\n' ||
	       (b == '\r' && (at + 1 >= c->rest.len || c->rest.ptr[at + 1] == '\n'));
}

static bool
fail(struct csv *c, struct str where, const char *text_z)
{
	diag_error(c->diag, where, "%s", text_z);
	return false;
}

/* The value between quotes with its doubled quotes made single. */
static bool
undouble(struct csv *c, struct str raw, struct str *out)
{
	char *p = arena_alloc(c->arena, raw.len);
	size_t n = 0;

	if (p == NULL)
		return fail(c, raw, "out of memory");
	for (size_t i = 0; i < raw.len; i++) {
		p[n++] = raw.ptr[i];
		if (raw.ptr[i] == '"')
			i++;
	}
	*out = (struct str){ .ptr = p, .len = n };
	return true;
}

/* rest begins with a quote. */
static bool
take_quoted(struct csv *c, struct csv_field *f)
{
	size_t i = 1;
	bool doubled = false;

	for (;; i++) {
		const char *hit = memchr(c->rest.ptr + i, '"', c->rest.len - i);

		if (hit == NULL)
			return fail(
				c, str_sub(c->rest, 0, 1), "a quote that nothing closes");
		i = (size_t)(hit - c->rest.ptr);
		if (i + 1 >= c->rest.len || c->rest.ptr[i + 1] != '"')
			break;
		doubled = true;
		i++;
	}
	f->where = str_sub(c->rest, 0, i + 1);
	f->value = str_sub(c->rest, 1, i - 1);
	if (!is_end(c, i + 1))
		return fail(c, str_sub(c->rest, i + 1, 1), "text behind a closing quote");
	return !doubled || undouble(c, f->value, &f->value);
}

static bool
take_field(struct csv *c)
{
	struct csv_field *f = &c->field[c->n];
	size_t i = 0;

	if (c->n >= CSV_FIELDS_MAX)
		return fail(c, str_sub(c->rest, 0, 1), "more than 256 fields in a row");
	c->n++;
	if (c->rest.len > 0 && c->rest.ptr[0] == '"') {
		if (!take_quoted(c, f))
			return false;
	} else {
		while (!is_end(c, i))
			i++;
		f->where = f->value = str_sub(c->rest, 0, i);
	}
	c->rest = str_sub(c->rest, f->where.len, c->rest.len);
	return true;
}

/* Moves behind the line's end. */
static void
skip_end(struct csv *c)
{
	if (c->rest.len > 0 && c->rest.ptr[0] == '\r')
		c->rest = str_sub(c->rest, 1, c->rest.len);
	if (c->rest.len > 0)
		c->rest = str_sub(c->rest, 1, c->rest.len);
}

bool
csv_next(struct csv *c)
{
	while (c->rest.len > 0) {
		c->n = 0;
		if (!take_field(c))
			return false;
		while (c->rest.len > 0 && c->rest.ptr[0] == c->separator) {
			c->rest = str_sub(c->rest, 1, c->rest.len);
			if (!take_field(c))
				return false;
		}
		skip_end(c);
		if (c->n > 1 || c->field[0].where.len > 0)
			return true;
	}
	return false;
}
