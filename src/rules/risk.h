/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regexes that may cost without bound, told by their text: what is repeated can be split
 * into rounds in many ways, as in (a+)+, (.*a){9}, (a|aa)* or .*.*.* . A guess that errs
 * to no; what one really costs is counted when it runs (rules/regex.h). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/*
 * True: [*pos, *pos + *len) is what repeats, with its quantifiers. fold: the pattern is
 * caseless.
 */
bool risk_find(struct str pattern, bool fold, size_t *pos, size_t *len);
