/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/roff.h"

#include <stdbool.h>
#include <string.h>

#define WIDTH 76

/* The month in which the texts were last gone through. */
#define DATE "2026-11-25"

struct filler {
	FILE *out;
	size_t col;
	bool bold;
};

/* What stands for c, or NULL when it stands for itself. */
static const char *
escape(char c)
{
	switch (c) {
	case '\\':
		return "\\e";
	case '-':
		return "\\-";
	case '\'':
		return "\\(aq";
	case '`':
		return "\\(ga";
	case '^':
		return "\\(ha";
	case '~':
		return "\\(ti";
	case '"':
		return "\\(dq";
	default:
		return NULL;
	}
}

void
roff_escaped(FILE *out, struct str text)
{
	if (text.len > 0 && text.ptr[0] == '.')
		fputs("\\&", out);
	for (size_t i = 0; i < text.len; i++) {
		const char *e = escape(text.ptr[i]);

		if (e != NULL)
			fputs(e, out);
		else
			fputc(text.ptr[i], out);
	}
}

void
roff_head(FILE *out, const char *name_z, int section, const char *brief_z)
{
	fputs(".\\\" Made by the build from the tables of the program: change them "
	      "instead.\n.TH ",
		out);
	for (const char *c = name_z; *c != '\0'; c++)
		fputc(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c, out);
	fprintf(out, " %d \"%s\" \"gumshoe %s\" \"Gumshoe manual\"\n.SH NAME\n", section,
		DATE, PACKAGE_VERSION);
	roff_escaped(out, str_z(name_z));
	fputs(" \\- ", out);
	roff_escaped(out, str_z(brief_z));
	fputc('\n', out);
}

void
roff_section(FILE *out, const char *name_z)
{
	fprintf(out, ".SH \"%s\"\n", name_z);
}

/* A hyphen inside a word of prose may break the line; one of an option may not. */
static void
add_word(struct filler *f, struct str word)
{
	bool plain_hyphen = word.len > 0 && char_is_alnum(word.ptr[0]);

	if (!f->bold && word.len > 0 && (word.ptr[0] == '.' || word.ptr[0] == '\''))
		fputs("\\&", f->out);
	for (size_t i = 0; i < word.len; i++) {
		char c = word.ptr[i];

		if (c == '`') {
			f->bold = !f->bold;
			fputs(f->bold ? "\\fB" : "\\fR", f->out);
		} else if (escape(c) != NULL && (c != '-' || f->bold || !plain_hyphen)) {
			fputs(escape(c), f->out);
		} else {
			fputc(c, f->out);
		}
	}
	f->col += word.len;
}

static bool
ends_sentence(struct str word)
{
	return str_ends(word, STR(".")) || str_ends(word, STR(":"));
}

static void
add_paragraph(struct filler *f, struct str rest)
{
	bool broken = true;

	f->col = 0;
	while (rest.len > 0) {
		struct str word = str_cut(&rest, ' ');

		if (!broken && f->col + 1 + word.len > WIDTH)
			broken = true;
		if (f->col > 0)
			fputc(broken ? '\n' : ' ', f->out);
		f->col = broken ? 0 : f->col + 1;
		add_word(f, word);
		broken = ends_sentence(word);
	}
	fputs(f->bold ? "\\fR\n" : "\n", f->out);
	f->bold = false;
}

static void
add_prose(FILE *out, const char *text_z, const char *between_z)
{
	struct filler f = { .out = out };
	struct str rest = str_z(text_z);

	while (rest.len > 0) {
		size_t end = str_find(rest, STR("\n\n"));

		add_paragraph(&f, str_sub(rest, 0, end));
		if (end == SIZE_MAX)
			return;
		rest = str_sub(rest, end + 2, rest.len);
		fputs(between_z, out);
	}
}

void
roff_text(FILE *out, const char *text_z)
{
	add_prose(out, text_z, ".PP\n");
}

void
roff_tagged(FILE *out, const char *tag_z, const char *text_z)
{
	fputs(".TP\n\\fB", out);
	roff_escaped(out, str_z(tag_z));
	fputs("\\fR\n", out);
	add_prose(out, text_z, ".IP\n");
}

void
roff_code(FILE *out, const char *text_z)
{
	struct str rest = str_z(text_z);

	fputs(".PP\n.RS 4\n.EX\n", out);
	while (rest.len > 0) {
		roff_escaped(out, str_cut(&rest, '\n'));
		fputc('\n', out);
	}
	fputs(".EE\n.RE\n", out);
}
