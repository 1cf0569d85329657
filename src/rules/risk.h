/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Regexes that may cost without bound, told by their text: a repeated group in which
 * something repeated stands alone, like (a+)+ or (\w+\s?)*. A guess for a warning; what
 * one really costs is counted when it runs (rules/regex.h). Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/str.h"

/* True: [*pos, *pos + *len) is the group with its quantifier. */
bool risk_find(struct str pattern, size_t *pos, size_t *len);
