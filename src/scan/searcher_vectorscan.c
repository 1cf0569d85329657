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

struct searcher {
	hs_database_t *db;
};

struct searcher_scratch {
	hs_scratch_t *space;
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

/* Its end. */
static void
put_cue(struct literals *l, struct str text, struct str exact, unsigned id)
{
	struct str s = exact.len > 0 ? exact : text;

	if (s.len > TEXT_MAX)
		s = str_sub(s, s.len - TEXT_MAX, TEXT_MAX);
	put(l, s, exact.len > 0 ? 0 : HS_FLAG_CASELESS, id);
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

struct searcher *
searcher_new(const struct str *text, const struct str *exact, size_t n)
{
	size_t room = n + ARRAY_LEN(others);
	struct searcher *e = calloc(1, sizeof(*e));
	struct literals l = { .text_z = calloc(room, sizeof(*l.text_z)),
		.len = calloc(room, sizeof(*l.len)),
		.flags = calloc(room, sizeof(*l.flags)),
		.id = calloc(room, sizeof(*l.id)) };

	if (e != NULL && l.text_z != NULL && l.len != NULL && l.flags != NULL &&
		l.id != NULL) {
		for (size_t i = 0; i < n; i++)
			put_cue(&l, text[i], exact != NULL ? exact[i] : (struct str){ 0 },
				(unsigned)i);
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
	struct hits *h = context;

	(void)from;
	(void)flags;
	if (id == ESCAPE_ID)
		hits_add_escape(h, (size_t)to);
	else if (id == PIECE_ID)
		hits_add_piece(h, (size_t)to);
	else if (id == SLASH_ID)
		h->torn = true;
	else
		hits_add(h, (size_t)to - 1, id);
	return 0;
}

void
searcher_scan(const struct searcher *e, struct searcher_scratch *s, struct hits *h)
{
	hs_error_t err;

	assert(h->text.len <= UINT_MAX);
	if (h->text.len == 0)
		return;
	err = hs.scan(e->db, h->text.ptr, (unsigned)h->text.len, 0, s->space, on_hit, h);
	if (err != HS_SUCCESS) {
		log_error("scan", "vectorscan: error %d", (int)err);
		abort();
	}
}
