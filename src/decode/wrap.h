/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One physical line taken out of its wrapping: CRI, docker's JSON, kubectl's prefix and
 * timestamp, or nothing. Pure functions; any thread.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

struct wrap {
	struct str key;     /* which stream: "stdout", "stderr", "pod/P/C" or empty */
	struct str time;    /* the wrapping's own time, RFC 3339, or empty */
	struct str stream;  /* "stdout", "stderr" or empty */
	struct str content; /* into the line, or into scratch */
	size_t head;        /* CRI: bytes before it if other lines may have such; or 0 */
	bool partial;       /* the next line of this stream goes on with it */
	bool prefixed;      /* key is a pod and a container */
	bool broken;        /* not in the format: content is the whole line */
};

/*
 * line has no LF and no CR at its end. scratch has room for line.len bytes and is used by
 * docker only. Always gives an answer.
 */
typedef void wrap_fn(struct str line, char *scratch, struct wrap *out);

wrap_fn wrap_cri;
wrap_fn wrap_docker;
wrap_fn wrap_kubectl;
wrap_fn wrap_plain;

/*
 * At a glance, false and SIZE_MAX mean that one must look: whether a line (LF cut off) is
 * surely of another stream than key; and what it is, or where its content begins, when
 * its header is that of another one, which was unwrapped, but for the time: then it is of
 * the same stream, and a piece if that is one.
 */
typedef bool wrap_other_fn(struct str line, struct str key);
typedef bool wrap_like_fn(struct str line, const struct wrap *like, struct wrap *out);
typedef size_t wrap_glance_fn(struct str line, const struct wrap *like);

/*
 * How many of the n lines in text from from on, whose LFs are at lf, are surely of the
 * stream of another one, up to the first that is not.
 */
typedef size_t wrap_same_fn(
	const char *text, size_t from, const size_t *lf, size_t n, const struct wrap *as);

/* How lines are taken out of a wrapping. What is NULL is not to be had. */
struct wrapping {
	wrap_fn *unwrap;
	wrap_other_fn *is_other;
	wrap_like_fn *like;
	wrap_glance_fn *glance;
	wrap_same_fn *same;
	bool brief;  /* glance() does with what lines_peek() says */
	bool pieces; /* it may cut a line into pieces */
};
extern const struct wrapping wrapping_cri, wrapping_docker, wrapping_kubectl,
	wrapping_plain;

/* Whether a line is surely in the format, for guessing. */
bool wrap_is_cri(struct str line);
bool wrap_is_docker(struct str line);
bool wrap_is_kubectl(struct str line);

/* Pod and container of a prefix key "pod/P/C"; empty views for others. */
void wrap_split_key(struct str key, struct str *pod, struct str *container);

/* Whether c may stand in an SGR sequence: digits, and ":" and ";" right behind them. */
static inline bool
wrap_is_sgr_char(char c)
{
	return (unsigned char)(c - '0') <= ';' - '0';
}

/* The end of all colours is by far the most frequent one. */
#define WRAP_RESET     "\x1b[0m"
#define WRAP_RESET_LEN (sizeof(WRAP_RESET) - 1)

/* Bytes of the SGR sequence (a colour) at the start of s, or 0. */
static inline size_t
wrap_sgr_len(struct str s)
{
	size_t i = 2;

	if (s.len >= WRAP_RESET_LEN && memcmp(s.ptr, WRAP_RESET, WRAP_RESET_LEN) == 0)
		return WRAP_RESET_LEN;
	if (s.len < 3 || s.ptr[0] != '\x1b' || s.ptr[1] != '[')
		return 0;
	while (i < s.len && wrap_is_sgr_char(s.ptr[i]))
		i++;
	return i < s.len && s.ptr[i] == 'm' ? i + 1 : 0;
}

/* s without the colours at its start. */
static inline struct str
wrap_skip_sgr(struct str s)
{
	while (s.len > 0 && s.ptr[0] == '\x1b') {
		size_t n = wrap_sgr_len(s);

		if (n == 0)
			break;
		s = (struct str){ s.ptr + n, s.len - n };
	}
	return s;
}

/* Whether s starts with RFC 3339 with exactly 9 digits and a zone: its length, or 0. */
size_t wrap_stamp_len(struct str s);
