/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts as applications write them. None of them is redacted, ends with a colon or looks
 * like the start of something that joins.
 */
#include <stdlib.h>
#include <string.h>

#include "model.h"

struct chance
chance_new(uint64_t seed)
{
	struct chance c = { seed };

	c.state = chance_next(&c);
	return c;
}

uint64_t
chance_next(struct chance *c)
{
	uint64_t z = c->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

size_t
below(struct chance *c, size_t n)
{
	return (size_t)(chance_next(c) % n);
}

bool
one_in(struct chance *c, size_t n)
{
	return below(c, n) == 0;
}

static const char *const starts_z[] = { "Adding", "order", "Payment", "GET", "INFO",
	"shipment", "user", "Cart", "DEBUG", "connection", "Queue", "x", "\"quoted\"",
	"<tag>", "caf\xc3\xa9", "#1" };

static const char *const words_z[] = { "order", "payment", "Payment", "failed", "FAILED",
	"timeout", "refused", "queue", "user", "shipping", "catalogue", "db", "a", "42",
	"500", "404", "1.5", "0x1F", "cart-7", "orders/12", "/health", "C:\\temp\\x",
	"a*b", "why?", "it's", "\"quoted\"", "<b>&</b>", "[x]", "{y}", "(z)", "k8s",
	"caf\xc3\xa9", "Z\xc3\xbcrich", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x92\xa5",
	"\xe2\x84\xaa"
	"elvin",
	"\xc5\xbf"
	"ettings",
	"e2e", "100ms", "50%", "$HOME", "\\", "\\\\", "u0041", "n1", "true", "null",
	"key", "failedpayment", "pay" };

static const char *const odd_z[] = { "\xff", "\xc3", "\xe2\x82", "\x01", "\x1b[K", "\x7f",
	"a\xf0\x9f", "\xed\xa0\x80", "\b", "\f" };

static const char *const gaps_z[] = { " ", " ", " ", " ", ", ", " - ", "=", ": ", "/",
	"\t", "  ", "", ";", "_" };

static void
add_id(struct buf *b, struct chance *c)
{
	for (unsigned i = 0; i < 24; i++)
		buf_add_char(b, i % 5 == 0 ? "abcdef"[below(c, 6)]
					   : "0123456789abcdef"[below(c, 16)]);
}

static void
add_word(struct buf *b, struct chance *c)
{
	switch (below(c, 24)) {
	case 0:
		add_id(b, c);
		break;
	case 1:
		buf_add_i64(b, (int64_t)below(c, 100000));
		break;
	case 2:
		buf_add(b, str_z(PICK(c, odd_z)));
		break;
	default:
		buf_add(b, str_z(PICK(c, words_z)));
		break;
	}
}

static void
add_words(struct buf *b, struct chance *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		add_word(b, c);
		buf_add(b, str_z(PICK(c, gaps_z)));
	}
	if (one_in(c, 30))
		buf_add_char(b, '\0');
	buf_add(b, str_z(one_in(c, 2) ? "done" : "failed"));
	if (one_in(c, 12))
		buf_add(b, STR("  "));
}

static struct str
keep(struct arena *a, struct buf *b)
{
	struct str s = arena_copy(a, buf_str(b));

	if (buf_failed(b) || (s.ptr == NULL && b->len > 0))
		abort();
	buf_fini(b);
	return s;
}

struct str
line_words(struct arena *a, struct chance *c, size_t n)
{
	struct buf b;

	buf_init(&b, (size_t)4 << 20);
	add_words(&b, c, n);
	return keep(a, &b);
}

struct str
line_plain(struct arena *a, struct chance *c, struct str level)
{
	struct buf b;

	buf_init(&b, (size_t)4 << 20);
	buf_add(&b, level.len > 0 ? level : str_z(PICK(c, starts_z)));
	buf_add_char(&b, ' ');
	add_words(&b, c, below(c, 7));
	return keep(a, &b);
}

/* Shape: Y year, m month, b its name, d day, H M S, f fraction; other bytes stand. */
void
line_stamp(struct buf *b, int64_t at_ns, const char *shape_z, unsigned digits)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct time_fields f;
	char fraction[16];

	time_to_fields(at_ns, &f);
	snprintf(fraction, sizeof(fraction), "%09d", (int)f.nanosecond);
	for (; *shape_z != '\0'; shape_z++) {
		if (*shape_z == 'Y')
			buf_printf(b, "%04d", f.year);
		else if (*shape_z == 'm')
			buf_printf(b, "%02d", f.month);
		else if (*shape_z == 'b')
			buf_add(b, (struct str){ months + (f.month - 1) * 3, 3 });
		else if (*shape_z == 'd')
			buf_printf(b, "%02d", f.day);
		else if (*shape_z == 'H')
			buf_printf(b, "%02d", f.hour);
		else if (*shape_z == 'M')
			buf_printf(b, "%02d", f.minute);
		else if (*shape_z == 'S')
			buf_printf(b, "%02d", f.second);
		else if (*shape_z == 'f')
			buf_add(b, (struct str){ fraction, digits });
		else
			buf_add_char(b, *shape_z);
	}
}

/* Times that applications write; all in UTC. */
static const struct {
	const char *before_z, *shape_z, *after_z;
	unsigned digits;
} times[] = { { "", "Y-m-dTH:M:S.fZ", " ", 3 }, { "", "Y-m-d H:M:S.f", " ", 3 },
	{ "", "Y-m-d H:M:S,f", " ", 3 }, { "INFO ", "Y-m-dTH:M:S.f+00:00", " ", 6 },
	{ "[", "Y-m-dTH:M:SZ", "] ", 0 },
	{ "10.1.2.3 - - [", "d/b/Y:H:M:S +0000", "] ", 0 },
	{ "", "Imd H:M:S.f", " 1 main.go:12] ", 6 }, { "", "b d H:M:S", " host app ", 0 },
	{ "level=info ts=", "Y-m-dTH:M:S.fZ", " caller=x ", 3 },
	{ "1:M ", "d b Y H:M:S.f", " * ", 3 }, { "", "Y/m/d H:M:S", " ", 0 } };

struct str
line_timed(struct arena *a, struct chance *c, int64_t at_ns, struct str *level,
	size_t *head, int64_t *written_ns)
{
	size_t t = below(c, sizeof(times) / sizeof(times[0]));
	int64_t unit = TIME_S;
	size_t level_at;
	struct str text;
	struct buf b;

	for (unsigned i = 0; i < times[t].digits; i++)
		unit /= 10;
	*written_ns = at_ns / unit * unit;
	buf_init(&b, (size_t)4 << 20);
	buf_add(&b, str_z(times[t].before_z));
	line_stamp(&b, *written_ns, times[t].shape_z, times[t].digits);
	buf_add(&b, str_z(times[t].after_z));
	level_at = b.len;
	buf_add(&b, *level);
	*head = b.len;
	buf_add_char(&b, ' ');
	add_words(&b, c, below(c, 7));
	text = keep(a, &b);
	*level = str_sub(text, level_at, level->len);
	return text;
}

/* --- JSON --- */

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

/* The second half of a pair alone stands for U+FFFD; the first could find a partner. */
static void
add_u(struct buf *b, struct chance *c, uint32_t unit)
{
	if (unit == 0xfffd && one_in(c, 3))
		unit = 0xdc00 + (uint32_t)below(c, 0x400);
	buf_printf(b, one_in(c, 2) ? "\\u%04x" : "\\u%04X", unit);
}

static void
add_char(struct buf *b, struct chance *c, struct str s, size_t len, bool free)
{
	static const char from[] = "\n\r\t\b\f\"\\/", into[] = "nrtbf\"\\/";
	uint32_t cp = code_point(s, len);
	const char *at = cp != 0 && cp < 0x80 ? strchr(from, (int)cp) : NULL;
	bool must = cp < 0x20 || cp == '"' || cp == '\\';

	if (!must && !free) {
		buf_add(b, str_sub(s, 0, len));
	} else if (at != NULL && (cp != '/' || free) && !one_in(c, 3)) {
		buf_add_char(b, '\\');
		buf_add_char(b, into[at - from]);
	} else if (cp >= 0x10000) {
		add_u(b, c, 0xd800 + ((cp - 0x10000) >> 10));
		add_u(b, c, 0xdc00 + ((cp - 0x10000) & 0x3ff));
	} else {
		add_u(b, c, cp);
	}
}

/* What is no UTF-8 became U+FFFD before. */
void
line_escape(struct buf *b, struct chance *c, struct str s, bool all)
{
	size_t rate = all ? 1 + below(c, 12) : 0;

	while (s.len > 0) {
		size_t len = str_utf8_len(s);

		add_char(b, c, s, len > 0 ? len : 1, rate > 0 && one_in(c, rate));
		s = str_sub(s, len > 0 ? len : 1, s.len);
	}
}

static struct jnode *
node(struct arena *a, enum json_kind kind, const char *key_z)
{
	struct jnode *n = arena_alloc(a, sizeof(*n));

	if (n == NULL)
		abort();
	n->kind = kind;
	n->key = str_z(key_z);
	return n;
}

/* As JSON writes it, and as a field's value. */
static const char *const numbers_z[][2] = { { "500", "500" }, { "404", "404" },
	{ "0", "0" }, { "-7", "-7" }, { "1.5", "1.5" }, { "0.1", "0.1" },
	{ "1e3", "1000" }, { "5E+2", "500" }, { "200.0", "200" }, { "2.50", "2.5" },
	{ "123456789012345678901234567890", "123456789012345678901234567890" },
	{ "9007199254740993", "9007199254740993" } };

struct str
line_mend(struct arena *a, struct str s)
{
	struct buf b;

	buf_init(&b, (size_t)4 << 20);
	while (s.len > 0) {
		size_t len = str_utf8_len(s);

		if (len == 0)
			buf_add(&b, STR("\xef\xbf\xbd"));
		else
			buf_add(&b, str_sub(s, 0, len));
		s = str_sub(s, len > 0 ? len : 1, s.len);
	}
	return keep(a, &b);
}

/* A body's NULs are not compared: the library may refuse them. */
static struct str
without_nul(struct str s)
{
	size_t nul = str_find_char(s, '\0');

	return str_sub(s, 0, nul);
}

static struct jnode *
scalar(struct arena *a, struct chance *c, const char *key_z)
{
	struct jnode *n;
	size_t i;

	switch (below(c, 8)) {
	case 0:
	case 1:
		n = node(a, J_NUMBER, key_z);
		i = below(c, sizeof(numbers_z) / sizeof(numbers_z[0]));
		n->raw = str_z(numbers_z[i][0]);
		n->text = str_z(numbers_z[i][1]);
		return n;
	case 2:
		n = node(a, one_in(c, 2) ? J_TRUE : J_FALSE, key_z);
		n->text = n->kind == J_TRUE ? STR("true") : STR("false");
		return n;
	case 3:
		return node(a, J_NULL, key_z);
	default:
		n = node(a, J_TEXT, key_z);
		n->text = without_nul(line_mend(a, line_words(a, c, below(c, 4))));
		return n;
	}
}

/* Leaves and maps have names of their own, so that a path never finds both. */
static const char *const leaves_z[] = { "msg", "message", "error", "status", "level",
	"service", "user_id", "http.status", "a.b", "\xc3\xbcser", "path", "id" };
static const char *const maps_z[] = { "ctx", "http", "a", "items" };

static bool
has_key(const struct jnode *n, const char *key_z)
{
	for (size_t i = 0; i < n->n; i++)
		if (str_eq(n->child[i]->key, str_z(key_z)))
			return true;
	return false;
}

static struct jnode *
map_of(struct arena *a, struct chance *c, const char *key_z, unsigned depth)
{
	struct jnode *map = node(a, J_MAP, key_z);
	size_t n = 1 + below(c, depth > 0 ? 2 : 4);

	for (size_t i = 0; i < n; i++) {
		bool deeper = depth < 3 && one_in(c, 4);
		const char *name_z = deeper ? PICK(c, maps_z) : PICK(c, leaves_z);
		struct jnode *child;

		if (has_key(map, name_z))
			continue;
		if (!deeper && one_in(c, 6)) {
			child = node(a, J_LIST, name_z);
			child->n = below(c, 4);
			for (size_t k = 0; k < child->n; k++)
				child->child[k] = scalar(a, c, "");
		} else if (!deeper) {
			child = scalar(a, c, name_z);
		} else if (one_in(c, 2)) {
			child = map_of(a, c, name_z, depth + 1);
		} else {
			child = node(a, J_LIST, name_z);
			child->n = 1 + below(c, 2);
			for (size_t k = 0; k < child->n; k++)
				child->child[k] = map_of(a, c, "", depth + 1);
		}
		map->child[map->n++] = child;
	}
	return map;
}

static void
put_blank(struct buf *b, struct chance *c)
{
	if (one_in(c, 3))
		buf_add(b, str_z(one_in(c, 5) ? "\t " : " "));
}

static void
write_json(struct buf *b, struct chance *c, const struct jnode *n, bool all)
{
	switch (n->kind) {
	case J_TEXT:
		buf_add_char(b, '"');
		line_escape(b, c, n->text, all && !str_eq(n->key, STR("time")));
		buf_add_char(b, '"');
		return;
	case J_NUMBER:
		buf_add(b, n->raw);
		return;
	case J_NULL:
		buf_add(b, STR("null"));
		return;
	case J_TRUE:
	case J_FALSE:
		buf_add(b, n->text);
		return;
	case J_LIST:
	case J_MAP:
		break;
	}
	buf_add_char(b, n->kind == J_MAP ? '{' : '[');
	for (size_t i = 0; i < n->n; i++) {
		if (i > 0)
			buf_add_char(b, ',');
		put_blank(b, c);
		if (n->kind == J_MAP) {
			bool time = str_eq(n->child[i]->key, STR("time"));

			buf_add_char(b, '"');
			line_escape(b, c, n->child[i]->key, all && !time && one_in(c, 3));
			buf_add(b, STR("\":"));
			put_blank(b, c);
		}
		write_json(b, c, n->child[i], all);
	}
	put_blank(b, c);
	buf_add_char(b, n->kind == J_MAP ? '}' : ']');
}

struct jnode *
line_json(struct arena *a, struct chance *c, int64_t at_ns, struct str *text)
{
	struct jnode *body = map_of(a, c, "", 0);
	struct buf b;

	if (at_ns != TIME_NONE) {
		struct jnode *time = node(a, J_TEXT, "time");

		buf_init(&b, 100);
		line_stamp(&b, at_ns, "Y-m-dTH:M:S.fZ", 3);
		time->text = keep(a, &b);
		memmove(body->child + 1, body->child, body->n * sizeof(body->child[0]));
		body->child[0] = time;
		body->n++;
	}
	buf_init(&b, (size_t)1 << 20);
	write_json(&b, c, body, one_in(c, 2));
	*text = keep(a, &b);
	return body;
}
