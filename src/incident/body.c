/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/body.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/json.h"
#include "record/record.h"

#define BODY_BYTES ((size_t)256 << 20)

struct held {
	struct body body; /* first: a body is its address */
	json_t *json;     /* whose texts these are */
	struct arena *arena;
	bool failed;
};

/* n of size, at least one: NULL is a failure. */
static void *
alloc(struct held *h, size_t n, size_t size)
{
	void *p = arena_alloc(h->arena, (n + 1) * size);

	h->failed = h->failed || p == NULL;
	return p;
}

static const struct str *
read_texts(struct held *h, const json_t *list, size_t *n)
{
	size_t size = json_array_size(list);
	struct str *texts = alloc(h, size, sizeof(*texts));

	for (size_t i = 0; texts != NULL && i < size; i++)
		texts[i] = json_text(json_array_get(list, i));
	*n = texts != NULL ? size : 0;
	return texts;
}

static const struct body_where *
read_where(struct held *h, json_t *where, size_t *n)
{
	struct body_where *out =
		alloc(h, json_object_size(where), sizeof(struct body_where));
	const char *name_z;
	json_t *value;

	*n = 0;
	if (out == NULL)
		return NULL;
	json_object_foreach(where, name_z, value) out[(*n)++] =
		(struct body_where){ .name = str_z(name_z),
			.value = json_text(value),
			.known = json_is_string(value) };
	return out;
}

static void
read_list(struct held *h, const json_t *list, struct body_list *out)
{
	size_t n = json_array_size(list);
	struct body_item *items = alloc(h, n, sizeof(*items));
	struct str *rules = alloc(h, n, sizeof(*rules));

	for (size_t i = 0; !h->failed && i < n; i++) {
		const json_t *from = json_array_get(list, i);
		struct body_item *x = &items[i];

		rules[i] = x->rule = json_member_text(from, "rule");
		x->field = json_member_text(from, "field");
		x->key = read_texts(h, json_member(from, "key"), &x->n_key);
		x->where = read_where(h, json_member(from, "where"), &x->n_where);
		x->witness = json_i64(json_member(from, "witness"), RECORD_LOG);
	}
	*out = (struct body_list){ .items = items, .rules = rules, .n = n };
}

static struct str
read_given(const json_t *from, const char *name_z)
{
	return json_member(from, name_z) != NULL ? json_member_text(from, name_z)
						 : (struct str){ 0 };
}

static void
read_all(struct held *h)
{
	static const char *const parts_z[] = { "timeline", "causes", "deaths" };
	const json_t *from = h->json;
	struct body *b = &h->body;

	for (size_t i = 0; i < BODY_PARTS; i++)
		read_list(h, json_member(from, parts_z[i]), &b->list[i]);
	b->own = read_texts(h, json_member(from, "rules"), &b->n_own);
	b->field = json_member_text(from, "field");
	b->by_entity = json_member_text(from, "by_entity");
	b->by = (size_t)json_i64(json_member(from, "by"), INT64_MAX);
	b->deaths_from_ns = json_i64(json_member(from, "deaths_from"), INT64_MIN);
	b->uncounted = json_i64(json_member(from, "uncounted"), 0);
	b->remediation = read_given(from, "remediation");
	b->runbook = read_given(from, "runbook");
}

struct body *
body_read(struct str text)
{
	struct held *h = calloc(1, sizeof(*h));
	struct body *b = h != NULL ? &h->body : NULL;
	size_t used;

	if (h == NULL)
		return NULL;
	h->arena = arena_new("incident body", BODY_BYTES);
	if (h->arena == NULL || json_read(text, &h->json, &used) != JSON_OK)
		h->failed = true;
	else
		read_all(h);
	if (h->failed)
		body_free(&b);
	return b;
}

void
body_free(struct body **pb)
{
	struct held *h = (struct held *)*pb;

	*pb = NULL;
	if (h == NULL)
		return;
	json_decref(h->json);
	if (h->arena != NULL)
		arena_free(&h->arena);
	free(h);
}

bool
body_owns(const struct body *b, struct str rule)
{
	for (size_t i = 0; i < b->n_own; i++)
		if (str_eq(b->own[i], rule))
			return true;
	return false;
}
