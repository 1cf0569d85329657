/* SPDX-License-Identifier: Apache-2.0 */
/* The message of a record: its lines joined, without their colours. */
#include <string.h>

#include "base/bytes.h"
#include "decode/state.h"

/* Puts text without its colours to where it may stand already; how much is left. */
static size_t
strip_colours(char *to, struct str text)
{
	char *from = to;

	while (text.len > 0) {
		size_t n = bytes_before(text.ptr, text.len, '\x1b');

		bytes_copy_few(to, text.ptr, n);
		to += n;
		text = (struct str){ text.ptr + n, text.len - n };
		if (text.len == 0 || text.ptr[0] != '\x1b')
			continue;
		n = wrap_sgr_len(text);
		if (n == 0)
			*to++ = text.ptr[n++];
		text = (struct str){ text.ptr + n, text.len - n };
	}
	return (size_t)(to - from);
}

/* The n bytes at text without their colours: how many are left. */
static size_t
strip_here(char *text, size_t n)
{
	size_t esc = str_find_char((struct str){ text, n }, '\x1b');

	if (esc == SIZE_MAX)
		return n;
	return esc + strip_colours(text + esc, (struct str){ text + esc, n - esc });
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

static void
note_line(struct decoder *d, const struct line *line, bool *truncated)
{
	*truncated |= line->cut;
	d->counts.broken_lines += line->wrap.broken;
	d->counts.nul_bytes += line->padding;
}

/* Reads the lines of the part behind its head again and joins what is in them. */
static struct str
join_lines(struct decoder *d, const struct line *head, bool *truncated)
{
	bool piece = false;
	size_t n = 0, from = 0; /* of the line whose pieces are being joined */
	struct line line = *head;

	for (size_t i = 0; i < d->part.n; i++) {
		struct str text;

		if (i > 0)
			run_read(&d->reading, d->part.line[i], &line);
		text = line.wrap.content;
		note_line(d, &line, truncated);
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
			n = from + strip_here(d->message + from, n - from);
	}
	return (struct str){ d->message, n };
}

struct str
decoder_join(struct decoder *d, const struct line *head, bool *truncated)
{
	if (d->part.n > 1)
		return join_lines(d, head, truncated);
	note_line(d, head, truncated);
	return one_line(d, head);
}
