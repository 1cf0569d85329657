/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs the tests that stand inside rules: a line, an event, a pod object or a volume, and
 * what is to come of it. One thread.
 */
#pragma once

#include <stddef.h>
#include <stdio.h>

#include "rules/ruleset.h"

struct ruletest_counts {
	size_t passed, failed;
};

/* Says each failure on out: the test's file:line, what was expected, and why not. */
void ruletest_run(const struct ruleset *rs, FILE *out, struct ruletest_counts *counts);

/*
 * One record of a line given by hand, for explain: evaluates every rule for it. Prints to
 * out; rule UINT32_MAX: all log rules. For a rule that is for no logs it is the record's
 * map as JSON, as in its tests.
 */
void ruletest_explain(
	const struct ruleset *rs, uint32_t rule, struct str line, FILE *out);
