/* SPDX-License-Identifier: Apache-2.0 */
/* route: what a destination takes. */
#include "incident/route.h"

#include <stdlib.h>

#include "../../tap.h"

static json_t *
finding(void)
{
	json_t *f = json_loads(
		"{\"kind\":\"opened\",\"level\":\"high\",\"rule\":\"payment_outage\","
		"\"key\":{\"service\":\"orders\",\"order_id\":\"x\"},"
		"\"timeline\":[{\"source\":{}},{\"source\":{\"namespace\":\"sock-shop\"}}]}",
		0, NULL);

	if (f == NULL)
		abort();
	return f;
}

static bool
takes_with(const struct output_settings *o)
{
	json_t *f = finding();
	bool takes = route_takes(o, f);

	json_decref(f);
	return takes;
}

static void
test_patterns(void)
{
	static const struct {
		const char *pattern_z, *text_z;
		bool match;
	} rows[] = { { "", "", true }, { "", "a", false }, { "*", "", true },
		{ "a*", "abc", true }, { "*c", "abc", true }, { "a*c*", "abcc", true },
		{ "a?c", "abc", true }, { "a?", "a", false }, { "*ab", "aab", true },
		{ "a", "ab", false }, { "ab", "a", false }, { "a*b*c", "axbxbxc", true },
		{ "a*b*c", "axbxbx", false } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		OK(route_matches(str_z(rows[i].pattern_z), str_z(rows[i].text_z)) ==
			rows[i].match);
}

static void
test_routes(void)
{
	static const struct str rules[] = { STR_INIT("stuck_*"), STR_INIT("payment_*") };
	static const struct str other[] = { STR_INIT("kube-*") };
	static const struct str own[] = { STR_INIT("sock-*") };
	static const struct setting_pair labels[] = { { STR_INIT("service"),
		STR_INIT("ord*") } };
	static const struct setting_pair wrong[] = { { STR_INIT("service"),
		STR_INIT("payment") } };

	OK(takes_with(&(struct output_settings){ 0 }));
	OK(takes_with(&(struct output_settings){ .send = FINDING_OPENED }));
	OK(!takes_with(&(struct output_settings){ .send = FINDING_RESOLVED }));
	OK(takes_with(&(struct output_settings){ .route.levels = 1U << 3 | 1U << 4 }));
	OK(!takes_with(&(struct output_settings){ .route.levels = 1U << 4 }));
	OK(takes_with(&(struct output_settings){ .route.rules = { rules, 2 } }));
	OK(!takes_with(&(struct output_settings){ .route.rules = { rules, 1 } }));
	OK(takes_with(&(struct output_settings){ .route.namespaces = { own, 1 } }));
	OK(!takes_with(&(struct output_settings){ .route.namespaces = { other, 1 } }));
	OK(takes_with(&(struct output_settings){ .route.labels = { labels, 1 } }));
	OK(!takes_with(&(struct output_settings){ .route.labels = { wrong, 1 } }));
}

int
main(void)
{
	test_patterns();
	test_routes();
	return tap_done();
}
