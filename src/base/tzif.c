/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A TZif file is a table of transitions, then (from version 2 on) the same with 64-bit
 * times, then a rule for the time after the last one ("CET-1CEST,M3.5.0,M10.5.0/3").
 */
#include "base/tzif.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define HEADER_LEN 44
#define COUNT_MAX  4096
#define OFFSET_MAX (26 * 3600)
#define DAY_S      INT64_C(86400)

/* One end of summer time: "M3.5.0/2", "J60", "59". */
struct turn {
	char kind; /* 'M', 'J' or '0' */
	int64_t month, week, day;
	int64_t time_s; /* of local time, may be negative or over a day */
};

struct rule {
	bool is_set;
	bool has_summer;
	int32_t standard, summer; /* seconds east */
	struct turn start, end;
};

struct tzif {
	size_t n;
	int64_t *at;     /* owned; ascending */
	int32_t *offset; /* owned; from at[i] on */
	int32_t first;   /* before at[0] */
	struct rule rule;
};

/* The six counts of a header and the size of the times that follow. */
struct header {
	size_t isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt;
	size_t time_size;
};

static bool
take(struct str *p, size_t n, struct str *out)
{
	if (n > p->len)
		return false;
	*out = str_sub(*p, 0, n);
	*p = str_sub(*p, n, p->len);
	return true;
}

static uint64_t
big_endian(const char *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | (unsigned char)p[i];
	return v;
}

static int32_t
signed32(const char *p)
{
	return (int32_t)(uint32_t)big_endian(p, 4);
}

static bool
take_header(struct str *p, size_t time_size, struct header *h)
{
	size_t *counts[] = { &h->isutcnt, &h->isstdcnt, &h->leapcnt, &h->timecnt,
		&h->typecnt, &h->charcnt };
	struct str head;

	if (!take(p, HEADER_LEN, &head) || !str_starts(head, STR("TZif")))
		return false;
	for (size_t i = 0; i < 6; i++) {
		*counts[i] = (size_t)big_endian(head.ptr + 20 + 4 * i, 4);
		if (*counts[i] > COUNT_MAX)
			return false;
	}
	h->time_size = time_size;
	return h->typecnt > 0 && h->leapcnt == 0;
}

static bool
skip_block(struct str *p, const struct header *h)
{
	struct str block;

	return take(p,
		h->timecnt * (h->time_size + 1) + h->typecnt * 6 + h->charcnt +
			h->isstdcnt + h->isutcnt,
		&block);
}

static bool
fill(struct tzif *t, const struct header *h, struct str times, struct str kinds,
	struct str types)
{
	for (size_t i = 0; i < h->typecnt; i++) {
		int32_t offset = signed32(types.ptr + 6 * i);

		if (offset < -OFFSET_MAX || offset > OFFSET_MAX)
			return false;
	}
	t->n = h->timecnt;
	t->first = signed32(types.ptr);
	for (size_t i = 0; i < t->n; i++) {
		unsigned kind = (unsigned char)kinds.ptr[i];
		uint64_t at = big_endian(times.ptr + i * h->time_size, h->time_size);

		if (kind >= h->typecnt)
			return false;
		t->at[i] = h->time_size == 8 ? (int64_t)at : (int32_t)(uint32_t)at;
		t->offset[i] = signed32(types.ptr + (size_t)6 * kind);
		if (i > 0 && t->at[i] <= t->at[i - 1])
			return false;
	}
	return true;
}

static bool
take_block(struct str *p, const struct header *h, struct tzif *t)
{
	struct str times, kinds, types, rest;

	if (!take(p, h->timecnt * h->time_size, &times) || !take(p, h->timecnt, &kinds) ||
		!take(p, h->typecnt * 6, &types) ||
		!take(p, h->charcnt + h->isstdcnt + h->isutcnt, &rest))
		return false;
	t->at = calloc(h->timecnt + 1, sizeof(*t->at));
	t->offset = calloc(h->timecnt + 1, sizeof(*t->offset));
	if (t->at == NULL || t->offset == NULL)
		return false;
	return fill(t, h, times, kinds, types);
}

static bool
take_char(struct str *p, char c)
{
	if (p->len == 0 || p->ptr[0] != c)
		return false;
	*p = str_sub(*p, 1, p->len);
	return true;
}

static bool
take_number(struct str *p, int64_t max, int64_t *out)
{
	size_t n = 0;

	while (n < p->len && char_is_digit(p->ptr[n]))
		n++;
	if (!str_to_i64(str_sub(*p, 0, n), 0, max, out))
		return false;
	*p = str_sub(*p, n, p->len);
	return true;
}

/* [+-]hh[:mm[:ss]] */
static bool
take_clock(struct str *p, int64_t *out)
{
	int64_t sign = take_char(p, '-') ? -1 : 1;
	int64_t hours, minutes = 0, seconds = 0;

	if (sign == 1)
		take_char(p, '+');
	if (!take_number(p, 167, &hours))
		return false;
	if (take_char(p, ':') && !take_number(p, 59, &minutes))
		return false;
	if (take_char(p, ':') && !take_number(p, 59, &seconds))
		return false;
	*out = sign * (hours * 3600 + minutes * 60 + seconds);
	return true;
}

/* "CET" or "<+0330>" */
static bool
take_name(struct str *p)
{
	size_t n = 0;

	if (take_char(p, '<')) {
		n = str_find_char(*p, '>');
		if (n == SIZE_MAX)
			return false;
		*p = str_sub(*p, n + 1, p->len);
		return true;
	}
	while (n < p->len && char_is_alpha(p->ptr[n]))
		n++;
	*p = str_sub(*p, n, p->len);
	return n > 0;
}

static bool
take_turn(struct str *p, struct turn *turn)
{
	bool good;

	*turn = (struct turn){ .kind = '0', .time_s = 2 * INT64_C(3600) };
	if (!take_char(p, ','))
		return false;
	if (take_char(p, 'M')) {
		turn->kind = 'M';
		good = take_number(p, 12, &turn->month) && take_char(p, '.') &&
		       take_number(p, 5, &turn->week) && take_char(p, '.') &&
		       take_number(p, 6, &turn->day) && turn->month > 0 && turn->week > 0;
	} else {
		if (take_char(p, 'J'))
			turn->kind = 'J';
		good = take_number(p, 365, &turn->day);
	}
	if (good && take_char(p, '/'))
		good = take_clock(p, &turn->time_s);
	return good;
}

static bool
parse_rule(struct str p, struct rule *rule)
{
	int64_t west;

	if (!take_name(&p) || !take_clock(&p, &west) || west < -OFFSET_MAX ||
		west > OFFSET_MAX)
		return false;
	rule->standard = (int32_t)-west;
	rule->is_set = true;
	if (p.len == 0)
		return true;
	if (!take_name(&p))
		return false;
	west -= 3600;
	if (p.len > 0 && p.ptr[0] != ',' && !take_clock(&p, &west))
		return false;
	if (west < -OFFSET_MAX || west > OFFSET_MAX)
		return false;
	rule->summer = (int32_t)-west;
	rule->has_summer = true;
	return take_turn(&p, &rule->start) && take_turn(&p, &rule->end) && p.len == 0;
}

static bool
parse(struct tzif *t, struct str p)
{
	struct header h = { 0 };
	bool has_second = p.len > 4 && p.ptr[4] >= '2';

	if (!take_header(&p, 4, &h))
		return false;
	if (!has_second)
		return take_block(&p, &h, t);
	if (!skip_block(&p, &h) || !take_header(&p, 8, &h) || !take_block(&p, &h, t))
		return false;
	if (!take_char(&p, '\n') || str_find_char(p, '\n') == SIZE_MAX)
		return false;
	p = str_cut(&p, '\n');
	return p.len == 0 || parse_rule(p, &t->rule);
}

struct tzif *
tzif_new(struct str bytes)
{
	struct tzif *t = calloc(1, sizeof(*t));

	if (t != NULL && !parse(t, bytes))
		tzif_free(&t);
	return t;
}

void
tzif_free(struct tzif **pt)
{
	struct tzif *t = *pt;

	*pt = NULL;
	if (t == NULL)
		return;
	free(t->at);
	free(t->offset);
	free(t);
}

static bool
is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January. */
static int64_t
year_start(int64_t year)
{
	int64_t y = year - 1;

	return 365 * (year - 1970) + (y / 4 - y / 100 + y / 400) - 477;
}

/* Local seconds since the epoch at which the turn happens in that year. */
static int64_t
turn_at(const struct turn *turn, int64_t year)
{
	static const int before[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304,
		334, 365 };
	int64_t day = year_start(year);
	int64_t leap = is_leap(year), first, length;

	if (turn->kind == '0')
		return (day + turn->day) * DAY_S + turn->time_s;
	if (turn->kind == 'J')
		return (day + turn->day - 1 + (leap && turn->day >= 60)) * DAY_S +
		       turn->time_s;
	length = before[turn->month] - before[turn->month - 1] +
		 (turn->month == 2 ? leap : 0);
	first = day + before[turn->month - 1] + (turn->month > 2 ? leap : 0);
	/* 1970-01-01 was a Thursday (4) */
	day = (turn->day - (first + 4) % 7 + 7) % 7 + 7 * (turn->week - 1);
	while (day >= length)
		day -= 7;
	return (first + day) * DAY_S + turn->time_s;
}

static int32_t
rule_offset(const struct rule *rule, int64_t at_s)
{
	int64_t local = at_s + rule->standard;
	int64_t year = 1970 + local / (365 * DAY_S + DAY_S / 4);
	int64_t start, end;
	bool in_summer;

	if (!rule->has_summer)
		return rule->standard;
	while (local >= year_start(year + 1) * DAY_S)
		year++;
	while (local < year_start(year) * DAY_S)
		year--;
	start = turn_at(&rule->start, year) - rule->standard;
	end = turn_at(&rule->end, year) - rule->summer;
	if (start < end)
		in_summer = at_s >= start && at_s < end;
	else
		in_summer = at_s >= start || at_s < end;
	return in_summer ? rule->summer : rule->standard;
}

int32_t
tzif_offset(const struct tzif *t, int64_t at_s)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->at[mid] <= at_s)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == t->n && t->rule.is_set)
		return rule_offset(&t->rule, at_s);
	return low > 0 ? t->offset[low - 1] : t->first;
}
