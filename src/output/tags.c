/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tags come from the key first, then from the sources of the timeline, which may be
 * thousands of entries of few services.
 */
#include "output/tags.h"

#include <stdbool.h>

#include "base/json.h"
#include "output/finding.h"

#define TAG_MAX      ((size_t)200)
#define TAGS_MAX     ((size_t)100)
#define SUFFIX_LEN   ((size_t)5) /* what Kubernetes puts behind a name */
#define SERVICES_MAX ((size_t)5)
#define FINDINGS_MAX ((size_t)20) /* of a group */

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
	if (value.len == 0 || str_eq(value, STR("unknown")) ||
		json_array_size(tags) >= TAGS_MAX)
		return false;
	buf_init(&b, 4096);
	add_clean(&b, name);
	buf_add_char(&b, ':');
	add_clean(&b, str_sub(value, 0, TAG_MAX));
	tag = str_sub(buf_str(&b), 0, TAG_MAX);
	while (tag.len > 0 && tag.ptr[tag.len - 1] == ':')
		tag.len--;
	if (tag.len > name.len && char_is_alpha(tag.ptr[0]) && !buf_failed(&b) &&
		!has(tags, tag))
		grown = json_array_append_new(tags, json_stringn(tag.ptr, tag.len)) == 0;
	buf_fini(&b);
	return grown;
}

void
tags_add(json_t *tags, struct str name, struct str value)
{
	(void)add(tags, name, value);
}

struct str
tags_service(const json_t *source)
{
	struct str name = json_member_text(source, "datadog_service");

	return name.len > 0 ? name : json_member_text(source, "service");
}

static bool
all_of(struct str s, bool (*is)(char))
{
	for (size_t i = 0; i < s.len; i++)
		if (!is(s.ptr[i]))
			return false;
	return s.len > 0;
}

struct str
tags_workload(const json_t *source)
{
	struct str pod = json_member_text(source, "pod");
	struct str service = json_member_text(source, "service");
	struct str hash, rest;

	if (service.len == 0 || !str_starts(pod, service) || pod.len <= service.len + 1 ||
		pod.ptr[service.len] != '-')
		return STR("");
	rest = str_sub(pod, service.len + 1, pod.len);
	if (all_of(rest, char_is_digit))
		return STR("kube_stateful_set");
	if (rest.len == SUFFIX_LEN && all_of(rest, char_is_alnum))
		return STR("kube_daemon_set");
	hash = str_cut(&rest, '-');
	if (rest.len == SUFFIX_LEN && all_of(rest, char_is_alnum) &&
		all_of(hash, char_is_alnum))
		return STR("kube_deployment");
	return STR("");
}

static void
add_source(json_t *tags, const json_t *source, enum tags_use use)
{
	struct str service = json_member_text(source, "service");
	struct str kind = tags_workload(source);

	if (use == TAGS_SUBJECT)
		(void)add(tags, STR("service"), tags_service(source));
	if (kind.len > 0)
		(void)add(tags, kind, service);
	(void)add(
		tags, STR("kube_container_name"), json_member_text(source, "container"));
}

/* True: the source's service (or the want of one) is new. */
static bool
is_new(json_t *seen, const json_t *source)
{
	struct str service = json_member_text(source, "service");
	struct str pod = json_member_text(source, "pod");

	if (service.len + pod.len == 0 || has(seen, service))
		return false;
	return json_array_append_new(seen, json_stringn(service.ptr, service.len)) == 0;
}

static void
add_subject(json_t *tags, const json_t *finding, enum tags_use use)
{
	const json_t *key = json_member(finding, "key");
	const json_t *timeline = json_member(finding, "timeline");
	struct str service = json_member_text(key, "service");
	json_t *seen = json_array();

	(void)add(tags, STR("kube_namespace"), finding_label(finding, "namespace"));
	for (size_t i = 0; i < json_array_size(timeline); i++) {
		const json_t *source = json_member(json_array_get(timeline, i), "source");

		if (service.len > 0 &&
			!str_eq(json_member_text(source, "service"), service))
			continue;
		if (json_array_size(seen) < SERVICES_MAX && is_new(seen, source))
			add_source(tags, source, use);
	}
	if (json_array_size(seen) == 0 && use == TAGS_SUBJECT)
		(void)add(tags, STR("service"), service);
	json_decref(seen);
}

/* "team:shop" as it was configured; without a colon it is a tag of its own. */
static void
add_configured(json_t *tags, struct str text)
{
	struct str rest = str_trim(text);
	struct str name = str_cut(&rest, ':');
	struct buf b;

	if (rest.len > 0) {
		(void)add(tags, name, rest);
		return;
	}
	buf_init(&b, 4096);
	add_clean(&b, str_sub(name, 0, TAG_MAX));
	if (b.len > 0 && char_is_alpha(b.data[0]) && !has(tags, buf_str(&b)) &&
		json_array_size(tags) < TAGS_MAX)
		(void)json_array_append_new(tags, json_stringn(b.data, b.len));
	buf_fini(&b);
}

json_t *
tags_make(const struct output_settings *conf, const struct finding *findings, size_t n,
	enum tags_use use)
{
	json_t *tags = json_array();

	if (tags == NULL)
		return NULL;
	for (size_t i = 0; use != TAGS_OWN && i < n && i < FINDINGS_MAX; i++)
		add_subject(tags, findings[i].body, use);
	(void)add(tags, STR("kube_cluster_name"), conf->cluster);
	(void)add(tags, STR("env"), conf->env);
	(void)add(tags, STR("detected_by"), STR("gumshoe"));
	for (size_t i = 0; i < n && i < FINDINGS_MAX; i++)
		(void)add(tags, STR("rule"), json_member_text(findings[i].body, "rule"));
	for (size_t i = 0; i < conf->tags.n; i++)
		add_configured(tags, conf->tags.items[i]);
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
