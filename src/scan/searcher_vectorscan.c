/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Vectorscan's literal API: the only place that includes hs.h. A scan that fails would
 * lose lines, so it ends the program.
 */
#include "scan/searcher.h"

#include <assert.h>
#include <hs.h>
#include <limits.h>
#include <stdlib.h>

#include "base/compiler.h"
#include "base/library.h"
#include "base/log.h"
#include "base/map.h"

#define TEXT_OF(n)         #n
#define VERSION_Z(a, b, c) "vectorscan " TEXT_OF(a) "." TEXT_OF(b) "." TEXT_OF(c)

#define TEXT_MAX 16 /* more of a text makes no scan faster */

#define SLASH_ID  (UINT_MAX - 2)
#define ESCAPE_ID (UINT_MAX - 1)
#define PIECE_ID  UINT_MAX

LIBRARY_NOTE(note, "vectorscan", "Rule sets that are too large for the scan of our own",
	"recommended", SONAME_VECTORSCAN);

/* Valid once the library is open. */
static struct {
	__typeof__(hs_alloc_scratch) *alloc_scratch;
	__typeof__(hs_compile_lit_multi) *compile_lit_multi;
	__typeof__(hs_free_compile_error) *free_compile_error;
	__typeof__(hs_free_database) *free_database;
	__typeof__(hs_free_scratch) *free_scratch;
	__typeof__(hs_scan) *scan;
} hs;

static const struct library_function functions[] = {
	{ "hs_alloc_scratch", &hs.alloc_scratch },
	{ "hs_compile_lit_multi", &hs.compile_lit_multi },
	{ "hs_free_compile_error", &hs.free_compile_error },
	{ "hs_free_database", &hs.free_database },
	{ "hs_free_scratch", &hs.free_scratch },
	{ "hs_scan", &hs.scan },
};

static struct library library = LIBRARY(SONAME_VECTORSCAN, functions);

/* What stands behind the texts. As it is, case and all. */
static const struct {
	struct str text;
	unsigned id;
} others[] = {
	{ STR_INIT(HITS_ESCAPE), ESCAPE_ID },
	{ STR_INIT(HITS_SLASH), SLASH_ID },
	{ STR_INIT(HITS_PIECE_OUT), PIECE_ID },
	{ STR_INIT(HITS_PIECE_ERR), PIECE_ID },
};

#define NONE UINT_MAX

/* Thousands of equal texts would cost its compiler seconds: it is given one of them. */
struct searcher {
	hs_database_t *db;
	unsigned *next; /* owned; by cue: another one with the same text, or NONE */
};

struct searcher_scratch {
	hs_scratch_t *space;
};

/* What a scan adds its hits to. */
struct scan {
	const struct searcher *e;
	struct hits *h;
};

/* What hs_compile_lit_multi() wants to be told. */
struct literals {
	const char **text_z; /* not NUL-terminated: len counts */
	size_t *len;
	unsigned *flags;
	unsigned *id;
	unsigned n;
};

static void
put(struct literals *l, struct str text, unsigned flags, unsigned id)
{
	l->text_z[l->n] = text.ptr;
	l->len[l->n] = text.len;
	l->flags[l->n] = flags;
	l->id[l->n++] = id;
}

/* Its end. The first cue with a text stands for all of them. */
static bool
put_cue(struct literals *l, struct map *seen, unsigned *next, unsigned id,
	struct str text, bool cased)
{
	bool fresh = false;
	void **slot;

	if (text.len > TEXT_MAX)
		text = str_sub(text, text.len - TEXT_MAX, TEXT_MAX);
	slot = map_put(seen, text, &fresh);
	if (slot == NULL)
		return false;
	next[id] = NONE;
	if (fresh) {
		*slot = &next[id];
		put(l, text, cased ? 0 : HS_FLAG_CASELESS, id);
	} else {
		unsigned *first = *slot;

		next[id] = *first;
		*first = id;
	}
	return true;
}

const char *
searcher_name_z(void)
{
	return VERSION_Z(HS_MAJOR, HS_MINOR, HS_PATCH);
}

bool
searcher_is_fast(void)
{
	return true;
}

static hs_database_t *
build(const struct literals *l)
{
	hs_database_t *db = NULL;
	hs_compile_error_t *error = NULL;
	char why_z[LIBRARY_WHY];

	if (library_open(&library, why_z) != 0) {
		log_error("scan", "%s", why_z);
		return NULL;
	}
	if (hs.compile_lit_multi(l->text_z, l->flags, l->id, l->len, l->n, HS_MODE_BLOCK,
		    NULL, &db, &error) == HS_SUCCESS)
		return db;
	if (error != NULL)
		log_error("scan", "vectorscan: %s", error->message);
	hs.free_compile_error(error);
	return NULL;
}

/* Cased texts are others than equal ones in any case. */
static bool
put_cues(struct literals *l, unsigned *next, const struct str *text,
	const struct str *exact, size_t n)
{
	struct map *seen[2] = { map_new(n + 1), map_new(n + 1) };
	bool good = seen[0] != NULL && seen[1] != NULL;

	for (size_t i = 0; good && i < n; i++) {
		bool cased = exact != NULL && exact[i].len > 0;

		good = put_cue(l, seen[cased], next, (unsigned)i,
			cased ? exact[i] : text[i], cased);
	}
	FREE_IF(map_free, seen[0]);
	FREE_IF(map_free, seen[1]);
	return good;
}

struct searcher *
searcher_new(const struct str *text, const struct str *exact, size_t n)
{
	size_t room = n + ARRAY_LEN(others);
	struct searcher *e = calloc(1, sizeof(*e));
	struct literals l = { .text_z = calloc(room, sizeof(*l.text_z)),
		.len = calloc(room, sizeof(*l.len)),
		.flags = calloc(room, sizeof(*l.flags)),
		.id = calloc(room, sizeof(*l.id)) };

	if (e != NULL)
		e->next = calloc(n + 1, sizeof(*e->next));
	if (e != NULL && e->next != NULL && l.text_z != NULL && l.len != NULL &&
		l.flags != NULL && l.id != NULL &&
		put_cues(&l, e->next, text, exact, n)) {
		for (size_t i = 0; i < ARRAY_LEN(others); i++)
			put(&l, others[i].text, 0, others[i].id);
		e->db = build(&l);
	}
	free(l.text_z);
	free(l.len);
	free(l.flags);
	free(l.id);
	if (e != NULL && e->db == NULL)
		searcher_free(&e);
	return e;
}

void
searcher_free(struct searcher **pe)
{
	struct searcher *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	if (e->db != NULL)
		hs.free_database(e->db);
	free(e->next);
	free(e);
}

bool
searcher_scratch_grow(const struct searcher *e, struct searcher_scratch **ps)
{
	if (*ps == NULL)
		*ps = calloc(1, sizeof(**ps));
	return *ps != NULL && hs.alloc_scratch(e->db, &(*ps)->space) == HS_SUCCESS;
}

void
searcher_scratch_free(struct searcher_scratch **ps)
{
	struct searcher_scratch *s = *ps;

	*ps = NULL;
	if (s == NULL)
		return;
	if (s->space != NULL)
		hs.free_scratch(s->space);
	free(s);
}

static int
on_hit(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
	void *context)
{
	const struct scan *scan = context;
	struct hits *h = scan->h;

	(void)from;
	(void)flags;
	if (id == ESCAPE_ID)
		hits_add_escape(h, (size_t)to);
	else if (id == PIECE_ID)
		hits_add_piece(h, (size_t)to);
	else if (id == SLASH_ID)
		h->torn = true;
	else
		for (; id != NONE; id = scan->e->next[id])
			hits_add(h, (size_t)to - 1, id);
	return 0;
}

void
searcher_scan(const struct searcher *e, struct searcher_scratch *s, struct hits *h)
{
	struct scan scan = { e, h };
	hs_error_t err;

	assert(h->text.len <= UINT_MAX);
	if (h->text.len == 0)
		return;
	err = hs.scan(
		e->db, h->text.ptr, (unsigned)h->text.len, 0, s->space, on_hit, &scan);
	if (err != HS_SUCCESS) {
		log_error("scan", "vectorscan: error %d", (int)err);
		abort();
	}
}
