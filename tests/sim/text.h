/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A growing text and what goes into one: numbers, times, durations, JSON strings. Running
 * out of memory ends the program. Single thread.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define TEXT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S  INT64_C(1000000000)

/* How a time is written: fraction digits, or the shortest form. */
enum {
	TEXT_SECONDS = 0,
	TEXT_MILLIS = 3,
	TEXT_MICROS = 6,
	TEXT_NANOS = 9,
	TEXT_TRIMMED = -1
};

struct text {
	char *ptr;
	size_t len;
	size_t cap;
};

/* Prints the message to stderr and exits with 1. */
_Noreturn void die(const char *fmt, ...) TEXT_PRINTF(1, 2);

void text_clear(struct text *t);
void text_free(struct text *t);
void text_put(struct text *t, const char *ptr, size_t len);
void text_str(struct text *t, const char *s);
void text_char(struct text *t, char c);
void text_u64(struct text *t, uint64_t n);

/* Lower-case hex, zero-padded to width (at most 16) digits. */
void text_hex(struct text *t, uint64_t n, unsigned width);

void text_fmt(struct text *t, const char *fmt, ...) TEXT_PRINTF(2, 3);

/* NUL after the text, not counted; valid until the next change. */
const char *text_cstr(struct text *t);

/* A JSON string with its quotes. */
void text_json(struct text *t, const char *s);

/* RFC 3339 in UTC with Z. */
void text_time(struct text *t, int64_t at_ns, int digits);

/* 2025-10-28 10:04:45.548, as logback writes it. */
void text_spring_time(struct text *t, int64_t at_ns);

/* A Go duration: 736ns, 9.229µs, 2.99081ms, 1.2s. */
void text_took(struct text *t, int64_t ns);

/* Writes at least 20 and at most 30 bytes to out (no NUL); returns their number. */
size_t time_write(char *out, int64_t at_ns, int digits);

/* Returns ns since the epoch, or -1 when s is not RFC 3339 in UTC. */
int64_t time_parse(const char *s);
