/* SPDX-License-Identifier: Apache-2.0 */
#include "record/workload.h"

#include "base/hash.h"
#include "base/unpack.h"

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

void
workload_encode(const struct workload_row *w, struct buf *out)
{
	size_t from = out->len;

	buf_add_char(out, ROW_VERSION);
	buf_add_char(out, (char)((w->guessed ? 1 : 0) | (w->of_container ? 2 : 0)));
	buf_add_text(out, w->namespace);
	buf_add_text(out, w->pod);
	buf_add_text(out, w->service);
	buf_add_text(out, w->container);
	buf_add_text(out, w->datadog);
	buf_add_hash(out, from);
}

bool
workload_decode(struct str bytes, struct workload_row *out)
{
	struct unpack in = unpack_hashed(bytes);
	unsigned flags;

	if (unpack_byte(&in) != ROW_VERSION)
		return false;
	flags = unpack_byte(&in);
	out->guessed = (flags & 1) != 0;
	out->of_container = (flags & 2) != 0;
	out->namespace = unpack_text(&in);
	out->pod = unpack_text(&in);
	out->service = unpack_text(&in);
	out->container = unpack_text(&in);
	out->datadog = unpack_text(&in);
	return unpack_ended(&in);
}
