/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of rules/: load a text, keep what was said about it. */
#pragma once

#include <stdlib.h>
#include <string.h>

#include "rules/load.h"
#include "tap.h"

static char *kit_said; /* messages of the last load; owned */

/* NULL when it was refused. */
static inline struct ruleset *
kit_load(const char *text_z)
{
	struct ruleset *rs = NULL;
	size_t len = 0;
	FILE *out;

	free(kit_said);
	kit_said = NULL;
	out = open_memstream(&kit_said, &len);
	if (out == NULL)
		abort();
	if (rules_load_text("t.yaml", str_z(text_z), out, &rs) != 0)
		rs = NULL;
	fclose(out);
	return rs;
}

static inline bool
kit_says(const char *text_z)
{
	return kit_said != NULL && strstr(kit_said, text_z) != NULL;
}

static inline void
kit_done(void)
{
	free(kit_said);
	kit_said = NULL;
}

/* One rule whose detection is the text given, at one level of indentation. */
static inline struct ruleset *
kit_detection(const char *detection_z)
{
	static char text[8192];

	snprintf(text, sizeof(text),
		"title: T\nname: r\nlogsource: {service: x}\n"
		"detection:\n%s",
		detection_z);
	return kit_load(text);
}

/* Rules a, b, d and a correlation c whose map is the text given. */
static inline struct ruleset *
kit_correlation(const char *correlation_z)
{
	static char text[8192];
	int n = 0;

	for (const char *name = "abd"; *name != '\0'; name++)
		n += snprintf(text + n, sizeof(text) - (size_t)n,
			"title: Rule %c\nname: %c\n"
			"logsource: {service: x}\ndetection:\n  s:\n"
			"    message|re: 'x (?P<order_id>[0-9]+) (?P<ms>[0-9]+)'\n"
			"  condition: s\n---\n",
			*name, *name);
	snprintf(text + n, sizeof(text) - (size_t)n,
		"title: C\nname: c\ncorrelation:\n%s", correlation_z);
	return kit_load(text);
}

static inline bool
kit_is(struct str s, const char *text_z)
{
	return str_eq(s, str_z(text_z));
}
