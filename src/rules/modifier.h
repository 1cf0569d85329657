/* SPDX-License-Identifier: Apache-2.0 */
/* "field|modifier|...": the key of a detection item. Private to rules/. */
#pragma once

#include "rules/loader.h"

struct modifiers {
	struct str field;   /* empty: keywords */
	enum item_op op;    /* EQUALS, REGEX, EXISTS, LT ... GTE */
	bool before, after; /* open at that end: endswith, startswith, contains */
	bool all, cased, negated;
	unsigned regex_flags; /* enum regex_flags */
};

/* False after errors. */
bool modifiers_parse(
	struct loader *l, struct str key, struct str where, struct modifiers *out);
