/* SPDX-License-Identifier: Apache-2.0 */
#include "conf/mask.h"

#include <string.h>

#include "base/compiler.h"

#define HOOK STR("hooks.slack.com/")

/* A secret's name without its dividers, and where it belongs. */
static const struct {
	struct str name;
	struct str file_key;
} secrets[] = {
	{ STR_INIT("apikey"), STR_INIT("api_key_file") },
	{ STR_INIT("ddapikey"), STR_INIT("api_key_file") },
	{ STR_INIT("appkey"), STR_INIT("app_key_file") },
	{ STR_INIT("applicationkey"), STR_INIT("app_key_file") },
	{ STR_INIT("ddappkey"), STR_INIT("app_key_file") },
	{ STR_INIT("token"), STR_INIT("bearer_token_file") },
	{ STR_INIT("bearertoken"), STR_INIT("bearer_token_file") },
	{ STR_INIT("authtoken"), STR_INIT("bearer_token_file") },
	{ STR_INIT("authorization"), STR_INIT("bearer_token_file") },
	{ STR_INIT("password"), STR_INIT("password_file") },
	{ STR_INIT("passwd"), STR_INIT("password_file") },
	{ STR_INIT("secret"), STR_INIT("bearer_token_file") },
	{ STR_INIT("routingkey"), STR_INIT("routing_key_file") },
	{ STR_INIT("servicekey"), STR_INIT("routing_key_file") },
	{ STR_INIT("integrationkey"), STR_INIT("routing_key_file") },
	{ STR_INIT("webhookurl"), STR_INIT("url_file") },
	{ STR_INIT("slackurl"), STR_INIT("url_file") },
};

static bool
is_word(char c)
{
	return char_is_alnum(c) || c == '_' || c == '-';
}

/* key without _ and -, in lower case, is name. */
static bool
is_name(struct str key, struct str name)
{
	size_t k = 0;

	for (size_t i = 0; i < key.len; i++) {
		if (key.ptr[i] == '_' || key.ptr[i] == '-')
			continue;
		if (k == name.len || char_lower(key.ptr[i]) != name.ptr[k++])
			return false;
	}
	return k == name.len && key.len > 0;
}

struct str
mask_file_key(struct str key)
{
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (is_name(key, secrets[i].name))
			return secrets[i].file_key;
	return (struct str){ 0 };
}

static bool
is_file_key(struct str key)
{
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++)
		if (str_eq_fold(key, secrets[i].file_key))
			return true;
	return false;
}

static size_t
skip(const char *line, size_t len, size_t i, const char *any_z)
{
	while (i < len && strchr(any_z, line[i]) != NULL && line[i] != '\0')
		i++;
	return i;
}

/* The value that starts at i, up to its closing quote or what ends it in a flow map. */
static void
mask_value(char *line, size_t len, size_t i)
{
	char quote =
		i > 0 && (line[i - 1] == '"' || line[i - 1] == '\'') ? line[i - 1] : 0;

	for (; i < len; i++) {
		if (quote != 0 ? line[i] == quote
			       : line[i] == ',' || line[i] == '}' || line[i] == ']')
			return;
		if (line[i] != '"' && line[i] != '\'' && line[i] != '\r')
			line[i] = 'x';
	}
}

/* A word with a colon behind it, from start to end. */
static void
mask_key(char *line, size_t len, size_t start, size_t end)
{
	struct str key = { .ptr = line + start, .len = end - start };
	size_t at = skip(line, len, end, "\"' \t");
	char first;

	if (at == len || line[at] != ':')
		return;
	at = skip(line, len, at + 1, " \t\"'");
	first = at < len ? line[at] : '\0';
	if (mask_file_key(key).len > 0 ||
		(is_file_key(key) && first != '/' && first != '$'))
		mask_value(line, len, at);
}

/* user:password@ of a URL. */
static void
mask_user(char *line, size_t len, size_t i)
{
	size_t end = i;

	while (end < len && strchr("/ \t\"'", line[end]) == NULL && line[end] != '@')
		end++;
	if (end == len || line[end] != '@')
		return;
	memset(line + i, 'x', end - i);
}

static void
mask_line(char *line, size_t len)
{
	struct str s = { .ptr = line, .len = len };
	size_t hook = str_find(s, HOOK);
	size_t i = 0;

	while (i < len) {
		size_t start = i;

		while (i < len && is_word(line[i]))
			i++;
		if (i > start)
			mask_key(line, len, start, i);
		else if (str_starts(str_sub(s, i, 3), STR("://")))
			mask_user(line, len, i + 3);
		i += i == start;
	}
	if (hook != SIZE_MAX)
		mask_value(line, len, hook + HOOK.len);
}

void
mask_secrets(char *text, size_t len)
{
	size_t start = 0;

	while (start < len) {
		char *end = memchr(text + start, '\n', len - start);
		size_t n = end == NULL ? len - start : (size_t)(end - text) - start;

		mask_line(text + start, n);
		start += n + 1;
	}
}
