/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of a rule's condition one of which must stand in every record it matches:
 * the longest run of ASCII letters and digits of each literal that is required.
 */
#pragma once

#include "base/arena.h"
#include "rules/ruleset.h"

/* Sets r->words (none when no set of words is sure). */
void words_find(struct arena *a, struct rule *r);
