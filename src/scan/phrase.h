/* SPDX-License-Identifier: Apache-2.0 */
/* A phrase in a raw line, read through colours and escapes. Private to scan/; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"
#include "rules/ruleset.h"

/*
 * Whether phrase may stand in text with its byte off at offset at: as it is, or, not
 * cased and given in lower case, in any case. Colours and what escapes a slash are passed
 * over; other escapes may be anything.
 * Where it stands as it is, it does with what m asks beside it, as far as can be told.
 */
bool phrase_stands(struct str text, size_t at, struct str phrase, bool cased, size_t off,
	const struct margin *m);
