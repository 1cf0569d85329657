/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/template.h"

#include "base/time.h"

/* Moves *rest behind the next {name}; *plain is the text before it. */
static bool
next(struct str *rest, struct str *plain, struct str *name)
{
	size_t open = str_find_char(*rest, '{');
	size_t close;

	*plain = *rest;
	*name = (struct str){ .ptr = rest->ptr, .len = 0 };
	if (open == SIZE_MAX) {
		*rest = str_sub(*rest, rest->len, 0);
		return plain->len > 0;
	}
	if (open + 1 < rest->len && rest->ptr[open + 1] == '{') {
		*plain = str_sub(*rest, 0, open + 1);
		*rest = str_sub(*rest, open + 2, rest->len);
		return true;
	}
	close = str_find_char(str_sub(*rest, open, rest->len), '}');
	if (close == SIZE_MAX) {
		*rest = str_sub(*rest, rest->len, 0);
		return true;
	}
	*plain = str_sub(*rest, 0, open);
	*name = str_trim(str_sub(*rest, open + 1, close - 1));
	*rest = str_sub(*rest, open + close + 1, rest->len);
	return true;
}

static bool
find(const struct field *fields, size_t n, struct str name, struct str *out)
{
	for (size_t i = 0; i < n; i++)
		if (str_eq(fields[i].name, name)) {
			*out = fields[i].value;
			return true;
		}
	return false;
}

static bool
put(struct buf *b, struct str name, const struct template_values *v)
{
	struct str value;

	if (str_eq(name, STR("count")))
		buf_add_i64(b, (int64_t)v->count);
	else if (str_eq(name, STR("first")))
		time_format(b, v->first_ns, NULL, 3);
	else if (str_eq(name, STR("last")))
		time_format(b, v->last_ns, NULL, 3);
	else if (str_eq(name, STR("duration")))
		time_format_duration(b, v->last_ns - v->first_ns);
	else if (str_starts(name, STR("count:"))) {
		if (find(v->counts, v->n_counts, str_trim(str_sub(name, 6, name.len)),
			    &value))
			buf_add(b, value);
		else
			buf_add(b, STR("0"));
	} else if (find(v->fields, v->n_fields, name, &value))
		buf_add(b, value);
	else {
		buf_add(b, STR("unknown"));
		return false;
	}
	return true;
}

bool
template_render(struct buf *b, struct str text, const struct template_values *v)
{
	struct str plain, name;
	bool known = true;

	while (next(&text, &plain, &name)) {
		buf_add(b, plain);
		if (name.len > 0 && !put(b, name, v))
			known = false;
	}
	return known;
}

bool
template_uses(struct str text, struct str name)
{
	struct str plain, found;

	while (next(&text, &plain, &found))
		if (found.len > 0 && str_eq(found, name))
			return true;
	return false;
}

bool
template_counts(struct str text)
{
	struct str plain, name;

	while (next(&text, &plain, &name))
		if (str_starts(name, STR("count:")))
			return true;
	return false;
}

struct str
template_cut(struct str s, size_t max)
{
	size_t len = s.len < max ? s.len : max;

	if (len == s.len)
		return s;
	while (len > 0 && ((unsigned char)s.ptr[len] & 0xc0) == 0x80)
		len--;
	return str_sub(s, 0, len);
}
