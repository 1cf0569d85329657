/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/headline.h"

#include "base/time.h"

/* Spring's logback layout: "... 1 --- [thread] logger : message". */
static struct str
behind_spring(struct str text)
{
	size_t dashes = str_find(text, STR(" --- ["));
	struct str rest;
	size_t colon;

	if (dashes == SIZE_MAX)
		return text;
	rest = str_sub(text, dashes, text.len);
	colon = str_find(rest, STR(" : "));
	return colon == SIZE_MAX ? text : str_sub(rest, colon + 3, rest.len);
}

/* go-kit's logfmt: "ts=... caller=... message". */
static struct str
behind_logfmt(struct str text)
{
	struct str rest = text;

	if (!str_starts(text, STR("ts=")))
		return text;
	str_cut(&rest, ' ');
	if (str_starts(rest, STR("caller=")))
		str_cut(&rest, ' ');
	return rest;
}

struct str
headline(struct str text)
{
	struct str rest = behind_logfmt(behind_spring(str_trim(text)));
	int64_t at_ns;

	if (time_parse(&rest, NULL, &at_ns))
		rest = str_trim(rest);
	return rest.len > 0 ? rest : text;
}
