/* SPDX-License-Identifier: Apache-2.0 */
#include "text.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
die(const char *fmt, ...)
{
	va_list ap;

	fputs("sockshop-sim: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	exit(EXIT_FAILURE);
}

static void
grow(struct text *t, size_t more)
{
	size_t cap = t->cap == 0 ? 256 : t->cap;

	while (cap < t->len + more + 1)
		cap *= 2;
	t->ptr = realloc(t->ptr, cap);
	if (t->ptr == NULL)
		die("out of memory");
	t->cap = cap;
}

void
text_clear(struct text *t)
{
	t->len = 0;
}

void
text_free(struct text *t)
{
	free(t->ptr);
	*t = (struct text){ 0 };
}

void
text_put(struct text *t, const char *ptr, size_t len)
{
	if (t->cap < t->len + len + 1)
		grow(t, len);
	memcpy(t->ptr + t->len, ptr, len);
	t->len += len;
}

void
text_str(struct text *t, const char *s)
{
	text_put(t, s, strlen(s));
}

void
text_char(struct text *t, char c)
{
	text_put(t, &c, 1);
}

void
text_u64(struct text *t, uint64_t n)
{
	char b[20];
	size_t i = sizeof(b);

	do
		b[--i] = (char)('0' + n % 10);
	while ((n /= 10) > 0);
	text_put(t, b + i, sizeof(b) - i);
}

void
text_hex(struct text *t, uint64_t n, unsigned width)
{
	char b[16];

	for (unsigned i = width; i-- > 0; n >>= 4)
		b[i] = "0123456789abcdef"[n & 15];
	text_put(t, b, width);
}

void
text_fmt(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->cap < t->len + 256)
		grow(t, 256);
	va_start(ap, fmt);
	n = vsnprintf(t->ptr + t->len, t->cap - t->len, fmt, ap);
	va_end(ap);
	if (n < 0)
		die("bad format");
	if ((size_t)n >= t->cap - t->len) {
		grow(t, (size_t)n);
		va_start(ap, fmt);
		(void)vsnprintf(t->ptr + t->len, t->cap - t->len, fmt, ap);
		va_end(ap);
	}
	t->len += (size_t)n;
}

const char *
text_cstr(struct text *t)
{
	if (t->cap < t->len + 1)
		grow(t, 1);
	t->ptr[t->len] = '\0';
	return t->ptr;
}

void
text_json(struct text *t, const char *s)
{
	text_char(t, '"');
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			text_char(t, '\\');
		if (c < 0x20)
			text_fmt(t, "\\u%04x", c);
		else
			text_char(t, *s);
	}
	text_char(t, '"');
}

/* Days since 1970 to year, month, day (proleptic Gregorian). */
static void
civil(int64_t days, int64_t *y, unsigned *m, unsigned *d)
{
	int64_t z = days + 719468, era = z / 146097;
	unsigned doe = (unsigned)(z - era * 146097);
	unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;

	*d = doy - (153 * mp + 2) / 5 + 1;
	*m = mp < 10 ? mp + 3 : mp - 9;
	*y = (int64_t)yoe + era * 400 + (*m <= 2);
}

static void
two(char *p, unsigned n)
{
	p[0] = (char)('0' + n / 10 % 10);
	p[1] = (char)('0' + n % 10);
}

/* The last second written, main thread only: nearly every line asks for the same one. */
static struct {
	int64_t second;
	char text[19];
} memo = { .second = -1 };

static const char *
second_text(int64_t second)
{
	unsigned m, d, rest = (unsigned)(second % 86400);
	int64_t y;

	if (memo.second == second)
		return memo.text;
	civil(second / 86400, &y, &m, &d);
	memcpy(memo.text, "0000-00-00T00:00:00", sizeof(memo.text));
	two(memo.text, (unsigned)y / 100);
	two(memo.text + 2, (unsigned)y % 100);
	two(memo.text + 5, m);
	two(memo.text + 8, d);
	two(memo.text + 11, rest / 3600);
	two(memo.text + 14, rest / 60 % 60);
	two(memo.text + 17, rest % 60);
	memo.second = second;
	return memo.text;
}

size_t
time_write(char *out, int64_t at_ns, int digits)
{
	uint32_t frac = (uint32_t)(at_ns % NS_PER_S);
	size_t n = 19, keep = digits < 0 ? 9 : (size_t)digits;
	char b[9];

	memcpy(out, second_text(at_ns / NS_PER_S), 19);
	for (size_t i = 9; i-- > 0; frac /= 10)
		b[i] = (char)('0' + frac % 10);
	while (digits < 0 && keep > 0 && b[keep - 1] == '0')
		keep--;
	if (keep > 0) {
		out[n++] = '.';
		memcpy(out + n, b, keep);
		n += keep;
	}
	out[n++] = 'Z';
	return n;
}

void
text_time(struct text *t, int64_t at_ns, int digits)
{
	char b[30];

	text_put(t, b, time_write(b, at_ns, digits));
}

void
text_spring_time(struct text *t, int64_t at_ns)
{
	char b[30];

	(void)time_write(b, at_ns, TEXT_MILLIS);
	b[10] = ' ';
	text_put(t, b, 23);
}

static void
decimal(struct text *t, int64_t n, int64_t unit, unsigned digits)
{
	char b[9];
	int64_t frac = n % unit;

	text_u64(t, (uint64_t)(n / unit));
	for (unsigned i = digits; i-- > 0; frac /= 10)
		b[i] = (char)('0' + frac % 10);
	while (digits > 0 && b[digits - 1] == '0')
		digits--;
	if (digits > 0)
		text_char(t, '.');
	text_put(t, b, digits);
}

void
text_took(struct text *t, int64_t ns)
{
	if (ns < NS_PER_US) {
		decimal(t, ns, 1, 0);
		text_str(t, "ns");
	} else if (ns < NS_PER_MS) {
		decimal(t, ns, NS_PER_US, 3);
		text_str(t, "\xc2\xb5s");
	} else if (ns < NS_PER_S) {
		decimal(t, ns, NS_PER_MS, 6);
		text_str(t, "ms");
	} else {
		decimal(t, ns, NS_PER_S, 9);
		text_str(t, "s");
	}
}

static int64_t
days_of(int64_t y, unsigned m, unsigned d)
{
	int64_t era;
	unsigned yoe, doy;

	y -= m <= 2;
	era = y / 400;
	yoe = (unsigned)(y - era * 400);
	doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
	return era * 146097 + (int64_t)(yoe * 365 + yoe / 4 - yoe / 100 + doy) - 719468;
}

int64_t
time_parse(const char *s)
{
	unsigned y, mo, d, h, mi, sec;
	int n = 0;

	if (sscanf(s, "%4u-%2u-%2uT%2u:%2u:%2uZ%n", &y, &mo, &d, &h, &mi, &sec, &n) !=
			6 ||
		n == 0 || s[n] != '\0' || y < 1970 || mo < 1 || mo > 12 || d < 1 ||
		d > 31 || h > 23 || mi > 59 || sec > 59)
		return -1;
	return (days_of(y, mo, d) * 86400 + (int64_t)(h * 3600 + mi * 60 + sec)) *
	       NS_PER_S;
}
