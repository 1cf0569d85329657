/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prefilter with Vectorscan's literal API: the only place that includes hs.h. A scan
 * that fails would lose lines, so it ends the program.
 */
#include "scan/prefilter.h"

#include <assert.h>
#include <hs.h>
#include <limits.h>
#include <stdlib.h>

#include "base/log.h"
#include "scan/hits.h"
#include "scan/words.h"

#define TEXT_OF(n)         #n
#define VERSION_Z(a, b, c) "vectorscan " TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)

/* Words have 0. */
#define ESCAPE_ID 1u
#define COLOUR_ID 2u

#define OTHERS 4 /* literals that are no words */

struct prefilter {
	hs_database_t *plain; /* both NULL: no words */
	hs_database_t *escaped;
	bool takes_all;
};

struct prefilter_scratch {
	hs_scratch_t *space;
	struct hits hits;
};

/* What hs_compile_lit_multi() wants to be told. */
struct literals {
	const char **text_z; /* not NUL-terminated: len counts */
	size_t *len;
	unsigned *flags;
	unsigned *id;
};

static void
literals_free(struct literals *l)
{
	free(l->text_z);
	free(l->len);
	free(l->flags);
	free(l->id);
}

static void
add(struct literals *l, size_t i, struct str text, unsigned id)
{
	l->text_z[i] = text.ptr;
	l->len[i] = text.len;
	l->id[i] = id;
	l->flags[i] = id == 0 ? HS_FLAG_CASELESS : 0;
}

/* The escape stands last, so that the other database leaves it out. */
static bool
literals_init(struct literals *l, const struct scan_words *w)
{
	size_t cap = w->n + OTHERS;

	*l = (struct literals){ .text_z = calloc(cap, sizeof(*l->text_z)),
		.len = calloc(cap, sizeof(*l->len)),
		.flags = calloc(cap, sizeof(*l->flags)),
		.id = calloc(cap, sizeof(*l->id)) };
	if (l->text_z == NULL || l->len == NULL || l->flags == NULL || l->id == NULL) {
		literals_free(l);
		return false;
	}
	for (size_t i = 0; i < w->n; i++)
		add(l, i, w->at[i], 0);
	add(l, w->n, STR(HITS_PIECE_OUT), 0);
	add(l, w->n + 1, STR(HITS_PIECE_ERR), 0);
	add(l, w->n + 2, STR(HITS_COLOUR), COLOUR_ID);
	add(l, w->n + 3, STR(HITS_ESCAPE), ESCAPE_ID);
	return true;
}

static hs_database_t *
build(const struct literals *l, size_t n)
{
	hs_database_t *db = NULL;
	hs_compile_error_t *error = NULL;

	if (hs_compile_lit_multi(l->text_z, l->flags, l->id, l->len, (unsigned)n,
		    HS_MODE_BLOCK, NULL, &db, &error) == HS_SUCCESS)
		return db;
	if (error != NULL)
		log_error("scan", "vectorscan: %s", error->message);
	hs_free_compile_error(error);
	return NULL;
}

struct prefilter *
prefilter_new(const struct ruleset *rs)
{
	struct prefilter *p = calloc(1, sizeof(*p));
	struct scan_words w;
	struct literals l;

	if (p == NULL)
		return NULL;
	if (!scan_words_init(&w, rs)) {
		prefilter_free(&p);
		return NULL;
	}
	p->takes_all = w.takes_all;
	if (w.n > 0 && w.n < UINT_MAX - OTHERS && literals_init(&l, &w)) {
		p->plain = build(&l, w.n + OTHERS - 1);
		p->escaped = build(&l, w.n + OTHERS);
		literals_free(&l);
	}
	if (w.n > 0 && (p->plain == NULL || p->escaped == NULL))
		prefilter_free(&p);
	scan_words_fini(&w);
	return p;
}

void
prefilter_free(struct prefilter **pp)
{
	struct prefilter *p = *pp;

	*pp = NULL;
	if (p == NULL)
		return;
	hs_free_database(p->plain);
	hs_free_database(p->escaped);
	free(p);
}

bool
prefilter_takes_all(const struct prefilter *p)
{
	return p->takes_all;
}

const char *
prefilter_engine_z(void)
{
	return VERSION_Z(HS_MAJOR, HS_MINOR, HS_PATCH);
}

struct prefilter_scratch *
prefilter_scratch_new(const struct prefilter *p)
{
	struct prefilter_scratch *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	hits_init(&s->hits);
	if (p->plain != NULL &&
		(hs_alloc_scratch(p->plain, &s->space) != HS_SUCCESS ||
			hs_alloc_scratch(p->escaped, &s->space) != HS_SUCCESS))
		prefilter_scratch_free(&s);
	return s;
}

void
prefilter_scratch_free(struct prefilter_scratch **ps)
{
	struct prefilter_scratch *s = *ps;

	*ps = NULL;
	if (s == NULL)
		return;
	hs_free_scratch(s->space);
	hits_fini(&s->hits);
	free(s);
}

/* Ends come in ascending order. */
static int
on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
	void *context)
{
	struct hits *h = context;

	(void)from;
	(void)flags;
	if ((id == ESCAPE_ID && !hits_is_escape(h->text, (size_t)to)) ||
		(id == COLOUR_ID && !hits_is_colour(h->text, (size_t)to)))
		return 0;
	hits_add(h, (size_t)to - 1);
	return 0;
}

const size_t *
prefilter_scan(const struct prefilter *p, struct prefilter_scratch *s, struct str text,
	bool escaped, size_t *n)
{
	const hs_database_t *db = escaped ? p->escaped : p->plain;
	hs_error_t err;

	assert(text.len <= UINT_MAX);
	hits_begin(&s->hits, text);
	if (db != NULL && text.len > 0) {
		err = hs_scan(
			db, text.ptr, (unsigned)text.len, 0, s->space, on_hit, &s->hits);
		if (err != HS_SUCCESS) {
			log_error("scan", "vectorscan: error %d", (int)err);
			abort();
		}
	}
	*n = s->hits.n;
	return s->hits.at;
}
