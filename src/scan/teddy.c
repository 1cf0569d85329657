/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/teddy.h"

#include <stdlib.h>
#include <string.h>

#include "scan/colours.h"
#include "scan/fragments.h"
#include "scan/nibbles.h"
#include "scan/phrase.h"

/* Another engine is faster when more places than that, a byte, have to be looked at. */
#define RATE_MAX (1.0 / 48)

/* What every set looks for. */
enum bucket { COLOUR, ESCAPED_COLOUR, ESCAPE, PIECE, WORDS };

struct teddy {
	const struct cues *cues;
	struct nibbles nibbles;
	struct fragments fragments;
};

static void
allow_all(struct nibbles *t, unsigned bucket, size_t i, unsigned char from,
	unsigned char to)
{
	for (unsigned c = from; c <= to; c++)
		nibbles_allow(t, bucket, i, (unsigned char)c);
}

/* z: NIBBLES_LEN bytes, of which the first "from" are said elsewhere. */
static void
allow_text(struct nibbles *t, unsigned bucket, size_t from, const char *z)
{
	for (size_t i = from; i < NIBBLES_LEN; i++)
		nibbles_allow(t, bucket, i, (unsigned char)z[i]);
}

/*
 * A letter or digit and ESC [ with a parameter, "m" or another colour; one before an
 * escape; \u003 to \u007 from its "u" on; and the ends of HITS_PIECE.
 */
static void
allow_others(struct nibbles *t)
{
	allow_all(t, COLOUR, 0, '0', 'z');
	allow_text(t, COLOUR, 1, " \x1b[0");
	allow_all(t, COLOUR, 3, '0', ';');
	nibbles_allow(t, COLOUR, 3, 'm');
	nibbles_allow(t, COLOUR, 3, '\\');
	allow_all(t, ESCAPED_COLOUR, 0, '0', 'z');
	allow_text(t, ESCAPED_COLOUR, 1, " \\u0");
	allow_text(t, ESCAPE, 0, "u003");
	allow_all(t, ESCAPE, 3, '3', '7');
	allow_text(t, PIECE, 0, "ut P");
	allow_text(t, PIECE, 0, "rr P");
	t->colours = 1U << COLOUR;
}

struct teddy *
teddy_new(const struct cues *c, struct str sample)
{
	struct teddy *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->cues = c;
	allow_others(&t->nibbles);
	if (!fragments_init(&t->fragments, c, sample, &t->nibbles, WORDS,
		    NIBBLES_BUCKETS - WORDS) ||
		t->fragments.rate > RATE_MAX)
		teddy_free(&t);
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
static void
look_for_others(struct hits *h, size_t at, const char *p)
{
	struct str text = h->text;

	if (p[1] == '\x1b')
		colours_add(h, at + 1);
	else if (memcmp(p + 1, "\\u0", 3) == 0 &&
		 str_starts(str_sub(text, at + 1, text.len), STR(HITS_ESCAPE)))
		hits_add_escape(h, at + 1 + sizeof(HITS_ESCAPE) - 1);
	else if (memcmp(p, "u00", 3) == 0 && at > 0 && text.ptr[at - 1] == '\\')
		hits_add_escape(h, at + 3);
	else if (p[3] == 'P' &&
		 (str_ends(str_sub(text, 0, at + 4), STR(HITS_PIECE_OUT)) ||
			 str_ends(str_sub(text, 0, at + 4), STR(HITS_PIECE_ERR))))
		hits_add_piece(h, at + 4);
}

static void
look_for_cues(const struct teddy *t, struct hits *h, size_t at, const struct fragment *f)
{
	for (size_t i = f->from; i < f->from + f->n; i++) {
		struct fragment_use u = t->fragments.uses[i];
		struct str exact = t->cues->exact[u.cue];
		bool cased = exact.len > 0;

		if (phrase_stands(h->text, at, cased ? exact : t->cues->phrase[u.cue],
			    cased, u.off))
			hits_add(h, at, u.cue);
	}
}

static void
look_at(const struct teddy *t, struct hits *h, size_t at)
{
	const struct fragment *f;
	char p[4] = { 0 };

	if (at + sizeof(p) <= h->text.len)
		memcpy(p, h->text.ptr + at, sizeof(p));
	else
		memcpy(p, h->text.ptr + at, h->text.len - at);
	look_for_others(h, at, p);
	f = fragments_at(&t->fragments, p, false);
	if (f != NULL)
		look_for_cues(t, h, at, f);
	f = t->fragments.short_ones ? fragments_at(&t->fragments, p, true) : NULL;
	if (f != NULL)
		look_for_cues(t, h, at, f);
}

uint64_t
teddy_scan(const struct teddy *t, struct hits *h)
{
	struct nibbles_found found = { .next = 0 };

	while (nibbles_find(&t->nibbles, h->text, &found))
		for (size_t i = 0; i < found.n; i++)
			look_at(t, h, found.at[i]);
	return found.lines;
}
