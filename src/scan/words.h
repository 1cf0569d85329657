/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both engines look for: the words of all log rules, each once. Private to scan/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "rules/ruleset.h"

struct scan_words {
	struct str *at; /* owned; the texts are the ruleset's */
	size_t n;
	bool takes_all; /* some log rule has no word */
};

/* False without memory. */
bool scan_words_init(struct scan_words *w, const struct ruleset *rs);
void scan_words_fini(struct scan_words *w);
