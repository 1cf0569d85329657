/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON with jansson: measure first (depth, end), try as it is, mend and try again
 * only when that fails.
 */
#include "base/json.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_mend.h"

#define LOAD_FLAGS  (JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL | JSON_DECODE_ANY)
#define TEXT_MAX    ((size_t)INT_MAX / 8)
#define MENDED_ROOM 6 /* a control byte becomes \u00XX */
#define PATH_DOTS   16
#define TWO_TO_63   9223372036854775808.0

static void *
alloc_or_end(size_t size)
{
	void *p = malloc(size);

	if (p == NULL) {
		fputs("gumshoe: out of memory\n", stderr);
		abort();
	}
	return p;
}

void
json_init(void)
{
	json_set_alloc_funcs(alloc_or_end, free);
}

static enum json_status
load(struct str text, json_t **out, size_t *used)
{
	json_error_t err;
	json_t *v = json_loadb(text.ptr, text.len, LOAD_FLAGS, &err);

	if (v != NULL) {
		*out = v;
		*used = (size_t)err.position;
		return JSON_OK;
	}
	if (json_error_code(&err) == json_error_premature_end_of_input)
		return JSON_MORE;
	return JSON_BAD;
}

/* Without an escape that the end of the text cuts in two: jansson calls it wrong. */
static struct str
cut_escape(struct str s)
{
	size_t slash = str_rfind_char(s, '\\');
	size_t run = 0, len;

	if (slash == SIZE_MAX)
		return s;
	while (run <= slash && s.ptr[slash - run] == '\\')
		run++;
	len = s.len - slash;
	if (run % 2 == 1 && (len == 1 || (s.ptr[slash + 1] == 'u' && len < 6)))
		s.len = slash;
	return s;
}

enum json_status
json_read(struct str text, json_t **out, size_t *used)
{
	struct json_extent x = json_extent(text);
	struct str value = str_sub(text, x.start, x.end - x.start);
	enum json_status status;
	struct buf b;
	size_t n = 0;

	if (value.len == 0)
		return JSON_MORE;
	if (x.depth_max > JSON_DEPTH_MAX || value.len > TEXT_MAX)
		return JSON_BAD;
	if (!x.closed)
		value = cut_escape(value);
	status = load(value, out, &n);
	if (status == JSON_OK)
		*used = x.start + n;
	if (status != JSON_BAD)
		return status;
	buf_init(&b, value.len * MENDED_ROOM + 2);
	if (json_mend(value, &b) && !buf_failed(&b))
		status = load(buf_str(&b), out, &n);
	if (status == JSON_OK)
		*used = x.end;
	buf_fini(&b);
	return status;
}

json_t *
json_member(const json_t *obj, const char *key_z)
{
	return json_object_get(obj, key_z);
}

/* The longest key first, so that a literal key with dots wins. */
static json_t *
at(const json_t *obj, struct str path, unsigned dots)
{
	json_t *v = json_object_getn(obj, path.ptr, path.len);
	struct str key = path;

	if (v != NULL || dots == 0 || !json_is_object(obj))
		return v;
	for (;;) {
		size_t dot = str_rfind_char(key, '.');
		json_t *inner;

		if (dot == SIZE_MAX)
			return NULL;
		key = str_sub(path, 0, dot);
		inner = json_object_getn(obj, key.ptr, key.len);
		if (inner == NULL)
			continue;
		v = at(inner, str_sub(path, dot + 1, path.len), dots - 1);
		if (v != NULL)
			return v;
	}
}

json_t *
json_at(const json_t *obj, struct str path)
{
	if (obj == NULL || path.ptr == NULL)
		return NULL;
	return at(obj, path, PATH_DOTS);
}

struct str
json_text(const json_t *v)
{
	if (!json_is_string(v))
		return STR("");
	return (struct str){ .ptr = json_string_value(v), .len = json_string_length(v) };
}

struct str
json_member_text(const json_t *obj, const char *key_z)
{
	return json_text(json_member(obj, key_z));
}

int64_t
json_i64(const json_t *v, int64_t otherwise)
{
	double real;

	if (json_is_integer(v))
		return (int64_t)json_integer_value(v);
	if (!json_is_real(v))
		return otherwise;
	real = json_real_value(v);
	if (real != trunc(real) || real < -TWO_TO_63 || real >= TWO_TO_63)
		return otherwise;
	return (int64_t)real;
}

/* The shortest text that reads back as the same number. */
static void
add_real(struct buf *b, double real)
{
	char text[40];

	for (int digits = 15; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, real);
		if (strtod(text, NULL) == real)
			break;
	}
	buf_add(b, str_z(text));
	if (strpbrk(text, ".e") == NULL)
		buf_add(b, STR(".0"));
}

bool
json_scalar(const json_t *v, struct buf *b)
{
	if (json_is_string(v))
		buf_add(b, json_text(v));
	else if (json_is_integer(v))
		buf_add_i64(b, (int64_t)json_integer_value(v));
	else if (json_is_real(v))
		add_real(b, json_real_value(v));
	else if (json_is_boolean(v))
		buf_add(b, json_is_true(v) ? STR("true") : STR("false"));
	else
		return false;
	return true;
}
