/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The prefilter for builds without Vectorscan: one alternation of all words. It looks on
 * behind the end of a line that was hit. Where a search fails, all lines are nominated.
 */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "scan/prefilter.h"

#include <pcre2.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/log.h"
#include "scan/hits.h"
#include "scan/words.h"

#define TEXT_OF(n)      #n
#define VERSION_Z(a, b) "pcre2 " TEXT_OF(a) "." TEXT_OF(b)

#define PATTERN_MAX ((size_t)16 << 20)

/* The others of hits.h, as patterns. */
#define OTHERS STR("|" HITS_PIECE_OUT "|" HITS_PIECE_ERR "|\\x1b\\[")
#define ESCAPE STR("|\\\\u00")

struct prefilter {
	pcre2_code *plain; /* both NULL: no words */
	pcre2_code *escaped;
	bool takes_all;
};

struct prefilter_scratch {
	pcre2_match_data *data;
	struct hits hits;
};

/* Words are letters and digits: nothing in them is special. */
static pcre2_code *
build(const struct scan_words *w, bool escaped)
{
	struct buf pattern;
	pcre2_code *code = NULL;
	int error = 0;
	size_t pos = 0;

	buf_init(&pattern, PATTERN_MAX);
	for (size_t i = 0; i < w->n; i++) {
		if (i > 0)
			buf_add_char(&pattern, '|');
		buf_add(&pattern, w->at[i]);
	}
	buf_add(&pattern, OTHERS);
	if (escaped)
		buf_add(&pattern, ESCAPE);
	if (!buf_failed(&pattern))
		code = pcre2_compile((PCRE2_SPTR)pattern.data, pattern.len,
			PCRE2_CASELESS | PCRE2_NEVER_UTF, &error, &pos, NULL);
	if (code == NULL)
		log_error("scan", "pcre2: error %d in the pattern of all words", error);
	else
		(void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
	buf_fini(&pattern);
	return code;
}

struct prefilter *
prefilter_new(const struct ruleset *rs)
{
	struct prefilter *p = calloc(1, sizeof(*p));
	struct scan_words w;

	if (p == NULL)
		return NULL;
	if (!scan_words_init(&w, rs)) {
		prefilter_free(&p);
		return NULL;
	}
	p->takes_all = w.takes_all;
	if (w.n > 0) {
		p->plain = build(&w, false);
		p->escaped = build(&w, true);
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
	pcre2_code_free(p->plain);
	pcre2_code_free(p->escaped);
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
	return VERSION_Z(PCRE2_MAJOR, PCRE2_MINOR);
}

struct prefilter_scratch *
prefilter_scratch_new(const struct prefilter *p)
{
	struct prefilter_scratch *s = calloc(1, sizeof(*s));

	(void)p;
	if (s == NULL)
		return NULL;
	hits_init(&s->hits);
	s->data = pcre2_match_data_create(1, NULL);
	if (s->data == NULL)
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
	pcre2_match_data_free(s->data);
	hits_fini(&s->hits);
	free(s);
}

static void
take_all(struct hits *h, size_t from)
{
	while (from < h->text.len) {
		hits_add(h, from);
		from = h->line_end + 1;
	}
}

/* What was found is a word, or hides one. */
static bool
counts(struct str text, const PCRE2_SIZE *o)
{
	if (text.ptr[o[0]] == '\\')
		return hits_is_escape(text, o[1]);
	return text.ptr[o[0]] != '\x1b' || hits_is_colour(text, o[1]);
}

static void
search(const pcre2_code *code, struct prefilter_scratch *s, struct str text)
{
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(s->data);
	size_t from = 0;

	while (from < text.len) {
		int rc = pcre2_match(
			code, (PCRE2_SPTR)text.ptr, text.len, from, 0, s->data, NULL);

		if (rc == PCRE2_ERROR_NOMATCH)
			return;
		if (rc < 0) {
			take_all(&s->hits, from);
			return;
		}
		from = o[1];
		if (!counts(text, o))
			continue;
		hits_add(&s->hits, o[1] - 1);
		from = s->hits.line_end;
	}
}

const size_t *
prefilter_scan(const struct prefilter *p, struct prefilter_scratch *s, struct str text,
	bool escaped, size_t *n)
{
	const pcre2_code *code = escaped ? p->escaped : p->plain;

	hits_begin(&s->hits, text);
	if (code != NULL)
		search(code, s, text);
	*n = s->hits.n;
	return s->hits.at;
}
