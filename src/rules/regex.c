/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCRE2 with JIT. A pattern of ASCII works on bytes, so that case folding is ASCII as
 * everywhere else; one with other characters, \p, \X or \x{} is UTF-8, and bytes in the
 * subject that are no UTF-8 match nothing. Verbs "(*...)" are refused: they could turn
 * limits and required literals off.
 *
 * Two roads lead to the same answer. The free one has a match limit that shrinks as the
 * subject grows, since PCRE2 counts from zero again at every start. What hits it, what is
 * long, and now and then a sample takes the counted one: the same pattern compiled with
 * automatic callouts, which count what no limit of PCRE2 does (all starts together, and
 * bytes passed over), and end it when that is too much. No clock: the count is the same
 * in every run. A long subject is first asked for a byte that every match has; one of a
 * risky pattern (rules/risk.h) that has it is not searched: that would cost more than all
 * other rules together, for an answer that most often is an error.
 *
 * In what is not long what every match has (rules/outline.h) is looked for first, if the
 * last search found nothing. A text that lacks it matches nowhere and costs nobody
 * anything, whether it was looked for before a search, a sample, or after one that hit
 * its limit: so what was searched before has no say in the answer.
 */
#include "rules/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/compiler.h"
#include "rules/outline.h"
#include "rules/risk.h"

#define GROUPS_MAX  63
#define MATCH_LIMIT 100000
#define DEPTH_LIMIT 5000
#define HEAP_KIB    1024
#define FREE_WORK   ((size_t)100000) /* backtracks of all starts together */
#define FREE_MAX    REGEX_RISKY_MAX  /* a longer subject is counted at once */
#define STEPS_MAX   UINT64_C(32768)  /* of one search, and STEPS_BYTE more */
#define STEPS_BYTE  4
#define SLOW_MIN    UINT64_C(256)   /* up to that, and SLOW_BYTE more, it is nobody's */
#define SLOW_BYTE   4               /* fault */
#define STRIDE      64              /* bytes passed over that cost a step */
#define SAMPLE      16              /* what a sample costs, as often as it is counted */
#define FAIL_STEPS  UINT64_C(32768) /* of a search that ended without being counted */
#define STACK_MIN   ((size_t)32 * 1024)
#define STACK_MAX   ((size_t)512 * 1024)

struct group {
	struct str name; /* in the code's name table */
	uint32_t number;
};

struct regex {
	pcre2_code *code;
	atomic_bool ready; /* for its first search: code is not changed any more */
	bool jit;
	bool risky;
	bool utf;
	int must; /* a byte of every match, as it is or in the other case; -1: not known
		   */
	_Atomic(pcre2_code *) counted; /* made when first needed */
	struct outline *outline;       /* owned; made with JIT; may be NULL */
	atomic_bool doubtful;          /* the last search found nothing */
	char *pattern;                 /* owned */
	size_t pattern_len;
	unsigned flags;
	struct group *groups; /* named ones, in order of their number */
	size_t n_groups;
	bool repeats; /* a name of theirs */
};

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
	bool keeps; /* whoever searches says when texts may be others */
	uint64_t asked[256 / 64], has[256 / 64];
};

struct regex_scratch {
	pcre2_match_data *data;
	pcre2_match_context *context;
	pcre2_match_context *counting;
	pcre2_jit_stack *stack; /* may be NULL: JIT uses the machine's stack */
	struct count count;
	struct census census;
	bool sample;
	uint64_t slow; /* since it was asked for */
};

/* Position of the first "(*" that is no text, or SIZE_MAX. */
static size_t
find_verb(struct str p)
{
	bool in_class = false;

	for (size_t i = 0; i < p.len; i++) {
		if (p.ptr[i] == '\\') {
			i++;
		} else if (in_class) {
			in_class = p.ptr[i] != ']';
		} else if (p.ptr[i] == '[') {
			in_class = true;
			if (i + 1 < p.len && p.ptr[i + 1] == '^')
				i++;
			if (i + 1 < p.len && p.ptr[i + 1] == ']')
				i++;
		} else if (p.ptr[i] == '(' && i + 1 < p.len && p.ptr[i + 1] == '*') {
			return i;
		}
	}
	return SIZE_MAX;
}

bool
regex_is_utf(struct str p)
{
	for (size_t i = 0; i < p.len; i++) {
		if ((unsigned char)p.ptr[i] >= 0x80)
			return true;
		if (p.ptr[i] != '\\' || ++i == p.len)
			continue;
		if (p.ptr[i] == 'p' || p.ptr[i] == 'P' || p.ptr[i] == 'X')
			return true;
		if (p.ptr[i] == 'x' && i + 1 < p.len && p.ptr[i + 1] == '{')
			return true;
	}
	return false;
}

static pcre2_code *
compile(struct str pattern, bool utf, unsigned flags, uint32_t options, int *code,
	size_t *pos)
{
	pcre2_compile_context *context = pcre2_compile_context_create(NULL);
	pcre2_code *result;

	if (context == NULL) {
		*code = PCRE2_ERROR_NOMEMORY;
		return NULL;
	}
	pcre2_set_newline(context, PCRE2_NEWLINE_LF);
	pcre2_set_max_pattern_length(context, REGEX_PATTERN_MAX);
	pcre2_set_parens_nest_limit(context, 100);
	options |= PCRE2_NEVER_BACKSLASH_C | PCRE2_NEVER_UCP;
	options |= utf ? PCRE2_UTF | PCRE2_MATCH_INVALID_UTF : PCRE2_NEVER_UTF;
	if (flags & REGEX_CASELESS)
		options |= PCRE2_CASELESS;
	if (flags & REGEX_MULTILINE)
		options |= PCRE2_MULTILINE;
	if (flags & REGEX_DOTALL)
		options |= PCRE2_DOTALL;
	result = pcre2_compile((PCRE2_SPTR)(pattern.ptr == NULL ? "" : pattern.ptr),
		pattern.len, options, code, pos, context);
	pcre2_compile_context_free(context);
	return result;
}

static int
by_number(const void *a, const void *b)
{
	const struct group *ga = a;
	const struct group *gb = b;

	return (ga->number > gb->number) - (ga->number < gb->number);
}

/* False without memory. */
static bool
read_names(struct regex *r)
{
	uint32_t count = 0, size = 0;
	PCRE2_SPTR table = NULL;

	pcre2_pattern_info(r->code, PCRE2_INFO_NAMECOUNT, &count);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMEENTRYSIZE, &size);
	pcre2_pattern_info(r->code, PCRE2_INFO_NAMETABLE, &table);
	if (count == 0 || table == NULL)
		return true;
	r->groups = calloc(count, sizeof(*r->groups));
	if (r->groups == NULL)
		return false;
	r->n_groups = count;
	for (uint32_t i = 0; i < count; i++) {
		PCRE2_SPTR entry = table + (size_t)i * size;

		r->groups[i].number = (uint32_t)entry[0] << 8 | entry[1];
		r->groups[i].name = str_z((const char *)entry + 2);
	}
	/* The table is in the order of names. */
	for (uint32_t i = 1; i < count; i++)
		if (str_eq(r->groups[i - 1].name, r->groups[i].name))
			r->repeats = true;
	qsort(r->groups, count, sizeof(*r->groups), by_number);
	return true;
}

static bool
keep_pattern(struct regex *r, struct str pattern, unsigned flags)
{
	r->pattern = malloc(pattern.len + 1);
	if (r->pattern == NULL)
		return false;
	if (pattern.len > 0)
		memcpy(r->pattern, pattern.ptr, pattern.len);
	r->pattern_len = pattern.len;
	r->flags = flags;
	return true;
}

/* Why the pattern is none of ours although PCRE2 takes it; NULL when it is. */
static const char *
refuse(const struct regex *r)
{
	uint32_t groups = 0;

	pcre2_pattern_info(r->code, PCRE2_INFO_CAPTURECOUNT, &groups);
	return groups > GROUPS_MAX ? "more than 63 groups" : NULL;
}

/* Characters outside of ASCII may fold to other bytes. */
static int
find_must(const struct regex *r)
{
	uint32_t has = 0, unit = 0;

	if (r->utf)
		return -1;
	pcre2_pattern_info(r->code, PCRE2_INFO_LASTCODETYPE, &has);
	pcre2_pattern_info(r->code, PCRE2_INFO_LASTCODEUNIT, &unit);
	return has == 1 && unit < 256 ? (int)unit : -1;
}

struct regex *
regex_new(struct str pattern, unsigned flags, char *error, size_t cap, size_t *pos)
{
	struct regex *r = calloc(1, sizeof(*r));
	const char *why = r == NULL ? "out of memory" : NULL;
	size_t at, len;
	int code = 0;

	*pos = 0;
	if (why == NULL && find_verb(pattern) != SIZE_MAX) {
		*pos = find_verb(pattern);
		why = "verbs, (*...), are not supported";
	}
	if (why == NULL) {
		r->utf = regex_is_utf(pattern);
		r->code = compile(pattern, r->utf, flags, 0, &code, pos);
	}
	if (why == NULL && r->code == NULL) {
		if (pcre2_get_error_message(code, (PCRE2_UCHAR *)error, cap) < 0)
			snprintf(error, cap, "error %d", code);
		regex_free(&r);
		return NULL;
	}
	if (why == NULL)
		why = refuse(r);
	if (why == NULL && (!read_names(r) || !keep_pattern(r, pattern, flags)))
		why = "out of memory";
	if (why != NULL) {
		snprintf(error, cap, "%s", why);
		regex_free(&r);
		return NULL;
	}
	r->risky = risk_find(pattern, flags & REGEX_CASELESS, &at, &len);
	r->must = find_must(r);
	return r;
}

void
regex_free(struct regex **pr)
{
	struct regex *r = *pr;

	*pr = NULL;
	if (r == NULL)
		return;
	pcre2_code_free(r->code);
	pcre2_code_free(atomic_load(&r->counted));
	outline_free(&r->outline);
	free(r->pattern);
	free(r->groups);
	free(r);
}

bool
regex_is_caseless(const struct regex *r)
{
	return (r->flags & REGEX_CASELESS) != 0;
}

bool
regex_is_risky(const struct regex *r)
{
	return r->risky;
}

size_t
regex_capture_count(const struct regex *r)
{
	return r->n_groups;
}

bool
regex_repeats_names(const struct regex *r)
{
	return r->repeats;
}

struct str
regex_capture_name(const struct regex *r, size_t i)
{
	return r->groups[i].name;
}

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
	pcre2_set_match_limit(c, MATCH_LIMIT);
	pcre2_set_depth_limit(c, DEPTH_LIMIT);
	pcre2_set_heap_limit(c, HEAP_KIB);
	if (stack != NULL)
		pcre2_jit_stack_assign(c, NULL, stack);
	return c;
}

struct regex_scratch *
regex_scratch_new(void)
{
	struct regex_scratch *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->data = pcre2_match_data_create(GROUPS_MAX + 1, NULL);
	s->stack = pcre2_jit_stack_create(STACK_MIN, STACK_MAX, NULL);
	s->context = new_context(s->stack);
	s->counting = new_context(s->stack);
	if (s->data == NULL || s->context == NULL || s->counting == NULL) {
		regex_scratch_free(&s);
		return NULL;
	}
	pcre2_set_callout(s->counting, count_step, &s->count);
	return s;
}

void
regex_scratch_free(struct regex_scratch **ps)
{
	struct regex_scratch *s = *ps;

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
regex_scratch_sample(struct regex_scratch *s, bool sample)
{
	s->sample = sample;
}

void
regex_scratch_forget(struct regex_scratch *s)
{
	s->census.text = (struct str){ NULL, 0 };
	s->census.keeps = true;
}

uint64_t
regex_scratch_slow(struct regex_scratch *s)
{
	uint64_t slow = s->slow;

	s->slow = 0;
	return slow;
}

static bool
has_jit(const pcre2_code *code)
{
	size_t size = 0;

	return pcre2_pattern_info(code, PCRE2_INFO_JITSIZE, &size) == 0 && size > 0;
}

static void
make_outline(struct regex *r)
{
	struct str pattern = { r->pattern, r->pattern_len };

	if (!r->utf)
		r->outline = outline_new(pattern, (r->flags & REGEX_CASELESS) != 0);
}

/*
 * JIT takes ten times as long as the rest of compiling, and most rules' regexes never see
 * a line. Without it (a kernel that denies it) the interpreter gives the same answers.
 */
static void
make_ready(struct regex *r)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	if (atomic_load_explicit(&r->ready, memory_order_acquire))
		return;
	pthread_mutex_lock(&lock);
	if (!atomic_load(&r->ready)) {
		(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
		r->jit = has_jit(r->code);
		make_outline(r);
		atomic_store(&r->ready, true);
	}
	pthread_mutex_unlock(&lock);
}

/* NULL: out of memory. Of two threads that make it at once one keeps its own. */
static const pcre2_code *
counted_code(struct regex *r)
{
	pcre2_code *made = atomic_load(&r->counted), *none = NULL;
	int code;
	size_t pos;

	if (made != NULL)
		return made;
	made = compile((struct str){ r->pattern, r->pattern_len }, r->utf, r->flags,
		PCRE2_AUTO_CALLOUT, &code, &pos);
	if (made == NULL)
		return NULL;
	(void)pcre2_jit_compile(made, PCRE2_JIT_COMPLETE);
	if (atomic_compare_exchange_strong(&r->counted, &none, made))
		return made;
	pcre2_code_free(made);
	return none;
}

static bool
has_byte(struct census *c, struct str text, unsigned char byte)
{
	const uint64_t bit = UINT64_C(1) << byte % 64;
	const unsigned word = byte / 64;

	if (!c->keeps || c->text.ptr != text.ptr || c->text.len != text.len) {
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

/* Whether the subject lacks a byte that every match has. */
static bool
lacks(const struct regex *r, struct regex_scratch *s, struct str subject)
{
	unsigned char must = (unsigned char)r->must;

	if (r->must < 0 || has_byte(&s->census, subject, must))
		return false;
	return !char_is_alpha((char)must) || !has_byte(&s->census, subject, must ^ 0x20);
}

static int
search_counted(struct regex *r, struct regex_scratch *s, struct str subject)
{
	const pcre2_code *code = counted_code(r);

	if (code == NULL)
		return PCRE2_ERROR_NOMEMORY;
	s->count = (struct count){ .max = STEPS_MAX + STEPS_BYTE * subject.len };
	/* Callouts end it long before; this is for what has none between. */
	pcre2_set_match_limit(s->counting, (uint32_t)s->count.max);
	return pcre2_match(
		code, (PCRE2_SPTR)subject.ptr, subject.len, 0, 0, s->data, s->counting);
}

/* Beyond what is anybody's due. */
static uint64_t
excess(uint64_t steps, size_t len)
{
	uint64_t due = SLOW_MIN + SLOW_BYTE * len;

	return steps > due ? steps - due : 0;
}

static void
take_sample(struct regex *r, struct regex_scratch *s, struct str subject)
{
	int rc = search_counted(r, s, subject);
	uint64_t saved = r->jit ? s->count.saved : 0;

	if (rc != PCRE2_ERROR_NOMEMORY)
		s->slow += SAMPLE * excess(s->count.steps - saved, subject.len);
}

static int
search_limited(struct regex *r, struct regex_scratch *s, struct str subject)
{
	int rc = search_counted(r, s, subject);

	if (rc > 0 || rc == PCRE2_ERROR_NOMATCH)
		s->slow += excess(s->count.steps, subject.len);
	else
		s->slow += s->count.steps > FAIL_STEPS ? s->count.steps : FAIL_STEPS;
	return rc;
}

static int
search_free(const struct regex *r, struct regex_scratch *s, struct str subject)
{
	size_t limit = FREE_WORK / (subject.len + 1);

	pcre2_set_match_limit(
		s->context, limit < MATCH_LIMIT ? (uint32_t)limit : MATCH_LIMIT);
	return (r->jit ? pcre2_jit_match : pcre2_match)(
		r->code, (PCRE2_SPTR)subject.ptr, subject.len, 0, 0, s->data, s->context);
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
is_out(const struct regex *r, struct str subject)
{
	return r->outline != NULL && !outline_stands(r->outline, subject);
}

static void
take_captures(const struct regex *r, const PCRE2_SIZE *o, struct str subject,
	struct field *out, size_t room, size_t *n)
{
	for (size_t i = 0; i < r->n_groups && *n < room; i++) {
		PCRE2_SIZE from = o[2 * r->groups[i].number];
		PCRE2_SIZE to = o[2 * r->groups[i].number + 1];

		if (from == PCRE2_UNSET || from > to)
			continue;
		out[*n].name = r->groups[i].name;
		out[*n].value =
			(struct str){ .ptr = subject.ptr + from, .len = to - from };
		++*n;
	}
}

/* Apart: it takes much of the stack, which a quick no does not need. */
NEVER_INLINE static enum regex_answer
search(struct regex *r, struct regex_scratch *s, struct str subject, struct field *out,
	size_t max, size_t *n, size_t *from, size_t *to)
{
	const PCRE2_SIZE *o = pcre2_get_ovector_pointer(s->data);
	bool counted = subject.len > FREE_MAX;
	int rc = 0;

	if (subject.len > REGEX_SUBJECT_MAX)
		subject.len = REGEX_SUBJECT_MAX;
	if (subject.len == 0)
		subject.ptr = "";
	if (counted && lacks(r, s, subject))
		return REGEX_NO;
	if (counted && r->risky)
		return REGEX_ERROR;
	make_ready(r);
	if (!counted && s->sample && is_out(r, subject))
		return REGEX_NO;
	if (s->sample && !counted) /* the answer is the free road's all the same */
		take_sample(r, s, subject);
	if (!counted) {
		rc = search_free(r, s, subject);
		doubt(r, rc == PCRE2_ERROR_NOMATCH);
	}
	if (!counted && rc <= 0 && rc != PCRE2_ERROR_NOMATCH && is_out(r, subject))
		return REGEX_NO;
	if (counted || (rc <= 0 && rc != PCRE2_ERROR_NOMATCH))
		rc = search_limited(r, s, subject);
	if (rc == PCRE2_ERROR_NOMATCH)
		return REGEX_NO;
	if (rc <= 0)
		return REGEX_ERROR;
	*from = o[0] < o[1] ? o[0] : o[1];
	*to = o[1];
	take_captures(r, o, subject, out, max, n);
	return REGEX_YES;
}

enum regex_answer
regex_search(struct regex *r, struct regex_scratch *s, struct str subject,
	struct field *out, size_t max, size_t *n, size_t *from, size_t *to)
{
	if (subject.len <= FREE_MAX &&
		atomic_load_explicit(&r->ready, memory_order_acquire) && is_doubtful(r) &&
		is_out(r, subject))
		return REGEX_NO;
	return search(r, s, subject, out, max, n, from, to);
}
