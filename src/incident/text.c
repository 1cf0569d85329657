/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/text.h"

#include "base/buf.h"

#define TEXT_BYTES ((size_t)4 << 20)

json_t *
text_json(struct str s)
{
	json_t *v = json_stringn(s.len > 0 ? s.ptr : "", s.len);
	struct buf b;

	if (v != NULL)
		return v;
	buf_init(&b, TEXT_BYTES);
	buf_add_mended(&b, s);
	v = json_stringn(b.len > 0 ? b.data : "", b.len);
	buf_fini(&b);
	return v;
}

static bool
is_plain(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '\0' || (unsigned char)s.ptr[i] > 127)
			return false;
	return s.len > 0;
}

void
text_set(json_t *obj, struct str key, json_t *value)
{
	struct buf b;
	const char *key_z;

	if (is_plain(key)) {
		json_object_setn_new(obj, key.ptr, key.len, value);
		return;
	}
	buf_init(&b, 1024);
	buf_add_mended(&b, key);
	key_z = buf_z(&b);
	if (key_z != NULL)
		json_object_set_new(obj, key_z, value);
	else
		json_decref(value);
	buf_fini(&b);
}
