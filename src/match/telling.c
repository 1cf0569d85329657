/* SPDX-License-Identifier: Apache-2.0 */
#include "match/telling.h"

#include "base/compiler.h"

#define PLAIN_MAX 24 /* longer than any word of the table */

struct word {
	struct str text;
	enum telling telling;
	bool whole; /* nothing may stand before it */
};

#define SUFFIX(lit, t)                  \
	{                               \
		STR_INIT(lit), t, false \
	}
#define WHOLE(lit, t)                  \
	{                              \
		STR_INIT(lit), t, true \
	}

static const struct word words[] = {
	SUFFIX("longnum", TELLING_CARD),
	SUFFIX("card", TELLING_CARD),
	SUFFIX("cardnumber", TELLING_CARD),
	SUFFIX("cardno", TELLING_CARD),
	SUFFIX("cardnum", TELLING_CARD),
	SUFFIX("ccnumber", TELLING_CARD),
	WHOLE("pan", TELLING_CARD),
	WHOLE("cc", TELLING_CARD),
	SUFFIX("ccv", TELLING_CODE),
	SUFFIX("cvv", TELLING_CODE),
	SUFFIX("cvv2", TELLING_CODE),
	SUFFIX("cvc", TELLING_CODE),
	SUFFIX("cvc2", TELLING_CODE),
	WHOLE("csc", TELLING_CODE),
	SUFFIX("securitycode", TELLING_CODE),
	SUFFIX("password", TELLING_PASSWORD),
	SUFFIX("passwd", TELLING_PASSWORD),
	SUFFIX("passphrase", TELLING_PASSWORD),
	SUFFIX("pwd", TELLING_PASSWORD),
	WHOLE("pass", TELLING_PASSWORD),
	SUFFIX("secret", TELLING_TOKEN),
	SUFFIX("token", TELLING_TOKEN),
	SUFFIX("apikey", TELLING_TOKEN),
	SUFFIX("appkey", TELLING_TOKEN),
	SUFFIX("applicationkey", TELLING_TOKEN),
	SUFFIX("accesskey", TELLING_TOKEN),
	SUFFIX("accountkey", TELLING_TOKEN),
	SUFFIX("secretkey", TELLING_TOKEN),
	SUFFIX("signingkey", TELLING_TOKEN),
	SUFFIX("encryptionkey", TELLING_TOKEN),
	SUFFIX("privatekey", TELLING_TOKEN),
	SUFFIX("credential", TELLING_TOKEN),
	SUFFIX("credentials", TELLING_TOKEN),
	SUFFIX("cookie", TELLING_TOKEN),
	SUFFIX("authorization", TELLING_AUTHORIZATION),
	SUFFIX("authorisation", TELLING_AUTHORIZATION),
	SUFFIX("traceid", TELLING_TRACE),
	SUFFIX("spanid", TELLING_TRACE),
};

/* The last PLAIN_MAX letters and digits of name, lower case, right-aligned in plain. */
static struct str
plain_end(struct str name, char plain[PLAIN_MAX])
{
	size_t n = 0;

	for (size_t i = name.len; i > 0 && n < PLAIN_MAX; i--) {
		char c = name.ptr[i - 1];

		if (char_is_alnum(c))
			plain[PLAIN_MAX - ++n] = char_lower(c);
		else if (c != '_' && c != '-')
			break;
	}
	return (struct str){ plain + PLAIN_MAX - n, n };
}

/* The last two letters sort out nearly all names before anything is copied. */
static bool
may_end(struct str name, struct str word)
{
	char before = name.ptr[name.len - 2];

	return char_lower(name.ptr[name.len - 1]) == word.ptr[word.len - 1] &&
	       (char_lower(before) == word.ptr[word.len - 2] || before == '_' ||
		       before == '-');
}

enum telling
telling_of(struct str name)
{
	char plain[PLAIN_MAX];
	struct str end = { 0 };

	if (name.len < 2)
		return TELLING_NOTHING;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (!may_end(name, words[i].text))
			continue;
		if (end.len == 0)
			end = plain_end(name, plain);
		if (words[i].whole ? str_eq(end, words[i].text)
				   : str_ends(end, words[i].text))
			return words[i].telling;
	}
	return TELLING_NOTHING;
}
