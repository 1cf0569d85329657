/* SPDX-License-Identifier: Apache-2.0 */
/* The message of a record: its lines joined, without their colours. */
#include <string.h>

#include "base/bytes.h"
#include "base/compiler.h"
#include "decode/state.h"

#define BLOCK ((size_t)64) /* bytes that are looked at at once */

_Static_assert(BLOCK <= BEHIND && BEHIND <= LINES_BEHIND, "the last block is read whole");

/* n bytes, in whole vectors; *to moves on. */
static inline void
put(char **to, const char *from, size_t n)
{
	size_t i = 0;

	do
		memcpy(*to + i, from + i, 32);
	while ((i += 32) < n);
	*to += n;
}

/*
 * Of what is left of a text, a block without its colours is put to *to, which moves on.
 * escs: where an ESC is in it. How many bytes that was: the block ends before a sequence
 * that may go on behind it.
 */
static inline size_t
strip_block(char **to, struct str left, uint64_t escs)
{
	size_t n = left.len < BLOCK ? left.len : BLOCK, at = 0;
	uint64_t all = UINT64_MAX >> (BLOCK - n);
	uint64_t inside = (bytes_range64(left.ptr, '0', ';') & all) >> 2;
	const char *p = left.ptr;

	for (escs &= all; escs != 0; escs &= escs - 1) {
		size_t esc = (size_t)__builtin_ctzll(escs);
		size_t end = esc + 2 + (size_t)__builtin_ctzll(~(inside >> esc));

		if (end >= BLOCK && left.len > BLOCK) {
			if (esc == 0)
				at = wrap_sgr_len(left);
			n = esc > 0 ? esc : at > 0 ? at : 1;
			break;
		}
		if (end < n && p[esc + 1] == '[' && p[end] == 'm') {
			put(to, p + at, esc - at);
			at = end + 1;
		}
	}
	put(to, p + at, n - at);
	return n;
}

/*
 * The text of a part of one line. Of the line, and of the message, up to BLOCK bytes
 * behind the end are touched.
 */
static struct str
one_line(struct decoder *d, const struct line *line)
{
	struct str text = line->wrap.content;
	uint64_t escs = bytes_mask64(text.ptr, '\x1b');
	char *to = d->message;

	if (text.len < BLOCK)
		escs &= (UINT64_C(1) << text.len) - 1;
	if (escs == 0 &&
		(text.len <= BLOCK || str_find_char(str_sub(text, BLOCK, text.len),
					      '\x1b') == SIZE_MAX))
		return text;
	for (;;) {
		size_t n = strip_block(&to, text, escs);

		if (n == text.len)
			return (struct str){ d->message, (size_t)(to - d->message) };
		text = (struct str){ text.ptr + n, text.len - n };
		escs = bytes_mask64(text.ptr, '\x1b');
	}
}

/* The n bytes at text without their colours, in place: how many are left. */
static size_t
strip_here(char *text, size_t n)
{
	size_t to = 0, from = 0;

	while (from < n) {
		size_t len = str_find_char((struct str){ text + from, n - from }, '\x1b');

		len = len == SIZE_MAX ? n - from : len;
		if (to < from)
			memmove(text + to, text + from, len);
		to += len;
		from += len;
		len = wrap_sgr_len((struct str){ text + from, n - from });
		if (len == 0 && from < n)
			text[to++] = text[from++];
		from += len;
	}
	return to;
}

static void
note_line(struct decoder *d, const struct line *line, bool *truncated)
{
	*truncated |= line->cut;
	d->counts.broken_lines += line->wrap.broken;
	d->counts.nul_bytes += line->padding;
}

/* Reads the lines of the part behind its head again and joins what is in them. */
static NEVER_INLINE struct str
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
