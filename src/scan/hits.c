/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/hits.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

#define CAP_MIN ((size_t)256)

void
hits_init(struct hits *h)
{
	*h = (struct hits){ 0 };
}

void
hits_fini(struct hits *h)
{
	free(h->at);
	*h = (struct hits){ 0 };
}

void
hits_begin(struct hits *h, struct str text)
{
	h->n = 0;
	h->text = text;
	h->line_end = 0;
}

static void
grow(struct hits *h)
{
	size_t cap = h->cap > 0 ? h->cap * 2 : CAP_MIN;
	size_t *at = realloc(h->at, cap * sizeof(*at));

	if (at == NULL) {
		log_error("scan", "out of memory");
		abort();
	}
	h->at = at;
	h->cap = cap;
}

void
hits_add(struct hits *h, size_t at)
{
	const char *end;

	if (h->n > 0 && at < h->line_end)
		return;
	if (h->n == h->cap)
		grow(h);
	h->at[h->n++] = at;
	end = memchr(h->text.ptr + at, '\n', h->text.len - at);
	h->line_end = end != NULL ? (size_t)(end - h->text.ptr) : h->text.len;
}

static int
hex(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
hits_is_escape(struct str text, size_t at)
{
	int high, low;

	if (at + 2 > text.len)
		return false;
	high = hex(text.ptr[at]);
	low = hex(text.ptr[at + 1]);
	return high >= 0 && high < 8 && low >= 0 &&
	       char_is_alnum((char)(high * 16 + low));
}
