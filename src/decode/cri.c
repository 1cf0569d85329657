/* SPDX-License-Identifier: Apache-2.0 */
/* CRI (containerd, CRI-O): TIME STREAM TAGS CONTENT, one blank between. */
#include "decode/wrap.h"

#include <string.h>

#define TIME_LEN_MIN 20 /* 2026-03-14T09:42:10Z */
#define TIME_LEN_MAX 40

/* The header's time; *rest is what follows its blank. */
static bool
take_time(struct str line, struct str *time, struct str *rest)
{
	size_t blank;

	if (line.len < TIME_LEN_MIN + 9 || line.ptr[4] != '-' || line.ptr[10] != 'T' ||
		!char_is_digit(line.ptr[0]) || line.ptr[13] != ':')
		return false;
	blank = str_find_char(str_sub(line, 0, TIME_LEN_MAX), ' ');
	if (blank == SIZE_MAX || blank < TIME_LEN_MIN)
		return false;
	*time = str_sub(line, 0, blank);
	*rest = str_sub(line, blank + 1, line.len);
	return true;
}

static bool
split(struct str line, struct wrap *out)
{
	struct str rest, tags;

	if (!take_time(line, &out->time, &rest))
		return false;
	if (str_starts(rest, STR("stdout ")))
		out->stream = STR("stdout");
	else if (str_starts(rest, STR("stderr ")))
		out->stream = STR("stderr");
	else
		return false;
	rest = str_sub(rest, 7, rest.len);
	tags = str_cut(&rest, ' ');
	if (tags.len == 0 || (tags.ptr[0] != 'P' && tags.ptr[0] != 'F') ||
		(tags.len > 1 && tags.ptr[1] != ':'))
		return false;
	out->partial = tags.ptr[0] == 'P';
	out->key = out->stream;
	out->content = rest;
	return true;
}

/* The two streams differ in one letter; a broken line is of neither. */
bool
wrap_cri_is_other(struct str line, struct str key)
{
	size_t blank = str_find_char(str_sub(line, 0, TIME_LEN_MAX), ' ');

	if (key.len != 6 || blank == SIZE_MAX || blank + 4 >= line.len)
		return false;
	return line.ptr[0] != '\0' && line.ptr[blank + 4] != key.ptr[3];
}

void
wrap_cri(struct str line, char *scratch, struct wrap *out)
{
	(void)scratch;
	*out = (struct wrap){ 0 };
	if (!split(line, out))
		*out = (struct wrap){ .content = line, .broken = true };
}

bool
wrap_is_cri(struct str line)
{
	struct wrap w = { 0 };

	return split(line, &w);
}
