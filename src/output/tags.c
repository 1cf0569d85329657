/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags come from the key first, then from the sources of the timeline, which may be
 * thousands of entries of few services.
 */
#include "output/tags.h"

#include <stdbool.h>

#include "base/json.h"

#define TAG_MAX      ((size_t)200)
#define SERVICES_MAX ((size_t)5)

/* One character of UTF-8 becomes one character of a tag. */
static void
add_clean(struct buf *b, struct str s)
{
	while (s.len > 0) {
		size_t n = str_utf8_len(s);
		char c = char_lower(s.ptr[0]);
		bool good = char_is_alnum(c) || c == '_' || c == '-' || c == '.' ||
			    c == '/' || c == ':';

		buf_add_char(b, good ? c : '_');
		s = str_sub(s, n > 0 ? n : 1, s.len);
	}
}

static bool
has(const json_t *tags, struct str tag)
{
	for (size_t i = 0; i < json_array_size(tags); i++)
		if (str_eq(json_text(json_array_get(tags, i)), tag))
			return true;
	return false;
}

/* An unknown value makes no tag. True: the list has grown. */
static bool
add(json_t *tags, struct str name, struct str value)
{
	struct buf b;
	struct str tag;
	bool grown = false;

	value = str_trim(value);
	if (value.len == 0 || str_eq(value, STR("unknown")))
		return false;
	buf_init(&b, 4096);
	add_clean(&b, name);
	buf_add_char(&b, ':');
	add_clean(&b, str_sub(value, 0, TAG_MAX));
	tag = str_sub(buf_str(&b), 0, TAG_MAX);
	while (tag.len > 0 && tag.ptr[tag.len - 1] == ':')
		tag.len--;
	if (tag.len > name.len && !buf_failed(&b) && !has(tags, tag))
		grown = json_array_append_new(tags, json_stringn(tag.ptr, tag.len)) == 0;
	buf_fini(&b);
	return grown;
}

/* What the key does not say, the sources of the timeline do. */
static void
add_place(json_t *tags, const json_t *finding, struct str name, const char *label_z,
	size_t max)
{
	const json_t *timeline = json_member(finding, "timeline");
	struct str value = json_member_text(json_member(finding, "key"), label_z);
	size_t n = 0;

	if (value.len > 0) {
		(void)add(tags, name, value);
		return;
	}
	for (size_t i = 0; n < max && i < json_array_size(timeline); i++) {
		const json_t *source = json_member(json_array_get(timeline, i), "source");

		n += add(tags, name, json_member_text(source, label_z));
	}
}

json_t *
tags_make(const struct output_settings *conf, const json_t *finding)
{
	json_t *tags = json_array();

	if (tags == NULL)
		return NULL;
	add_place(tags, finding, STR("kube_namespace"), "namespace", 1);
	add_place(tags, finding, STR("service"), "service", SERVICES_MAX);
	(void)add(tags, STR("kube_cluster_name"), conf->cluster);
	(void)add(tags, STR("env"), conf->env);
	(void)add(tags, STR("detected_by"), STR("gumshoe"));
	(void)add(tags, STR("rule"), json_member_text(finding, "rule"));
	return tags;
}

void
tags_join(const json_t *tags, struct buf *out)
{
	for (size_t i = 0; i < json_array_size(tags); i++) {
		if (i > 0)
			buf_add_char(out, ',');
		buf_add(out, json_text(json_array_get(tags, i)));
	}
}
