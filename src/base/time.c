/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar arithmetic in int64_t nanoseconds, RFC 3339, and zones. No tzset(), no
 * environment: a zone is a fixed offset or a file of the zone database.
 */
#include "base/time.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/compiler.h"
#include "base/file.h"
#include "base/tzif.h"

#define ZONE_DIR      "/usr/share/zoneinfo/"
#define ZONE_FILE_MAX ((size_t)128 * 1024)
#define ZONE_NAME_MAX ((size_t)64)
#define DAYS_PER_ERA  INT64_C(146097) /* 400 years */
#define DAYS_TO_1970  INT64_C(719468) /* from 0000-03-01 */
#define YEAR_MIN      1678            /* what int64_t nanoseconds hold, in whole years */
#define YEAR_MAX      2261
#define OFFSET_PAD_NS TIME_DAY /* no offset is larger */

struct time_zone {
	int32_t fixed;     /* seconds east, when there is no table */
	struct tzif *tzif; /* owned, may be NULL */
};

static int64_t
div_floor(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Days since 1970-01-01. A year that starts in March has its leap day at the end. */
static int64_t
days_from_date(int year, int month, int day)
{
	int64_t y = year - (month <= 2);
	int64_t era = div_floor(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 -
	       year_of_era / 100 + day_of_year - DAYS_TO_1970;
}

static void
date_from_days(int64_t days, struct time_fields *f)
{
	int64_t z = days + DAYS_TO_1970;
	int64_t era = div_floor(z, DAYS_PER_ERA);
	int64_t doe = z - era * DAYS_PER_ERA;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;

	f->day = (int)(doy - (153 * mp + 2) / 5) + 1;
	f->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	f->year = (int)(yoe + era * 400 + (f->month <= 2));
}

static int
month_days(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

int64_t
time_from_fields(const struct time_fields *f)
{
	int64_t seconds;

	if (f->year < YEAR_MIN || f->year > YEAR_MAX || f->month < 1 || f->month > 12 ||
		f->day < 1 || f->day > month_days(f->year, f->month))
		return TIME_NONE;
	/* a leap second is the first one of the next minute */
	if (f->hour < 0 || f->hour > 23 || f->minute < 0 || f->minute > 59 ||
		f->second < 0 || f->second > 60 || f->nanosecond < 0 ||
		f->nanosecond >= TIME_S)
		return TIME_NONE;
	seconds = days_from_date(f->year, f->month, f->day) * 86400 + f->hour * 3600 +
		  f->minute * 60 + f->second;
	return seconds * TIME_S + f->nanosecond;
}

void
time_to_fields(int64_t at_ns, struct time_fields *f)
{
	int64_t seconds = div_floor(at_ns, TIME_S);
	int64_t days = div_floor(seconds, 86400);
	int64_t rest = seconds - days * 86400;

	date_from_days(days, f);
	f->hour = (int)(rest / 3600);
	f->minute = (int)(rest / 60 % 60);
	f->second = (int)(rest % 60);
	f->nanosecond = at_ns % TIME_S + (at_ns % TIME_S < 0 ? TIME_S : 0);
}

/* The n digits at pos of s as a number. */
static bool
digits_at(struct str s, size_t pos, size_t n, int *out)
{
	int v = 0;

	if (s.len < pos + n)
		return false;
	for (size_t i = pos; i < pos + n; i++) {
		if (!char_is_digit(s.ptr[i]))
			return false;
		v = v * 10 + (s.ptr[i] - '0');
	}
	*out = v;
	return true;
}

static bool
char_at(struct str s, size_t pos, const char *set)
{
	return pos < s.len && s.ptr[pos] != '\0' && strchr(set, s.ptr[pos]) != NULL;
}

/* +hh:mm or +hhmm at the start of s: its length, or 0. */
static size_t
parse_offset(struct str s, int32_t *out)
{
	size_t minutes_at = char_at(s, 3, ":") ? 4 : 3;
	int hours, minutes;

	if (!char_at(s, 0, "+-") || !digits_at(s, 1, 2, &hours) ||
		!digits_at(s, minutes_at, 2, &minutes))
		return 0;
	if (hours > 23 || minutes > 59)
		return 0;
	*out = (hours * 3600 + minutes * 60) * (s.ptr[0] == '-' ? -1 : 1);
	return minutes_at + 2;
}

static bool
is_zone_name(struct str name)
{
	for (size_t i = 0; i < name.len; i++)
		if (!char_is_alnum(name.ptr[i]) && !char_at(name, i, "_+-/"))
			return false;
	return name.len > 0 && name.len <= ZONE_NAME_MAX && name.ptr[0] != '/';
}

static struct tzif *
read_zone(struct str name)
{
	char path[sizeof(ZONE_DIR) + ZONE_NAME_MAX] = ZONE_DIR;
	struct arena *a = arena_new("zone", 2 * ZONE_FILE_MAX);
	struct tzif *t = NULL;
	struct str bytes;

	if (a == NULL)
		return NULL;
	memcpy(path + sizeof(ZONE_DIR) - 1, name.ptr, name.len);
	if (file_read(a, path, ZONE_FILE_MAX, &bytes) == 0)
		t = tzif_new(bytes);
	arena_free(&a);
	return t;
}

struct time_zone *
time_zone_new(struct str name)
{
	struct time_zone *zone = calloc(1, sizeof(*zone));

	if (zone == NULL)
		return NULL;
	if (str_eq(name, STR("UTC")) || str_eq(name, STR("Z")))
		return zone;
	if (name.len > 0 && parse_offset(name, &zone->fixed) == name.len)
		return zone;
	if (is_zone_name(name))
		zone->tzif = read_zone(name);
	if (zone->tzif == NULL)
		time_zone_free(&zone);
	return zone;
}

void
time_zone_free(struct time_zone **pz)
{
	struct time_zone *zone = *pz;

	*pz = NULL;
	if (zone == NULL)
		return;
	tzif_free(&zone->tzif);
	free(zone);
}

int64_t
time_zone_offset(const struct time_zone *zone, int64_t at_ns)
{
	if (zone == NULL)
		return 0;
	if (zone->tzif == NULL)
		return zone->fixed;
	return tzif_offset(zone->tzif, div_floor(at_ns, TIME_S));
}

int64_t
time_from_local(const struct time_fields *f, const struct time_zone *zone)
{
	int64_t wall = time_from_fields(f);
	int64_t before, after, first, second;

	if (wall == TIME_NONE || zone == NULL)
		return wall;
	before = time_zone_offset(zone, wall - OFFSET_PAD_NS) * TIME_S;
	after = time_zone_offset(zone, wall + OFFSET_PAD_NS) * TIME_S;
	first = wall - (before > after ? before : after);
	second = wall - (before > after ? after : before);
	if (time_zone_offset(zone, first) * TIME_S == wall - first)
		return first;
	if (time_zone_offset(zone, second) * TIME_S == wall - second)
		return second;
	/* a wall time that is left out: as if the clocks had not been put on yet */
	return wall - before;
}

/* "." or "," and digits at pos; those after the ninth are read but do not count. */
static size_t
parse_fraction(struct str s, size_t pos, int64_t *ns)
{
	int64_t scale = TIME_S;
	size_t i = pos + 1;

	*ns = 0;
	if (!char_at(s, pos, ".,") || i >= s.len || !char_is_digit(s.ptr[i]))
		return pos;
	for (; i < s.len && char_is_digit(s.ptr[i]); i++) {
		scale /= 10;
		*ns += (s.ptr[i] - '0') * scale;
	}
	return i;
}

bool
time_parse(struct str *s, const struct time_zone *zone, int64_t *out)
{
	struct time_fields f;
	int32_t offset = 0;
	size_t pos, len;
	int64_t at;

	if (!digits_at(*s, 0, 4, &f.year) || !digits_at(*s, 5, 2, &f.month) ||
		!digits_at(*s, 8, 2, &f.day) || !digits_at(*s, 11, 2, &f.hour) ||
		!digits_at(*s, 14, 2, &f.minute) || !digits_at(*s, 17, 2, &f.second))
		return false;
	if (!char_at(*s, 4, "-") || !char_at(*s, 7, "-") || !char_at(*s, 10, "Tt ") ||
		!char_at(*s, 13, ":") || !char_at(*s, 16, ":"))
		return false;
	pos = parse_fraction(*s, 19, &f.nanosecond);
	len = parse_offset(str_sub(*s, pos, 6), &offset);
	if (char_at(*s, pos, "Zz"))
		len = 1;
	if (len > 0)
		at = time_from_fields(&f);
	else
		at = time_from_local(&f, zone);
	if (at == TIME_NONE)
		return false;
	*out = at - offset * TIME_S;
	*s = str_sub(*s, pos + len, s->len);
	return true;
}

/* The eight digits at p, or -1; all at once. */
static inline int64_t
eight_digits(const char *p)
{
	const uint64_t high = UINT64_C(0xf0f0f0f0f0f0f0f0), zeros = high / 5;
	const uint64_t pairs = UINT64_C(0x000000ff000000ff);
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	if ((v & high) != zeros || ((v + zeros / 8) & high) != zeros)
		return -1;
	v -= zeros;
	v = v * 10 + (v >> 8); /* in each second byte two digits */
	return (int64_t)(((v & pairs) * (100 + (UINT64_C(1000000) << 32)) +
				 (v >> 16 & pairs) * (1 + (UINT64_C(10000) << 32))) >>
			 32);
}

/* ":SS" behind the minute, a fraction, and a "Z" that ends s. */
static bool
parse_second(struct str s, int64_t *out)
{
	int64_t ns = 0;
	size_t i = 19, end;
	int second;

	if (s.len < 20 || s.ptr[s.len - 1] != 'Z' || s.ptr[16] != ':' ||
		!digits_at(s, 17, 2, &second) || second > 59)
		return false;
	if (s.len == 30 && s.ptr[i] == '.' && char_is_digit(s.ptr[28])) {
		ns = eight_digits(s.ptr + 20);
		*out = second * TIME_S + ns * 10 + (s.ptr[28] - '0');
		return ns >= 0;
	}
	if (s.ptr[i] == '.')
		for (i++; i < 29 && char_is_digit(s.ptr[i]); i++)
			ns = ns * 10 + (s.ptr[i] - '0');
	for (end = i; end > 20 && end < 29; end++)
		ns *= 10;
	*out = second * TIME_S + ns;
	while (char_is_digit(s.ptr[i]))
		i++;
	return i > 20 ? i == s.len - 1 : s.len == 20;
}

/* "2025-10-28T10:04:45.548000000Z" in the minute that is known. */
static inline bool
parse_known(const struct time_minute *m, struct str s, int64_t *out)
{
	unsigned tens, ones, last;
	int64_t ns;

	if (s.len != 30 || s.ptr[29] != 'Z' || s.ptr[19] != '.' || s.ptr[16] != ':' ||
		memcmp(m->text, s.ptr, sizeof(m->text)) != 0)
		return false;
	tens = (unsigned)s.ptr[17] - '0';
	ones = (unsigned)s.ptr[18] - '0';
	last = (unsigned)s.ptr[28] - '0';
	ns = eight_digits(s.ptr + 20);
	*out = m->at_ns + (tens * 10 + ones) * TIME_S + ns * 10 + last;
	return tens < 6 && ones < 10 && last < 10 && ns >= 0;
}

/* Of another minute, which becomes the known one, or written otherwise. */
static NEVER_INLINE bool
parse_other(struct time_minute *m, struct str s, int64_t *out)
{
	struct str rest = s;
	int64_t ns;
	bool plain = parse_second(s, &ns);

	if (plain && memcmp(m->text, s.ptr, sizeof(m->text)) == 0) {
		*out = m->at_ns + ns;
		return true;
	}
	if (!time_parse(&rest, NULL, out))
		return false;
	if (plain) {
		memcpy(m->text, s.ptr, sizeof(m->text));
		m->at_ns = *out - ns;
	}
	return true;
}

bool
time_parse_near(struct time_minute *m, struct str s, int64_t *out)
{
	return parse_known(m, s, out) || parse_other(m, s, out);
}

/* A mark and the last n (up to nine) digits of v. */
static char *
put_digits(char *to, char mark, int64_t v, size_t n)
{
	uint32_t rest = (uint32_t)v;

	*to = mark;
	for (size_t i = n; i > 0; i--, rest /= 10)
		to[i] = (char)('0' + rest % 10);
	return to + 1 + n;
}

/* A mark and the last two. */
static char *
put_two(char *to, char mark, int v)
{
	*to++ = mark;
	*to++ = (char)('0' + v / 10 % 10);
	*to++ = (char)('0' + v % 10);
	return to;
}

static char *
put_offset(char *to, int64_t offset)
{
	int64_t east = offset < 0 ? -offset : offset;

	if (offset == 0) {
		*to++ = 'Z';
		return to;
	}
	to = put_two(to, offset < 0 ? '-' : '+', (int)(east / 3600));
	return put_two(to, ':', (int)(east / 60 % 60));
}

void
time_format(struct buf *b, int64_t at_ns, const struct time_zone *zone, int digits)
{
	char text[sizeof("-2025-10-28T10:04:45.548123456+01:00")], *to = text;
	int64_t offset = time_zone_offset(zone, at_ns) / 60 * 60;
	struct time_fields f;
	int64_t fraction;

	if (at_ns < INT64_MIN + TIME_DAY || at_ns > INT64_MAX - TIME_DAY) {
		buf_add_char(b, '-');
		return;
	}
	time_to_fields(at_ns + offset * TIME_S, &f);
	to = put_digits(to, 0, f.year, 4);
	to = put_two(to, '-', f.month);
	to = put_two(to, '-', f.day);
	to = put_two(to, 'T', f.hour);
	to = put_two(to, ':', f.minute);
	to = put_two(to, ':', f.second);
	fraction = f.nanosecond;
	for (int i = digits; i < 9; i++)
		fraction /= 10;
	if (digits > 0)
		to = put_digits(to, '.', fraction, (size_t)digits);
	to = put_offset(to, offset);
	buf_add(b, (struct str){ text + 1, (size_t)(to - text) - 1 });
}
