/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine of builds without Vectorscan: one alternation of all texts. It does not know
 * which one it found, so it goes on behind a line that was hit, and that line is for
 * every rule. Where a search fails, all lines are.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "scan/searcher.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"

#define TEXT_OF(n)      #n
#define VERSION_Z(a, b) "pcre2 " TEXT_OF(a) "." TEXT_OF(b)

#define PATTERN_MAX ((size_t)16 << 20)
#define OTHERS      STR("|\\\\u00|\\\\/|(?-i:" HITS_PIECE_OUT "|" HITS_PIECE_ERR ")")

struct searcher {
	pcre2_code *code;
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

struct searcher *
searcher_new(const struct str *text, const struct str *exact, size_t n)
{
	struct searcher *e = calloc(1, sizeof(*e));
	struct buf pattern;
	int error = 0;
	size_t pos = 0;

	buf_init(&pattern, PATTERN_MAX);
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			buf_add_char(&pattern, '|');
		if (exact != NULL && exact[i].len > 0) {
			buf_add(&pattern, STR("(?-i:"));
			add_text(&pattern, exact[i]);
			buf_add_char(&pattern, ')');
		} else {
			add_text(&pattern, text[i]);
		}
	}
	buf_add(&pattern, OTHERS);
	if (e != NULL && !buf_failed(&pattern))
		e->code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len,
			PCRE2_CASELESS | PCRE2_NEVER_UTF, &error, &pos, NULL);
	buf_fini(&pattern);
	if (e == NULL || e->code == NULL) {
		log_error("scan", "pcre2: error %d in the pattern of all words", error);
		free(e);
		return NULL;
	}
	(void)pcre2_jit_compile(e->code, PCRE2_JIT_COMPLETE);
	return e;
}

void
searcher_free(struct searcher **pe)
{
	struct searcher *e = *pe;

	*pe = NULL;
	if (e == NULL)
		return;
	pcre2_code_free(e->code);
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
	size_t n = h->n;

	if (str_eq(found, STR(HITS_SLASH)))
		h->torn = true;
	else if (found.ptr[0] == '\\')
		hits_add_escape(h, to);
	else if (str_eq(found, STR(HITS_PIECE_OUT)) || str_eq(found, STR(HITS_PIECE_ERR)))
		hits_add_piece(h, to);
	else
		hits_add(h, from, HIT_ALL);
	/* Behind the first hit of a line pieces are not looked for. */
	h->pieces = h->pieces || h->n > n;
	return h->n > n ? h->line_end : from + 1;
}

void
searcher_scan(const struct searcher *e, struct searcher_scratch *s, struct hits *h)
{
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(s->data);
	size_t from = 0;

	while (from < h->text.len) {
		int rc = pcre2_match(e->code, (PCRE2_SPTR)h->text.ptr, h->text.len, from,
			0, s->data, NULL);

		if (rc == PCRE2_ERROR_NOMATCH)
			return;
		if (rc < 0) {
			hits_add_all(h, from);
			return;
		}
		from = take(h, o[0], o[1]);
	}
}
