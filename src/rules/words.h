/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What of a rule's condition must stand in every record it matches: one of some phrases,
 * and in its place the longest word of the literal that has it.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "rules/ruleset.h"

#define WORDS_WORK ((size_t)32 * 1024 * 1024)

/*
 * Sets r->words and r->phrases (none when no set is sure). work is for what is left over
 * on the way, of WORDS_WORK bytes, and empty before and afterwards.
 */
void words_find(struct arena *a, struct arena *work, struct rule *r);

/*
 * Whether c may stand in a phrase: an ASCII letter, a digit, or a mark that most writers
 * of JSON leave as it is.
 */
bool words_is_phrase(char c);
