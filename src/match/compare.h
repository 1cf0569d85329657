/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One value of a rule against one value of a record. Private to match/; pure, any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "rules/ruleset.h"

/*
 * The whole of text against the parts, wildcards crossing lines; a number of the rule
 * also equals the same number written otherwise. On true *hit is where the first literal
 * part stands in text.
 */
bool compare_equals(const struct value *v, struct str text, bool cased, size_t *hit);

/* text as a number against the value's; false when it is none. */
bool compare_number(const struct value *v, enum item_op op, struct str text);
