/* SPDX-License-Identifier: Apache-2.0 */
/* What kubectl logs prints: [pod/P/C] with --prefix, a time with --timestamps, or both.
 */
#include "decode/wrap.h"

#define STAMP_DIGITS 9

/* kubectl always writes nine digits: an application's own time is rarely taken for it. */
size_t
wrap_stamp_len(struct str s)
{
	static const char shape[] = "0000-00-00T00:00:00.000000000";
	size_t i;

	if (s.len < sizeof(shape))
		return 0;
	for (i = 0; i < sizeof(shape) - 1; i++)
		if (shape[i] == '0' ? !char_is_digit(s.ptr[i]) : s.ptr[i] != shape[i])
			return 0;
	if (s.ptr[i] == 'Z')
		return i + 1;
	if (s.ptr[i] != '+' && s.ptr[i] != '-')
		return 0;
	return s.len >= i + 6 && s.ptr[i + 3] == ':' && char_is_digit(s.ptr[i + 1]) &&
			       char_is_digit(s.ptr[i + 5])
		       ? i + 6
		       : 0;
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
	s = wrap_skip_sgr(str_sub(s, end + 1, s.len));
	*rest = str_starts(s, STR(" ")) ? str_sub(s, 1, s.len) : s;
	return key;
}

void
wrap_kubectl(struct str line, char *scratch, struct wrap *out)
{
	struct str rest = line;
	size_t n;

	(void)scratch;
	*out = (struct wrap){ 0 };
	out->key = take_prefix(line, &rest);
	out->prefixed = out->key.len > 0;
	n = wrap_stamp_len(rest);
	if (n > 0 && (rest.len == n || rest.ptr[n] == ' ')) {
		out->time = str_sub(rest, 0, n);
		rest = str_sub(rest, n + 1, rest.len);
	}
	out->content = rest;
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

const struct wrapping wrapping_kubectl = { .unwrap = wrap_kubectl };
