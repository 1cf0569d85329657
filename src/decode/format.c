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

/* A JSON document of the API: its first key says so. */
static bool
is_objects(struct str s)
{
	struct str key;

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

enum format
decoder_look(struct str first)
{
	size_t n = 0, cri = 0, docker = 0, kubectl = 0;
	struct str rest = first;

	if (str_starts(rest, STR("\xef\xbb\xbf")))
		rest = str_sub(rest, 3, rest.len);
	if (is_objects(rest))
		return FORMAT_OBJECTS;
	while (rest.len > 0 && n < LOOK_LINES &&
		(size_t)(rest.ptr - first.ptr) < LOOK_BYTES) {
		struct str line = skip_space(str_cut(&rest, '\n'));

		if (str_ends(line, STR("\r")))
			line.len--;
		if (line.len == 0)
			continue;
		n++;
		cri += wrap_is_cri(line);
		docker += wrap_is_docker(line);
		kubectl += wrap_is_kubectl(line);
	}
	if (cri * 2 > n)
		return FORMAT_CRI;
	if (docker * 2 > n)
		return FORMAT_DOCKER;
	return kubectl * 2 > n ? FORMAT_KUBECTL : FORMAT_PLAIN;
}
