/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine of builds without Vectorscan: alternations of all texts, as many as PCRE2's
 * patterns need. It does not know which text it found, so it goes on behind a line that
 * was hit, and that line is for every rule. Where a search fails, all lines are.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "scan/searcher.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"

#define TEXT_OF(n) #n
#define VERSION_Z(a, b) \
	"pcre2 " TEXT_OF(a) "." TEXT_OF(b) " (built without Vectorscan: slower)"

#define PATTERN_MAX    ((size_t)1 << 20)
#define PATTERN_ENOUGH ((size_t)12 << 10) /* compiled it takes less than 64 KiB */
#define OTHERS         STR("\\\\u00|\\\\/|(?-i:" HITS_PIECE_OUT "|" HITS_PIECE_ERR ")")

struct searcher {
	pcre2_code **code;
	size_t n;
};

struct searcher_scratch {
	pcre2_match_data *data;
};

const char *
searcher_name_z(void)
{
	return VERSION_Z(PCRE2_MAJOR, PCRE2_MINOR);
}

bool
searcher_is_fast(void)
{
	return false;
}

static void
add_text(struct buf *b, struct str text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (!char_is_alnum(text.ptr[i]))
			buf_add_char(b, '\\');
		buf_add_char(b, text.ptr[i]);
	}
}

/* text as it is found in any case, or exact, if there is one, as it is spelt. */
static void
add_cue(struct buf *b, struct str text, struct str exact)
{
	if (b->len > 0)
		buf_add_char(b, '|');
	if (exact.len == 0) {
		add_text(b, text);
		return;
	}
	buf_add(b, STR("(?-i:"));
	add_text(b, exact);
	buf_add_char(b, ')');
}

/* One more pattern, of what b has, which is empty then. */
static bool
add_code(struct searcher *e, struct buf *b)
{
	pcre2_code **more = realloc(e->code, (e->n + 1) * sizeof(*more));
	int error = PCRE2_ERROR_NOMEMORY;
	size_t pos;

	if (more == NULL || buf_failed(b))
		return false;
	e->code = more;
	e->code[e->n] = pcre2_compile((PCRE2_SPTR)b->data, b->len,
		PCRE2_CASELESS | PCRE2_NEVER_UTF, &error, &pos, NULL);
	if (e->code[e->n] == NULL) {
		log_error("scan", "pcre2: error %d in the pattern of all words", error);
		return false;
	}
	(void)pcre2_jit_compile(e->code[e->n++], PCRE2_JIT_COMPLETE);
	buf_reset(b);
	return true;
}

struct searcher *
searcher_new(const struct str *text, const struct str *exact, size_t n)
{
	struct searcher *e = calloc(1, sizeof(*e));
	struct buf pattern;
	bool good = e != NULL;

	buf_init(&pattern, PATTERN_MAX);
	for (size_t i = 0; good && i < n; i++) {
		add_cue(&pattern, text[i], exact != NULL ? exact[i] : (struct str){ 0 });
		if (pattern.len >= PATTERN_ENOUGH)
			good = add_code(e, &pattern);
	}
	/* What they begin with a text may begin with, too, so they are the last. */
	if (pattern.len > 0)
		buf_add_char(&pattern, '|');
	buf_add(&pattern, OTHERS);
	good = good && add_code(e, &pattern);
	buf_fini(&pattern);
	if (!good)
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
	for (size_t i = 0; i < e->n; i++)
		pcre2_code_free(e->code[i]);
	free(e->code);
	free(e);
}

bool
searcher_scratch_grow(const struct searcher *e, struct searcher_scratch **ps)
{
	(void)e;
	if (*ps == NULL)
		*ps = calloc(1, sizeof(**ps));
	if (*ps != NULL && (*ps)->data == NULL)
		(*ps)->data = pcre2_match_data_create(1, NULL);
	return *ps != NULL && (*ps)->data != NULL;
}

void
searcher_scratch_free(struct searcher_scratch **ps)
{
	struct searcher_scratch *s = *ps;

	*ps = NULL;
	if (s == NULL)
		return;
	pcre2_match_data_free(s->data);
	free(s);
}

/* What stands at text[from, to): where to go on. */
static size_t
take(struct hits *h, size_t from, size_t to)
{
	struct str found = str_sub(h->text, from, to - from);
	size_t n = h->n, len;

	if (str_eq(found, STR(HITS_SLASH)))
		h->torn = true;
	else if (found.ptr[0] == '\\')
		hits_add_escape(h, to);
	else if (str_eq(found, STR(HITS_PIECE_OUT)) || str_eq(found, STR(HITS_PIECE_ERR)))
		hits_add_piece(h, to);
	else
		hits_add(h, from, HIT_ALL);
	if (h->n == n)
		return from + 1;
	/* Behind the first hit of a line pieces are not looked for. */
	h->pieces = true;
	len = str_find_char(str_sub(h->text, from, h->text.len), '\n');
	return len == SIZE_MAX ? h->text.len : from + len;
}

static void
search(const pcre2_code *code, struct searcher_scratch *s, struct hits *h)
{
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(s->data);
	size_t from = 0;

	while (from < h->text.len) {
		int rc = pcre2_match(code, (PCRE2_SPTR)h->text.ptr, h->text.len, from, 0,
			s->data, NULL);

		if (rc == PCRE2_ERROR_NOMATCH)
			return;
		if (rc < 0) {
			hits_add_all(h, from);
			return;
		}
		from = take(h, o[0], o[1]);
	}
}

void
searcher_scan(const struct searcher *e, struct searcher_scratch *s, struct hits *h)
{
	for (size_t i = 0; i < e->n; i++)
		search(e->code[i], s, h);
}
