/* SPDX-License-Identifier: Apache-2.0 */
#include "output/body.h"

#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/time.h"

struct str
body_cut(struct str s, size_t max)
{
	size_t end = max;

	if (s.len <= max)
		return s;
	while (end > 0 && ((unsigned char)s.ptr[end] & 0xc0) == 0x80)
		end--;
	return str_sub(s, 0, end);
}

json_t *
body_text(struct str s, size_t max)
{
	s = body_cut(s, max);
	return json_stringn(s.len > 0 ? s.ptr : "", s.len);
}

json_t *
body_text_of(const struct buf *b, size_t max)
{
	return body_text(buf_str(b), max);
}

json_t *
body_time(int64_t at_ns, int digits)
{
	struct buf b;
	json_t *out;

	buf_init(&b, 64);
	time_format(&b, at_ns, NULL, digits);
	out = body_text_of(&b, 64);
	buf_fini(&b);
	return out;
}

void
body_set(json_t *obj, const char *name_z, json_t *value)
{
	(void)json_object_set_new(obj, name_z, value);
}

void
body_copy(
	json_t *to, const json_t *from, const char *const *names_z, size_t n, size_t max)
{
	for (size_t i = 0; i < n; i++) {
		json_t *v = json_member(from, names_z[i]);

		if (json_is_string(v))
			body_set(to, names_z[i], body_text(json_text(v), max));
		else if (json_is_number(v) || json_is_boolean(v))
			body_set(to, names_z[i], json_incref(v));
	}
}

int
body_print(json_t *v, struct buf *out)
{
	char *text_z = json_dumps(v, JSON_COMPACT | JSON_REAL_PRECISION(12));

	json_decref(v);
	if (text_z == NULL)
		return -ENOMEM;
	buf_add(out, str_z(text_z));
	free(text_z);
	return buf_failed(out) ? -ENOMEM : 0;
}
