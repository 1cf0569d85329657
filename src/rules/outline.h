/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every match of a regex has, in this order: runs of bytes side by side, each byte
 * one of a set, and anything between two runs. To look for that in a text that lacks some
 * of it is cheaper than to search the text. Private to rules/; any thread.
 */
#pragma once

#include <stdbool.h>

#include "base/str.h"
#include "rules/ruleset.h"

struct outline;

/*
 * Of a pattern that PCRE2 compiles, to work on bytes. fold: caseless. NULL: it has no two
 * runs, says something unusual, or there is no memory.
 */
struct outline *outline_new(struct str pattern, bool fold);
void outline_free(struct outline **po);

/* False: the pattern matches nowhere in text. */
bool outline_stands(const struct outline *o, struct str text);

/*
 * What stands beside a phrase in every match of such a pattern; the phrase is spelt as
 * there, or, fold, in lower case. False: nothing is known.
 */
bool outline_margin(struct str pattern, bool fold, struct str phrase, struct margin *out);
