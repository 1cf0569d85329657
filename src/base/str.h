/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A string view: bytes owned by somebody else. Never NUL-terminated; passed by
 * value; valid only as long as the buffer or arena it points into. Any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *ptr;
	size_t len;
};

#define STR(lit) ((struct str){ .ptr = "" lit, .len = sizeof("" lit) - 1 })

/* The same in the initialiser of a static table, where ISO C wants constants. */
#define STR_INIT(lit)                                    \
	{                                                \
		.ptr = "" lit, .len = sizeof("" lit) - 1 \
	}

/* printf("%.*s", STR_ARG(s)) */
#define STR_ARG(s) str_prec(s), (s).ptr

int str_prec(struct str s);

/* A view of a NUL-terminated string, which may be NULL (then empty). */
struct str str_z(const char *text_z);

/* len bytes from pos on, both clipped to s. */
static inline struct str
str_sub(struct str s, size_t pos, size_t len)
{
	if (pos > s.len)
		pos = s.len;
	if (len > s.len - pos)
		len = s.len - pos;
	return (struct str){ .ptr = pos > 0 ? s.ptr + pos : s.ptr, .len = len };
}

/* s copied to *at, which moves behind it; the caller has the room. */
static inline struct str
str_put(char **at, struct str s)
{
	struct str out = { .ptr = *at, .len = s.len };

	if (s.len > 0)
		memcpy(*at, s.ptr, s.len);
	*at += s.len;
	return out;
}

static inline bool
str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ASCII case folding only: bytes above 0x7f compare as they are. */
bool str_eq_fold(struct str a, struct str b);

/* memcmp order, the shorter first. <0, 0, >0. */
int str_cmp(struct str a, struct str b);

static inline bool
str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

static inline bool
str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len &&
	       str_eq(str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

/* Position of the first needle (or byte), or SIZE_MAX. An empty needle is at 0. */
size_t str_find(struct str s, struct str needle);

static inline size_t
str_find_char(struct str s, char c)
{
	const char *hit = s.len > 0 ? memchr(s.ptr, c, s.len) : NULL;

	return hit != NULL ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

static inline size_t
str_rfind_char(struct str s, char c)
{
	const char *hit = s.len > 0 ? memrchr(s.ptr, c, s.len) : NULL;

	return hit != NULL ? (size_t)(hit - s.ptr) : SIZE_MAX;
}

/* Without blanks, tabs and CR at both ends. */
struct str str_trim(struct str s);

/* Split at the first sep: the part before it is returned, *rest keeps the remainder. */
static inline struct str
str_cut(struct str *rest, char sep)
{
	struct str head = *rest;
	size_t at = str_find_char(head, sep);

	if (at == SIZE_MAX) {
		*rest = str_sub(head, head.len, 0);
		return head;
	}
	*rest = str_sub(head, at + 1, head.len);
	return str_sub(head, 0, at);
}

/* Whole string must be a decimal number inside [min, max]; *out is set on true only. */
bool str_to_i64(struct str s, int64_t min, int64_t max, int64_t *out);

/* Whole string must be a decimal floating point number (no hex, inf, nan). */
bool str_to_double(struct str s, double *out);

/* Length of the valid UTF-8 sequence at s[0] (1 to 4), or 0. */
size_t str_utf8_len(struct str s);

/* Single-byte edits (or swaps of neighbours) between a and b, counted up to max + 1. */
size_t str_distance(struct str a, struct str b, size_t max);

/* The candidate nearest to s within a third of its length, or an empty view. */
struct str str_nearest(struct str s, const struct str *candidates, size_t n);

static inline bool
char_is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static inline bool
char_is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static inline bool
char_is_alnum(char c)
{
	return char_is_digit(c) || char_is_alpha(c);
}

static inline char
char_lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
}

/* The value of a hexadecimal digit, or -1. */
static inline int
char_hex(char c)
{
	if (char_is_digit(c))
		return c - '0';
	c = char_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Where the digits that stand from i on end; i when there are none. */
static inline size_t
str_skip_digits(struct str s, size_t i)
{
	while (i < s.len && char_is_digit(s.ptr[i]))
		i++;
	return i;
}
