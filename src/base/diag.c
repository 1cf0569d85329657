/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors in text the user wrote, as text: place, message, the line, a caret, a hint. The
 * line is foreign text: what is shown of it is escaped and cut to a window round the
 * caret.
 */
#include "base/diag.h"

#include <assert.h>
#include <stdarg.h>

#include "base/buf.h"
#include "base/bytes.h"

#define MESSAGE_MAX    ((size_t)16384)
#define BEFORE_MAX     ((size_t)120) /* bytes of the line shown before the caret */
#define AFTER_MAX      ((size_t)120)
#define NAME_MAX_SHOWN ((size_t)512)

struct place {
	struct str line;
	unsigned row;
	size_t col; /* from 0 */
};

static struct place
locate(struct str text, const char *at)
{
	struct str before = { text.ptr, (size_t)(at - text.ptr) };
	struct place p = { .row = 1 };
	size_t lf, end;
	bool has = true;

	assert(at >= text.ptr && at <= text.ptr + text.len);
	lf = str_rfind_char(before, '\n');
	if (lf != SIZE_MAX)
		p.row += (unsigned)bytes_count(text.ptr, lf + 1, '\n', '\n', &has);
	p.line = str_sub(text, lf == SIZE_MAX ? 0 : lf + 1, text.len);
	end = str_find_char(p.line, '\n');
	p.line = str_sub(p.line, 0, end);
	p.col = (size_t)(at - p.line.ptr);
	if (str_ends(p.line, STR("\r")) && p.col < p.line.len)
		p.line.len--;
	return p;
}

/* Columns that text takes once it is escaped: bytes that start a character. */
static size_t
width(struct str shown)
{
	size_t n = 0;

	for (size_t i = 0; i < shown.len; i++)
		n += ((unsigned char)shown.ptr[i] & 0xc0) != 0x80;
	return n;
}

static size_t
add_measured(struct buf *b, struct str part)
{
	size_t start = b->len;

	buf_add_visible(b, part);
	return width(str_sub(buf_str(b), start, b->len));
}

/* The line and the caret under it. */
static void
add_line(struct buf *b, const struct place *p, size_t len)
{
	size_t from = p->col > BEFORE_MAX ? p->col - BEFORE_MAX : 0;
	size_t room = p->line.len - p->col;
	size_t indent, marks;

	if (len > room)
		len = room;
	if (len > AFTER_MAX)
		len = AFTER_MAX;
	buf_printf(b, "%5u | %s", p->row, from > 0 ? "..." : "");
	indent = add_measured(b, str_sub(p->line, from, p->col - from)) +
		 (from > 0 ? 3 : 0);
	marks = add_measured(b, str_sub(p->line, p->col, len));
	buf_add_visible(b, str_sub(p->line, p->col + len, AFTER_MAX - len));
	buf_printf(b, "%s\n      | ", room > AFTER_MAX ? "..." : "");
	for (size_t i = 0; i < indent; i++)
		buf_add_char(b, ' ');
	buf_add_char(b, '^');
	for (size_t i = 1; i < marks; i++)
		buf_add_char(b, '~');
	buf_add_char(b, '\n');
}

static void PRINTF_LIKE(2, 0) add_message(struct buf *b, const char *fmt, va_list ap)
{
	char text[1024];
	int n = vsnprintf(text, sizeof(text), fmt, ap);

	if (n < 0)
		return;
	buf_add_visible(b, str_z(text));
	if ((size_t)n >= sizeof(text))
		buf_add(b, STR("..."));
	buf_add_char(b, '\n');
}

static bool
is_shown(const struct diag *d)
{
	return d->max_shown == 0 || d->errors + d->warnings <= d->max_shown;
}

static void PRINTF_LIKE(4, 0) show(const struct diag *d, struct str where,
	const char *kind, const char *fmt, va_list ap)
{
	struct buf b;

	buf_init(&b, MESSAGE_MAX);
	buf_add_visible(&b, str_sub(str_z(d->src->name), 0, NAME_MAX_SHOWN));
	if (where.ptr == NULL) {
		buf_printf(&b, ": %s: ", kind);
		add_message(&b, fmt, ap);
	} else {
		struct place p = locate(d->src->text, where.ptr);

		buf_printf(&b, ":%u:%zu: %s: ", p.row, p.col + 1, kind);
		add_message(&b, fmt, ap);
		add_line(&b, &p, where.len);
	}
	fwrite(buf_str(&b).ptr, 1, b.len, d->out);
	buf_fini(&b);
}

void
diag_error(struct diag *d, struct str where, const char *fmt, ...)
{
	va_list ap;

	d->errors++;
	if (!is_shown(d))
		return;
	va_start(ap, fmt);
	show(d, where, "error", fmt, ap);
	va_end(ap);
}

void
diag_warn(struct diag *d, struct str where, const char *fmt, ...)
{
	va_list ap;

	d->warnings++;
	if (!is_shown(d))
		return;
	va_start(ap, fmt);
	show(d, where, "warning", fmt, ap);
	va_end(ap);
}

void
diag_hint(struct diag *d, const char *fmt, ...)
{
	struct buf b;
	va_list ap;

	assert(d->errors + d->warnings > 0);
	if (!is_shown(d))
		return;
	buf_init(&b, MESSAGE_MAX);
	buf_add(&b, STR("      = "));
	va_start(ap, fmt);
	add_message(&b, fmt, ap);
	va_end(ap);
	fwrite(buf_str(&b).ptr, 1, b.len, d->out);
	buf_fini(&b);
}

void
diag_locate(const struct diag_source *src, struct str where, unsigned *row, unsigned *col)
{
	struct place p = locate(src->text, where.ptr);

	*row = p.row;
	*col = (unsigned)p.col + 1;
}

unsigned
diag_row(struct diag_cursor *c, const struct diag_source *src, struct str where)
{
	size_t at = (size_t)(where.ptr - src->text.ptr);
	bool has = true;

	assert(at <= src->text.len);
	if (c->src != src || at < c->at)
		*c = (struct diag_cursor){ .src = src, .row = 1 };
	c->row += (unsigned)bytes_count(
		src->text.ptr + c->at, at - c->at, '\n', '\n', &has);
	c->at = at;
	return c->row;
}
