/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values of rules: texts with wildcards, escapes and wrong case; numbers; regexes that
 * widen a text.
 */
#include <stdlib.h>
#include <string.h>

#include "smith.h"

#define PIECE_MAX 60
#define REPEATS   2 /* unbounded ones in a regex: more could cost a rule its place */

static const char *const captures_z[] = { "order_id", "who", "rest", "n1" };

struct str
smith_keep(struct smith *s, struct buf *b)
{
	struct str text = arena_copy(s->a, buf_str(b));

	buf_fini(b);
	return text;
}

/* A part of text that begins and ends between characters. */
struct str
smith_part(struct smith *s, struct str text, bool *head, bool *tail)
{
	size_t from = one_in(s->c, 4) ? 0 : below(s->c, text.len + 1);
	size_t max = one_in(s->c, 3) ? 8 : PIECE_MAX;
	size_t len = one_in(s->c, 6) ? text.len : below(s->c, max);
	struct str part;

	if (len > 400)
		len = 400;
	while (from > 0 && from < text.len &&
		((unsigned char)text.ptr[from] & 0xc0) == 0x80)
		from--;
	while (from + len < text.len &&
		((unsigned char)text.ptr[from + len] & 0xc0) == 0x80)
		len++;
	part = str_sub(text, from, len);
	*head = from == 0;
	*tail = from + part.len == text.len;
	return part;
}

static char
other_case(char c)
{
	if (c >= 'a' && c <= 'z')
		return (char)(c - 'a' + 'A');
	return char_lower(c);
}

/* --- plain values --- */

static void
put_token(struct plain_value *v, enum token_kind kind, struct str text)
{
	struct token *last = v->n > 0 ? &v->token[v->n - 1] : NULL;

	if (v->n == 12 || (kind == T_TEXT && text.len == 0))
		return;
	if (kind == T_TEXT && last != NULL && last->kind == T_TEXT) {
		last->text.len += text.len; /* they stand side by side in one copy */
		return;
	}
	v->token[v->n++] = (struct token){ kind, text };
}

/* False: cannot be written, or should be a wildcard. */
static bool
is_writable(struct str s, size_t len)
{
	unsigned char c = (unsigned char)s.ptr[0];

	return len > 0 && c != 0 && c != 0x7f && (c >= 0x20 || c == '\t' || c == '\n');
}

void
smith_value(struct smith *s, struct str part, struct plain_value *v)
{
	char *copy = arena_alloc(s->a, part.len + 1);
	size_t wild = one_in(s->c, 2) ? 8 + below(s->c, 30) : SIZE_MAX;
	size_t fold = one_in(s->c, 3) ? 1 + below(s->c, 5) : SIZE_MAX;
	size_t wrong = one_in(s->c, 10) ? 10 : SIZE_MAX;

	*v = (struct plain_value){ 0 };
	memcpy(copy, part.ptr == NULL ? "" : part.ptr, part.len);
	for (size_t i = 0; i < part.len && v->n < 11;) {
		struct str rest = { copy + i, part.len - i };
		size_t len = str_utf8_len(rest);

		if (!is_writable(rest, len) || one_in(s->c, wild)) {
			bool any = one_in(s->c, 2);

			put_token(v, any ? T_ANY : T_ONE, (struct str){ 0 });
			if (any && one_in(s->c, 2))
				i += below(s->c, 9);
			while (any && i < part.len &&
				((unsigned char)copy[i] & 0xc0) == 0x80)
				i++;
			if (!any)
				i += len > 0 ? len : 1;
			continue;
		}
		if (one_in(s->c, fold))
			copy[i] = other_case(copy[i]);
		if (one_in(s->c, wrong) && len == 1)
			copy[i] = 'q';
		put_token(v, T_TEXT, (struct str){ copy + i, len });
		i += len;
	}
	if (v->n == 11)
		put_token(v, T_ANY, (struct str){ 0 });
}

void
smith_number(struct smith *s, struct str text, struct plain_value *v)
{
	static const char *const near_z[] = { "500", "404", "1.5", "-7", "0", "0.1",
		"2.50", "1e3", "499.9", "42" };
	double number;

	*v = (struct plain_value){ .plain = true };
	if (one_in(s->c, 2) || !str_to_double(text, &number) || text.len > 12)
		text = str_z(PICK(s->c, near_z));
	(void)str_to_double(text, &v->number);
	put_token(v, T_TEXT, text);
}

/* --- regexes --- */

static void
put_escaped(struct buf *b, struct chance *c, char byte)
{
	if (strchr("\\^$.[]|()?*+{}-#/<>=!'\"&", byte) != NULL)
		buf_add_char(b, '\\');
	else if (char_is_alnum(byte) && one_in(c, 40)) {
		buf_printf(b, "\\x%02x", (unsigned char)byte);
		return;
	}
	buf_add_char(b, byte);
}

static void
put_literal(struct buf *b, struct chance *c, struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		put_escaped(b, c, s.ptr[i]);
}

static void
put_capture(struct smith *s, struct buf *b, unsigned *used, struct str word)
{
	size_t name = below(s->c, 4);

	if (*used & 1u << name) {
		put_literal(b, s->c, word);
		return;
	}
	*used |= 1u << name;
	buf_printf(b, one_in(s->c, 4) ? "(?<%s>" : "(?P<%s>", captures_z[name]);
	if (one_in(s->c, 2))
		put_literal(b, s->c, word);
	else
		buf_add(b, one_in(s->c, 2) ? STR("\\w+") : STR("[^ ]*"));
	buf_add_char(b, ')');
	if (one_in(s->c, 6))
		buf_add_char(b, '?');
}

/* A word of letters and digits, more or less widened. */
static void
put_word(struct smith *s, struct buf *b, unsigned *used, struct str word)
{
	struct chance *c = s->c;
	struct str most = str_sub(word, 0, word.len - 1);

	switch (below(c, 20)) {
	case 0:
		buf_add(b, STR("\\w+"));
		break;
	case 1:
		buf_add(b, STR("[a-zA-Z0-9]+?"));
		break;
	case 2:
	case 3:
		put_capture(s, b, used, word);
		break;
	case 4:
		buf_add(b, STR("(?:"));
		put_literal(b, c, word);
		buf_add(b, STR("|other|shipped)"));
		break;
	case 5:
		put_literal(b, c, word);
		put_escaped(b, c, word.ptr[word.len - 1]);
		buf_add_char(b, '?');
		break;
	case 6:
		put_literal(b, c, most);
		buf_add_char(b, word.ptr[word.len - 1]);
		buf_add(b, one_in(c, 2) ? STR("{1,3}") : STR("+"));
		break;
	case 7:
		buf_printf(b, "[%c%c]", word.ptr[0], other_case(word.ptr[0]));
		put_literal(b, c, str_sub(word, 1, word.len));
		break;
	case 8:
		buf_add(b, STR("(?="));
		put_literal(b, c, word);
		buf_add(b, STR(")"));
		put_literal(b, c, word);
		break;
	case 9:
		buf_add(b, one_in(c, 2) ? STR("(?:never)?") : STR("(?!never)"));
		put_literal(b, c, word);
		break;
	case 10:
		buf_add(b, STR("(?i:"));
		for (size_t i = 0; i < word.len; i++)
			buf_add_char(b, other_case(word.ptr[i]));
		buf_add(b, STR(")"));
		break;
	case 11:
		put_literal(b, c, most);
		buf_add_char(b, '.');
		break;
	case 12:
		buf_add(b, STR("(?:"));
		put_literal(b, c, most);
		buf_add_char(b, '|');
		put_literal(b, c, word);
		buf_add(b, STR("){1,2}"));
		break;
	case 13:
		buf_add(b, STR("\\b"));
		put_literal(b, c, word);
		break;
	case 14:
		buf_printf(b, "\\w{%zu}", word.len);
		break;
	case 15:
		for (size_t i = 0; i < word.len; i++)
			buf_add(b, char_is_digit(word.ptr[i]) ? STR("\\d")
							      : STR("[A-Za-z]"));
		break;
	default:
		put_literal(b, c, word);
		break;
	}
}

/* One character that is neither letter nor digit. */
static size_t
put_other(struct smith *s, struct buf *b, struct str rest)
{
	size_t len = str_utf8_len(rest);
	char c = rest.ptr[0];

	if (len == 0 || (c != '\n' && c != '\t' && (unsigned char)c < 0x20) ||
		c == 0x7f) {
		buf_add(b, STR("[^q]"));
		return 1;
	}
	if (c == '\n')
		buf_add(b, one_in(s->c, 2) ? STR("\\n") : STR("\\s"));
	else if (c == '\t')
		buf_add(b, one_in(s->c, 2) ? STR("\\t") : STR("\\s+"));
	else if (c == ' ')
		buf_add(b, one_in(s->c, 3) ? STR("\\s+") : STR(" "));
	else if (len > 1 && one_in(s->c, 3) && s->repeats++ < REPEATS)
		buf_add(b, one_in(s->c, 2) ? STR("[^ ]+") : STR(".+"));
	else if (len == 1 && one_in(s->c, 8))
		buf_add_char(b, '.');
	else if (len > 1)
		buf_add(b, str_sub(rest, 0, len));
	else
		put_escaped(b, s->c, c);
	return len;
}

struct str
smith_regex(struct smith *s, struct str text)
{
	bool head, tail;
	struct str part = smith_part(s, text, &head, &tail);
	unsigned used = 0;
	struct buf b;

	s->repeats = 0;
	part = str_sub(part, 0, 120);
	buf_init(&b, (size_t)1 << 20);
	if (one_in(s->c, 12))
		buf_add(&b, STR("(?i)"));
	if (head && one_in(s->c, 2))
		buf_add_char(&b, '^');
	while (part.len > 0) {
		size_t n = 0;

		while (n < part.len && char_is_alnum(part.ptr[n]))
			n++;
		if (n > 0)
			put_word(s, &b, &used, str_sub(part, 0, n));
		else
			n = put_other(s, &b, part);
		part = str_sub(part, n, part.len);
		if (one_in(s->c, 30) && s->repeats++ < REPEATS)
			buf_add(&b, STR(".*"));
	}
	if (tail && one_in(s->c, 3))
		buf_add_char(&b, '$');
	if (one_in(s->c, 12) && !(used & 4))
		buf_add(&b, STR("(?P<rest>.*)"));
	if (one_in(s->c, 20))
		buf_add(&b, STR("|neverthere"));
	return smith_keep(s, &b);
}

void
smith_any(struct plain_value *v)
{
	put_token(v, T_ANY, (struct str){ 0 });
}
