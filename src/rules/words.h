/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a rule's condition must stand in every record it matches: one of some phrases,
 * and in its place the longest word of the literal that has it.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "rules/ruleset.h"

/* Sets r->words and r->phrases (none when no set is sure). */
void words_find(struct arena *a, struct rule *r);

/*
 * Whether c may stand in a phrase: an ASCII letter, a digit, or a mark that most writers
 * of JSON leave as it is.
 */
bool words_is_phrase(char c);
