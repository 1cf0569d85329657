/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Luhn alone lets every tenth number pass, so the issuer's range and its lengths count
 * too, and what stands around the number.
 */
#include "match/card.h"

#include <string.h>

#include "base/compiler.h"

#define SLEUTH_ID  16
#define GROUPS_MAX 5

struct issuer {
	unsigned from, to; /* the first digits of both, as many as they have */
	unsigned min_len, max_len;
};

static const struct issuer issuers[] = {
	{ 4, 4, 13, 19 },   /* Visa */
	{ 51, 55, 16, 16 }, /* Mastercard */
	{ 2221, 2720, 16, 16 },
	{ 34, 34, 15, 15 }, /* American Express */
	{ 37, 37, 15, 15 },
	{ 300, 305, 14, 19 }, /* Diners Club */
	{ 36, 36, 14, 19 },
	{ 38, 39, 14, 19 },
	{ 3528, 3589, 16, 19 }, /* JCB */
	{ 6011, 6011, 16, 19 }, /* Discover */
	{ 644, 649, 16, 19 },
	{ 65, 65, 16, 19 },
	{ 62, 62, 16, 19 }, /* UnionPay */
	{ 60, 60, 16, 16 }, /* RuPay */
	{ 81, 82, 16, 16 },
	{ 508, 508, 16, 16 },
	{ 2200, 2204, 16, 19 }, /* Mir */
	{ 5018, 5018, 13, 19 }, /* Maestro */
	{ 5020, 5020, 13, 19 },
	{ 5038, 5038, 13, 19 },
	{ 5893, 5893, 13, 19 },
	{ 6304, 6304, 13, 19 },
	{ 6759, 6759, 13, 19 },
	{ 6761, 6763, 13, 19 },
};

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool
passes_luhn(const struct card *c)
{
	unsigned sum = 0;

	for (size_t i = 0; i < c->n; i++) {
		unsigned d = (unsigned)(c->digit[c->n - 1 - i] - '0');

		if (i % 2 == 1)
			d = d * 2 > 9 ? d * 2 - 9 : d * 2;
		sum += d;
	}
	return sum % 10 == 0;
}

static unsigned
first_digits(const struct card *c, unsigned like)
{
	unsigned v = 0;

	for (size_t i = 0; like > 0; i++, like /= 10)
		v = v * 10 + (unsigned)(c->digit[i] - '0');
	return v;
}

static bool
has_issuer(const struct card *c)
{
	for (size_t i = 0; i < ARRAY_LEN(issuers); i++) {
		const struct issuer *is = &issuers[i];
		unsigned v = first_digits(c, is->from);

		if (v >= is->from && v <= is->to && c->n >= is->min_len &&
			c->n <= is->max_len)
			return true;
	}
	return false;
}

static size_t
run_of_digits(struct str s, size_t at)
{
	size_t n = 0;

	while (at + n < s.len && n <= CARD_DIGITS_MAX && char_is_digit(s.ptr[at + n]))
		n++;
	return n;
}

/* The groups that cards are printed in. */
static bool
is_grouping(const size_t *group, size_t n)
{
	if (n == 3)
		return group[1] == 6 && (group[2] == 4 || group[2] == 5);
	for (size_t i = 1; i + 1 < n; i++)
		if (group[i] != 4)
			return false;
	return (n == 4 || n == 5) && group[n - 1] >= 1 && group[n - 1] <= 4;
}

/* Up to max groups from the first one of four digits on; returns bytes read. */
static size_t
read_groups(struct str s, size_t at, size_t max, struct card *c)
{
	size_t group[GROUPS_MAX] = { 4 }, n = 1, used = 4;
	char sep = at + 4 < s.len ? s.ptr[at + 4] : '\0';

	if (sep != ' ' && sep != '-')
		return 0;
	while (n < max && at + used < s.len && s.ptr[at + used] == sep) {
		size_t len = run_of_digits(s, at + used + 1);

		if (len == 0 || len > 6 || c->n + len > CARD_DIGITS_MAX)
			break;
		if (n == 4 && len != 3)
			break;
		memcpy(c->digit + c->n, s.ptr + at + used + 1, len);
		c->n += len;
		group[n++] = len;
		used += 1 + len;
		if (len != 4 && len != 6)
			break;
	}
	return is_grouping(group, n) ? used : 0;
}

/* A hyphen before the number belongs to it unless a word that is no hex stands before. */
static bool
starts_here(struct str s, size_t at)
{
	size_t i = at;

	if (at == 0)
		return true;
	if (is_word(s.ptr[at - 1]))
		return false;
	if (s.ptr[at - 1] == '.')
		return at < 2 || !char_is_digit(s.ptr[at - 2]);
	if (s.ptr[at - 1] != '-')
		return true;
	for (i = at - 1; i > 0 && at - i < 64 && is_word(s.ptr[i - 1]); i--)
		if (char_is_alpha(s.ptr[i - 1]) && char_hex(s.ptr[i - 1]) < 0)
			return true;
	return i == at - 1;
}

static bool
ends_here(struct str s, size_t end)
{
	if (end == s.len)
		return true;
	if (is_word(s.ptr[end]))
		return false;
	if (end + 1 == s.len)
		return true;
	if (s.ptr[end] == '-')
		return !is_word(s.ptr[end + 1]);
	return s.ptr[end] != '.' || !char_is_digit(s.ptr[end + 1]);
}

/* The end of [app,trace,span,exported]. */
static bool
closes_sleuth(struct str s, size_t at)
{
	struct str rest = str_sub(s, at, s.len);

	return str_starts(rest, STR(",true]")) || str_starts(rest, STR(",false]"));
}

static bool
is_trace_id(struct str s, size_t at, size_t end)
{
	size_t i = end + 1;

	if (end - at != SLEUTH_ID || at == 0 || s.ptr[at - 1] != ',')
		return false;
	if (closes_sleuth(s, end))
		return true;
	if (end == s.len || s.ptr[end] != ',')
		return false;
	while (i < s.len && i <= end + SLEUTH_ID && char_hex(s.ptr[i]) >= 0)
		i++;
	return i == end + 1 + SLEUTH_ID && closes_sleuth(s, i);
}

static bool
is_card(struct str s, size_t at, size_t used, const struct card *card)
{
	return used > 0 && card->n >= CARD_DIGITS_MIN && ends_here(s, at + used) &&
	       passes_luhn(card) && has_issuer(card) && !is_trace_id(s, at, at + used);
}

size_t
card_at(struct str s, size_t at, struct card *card)
{
	size_t run = run_of_digits(s, at);

	if ((run != 4 && run < CARD_DIGITS_MIN) || run > CARD_DIGITS_MAX ||
		!starts_here(s, at))
		return 0;
	memcpy(card->digit, s.ptr + at, run);
	card->n = run;
	if (run != 4)
		return is_card(s, at, run, card) ? run : 0;
	/* A fifth group may be the check number. */
	for (size_t max = GROUPS_MAX; max >= 3; max--) {
		size_t used;

		card->n = 4;
		used = read_groups(s, at, max, card);
		if (is_card(s, at, used, card))
			return used;
	}
	return 0;
}
