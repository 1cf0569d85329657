/* SPDX-License-Identifier: Apache-2.0 */
/* From YAML scalars and lists to values within their bounds. */
#include <inttypes.h>
#include <string.h>

#include "base/compiler.h"
#include "base/time.h"
#include "conf/mask.h"
#include "conf/reader.h"
#include "conf/settings.h"

#define TEXT_MAX    4096
#define CREDENTIALS STR("$CREDENTIALS_DIRECTORY/")

void *
reader_alloc(struct reader *r, size_t n, size_t size)
{
	void *p = n > SIZE_MAX / size ? NULL : arena_alloc(r->a, n * size);

	if (p == NULL)
		diag_error(&r->diag, (struct str){ 0 }, "the settings are too large");
	return p;
}

bool
reader_hint(struct reader *r, struct str word, const struct str *words, size_t n)
{
	struct str near = str_nearest(word, words, n);

	for (size_t i = 0; i < n && near.len == 0; i++)
		if (words[i].len > 2 &&
			(str_starts(word, words[i]) || str_starts(words[i], word)))
			near = words[i];
	if (near.len == 0)
		return false;
	diag_hint(&r->diag, "did you mean \"%.*s\"?", STR_ARG(near));
	return true;
}

static bool
fail(struct reader *r, const struct setting *s, struct str where, const char *what_z)
{
	diag_error(&r->diag, where, "\"%s\" must be %s", s->name_z, what_z);
	return false;
}

/* "64KiB", "10MB" in bytes. */
static bool
parse_bytes(struct str text, int64_t *out)
{
	static const struct {
		struct str unit;
		int64_t bytes;
	} units[] = { { STR_INIT("B"), 1 }, { STR_INIT("kB"), 1000 },
		{ STR_INIT("MB"), 1000000 }, { STR_INIT("GB"), 1000000000 },
		{ STR_INIT("TB"), INT64_C(1000000000000) }, { STR_INIT("KiB"), 1 << 10 },
		{ STR_INIT("MiB"), 1 << 20 }, { STR_INIT("GiB"), 1 << 30 },
		{ STR_INIT("TiB"), INT64_C(1) << 40 } };
	size_t digits = 0;
	int64_t n;

	while (digits < text.len && char_is_digit(text.ptr[digits]))
		digits++;
	if (!str_to_i64(str_sub(text, 0, digits), 0, INT64_C(1) << 40, &n))
		return false;
	text = str_trim(str_sub(text, digits, text.len));
	for (size_t i = 0; i < ARRAY_LEN(units); i++)
		if (str_eq(text, units[i].unit) && n <= INT64_MAX / units[i].bytes) {
			*out = n * units[i].bytes;
			return true;
		}
	return false;
}

static void
add_amount(struct buf *b, const struct setting *s, int64_t v)
{
	static const char *const units_z[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	size_t u = 0;

	if (s->type == SETTING_SPAN && v == 0)
		buf_add(b, STR("0s"));
	else if (s->type == SETTING_SPAN && v >= TIME_DAY && v % TIME_DAY == 0)
		buf_printf(b, "%" PRId64 "d", v / TIME_DAY);
	else if (s->type == SETTING_SPAN && v % TIME_H == 0)
		buf_printf(b, "%" PRId64 "h", v / TIME_H);
	else if (s->type == SETTING_SPAN && v % TIME_MIN == 0)
		buf_printf(b, "%" PRId64 "m", v / TIME_MIN);
	else if (s->type == SETTING_SPAN && v % TIME_S == 0)
		buf_printf(b, "%" PRId64 "s", v / TIME_S);
	else if (s->type == SETTING_SPAN)
		buf_printf(b, "%" PRId64 "ms", v / TIME_MS);
	else if (s->type == SETTING_NUMBER)
		buf_printf(b, "%" PRId64, v);
	else {
		for (; u < 4 && v >= 1024 && v % 1024 == 0; u++)
			v /= 1024;
		buf_printf(b, "%" PRId64 "%s", v, units_z[u]);
	}
}

void
setting_bounds(const struct setting *s, struct buf *out)
{
	add_amount(out, s, s->min);
	buf_add(out, STR(" to "));
	add_amount(out, s, s->max);
}

static bool
take_amount(struct reader *r, const struct setting *s, const struct yaml_node *node,
	int64_t *at)
{
	bool good = false;
	struct buf bounds;
	int64_t v = 0;

	if (s->type == SETTING_NUMBER)
		good = node->plain && str_to_i64(node->value, INT64_MIN, INT64_MAX, &v);
	else if (s->type == SETTING_SPAN)
		good = time_parse_duration(node->value, &v);
	else
		good = parse_bytes(node->value, &v);
	if (!good)
		return fail(r, s, node->where,
			s->type == SETTING_NUMBER ? "a whole number"
			: s->type == SETTING_SPAN
				? "a span of time with its unit, such as 30s, 5m, 1h"
				: "a size with its unit, such as 64KiB, 10GiB");
	if (v >= s->min && v <= s->max) {
		*at = v;
		return true;
	}
	buf_init(&bounds, 128);
	setting_bounds(s, &bounds);
	diag_error(&r->diag, node->where, "\"%s\" must be %.*s", s->name_z,
		STR_ARG(buf_str(&bounds)));
	buf_fini(&bounds);
	return false;
}

static bool
take_bool(
	struct reader *r, const struct setting *s, const struct yaml_node *node, bool *at)
{
	return yaml_to_bool(node, at) || fail(r, s, node->where, "true or false");
}

static bool
take_word(struct reader *r, const struct setting *s, const struct yaml_node *node,
	size_t *at)
{
	struct buf all;

	for (size_t i = 0; i < s->n_words; i++)
		if (node->kind == YAML_SCALAR && str_eq(node->value, s->words[i])) {
			*at = i;
			return true;
		}
	if (node->kind != YAML_SCALAR)
		return fail(r, s, node->where, "one word");
	diag_error(&r->diag, node->where, "unknown word \"%.*s\" for \"%s\"",
		STR_ARG(node->value), s->name_z);
	if (reader_hint(r, node->value, s->words, s->n_words))
		return false;
	buf_init(&all, 1024);
	for (size_t i = 0; i < s->n_words; i++)
		buf_printf(&all, "%s%.*s", i > 0 ? ", " : "", STR_ARG(s->words[i]));
	diag_hint(&r->diag, "it is one of %.*s", STR_ARG(buf_str(&all)));
	buf_fini(&all);
	return false;
}

static bool
has_blank_or_control(struct str v)
{
	for (size_t i = 0; i < v.len; i++)
		if ((unsigned char)v.ptr[i] <= ' ' || v.ptr[i] == 0x7f)
			return true;
	return false;
}

/* Why v is no URL for us, or NULL. */
static const char *
url_fault(struct str v)
{
	struct str rest = v, host;

	if (str_starts(rest, STR("https://")))
		rest = str_sub(rest, 8, rest.len);
	else if (str_starts(rest, STR("http://")))
		rest = str_sub(rest, 7, rest.len);
	else
		return "an address that starts with https:// or http://";
	host = str_cut(&rest, '/');
	if (host.len == 0 || has_blank_or_control(v))
		return "an address with a host and without blanks";
	if (str_find_char(host, '@') != SIZE_MAX)
		return "an address without a user or password in it";
	return NULL;
}

/* Why v is no place to listen at, or NULL. */
static const char *
listen_fault(struct str v)
{
	size_t colon = str_rfind_char(v, ':');
	struct str host = str_sub(v, 0, colon == SIZE_MAX ? v.len : colon);
	int64_t port;

	if (str_starts(v, STR("unix:")))
		return v.len > 6 && v.ptr[5] == '/' && v.len <= 5 + 107
			       ? NULL
			       : "unix: and an absolute path of at most 107 bytes";
	if (colon == SIZE_MAX ||
		!str_to_i64(str_sub(v, colon + 1, v.len), 0, 65535, &port))
		return "HOST:PORT or unix:/PATH";
	if (!str_eq(host, STR("localhost")) && !str_starts(host, STR("127.")) &&
		!str_eq(host, STR("[::1]")))
		return "on this machine only: 127.0.0.1, [::1] or localhost";
	return NULL;
}

static bool
is_name(struct str v)
{
	for (size_t i = 0; i < v.len; i++)
		if (!char_is_alnum(v.ptr[i]) && v.ptr[i] != '_' && v.ptr[i] != '-')
			return false;
	return v.len > 0;
}

static const char *
secret_file_fault(struct str v)
{
	struct str name = str_sub(v, CREDENTIALS.len, v.len);

	if (str_starts(v, CREDENTIALS))
		return name.len > 0 && str_find_char(name, '/') == SIZE_MAX
			       ? NULL
			       : "the name of one file behind $CREDENTIALS_DIRECTORY/";
	return str_starts(v, STR("/"))
		       ? NULL
		       : "the path of a file (absolute, or $CREDENTIALS_DIRECTORY/NAME), not "
			 "the secret itself";
}

static const char *
text_fault(const struct setting *s, struct str v)
{
	struct time_zone *zone;

	switch (s->type) {
	case SETTING_NAME:
		return is_name(v) ? NULL : "of letters, digits, _ and -";
	case SETTING_PATH:
	case SETTING_PATHS:
		return str_starts(v, STR("/")) || str_eq(v, STR("-"))
			       ? NULL
			       : "an absolute path, or - for the standard stream";
	case SETTING_FILE:
		return str_starts(v, STR("/")) ? NULL : "an absolute path";
	case SETTING_URL:
	case SETTING_URLS:
		return url_fault(v);
	case SETTING_LISTEN:
		return listen_fault(v);
	case SETTING_SECRET_FILE:
		return secret_file_fault(v);
	case SETTING_ZONE:
		zone = time_zone_new(v);
		if (zone == NULL)
			return "a time zone such as UTC, +05:30, Europe/Berlin";
		time_zone_free(&zone);
		return NULL;
	default:
		return NULL;
	}
}

bool
value_check_text(
	struct reader *r, const struct setting *s, struct str value, struct str where)
{
	size_t max = s->max > 0 && s->type < SETTING_WORD ? (size_t)s->max : TEXT_MAX;
	const char *fault_z;

	if (value.len == 0)
		return fail(r, s, where, "a text that is not empty");
	if (value.len > max) {
		diag_error(&r->diag, where, "\"%s\" must be at most %zu bytes long",
			s->name_z, max);
		return false;
	}
	for (size_t i = 0; i < value.len; i++)
		if ((unsigned char)value.ptr[i] < ' ' || value.ptr[i] == 0x7f)
			return fail(r, s, where, "without control characters");
	fault_z = text_fault(s, value);
	return fault_z == NULL || fail(r, s, where, fault_z);
}

static bool
is_scalar(struct reader *r, const struct setting *s, const struct yaml_node *node,
	const char *what_z)
{
	if (node->kind == YAML_SCALAR && !yaml_is_null(node))
		return true;
	return fail(r, s, node->where, what_z);
}

static bool
take_text(struct reader *r, const struct setting *s, const struct yaml_node *node,
	struct str *at)
{
	if (!is_scalar(r, s, node, "a text") ||
		!value_check_text(r, s, node->value, node->where))
		return false;
	*at = node->value;
	return true;
}

/* A list, or one text as a list of one. */
static bool
take_texts(struct reader *r, const struct setting *s, const struct yaml_node *node,
	struct setting_texts *at)
{
	struct yaml_node copy = *node, *one = &copy;
	struct yaml_node *const *items = node->kind == YAML_LIST ? node->items : &one;
	size_t n = node->kind == YAML_LIST ? node->n : 1;
	struct str *to;
	bool good = true;

	if (n == 0)
		return fail(r, s, node->where, "a list that is not empty");
	to = reader_alloc(r, n, sizeof(*to));
	if (to == NULL)
		return false;
	for (size_t i = 0; i < n; i++)
		good = take_text(r, s, items[i], &to[i]) && good;
	*at = (struct setting_texts){ .items = to, .n = n };
	return good;
}

static bool
take_words(struct reader *r, const struct setting *s, const struct yaml_node *node,
	unsigned *at)
{
	unsigned bits = 0;
	bool good = true;

	if (node->kind != YAML_LIST || node->n == 0)
		return fail(r, s, node->where, "a list of words");
	for (size_t i = 0; i < node->n; i++) {
		size_t word = 0;

		good = take_word(r, s, node->items[i], &word) && good;
		bits |= 1U << word;
	}
	if (good)
		*at = bits;
	return good;
}

static bool
take_pairs(struct reader *r, const struct setting *s, const struct yaml_node *node,
	struct setting_pairs *at)
{
	struct setting_pair *to;
	bool good = true;

	if (node->kind != YAML_MAP)
		return fail(r, s, node->where, "a map of names and values");
	to = reader_alloc(r, node->n + 1, sizeof(*to));
	if (to == NULL)
		return false;
	for (size_t i = 0; i < node->n; i++) {
		const struct yaml_pair *pair = &node->pairs[i];
		struct yaml_node name = {
			.kind = YAML_SCALAR, .where = pair->key_where, .value = pair->key
		};
		size_t word;

		if (s->n_words > 0)
			good = take_word(r, s, &name, &word) && good;
		to[i].name = pair->key;
		good = take_text(r, s, pair->value, &to[i].value) && good;
	}
	*at = (struct setting_pairs){ .items = to, .n = node->n };
	return good;
}

bool
value_from_node(
	struct reader *r, const struct setting *s, const struct yaml_node *node, void *at)
{
	size_t word = 0;

	switch (s->type) {
	case SETTING_BOOL:
		return take_bool(r, s, node, at);
	case SETTING_NUMBER:
	case SETTING_BYTES:
	case SETTING_SPAN:
		return is_scalar(r, s, node, "one value") && take_amount(r, s, node, at);
	case SETTING_WORD:
		if (!take_word(r, s, node, &word))
			return false;
		*(int *)at = (int)word;
		return true;
	case SETTING_WORDS:
		return take_words(r, s, node, at);
	case SETTING_TEXTS:
	case SETTING_PATHS:
	case SETTING_URLS:
		return take_texts(r, s, node, at);
	case SETTING_PAIRS:
		return take_pairs(r, s, node, at);
	case SETTING_LIST:
		return false;
	default:
		return take_text(r, s, node, at);
	}
}

/* The words of text as a list node. NULL after an error. */
static struct yaml_node *
divide(struct reader *r, struct str text)
{
	struct yaml_node *list = reader_alloc(r, 1, sizeof(*list));
	struct yaml_node *nodes = reader_alloc(r, text.len + 1, sizeof(*nodes));

	if (list == NULL || nodes == NULL)
		return NULL;
	list->kind = YAML_LIST;
	list->where = text;
	list->items = reader_alloc(r, text.len + 1, sizeof(struct yaml_node *));
	if (list->items == NULL)
		return NULL;
	for (size_t i = 0; i < text.len;) {
		size_t start = i;

		while (i < text.len && strchr(", []\t", text.ptr[i]) == NULL)
			i++;
		if (i > start) {
			struct yaml_node *node = &nodes[list->n];

			node->kind = YAML_SCALAR;
			node->plain = true;
			node->value = node->where = str_sub(text, start, i - start);
			list->items[list->n++] = node;
		}
		i += i == start;
	}
	return list;
}

bool
value_from_text(struct reader *r, const struct setting *s, struct str text, void *at)
{
	struct yaml_node one = {
		.kind = YAML_SCALAR, .plain = true, .where = text, .value = text
	};
	struct yaml_node *node = &one;

	if (s->type == SETTING_WORDS || s->type == SETTING_TEXTS ||
		s->type == SETTING_PATHS || s->type == SETTING_URLS)
		node = divide(r, text);
	return node != NULL && value_from_node(r, s, node, at);
}
