/* SPDX-License-Identifier: Apache-2.0 */
#include "incident/route.h"

#include "base/compiler.h"
#include "base/json.h"
#include "rules/ruleset.h"

bool
route_matches(struct str pattern, struct str s)
{
	size_t p = 0, at = 0, star = SIZE_MAX, mark = 0;

	while (at < s.len) {
		char c = p < pattern.len ? pattern.ptr[p] : '\0';

		if (p < pattern.len && c == '*') {
			star = p++;
			mark = at;
		} else if (p < pattern.len && (c == '?' || c == s.ptr[at])) {
			p++;
			at++;
		} else if (star != SIZE_MAX) {
			p = star + 1;
			at = ++mark;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.ptr[p] == '*')
		p++;
	return p == pattern.len;
}

static bool
any_matches(struct setting_texts patterns, struct str s)
{
	for (size_t i = 0; i < patterns.n; i++)
		if (route_matches(patterns.items[i], s))
			return true;
	return patterns.n == 0;
}

static unsigned
kind_bit(struct str kind)
{
	if (str_eq(kind, STR("opened")))
		return FINDING_OPENED;
	return str_eq(kind, STR("resolved")) ? FINDING_RESOLVED : FINDING_UPDATED;
}

/* The settings' bit 0 is informational. */
static bool
takes_level(unsigned levels, struct str name)
{
	for (int i = LEVEL_INFORMATIONAL; i <= LEVEL_CRITICAL; i++)
		if (str_eq(level_names[i], name))
			return levels == 0 ||
			       (levels & 1U << (i - LEVEL_INFORMATIONAL)) != 0;
	return levels == 0;
}

static struct str
namespace_of(const json_t *finding)
{
	const json_t *timeline = json_member(finding, "timeline");
	struct str name = json_member_text(json_member(finding, "key"), "namespace");

	for (size_t i = 0; name.len == 0 && i < json_array_size(timeline); i++)
		name = json_member_text(
			json_member(json_array_get(timeline, i), "source"), "namespace");
	return name;
}

static bool
takes_labels(struct setting_pairs labels, const json_t *key)
{
	for (size_t i = 0; i < labels.n; i++)
		if (!route_matches(labels.items[i].value,
			    json_text(json_at(key, labels.items[i].name))))
			return false;
	return true;
}

bool
route_takes(const struct output_settings *output, const json_t *finding)
{
	const struct route_settings *r = &output->route;

	if (output->send != 0 &&
		(output->send & kind_bit(json_member_text(finding, "kind"))) == 0)
		return false;
	return takes_level(r->levels, json_member_text(finding, "level")) &&
	       any_matches(r->rules, json_member_text(finding, "rule")) &&
	       (r->namespaces.n == 0 ||
		       any_matches(r->namespaces, namespace_of(finding))) &&
	       takes_labels(r->labels, json_member(finding, "key"));
}
