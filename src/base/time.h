/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times as int64_t nanoseconds since 1970-01-01T00:00:00Z, their texts, and durations.
 * Pure functions: no clock is read here. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/str.h"

#define TIME_US  INT64_C(1000)
#define TIME_MS  INT64_C(1000000)
#define TIME_S   INT64_C(1000000000)
#define TIME_MIN (60 * TIME_S)
#define TIME_H   (60 * TIME_MIN)
#define TIME_DAY (24 * TIME_H)

/* No time. Smaller than any other. */
#define TIME_NONE INT64_MIN

static inline int64_t
time_later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* span_ns (not negative) after at_ns, INT64_MAX at most. */
static inline int64_t
time_after(int64_t at_ns, int64_t span_ns)
{
	return at_ns > INT64_MAX - span_ns ? INT64_MAX : at_ns + span_ns;
}

/* A zone for times written without one, and for showing. */
struct time_zone;

/* "UTC", "Z", "+05:30" or a name of the zone database ("Asia/Kolkata"). NULL if unknown.
 */
struct time_zone *time_zone_new(struct str name);
void time_zone_free(struct time_zone **pz);

/* Seconds east of UTC at that moment. NULL is UTC. */
int64_t time_zone_offset(const struct time_zone *zone, int64_t at_ns);

struct time_fields {
	int year, month, day; /* month and day from 1 */
	int hour, minute, second;
	int64_t nanosecond;
};

/* Proleptic Gregorian, UTC. TIME_NONE when a field is out of its range. */
int64_t time_from_fields(const struct time_fields *f);
void time_to_fields(int64_t at_ns, struct time_fields *f);

/* The moment at which zone's wall shows f (the earlier one when it shows it twice). */
int64_t time_from_local(const struct time_fields *f, const struct time_zone *zone);

/*
 * RFC 3339 at the start of *s ("T" or one blank between, 0-9 fraction digits after "." or
 * ",", zone Z, +hh:mm, +hhmm, or none = zone, which may be NULL). On true *s is moved
 * behind it.
 */
bool time_parse(struct str *s, const struct time_zone *zone, int64_t *out);

/*
 * What a minute of UTC looks like and when it is: a log's next line is mostly of the same
 * one. All zero: none is known.
 */
struct time_minute {
	char text[16]; /* 2025-10-28T10:04 */
	int64_t at_ns;
};

/* As time_parse() without a zone of what s begins with, remembering the minute. */
bool time_parse_near(struct time_minute *m, struct str s, int64_t *out);

/* RFC 3339 in zone with digits (0, 3, 6 or 9) of the second: 2025-10-28T10:04:45.548Z. */
void time_format(struct buf *b, int64_t at_ns, const struct time_zone *zone, int digits);

/* "90s", "5m", "1.5h", "250ms", "2d", "1w", also sums ("1h30m"). False: not a duration.
 */
bool time_parse_duration(struct str s, int64_t *out);

/* Two units at most, for people: "1h 5m", "2.9 s", "350 ms". */
void time_format_duration(struct buf *b, int64_t span_ns);
