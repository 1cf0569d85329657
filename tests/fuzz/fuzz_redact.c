/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as text and as a value: redaction ends, reads nothing beyond, and a second
 * pass finds no card number that the first one left.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "match/card.h"
#include "match/redact.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
has_card(struct str s)
{
	struct card card;

	for (size_t at = 0; at < s.len; at++)
		if (char_is_digit(s.ptr[at]) &&
			(at == 0 || !char_is_digit(s.ptr[at - 1])) &&
			card_at(s, at, &card) > 0)
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = { (const char *)data, size };
	size_t colon = str_find_char(text, ':');
	struct buf b;
	bool hit;

	buf_init(&b, (size_t)64 << 20);
	hit = redact_text(&b, text);
	assert(hit || str_eq(buf_str(&b), text));
	assert(!buf_failed(&b));
	if (!hit)
		assert(!has_card(text));
	if (colon != SIZE_MAX) {
		buf_reset(&b);
		redact_value(
			&b, str_sub(text, 0, colon), str_sub(text, colon + 1, text.len));
	}
	buf_fini(&b);
	return 0;
}
