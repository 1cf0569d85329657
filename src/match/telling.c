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

/* In groups of the same last letter. */
static const struct word words[] = {
	SUFFIX("cvv2", TELLING_CODE),
	SUFFIX("cvc2", TELLING_CODE),
	WHOLE("cc", TELLING_CARD),
	SUFFIX("cvc", TELLING_CODE),
	WHOLE("csc", TELLING_CODE),
	SUFFIX("card", TELLING_CARD),
	SUFFIX("password", TELLING_PASSWORD),
	SUFFIX("passwd", TELLING_PASSWORD),
	SUFFIX("pwd", TELLING_PASSWORD),
	SUFFIX("traceid", TELLING_TRACE),
	SUFFIX("spanid", TELLING_TRACE),
	SUFFIX("securitycode", TELLING_CODE),
	SUFFIX("passphrase", TELLING_PASSWORD),
	SUFFIX("cookie", TELLING_COOKIE),
	SUFFIX("credential", TELLING_TOKEN),
	SUFFIX("longnum", TELLING_CARD),
	SUFFIX("cardnum", TELLING_CARD),
	WHOLE("pan", TELLING_CARD),
	SUFFIX("token", TELLING_TOKEN),
	SUFFIX("authorization", TELLING_AUTHORIZATION),
	SUFFIX("authorisation", TELLING_AUTHORIZATION),
	SUFFIX("cardno", TELLING_CARD),
	SUFFIX("cardnumber", TELLING_CARD),
	SUFFIX("ccnumber", TELLING_CARD),
	WHOLE("pass", TELLING_PASSWORD),
	SUFFIX("credentials", TELLING_TOKEN),
	SUFFIX("secret", TELLING_TOKEN),
	SUFFIX("ccv", TELLING_CODE),
	SUFFIX("cvv", TELLING_CODE),
	SUFFIX("apikey", TELLING_TOKEN),
	SUFFIX("appkey", TELLING_TOKEN),
	SUFFIX("applicationkey", TELLING_TOKEN),
	SUFFIX("accesskey", TELLING_TOKEN),
	SUFFIX("accountkey", TELLING_TOKEN),
	SUFFIX("secretkey", TELLING_TOKEN),
	SUFFIX("signingkey", TELLING_TOKEN),
	SUFFIX("encryptionkey", TELLING_TOKEN),
	SUFFIX("privatekey", TELLING_TOKEN),
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

#define BIT(c)                       TELLING_BIT(c)
#define END(c, from, to, set, third) [c] = { from, to, (set) | BIT('_'), third }

const struct telling_ending telling_endings[128] = {
	END('2', 0, 2, BIT('c') | BIT('v'), BIT('v')),
	END('c', 2, 5, BIT('c') | BIT('s') | BIT('v'), BIT('c')),
	END('d', 5, 11, BIT('i') | BIT('r') | BIT('w'),
		BIT('a') | BIT('e') | BIT('n') | BIT('o') | BIT('p') | BIT('s')),
	END('e', 11, 14, BIT('d') | BIT('i') | BIT('s'), BIT('a') | BIT('k') | BIT('o')),
	END('l', 14, 15, BIT('a'), BIT('i')),
	END('m', 15, 17, BIT('u'), BIT('n')),
	END('n', 17, 21, BIT('a') | BIT('e') | BIT('o'), BIT('i') | BIT('k') | BIT('p')),
	END('o', 21, 22, BIT('n'), BIT('d')),
	END('r', 22, 24, BIT('e'), BIT('b')),
	END('s', 24, 26, BIT('l') | BIT('s'), BIT('a')),
	END('t', 26, 27, BIT('e'), BIT('r')),
	END('v', 27, 29, BIT('c') | BIT('v'), BIT('c')),
	END('y', 29, 38, BIT('e'), BIT('k')),
};

enum telling
telling_of(struct str name)
{
	const struct telling_ending *e;
	char plain[PLAIN_MAX];
	struct str end;

	if (!telling_may_end(name))
		return TELLING_NOTHING;
	e = telling_ending(name.ptr[name.len - 1]);
	end = plain_end(name, plain);
	for (size_t i = e->from; i < e->to; i++)
		if (words[i].whole ? str_eq(end, words[i].text)
				   : str_ends(end, words[i].text))
			return words[i].telling;
	return TELLING_NOTHING;
}
