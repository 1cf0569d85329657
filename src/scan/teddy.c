/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/teddy.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "scan/colours.h"
#include "scan/fragments.h"
#include "scan/nibbles.h"
#include "scan/phrase.h"
#include "scan/sample.h"

/* Another engine is faster when more places than that, a byte, have to be looked at. */
#define RATE_MAX (1.0 / 48)

/* Bytes on both sides of where a fragment begins that are looked at: a side, and an
 * escape before it. */
#define REACH 16

/* A place is fetched when so many before it are to be looked at: it has left the cache.
 */
#define AHEAD 6

/* So many fragments can do with less of a place looked at. */
#define FEW 16

/* Escapes of ESC are rare when more than so many bytes have one. */
#define ESCAPE_RARE 2048

/* What it costs: a place that is looked at, a fragment found there, 32 bytes of a text.
 */
#define LOOK_PRICE  100
#define FOUND_PRICE 150
static const unsigned char block_price[] = {
	[NIBBLES_THREE] = 15, [NIBBLES_FOUR] = 17, [NIBBLES_ALL] = 23
};

/* What every set looks for. */
enum bucket { COLOUR, BARE_COLOUR, ESCAPE, PIECE };

struct teddy {
	const struct cues *cues;
	struct nibbles nibbles;
	struct fragments fragments;
	double looks; /* a byte of the sample */
};

static void
allow_all(struct nibbles *t, unsigned bucket, size_t i, unsigned char from,
	unsigned char to)
{
	for (unsigned c = from; c <= to; c++)
		nibbles_allow(t, bucket, i, (unsigned char)c);
}

/* The bytes of z from one on. */
static void
allow_text(struct nibbles *t, unsigned bucket, size_t from, const char *z)
{
	for (size_t i = from; z[i] != '\0'; i++)
		nibbles_allow(t, bucket, i, (unsigned char)z[i]);
}

static void
allow_alnum(struct nibbles *t, unsigned bucket)
{
	allow_all(t, bucket, 0, '0', '9');
	allow_all(t, bucket, 0, 'A', 'Z');
	allow_all(t, bucket, 0, 'a', 'z');
}

/*
 * \u00, or, of texts that have it for many an ESC, what may be a colour, and \u002 to
 * \u007 from its "u" on, which some digits are taken for.
 */
static void
allow_escapes(struct nibbles *t, unsigned slash, const struct sample *s)
{
	if (sample_count(s, sample_key("u001")) <= s->len / ESCAPE_RARE) {
		allow_text(t, ESCAPE, 0, HITS_ESCAPE);
		return;
	}
	allow_text(t, COLOUR, 1, " \\u0");
	allow_text(t, slash, 0, "/\\u0");
	allow_text(t, ESCAPE, 0, "u002");
	allow_all(t, ESCAPE, 3, '2', '7');
}

/*
 * A letter, digit or slash and ESC [ with a parameter; ESC [ with none, which may be
 * right before the end of a line; escapes; and the ends of HITS_PIECE. Where both halves
 * of the first byte count, a slash would let all marks in with letters.
 */
static void
allow_others(struct nibbles *t, const struct sample *s)
{
	unsigned slash = t->depth == NIBBLES_ALL ? BARE_COLOUR : COLOUR;

	allow_alnum(t, COLOUR);
	allow_text(t, COLOUR, 1, " \x1b[");
	allow_all(t, COLOUR, 3, '0', ';');
	allow_text(t, BARE_COLOUR, 0, "\x1b[m");
	allow_text(t, BARE_COLOUR, 0, "\x1b[\\");
	allow_all(t, BARE_COLOUR, 3, 0, 15);
	allow_text(t, slash, 0, "/\x1b[");
	allow_escapes(t, slash, s);
	allow_text(t, PIECE, 0, "ut P");
	allow_text(t, PIECE, 0, "rr P");
	t->colours = 1U << COLOUR;
}

static struct teddy *
make(const struct cues *c, const struct sample *sample, enum nibbles_depth depth)
{
	struct teddy *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->cues = c;
	t->nibbles.depth = depth;
	allow_others(&t->nibbles, sample);
	if (!fragments_init(&t->fragments, c, sample, &t->nibbles))
		teddy_free(&t);
	return t;
}

static void
count_looks(struct teddy *t, struct str text, enum nibbles_form form)
{
	struct nibbles_found found = { .next = 0 };
	size_t looks = 0;

	while (nibbles_find(&t->nibbles, text, form, &found))
		looks += found.n;
	t->looks = (double)looks / ((double)text.len + 1);
}

/* Of a byte of the sample, whose looks are counted. */
static double
price_of(const struct teddy *t, const struct sample *s)
{
	size_t found = 0;

	for (size_t i = 0; i < t->fragments.n; i++)
		found += sample_count(s, t->fragments.all[i].key);
	return block_price[t->nibbles.depth] / 32.0 + t->looks * LOOK_PRICE +
	       (double)found / ((double)s->len + 1) * FOUND_PRICE;
}

/* Less of a place is looked at where that costs less. */
static struct teddy *
choose(struct teddy *t, const struct sample *s, struct str text, enum nibbles_form form)
{
	for (enum nibbles_depth d = NIBBLES_THREE; d < NIBBLES_ALL; d++) {
		struct teddy *other = make(t->cues, s, d);

		if (other == NULL)
			continue;
		count_looks(other, text, form);
		if (price_of(other, s) < price_of(t, s)) {
			struct teddy *left = t;

			t = other;
			other = left;
		}
		teddy_free(&other);
	}
	return t;
}

struct teddy *
teddy_new(const struct cues *c, struct str sample, enum nibbles_form form)
{
	struct sample s;
	struct teddy *t;

	if (!sample_init(&s, sample))
		return NULL;
	t = make(c, &s, NIBBLES_ALL);
	if (t != NULL && t->fragments.rate > RATE_MAX && sample.len == 0)
		teddy_free(&t);
	if (t != NULL)
		count_looks(t, sample, form);
	if (t != NULL && t->fragments.n <= FEW && sample.len > 0)
		t = choose(t, &s, sample, form);
	sample_fini(&s);
	return t;
}

void
teddy_free(struct teddy **pt)
{
	struct teddy *t = *pt;

	*pt = NULL;
	if (t == NULL)
		return;
	fragments_fini(&t->fragments);
	free(t);
}

/* p[0, 4) is at offset at of the text. */
static inline void
look_for_others(struct hits *h, size_t at, const char *p)
{
	struct str text = h->text;

	if (p[0] == '\x1b')
		colours_add(h, at);
	else if (p[1] == '\x1b')
		colours_add(h, at + 1);
	else if (memcmp(p, HITS_ESCAPE, 4) == 0)
		hits_add_escape(h, at + 4);
	else if (memcmp(p + 1, "\\u0", 3) == 0 &&
		 str_starts(str_sub(text, at + 1, text.len), STR(HITS_ESCAPE)))
		hits_add_escape(h, at + 1 + sizeof(HITS_ESCAPE) - 1);
	else if (p[0] == 'u' && memcmp(p + 1, "00", 2) == 0 && at > 0 &&
		 text.ptr[at - 1] == '\\')
		hits_add_escape(h, at + 3);
	else if (p[3] == 'P' &&
		 (str_ends(str_sub(text, 0, at + 4), STR(HITS_PIECE_OUT)) ||
			 str_ends(str_sub(text, 0, at + 4), STR(HITS_PIECE_ERR))))
		hits_add_piece(h, at + 4);
}

static bool
differs(struct fragment_side s, const char *p)
{
	return (((bytes_load8(p) | FRAGMENT_FOLD) ^ s.bytes) & s.mask) != 0;
}

/* Whether the "m" at p may end a colour. */
static bool
ends_colour(const char *p)
{
	return (p[-1] >= '0' && p[-1] <= ';') || p[-1] == '[';
}

/* Whether a colour ends before the fragment at p, or an escape begins before its side. */
static bool
is_torn_before(const char *p)
{
	const char *side = p - FRAGMENT_SIDE;
	uint32_t m = bytes_mask16(side, 'm') & ((1U << FRAGMENT_SIDE) - 1);

	if (bytes_mask16(p - REACH, '\\') != 0)
		return true;
	while (m != 0 && !ends_colour(side + __builtin_ctz(m)))
		m &= m - 1;
	return m != 0;
}

static bool
is_torn_behind(const char *p)
{
	return (bytes_mask16(p, '\\') | bytes_mask16(p, '\x1b')) != 0;
}

/* Whether something may tear a phrase beside a fragment: looked for when it is asked. */
struct tears {
	enum { TEARS_UNKNOWN, TEARS_NONE, TEARS_SOME } before, behind;
};

/* Whether the phrase of a use may be there, by what is beside its fragment at p. */
static inline bool
may_stand(const struct fragment_use *u, const char *p, size_t len, struct tears *t)
{
	if (differs(u->behind, p + len)) {
		if (t->behind == TEARS_UNKNOWN)
			t->behind = is_torn_behind(p) ? TEARS_SOME : TEARS_NONE;
		if (t->behind == TEARS_NONE)
			return false;
	}
	if (differs(u->before, p - FRAGMENT_SIDE)) {
		if (t->before == TEARS_UNKNOWN)
			t->before = is_torn_before(p) ? TEARS_SOME : TEARS_NONE;
		if (t->before == TEARS_NONE)
			return false;
	}
	return true;
}

/* Beside its fragment, which is at offset at, nothing speaks against it. */
static NEVER_INLINE void
look_for_cue(
	const struct teddy *t, struct hits *h, size_t at, const struct fragment_use *u)
{
	struct str exact = t->cues->exact[u->cue];
	bool cased = exact.len > 0;

	if (phrase_stands(h->text, at, cased ? exact : t->cues->phrase[u->cue], cased,
		    u->off, &t->cues->margin[u->cue]))
		hits_add(h, at, u->cue);
}

static NEVER_INLINE void
look_for_cues(const struct teddy *t, struct hits *h, struct str text, size_t at,
	const struct fragment *f)
{
	const struct fragment_use *u = &t->fragments.uses[f->from];
	bool inside = at >= REACH && text.len - at >= REACH;
	struct tears tears = { TEARS_UNKNOWN, TEARS_UNKNOWN };

	for (const struct fragment_use *end = u + f->n; u < end; u++)
		if (!inside || may_stand(u, text.ptr + at, f->len, &tears))
			look_for_cue(t, h, at, u);
}

static inline void
look_at(const struct teddy *t, struct hits *h, struct str text, size_t at)
{
	const char *p = text.ptr + at;
	char last[4] = { 0 };

	if (text.len - at < sizeof(last)) {
		memcpy(last, p, text.len - at);
		p = last;
	}
	look_for_others(h, at, p);
	/* Of four bytes, then of three. */
	for (unsigned n = 0; n <= t->fragments.short_ones; n++) {
		const struct fragment *f = fragments_at(&t->fragments, p, n > 0);

		if (f != NULL)
			look_for_cues(t, h, text, at, f);
	}
}

struct teddy_counts
teddy_scan(const struct teddy *t, struct hits *h, enum nibbles_form form)
{
	struct nibbles_found found = { .next = 0 };
	struct str text = h->text;
	size_t looks = 0;

	while (nibbles_find(&t->nibbles, text, form, &found)) {
		for (size_t i = 0; i < found.n; i++) {
			if (i + AHEAD < found.n)
				__builtin_prefetch(text.ptr + found.at[i + AHEAD]);
			look_at(t, h, text, found.at[i]);
		}
		looks += found.n;
	}
	return (struct teddy_counts){ found.lines, found.ends, looks };
}

uint64_t
teddy_expects(const struct teddy *t, uint64_t bytes)
{
	return (uint64_t)(t->looks * (double)bytes);
}
