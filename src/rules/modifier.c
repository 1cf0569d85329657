/* SPDX-License-Identifier: Apache-2.0 */
/* Modifiers: one table of those we have, one of those Sigma has and we refuse. */
#include "rules/modifier.h"

#include "rules/regex.h"
#include "rules/vocabulary.h"

enum modifier {
	MOD_CONTAINS,
	MOD_STARTSWITH,
	MOD_ENDSWITH,
	MOD_ALL,
	MOD_CASED,
	MOD_NEQ,
	MOD_EXISTS,
	MOD_RE,
	MOD_I,
	MOD_M,
	MOD_S,
	MOD_LT,
	MOD_LTE,
	MOD_GT,
	MOD_GTE,
	MOD_COUNT
};

/* clang-format off */
#define MODIFIERS(X) \
	X("contains", "The value stands anywhere in the field.") \
	X("startswith", "The field starts with the value.") \
	X("endswith", "The field ends with the value.") \
	X("all", "All values of the list must fit, not any one.") \
	X("cased", "Letters must fit in case; else ASCII letters fit in either.") \
	X("neq", "The field is there and the comparison is false.") \
	X("exists", "`true`: the record has the field; `false`: it has not. Stands alone.") \
	X("re", "The value is a regular expression (PCRE2), found anywhere in the field, with case. Must be the first modifier. `(?P<name>...)` makes a capture.") \
	X("i", "After re: without case.") \
	X("m", "After re: ^ and $ fit at each line.") \
	X("s", "After re: a dot fits line ends too.") \
	X("lt", "The field is a number less than the value.") \
	X("lte", "Less or equal.") \
	X("gt", "Greater.") \
	X("gte", "Greater or equal.")
/* clang-format on */

static const struct str names[] = { MODIFIERS(VOCABULARY_WORD) };

VOCABULARY(vocabulary_modifiers, "modifiers", names, MODIFIERS);

static const struct str refused[] = {
	WORD("cidr"),
	WORD("fieldref"),
	WORD("expand"),
	WORD("base64"),
	WORD("base64offset"),
	WORD("wide"),
	WORD("utf16"),
	WORD("utf16le"),
	WORD("utf16be"),
	WORD("windash"),
	WORD("minute"),
	WORD("hour"),
	WORD("day"),
	WORD("week"),
	WORD("month"),
	WORD("year"),
};

/* What has been seen of one key. */
struct chain {
	struct modifiers *out;
	unsigned seen; /* bits of enum modifier */
	size_t position;
};

#define BIT(m)     (1U << (m))
#define SUBSTRINGS (BIT(MOD_CONTAINS) | BIT(MOD_STARTSWITH) | BIT(MOD_ENDSWITH))
#define FLAGS      (BIT(MOD_I) | BIT(MOD_M) | BIT(MOD_S))
#define NUMBERS    (BIT(MOD_LT) | BIT(MOD_LTE) | BIT(MOD_GT) | BIT(MOD_GTE))

/* Why m may not stand here, or NULL. */
static const char *
conflict(const struct chain *c, enum modifier m)
{
	unsigned bit = BIT(m);

	if (c->seen & bit)
		return "stands twice";
	if (m == MOD_RE && c->position > 0)
		return "must be the first modifier";
	if ((bit & FLAGS) && !(c->seen & BIT(MOD_RE)))
		return "is a flag of \"re\" and must follow it";
	if ((bit & SUBSTRINGS) && (c->seen & SUBSTRINGS))
		return "does not go with the one before it";
	if ((bit & (SUBSTRINGS | BIT(MOD_CASED))) && (c->seen & BIT(MOD_RE)))
		return "does not go with \"re\": a regex searches anywhere, with case";
	if ((bit & NUMBERS) && (c->seen & ~BIT(MOD_NEQ) & ~BIT(MOD_ALL)))
		return "compares numbers and stands alone";
	if ((c->seen & NUMBERS) && !(bit & (BIT(MOD_NEQ) | BIT(MOD_ALL))))
		return "does not go with a comparison of numbers";
	if ((bit & BIT(MOD_EXISTS)) ? c->seen != 0 : (c->seen & BIT(MOD_EXISTS)) != 0)
		return "does not go with others: \"exists\" stands alone";
	return NULL;
}

static void
apply(struct chain *c, enum modifier m)
{
	struct modifiers *out = c->out;

	c->seen |= BIT(m);
	switch (m) {
	case MOD_CONTAINS:
		out->before = out->after = true;
		break;
	case MOD_STARTSWITH:
		out->after = true;
		break;
	case MOD_ENDSWITH:
		out->before = true;
		break;
	case MOD_ALL:
		out->all = true;
		break;
	case MOD_CASED:
		out->cased = true;
		break;
	case MOD_NEQ:
		out->negated = true;
		break;
	case MOD_EXISTS:
		out->op = ITEM_EXISTS;
		break;
	case MOD_RE:
		out->op = ITEM_REGEX;
		break;
	case MOD_I:
		out->regex_flags |= REGEX_CASELESS;
		break;
	case MOD_M:
		out->regex_flags |= REGEX_MULTILINE;
		break;
	case MOD_S:
		out->regex_flags |= REGEX_DOTALL;
		break;
	case MOD_LT:
		out->op = ITEM_LT;
		break;
	case MOD_LTE:
		out->op = ITEM_LTE;
		break;
	case MOD_GT:
		out->op = ITEM_GT;
		break;
	case MOD_GTE:
		out->op = ITEM_GTE;
		break;
	case MOD_COUNT:
		break;
	}
}

static bool
take(struct loader *l, struct chain *c, struct str word, struct str where)
{
	size_t i = word_find(word, names, MOD_COUNT);
	const char *why;

	if (word_find(word, refused, ARRAY_LEN(refused)) < ARRAY_LEN(refused)) {
		diag_error(&l->diag, where, "the modifier \"%.*s\" is not supported",
			STR_ARG(word));
		diag_hint(&l->diag, "%s",
			str_eq(word, STR("cidr"))
				? "write the network as a regex: field|re"
				: "contains, startswith, endswith and re are");
		return false;
	}
	if (i == MOD_COUNT) {
		diag_error(&l->diag, where, "unknown modifier \"%.*s\"", STR_ARG(word));
		loader_hint(l, word, names, MOD_COUNT);
		return false;
	}
	why = conflict(c, (enum modifier)i);
	if (why != NULL) {
		diag_error(&l->diag, where, "\"%.*s\" %s", STR_ARG(word), why);
		return false;
	}
	apply(c, (enum modifier)i);
	c->position++;
	return true;
}

bool
modifiers_parse(struct loader *l, struct str key, struct str where, struct modifiers *out)
{
	struct chain c = { .out = out };
	struct str rest = key;
	bool more = str_find_char(key, '|') != SIZE_MAX;

	*out = (struct modifiers){ .op = ITEM_EQUALS };
	out->field = str_cut(&rest, '|');
	if (str_trim(out->field).len != out->field.len) {
		diag_error(&l->diag, where, "blanks around the field name \"%.*s\"",
			STR_ARG(out->field));
		return false;
	}
	while (more) {
		size_t pos = (size_t)(rest.ptr - key.ptr);
		struct str word;

		more = str_find_char(rest, '|') != SIZE_MAX;
		word = str_cut(&rest, '|');
		if (!take(l, &c, word, loader_at(where, key, pos, word.len)))
			return false;
	}
	if (out->field.len == 0 && out->op != ITEM_EQUALS && out->op != ITEM_REGEX) {
		diag_error(&l->diag, where, "this modifier needs a field before it");
		return false;
	}
	return true;
}
