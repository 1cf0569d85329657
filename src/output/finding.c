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
