/* SPDX-License-Identifier: Apache-2.0 */
#include "output/request.h"

#include <stdlib.h>

static void
init(struct request *r, const char *method_z)
{
	*r = (struct request){ .method_z = method_z };
	buf_init(&r->url, REQUEST_URL_MAX);
	buf_init(&r->body, REQUEST_BODY_MAX);
}

struct request *
requests_add(struct requests *list, const char *method_z)
{
	if (list->n == list->cap) {
		size_t cap = list->cap > 0 ? list->cap * 2 : 8;
		struct request *items =
			reallocarray(list->items, cap, sizeof(*list->items));

		if (items == NULL)
			return NULL;
		list->items = items;
		list->cap = cap;
	}
	init(&list->items[list->n], method_z);
	return &list->items[list->n++];
}

void
request_fini(struct request *r)
{
	buf_fini(&r->url);
	buf_fini(&r->body);
}

void
requests_drop(struct requests *list)
{
	request_fini(&list->items[--list->n]);
}

void
requests_fini(struct requests *list)
{
	while (list->n > 0)
		requests_drop(list);
	free(list->items);
	*list = (struct requests){ 0 };
}

void
request_take(struct request *r, struct request *out)
{
	*out = *r;
	init(r, r->method_z);
}

/* The name stays, so that one sees that there is a key. */
static void
show_header(const struct request_header *h, struct buf *out)
{
	struct str text = str_z(h->text_z);
	size_t colon = str_find(text, STR(":"));

	if (h->secret && colon != SIZE_MAX) {
		buf_add(out, str_sub(text, 0, colon));
		buf_add(out, STR(": (not shown)"));
	} else {
		buf_add(out, text);
	}
	buf_add_char(out, '\n');
}

/* A receiver that wants its secret in the body. */
static void
show_body(const struct request *r, struct buf *out)
{
	struct str secret = str_z(r->secret_z);
	struct str rest = buf_str(&r->body);
	size_t at;

	while (secret.len > 0 && (at = str_find(rest, secret)) != SIZE_MAX) {
		buf_add(out, str_sub(rest, 0, at));
		buf_add(out, STR("(not shown)"));
		rest = str_sub(rest, at + secret.len, rest.len);
	}
	buf_add(out, rest);
}

void
request_show(const struct request *r, struct buf *out)
{
	buf_add(out, str_z(r->method_z));
	buf_add_char(out, ' ');
	buf_add(out, buf_str(&r->url));
	buf_add_char(out, '\n');
	for (size_t i = 0; i < r->n_headers; i++)
		show_header(&r->headers[i], out);
	buf_add_char(out, '\n');
	show_body(r, out);
	buf_add(out, STR("\n\n"));
}
