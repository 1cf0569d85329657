/* SPDX-License-Identifier: Apache-2.0 */
#include "scan/prefilter.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "scan/colours.h"
#include "scan/cues.h"
#include "scan/nibbles.h"
#include "scan/pieces.h"
#include "scan/searcher.h"
#include "scan/teddy.h"

#define SAMPLE_MAX   ((size_t)32 << 10)
#define SAMPLE_PART  ((size_t)4 << 10)     /* of one text, once there is a sample */
#define LEARN_AGAIN  ((uint64_t)256 << 10) /* bytes read, at least */
#define LEARN_FACTOR 4                     /* so much more where it was of no use */
#define VAIN_MAX     512                   /* bytes for each place looked at in vain */

struct prefilter {
	struct cues cues;
	struct searcher *phrases; /* NULL: no cues, or a case for teddy */
	/* Built when the first text comes that may tear phrases. */
	_Atomic(struct searcher *) words;
	pthread_mutex_t lock;
};

struct prefilter_scratch {
	struct searcher_scratch *space;
	bool has_words; /* space is large enough for them */
	bool torn;      /* escapes in the last text may have torn phrases */
	struct hits hits;
	struct colours_line line;
	struct teddy *teddy;
	char sample[SAMPLE_MAX]; /* of what was read last, from many places */
	size_t sampled;          /* bytes that were ever put there */
	uint64_t read, vain;     /* bytes, places: since teddy was judged */
	uint64_t judge_at;       /* bytes */
};

static bool
is_for_teddy(const struct prefilter *p)
{
	struct teddy *t = NULL;
	bool is = false;

	if (nibbles_is_wide() || !searcher_is_fast())
		t = teddy_new(&p->cues, (struct str){ 0 }, NIBBLES_RAW);
	is = t != NULL;
	teddy_free(&t);
	return is;
}

struct prefilter *
prefilter_new(const struct ruleset *rs)
{
	struct prefilter *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	pthread_mutex_init(&p->lock, NULL);
	if (!cues_init(&p->cues, rs)) {
		prefilter_free(&p);
		return NULL;
	}
	if (p->cues.n == 0 || is_for_teddy(p))
		return p;
	p->phrases = searcher_new(p->cues.phrase, p->cues.exact, p->cues.n);
	if (p->phrases == NULL)
		prefilter_free(&p);
	return p;
}

void
prefilter_free(struct prefilter **pp)
{
	struct prefilter *p = *pp;
	struct searcher *words;

	*pp = NULL;
	if (p == NULL)
		return;
	words = atomic_load(&p->words);
	searcher_free(&words);
	searcher_free(&p->phrases);
	cues_fini(&p->cues);
	pthread_mutex_destroy(&p->lock);
	free(p);
}

const char *
prefilter_engine_z(void)
{
	return searcher_name_z();
}

size_t
prefilter_cues(const struct prefilter *p)
{
	return p->cues.n;
}

const uint32_t *
prefilter_rules(const struct prefilter *p, uint32_t cue, size_t *n)
{
	*n = p->cues.from[cue + 1] - p->cues.from[cue];
	return p->cues.rules + p->cues.from[cue];
}

const uint32_t *
prefilter_wordless(const struct prefilter *p, size_t *n)
{
	*n = p->cues.n_wordless;
	return p->cues.wordless;
}

struct prefilter_scratch *
prefilter_scratch_new(const struct prefilter *p)
{
	struct prefilter_scratch *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	hits_init(&s->hits);
	if (p->phrases != NULL && !searcher_scratch_grow(p->phrases, &s->space))
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
	searcher_scratch_free(&s->space);
	hits_fini(&s->hits);
	colours_line_fini(&s->line);
	teddy_free(&s->teddy);
	free(s);
}

static void
die(void)
{
	log_error("scan", "out of memory");
	abort();
}

/* Ends the program where it cannot be built: lines would be lost. */
static const struct searcher *
words_of(const struct prefilter *cp, struct prefilter_scratch *s)
{
	struct prefilter *p = (struct prefilter *)(uintptr_t)cp;
	struct searcher *e = atomic_load_explicit(&p->words, memory_order_acquire);

	if (e == NULL) {
		pthread_mutex_lock(&p->lock);
		e = atomic_load(&p->words);
		if (e == NULL)
			e = searcher_new(p->cues.word, NULL, p->cues.n);
		atomic_store(&p->words, e);
		pthread_mutex_unlock(&p->lock);
	}
	if (e == NULL || (!s->has_words && !searcher_scratch_grow(e, &s->space)))
		die();
	s->has_words = true;
	return e;
}

static void
end(const struct scan_text *t, struct hits *h, uint64_t lines, uint64_t ends)
{
	/* Docker writes one end a line, or none; the last line may lack its LF. */
	if (t->docker && (ends != lines || !str_ends(t->text, STR("\n"))))
		pieces_find(h);
	hits_end(h);
}

/* As nibbles that look for nothing count them. */
static uint64_t
count_ends(struct str text)
{
	static const struct nibbles none = { .depth = NIBBLES_THREE };
	struct nibbles_found found = { .next = 0 };

	while (nibbles_find(&none, text, NIBBLES_DOCKER, &found))
		;
	return found.ends;
}

/* By the engine; a text after one with such escapes most likely has some, too. */
static uint64_t
search(const struct prefilter *p, struct prefilter_scratch *s, const struct scan_text *t)
{
	struct hits *h = &s->hits;
	bool by_words = t->docker && s->torn;
	uint64_t lines = bytes_count(t->text.ptr, t->text.len, '\n', '\x1b', &by_words);

	if (!by_words)
		searcher_scan(p->phrases, s->space, h);
	by_words = by_words || h->torn;
	if (by_words) {
		hits_begin(h, t->text, t->wanted);
		searcher_scan(words_of(p, s), s->space, h);
		colours_find(h);
	}
	s->torn = h->torn;
	end(t, h, lines, t->docker ? count_ends(t->text) : 0);
	if (by_words)
		colours_sift(&s->line, h, p->cues.phrase);
	return lines;
}

static void
take_sample(struct prefilter_scratch *s, struct str text)
{
	size_t at = s->sampled % SAMPLE_MAX, room = SAMPLE_MAX - at;

	if (s->sampled >= SAMPLE_MAX && room > SAMPLE_PART)
		room = SAMPLE_PART;
	text = str_sub(text, 0, room);
	memcpy(s->sample + at, text.ptr, text.len);
	s->sampled += text.len;
}

/* Ends the program without memory: lines would be lost. */
static void
learn(const struct prefilter *p, struct prefilter_scratch *s, enum nibbles_form form)
{
	size_t len = s->sampled < SAMPLE_MAX ? s->sampled : SAMPLE_MAX;
	struct teddy *t = teddy_new(&p->cues, (struct str){ s->sample, len }, form);

	if (t == NULL)
		t = teddy_new(&p->cues, (struct str){ 0 }, form);
	if (t == NULL && s->teddy == NULL)
		die();
	if (t != NULL) {
		teddy_free(&s->teddy);
		s->teddy = t;
	}
}

/* Whether it is for other texts than those since it was judged. */
static bool
is_bad(const struct prefilter_scratch *s)
{
	return s->teddy != NULL &&
	       s->vain > s->read / VAIN_MAX + 2 * teddy_expects(s->teddy, s->read);
}

/* Made for texts like the last ones: again where it looks at too much in vain. */
static const struct teddy *
teddy_of(const struct prefilter *p, struct prefilter_scratch *s, struct str text,
	enum nibbles_form form)
{
	take_sample(s, text);
	if (s->read >= s->judge_at) {
		bool bad = is_bad(s);

		if (s->teddy == NULL || bad)
			learn(p, s, form);
		s->judge_at = bad ? LEARN_FACTOR * s->judge_at : LEARN_AGAIN;
		s->read = s->vain = 0;
	}
	s->read += text.len;
	return s->teddy;
}

static uint64_t
scan(const struct prefilter *p, struct prefilter_scratch *s, const struct scan_text *t)
{
	struct hits *h = &s->hits;
	enum nibbles_form form = t->docker ? NIBBLES_DOCKER : NIBBLES_RAW;
	struct teddy_counts n = teddy_scan(teddy_of(p, s, t->text, form), h, form);

	s->vain += n.looks > h->n ? n.looks - h->n : 0;
	end(t, h, n.lines, n.ends);
	return n.lines;
}

void
prefilter_scan(const struct prefilter *p, struct prefilter_scratch *s,
	const struct scan_text *t, struct found *out)
{
	struct hits *h = &s->hits;
	bool has = true;

	hits_begin(h, t->text, t->wanted);
	if (p->phrases != NULL) {
		out->lines = search(p, s, t);
	} else if (p->cues.n > 0) {
		out->lines = scan(p, s, t);
	} else {
		out->lines = bytes_count(t->text.ptr, t->text.len, '\n', '\n', &has);
		h->pieces = true;
	}
	out->hits = h->hit;
	out->n = h->n;
	out->pieces = h->pieces;
}
