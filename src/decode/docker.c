/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Docker's json-file: {"log":"text\n","stream":"stdout","time":"..."}. Reads exactly this
 * flat shape without a JSON library; "log" is unescaped into scratch, where it never
 * grows.
 */
#include "decode/wrap.h"

#include <stdint.h>
#include <string.h>

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

/* 16: it is none. */
static uint32_t
hex_digit(char c)
{
	uint32_t v = (uint32_t)(unsigned char)c - '0';

	if (v < 10)
		return v;
	v = ((uint32_t)(unsigned char)c | 0x20) - 'a';
	return v < 6 ? v + 10 : 16;
}

static bool
take_hex4(struct str s, uint32_t *out)
{
	uint32_t v = 0;

	if (s.len < 4)
		return false;
	for (size_t i = 0; i < 4; i++) {
		uint32_t digit = hex_digit(s.ptr[i]);

		if (digit == 16)
			return false;
		v = v << 4 | digit;
	}
	*out = v;
	return true;
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

/* An escape is never shorter than what it stands for. The first is at back. */
static struct str
unescape(struct str raw, size_t back, char *scratch)
{
	size_t n = 0;

	while (raw.len > 0) {
		size_t plain = back < raw.len ? back : raw.len;
		size_t put, used;

		memcpy(scratch + n, raw.ptr, plain);
		n += plain;
		raw = str_sub(raw, plain, raw.len);
		if (raw.len == 0)
			break;
		raw = str_sub(raw, 1, raw.len);
		used = unescape_one(raw, scratch + n, &put);
		n += put;
		raw = str_sub(raw, used, raw.len);
		back = str_find_char(raw, '\\');
	}
	return (struct str){ scratch, n };
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

/* The shape in which docker itself writes it; false: that is for read_members(). */
static bool
read_usual(struct str line, struct members *m)
{
	static const char head[] = "{\"log\":\"", stream[] = ",\"stream\":\"std",
			  time[] = "\",\"time\":\"";
	const size_t n_head = sizeof(head) - 1, n_stream = sizeof(stream) - 1,
		     n_time = sizeof(time) - 1;
	struct str s = str_sub(line, n_head, line.len);

	if (line.len < n_head || memcmp(line.ptr, head, n_head) != 0 ||
		!take_string(&s, &m->log) || s.len < n_stream + 3 + n_time ||
		memcmp(s.ptr, stream, n_stream) != 0 ||
		memcmp(s.ptr + n_stream + 3, time, n_time) != 0)
		return false;
	m->stream = str_sub(s, n_stream - 3, 6);
	if (!str_eq(m->stream, STR("stdout")) && !str_eq(m->stream, STR("stderr")))
		return false;
	s = str_sub(s, n_stream + 3 + n_time, s.len);
	return take_string(&s, &m->time) && s.len == 1 && s.ptr[0] == '}';
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
	out->content = unescape(m.log, back, scratch);
	out->partial = !str_ends(out->content, STR("\n"));
	if (!out->partial)
		out->content.len--;
}

/* Whether a line is in the usual shape, and of a stream. */
static bool
is_usual_of(const char *p, size_t len, const char *stream)
{
	static const char head[] = "{\"log\":\"", before[] = "\",\"stream\":\"",
			  behind[] = "\",\"time\":\"";
	const size_t n_head = sizeof(head) - 1, n_before = sizeof(before) - 1,
		     n_behind = sizeof(behind) - 1, n_tail = n_before + 6 + n_behind;
	const char *end = p + len, *q;

	if (len < n_head + n_tail + 2 || memcmp(p, head, n_head) != 0)
		return false;
	q = memchr(p + n_head, '"', len - n_head);
	if (q == NULL || q[-1] == '\\' || (size_t)(end - q) < n_tail + 2 ||
		memcmp(q, before, n_before) != 0 ||
		memcmp(q + n_before, stream, 6) != 0 ||
		memcmp(q + n_before + 6, behind, n_behind) != 0)
		return false;
	q += n_tail;
	return memchr(q, '"', (size_t)(end - q)) == end - 2 && end[-1] == '}';
}

size_t
wrap_docker_same(
	const char *text, size_t from, const size_t *lf, size_t n, const struct wrap *as)
{
	size_t i = 0;

	while (i < n && as->key.len == 6 &&
		is_usual_of(text + from, lf[i] - from, as->key.ptr))
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
	.unwrap = wrap_docker, .same = wrap_docker_same, .pieces = true
};
