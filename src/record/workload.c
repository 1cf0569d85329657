/* SPDX-License-Identifier: Apache-2.0 */
#include "record/workload.h"

#include "base/hash.h"

#define ROW_VERSION   2
#define HASH_BYTES    8
#define POD_HASH_MAX  10
#define POD_HASH_LONG 6
#define POD_SUFFIX    5

struct str
workload_of_image(struct str image)
{
	size_t slash = str_rfind_char(image, '/');
	struct str rest =
		slash == SIZE_MAX ? image : str_sub(image, slash + 1, image.len);

	if (str_starts(image, STR("sha256:")))
		return (struct str){ 0 };
	rest = str_cut(&rest, '@');
	return str_cut(&rest, ':');
}

static bool
all_of(struct str s, const char *alphabet_z)
{
	for (size_t i = 0; i < s.len; i++)
		if (str_find_char(str_z(alphabet_z), s.ptr[i]) == SIZE_MAX)
			return false;
	return s.len > 0;
}

static bool
is_suffix(struct str part)
{
	return part.len == POD_SUFFIX && all_of(part, "bcdfghjklmnpqrstvwxz2456789");
}

static bool
is_number(struct str part)
{
	return all_of(part, "0123456789");
}

/*
 * A pod-template hash: up to ten digits of a number, spelled with ten letters. "db" would
 * be one, too: a short one must have a digit.
 */
static bool
is_hash(struct str part)
{
	bool digit = false;

	if (part.len > POD_HASH_MAX || !all_of(part, "456789bcdf"))
		return false;
	for (size_t i = 0; i < part.len; i++)
		digit |= char_is_digit(part.ptr[i]);
	return digit || part.len >= POD_HASH_LONG;
}

/* The part behind the last dash; *head is what is before. Empty: no such part. */
static struct str
last_part(struct str s, struct str *head)
{
	size_t dash = str_rfind_char(s, '-');

	if (dash == SIZE_MAX || dash == 0)
		return (struct str){ 0 };
	*head = str_sub(s, 0, dash);
	return str_sub(s, dash + 1, s.len);
}

struct str
workload_of_pod(struct str pod)
{
	struct str head = pod;
	struct str owner;
	struct str part = last_part(pod, &head);

	if (is_number(part) && !is_suffix(part))
		return head;
	if (!is_suffix(part))
		return pod;
	owner = head;
	part = last_part(head, &owner);
	return is_hash(part) || is_number(part) ? owner : head;
}

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
