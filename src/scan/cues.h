/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the searchers look for, each once, and which rules it concerns: the phrases of all
 * log rules, each with its word. A cue is known by its number. Private to scan/.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/str.h"
#include "rules/ruleset.h"

struct cues {
	struct str *phrase, *word; /* owned; the bytes too */
	struct str *exact;         /* owned: phrases where case counts; else empty */
	struct margin *margin;     /* owned: what all rules ask beside phrases */
	size_t n;
	uint32_t *from;     /* n + 1: where in rules a cue's begin */
	uint32_t *rules;    /* ascending within a cue */
	uint32_t *wordless; /* rules without any cue */
	size_t n_wordless;
	char *bytes;
};

/* False without memory. */
bool cues_init(struct cues *c, const struct ruleset *rs);
void cues_fini(struct cues *c);
