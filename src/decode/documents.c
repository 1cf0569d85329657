/* SPDX-License-Identifier: Apache-2.0 */
/* Counts braces outside of strings; whether it is JSON at all is the reader's business.
 */
#include "decode/documents.h"

#include <string.h>

void
documents_init(struct documents *d, size_t max_object)
{
	*d = (struct documents){ 0 };
	buf_init(&d->text, max_object);
}

void
documents_fini(struct documents *d)
{
	buf_fini(&d->text);
}

bool
documents_copy(struct documents *to, const struct documents *from)
{
	struct buf text = to->text;

	text.limit = from->text.limit;
	buf_reset(&text);
	buf_add(&text, buf_str(&from->text));
	*to = *from;
	to->text = text;
	if (buf_failed(&text))
		return false;
	to->text.failed = from->text.failed;
	return true;
}

static void
restart(struct documents *d)
{
	d->depth = d->item_depth = 0;
	d->in_string = d->escaped = d->is_key = d->expects_key = false;
	d->key_len = 0;
}

/* A byte of a string; only names of the outermost object are kept. */
static void
string_byte(struct documents *d, char c)
{
	if (d->escaped) {
		d->escaped = false;
	} else if (c == '\\') {
		d->escaped = true;
	} else if (c == '"') {
		d->in_string = d->is_key = false;
		return;
	}
	if (d->is_key && d->key_len < sizeof(d->key))
		d->key[d->key_len++] = c;
}

static bool
is_items(const struct documents *d)
{
	return d->key_len == 5 && memcmp(d->key, "items", 5) == 0;
}

static void
open_one(struct documents *d, char c)
{
	d->depth++;
	if (d->depth > DOCUMENTS_DEPTH) {
		d->bad++;
		d->junk = true;
		restart(d);
		return;
	}
	if (c == '[' && d->depth == 2 && d->item_depth == 0 && is_items(d)) {
		d->item_depth = 2;
		buf_reset(&d->text);
	}
	d->expects_key = c == '{' && d->depth == 1;
	d->key_len = d->depth == 1 ? 0 : d->key_len;
}

/* True: an object is complete. */
static bool
close_one(struct documents *d)
{
	if (d->depth == 0)
		return false;
	d->depth--;
	if (d->item_depth > 0 && d->depth == d->item_depth)
		return true;
	if (d->item_depth > 0 && d->depth < d->item_depth && d->depth > 0)
		d->item_depth = UINT32_MAX; /* behind the items: nothing of interest */
	if (d->depth > 0)
		return false;
	if (d->item_depth > 0) {
		restart(d);
		buf_reset(&d->text);
		return false;
	}
	restart(d);
	return true;
}

/* A byte outside of strings. True: an object ends with it. */
static bool
plain_byte(struct documents *d, char c)
{
	switch (c) {
	case '"':
		d->in_string = true;
		d->is_key = d->depth == 1 && d->expects_key;
		if (d->is_key)
			d->key_len = 0;
		return false;
	case '{':
	case '[':
		open_one(d, c);
		return false;
	case '}':
	case ']':
		return close_one(d);
	case ':':
		if (d->depth == 1)
			d->expects_key = false;
		return false;
	case ',':
		if (d->depth == 1)
			d->expects_key = true;
		return false;
	default:
		return false;
	}
}

/* A byte between documents. */
static void
between(struct documents *d, char c)
{
	d->begin = d->taken - 1;
	if (c == '{') {
		buf_reset(&d->text);
		return;
	}
	if (strchr(" \t\r\n[],", c) == NULL || c == '\0') {
		d->bad++;
		d->junk = true;
	}
}

static void
keep(struct documents *d, const char *from, size_t n)
{
	bool member = d->item_depth == 0 || d->depth > d->item_depth;

	if (n > 0 && member && d->item_depth != UINT32_MAX)
		buf_add(&d->text, (struct str){ from, n });
}

static bool
finish(struct documents *d, struct str *out)
{
	if (buf_failed(&d->text)) {
		d->bad++;
		buf_reset(&d->text);
		return false;
	}
	*out = buf_str(&d->text);
	return true;
}

/* In a list: where a member begins, and what is between members. */
static void
before_item(struct documents *d, char c)
{
	if (d->item_depth > 0 && d->depth == d->item_depth && c == '{')
		buf_reset(&d->text);
}

/* Bytes at the start of p that change nothing: inside of a string, or of a number. */
static size_t
dull_bytes(const struct documents *d, struct str p)
{
	const char *stops = d->in_string ? "\"\\" : "\"{}[]:,";
	size_t n = 0;

	if (d->escaped || d->is_key || d->depth == 0)
		return 0;
	while (n < p.len && (p.ptr[n] == '\0' || strchr(stops, p.ptr[n]) == NULL))
		n++;
	return n;
}

/* One byte at depth > 0 or the brace that opens an object. True: *out is complete. */
static bool
take_byte(struct documents *d, char c, struct str *out)
{
	bool done;

	if (d->in_string) {
		keep(d, &c, 1);
		string_byte(d, c);
		return false;
	}
	before_item(d, c);
	done = plain_byte(d, c);
	if (c == '}' && done) {
		buf_add_char(&d->text, c);
		return finish(d, out);
	}
	keep(d, &c, 1);
	return false;
}

bool
documents_next(struct documents *d, struct str *p, struct str *out)
{
	while (p->len > 0) {
		size_t dull = d->junk ? 0 : dull_bytes(d, *p);
		char c;

		keep(d, p->ptr, dull);
		*p = str_sub(*p, dull, p->len);
		d->taken += dull;
		if (p->len == 0)
			break;
		c = p->ptr[0];
		*p = str_sub(*p, 1, p->len);
		d->taken++;
		if (d->junk) {
			d->junk = c != '\n';
			continue;
		}
		if (d->depth == 0)
			between(d, c);
		if (d->depth == 0 && c != '{')
			continue;
		if (take_byte(d, c, out))
			return true;
	}
	return false;
}

uint64_t
documents_open_at(const struct documents *d)
{
	return d->depth > 0 || d->junk ? d->begin : d->taken;
}

void
documents_begin_at(struct documents *d)
{
	d->taken -= documents_open_at(d);
	d->begin = 0;
}

void
documents_end(struct documents *d)
{
	if (d->depth > 0)
		d->bad++;
	restart(d);
	d->junk = false;
	buf_reset(&d->text);
}
