/* SPDX-License-Identifier: Apache-2.0 */
/* A pod and its workload as a row: version, three texts, and a hash over all of it. */
#include "base/hash.h"
#include "record/source.h"

#define ROW_VERSION 2
#define HASH_BYTES  8

static void
add_text(struct buf *out, struct str s)
{
	buf_add_varint(out, s.len);
	buf_add(out, s);
}

static bool
take_text(struct str *s, struct str *out)
{
	uint64_t len;

	return buf_take_varint(s, &len) && len <= s->len && buf_take(s, (size_t)len, out);
}

static void
add_hash(struct buf *out, size_t from)
{
	uint64_t h;

	if (buf_failed(out))
		return;
	h = hash_stable((struct str){ out->data + from, out->len - from });
	buf_add(out, (struct str){ (const char *)&h, HASH_BYTES });
}

void
workload_encode(const struct workload_row *w, struct buf *out)
{
	size_t from = out->len;

	buf_add_char(out, ROW_VERSION);
	buf_add_char(out, (char)((w->guessed ? 1 : 0) | (w->of_container ? 2 : 0)));
	add_text(out, w->namespace);
	add_text(out, w->pod);
	add_text(out, w->service);
	add_text(out, w->container);
	add_text(out, w->datadog);
	add_hash(out, from);
}

bool
workload_decode(struct str bytes, struct workload_row *out)
{
	struct str s, head, hash;
	uint64_t h;

	if (bytes.len < HASH_BYTES)
		return false;
	s = str_sub(bytes, 0, bytes.len - HASH_BYTES);
	hash = str_sub(bytes, s.len, HASH_BYTES);
	h = hash_stable(s);
	if (memcmp(hash.ptr, &h, HASH_BYTES) != 0 || !buf_take(&s, 2, &head) ||
		head.ptr[0] != ROW_VERSION)
		return false;
	out->guessed = (head.ptr[1] & 1) != 0;
	out->of_container = (head.ptr[1] & 2) != 0;
	return take_text(&s, &out->namespace) && take_text(&s, &out->pod) &&
	       take_text(&s, &out->service) && take_text(&s, &out->container) &&
	       take_text(&s, &out->datadog) && s.len == 0;
}
