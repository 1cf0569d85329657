/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of times: each take_x() reads one shape at the start of *s and moves behind it.
 */
#include "decode/linetime.h"

#include <string.h>

#define LOOK_BYTES  512 /* a JSON or logfmt key further on is not the line's time */
#define SKIP_TOKENS 2
#define SKIP_LEN    12
#define EPOCH_MAX   INT64_C(9200000000) /* seconds; bigger numbers are ms, us or ns */
#define EPOCH_MIN   INT64_C(100000000)
#define YEARS_BACK  8

static bool
take_char(struct str *s, char c)
{
	if (s->len == 0 || s->ptr[0] != c)
		return false;
	*s = str_sub(*s, 1, s->len);
	return true;
}

/* From min to max digits. */
static bool
take_number(struct str *s, size_t min, size_t max, int *out)
{
	size_t n = 0;
	int v = 0;

	while (n < max && n < s->len && char_is_digit(s->ptr[n]))
		v = v * 10 + (s->ptr[n++] - '0');
	if (n < min)
		return false;
	*out = v;
	*s = str_sub(*s, n, s->len);
	return true;
}

static bool
take_month(struct str *s, int *out)
{
	static const char names[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

	if (s->len < 3 || strchr("JFMASOND", s->ptr[0]) == NULL)
		return false;
	for (int i = 0; i < 12; i++)
		if (memcmp(s->ptr, names + (size_t)i * 3, 3) == 0) {
			*out = i + 1;
			*s = str_sub(*s, 3, s->len);
			return true;
		}
	return false;
}

static bool
take_weekday(struct str *s)
{
	static const char names[] = "MonTueWedThuFriSatSun";

	if (s->len < 3 || strchr("MTWFS", s->ptr[0]) == NULL)
		return false;
	for (size_t i = 0; i < 7; i++)
		if (memcmp(s->ptr, names + i * 3, 3) == 0) {
			*s = str_sub(*s, 3, s->len);
			return true;
		}
	return false;
}

static void
take_fraction(struct str *s, struct time_fields *f)
{
	struct str p = *s;
	int64_t unit = TIME_S;

	f->nanosecond = 0;
	if (!take_char(&p, '.') && !take_char(&p, ','))
		return;
	if (p.len == 0 || !char_is_digit(p.ptr[0]))
		return;
	while (p.len > 0 && char_is_digit(p.ptr[0])) {
		unit /= 10;
		f->nanosecond += unit * (p.ptr[0] - '0');
		p = str_sub(p, 1, p.len);
	}
	*s = p;
}

/* H:MM:SS with a fraction. */
static bool
take_clock(struct str *s, struct time_fields *f)
{
	struct str p = *s;

	if (!take_number(&p, 1, 2, &f->hour) || !take_char(&p, ':') ||
		!take_number(&p, 2, 2, &f->minute) || !take_char(&p, ':') ||
		!take_number(&p, 2, 2, &f->second))
		return false;
	take_fraction(&p, f);
	*s = p;
	return true;
}

/* Z, +hh:mm, +hhmm, +hh, UTC or GMT, with at most one blank before it. */
static bool
take_zone(struct str *s, int64_t *offset_s)
{
	struct str p = *s;
	bool west;
	int hour, minute = 0;

	take_char(&p, ' ');
	*offset_s = 0;
	if (take_char(&p, 'Z') || str_starts(p, STR("UTC")) || str_starts(p, STR("GMT")))
		return true;
	west = p.len > 0 && p.ptr[0] == '-';
	if (!take_char(&p, '+') && !take_char(&p, '-'))
		return false;
	if (!take_number(&p, 2, 2, &hour) || hour > 15)
		return false;
	take_char(&p, ':');
	if (!take_number(&p, 2, 2, &minute) && s->ptr[0] == ' ')
		return false;
	*offset_s = (west ? -1 : 1) * ((int64_t)hour * 3600 + (int64_t)minute * 60);
	return true;
}

static bool
finish(struct str rest, const struct time_fields *f, const struct linetime_conf *c,
	int64_t *out)
{
	int64_t offset_s;
	int64_t at;

	if (take_zone(&rest, &offset_s)) {
		at = time_from_fields(f);
		if (at < INT64_MIN + TIME_DAY || at > INT64_MAX - TIME_DAY)
			return false;
		at -= offset_s * TIME_S;
	} else {
		at = time_from_local(f, c->zone);
	}
	if (at == TIME_NONE)
		return false;
	*out = at;
	return true;
}

/* The latest year that does not make it later than the file. */
static bool
finish_without_year(struct str rest, struct time_fields *f, const struct linetime_conf *c,
	int64_t *out)
{
	struct time_fields now;

	if (c->date_ns == TIME_NONE || c->date_ns > INT64_MAX - TIME_DAY)
		return false;
	time_to_fields(c->date_ns + TIME_DAY, &now);
	for (int back = 0; back <= YEARS_BACK; back++) {
		f->year = now.year - back;
		if (finish(rest, f, c, out) && *out <= c->date_ns)
			return true;
	}
	return false;
}

/* 2025-10-28T10:04:45.548Z, 2025-10-28  9:04:45, 2025/11/10 12:25:21 */
static bool
take_ymd(struct str s, const struct linetime_conf *c, int64_t *out)
{
	struct time_fields f = { 0 };
	char sep;

	if (!take_number(&s, 4, 4, &f.year) || s.len == 0)
		return false;
	sep = s.ptr[0];
	if ((sep != '-' && sep != '/') || !take_char(&s, sep) ||
		!take_number(&s, 2, 2, &f.month) || !take_char(&s, sep) ||
		!take_number(&s, 2, 2, &f.day))
		return false;
	if (!take_char(&s, 'T') && !take_char(&s, ' '))
		return false;
	take_char(&s, ' ');
	return take_clock(&s, &f) && finish(s, &f, c, out);
}

/* 18 Oct 2025 09:11:37.873 and 28/Oct/2025:10:04:45 +0000 */
static bool
take_dmy(struct str s, const struct linetime_conf *c, int64_t *out)
{
	struct time_fields f = { 0 };
	char sep;

	if (!take_number(&s, 1, 2, &f.day) || s.len == 0)
		return false;
	sep = s.ptr[0];
	if ((sep != ' ' && sep != '/' && sep != '-') || !take_char(&s, sep) ||
		!take_month(&s, &f.month) || !take_char(&s, sep) ||
		!take_number(&s, 4, 4, &f.year))
		return false;
	if (!take_char(&s, ' ') && !take_char(&s, ':'))
		return false;
	return take_clock(&s, &f) && finish(s, &f, c, out);
}

/* Oct 28 10:04:45, Tue Oct 28 10:04:45 2025, Tue, 28 Oct 2025 10:04:45 GMT */
static bool
take_month_first(struct str s, const struct linetime_conf *c, int64_t *out)
{
	struct time_fields f = { 0 };
	struct str rest;

	if (take_weekday(&s)) {
		if (take_char(&s, ','))
			return take_char(&s, ' ') && take_dmy(s, c, out);
		if (!take_char(&s, ' '))
			return false;
	}
	if (!take_month(&s, &f.month) || !take_char(&s, ' '))
		return false;
	take_char(&s, ' ');
	if (!take_number(&s, 1, 2, &f.day) || !take_char(&s, ' ') || !take_clock(&s, &f))
		return false;
	rest = s;
	if (take_char(&s, ' ') && take_number(&s, 4, 4, &f.year) && f.year >= 1970 &&
		(s.len == 0 || !char_is_alnum(s.ptr[0])))
		return finish(s, &f, c, out);
	return finish_without_year(rest, &f, c, out);
}

/* klog: I1028 10:04:45.123456 */
static bool
take_klog(struct str s, const struct linetime_conf *c, int64_t *out)
{
	struct time_fields f = { 0 };

	s = str_sub(s, 1, s.len);
	if (!take_number(&s, 2, 2, &f.month) || !take_number(&s, 2, 2, &f.day) ||
		!take_char(&s, ' ') || !take_clock(&s, &f))
		return false;
	return finish_without_year(s, &f, c, out);
}

/* A number since 1970 in s, ms, us or ns, told apart by its size. */
static bool
take_epoch(struct str s, int64_t *out)
{
	size_t n = 0;
	int64_t v, seconds;
	int64_t unit = TIME_S;
	struct time_fields f = { 0 };

	while (n < s.len && char_is_digit(s.ptr[n]))
		n++;
	if (n < 10 || n > 19 || !str_to_i64(str_sub(s, 0, n), 0, INT64_MAX, &v))
		return false;
	for (seconds = v; seconds >= EPOCH_MAX; seconds /= 1000)
		unit /= 1000;
	if (unit == 0 || seconds < EPOCH_MIN)
		return false;
	s = str_sub(s, n, s.len);
	if (unit == TIME_S)
		take_fraction(&s, &f);
	*out = v * unit + f.nanosecond;
	return true;
}

static bool
is_opening(char c)
{
	return c == '[' || c == '"' || c == '\'' || c == '(';
}

static bool
take_any(struct str s, const struct linetime_conf *c, int64_t *out)
{
	while (s.len > 0 && is_opening(s.ptr[0]))
		s = str_sub(s, 1, s.len);
	if (s.len < 8)
		return false;
	if (char_is_digit(s.ptr[0]))
		return take_ymd(s, c, out) || take_dmy(s, c, out);
	if (char_is_digit(s.ptr[1]))
		return strchr("IWEF", s.ptr[0]) != NULL && take_klog(s, c, out);
	/* Every month and every day has three letters and then a blank or a comma. */
	return (s.ptr[3] == ' ' || s.ptr[3] == ',') && take_month_first(s, c, out);
}

static bool
take_value(struct str s, const struct linetime_conf *c, int64_t *out)
{
	return take_any(s, c, out) || take_epoch(s, out);
}

/* Whether a key of a time ends before the "=" at pos. */
static bool
is_time_key(struct str s, size_t pos)
{
	static const struct str keys[] = { { "ts", 2 }, { "time", 4 }, { "t", 1 },
		{ "timestamp", 9 } };

	char last = pos > 0 ? s.ptr[pos - 1] : '\0';

	if (last != 's' && last != 'e' && last != 't' && last != 'p')
		return false;
	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		size_t from = pos - keys[k].len;

		if (pos >= keys[k].len &&
			str_eq(str_sub(s, from, keys[k].len), keys[k]) &&
			(from == 0 || s.ptr[from - 1] == ' '))
			return true;
	}
	return false;
}

/* The first of the keys that has a time: key="... or key=... */
static bool
find_logfmt(struct str s, const struct linetime_conf *c, int64_t *out)
{
	size_t pos = 0;

	for (;;) {
		size_t hit = str_find_char(str_sub(s, pos, s.len), '=');

		if (hit == SIZE_MAX)
			return false;
		pos += hit;
		if (is_time_key(s, pos) && take_value(str_sub(s, pos + 1, s.len), c, out))
			return true;
		pos++;
	}
}

static bool
find_json(struct str s, const struct linetime_conf *c, int64_t *out)
{
	static const struct str keys[] = { { "\"$date\"", 7 }, { "\"@timestamp\"", 12 },
		{ "\"timestamp\"", 11 }, { "\"time\"", 6 }, { "\"ts\"", 4 },
		{ "\"t\"", 3 }, { "\"datetime\"", 10 } };

	for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++) {
		size_t pos = str_find(s, keys[k]);
		struct str at;

		if (pos == SIZE_MAX)
			continue;
		at = str_trim(str_sub(s, pos + keys[k].len, s.len));
		if (!take_char(&at, ':'))
			continue;
		at = str_trim(at);
		take_char(&at, '"');
		if (take_value(at, c, out))
			return true;
	}
	return false;
}

/* A time behind a level, a process id or a host: "1:M 18 Oct 2025 ...", "INFO 2025-..."
 */
static bool
find_behind_tokens(struct str s, const struct linetime_conf *c, int64_t *out)
{
	for (int i = 0; i < SKIP_TOKENS; i++) {
		size_t blank = str_find_char(str_sub(s, 0, SKIP_LEN + 1), ' ');

		if (blank == SIZE_MAX)
			return false;
		s = str_sub(s, blank, s.len);
		while (take_char(&s, ' '))
			;
		if (s.len > 0 && (char_is_digit(s.ptr[0]) || s.ptr[0] == '[') &&
			take_any(s, c, out))
			return true;
	}
	return false;
}

/* The access log of a web server: host - user [28/Oct/2025:10:04:45 +0000] */
static bool
find_bracket(struct str s, const struct linetime_conf *c, int64_t *out)
{
	size_t pos = str_find(str_sub(s, 0, 128), STR(" ["));

	return pos != SIZE_MAX && take_dmy(str_sub(s, pos + 2, s.len), c, out);
}

bool
linetime_find(struct str line, const struct linetime_conf *conf, int64_t *out)
{
	struct str s = str_sub(line, 0, LOOK_BYTES);

	if (s.len < 8)
		return false;
	if (s.ptr[0] == '{')
		return find_json(s, conf, out);
	if (s.ptr[0] == '<') {
		size_t end = str_find_char(str_sub(s, 0, 6), '>');

		s = end == SIZE_MAX ? s : str_sub(s, end + 1, s.len);
	}
	if (take_any(s, conf, out) || find_behind_tokens(s, conf, out))
		return true;
	if (char_is_digit(s.ptr[0]) && find_bracket(s, conf, out))
		return true;
	return find_logfmt(s, conf, out);
}
