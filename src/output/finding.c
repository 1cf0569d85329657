/* SPDX-License-Identifier: Apache-2.0 */
#include "output/finding.h"

#include "base/json.h"
#include "base/time.h"
#include "conf/settings.h"
#include "output/body.h"
#include "rules/ruleset.h"

unsigned
finding_kind(const json_t *finding)
{
	struct str kind = json_member_text(finding, "kind");

	if (str_eq(kind, STR("opened")))
		return FINDING_OPENED;
	return str_eq(kind, STR("resolved")) ? FINDING_RESOLVED : FINDING_UPDATED;
}

static int
level_of(const json_t *obj)
{
	struct str name = json_member_text(obj, "level");

	for (int i = LEVEL_NONE + 1; i <= LEVEL_CRITICAL; i++)
		if (str_eq(level_names[i], name))
			return i;
	return LEVEL_NONE;
}

int
finding_level(const json_t *finding)
{
	return level_of(finding);
}

int64_t
finding_time(const json_t *finding, const char *name_z)
{
	struct str at = json_member_text(finding, name_z);
	int64_t at_ns;

	return time_parse(&at, NULL, &at_ns) ? at_ns : TIME_NONE;
}

int64_t
finding_at(const json_t *finding)
{
	static const char *const names_z[] = { [FINDING_OPENED] = "opened_at",
		[FINDING_UPDATED] = "last_at",
		[FINDING_RESOLVED] = "resolved_at" };
	int64_t at_ns = finding_time(finding, names_z[finding_kind(finding)]);

	return at_ns != TIME_NONE ? at_ns : finding_time(finding, "first_at");
}

const json_t *
finding_lead(const json_t *finding)
{
	const json_t *timeline = json_member(finding, "timeline");
	const json_t *lead = NULL;

	for (size_t i = 0; i < json_array_size(timeline); i++) {
		const json_t *e = json_array_get(timeline, i);

		if (lead == NULL || level_of(e) > level_of(lead))
			lead = e;
	}
	return lead;
}

struct str
finding_label(const json_t *finding, const char *label_z)
{
	const json_t *timeline = json_member(finding, "timeline");
	struct str value = json_member_text(json_member(finding, "key"), label_z);

	for (size_t i = 0; value.len == 0 && i < json_array_size(timeline); i++)
		value = json_member_text(
			json_member(json_array_get(timeline, i), "source"), label_z);
	return value;
}

struct str
finding_id(const json_t *finding)
{
	return body_cut(json_member_text(finding, "id"), FINDING_ID_MAX);
}

int64_t
finding_seq(const json_t *finding)
{
	return json_i64(json_member(finding, "seq"), 0);
}

static size_t
size_of(const json_t *v)
{
	return json_dumpb(v, NULL, 0, JSON_COMPACT | JSON_REAL_PRECISION(12));
}

/* All texts inside v, at most max bytes each. */
static void
cut_texts(json_t *v, size_t max)
{
	const char *name_z;
	json_t *member;
	void *next;
	size_t i;

	json_array_foreach(v, i, member)
	{
		if (json_is_string(member) && json_string_length(member) > max)
			(void)json_array_set_new(v, i, body_text(json_text(member), max));
		else
			cut_texts(member, max);
	}
	json_object_foreach_safe(v, next, name_z, member)
	{
		if (json_is_string(member) && json_string_length(member) > max)
			body_set(v, name_z, body_text(json_text(member), max));
		else
			cut_texts(member, max);
	}
}

static void
halve(json_t *finding, const char *name_z, const char *more_z)
{
	json_t *list = json_member(finding, name_z);
	size_t left = json_array_size(list) / 2;
	int64_t more = json_i64(json_member(finding, more_z), 0);

	if (json_array_size(list) == 0)
		return;
	more += (int64_t)(json_array_size(list) - left);
	while (json_array_size(list) > left)
		(void)json_array_remove(list, json_array_size(list) - 1);
	body_set(finding, more_z, json_integer(more));
}

json_t *
finding_small(const json_t *finding, size_t max)
{
	json_t *copy = json_deep_copy(finding);

	if (copy == NULL || size_of(copy) <= max)
		return copy;
	cut_texts(copy, 1000);
	while (size_of(copy) > max &&
		json_array_size(json_member(copy, "timeline")) +
				json_array_size(json_member(copy, "causes")) +
				json_array_size(json_member(copy, "explains")) >
			0) {
		halve(copy, "explains", "explains_more");
		halve(copy, "timeline", "timeline_more");
		halve(copy, "causes", "causes_more");
	}
	if (size_of(copy) > max)
		json_object_del(copy, "complete");
	if (size_of(copy) > max)
		cut_texts(copy, 50);
	return copy;
}
