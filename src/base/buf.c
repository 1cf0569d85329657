/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The growing byte buffer, and the two encodings of foreign text that every writer needs:
 * JSON and "visible". One byte more than cap is always allocated, for buf_z().
 */
#include "base/buf.h"

#include <assert.h>
#include <endian.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define CAP_MIN ((size_t)64)

void
buf_init(struct buf *b, size_t limit)
{
	assert(limit <= SIZE_MAX / 2);
	*b = (struct buf){ .limit = limit };
}

void
buf_fini(struct buf *b)
{
	free(b->data);
	*b = (struct buf){ .limit = b->limit };
}

void
buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
}

static bool
reserve(struct buf *b, size_t n)
{
	size_t cap = b->cap > CAP_MIN / 2 ? b->cap * 2 : CAP_MIN;
	char *data;

	if (b->failed)
		return false;
	if (n > b->limit - b->len)
		goto fail;
	if (b->data != NULL && n <= b->cap - b->len)
		return true;
	if (cap < b->len + n)
		cap = b->len + n;
	if (cap > b->limit)
		cap = b->limit;
	data = realloc(b->data, cap + 1);
	if (data == NULL)
		goto fail;
	b->data = data;
	b->cap = cap;
	return true;
fail:
	b->failed = true;
	return false;
}

char *
buf_grow_slowly(struct buf *b, size_t n)
{
	if (!reserve(b, n))
		return NULL;
	b->len += n;
	return b->data + b->len - n;
}

void
buf_add_i64(struct buf *b, int64_t v)
{
	char digits[20];
	size_t i = sizeof(digits);
	uint64_t rest = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;

	do {
		digits[--i] = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	if (v < 0)
		digits[--i] = '-';
	buf_add(b, (struct str){ .ptr = digits + i, .len = sizeof(digits) - i });
}

void
buf_add_count(struct buf *b, int64_t n, const char *what_z)
{
	buf_printf(b, "%" PRId64 " %s%s", n, what_z, n == 1 ? "" : "s");
}

void
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (!reserve(b, 0))
		return;
	va_start(ap, fmt);
	n = vsnprintf(b->data + b->len, b->cap - b->len + 1, fmt, ap);
	va_end(ap);
	if (n >= 0 && (size_t)n <= b->cap - b->len) {
		b->len += (size_t)n;
		return;
	}
	if (n < 0 || !reserve(b, (size_t)n)) {
		b->failed = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
}

void
buf_add_long_varint(struct buf *b, uint64_t v)
{
	char bytes[9];
	size_t n = 0;

	while (n < 8 && v >= 0x80) {
		bytes[n++] = (char)(unsigned char)(v | 0x80);
		v >>= 7;
	}
	bytes[n++] = (char)(unsigned char)v; /* the ninth byte carries eight bits */
	buf_add(b, (struct str){ .ptr = bytes, .len = n });
}

void
buf_add_zigzag(struct buf *b, int64_t v)
{
	buf_add_varint(b, ((uint64_t)v << 1) ^ (v < 0 ? UINT64_MAX : 0));
}

void
buf_add_text(struct buf *b, struct str s)
{
	buf_add_varint(b, s.len);
	buf_add(b, s);
}

void
buf_add_fixed(struct buf *b, uint64_t v)
{
	for (unsigned i = 0; i < sizeof(v); i++)
		buf_add_char(b, (char)(unsigned char)(v >> (8 * i)));
}

void
buf_add_hash(struct buf *b, size_t from)
{
	if (!b->failed)
		buf_add_fixed(b, hash_stable(str_sub(buf_str(b), from, b->len)));
}

struct str
buf_str(const struct buf *b)
{
	return (struct str){ .ptr = b->data != NULL ? b->data : "", .len = b->len };
}

const char *
buf_z(struct buf *b)
{
	if (!reserve(b, 0))
		return NULL;
	b->data[b->len] = '\0';
	return b->data;
}

static void
add_json_escape(struct buf *b, unsigned char c)
{
	static const char from[] = "\"\\\n\r\t\b\f";
	static const char to[] = "\"\\nrtbf";
	const char *hit = c != 0 ? strchr(from, c) : NULL;

	if (hit != NULL) {
		buf_add_char(b, '\\');
		buf_add_char(b, to[hit - from]);
	} else {
		buf_printf(b, "\\u%04x", (unsigned)c);
	}
}

#define EACH_BYTE   UINT64_C(0x0101010101010101)
#define HIGH_BITS   (EACH_BYTE * 0x80)
#define HAS_ZERO(w) (((w)-EACH_BYTE) & ~(w)&HIGH_BITS)

/* All eight bytes of w stand in a JSON string as they are. */
static bool
all_plain(uint64_t w)
{
	uint64_t below = (w - EACH_BYTE * 0x20) & ~w;

	return (((w | below) & HIGH_BITS) | HAS_ZERO(w ^ (EACH_BYTE * '"')) |
		       HAS_ZERO(w ^ (EACH_BYTE * '\\')) |
		       HAS_ZERO(w ^ (EACH_BYTE * 0x7f))) == 0;
}

/* Sixteen bytes at p, all of which stand in a JSON string as they are. */
static bool
all_plain_wide(const char *p)
{
	typedef uint8_t vec __attribute__((vector_size(16)));
	typedef int8_t mask __attribute__((vector_size(16)));
	vec v;
	mask bad;
	uint64_t halves[2];

	memcpy(&v, p, sizeof(v));
	/* from ' ' to '~' the lowest there are, above them DEL, UTF-8 and control bytes
	 */
	bad = (v - ' ' > '~' - ' ') | (v == '"') | (v == '\\');
	memcpy(halves, &bad, sizeof(halves));
	return (halves[0] | halves[1]) == 0;
}

/* How many bytes of s, at least, are plain; s has less than sixteen. */
static size_t
plain_start_short(struct str s)
{
	uint64_t w, last = EACH_BYTE * 'x';

	if (s.len >= sizeof(w)) {
		memcpy(&w, s.ptr, sizeof(w));
		memcpy(&last, s.ptr + s.len - sizeof(w), sizeof(w));
		if (!all_plain(w))
			return 0;
		return all_plain(last) ? s.len : sizeof(w);
	}
	for (size_t k = 0; k < s.len; k++)
		last = last << 8 | (unsigned char)s.ptr[k];
	return all_plain(last) ? s.len : 0;
}

/* How many bytes of s, at least, are plain. */
static size_t
plain_start(struct str s)
{
	size_t i = 0;

	if (s.len < 16)
		return plain_start_short(s);
	for (; s.len - i >= 16; i += 16)
		if (!all_plain_wide(s.ptr + i))
			return i;
	return i == s.len || all_plain_wide(s.ptr + s.len - 16) ? s.len : i;
}

static void
add_json_rest(struct buf *b, struct str s)
{
	size_t i = 0, start = 0;

	while ((i += plain_start(str_sub(s, i, s.len - i))) < s.len) {
		unsigned char c = (unsigned char)s.ptr[i];
		size_t len = str_utf8_len(str_sub(s, i, 4));

		if (len > 0 && c >= 0x20 && c != '"' && c != '\\' && c != 0x7f) {
			i += len;
			continue;
		}
		buf_add(b, str_sub(s, start, i - start));
		if (len == 0)
			buf_add(b, STR("\xef\xbf\xbd"));
		else
			add_json_escape(b, c);
		start = ++i;
	}
	buf_add(b, str_sub(s, start, i - start));
}

void
buf_add_mended(struct buf *b, struct str s)
{
	size_t n;

	for (; s.len > 0; s = str_sub(s, n, s.len)) {
		n = str_utf8_len(str_sub(s, 0, 4));
		buf_add(b, n > 0 ? str_sub(s, 0, n) : STR("\xef\xbf\xbd"));
		n = n > 0 ? n : 1;
	}
}

void
buf_add_json(struct buf *b, struct str s)
{
	size_t n = plain_start(s);
	char *p = buf_grow(b, n + 1 + (n == s.len));

	if (p == NULL)
		return;
	*p = '"';
	if (n > 0)
		memcpy(p + 1, s.ptr, n);
	if (n == s.len) {
		p[n + 1] = '"';
		return;
	}
	add_json_rest(b, str_sub(s, n, s.len - n));
	buf_add_char(b, '"');
}

static uint32_t
code_point(struct str s, size_t len)
{
	uint32_t cp = (unsigned char)s.ptr[0];

	if (len > 1)
		cp &= 0x7fu >> len;
	for (size_t i = 1; i < len; i++)
		cp = cp << 6 | ((unsigned char)s.ptr[i] & 0x3fu);
	return cp;
}

/* Code points that hide themselves, move others about or end a line. Sorted. */
static bool
is_hidden(uint32_t cp)
{
	static const struct {
		uint32_t first, last;
	} ranges[] = {
		{ 0x0000, 0x001f }, /* C0 */
		{ 0x007f, 0x009f }, /* DEL, C1 */
		{ 0x00ad, 0x00ad }, /* soft hyphen */
		{ 0x034f, 0x034f }, /* grapheme joiner */
		{ 0x061c, 0x061c }, /* Arabic letter mark */
		{ 0x115f, 0x1160 }, /* Hangul fillers */
		{ 0x180e, 0x180e }, /* Mongolian vowel separator */
		{ 0x200b, 0x200f }, /* zero width, marks of direction */
		{ 0x2028, 0x202e }, /* line and paragraph separator, bidi embeddings */
		{ 0x2060, 0x206f }, /* word joiner, invisible operators, bidi isolates */
		{ 0x3164, 0x3164 }, /* Hangul filler */
		{ 0xfeff, 0xfeff }, /* byte order mark */
		{ 0xfff9, 0xfffb }, /* interlinear annotation */
		{ 0xe0000, 0xe007f }, /* tags */
	};

	for (size_t i = 0; i < ARRAY_LEN(ranges) && cp >= ranges[i].first; i++)
		if (cp <= ranges[i].last)
			return true;
	return false;
}

static void
add_visible_escape(struct buf *b, unsigned char first, uint32_t cp)
{
	if (first == '\t')
		buf_add_char(b, ' ');
	else if (cp < 0x80)
		buf_printf(b, "\\x%02x", (unsigned)first);
	else
		buf_printf(b, "\\u{%" PRIx32 "}", cp);
}

void
buf_add_visible(struct buf *b, struct str s)
{
	size_t i = 0, start = 0;

	while (i < s.len) {
		unsigned char first = (unsigned char)s.ptr[i];
		size_t len = str_utf8_len(str_sub(s, i, 4));
		/* a byte that is no UTF-8 is shown as a byte */
		uint32_t cp = len > 0 ? code_point(str_sub(s, i, len), len) : 0;

		if (!is_hidden(cp)) {
			i += len;
			continue;
		}
		buf_add(b, str_sub(s, start, i - start));
		add_visible_escape(b, first, cp);
		i += len > 0 ? len : 1;
		start = i;
	}
	buf_add(b, str_sub(s, start, i - start));
}

/* With nine bytes there: eight at once, their sevens of bits pushed together. */
static void
take_whole(struct str *p, uint64_t *out)
{
	uint64_t v, ends;
	size_t n = 9;

	memcpy(&v, p->ptr, sizeof(v));
	v = le64toh(v);
	ends = ~v & UINT64_C(0x8080808080808080);
	if (ends != 0) {
		n = (size_t)__builtin_ctzll(ends) / 8 + 1;
		v &= UINT64_MAX >> (64 - 8 * n);
	}
	v &= UINT64_C(0x7f7f7f7f7f7f7f7f);
	v = (v & UINT64_C(0x007f007f007f007f)) | (v & UINT64_C(0x7f007f007f007f00)) >> 1;
	v = (v & UINT64_C(0x00003fff00003fff)) | (v & UINT64_C(0x3fff00003fff0000)) >> 2;
	v = (v & UINT64_C(0x000000000fffffff)) | (v & UINT64_C(0x0fffffff00000000)) >> 4;
	if (n == 9)
		v |= (uint64_t)(unsigned char)p->ptr[8] << 56;
	*out = v;
	p->ptr += n;
	p->len -= n;
}

bool
buf_take_long_varint(struct str *p, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	if (p->len >= 9) {
		take_whole(p, out);
		return true;
	}
	for (; i < p->len && ((unsigned char)p->ptr[i] & 0x80) != 0; i++)
		v |= ((uint64_t)(unsigned char)p->ptr[i] & 0x7f) << (7 * i);
	if (i == p->len)
		return false;
	*out = v | (uint64_t)(unsigned char)p->ptr[i] << (7 * i);
	p->ptr += i + 1;
	p->len -= i + 1;
	return true;
}

bool
buf_take(struct str *p, size_t n, struct str *out)
{
	if (n > p->len)
		return false;
	*out = str_sub(*p, 0, n);
	*p = str_sub(*p, n, p->len);
	return true;
}
