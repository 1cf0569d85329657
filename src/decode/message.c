/* SPDX-License-Identifier: Apache-2.0 */
/* The message of a record: its lines joined, without their colours. */
#include <string.h>

#include "base/bytes.h"
#include "decode/state.h"

/* Bytes of the SGR sequence at the ESC at p, or 0; 16 bytes may be read. */
static inline size_t
sgr_len(const char *p, size_t left)
{
	uint32_t inside = bytes_range16(p, '0', ';') >> 2;
	size_t n = 2 + (size_t)__builtin_ctz(~inside);

	if (n == 16)
		return wrap_sgr_len((struct str){ p, left });
	return n < left && p[1] == '[' && p[n] == 'm' ? n + 1 : 0;
}

/*
 * Puts text without its colours to where it may stand already, or apart; how much is
 * left. 16 bytes behind both may be touched: read, and written if apart.
 */
static inline size_t
strip_colours(char *to, struct str text, bool apart)
{
	const char *p = text.ptr, *end = p + text.len;
	char *from = to;

	while (p < end) {
		size_t left = (size_t)(end - p), n = left < 16 ? left : 16;

		n = (size_t)__builtin_ctz(bytes_mask16(p, '\x1b') | UINT32_C(1) << n);
		if (apart)
			memcpy(to, p, 16);
		else
			bytes_copy_few(to, p, n);
		to += n;
		p += n;
		if (n == left || *p != '\x1b')
			continue;
		n = sgr_len(p, left - n);
		if (n == 0)
			*to++ = p[n++];
		p += n;
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
	return esc +
	       strip_colours(text + esc, (struct str){ text + esc, n - esc }, false);
}

/* Whether an ESC is in it; 64 bytes may be read. */
static inline bool
has_colours(struct str text)
{
	uint64_t mask = bytes_mask64(text.ptr, '\x1b');

	if (text.len < 64)
		return (mask & ((UINT64_C(1) << text.len) - 1)) != 0;
	return mask != 0 ||
	       str_find_char(str_sub(text, 64, text.len), '\x1b') != SIZE_MAX;
}

/* The text of a part of one line. */
static struct str
one_line(struct decoder *d, const struct line *line)
{
	struct str text = line->wrap.content;

	if (!has_colours(text))
		return text;
	return (struct str){ d->message, strip_colours(d->message, text, true) };
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
