/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as text and as a value: redaction ends, reads nothing beyond, and a second
 * pass finds no card number that the first one left.
 */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "match/card.h"
#include "match/finder.h"
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
	const struct hash_key key = { 1, 2 };
	struct finder fast, plain;
	size_t a, c;
	struct str out;
	struct buf b;
	bool hit;

	buf_init(&b, (size_t)64 << 20);
	out = redact_text(key, &b, text);
	hit = out.ptr != text.ptr;
	assert(hit || out.len == text.len);
	assert(!buf_failed(&b));
	finder_init(&fast, text);
	finder_init(&plain, text);
	plain.plain = true;
	for (a = c = 0; a != SIZE_MAX; a = finder_next(&fast, a + 1)) {
		assert(a == c);
		c = finder_next(&plain, c + 1);
	}
	assert(c == SIZE_MAX);
	if (!hit)
		assert(!has_card(text));
	if (colon != SIZE_MAX) {
		redact_value(key, &b, telling_of(str_sub(text, 0, colon)),
			str_sub(text, colon + 1, text.len));
	}
	buf_fini(&b);
	return 0;
}
