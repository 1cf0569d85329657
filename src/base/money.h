/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Money as integer cents. Any thread.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

/*
 * "104.98", "-5", ".5": the whole text, rounded to cents, halves away from zero (the shop
 * prints 104.979996 for 104.98). False for anything else, and above 10^15 cents.
 */
bool money_parse(struct str s, int64_t *out);

/* As money_parse(), after blanks and a currency of up to 4 bytes ("$104.98", "USD 5"). */
bool money_parse_loose(struct str s, int64_t *out);

/* A JSON number or a string of money_parse_loose(). */
bool money_from_json(const json_t *v, int64_t *out);

/* a + b, held at the largest number there is. a and b are not negative. */
int64_t money_add(int64_t a, int64_t b);

/* Appends "104.98". */
void money_format(struct buf *b, int64_t cents);
