/* SPDX-License-Identifier: Apache-2.0 */
/* What a source is, by its first lines. */
#include "decode/decoder.h"
#include "decode/wrap.h"

#define LOOK_BYTES ((size_t)64 << 10)
#define LOOK_LINES 200

const struct str format_names[] = {
	[FORMAT_AUTO] = { "auto", 4 },
	[FORMAT_CRI] = { "cri", 3 },
	[FORMAT_DOCKER] = { "docker", 6 },
	[FORMAT_KUBECTL] = { "kubectl", 7 },
	[FORMAT_PLAIN] = { "plain", 5 },
	[FORMAT_OBJECTS] = { "objects", 7 },
};

static struct str
skip_space(struct str s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t' || s.ptr[0] == '\n' ||
				    s.ptr[0] == '\r' || s.ptr[0] == '\0'))
		s = str_sub(s, 1, s.len);
	return s;
}

bool
decoder_is_objects(struct str first)
{
	struct str s = first, key;

	if (str_starts(s, STR("\xef\xbb\xbf")))
		s = str_sub(s, 3, s.len);
	s = skip_space(s);
	if (!str_starts(s, STR("{")))
		return false;
	s = skip_space(str_sub(s, 1, s.len));
	if (!str_starts(s, STR("\"")))
		return false;
	s = str_sub(s, 1, s.len);
	key = str_cut(&s, '"');
	s = str_sub(s, 0, 4096);
	if (str_eq(key, STR("apiVersion")))
		return true;
	if (str_eq(key, STR("kind")))
		return str_find(s, STR("\"apiVersion\"")) != SIZE_MAX;
	if (str_eq(key, STR("type")))
		return str_find(s, STR("\"object\"")) != SIZE_MAX &&
		       str_find(s, STR("\"kind\"")) != SIZE_MAX;
	return str_eq(key, STR("metadata")) && str_find(s, STR("\"kind\"")) != SIZE_MAX &&
	       str_find(s, STR("\"apiVersion\"")) != SIZE_MAX;
}

/* How many lines at the start are of a format; *n of all. */
static size_t
count_lines(struct str first, bool (*is)(struct str line), size_t *n)
{
	struct str rest = first;
	size_t found = 0;

	*n = 0;
	while (rest.len > 0 && *n < LOOK_LINES &&
		(size_t)(rest.ptr - first.ptr) < LOOK_BYTES) {
		struct str line = skip_space(str_cut(&rest, '\n'));

		if (str_ends(line, STR("\r")))
			line.len--;
		if (line.len == 0)
			continue;
		(*n)++;
		found += is(line);
	}
	return found;
}

enum format
decoder_look(struct str first)
{
	static const struct {
		enum format format;
		bool (*is)(struct str line);
	} formats[] = { { FORMAT_CRI, wrap_is_cri }, { FORMAT_DOCKER, wrap_is_docker },
		{ FORMAT_KUBECTL, wrap_is_kubectl } };
	struct str text = first;
	size_t n;

	if (decoder_is_objects(first))
		return FORMAT_OBJECTS;
	if (str_starts(text, STR("\xef\xbb\xbf")))
		text = str_sub(text, 3, text.len);
	for (size_t i = 0; i < ARRAY_LEN(formats); i++)
		if (count_lines(text, formats[i].is, &n) * 2 > n)
			return formats[i].format;
	return FORMAT_PLAIN;
}
