/* SPDX-License-Identifier: Apache-2.0 */
/*
 * String views: looking, cutting, numbers, UTF-8 and "did you mean". Pure functions.
 */
#include "base/str.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"

#define DISTANCE_LEN_MAX 128
#define NUMBER_LEN_MAX   127
#define SHORT_LEN_MAX    15 /* so many digits fit into a double */

int
str_prec(struct str s)
{
	return s.len > INT_MAX ? INT_MAX : (int)s.len;
}

struct str
str_z(const char *text_z)
{
	if (text_z == NULL)
		return STR("");
	return (struct str){ .ptr = text_z, .len = strlen(text_z) };
}

/* Whether eight bytes are the same but for the case of letters. */
static inline bool
is_fold8(uint64_t a, uint64_t b)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t differs = a ^ b, lower = (a | 0x20 * ones) & 0x7f * ones;
	uint64_t letters = (lower + 0x1f * ones) & ~(lower + 0x05 * ones) & ~a;

	return differs == 0 || ((differs & ~(0x20 * ones)) == 0 &&
				       (differs << 2 & ~letters & 0x80 * ones) == 0);
}

bool
str_eq_fold(struct str a, struct str b)
{
	size_t i = 0;

	if (a.len != b.len)
		return false;
	for (; i + 8 <= a.len; i += 8)
		if (!is_fold8(bytes_load8(a.ptr + i), bytes_load8(b.ptr + i)))
			return false;
	if (a.len >= 8)
		return is_fold8(
			bytes_load8(a.ptr + a.len - 8), bytes_load8(b.ptr + b.len - 8));
	for (; i < a.len; i++)
		if (char_lower(a.ptr[i]) != char_lower(b.ptr[i]))
			return false;
	return true;
}

int
str_cmp(struct str a, struct str b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int order = len > 0 ? memcmp(a.ptr, b.ptr, len) : 0;

	if (order != 0)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

size_t
str_find(struct str s, struct str needle)
{
	const char *hit;

	if (needle.len == 0)
		return 0;
	if (s.len < needle.len)
		return SIZE_MAX;
	hit = memmem(s.ptr, s.len, needle.ptr, needle.len);
	return hit != NULL ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

struct str
str_trim(struct str s)
{
	while (s.len > 0 && is_blank(s.ptr[0]))
		s.ptr++, s.len--;
	while (s.len > 0 && is_blank(s.ptr[s.len - 1]))
		s.len--;
	return s;
}

bool
str_to_i64(struct str s, int64_t min, int64_t max, int64_t *out)
{
	bool neg = s.len > 0 && s.ptr[0] == '-';
	int64_t v = 0; /* the negative of the number: that side has room for INT64_MIN */

	if (s.len == neg)
		return false;
	for (size_t i = neg; i < s.len; i++) {
		int digit = s.ptr[i] - '0';

		if (digit < 0 || digit > 9 || v < (INT64_MIN + digit) / 10)
			return false;
		v = v * 10 - digit;
	}
	if (!neg && v == INT64_MIN)
		return false;
	if (!neg)
		v = -v;
	if (v < min || v > max)
		return false;
	*out = v;
	return true;
}

static size_t
skip_sign(struct str s, size_t i)
{
	return i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+') ? i + 1 : i;
}

/* [sign] digits [. digits] [e [sign] digits], with a digit on one side of the point. */
static bool
is_decimal(struct str s)
{
	size_t start = skip_sign(s, 0);
	size_t i = str_skip_digits(s, start);
	size_t digits = i - start;

	if (i < s.len && s.ptr[i] == '.') {
		start = i + 1;
		i = str_skip_digits(s, start);
		digits += i - start;
	}
	if (digits == 0)
		return false;
	if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
		start = skip_sign(s, i + 1);
		i = str_skip_digits(s, start);
		if (i == start)
			return false;
	}
	return i == s.len;
}

/*
 * Digits with a point: both parts of the quotient are exact, so one division rounds as
 * strtod() does.
 */
static bool
take_short_number(struct str s, double *out)
{
	static const double powers[] = { 1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9,
		1e10, 1e11, 1e12, 1e13, 1e14, 1e15 };
	uint64_t v = 0;
	size_t i = 0, point;
	unsigned digit;

	if (s.len > SHORT_LEN_MAX)
		return false;
	for (; i < s.len && (digit = (unsigned char)s.ptr[i] - '0') < 10u; i++)
		v = v * 10 + digit;
	point = i++;
	if (point == 0)
		return false; /* whether ".5" is a number is not asked here */
	if (point == s.len) {
		*out = (double)v;
		return true;
	}
	if (s.ptr[point] != '.' || i == s.len)
		return false;
	for (; i < s.len && (digit = (unsigned char)s.ptr[i] - '0') < 10u; i++)
		v = v * 10 + digit;
	if (i < s.len)
		return false;
	*out = (double)v / powers[s.len - 1 - point];
	return true;
}

/* Apart: it takes much of the stack. */
NEVER_INLINE static bool
take_any_number(struct str s, double *out)
{
	char text_z[NUMBER_LEN_MAX + 1];
	double v;

	if (s.len > NUMBER_LEN_MAX || !is_decimal(s))
		return false;
	memcpy(text_z, s.ptr, s.len);
	text_z[s.len] = '\0';
	v = strtod(text_z, NULL);
	if (!isfinite(v))
		return false;
	*out = v;
	return true;
}

bool
str_to_double(struct str s, double *out)
{
	return take_short_number(s, out) || take_any_number(s, out);
}

size_t
str_utf8_len(struct str s)
{
	/* the least code point of each length: a smaller one is an overlong form */
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	unsigned char first = s.len > 0 ? (unsigned char)s.ptr[0] : 0xff;
	size_t len = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t cp;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4 || s.len < len)
		return 0;
	cp = first & (0x7fu >> len);
	for (size_t i = 1; i < len; i++) {
		unsigned char c = (unsigned char)s.ptr[i];

		if ((c & 0xc0) != 0x80)
			return 0;
		cp = cp << 6 | (c & 0x3fu);
	}
	if (cp < least[len] || cp > 0x10ffff || (cp >= 0xd800 && cp <= 0xdfff))
		return 0;
	return len;
}

static size_t
min3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

/* One row of the edit matrix: row[j] is the distance of a[0..i] to b[0..j]. */
static void
distance_row(size_t *row, const size_t *up, const size_t *up2, struct str a, struct str b,
	size_t i)
{
	row[0] = i;
	for (size_t j = 1; j <= b.len; j++) {
		size_t same = a.ptr[i - 1] == b.ptr[j - 1] ? 0 : 1;

		row[j] = min3(up[j] + 1, row[j - 1] + 1, up[j - 1] + same);
		if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] &&
			a.ptr[i - 2] == b.ptr[j - 1] && up2[j - 2] + 1 < row[j])
			row[j] = up2[j - 2] + 1;
	}
}

size_t
str_distance(struct str a, struct str b, size_t max)
{
	size_t rows[3][DISTANCE_LEN_MAX + 1] = { { 0 } };
	size_t gap = a.len > b.len ? a.len - b.len : b.len - a.len;
	size_t d;

	if (str_eq(a, b))
		return 0;
	if (gap > max || a.len > DISTANCE_LEN_MAX || b.len > DISTANCE_LEN_MAX)
		return max + 1;
	for (size_t j = 0; j <= b.len; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.len; i++)
		distance_row(rows[i % 3], rows[(i + 2) % 3], rows[(i + 1) % 3], a, b, i);
	d = rows[a.len % 3][b.len];
	return d > max ? max + 1 : d;
}

struct str
str_nearest(struct str s, const struct str *candidates, size_t n)
{
	struct str best = STR("");
	size_t limit = s.len / 3;

	for (size_t i = 0; i < n; i++) {
		size_t d = str_distance(s, candidates[i], limit);

		if (d > limit)
			continue;
		best = candidates[i];
		if (d == 0)
			break;
		limit = d - 1;
	}
	return best;
}
