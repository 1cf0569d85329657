/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PCRE2 with JIT. A pattern of ASCII works on bytes, so that case folding is ASCII as
 * everywhere else; one with other characters, \p, \X or \x{} is UTF-8, and bytes in the
 * text that are no UTF-8 match nothing. Verbs "(*...)" are refused: they could turn
 * limits and required literals off.
 */
#include "rules/regex.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rules/regex_code.h"
#include "rules/risk.h"

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
	return groups > REGEX_GROUPS_MAX ? "more than 63 groups" : NULL;
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
void
regex_make_ready(struct regex *r)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	if (!atomic_load(&r->ready)) {
		(void)pcre2_jit_compile(r->code, PCRE2_JIT_COMPLETE);
		r->jit = has_jit(r->code);
		make_outline(r);
		atomic_store(&r->ready, true);
	}
	pthread_mutex_unlock(&lock);
}

/* Of two threads that make it at once one keeps its own. */
const pcre2_code *
regex_counted(struct regex *r)
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
