/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/screen.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/time.h"

#define WIDTH_PIPE ((size_t)120)
#define WIDTH_MIN  ((size_t)40)
#define WIDTH_MAX  ((size_t)400)

static bool
find_window(int fd, size_t *width)
{
	struct winsize w;
	const char *columns_z = getenv("COLUMNS");
	int64_t n;

	*width = WIDTH_PIPE;
	if (columns_z != NULL && str_to_i64(str_z(columns_z), WIDTH_MIN, WIDTH_MAX, &n))
		*width = (size_t)n;
	else if (ioctl(fd, TIOCGWINSZ, &w) == 0 && w.ws_col >= WIDTH_MIN &&
		 w.ws_col <= WIDTH_MAX)
		*width = w.ws_col;
	else
		return false;
	return true;
}

static bool
find_utf8(void)
{
	static const char *const names_z[] = { "LC_ALL", "LC_CTYPE", "LANG" };

	for (size_t i = 0; i < ARRAY_LEN(names_z); i++) {
		const char *v = getenv(names_z[i]);

		if (v == NULL || v[0] == '\0')
			continue;
		return strstr(v, "UTF-8") != NULL || strstr(v, "utf8") != NULL;
	}
	return false;
}

static bool
find_color(enum color when, int fd)
{
	const char *no_z = getenv("NO_COLOR");
	const char *term_z = getenv("TERM");

	if (when != COLOR_AUTO)
		return when == COLOR_ALWAYS;
	if (no_z != NULL && no_z[0] != '\0')
		return false;
	return isatty(fd) && (term_z == NULL || strcmp(term_z, "dumb") != 0);
}

void
screen_init(struct screen *s, const struct options *o, FILE *out)
{
	*s = (struct screen){ .out = out,
		.color = find_color(o->color, fileno(out)),
		.utf8 = find_utf8(),
		.zone = o->zone };
	s->window = find_window(fileno(out), &s->width);
}

enum shade
screen_level_shade(struct str level)
{
	if (str_eq(level, STR("critical")) || str_eq(level, STR("high")))
		return SHADE_RED;
	if (str_eq(level, STR("medium")))
		return SHADE_YELLOW;
	return str_eq(level, STR("low")) ? SHADE_BLUE : SHADE_NONE;
}

const char *
screen_level_mark_z(const struct screen *s, struct str level)
{
	if (str_eq(level, STR("critical")) || str_eq(level, STR("high")))
		return s->utf8 ? "●" : "#";
	if (str_eq(level, STR("medium")))
		return s->utf8 ? "◆" : "*";
	if (str_eq(level, STR("low")))
		return s->utf8 ? "○" : "o";
	return s->utf8 ? "·" : ".";
}

static const char *
shade_z(enum shade shade)
{
	static const char *const codes_z[] = { "", "\033[2m", "\033[1m", "\033[31m",
		"\033[33m", "\033[32m", "\033[34m" };

	return codes_z[shade];
}

/* One column per code point: near enough for logs, and never cuts a sequence. */
size_t
screen_columns(struct str text)
{
	size_t n = 0;

	while (text.len > 0) {
		size_t len = str_utf8_len(text);

		text = str_sub(text, len ? len : 1, text.len);
		n++;
	}
	return n;
}

static struct str
cut(struct str text, size_t width)
{
	struct str rest = text;

	for (size_t n = 0; n < width && rest.len > 0; n++) {
		size_t len = str_utf8_len(rest);

		rest = str_sub(rest, len ? len : 1, rest.len);
	}
	return str_sub(text, 0, text.len - rest.len);
}

/* Shown text, at most width columns of it. Returns the columns. */
static size_t
put_shown(const struct screen *s, enum shade shade, struct str shown, size_t width)
{
	size_t columns = screen_columns(shown);
	struct str head = shown;
	const char *tail_z = "";

	if (columns > width && width > 3) {
		tail_z = s->utf8 ? "…" : "...";
		head = cut(shown, width - (s->utf8 ? 1 : 3));
	} else if (columns > width)
		head = cut(shown, width);
	if (s->color && shade != SHADE_NONE)
		fputs(shade_z(shade), s->out);
	fprintf(s->out, "%.*s%s", STR_ARG(head), tail_z);
	if (s->color && shade != SHADE_NONE)
		fputs("\033[0m", s->out);
	return columns > width ? width : columns;
}

static void
make_visible(struct buf *b, struct str text)
{
	buf_init(b, 64 * 1024);
	buf_add_visible(b, str_sub(text, 0, 16 * 1024));
}

static size_t
put(const struct screen *s, enum shade shade, struct str text, size_t width)
{
	struct buf b;
	size_t columns;

	make_visible(&b, text);
	columns = put_shown(s, shade, buf_str(&b), width);
	buf_fini(&b);
	return columns;
}

void
screen_path(const struct screen *s, enum shade shade, struct str path, size_t width)
{
	size_t columns = screen_columns(path), mark = s->utf8 ? 1 : 3;
	struct str head = path;

	if (columns > width && width > mark) {
		head = cut(path, columns - width + mark);
		fputs(s->utf8 ? "…" : "...", s->out);
		path = str_sub(path, head.len, path.len);
		width -= mark;
	}
	screen_cell(s, shade, path, width);
}

/* Takes what fits into width columns off text; a word that is longer is broken. */
static struct str
take_line(struct str *text, size_t width)
{
	struct str line = cut(*text, width);
	size_t at = line.len;

	if (at < text->len) {
		while (at > 0 && text->ptr[at] != ' ')
			at--;
		line = str_sub(line, 0, at > 0 ? at : line.len);
	}
	*text = str_sub(*text, line.len, text->len);
	while (str_starts(*text, STR(" ")))
		*text = str_sub(*text, 1, text->len);
	return line;
}

void
screen_paragraph(const struct screen *s, enum shade shade, struct str text, size_t indent,
	size_t lines)
{
	size_t width =
		s->width > indent + WIDTH_MIN / 2 ? s->width - indent : WIDTH_MIN / 2;
	struct buf b;
	struct str rest;

	make_visible(&b, text);
	rest = buf_str(&b);
	for (size_t i = 1; i < lines && screen_columns(rest) > width; i++) {
		put_shown(s, shade, take_line(&rest, width), width);
		fprintf(s->out, "\n%*s", (int)indent, "");
	}
	put_shown(s, shade, rest, width);
	buf_fini(&b);
}

void
screen_text(const struct screen *s, enum shade shade, struct str text, size_t width)
{
	put(s, shade, text, width);
}

void
screen_cell(const struct screen *s, enum shade shade, struct str text, size_t width)
{
	size_t columns = put(s, shade, text, width);

	for (; columns < width; columns++)
		fputc(' ', s->out);
}

void
screen_at(const struct screen *s, struct buf *b, int64_t at_ns, bool with_date)
{
	struct buf full;
	struct str text;

	if (at_ns == TIME_NONE)
		return;
	buf_init(&full, 64);
	time_format(&full, at_ns, s->zone, with_date ? 0 : 3);
	text = buf_str(&full);
	if (text.len < 19) {
		buf_add(b, text); /* so far away that it is not told */
	} else if (with_date) {
		buf_add(b, str_sub(text, 0, 10));
		buf_add_char(b, ' ');
		buf_add(b, str_sub(text, 11, 8));
	} else
		buf_add(b, str_sub(text, 11, 12));
	buf_fini(&full);
}

void
screen_time(const struct screen *s, struct buf *b, struct str rfc3339, bool with_date)
{
	struct str rest = rfc3339;
	int64_t at_ns;

	if (time_parse(&rest, NULL, &at_ns))
		screen_at(s, b, at_ns, with_date);
	else
		buf_add(b, rfc3339);
}

void
screen_zone(const struct screen *s, struct buf *b, struct str rfc3339)
{
	struct buf full;
	struct str rest = rfc3339, zone;
	int64_t at_ns;

	if (!time_parse(&rest, NULL, &at_ns))
		return;
	buf_init(&full, 64);
	time_format(&full, at_ns, s->zone, 0);
	zone = str_sub(buf_str(&full), strlen("2025-10-28T10:04:45"), full.len);
	buf_add(b, str_eq(zone, STR("Z")) ? STR("UTC") : zone);
	buf_fini(&full);
}
