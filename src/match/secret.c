/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every look is bounded, so that a text made of beginnings costs no more than its length.
 */
#include "match/secret.h"

#include <string.h>

#include "base/compiler.h"

#define TOKEN_MAX ((size_t)4096)
#define URL_MAX   ((size_t)512)
#define LOCAL_MAX ((size_t)64)
#define HOST_MAX  ((size_t)253)

struct prefix {
	struct str text;
	size_t min_len; /* of what follows */
	bool capitals;  /* only A-Z and 0-9 follow */
};

static const struct prefix prefixes[] = {
	{ STR_INIT("AKIA"), 16, true },                                  /* AWS */
	{ STR_INIT("ASIA"), 16, true }, { STR_INIT("AIza"), 30, false }, /* Google */
	{ STR_INIT("xoxb-"), 10, false },                                /* Slack */
	{ STR_INIT("xoxp-"), 10, false }, { STR_INIT("xoxa-"), 10, false },
	{ STR_INIT("xoxr-"), 10, false }, { STR_INIT("xoxs-"), 10, false },
	{ STR_INIT("xapp-"), 10, false }, { STR_INIT("ghp_"), 20, false }, /* GitHub */
	{ STR_INIT("gho_"), 20, false }, { STR_INIT("ghu_"), 20, false },
	{ STR_INIT("ghs_"), 20, false }, { STR_INIT("ghr_"), 20, false },
	{ STR_INIT("github_pat_"), 20, false },
	{ STR_INIT("glpat-"), 16, false },   /* GitLab */
	{ STR_INIT("sk_live_"), 16, false }, /* Stripe */
	{ STR_INIT("sk_test_"), 16, false }, { STR_INIT("rk_live_"), 16, false },
	{ STR_INIT("whsec_"), 16, false }, { STR_INIT("sk-"), 32, false },
	{ STR_INIT("npm_"), 30, false }, { STR_INIT("SG."), 32, false }, /* SendGrid */
};

static bool
is_url64(char c)
{
	return char_is_alnum(c) || c == '-' || c == '_';
}

static bool
is_token(char c)
{
	return is_url64(c) || c == '.' || c == '~' || c == '+' || c == '/' || c == '=';
}

static bool
is_capital(char c)
{
	return char_is_digit(c) || (c >= 'A' && c <= 'Z');
}

typedef bool char_is_fn(char c);

/* How many of them from at on, at most max. */
static size_t
run_of(struct str s, size_t at, size_t max, char_is_fn *is)
{
	size_t n = 0;

	while (n < max && at + n < s.len && is(s.ptr[at + n]))
		n++;
	return n;
}

static bool
has_digit(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (char_is_digit(s.ptr[i]))
			return true;
	return false;
}

/* header.payload[.signature], base64url; the header begins with {" */
static bool
find_jwt(struct str s, size_t at, struct secret *out)
{
	size_t end = at;

	if (!str_starts(str_sub(s, at, s.len), STR("eyJ")))
		return false;
	for (int part = 0; part < 3; part++) {
		size_t n = run_of(s, part == 0 ? end : end + 1, TOKEN_MAX, is_url64);

		if (part > 0 && (end >= s.len || s.ptr[end] != '.' || n < 4)) {
			*out = (struct secret){ "token", at, end };
			return part > 1;
		}
		end += n + (part > 0);
	}
	*out = (struct secret){ "token", at, end };
	return true;
}

static bool
find_prefix(struct str s, size_t at, struct secret *out)
{
	struct str rest = str_sub(s, at, s.len);

	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++) {
		const struct prefix *p = &prefixes[i];
		size_t n;

		if (rest.len < 2 || rest.ptr[0] != p->text.ptr[0] ||
			rest.ptr[1] != p->text.ptr[1] || !str_starts(rest, p->text))
			continue;
		n = run_of(rest, p->text.len, TOKEN_MAX,
			p->capitals ? is_capital : is_url64);
		if (n < p->min_len || !has_digit(str_sub(rest, p->text.len, n)))
			continue;
		*out = (struct secret){ "key", at, at + p->text.len + n };
		return true;
	}
	return false;
}

/* "bearer certificate" is English: a token has a digit or is long. */
static bool
find_scheme(struct str s, size_t at, struct secret *out)
{
	struct str word = str_sub(s, at, 6);
	bool basic = str_eq_fold(str_sub(word, 0, 5), STR("basic"));
	size_t from = at + (basic ? 5 : 6), n;
	struct str token;

	if (!basic && !str_eq_fold(word, STR("bearer")))
		return false;
	if (from >= s.len || s.ptr[from] != ' ')
		return false;
	while (from < s.len && from < at + 16 && s.ptr[from] == ' ')
		from++;
	n = run_of(s, from, TOKEN_MAX, is_token);
	token = str_sub(s, from, n);
	if (n < 8 || (!has_digit(token) && token.ptr[n - 1] != '=' && n < 24))
		return false;
	*out = (struct secret){ "token", from, from + n };
	return true;
}

bool
secret_word(struct str s, size_t at, struct secret *out)
{
	switch (s.ptr[at]) {
	case 'b':
	case 'B':
		return find_scheme(s, at, out);
	case 'e':
		return find_jwt(s, at, out);
	default:
		return find_prefix(s, at, out);
	}
}

bool
secret_pem(struct str s, size_t at, struct secret *out)
{
	struct str rest = str_sub(s, at, s.len);
	size_t label, end, tail;

	if (!str_starts(rest, STR("-----BEGIN ")))
		return false;
	label = str_find(str_sub(rest, 0, 64), STR("PRIVATE KEY"));
	if (label == SIZE_MAX)
		return false;
	end = str_find(rest, STR("-----END "));
	if (end == SIZE_MAX) {
		*out = (struct secret){ "private-key", at, s.len };
		return true;
	}
	tail = str_find(str_sub(rest, end + 9, 64), STR("-----"));
	end += 9 + (tail == SIZE_MAX ? 0 : tail + 5);
	*out = (struct secret){ "private-key", at, at + end };
	return true;
}

static bool
ends_url(char c)
{
	return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' ||
	       c == '\\';
}

static bool
is_port(struct str s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!char_is_digit(s.ptr[i]))
			return false;
	return true;
}

/* A raw "/" in a password is wrong but real: what is before it is then no host and port.
 */
bool
secret_url(struct str s, size_t at, struct secret *out)
{
	struct str rest = str_sub(s, at + 3, URL_MAX);
	size_t end = 0, slash, colon, host;

	if (!str_starts(str_sub(s, at, 3), STR("://")))
		return false;
	while (end < rest.len && !ends_url(rest.ptr[end]))
		end++;
	rest = str_sub(rest, 0, end);
	colon = str_find_char(rest, ':');
	if (colon == SIZE_MAX)
		return false;
	for (slash = 0; slash < rest.len; slash++)
		if (memchr("/?#", rest.ptr[slash], 3) != NULL)
			break;
	if (slash < colon)
		return false;
	host = str_rfind_char(str_sub(rest, 0, slash), '@');
	if (host == SIZE_MAX && !is_port(str_sub(rest, colon + 1, slash - colon - 1)))
		host = str_rfind_char(rest, '@');
	if (host == SIZE_MAX || host <= colon + 1)
		return false;
	*out = (struct secret){ "password", at + 3 + colon + 1, at + 3 + host };
	return true;
}

static bool
is_local(char c)
{
	return char_is_alnum(c) || (unsigned char)c >= 0x80 || c == '.' || c == '_' ||
	       c == '%' || c == '+' || c == '-';
}

static bool
is_host(char c)
{
	return char_is_alnum(c) || c == '.' || c == '-' || (unsigned char)c >= 0x80;
}

/* Bytes of a name like example.com at the start of s: no address, no version, or 0. */
static size_t
host_len(struct str s)
{
	size_t n = run_of(s, 0, HOST_MAX, is_host);
	size_t dot, digits = 0;

	while (n > 0 && (s.ptr[n - 1] == '.' || s.ptr[n - 1] == '-'))
		n--;
	dot = str_rfind_char(str_sub(s, 0, n), '.');
	if (dot == SIZE_MAX || dot == 0 || n - dot < 3)
		return 0;
	for (size_t i = dot + 1; i < n; i++)
		if (char_is_digit(s.ptr[i]))
			return 0;
	while (digits < n && char_is_digit(s.ptr[digits]))
		digits++;
	if (digits > 0 && digits + 1 < n && s.ptr[digits] == '.' &&
		char_is_digit(s.ptr[digits + 1]))
		return 0;
	return n;
}

bool
secret_email(struct str s, size_t at, size_t len, size_t from, struct secret *out)
{
	size_t start = at, host;

	while (start > from && at - start < LOCAL_MAX && is_local(s.ptr[start - 1]))
		start--;
	host = host_len(str_sub(s, at + len, s.len));
	if (start == at || host == 0)
		return false;
	*out = (struct secret){ "email", start, at + len + host };
	return true;
}
