/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two roads lead to the same answer. The free one has a match limit that shrinks as the
 * text grows, since PCRE2 counts from zero again at every start. What hits it, what is
 * long, and now and then a sample takes the counted one: the same pattern compiled with
 * automatic callouts, which count what no limit of PCRE2 does (all starts together, and
 * bytes passed over), and end it when that is too much. No clock: the count is the same
 * in every run. A long text is first asked for a byte that every match has; one of a
 * risky pattern (rules/risk.h) that has it is not searched: that would cost more than all
 * other rules together, for an answer that most often is an error.
 *
 * In what is not long what every match has (rules/outline.h) is looked for first, if the
 * last search found nothing. A text that lacks it matches nowhere and costs nobody
 * anything, whether it was looked for before a search, a sample, or after one that hit
 * its limit: so what was searched before has no say in the answer.
 */
#include "rules/search.h"

#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "rules/regex_code.h"

#define DEPTH_LIMIT 5000
#define HEAP_KIB    1024
#define FREE_WORK   UINT32_C(100000) /* backtracks of all starts together */
#define FREE_MAX    SEARCH_RISKY_MAX /* a longer text is counted at once */
#define STEPS_MAX   UINT64_C(32768)  /* of one search, and STEPS_BYTE more */
#define STEPS_BYTE  4
#define SLOW_MIN    UINT64_C(256)   /* up to that, and SLOW_BYTE more, it is nobody's */
#define SLOW_BYTE   4               /* fault */
#define STRIDE      64              /* bytes passed over that cost a step */
#define SAMPLE      16              /* what a sample costs, as often as it is counted */
#define FAIL_STEPS  UINT64_C(32768) /* of a search that ended without being counted */
#define STACK_MIN   ((size_t)32 * 1024)
#define STACK_MAX   ((size_t)512 * 1024)

/* Where the counted road is. */
struct count {
	uint64_t steps, max;
	uint64_t saved; /* of the steps: what the free road does not do again */
	PCRE2_SIZE start, at;
	PCRE2_SIZE first; /* where the first item led from the start before */
	bool first_done;
};

/* Which bytes a text has, as far as somebody asked. */
struct census {
	struct str text;
	uint64_t asked[256 / 64], has[256 / 64];
};

struct search {
	pcre2_match_data *data;
	const PCRE2_SIZE *places; /* in data, of its groups */
	pcre2_match_context *context;
	pcre2_match_context *counting;
	pcre2_jit_stack *stack; /* may be NULL: JIT uses the machine's stack */
	bool sample;
	uint64_t slow; /* since it was asked for */
	struct count count;
	struct census census;
};

/*
 * Every item of the pattern that is tried is a step, and so are bytes passed over. From
 * starts inside one run of characters the first item leads to the same place: JIT knows
 * and does not go there again, but it cannot when there are callouts.
 */
static int
count_step(pcre2_callout_block *b, void *arg)
{
	struct count *c = arg;
	PCRE2_SIZE at = b->current_position, moved;

	if (b->start_match != c->start) {
		c->start = b->start_match;
		c->at = b->start_match;
		c->first_done = false;
	}
	moved = at > c->at ? at - c->at : c->at - at;
	if (moved > 0 && !c->first_done) {
		if (at == c->first)
			c->saved += moved / STRIDE;
		c->first = at;
		c->first_done = true;
	}
	c->steps += 1 + moved / STRIDE;
	c->at = at;
	return c->steps > c->max ? PCRE2_ERROR_CALLOUT : 0;
}

static pcre2_match_context *
new_context(pcre2_jit_stack *stack)
{
	pcre2_match_context *c = pcre2_match_context_create(NULL);

	if (c == NULL)
		return NULL;
	pcre2_set_depth_limit(c, DEPTH_LIMIT);
	pcre2_set_heap_limit(c, HEAP_KIB);
	if (stack != NULL)
		pcre2_jit_stack_assign(c, NULL, stack);
	return c;
}

struct search *
search_new(void)
{
	struct search *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->data = pcre2_match_data_create(REGEX_GROUPS_MAX + 1, NULL);
	s->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
	s->context = new_context(s->stack);
	s->counting = new_context(s->stack);
	if (s->data == NULL || s->context == NULL || s->counting == NULL) {
		search_free(&s);
		return NULL;
	}
	s->places = pcre2_get_ovector_pointer(s->data);
	pcre2_set_callout(s->counting, count_step, &s->count);
	return s;
}

void
search_free(struct search **ps)
{
	struct search *s = *ps;

	*ps = NULL;
	if (s == NULL)
		return;
	pcre2_jit_stack_free(s->stack);
	pcre2_match_context_free(s->context);
	pcre2_match_context_free(s->counting);
	pcre2_match_data_free(s->data);
	free(s);
}

void
search_begin(struct search *s, bool sample)
{
	s->census.text = (struct str){ NULL, 0 };
	s->sample = sample;
}

uint64_t
search_slow(struct search *s)
{
	uint64_t slow = s->slow;

	s->slow = 0;
	return slow;
}

static bool
has_byte(struct census *c, struct str text, unsigned char byte)
{
	const uint64_t bit = UINT64_C(1) << byte % 64;
	const unsigned word = byte / 64;

	if (c->text.ptr != text.ptr || c->text.len != text.len) {
		memset(c->asked, 0, sizeof(c->asked));
		memset(c->has, 0, sizeof(c->has));
		c->text = text;
	}
	if ((c->asked[word] & bit) == 0) {
		c->asked[word] |= bit;
		if (memchr(text.ptr, byte, text.len) != NULL)
			c->has[word] |= bit;
	}
	return (c->has[word] & bit) != 0;
}

/* Whether the text lacks a byte that every match has. */
static bool
lacks(struct search *s, const struct regex *r, struct str text)
{
	unsigned char must = (unsigned char)r->must;

	if (r->must < 0 || has_byte(&s->census, text, must))
		return false;
	return !char_is_alpha((char)must) || !has_byte(&s->census, text, must ^ 0x20);
}

static int
search_counted(struct search *s, struct regex *r, struct str text)
{
	const pcre2_code *code = regex_counted(r);

	if (code == NULL)
		return PCRE2_ERROR_NOMEMORY;
	s->count = (struct count){ .max = STEPS_MAX + STEPS_BYTE * text.len };
	/* Callouts end it long before; this is for what has none between. */
	pcre2_set_match_limit(s->counting, (uint32_t)s->count.max);
	return pcre2_match(
		code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, s->data, s->counting);
}

/* Beyond what is anybody's due. */
static uint64_t
excess(uint64_t steps, size_t len)
{
	uint64_t due = SLOW_MIN + SLOW_BYTE * len;

	return steps > due ? steps - due : 0;
}

/* The answer is the free road's all the same. */
static void
take_sample(struct search *s, struct regex *r, struct str text)
{
	int rc = search_counted(s, r, text);
	uint64_t saved = r->jit ? s->count.saved : 0;

	if (rc != PCRE2_ERROR_NOMEMORY)
		s->slow += SAMPLE * excess(s->count.steps - saved, text.len);
}

static enum search_answer
search_limited(struct search *s, struct regex *r, struct str text)
{
	int rc = search_counted(s, r, text);

	if (rc > 0 || rc == PCRE2_ERROR_NOMATCH)
		s->slow += excess(s->count.steps, text.len);
	else
		s->slow += s->count.steps > FAIL_STEPS ? s->count.steps : FAIL_STEPS;
	if (rc == PCRE2_ERROR_NOMATCH)
		return SEARCH_NO;
	return rc > 0 ? SEARCH_YES : SEARCH_ERROR;
}

static int
search_free_road(struct search *s, const struct regex *r, struct str text)
{
	pcre2_set_match_limit(s->context, FREE_WORK / ((uint32_t)text.len + 1));
	return (r->jit ? pcre2_jit_match : pcre2_match)(
		r->code, (PCRE2_SPTR)text.ptr, text.len, 0, 0, s->data, s->context);
}

static bool
is_doubtful(const struct regex *r)
{
	return atomic_load_explicit(&r->doubtful, memory_order_relaxed);
}

static void
doubt(struct regex *r, bool doubtful)
{
	if (is_doubtful(r) != doubtful)
		atomic_store_explicit(&r->doubtful, doubtful, memory_order_relaxed);
}

/* Where a match is impossible no search, nor what it costs, may say otherwise. */
static bool
is_out(const struct regex *r, struct str text)
{
	return r->outline != NULL && !outline_stands(r->outline, text);
}

bool
search_is_out(const struct regex *r, struct str text)
{
	return is_doubtful(r) && text.len <= FREE_MAX && is_out(r, text);
}

static enum search_answer
search_long(struct search *s, struct regex *r, struct str text)
{
	text = str_sub(text, 0, SEARCH_TEXT_MAX);
	if (lacks(s, r, text))
		return SEARCH_NO;
	return r->risky ? SEARCH_ERROR : search_limited(s, r, text);
}

enum search_answer
search_text(struct search *s, struct regex *r, struct str text)
{
	int rc;

	if (text.len > FREE_MAX)
		return search_long(s, r, text);
	if (text.len == 0)
		text.ptr = "";
	if (!regex_is_ready(r))
		regex_make_ready(r);
	if (search_is_out(r, text) || (s->sample && is_out(r, text)))
		return SEARCH_NO;
	if (s->sample)
		take_sample(s, r, text);
	rc = search_free_road(s, r, text);
	doubt(r, rc == PCRE2_ERROR_NOMATCH);
	if (rc > 0)
		return SEARCH_YES;
	if (rc == PCRE2_ERROR_NOMATCH || is_out(r, text))
		return SEARCH_NO;
	return search_limited(s, r, text);
}

void
search_place(const struct search *s, size_t *from, size_t *to)
{
	*from = s->places[0] < s->places[1] ? s->places[0] : s->places[1];
	*to = s->places[1];
}

size_t
search_captures(const struct search *s, const struct regex *r, uint64_t which,
	struct str text, struct field *out, size_t max)
{
	size_t n = 0;

	_Static_assert(REGEX_GROUPS_MAX < 64, "a bit each");
	for (which &= (UINT64_C(1) << r->n_groups) - 1; which != 0 && n < max;
		which &= which - 1) {
		const struct group *g = &r->groups[__builtin_ctzll(which)];
		const PCRE2_SIZE *place = &s->places[2 * g->number];

		if (place[0] == PCRE2_UNSET || place[0] > place[1])
			continue;
		out[n].name = g->name;
		out[n++].value = (struct str){ text.ptr + place[0], place[1] - place[0] };
	}
	return n;
}
