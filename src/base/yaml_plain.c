/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The regular expressions of both YAML versions, written as small scanners.
 */
#include "base/yaml_plain.h"

#include <string.h>

#include "base/compiler.h"

#define DIGITS "0123456789"
#define HEX    DIGITS "abcdefABCDEF"

static const char text[] = "text";
static const char null[] = "null";
static const char boolean[] = "a boolean";
static const char decimal[] = "a decimal number";
static const char octal[] = "an octal number";
static const char hex[] = "a hexadecimal number";
static const char binary[] = "a binary number";
static const char base60[] = "a base-60 number";
static const char real[] = "a floating point number";

static bool
is_one_of(struct str s, const char *const *words, size_t n)
{
	char first = s.len > 0 ? s.ptr[0] : '\0';

	for (size_t i = 0; i < n; i++)
		if (words[i][0] == first && str_eq(s, str_z(words[i])))
			return true;
	return false;
}

/* Takes the longest prefix made of bytes from set; its length. */
static size_t
take(struct str *s, const char *set)
{
	size_t n = 0;

	while (n < s->len && s->ptr[n] != '\0' && strchr(set, s->ptr[n]) != NULL)
		n++;
	*s = str_sub(*s, n, s->len);
	return n;
}

static bool
take_prefix(struct str *s, struct str prefix)
{
	if (!str_starts(*s, prefix))
		return false;
	*s = str_sub(*s, prefix.len, s->len);
	return true;
}

static bool
take_sign(struct str *s)
{
	return take_prefix(s, STR("-")) || take_prefix(s, STR("+"));
}

/* Nothing but prefix and at least one byte of set. */
static bool
is_run(struct str s, struct str prefix, const char *set)
{
	return take_prefix(&s, prefix) && take(&s, set) > 0 && s.len == 0;
}

/* One or two digits below 60 after each colon. */
static bool
is_base60(struct str s)
{
	unsigned parts = 0;

	if (take(&s, DIGITS "_") == 0)
		return false;
	while (take_prefix(&s, STR(":"))) {
		bool tens = s.len > 1 && char_is_digit(s.ptr[1]);

		if (s.len == 0 || !char_is_digit(s.ptr[0]) || (tens && s.ptr[0] > '5'))
			return false;
		s = str_sub(s, tens ? 2 : 1, s.len);
		parts++;
	}
	if (take_prefix(&s, STR(".")))
		take(&s, DIGITS "_");
	return parts > 0 && s.len == 0;
}

/* 1.1 wants a point, and a sign in the exponent. */
static bool
is_real_11(struct str s)
{
	size_t whole = s.len > 0 && char_is_digit(s.ptr[0]) ? take(&s, DIGITS "_") : 0;

	if (!take_prefix(&s, STR(".")))
		return false;
	if (whole == 0 && (s.len == 0 || !char_is_digit(s.ptr[0])))
		return false;
	take(&s, DIGITS "_");
	if (take_prefix(&s, STR("e")) || take_prefix(&s, STR("E")))
		return take_sign(&s) && take(&s, DIGITS) > 0 && s.len == 0;
	return s.len == 0;
}

static bool
is_special_real(struct str s)
{
	static const char *const nan[] = { ".nan", ".NaN", ".NAN" };
	static const char *const inf[] = { ".inf", ".Inf", ".INF" };

	if (is_one_of(s, nan, ARRAY_LEN(nan)))
		return true;
	take_sign(&s);
	return is_one_of(s, inf, ARRAY_LEN(inf));
}

static const char *
number_11(struct str s)
{
	take_sign(&s);
	if (s.len == 0 || (!char_is_digit(s.ptr[0]) && s.ptr[0] != '.'))
		return text;
	if (str_eq(s, STR("0")))
		return decimal;
	if (is_run(s, STR("0b"), "01_"))
		return binary;
	if (is_run(s, STR("0x"), HEX "_"))
		return hex;
	if (is_run(s, STR("0"), "01234567_"))
		return octal;
	if (s.ptr[0] != '0' && is_run(s, STR(""), DIGITS "_"))
		return decimal;
	if (is_real_11(s))
		return real;
	return is_base60(s) ? base60 : text;
}

static const char *
number_12(struct str s)
{
	struct str digits = s;
	double v;

	if (is_run(s, STR("0o"), "01234567"))
		return octal;
	if (is_run(s, STR("0x"), HEX))
		return hex;
	take_sign(&digits);
	if (is_run(digits, STR(""), DIGITS))
		return decimal;
	return str_to_double(s, &v) ? real : text;
}

/* By its first byte, or as a word that is longer than "false". */
static bool
is_text(struct str s)
{
	char c = s.len > 0 ? s.ptr[0] : '~';

	if (char_is_alpha(c))
		return s.len > 5 || strchr("nNtTfFyYoO", c) == NULL;
	return !char_is_digit(c) && strchr("+-.~", c) == NULL;
}

struct yaml_plain_types
yaml_plain_types(struct str s)
{
	static const char *const bool_11[] = { "y", "Y", "yes", "Yes", "YES", "n", "N",
		"no", "No", "NO", "on", "On", "ON", "off", "Off", "OFF" };
	bool v;

	if (is_text(s))
		return (struct yaml_plain_types){ text, text };
	if (yaml_plain_is_null(s))
		return (struct yaml_plain_types){ null, null };
	if (yaml_plain_bool(s, &v))
		return (struct yaml_plain_types){ boolean, boolean };
	if (is_one_of(s, bool_11, ARRAY_LEN(bool_11)))
		return (struct yaml_plain_types){ boolean, text };
	if (is_special_real(s))
		return (struct yaml_plain_types){ real, real };
	return (struct yaml_plain_types){ number_11(s), number_12(s) };
}

bool
yaml_plain_is_null(struct str s)
{
	static const char *const words[] = { "", "~", "null", "Null", "NULL" };

	return is_one_of(s, words, ARRAY_LEN(words));
}

bool
yaml_plain_bool(struct str s, bool *out)
{
	static const char *const yes[] = { "true", "True", "TRUE" };
	static const char *const no[] = { "false", "False", "FALSE" };
	bool v = is_one_of(s, yes, ARRAY_LEN(yes));

	if (!v && !is_one_of(s, no, ARRAY_LEN(no)))
		return false;
	*out = v;
	return true;
}

/* The digits of a number in base 8 or 16 that is_run() accepted. */
static double
in_base(struct str s, double base)
{
	double v = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = char_lower(s.ptr[i]);

		v = v * base + (c <= '9' ? c - '0' : c - 'a' + 10);
	}
	return v;
}

bool
yaml_plain_double(struct str s, double *out)
{
	const char *type = number_12(s);

	if (type == octal)
		*out = in_base(str_sub(s, 2, s.len), 8);
	else if (type == hex)
		*out = in_base(str_sub(s, 2, s.len), 16);
	else
		return str_to_double(s, out);
	return true;
}
