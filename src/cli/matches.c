/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/matches.h"

#include <errno.h>
#include <stdio.h>

#include "base/json.h"
#include "cli/headline.h"
#include "cli/listing.h"
#include "cli/place.h"
#include "cli/screen.h"
#include "incident/entry.h"
#include "incident/report.h"

#define ROW_BYTES   ((size_t)4 << 20)
#define AT_WIDTH    ((size_t)20)
#define TEXT_MIN    ((size_t)20)
#define ROOMY_WIDTH 104 /* of a window where rules and pods stand whole */

/* A match as an entry of a timeline. */
struct line {
	struct entry_row entry;
	struct store_field fields[MATCH_CAPTURES + LABEL_COUNT];
};

static void
init_line(struct line *l, const struct match *m, const struct ruleset *rs,
	const struct source_table *sources)
{
	const struct source *src = source_table_at(sources, m->source);
	size_t n = 0;

	for (size_t i = 0; i < m->n_captures; i++)
		l->fields[n++] =
			(struct store_field){ m->capture[i].name, m->capture[i].value };
	for (size_t i = 0; i < LABEL_COUNT; i++)
		if (m->label[i].len > 0)
			l->fields[n++] =
				(struct store_field){ label_names[i], m->label[i] };
	l->entry = (struct entry_row){ .id = m->id,
		.at_ns = m->at_ns,
		.quality = m->quality,
		.rule = ruleset_name(rs, m->rule),
		.level = (int)rs->rules[m->rule].level,
		.weight = m->weight,
		.file = src != NULL ? src->name : (struct str){ 0 },
		.offset = m->place.offset,
		.text = m->text,
		.fields = l->fields,
		.n_fields = n };
}

static void
print_match_row(const json_t *entry, bool csv, bool first)
{
	static const struct str heads[] = { STR_INIT("at"), STR_INIT("rule"),
		STR_INIT("level"), STR_INIT("namespace"), STR_INIT("pod"),
		STR_INIT("container"), STR_INIT("service"), STR_INIT("file"),
		STR_INIT("text") };
	struct str cells[ARRAY_LEN(heads)];
	const json_t *source = json_member(entry, "source");
	struct buf b;

	buf_init(&b, ROW_BYTES);
	if (first) {
		listing_add_row(&b, heads, ARRAY_LEN(heads), csv);
		if (!csv)
			listing_add_rule(&b, ARRAY_LEN(heads));
	}
	for (size_t i = 0; i < ARRAY_LEN(heads); i++) {
		cells[i] = json_text(json_at(entry, heads[i]));
		if (cells[i].len == 0)
			cells[i] = json_text(json_at(source, heads[i]));
	}
	listing_add_row(&b, cells, ARRAY_LEN(heads), csv);
	fwrite(b.data, 1, b.len, stdout);
	buf_fini(&b);
}

/* For a program the text is whole; a window gets one line, with room for the text. */
static void
print_match_text(const struct screen *s, const json_t *entry)
{
	bool narrow = s->window && s->width < ROOMY_WIDTH;
	size_t rule = narrow ? 18 : 24, pod = narrow ? 14 : 28;
	size_t used = AT_WIDTH + rule + 1 + pod + 1;
	size_t left = s->width > used + TEXT_MIN ? s->width - used : TEXT_MIN;
	struct buf b;

	buf_init(&b, 256);
	screen_time(s, &b, json_member_text(entry, "at"), true);
	screen_cell(s, SHADE_DIM, buf_str(&b), AT_WIDTH);
	screen_cell(s, SHADE_BOLD, json_member_text(entry, "rule"), rule);
	fputc(' ', s->out);
	screen_cell(
		s, SHADE_DIM, json_member_text(json_member(entry, "source"), "pod"), pod);
	fputc(' ', s->out);
	screen_text(s, SHADE_NONE, headline(json_member_text(entry, "text")),
		s->window ? left : SIZE_MAX);
	fputc('\n', s->out);
	buf_fini(&b);
}

/* Text and rows are for people: few, by way of the object. */
static void
print_object(const struct screen *s, enum output output, const struct line *l, bool first)
{
	json_t *entry = report_entry(&l->entry);

	if (output == OUTPUT_TEXT)
		print_match_text(s, entry);
	else
		print_match_row(entry, output == OUTPUT_CSV, first);
	json_decref(entry);
}

static void
print_json(struct entry_writer *w, struct buf *b, enum output output,
	const struct line *l, bool first)
{
	buf_reset(b);
	if (output == OUTPUT_JSON)
		buf_add(b, first ? STR("[") : STR(",\n "));
	entry_write(w, b, &l->entry);
	if (output == OUTPUT_NDJSON)
		buf_add_char(b, '\n');
	fwrite(b->data, 1, b->len, stdout);
}

int
matches_print(struct batch *b, const struct ruleset *rs, const struct options *o)
{
	bool json = o->output == OUTPUT_JSON || o->output == OUTPUT_NDJSON;
	struct entry_writer *w = entry_writer_new();
	struct screen screen;
	struct line line;
	const struct match *m;
	struct buf text;
	uint64_t n = 0;
	int got;

	if (w == NULL)
		return place_fail("matches", -ENOMEM);
	buf_init(&text, REPORT_BYTES);
	screen_init(&screen, o, stdout);
	while ((got = batch_next_match(b, &m)) == 1) {
		init_line(&line, m, rs, batch_sources(b));
		if (json)
			print_json(w, &text, o->output, &line, n++ == 0);
		else
			print_object(&screen, o->output, &line, n++ == 0);
	}
	buf_fini(&text);
	entry_writer_free(&w);
	if (o->output == OUTPUT_JSON)
		fputs(n == 0 ? "[]\n" : "]\n", stdout);
	if (got < 0)
		return place_fail("matches", got);
	return n > 0 ? EXIT_FOUND : 0;
}
