/* SPDX-License-Identifier: Apache-2.0 */
/* Looking things up in a loaded ruleset, and letting it go. */
#include "rules/ruleset.h"

#include <stdlib.h>

#include "rules/regex.h"

const struct str level_names[] = {
	{ "", 0 },
	{ "informational", 13 },
	{ "low", 3 },
	{ "medium", 6 },
	{ "high", 4 },
	{ "critical", 8 },
};

void
ruleset_free(struct ruleset **pr)
{
	struct ruleset *rs = *pr;

	*pr = NULL;
	if (rs == NULL)
		return;
	for (struct regex_link *link = rs->regexes; link != NULL; link = link->next)
		regex_free(&link->regex);
	arena_free(&rs->arena);
	free(rs);
}

struct str
ruleset_name(const struct ruleset *rs, uint32_t number)
{
	uint32_t i = number & ~CORRELATION_BIT;

	if ((number & CORRELATION_BIT) != 0)
		return i < rs->n_corrs ? rs->corrs[i].name : (struct str){ 0 };
	return i < rs->n_rules ? rs->rules[i].name : (struct str){ 0 };
}

uint32_t
ruleset_find(const struct ruleset *rs, struct str name)
{
	for (size_t i = 0; i < rs->n_rules; i++)
		if (str_eq(rs->rules[i].name, name))
			return (uint32_t)i;
	for (size_t i = 0; i < rs->n_corrs; i++)
		if (str_eq(rs->corrs[i].name, name))
			return (uint32_t)i | CORRELATION_BIT;
	return UINT32_MAX;
}
