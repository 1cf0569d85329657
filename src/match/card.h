/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Payment card numbers in text: 13 to 19 digits of a known issuer that pass Luhn's check,
 * in one run or in the usual groups. Private to match/; pure, any thread.
 */
#pragma once

#include <stddef.h>

#include "base/str.h"

#define CARD_DIGITS_MIN 13
#define CARD_DIGITS_MAX 19

struct card {
	char digit[CARD_DIGITS_MAX];
	size_t n;
};

/*
 * Bytes of the card number that starts at s[at], or 0. Numbers inside longer words, hex
 * runs, UUIDs, fractions, and trace ids as Sleuth prints them are none.
 */
size_t card_at(struct str s, size_t at, struct card *card);
