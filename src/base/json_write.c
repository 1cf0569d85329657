/* SPDX-License-Identifier: Apache-2.0 */
/* The library prints a character at a time; here what needs no escape goes as it is. */
#include <stdlib.h>

#include "base/json.h"

static void
put(FILE *f, struct str s)
{
	(void)fwrite_unlocked(s.ptr, 1, s.len, f);
}

static void
put_escape(FILE *f, unsigned char c)
{
	static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
	size_t i = str_find_char((struct str){ from, sizeof(from) - 1 }, (char)c);

	if (i != SIZE_MAX)
		fprintf(f, "\\%c", to[i]);
	else
		fprintf(f, "\\u%04X", c);
}

static void
put_string(FILE *f, struct str s)
{
	size_t from = 0;

	put(f, STR("\""));
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if (c >= ' ' && c != '"' && c != '\\')
			continue;
		put(f, str_sub(s, from, i - from));
		put_escape(f, c);
		from = i + 1;
	}
	put(f, str_sub(s, from, s.len));
	put(f, STR("\""));
}

static void
put_integer(FILE *f, int64_t v)
{
	struct buf b;

	buf_init(&b, 32);
	buf_add_i64(&b, v);
	put(f, buf_str(&b));
	buf_fini(&b);
}

static void
put_real(FILE *f, const json_t *v)
{
	char *text_z = json_dumps(v, JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));

	put(f, text_z != NULL ? str_z(text_z) : STR("null"));
	free(text_z);
}

static void
put_object(FILE *f, json_t *v)
{
	const char *key_z;
	json_t *member;
	bool first = true;

	put(f, STR("{"));
	json_object_foreach(v, key_z, member)
	{
		put(f, first ? STR("") : STR(","));
		put_string(f, str_z(key_z));
		put(f, STR(":"));
		json_write(f, member);
		first = false;
	}
	put(f, STR("}"));
}

static void
put_array(FILE *f, const json_t *v)
{
	put(f, STR("["));
	for (size_t i = 0; i < json_array_size(v); i++) {
		put(f, i > 0 ? STR(",") : STR(""));
		json_write(f, json_array_get(v, i));
	}
	put(f, STR("]"));
}

void
json_write(FILE *f, const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		put_object(f, (json_t *)(uintptr_t)v);
		break;
	case JSON_ARRAY:
		put_array(f, v);
		break;
	case JSON_STRING:
		put_string(f, json_text(v));
		break;
	case JSON_INTEGER:
		put_integer(f, json_integer_value(v));
		break;
	case JSON_REAL:
		put_real(f, v);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		put(f, json_is_true(v) ? STR("true") : STR("false"));
		break;
	case JSON_NULL:
		put(f, STR("null"));
		break;
	}
}
