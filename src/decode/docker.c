/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's json-file: {"log":"text\n","stream":"stdout","time":"..."}. Reads exactly this
 * flat shape without a JSON library; "log" is unescaped into scratch, where it never
 * grows.
 */
#include "decode/wrap.h"

#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

/* The raw inside of a JSON string at *s, which starts behind its quote. False: no end. */
static bool
take_string(struct str *s, struct str *out)
{
	size_t i = 0;

	while (i < s->len) {
		size_t quote = str_find_char(str_sub(*s, i, s->len), '"');
		size_t back = 0;

		if (quote == SIZE_MAX)
			break;
		i += quote;
		while (back < i && s->ptr[i - back - 1] == '\\')
			back++;
		if (back % 2 == 0) {
			*out = str_sub(*s, 0, i);
			*s = str_sub(*s, i + 1, s->len);
			return true;
		}
		i++;
	}
	*out = *s;
	*s = str_sub(*s, s->len, 0);
	return false;
}

/* A hexadecimal digit with a mark, 0: it is none. */
static const unsigned char hex[256] = {
	/* clang-format off */
	['0'] = 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
	['A'] = 26, 27, 28, 29, 30, 31,
	['a'] = 26, 27, 28, 29, 30, 31,
	/* clang-format on */
};

static bool
take_hex4(struct str s, uint32_t *out)
{
	const unsigned char *p = (const unsigned char *)s.ptr;
	uint32_t a, b, c, d;

	if (s.len < 4)
		return false;
	a = hex[p[0]];
	b = hex[p[1]];
	c = hex[p[2]];
	d = hex[p[3]];
	*out = (a & 15) << 12 | (b & 15) << 8 | (c & 15) << 4 | (d & 15);
	return (a & b & c & d & 16) != 0;
}

static size_t
put_utf8(char *to, uint32_t c)
{
	if (c < 0x80) {
		to[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		to[0] = (char)(0xc0 | c >> 6);
		to[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		to[0] = (char)(0xe0 | c >> 12);
		to[1] = (char)(0x80 | (c >> 6 & 0x3f));
		to[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	to[0] = (char)(0xf0 | c >> 18);
	to[1] = (char)(0x80 | (c >> 12 & 0x3f));
	to[2] = (char)(0x80 | (c >> 6 & 0x3f));
	to[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* \uXXXX and what pairs with it, behind the backslash. Bytes read; 0: not one. */
static size_t
take_unicode(struct str s, uint32_t *out)
{
	uint32_t low;

	if (s.len < 5 || !take_hex4(str_sub(s, 1, 4), out))
		return 0;
	if (*out < 0xd800 || *out > 0xdfff)
		return 5;
	if (*out < 0xdc00 && str_starts(str_sub(s, 5, 2), STR("\\u")) &&
		take_hex4(str_sub(s, 7, 4), &low) && low >= 0xdc00 && low <= 0xdfff) {
		*out = 0x10000 + ((*out - 0xd800) << 10) + (low - 0xdc00);
		return 11;
	}
	*out = 0xfffd;
	return 5;
}

/* One escape behind its backslash: bytes read; *n bytes were written. */
static size_t
unescape_one(struct str s, char *to, size_t *n)
{
	static const char into[256] = { ['n'] = '\n',
		['r'] = '\r',
		['t'] = '\t',
		['b'] = '\b',
		['f'] = '\f',
		['"'] = '"',
		['\\'] = '\\',
		['/'] = '/' };
	char simple = s.len > 0 ? into[(unsigned char)s.ptr[0]] : '\0';
	uint32_t c;
	size_t used;

	if (simple != '\0') {
		to[0] = simple;
		*n = 1;
		return 1;
	}
	used = s.len > 0 && s.ptr[0] == 'u' ? take_unicode(s, &c) : 0;
	if (used == 0) {
		to[0] = '\\';
		*n = 1;
		return 0;
	}
	*n = put_utf8(to, c);
	return used;
}

/* An escape is never shorter than what it stands for. */
static struct str
unescape(struct str raw, char *scratch)
{
	const char *p = raw.ptr, *end = p + raw.len;
	char *to = scratch;

	while (p < end) {
		size_t n = bytes_before(p, (size_t)(end - p), '\\'), put;

		bytes_copy_few(to, p, n);
		p += n;
		to += n;
		if (n == 0) {
			p++;
			p += unescape_one((struct str){ p, (size_t)(end - p) }, to, &put);
			to += put;
		}
	}
	return (struct str){ scratch, (size_t)(to - scratch) };
}

/* A value that is no string: up to the comma or brace that ends it. */
static bool
skip_value(struct str *s)
{
	struct str inside;
	size_t depth = 0;

	while (s->len > 0) {
		char c = s->ptr[0];

		if (depth == 0 && (c == ',' || c == '}'))
			return true;
		depth += c == '{' || c == '[';
		depth -= depth > 0 && (c == '}' || c == ']');
		*s = str_sub(*s, 1, s->len);
		if (c == '"' && !take_string(s, &inside))
			return false;
	}
	return false;
}

static struct str
skip_blanks(struct str s)
{
	while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\t'))
		s = str_sub(s, 1, s.len);
	return s;
}

struct members {
	struct str log, stream, time;
	bool has_log;
};

/* One "key":value at *s. False: not that shape, or the line ends inside it. */
static bool
take_member(struct str *s, struct members *m)
{
	struct str key, value = { 0 };
	bool whole = true;

	*s = skip_blanks(*s);
	if (!str_starts(*s, STR("\"")))
		return false;
	*s = str_sub(*s, 1, s->len);
	if (!take_string(s, &key))
		return false;
	*s = skip_blanks(*s);
	if (!str_starts(*s, STR(":")))
		return false;
	*s = skip_blanks(str_sub(*s, 1, s->len));
	if (!str_starts(*s, STR("\"")))
		return skip_value(s);
	*s = str_sub(*s, 1, s->len);
	whole = take_string(s, &value);
	if (str_eq(key, STR("log"))) {
		m->log = value;
		m->has_log = true;
	} else if (str_eq(key, STR("stream"))) {
		m->stream = value;
	} else if (str_eq(key, STR("time"))) {
		m->time = value;
	}
	return whole;
}

static bool
read_members(struct str line, struct members *m)
{
	struct str s = skip_blanks(line);

	*m = (struct members){ 0 };
	if (!str_starts(s, STR("{")))
		return false;
	s = str_sub(s, 1, s.len);
	while (take_member(&s, m)) {
		s = skip_blanks(s);
		if (!str_starts(s, STR(",")))
			break;
		s = str_sub(s, 1, s.len);
	}
	return m->has_log;
}

/* The quote that ends the string which goes on at p; NULL: none does. */
static const char *
closing_quote(const char *p, const char *end)
{
	const char *from = p, *q, *back;

	while ((q = memchr(p, '"', (size_t)(end - p))) != NULL) {
		for (back = q; back > from && back[-1] == '\\';)
			back--;
		if ((q - back) % 2 == 0)
			return q;
		p = q + 1;
	}
	return NULL;
}

/* The shape in which docker itself writes it. */
static const char usual_head[] = "{\"log\":\"", usual_stream[] = "\",\"stream\":\"std",
		  usual_time[] = "\",\"time\":\"";

enum {
	HEAD = sizeof(usual_head) - 1,
	STREAM = sizeof(usual_stream) - 1,
	NAME = 3, /* out, err */
	TIME = sizeof(usual_time) - 1,
	TAIL = STREAM + NAME + TIME
};

/* The quote behind the log in a line of that shape, else NULL. */
static inline const char *
usual_quote(const char *p, size_t len)
{
	const char *end = p + len, *q, *name;

	if (len < HEAD + TAIL + 2 || memcmp(p, usual_head, HEAD) != 0)
		return NULL;
	q = closing_quote(p + HEAD, end);
	if (q == NULL || end - q < TAIL + 2 || memcmp(q, usual_stream, STREAM) != 0 ||
		memcmp(q + STREAM + NAME, usual_time, TIME) != 0)
		return NULL;
	name = q + STREAM;
	if (memcmp(name, "out", NAME) != 0 && memcmp(name, "err", NAME) != 0)
		return NULL;
	return closing_quote(q + TAIL, end) == end - 2 && end[-1] == '}' ? q : NULL;
}

/* False: it is for read_members(). */
static bool
read_usual(struct str line, struct members *m)
{
	const char *p = line.ptr, *q = usual_quote(p, line.len);

	if (q == NULL)
		return false;
	m->log = (struct str){ p + HEAD, (size_t)(q - p) - HEAD };
	m->stream = (struct str){ q + STREAM - 3, 3 + NAME };
	m->time = (struct str){ q + TAIL, (size_t)(p + line.len - q) - TAIL - 2 };
	return true;
}

void
wrap_docker(struct str line, char *scratch, struct wrap *out)
{
	static const struct str streams[] = { { "stdout", 6 }, { "stderr", 6 } };
	struct members m;
	size_t back;

	*out = (struct wrap){ .content = line, .broken = true };
	if (!read_usual(line, &m) && !read_members(line, &m))
		return;
	back = str_find_char(m.log, '\\');
	*out = (struct wrap){ .time = m.time, .content = m.log };
	out->key = out->stream = streams[str_eq(m.stream, STR("stderr"))];
	out->partial = back == SIZE_MAX;
	if (out->partial)
		return;
	if (back + 2 == m.log.len && m.log.ptr[back + 1] == 'n') {
		out->content.len = back; /* nothing else is escaped */
		return;
	}
	out->content = unescape(m.log, scratch);
	out->partial = !str_ends(out->content, STR("\n"));
	if (!out->partial)
		out->content.len--;
}

/* Whether a line is in the usual shape, and of a stream. */
static bool
is_usual_of(const char *p, size_t len, struct str stream)
{
	const char *q = usual_quote(p, len);

	return q != NULL && stream.len == 3 + NAME &&
	       memcmp(q + STREAM, stream.ptr + 3, NAME) == 0;
}

static size_t
same(const char *text, size_t from, const size_t *lf, size_t n, const struct wrap *as)
{
	size_t i = 0;

	while (i < n && is_usual_of(text + from, lf[i] - from, as->key))
		from = lf[i++] + 1;
	return i;
}

bool
wrap_is_docker(struct str line)
{
	struct members m;

	return read_members(line, &m) && m.time.len > 0 && m.stream.len > 0;
}

const struct wrapping wrapping_docker = {
	.unwrap = wrap_docker, .same = same, .pieces = true
};
