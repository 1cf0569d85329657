/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The joining rules. A decoder walks back from a hit to a line that surely starts a
 * record and then forward from there, so the rules come in two strengths that must agree:
 * surely_starts() knows only the line before, joins() knows the record.
 */
#include "decode/multiline.h"

#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "decode/wrap.h"

#define SEVERE_LOOK 200 /* bytes in which a level is looked for */
#define NAME_MAX    200 /* longest class name of an exception */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Bytes of an end of all colours at p, or 0; how often one is there is hard to foretell.
 */
static inline size_t
reset_len(const char *p)
{
	return (size_t)(memcmp(p, WRAP_RESET, WRAP_RESET_LEN) == 0) * WRAP_RESET_LEN;
}

/* Bytes of the colour that the "m" at the end of s ends, or 0. */
static size_t
colour_at_end(struct str s)
{
	size_t i = s.len - 1;

	if (s.len >= WRAP_RESET_LEN &&
		memcmp(s.ptr + s.len - WRAP_RESET_LEN, WRAP_RESET, WRAP_RESET_LEN) == 0)
		return WRAP_RESET_LEN;
	while (i > 0 && wrap_is_sgr_char(s.ptr[i - 1]))
		i--;
	if (i < 2 || s.ptr[i - 1] != '[' || s.ptr[i - 2] != '\x1b')
		return 0;
	return s.len - i + 2;
}

/* Blanks, and the "m" that a colour ends with. */
static const bool trimmed[256] = { [' '] = 1, ['\t'] = 1, ['\r'] = 1, ['m'] = 1 };

/* Without blanks and colours at the end. */
static inline struct str
trim_end(struct str s)
{
	while (s.len > 0 && trimmed[(unsigned char)s.ptr[s.len - 1]]) {
		size_t n = s.ptr[s.len - 1] == 'm' ? colour_at_end(s) : 1;

		if (n == 0)
			break;
		s.len -= n;
	}
	return s;
}

/* Without colours at the start either. */
static inline struct str
trim(struct str s)
{
	if (s.len >= 2 * WRAP_RESET_LEN) {
		size_t n = reset_len(s.ptr);

		s = (struct str){ s.ptr + n, s.len - n };
		s.len -= reset_len(s.ptr + s.len - WRAP_RESET_LEN);
	}
	return trim_end(wrap_skip_sgr(s));
}

/* Whether s, trimmed, may be the rest of a colour: "m", "31m", "[0m". */
static bool
is_torn(struct str s)
{
	size_t i = s.ptr[0] == '[';

	if (s.ptr[s.len - 1] != 'm')
		return false;
	while (i < s.len && wrap_is_sgr_char(s.ptr[i]))
		i++;
	return i + 1 == s.len;
}

bool
multiline_is_blank(struct str content)
{
	return trim(content).len == 0;
}

/* It is trimmed. */
static inline bool
is_closed(struct str s)
{
	return s.len > 0 && s.ptr[s.len - 1] != ':' && !is_torn(s);
}

bool
multiline_is_closed(struct str content)
{
	return is_closed(trim(content));
}

bool
multiline_ends(struct ending *e, struct str piece)
{
	for (size_t i = piece.len; i > 0; i--) {
		char c = piece.ptr[i - 1];

		switch (e->at) {
		case ENDING_BEHIND:
			e->open = c == ':';
			if (c == 'm')
				e->at = ENDING_INSIDE;
			else if (!is_blank(c))
				return true;
			break;
		case ENDING_INSIDE:
			if (c == '[')
				e->at = ENDING_BRACKET;
			else if (!wrap_is_sgr_char(c))
				return true;
			break;
		case ENDING_BRACKET:
			if (c != '\x1b')
				return true;
			e->at = ENDING_BEHIND;
			break;
		}
	}
	return false;
}

static bool
starts_fold(struct str s, struct str prefix)
{
	return str_eq_fold(str_sub(s, 0, prefix.len), prefix);
}

/* "... 12 more", "... 35 common frames omitted" */
static bool
is_more(struct str s)
{
	size_t n;

	if (!str_starts(s, STR("... ")))
		return false;
	s = str_sub(s, 4, s.len);
	n = str_skip_digits(s, 0);
	s = str_sub(s, n, s.len);
	return n > 0 &&
	       (str_starts(s, STR(" more")) || str_starts(s, STR(" common frames")));
}

/* Letters, digits, _ $ and dots, of which a dotted name is made. */
static const bool name_chars[256] = {
	/* clang-format off */
	['$'] = 1, ['.'] = 1, ['_'] = 1,
	['0'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['A'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['N'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['a'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	['n'] = 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	/* clang-format on */
};

static inline bool
is_name_char(char c)
{
	return name_chars[(unsigned char)c];
}

/* Bytes at the start of which a dotted name could be made: NAME_MAX at most. */
static inline size_t
name_run(struct str s)
{
	const char *p = s.ptr, *end = p + (s.len < NAME_MAX ? s.len : NAME_MAX);

	while (p < end && is_name_char(*p))
		p++;
	return (size_t)(p - s.ptr);
}

/* The dotted name at the start, whose first letter is one. */
static inline size_t
name_len(struct str s)
{
	size_t n = name_run(s);

	if (n == 0 || char_is_digit(s.ptr[0]) || s.ptr[0] == '.' || s.ptr[0] == '$')
		return 0;
	return n == NAME_MAX && n < s.len && is_name_char(s.ptr[n]) ? 0 : n;
}

/* The name of n bytes stands alone or before a colon. */
static bool
is_named(struct str s, size_t n)
{
	return n > 0 && (n == s.len || s.ptr[n] == ':');
}

/* A bare exception: its name of n bytes ends like one, and nothing or a colon follows. */
static bool
is_exception(struct str s, size_t n)
{
	static const struct str ends[] = { { "Exception", 9 }, { "Error", 5 },
		{ "Throwable", 9 }, { "Failure", 7 } };

	if (s.ptr[0] == 'E' && str_starts(s, STR("Exception in thread \"")))
		return true;
	if (!is_named(s, n))
		return false;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (n > ends[i].len && str_ends(str_sub(s, 0, n), ends[i]))
			return true;
	return str_eq(s, STR("Error")) || str_starts(s, STR("Error: "));
}

static bool
is_go_frame(struct str s, size_t n)
{
	static const struct str starts[] = { STR_INIT("created by "),
		STR_INIT("[signal "), STR_INIT("exit status "), STR_INIT("panic(") };

	if (s.ptr[0] == 'c' || s.ptr[0] == '[' || s.ptr[0] == 'e' || s.ptr[0] == 'p')
		for (size_t i = 0; i < ARRAY_LEN(starts); i++)
			if (str_starts(s, starts[i]))
				return true;
	if (s.ptr[s.len - 1] != ')')
		return false;
	while (n > 0 && n < s.len && (s.ptr[n] == '/' || s.ptr[n] == '-'))
		n += 1 + name_len(str_sub(s, n + 1, s.len));
	return n > 0 && n < s.len && s.ptr[n] == '(';
}

static bool
is_goroutine(struct str s)
{
	size_t n;

	if (!str_starts(s, STR("goroutine ")))
		return false;
	s = str_sub(s, 10, s.len);
	n = str_skip_digits(s, 0);
	return n > 0 && str_starts(str_sub(s, n, s.len), STR(" ["));
}

/* The kinds that their first letters tell. */
static enum line_kind
kind_by_text(struct str s, size_t name)
{
	switch (s.ptr[0]) {
	case 'n':
		if (str_starts(s, STR("npm ERR!")) || str_starts(s, STR("npm error")))
			return LINE_NPM;
		break;
	case 'c':
	case 'C':
		if (starts_fold(s, STR("caused by:")))
			return LINE_CAUSE;
		break;
	case '.':
		return is_more(s) ? LINE_CAUSE : LINE_PLAIN;
	case 'T':
		if (str_starts(s, STR("Traceback (most recent call last)")))
			return LINE_TRACEBACK;
		if (str_starts(s, STR("The above exception was the direct cause of")))
			return LINE_CHAIN;
		break;
	case 'D':
		if (str_starts(s, STR("During handling of the above exception")))
			return LINE_CHAIN;
		break;
	case 'p':
	case 'f':
		if (str_starts(s, STR("panic: ")) || str_starts(s, STR("fatal error: ")))
			return LINE_PANIC;
		break;
	case 'g':
		if (is_goroutine(s))
			return LINE_GOROUTINE;
		break;
	default:
		break;
	}
	if (is_exception(s, name))
		return LINE_EXCEPTION;
	return is_go_frame(s, name) ? LINE_GO_FRAME : LINE_PLAIN;
}

/* With which those begin that kind_by_text() tells from their first letters. */
static const bool special_starts[256] = {
	/* clang-format off */
	['.'] = 1, ['C'] = 1, ['D'] = 1, ['E'] = 1, ['T'] = 1, ['['] = 1, ['c'] = 1,
	['e'] = 1, ['f'] = 1, ['g'] = 1, ['n'] = 1, ['p'] = 1,
	/* clang-format on */
};

/* A plain line is nearly always a record of its own, timed or not. */
bool
multiline_asks_time(struct shape line, const struct shape *before, unsigned blanks)
{
	if (before == NULL)
		return line.kind > LINE_INDENTED;
	return line.kind == LINE_PLAIN && blanks == 0 &&
	       (before->open || (line.named && before->kind == LINE_INDENTED));
}

struct shape
multiline_timed(struct shape shape)
{
	return (struct shape){ .kind = LINE_TIMED, .open = shape.open };
}

/* s, trimmed, is not empty: its kind may depend on more than its name. */
static inline bool
is_special(struct str s)
{
	return special_starts[(unsigned char)s.ptr[0]] || s.ptr[s.len - 1] == ')';
}

/*
 * Whether what may be a name at the start of s surely ends before a blank: a blank is in
 * the first bytes, and no colon before it.
 */
static inline bool
ends_at_blank(struct str s)
{
	uint32_t blanks, colons;

	if (s.len < 16)
		return false;
	blanks = bytes_mask16(s.ptr, ' ');
	colons = bytes_mask16(s.ptr, ':');
	return (blanks & ((colons & -colons) - 1)) != 0;
}

bool
multiline_is_plain(struct str content)
{
	struct str s = trim(content);
	size_t n;

	if (!is_closed(s) || is_blank(s.ptr[0]) || is_special(s))
		return false;
	if (ends_at_blank(s))
		return true;
	n = name_run(s);
	return n < s.len && s.ptr[n] != ':';
}

/*
 * A word that is no name of anything, a blank, and something that is no colour behind it,
 * which may be cut off at the end.
 */
bool
multiline_begins_plain(struct str s)
{
	uint32_t blanks, others;
	char first, second;

	if (s.len < 17 + WRAP_RESET_LEN)
		return false;
	s.ptr += reset_len(s.ptr);
	blanks = bytes_mask16(s.ptr, ' ');
	others = bytes_mask16(s.ptr, ':') | bytes_mask16(s.ptr, '(');
	if ((blanks & ((others & -others) - 1)) == 0)
		return false;
	first = s.ptr[0];
	second = s.ptr[__builtin_ctz(blanks) + 1];
	return !trimmed[(unsigned char)second] && second != '\x1b' && first != '\x1b' &&
	       !is_blank(first) && !special_starts[(unsigned char)first];
}

struct shape
multiline_shape(struct str content)
{
	struct shape shape = { .kind = LINE_BLANK };
	struct str s = trim(content);
	size_t name;

	if (s.len == 0)
		return shape;
	shape.open = s.ptr[s.len - 1] == ':';
	shape.torn = is_torn(s);
	if (is_blank(s.ptr[0])) {
		shape.kind = LINE_INDENTED;
		return shape;
	}
	name = name_len(s);
	shape.named = is_named(s, name);
	shape.kind = LINE_PLAIN;
	if (shape.named || is_special(s))
		shape.kind = kind_by_text(s, name);
	return shape;
}

/* word stands at pos, and ends there. */
static bool
is_word(struct str s, size_t pos, struct str word)
{
	struct str after = str_sub(s, pos + word.len, 1);

	return str_starts(str_sub(s, pos, s.len), word) &&
	       (after.len == 0 || !char_is_alnum(after.ptr[0]));
}

/* A level in capitals, with or without a colour of its own. */
static bool
has_level(struct str s)
{
	static const struct str words[] = { { "ERROR", 5 }, { "WARN", 4 },
		{ "WARNING", 7 }, { "FATAL", 5 }, { "SEVERE", 6 }, { "CRITICAL", 8 } };
	bool inside = false;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];
		size_t n = c == '\x1b' ? wrap_sgr_len(str_sub(s, i, s.len)) : 0;

		if (n > 0) {
			inside = false;
			i += n - 1;
			continue;
		}
		for (size_t w = 0; !inside && c >= 'A' && c <= 'Z' &&
				   w < sizeof(words) / sizeof(words[0]);
			w++)
			if (is_word(s, i, words[w]))
				return true;
		inside = char_is_alnum(c);
	}
	return false;
}

bool
multiline_is_severe(struct str content)
{
	static const struct str levels[] = { { "level=error", 11 }, { "level=warn", 10 },
		{ "level=fatal", 11 }, { "[error]", 7 }, { "[warning]", 9 } };
	struct str s = str_sub(content, 0, SEVERE_LOOK);

	if (has_level(s))
		return true;
	for (size_t w = 0; w < sizeof(levels) / sizeof(levels[0]); w++)
		if (str_find(s, levels[w]) != SIZE_MAX)
			return true;
	return false;
}

bool
multiline_surely_starts(struct shape line, struct shape before, unsigned blanks)
{
	if (line.kind == LINE_TIMED || blanks > MULTILINE_BLANKS)
		return true;
	if (line.kind == LINE_BLANK || (before.open && blanks == 0))
		return false;
	switch (line.kind) {
	case LINE_INDENTED:
	case LINE_CAUSE:
	case LINE_GO_FRAME:
		return blanks > 0;
	case LINE_NPM:
		return before.kind != LINE_NPM;
	case LINE_EXCEPTION:
	case LINE_TRACEBACK:
	case LINE_CHAIN:
	case LINE_GOROUTINE:
		return false;
	case LINE_PLAIN:
		return !(line.named && before.kind == LINE_INDENTED && blanks == 0);
	case LINE_PANIC:
	case LINE_TIMED:
	case LINE_BLANK:
		break;
	}
	return true;
}

void
multiline_begin(struct multiline *m, struct shape first)
{
	*m = (struct multiline){ .last = first };
	m->python = m->frames = first.kind == LINE_TRACEBACK;
	m->go = first.kind == LINE_PANIC || first.kind == LINE_GOROUTINE;
	m->exception = first.kind == LINE_EXCEPTION || m->python || m->go;
}

bool
multiline_asks_severe(const struct multiline *m, struct shape line)
{
	return !m->exception &&
	       (line.kind == LINE_EXCEPTION || line.kind == LINE_TRACEBACK ||
		       line.kind == LINE_GOROUTINE);
}

bool
multiline_joins(const struct multiline *m, struct shape line, bool severe)
{
	bool ends_frames = m->frames && line.named && m->blanks == 0 &&
			   m->last.kind == LINE_INDENTED;

	if (line.kind == LINE_TIMED || m->blanks > MULTILINE_BLANKS)
		return false;
	if (m->last.open && m->blanks == 0)
		return true;
	switch (line.kind) {
	case LINE_INDENTED:
	case LINE_CAUSE:
		return m->blanks == 0;
	case LINE_GO_FRAME:
		return m->go && m->blanks == 0;
	case LINE_NPM:
		return m->last.kind == LINE_NPM;
	case LINE_EXCEPTION:
		return ends_frames || (severe && !m->exception);
	case LINE_TRACEBACK:
		return m->last.kind == LINE_CHAIN || (severe && !m->exception);
	case LINE_CHAIN:
		return m->python;
	case LINE_GOROUTINE:
		return m->go || (severe && !m->exception);
	case LINE_PLAIN:
		return ends_frames;
	case LINE_PANIC:
	case LINE_TIMED:
	case LINE_BLANK:
		break;
	}
	return false;
}

void
multiline_add(struct multiline *m, struct shape line)
{
	if (line.kind == LINE_BLANK) {
		m->blanks++;
		return;
	}
	if (line.kind == LINE_TRACEBACK)
		m->python = m->frames = true;
	else if (line.kind != LINE_INDENTED)
		m->frames = false;
	m->go |= line.kind == LINE_GOROUTINE || line.kind == LINE_PANIC;
	m->exception |= line.kind == LINE_EXCEPTION || m->python || m->go;
	m->blanks = 0;
	m->last = line;
}
