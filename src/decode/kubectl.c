/* SPDX-License-Identifier: Apache-2.0 */
/* What kubectl logs prints: [pod/P/C] with --prefix, a time with --timestamps, or both.
 */
#include "decode/wrap.h"

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

/* Whether eight bytes are digits where shape has a 0, else as it: not 0 if not. */
static inline uint64_t
unlike(const char *p, const char *shape)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t want = bytes_load8(shape), is = bytes_load8(p) ^ want;
	uint64_t marks = ((want ^ 0x30 * ones) + 0x7f * ones) >> 7 & ones;

	return (is & 0xf0 * ones) | ((is + 6 * ones) & 0xf0 * ones) | (is & marks * 0xff);
}

/* kubectl always writes nine digits: an application's own time is rarely taken for it. */
size_t
wrap_stamp_len(struct str s)
{
	static const char shape[] = "0000-00-00T00:00:00.000000000";
	const size_t n = sizeof(shape) - 1;

	if (s.len <= n || (unlike(s.ptr, shape) | unlike(s.ptr + 8, shape + 8) |
				  unlike(s.ptr + 16, shape + 16) |
				  unlike(s.ptr + n - 8, shape + n - 8)) != 0)
		return 0;
	if (s.ptr[n] == 'Z')
		return n + 1;
	if (s.ptr[n] != '+' && s.ptr[n] != '-')
		return 0;
	return s.len >= n + 6 && s.ptr[n + 3] == ':' && char_is_digit(s.ptr[n + 1]) &&
			       char_is_digit(s.ptr[n + 5])
		       ? n + 6
		       : 0;
}

/* What stands behind the prefix. */
static struct str
skip_blank(struct str s)
{
	s = wrap_skip_sgr(s);
	return s.len > 0 && s.ptr[0] == ' ' ? str_sub(s, 1, s.len) : s;
}

/* The text between the brackets; *rest is what follows "] ". */
static struct str
take_prefix(struct str line, struct str *rest)
{
	struct str s = wrap_skip_sgr(line);
	size_t end;
	struct str key;

	if (!str_starts(s, STR("[pod/")))
		return (struct str){ 0 };
	end = str_find_char(str_sub(s, 0, 600), ']');
	if (end == SIZE_MAX)
		return (struct str){ 0 };
	key = str_sub(s, 1, end - 1);
	if (str_find_char(str_sub(key, 4, key.len), '/') == SIZE_MAX ||
		str_find_char(key, ' ') != SIZE_MAX)
		return (struct str){ 0 };
	*rest = skip_blank(str_sub(s, end + 1, s.len));
	return key;
}

static void
split(struct str key, struct str rest, struct wrap *out)
{
	size_t n = wrap_stamp_len(rest);

	*out = (struct wrap){ .key = key, .prefixed = key.len > 0 };
	if (n > 0 && (rest.len == n || rest.ptr[n] == ' ')) {
		out->time = str_sub(rest, 0, n);
		rest = str_sub(rest, n + 1, rest.len);
	}
	out->content = rest;
}

/* The prefix of a line is that of another one, which was unwrapped. */
static inline bool
has_prefix(const char *p, size_t len, const struct wrap *as)
{
	if (!as->prefixed)
		return len == 0 || (*p != '[' && *p != '\x1b' && *p != '\0');
	return len >= as->key.len + 2 && memcmp(p, as->key.ptr - 1, as->key.len + 2) == 0;
}

static bool
like(struct str line, const struct wrap *as, struct wrap *out)
{
	struct str key = { 0 }, rest = line;

	if (!has_prefix(line.ptr, line.len, as))
		return false;
	if (as->prefixed) {
		key = str_sub(line, 1, as->key.len);
		rest = skip_blank(str_sub(line, key.len + 2, line.len));
	}
	split(key, rest, out);
	return true;
}

static size_t
glance(struct str line, const struct wrap *as)
{
	struct wrap w;

	return like(line, as, &w) ? line.len - w.content.len : SIZE_MAX;
}

static size_t
same(const char *text, size_t from, const size_t *lf, size_t n, const struct wrap *as)
{
	size_t i = 0;

	while (i < n && has_prefix(text + from, lf[i] - from, as))
		from = lf[i++] + 1;
	return i;
}

void
wrap_kubectl(struct str line, char *scratch, struct wrap *out)
{
	struct str rest = line;
	struct str key = take_prefix(line, &rest);

	(void)scratch;
	split(key, rest, out);
}

bool
wrap_is_kubectl(struct str line)
{
	struct wrap w;

	wrap_kubectl(line, NULL, &w);
	return w.prefixed || w.time.len > 0;
}

void
wrap_split_key(struct str key, struct str *pod, struct str *container)
{
	*pod = *container = (struct str){ 0 };
	if (!str_starts(key, STR("pod/")))
		return;
	*container = str_sub(key, 4, key.len);
	*pod = str_cut(container, '/');
}

const struct wrapping wrapping_kubectl = {
	.unwrap = wrap_kubectl, .like = like, .glance = glance, .same = same
};
