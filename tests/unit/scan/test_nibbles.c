/* SPDX-License-Identifier: Apache-2.0 */
/* Vectors and plain C against a search byte by byte, at each length and alignment. */
#include "scan/nibbles.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "tap.h"

static uint32_t seed = 88172645;

static uint32_t
roll(uint32_t n)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % n;
}

/* What bucket b was told to fit in place i. */
struct told {
	unsigned low[NIBBLES_BUCKETS][NIBBLES_LEN], high[NIBBLES_BUCKETS];
	unsigned half[NIBBLES_BUCKETS][NIBBLES_LEN];
};

/* (c + 1) / 2 of the bits that count. */
static unsigned
half_of(unsigned char c)
{
	return (c + 1U) / 2 % 16;
}

static void
allow(struct nibbles *t, struct told *o, unsigned b, size_t i, unsigned char c)
{
	nibbles_allow(t, b, i, c);
	o->low[b][i] |= 1U << (c & 15);
	o->half[b][i] |= 1U << half_of(c);
	if (i == 0)
		o->high[b] |= 1U << (c >> 4);
}

static bool
fits_low(const struct told *o, unsigned b, size_t i, unsigned char c)
{
	return (o->low[b][i] >> (c & 15) & 1) != 0;
}

static bool
fits_half(const struct told *o, unsigned b, size_t i, unsigned char c)
{
	return c < 255 && (o->half[b][i] >> half_of(c) & 1) != 0;
}

static bool
fits(const struct told *o, enum nibbles_depth depth, unsigned b, const unsigned char *p)
{
	if (!fits_half(o, b, 1, p[1]))
		return false;
	if (depth == NIBBLES_ALL)
		return fits_low(o, b, 0, p[0]) && (o->high[b] >> (p[0] >> 4) & 1) != 0 &&
		       p[2] <= 127 && fits_low(o, b, 2, p[2]) && fits_low(o, b, 3, p[3]);
	return fits_half(o, b, 0, p[0]) && fits_half(o, b, 2, p[2]) &&
	       (depth == NIBBLES_THREE || (p[3] <= 127 && fits_low(o, b, 3, p[3])));
}

static char
byte_at(struct str text, size_t at)
{
	return at < text.len ? text.ptr[at] : '\0';
}

/* An escaped LF and a quote; no backslash before. */
static bool
is_end(struct str text, size_t at)
{
	return at > 0 && byte_at(text, at - 1) != '\\' && byte_at(text, at) == '\\' &&
	       byte_at(text, at + 1) == 'n' && byte_at(text, at + 2) == '"';
}

static bool
is_place(const struct nibbles *t, const struct told *o, struct str text,
	enum nibbles_form form, size_t at)
{
	unsigned char p[NIBBLES_LEN];
	bool ends = form == NIBBLES_RAW
			    ? byte_at(text, at + 5) == '\n'
			    : text.ptr[at] == '"' || (byte_at(text, at + 8) == '0' &&
							     is_end(text, at + 10));

	for (size_t i = 0; i < sizeof(p); i++)
		p[i] = (unsigned char)byte_at(text, at + i);
	for (unsigned b = 0; b < NIBBLES_BUCKETS; b++)
		if (!(ends && (t->colours >> b & 1) != 0) && fits(o, t->depth, b, p))
			return true;
	return false;
}

static bool
is_right(const struct nibbles *t, const struct told *o, struct str text,
	enum nibbles_form form)
{
	struct nibbles_found f = { .next = 0 };
	size_t at = 0;
	uint64_t lines = 0, ends = 0;

	for (size_t i = 0; i < text.len; i++) {
		lines += text.ptr[i] == '\n';
		ends += form == NIBBLES_DOCKER && is_end(text, i);
	}
	while (nibbles_find(t, text, form, &f))
		for (size_t i = 0; i < f.n; i++) {
			while (at < text.len && !is_place(t, o, text, form, at))
				at++;
			if (at != f.at[i])
				return false;
			at++;
		}
	while (at < text.len && !is_place(t, o, text, form, at))
		at++;
	return at == text.len && f.lines == lines && f.ends == ends;
}

/* In each way. The text lies at the end of its memory: checkers see what is read behind.
 */
static bool
check(struct nibbles *t, const struct told *o, const char *p, size_t len, size_t shift)
{
	char *copy = malloc(shift + len + (shift + len == 0));
	bool good = true;

	if (copy == NULL)
		return false;
	if (len > 0)
		memcpy(copy + shift, p, len);
	for (unsigned way = 0; way < 12; way++) {
		t->plain = way % 2 == 1;
		t->depth = (enum nibbles_depth)(way / 4);
		good = good && is_right(t, o, (struct str){ copy + shift, len },
				       way / 2 % 2 == 0 ? NIBBLES_RAW : NIBBLES_DOCKER);
	}
	free(copy);
	return good;
}

static void
make_up(struct nibbles *t, struct told *o)
{
	*t = (struct nibbles){ .colours = (unsigned char)roll(256) };
	*o = (struct told){ .high = { 0 } };
	for (unsigned b = 0; b < NIBBLES_BUCKETS; b++)
		for (uint32_t k = roll(3); k > 0; k--)
			for (size_t i = 0; i < NIBBLES_LEN; i++)
				allow(t, o, b, i, (unsigned char)(33 + roll(90)));
}

/* Ends of docker's lines, and what is nearly one. */
static void
add_ends(char *text, size_t len)
{
	const struct str all[] = { STR("\\n\""), STR("\\\\n\""), STR("0m\\n\""),
		STR("\\n"), STR("a\\u001b[0m\\n\""), STR("\"\\u001b[0mb") };

	for (size_t at = 0; at + 20 < len; at += roll(40)) {
		struct str one = all[roll(ARRAY_LEN(all))];

		memcpy(text + at, one.ptr, one.len);
	}
}

static void
test_random(void)
{
	static const char few[] = "abAB \n\x1b[0m:9\xc3\xe1";
	static char text[20000];
	bool good = true;

	for (unsigned round = 0; round < TRIALS(200) && good; round++) {
		struct nibbles t;
		struct told o;

		make_up(&t, &o);
		for (size_t i = 0; i < sizeof(text); i++)
			text[i] = round % 2 == 0 ? few[roll(sizeof(few) - 1)]
						 : (char)roll(256);
		if (round % 3 == 0)
			add_ends(text, sizeof(text));
		for (unsigned k = 0; k < 20 && good; k++)
			good = check(&t, &o, text + roll(100), roll(800), roll(64));
		good = good &&
		       (round % 20 > 0 || check(&t, &o, text, sizeof(text), roll(64)));
	}
	OK(good);
}

/* Each length, and each place of one string in it. */
static void
test_places(void)
{
	struct nibbles t = { .colours = 0 };
	struct told o = { .high = { 0 } };
	char text[TRIALS(300)];
	bool good = true;

	for (size_t i = 0; i < NIBBLES_LEN; i++)
		allow(&t, &o, 3, i, (unsigned char)"gnal"[i]);
	for (size_t len = 0; len <= sizeof(text) && good; len++)
		for (size_t at = 0; at + 4 <= len && good; at++) {
			memset(text, at % 3 == 0 ? '\n' : '.', len);
			memcpy(text + at, "gnal", 4);
			good = check(&t, &o, text, len, len % 32);
		}
	OK(good);
}

/* More places than fit in one answer. */
static void
test_dense(void)
{
	struct nibbles t = { .colours = 0 };
	struct told o = { .high = { 0 } };
	static char text[70000];

	for (size_t i = 0; i < NIBBLES_LEN; i++)
		allow(&t, &o, 0, i, 'x');
	memset(text, 'x', sizeof(text));
	OK(check(&t, &o, text, sizeof(text), 1));
	memset(text, '\n', sizeof(text));
	OK(check(&t, &o, text, sizeof(text), 1));
}

int
main(void)
{
	test_random();
	test_places();
	test_dense();
	return tap_done();
}
