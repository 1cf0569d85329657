/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fields of a record by the names that rules use. Walks a JSON body with dotted keys;
 * what is no text yet becomes text in the caller's arena.
 */
#include "record/record.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"

#define BODY_PREFIX STR("body.")

/* Where values go: at most max of them. */
struct values {
	struct arena *arena;
	struct str *out;
	size_t n, max;
	bool there; /* the field is, maybe with null or nothing in it */
};

/*
 * Fields are set up to n_fields. Labels one by one: of all at once GCC makes a "rep
 * stos", which takes four times as long as these stores.
 */
void
record_reset(struct record *r)
{
	const size_t behind = offsetof(struct record, message);

	if (r->body != NULL)
		json_decref(r->body);
	memset(r, 0, offsetof(struct record, label));
	for (size_t i = 0; i < LABEL_COUNT; i++)
		memset(&r->label[i], 0, sizeof(r->label[i]));
	memset(&r->message, 0, offsetof(struct record, field) - behind);
	r->count = 1;
	r->n_fields = 0;
	r->body = NULL;
	r->body_tried = false;
}

/* The body of a log record: a JSON object alone, or with joined lines behind it. */
static json_t *
body_of(struct record *r)
{
	struct str text = r->message;
	json_t *v;
	size_t used;

	if (r->body_tried || r->body != NULL || r->category != RECORD_LOG)
		return r->body;
	r->body_tried = true;
	while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = str_sub(text, 1, text.len);
	if (text.len == 0 || text.ptr[0] != '{')
		return NULL;
	if (json_read(text, &v, &used) != JSON_OK)
		return NULL;
	text = str_sub(text, used, text.len);
	if (json_is_object(v) &&
		(text.len == 0 || strchr(" \t\r\n", text.ptr[0]) != NULL))
		r->body = v;
	else
		json_decref(v);
	return r->body;
}

static void
put(struct values *vs, struct str s)
{
	if (vs->n < vs->max)
		vs->out[vs->n++] = s;
}

/* The shortest text that reads back as the same number: 0.1 is "0.1". */
static int
print_real(char *to, size_t cap, double real)
{
	int n = 0;

	for (int digits = 15; digits <= 17; digits++) {
		n = snprintf(to, cap, "%.*g", digits, real);
		if (!(strtod(to, NULL) < real) && !(strtod(to, NULL) > real))
			break;
	}
	return n;
}

static void
put_number(struct values *vs, const json_t *v)
{
	char text[32];
	int n;

	if (json_is_integer(v))
		n = snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT,
			json_integer_value(v));
	else
		n = print_real(text, sizeof(text), json_real_value(v));
	if (n > 0 && (size_t)n < sizeof(text))
		put(vs, arena_copy(vs->arena, (struct str){ text, (size_t)n }));
}

/* An object as it stands: it exists, and its text can be compared. */
static void
put_dump(struct values *vs, const json_t *v)
{
	size_t flags = JSON_COMPACT | JSON_SORT_KEYS;
	size_t need = json_dumpb(v, NULL, 0, flags);
	char *p = need > 0 ? arena_alloc(vs->arena, need) : NULL;

	if (p != NULL && json_dumpb(v, p, need, flags) == need)
		put(vs, (struct str){ p, need });
}

static void
put_value(struct values *vs, const json_t *v, unsigned depth)
{
	vs->there = true;
	if (depth > JSON_DEPTH_MAX || vs->n >= vs->max)
		return;
	switch (json_typeof(v)) {
	case JSON_STRING:
		put(vs, json_text(v));
		break;
	case JSON_INTEGER:
	case JSON_REAL:
		put_number(vs, v);
		break;
	case JSON_TRUE:
		put(vs, STR("true"));
		break;
	case JSON_FALSE:
		put(vs, STR("false"));
		break;
	case JSON_ARRAY:
		for (size_t i = 0; i < json_array_size(v); i++)
			put_value(vs, json_array_get(v, i), depth + 1);
		break;
	case JSON_OBJECT:
		put_dump(vs, v);
		break;
	case JSON_NULL:
		break;
	}
}

static void walk(struct values *vs, const json_t *v, struct str path, unsigned depth);

/* The longest key that the object has first: a literal key with dots beats nesting. */
static void
walk_object(struct values *vs, const json_t *v, struct str path, unsigned depth)
{
	size_t before = vs->n;
	size_t len = path.len;

	while (len != SIZE_MAX && vs->n == before) {
		const json_t *member = json_object_getn(v, path.ptr, len);

		if (member != NULL && len == path.len)
			put_value(vs, member, depth + 1);
		else if (member != NULL)
			walk(vs, member, str_sub(path, len + 1, path.len), depth + 1);
		len = str_rfind_char(str_sub(path, 0, len), '.');
	}
}

static void
walk(struct values *vs, const json_t *v, struct str path, unsigned depth)
{
	if (depth > JSON_DEPTH_MAX || vs->n >= vs->max)
		return;
	if (json_is_object(v))
		walk_object(vs, v, path, depth);
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
		walk(vs, json_array_get(v, i), path, depth + 1);
}

static bool
put_own(struct values *vs, const struct record *r, struct str name)
{
	enum label label = label_find(name);
	char text[16];
	int n;

	for (size_t i = 0; i < r->n_fields; i++)
		if (str_eq(r->field[i].name, name)) {
			put(vs, r->field[i].value);
			return true;
		}
	if (label != LABEL_COUNT && r->label[label].len > 0)
		put(vs, r->label[label]);
	else if (str_eq(name, STR("message")))
		put(vs, r->message);
	else if (str_eq(name, STR("stream")) && r->stream.len > 0)
		put(vs, r->stream);
	else if (str_eq(name, STR("count")) && r->category == RECORD_EVENT) {
		n = snprintf(text, sizeof(text), "%" PRIu32, r->count);
		put(vs, arena_copy(vs->arena, (struct str){ text, (size_t)n }));
	}
	return vs->n > 0;
}

static void
look_up(struct values *vs, struct record *r, struct str name)
{
	const json_t *body;

	if (vs->max == 0 || name.len == 0 || put_own(vs, r, name))
		return;
	body = body_of(r);
	if (body == NULL)
		return;
	if (str_starts(name, BODY_PREFIX) && name.len > BODY_PREFIX.len)
		walk(vs, body, str_sub(name, BODY_PREFIX.len, name.len), 0);
	if (vs->n == 0)
		walk(vs, body, name, 0);
}

size_t
record_values(
	struct record *r, struct str name, struct arena *a, struct str *out, size_t max)
{
	struct values vs = { .arena = a, .out = out, .max = max };

	if (max > 0 && r->n_fields == 0 && str_eq(name, STR("message"))) {
		out[0] = r->message;
		return 1;
	}
	look_up(&vs, r, name);
	return vs.n;
}

bool
record_has(struct record *r, struct str name, struct arena *a)
{
	struct str first;
	struct values vs = { .arena = a, .out = &first, .max = 1 };

	look_up(&vs, r, name);
	return vs.n > 0 || vs.there;
}

static void
walk_strings(struct values *vs, const json_t *v, unsigned depth)
{
	void *it;

	if (depth > JSON_DEPTH_MAX || vs->n >= vs->max)
		return;
	if (json_is_string(v))
		put(vs, json_text(v));
	for (size_t i = 0; json_is_array(v) && i < json_array_size(v); i++)
		walk_strings(vs, json_array_get(v, i), depth + 1);
	if (!json_is_object(v))
		return;
	it = json_object_iter((json_t *)(uintptr_t)v);
	while (it != NULL) {
		walk_strings(vs, json_object_iter_value(it), depth + 1);
		it = json_object_iter_next((json_t *)(uintptr_t)v, it);
	}
}

size_t
record_body_strings(struct record *r, struct arena *a, struct str *out, size_t max)
{
	struct values vs = { .arena = a, .out = out, .max = max };
	const json_t *body = body_of(r);

	if (body != NULL)
		walk_strings(&vs, body, 0);
	return vs.n;
}
