/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which log rules a source takes part in. That depends on its service alone, so there is
 * one choice for each service that rules name, one for all other services and one for
 * sources whose service nobody knows. One thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record/source.h"
#include "rules/ruleset.h"
#include "scan/prefilter.h"

struct choice {
	uint32_t *rules; /* ascending */
	size_t n;
	uint32_t *wordless; /* those that want every line */
	size_t n_wordless;
	unsigned char *takes;  /* by rule: is it one of them */
	unsigned char *wanted; /* by cue: has it one of them */
	size_t n_wanted;
	bool made;
};

struct choices;

/* Both are borrowed; p may be NULL: then no choice has cues. NULL: out of memory. */
struct choices *choices_new(const struct ruleset *rs, const struct prefilter *p);
void choices_free(struct choices **pc);

/* s NULL: a source of which nothing is known. NULL: out of memory. */
const struct choice *choices_get(struct choices *c, const struct source *s);
