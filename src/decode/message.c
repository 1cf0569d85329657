/* SPDX-License-Identifier: Apache-2.0 */
/* The message of a record: its lines joined, without their colours. */
#include <string.h>

#include "decode/state.h"

/* Puts text without its colours to where it may stand already; how much is left. */
static size_t
strip_colours(char *to, struct str text)
{
	char *from = to;

	while (text.len > 0) {
		size_t esc = str_find_char(text, '\x1b');
		size_t plain = esc == SIZE_MAX ? text.len : esc;
		size_t skip;

		memmove(to, text.ptr, plain);
		to += plain;
		text = str_sub(text, plain, text.len);
		skip = wrap_sgr_len(text);
		if (skip == 0 && text.len > 0)
			*to++ = text.ptr[skip++];
		text = str_sub(text, skip, text.len);
	}
	return (size_t)(to - from);
}

/* The text of a part of one line. */
static struct str
one_line(struct decoder *d, const struct line *line)
{
	struct str text = line->wrap.content;

	if (str_find_char(text, '\x1b') == SIZE_MAX)
		return text;
	return (struct str){ d->message, strip_colours(d->message, text) };
}

/* Reads the lines of the part behind its head again and joins what is in them. */
struct str
decoder_join(struct decoder *d, const struct line *head, bool *truncated)
{
	bool piece = false;
	size_t n = 0, from = 0; /* of the line whose pieces are being joined */
	struct line line = *head;

	for (size_t i = 0; i < d->part.n; i++) {
		struct str text;

		if (i > 0)
			run_read(&d->reading, d->part.line[i], &line);
		text = line.wrap.content;
		*truncated |= line.cut;
		d->counts.broken_lines += line.wrap.broken;
		d->counts.nul_bytes += line.padding;
		if (d->part.n == 1)
			return one_line(d, &line);
		if (i > 0 && !piece && n < DECODER_MESSAGE_MAX)
			d->message[n++] = '\n';
		if (!piece)
			from = n;
		*truncated |= text.len > DECODER_MESSAGE_MAX - n;
		text = str_sub(text, 0, DECODER_MESSAGE_MAX - n);
		if (text.len > 0)
			memcpy(d->message + n, text.ptr, text.len);
		n += text.len;
		piece = line.wrap.partial;
		if (!piece || i + 1 == d->part.n)
			n = from + strip_colours(d->message + from,
					   (struct str){ d->message + from, n - from });
	}
	return (struct str){ d->message, n };
}
