/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/draw.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/headline.h"
#include "rules/ruleset.h"

#define LABEL_WIDTH 14 /* "  remediation " */
#define FACT_LINES  8
#define ID_WIDTH    16
#define TABLE_WIDTH 69 /* of a line of the table, without its title */
#define TITLE_MIN   30 /* narrower, and the title has a line of its own */

int64_t
draw_at(const json_t *v, const char *key_z)
{
	struct str text = json_member_text(v, key_z);
	int64_t at_ns;

	return time_parse(&text, NULL, &at_ns) ? at_ns : TIME_NONE;
}

static void
add_span(struct buf *b, int64_t from_ns, int64_t to_ns)
{
	if (from_ns == TIME_NONE || to_ns == TIME_NONE)
		return;
	time_format_duration(b, to_ns - from_ns);
}

static void
key_text(const json_t *incident, struct buf *b)
{
	const char *name_z;
	json_t *v;
	bool first = true;

	json_object_foreach(json_member(incident, "key"), name_z, v)
	{
		(void)name_z;
		if (!first)
			buf_add_char(b, '/');
		buf_add(b, json_text(v));
		first = false;
	}
}

static enum shade
state_shade(struct str state)
{
	return str_eq(state, STR("open")) ? SHADE_RED : SHADE_GREEN;
}

/* The title has room behind the other columns. */
static bool
is_roomy(const struct screen *s)
{
	return s->width >= TABLE_WIDTH + TITLE_MIN;
}

/* One line for a program, whole; for a window in as many lines as it takes. */
static void
draw_title(const struct screen *s, struct str title)
{
	bool below = s->window && !is_roomy(s);

	fputs(below ? "\n  " : "  ", s->out);
	if (s->window)
		screen_paragraph(s, SHADE_BOLD, title, below ? 2 : TABLE_WIDTH, 3);
	else
		screen_text(s, SHADE_BOLD, title, SIZE_MAX);
	fputc('\n', s->out);
}

void
draw_table_head(const struct screen *s)
{
	fputs("  ", s->out);
	screen_cell(s, SHADE_DIM, STR("LEVEL"), 9);
	screen_cell(s, SHADE_DIM, STR("STATE"), 10);
	screen_cell(s, SHADE_DIM, STR("SINCE"), 21);
	screen_cell(s, SHADE_DIM, STR("LASTED"), 9);
	screen_text(s, SHADE_DIM, STR("INCIDENT"), ID_WIDTH);
	if (is_roomy(s)) {
		fputs("          ", s->out);
		screen_text(s, SHADE_DIM, STR("WHAT"), TITLE_MIN);
	}
	fputc('\n', s->out);
}

/* As report_head() says it, to the millisecond. */
static int64_t
told_at(int64_t at_ns)
{
	int64_t rest = at_ns % TIME_MS;

	return at_ns == TIME_NONE ? at_ns : at_ns - rest - (rest < 0 ? TIME_MS : 0);
}

void
draw_table_row(const struct screen *s, const struct incident_row *row, int64_t now_ns)
{
	bool known = row->level > LEVEL_NONE && row->level <= LEVEL_CRITICAL;
	bool open = str_eq(row->state, STR("open"));
	struct str level = known ? level_names[row->level] : STR("");
	struct buf b;

	buf_init(&b, 4096);
	fputs(screen_level_mark_z(s, level), s->out);
	fputc(' ', s->out);
	screen_cell(s, screen_level_shade(level), level, 9);
	screen_cell(s, state_shade(row->state), row->state, 10);
	screen_at(s, &b, told_at(row->first_ns), true);
	screen_cell(s, SHADE_NONE, buf_str(&b), 21);
	buf_reset(&b);
	add_span(&b, told_at(row->first_ns),
		told_at(open ? time_later(row->last_ns, now_ns) : row->last_ns));
	screen_cell(s, SHADE_NONE, buf_str(&b), 9);
	screen_text(s, SHADE_DIM, row->id, ID_WIDTH);
	buf_reset(&b);
	if (row->explained_by.len > 0)
		buf_printf(&b, "explained by %.*s: ", STR_ARG(row->explained_by));
	buf_add_mended(&b, row->title); /* as in JSON */
	draw_title(s, buf_str(&b));
	buf_fini(&b);
}

/* What is missing: where, the reason, and what it means. */
static void
draw_gap(const struct screen *s, const json_t *g)
{
	struct str source = json_member_text(g, "source");
	int64_t n = json_i64(json_member(g, "n"), 0);
	struct buf b;

	buf_init(&b, 4096);
	buf_add(&b, STR("gap: "));
	if (source.len > 0 && !str_eq(source, STR("-")))
		buf_printf(&b, "%.*s: ", STR_ARG(source));
	buf_add(&b, json_member_text(g, "reason"));
	if (json_member_text(g, "detail").len > 0)
		buf_printf(&b, ": %.*s", STR_ARG(json_member_text(g, "detail")));
	if (n > 0)
		buf_printf(&b, " (%" PRId64 ")", n);
	fputs("  ", s->out);
	screen_paragraph(s, SHADE_YELLOW, buf_str(&b), 4, 3);
	fputc('\n', s->out);
	buf_fini(&b);
}

static void
label(const struct screen *s, struct str name)
{
	fputs("  ", s->out);
	screen_cell(s, SHADE_DIM, name, LABEL_WIDTH - 2);
}

/* A fact below the title: its name, and as many lines as it takes up to a limit. */
static void
fact(const struct screen *s, struct str name, enum shade shade, struct str text)
{
	label(s, name);
	screen_paragraph(s, shade, text, LABEL_WIDTH, FACT_LINES);
	fputc('\n', s->out);
}

/* The date is said once where it is the same. */
static void
add_until(const struct screen *s, struct buf *b, const json_t *i, const char *key_z)
{
	struct buf first, other;
	size_t date = strlen("2025-10-28 ");

	buf_init(&first, 64);
	buf_init(&other, 64);
	screen_time(s, &first, json_member_text(i, "first_at"), true);
	screen_time(s, &other, json_member_text(i, key_z), true);
	if (str_eq(str_sub(buf_str(&first), 0, date), str_sub(buf_str(&other), 0, date)))
		buf_add(b, str_sub(buf_str(&other), date, other.len));
	else
		buf_add(b, buf_str(&other));
	buf_fini(&first);
	buf_fini(&other);
}

static void
draw_when(const struct screen *s, const json_t *i)
{
	int64_t now_ns = draw_at(json_member(i, "complete"), "to");
	struct buf b;

	buf_init(&b, 1024);
	screen_time(s, &b, json_member_text(i, "first_at"), true);
	buf_add(&b, STR(" to "));
	add_until(s, &b, i, "last_at");
	buf_add_char(&b, ' ');
	screen_zone(s, &b, json_member_text(i, "first_at"));
	buf_add(&b, STR(" ("));
	add_span(&b, draw_at(i, "first_at"), draw_at(i, "last_at"));
	buf_add_char(&b, ')');
	if (json_member_text(i, "resolved_at").len > 0) {
		buf_add(&b, STR(", resolved "));
		add_until(s, &b, i, "resolved_at");
	} else {
		buf_add(&b, STR(", still open"));
		if (now_ns != TIME_NONE)
			buf_add(&b, STR(" after "));
		add_span(&b, draw_at(i, "first_at"), now_ns);
	}
	fact(s, STR("when"), SHADE_NONE, buf_str(&b));
	buf_fini(&b);
}

static void
draw_impact(const struct screen *s, const json_t *i)
{
	const json_t *impact = json_member(i, "impact");
	int64_t orders = json_i64(json_member(impact, "orders"), 0);
	int64_t customers = json_i64(json_member(impact, "customers"), 0);
	int64_t cents = json_i64(json_member(impact, "amount_cents"), 0);
	struct buf b;

	if (orders == 0 && customers == 0 && cents == 0)
		return;
	buf_init(&b, 256);
	buf_add_count(&b, orders, "order");
	if (customers > 0) {
		buf_add(&b, STR(" of "));
		buf_add_count(&b, customers, "customer");
	}
	if (cents > 0)
		buf_printf(
			&b, ", worth %" PRId64 ".%02" PRId64, cents / 100, cents % 100);
	fact(s, STR("hits"), SHADE_NONE, buf_str(&b));
	buf_fini(&b);
}

/* How many causes from k on say the same; those before k that did are told already. */
static size_t
same_causes(json_t *causes, size_t k)
{
	json_t *c = json_array_get(causes, k);
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(causes); i++) {
		json_t *other = json_array_get(causes, i);
		bool same = str_eq(json_member_text(c, "rule"),
				    json_member_text(other, "rule")) &&
			    str_eq(json_member_text(c, "text"),
				    json_member_text(other, "text"));

		if (same && i < k)
			return 0;
		n += same;
	}
	return n;
}

static void
draw_causes(const struct screen *s, const json_t *i)
{
	json_t *causes = json_member(i, "causes");
	size_t k;
	json_t *c;

	json_array_foreach(causes, k, c)
	{
		size_t n = same_causes(causes, k);
		struct buf b;

		if (n == 0)
			continue;
		buf_init(&b, 4096);
		screen_time(s, &b, json_member_text(c, "at"), false);
		buf_printf(&b, " %.*s: ", STR_ARG(json_member_text(c, "rule")));
		if (n > 1)
			buf_printf(&b, s->utf8 ? "×%zu " : "x%zu ", n);
		buf_add(&b, headline(json_member_text(c, "text")));
		fact(s, k == 0 ? STR("suspected") : STR(""), SHADE_YELLOW, buf_str(&b));
		buf_fini(&b);
	}
}

static void
draw_explained_by(const struct screen *s, const json_t *i)
{
	struct buf b;

	if (json_member_text(i, "explained_by").len == 0)
		return;
	buf_init(&b, 256);
	buf_printf(&b, "by %.*s%s", STR_ARG(json_member_text(i, "explained_by")),
		json_is_true(json_member(i, "muted")) ? ", so no finding is told" : "");
	fact(s, STR("explained"), SHADE_NONE, buf_str(&b));
	buf_fini(&b);
}

static void
draw_folded(const struct screen *s, const json_t *i)
{
	struct buf b;

	if (json_member_text(i, "superseded_by").len == 0)
		return;
	buf_init(&b, 256);
	buf_printf(&b, "into %.*s", STR_ARG(json_member_text(i, "superseded_by")));
	fact(s, STR("folded"), SHADE_NONE, buf_str(&b));
	buf_fini(&b);
}

static void
draw_explains(const struct screen *s, const json_t *i)
{
	json_t *list = json_member(i, "explains");
	size_t k;
	json_t *e;

	json_array_foreach(list, k, e)
	{
		struct buf b;

		buf_init(&b, 4096);
		buf_printf(&b, "%.*s %.*s", STR_ARG(json_member_text(e, "id")),
			STR_ARG(json_member_text(e, "title")));
		fact(s, k == 0 ? STR("explains") : STR(""), SHADE_NONE, buf_str(&b));
		buf_fini(&b);
	}
}

static void
draw_note(const struct screen *s, const json_t *i, const char *key_z)
{
	struct str text = json_member_text(i, key_z);

	if (text.len > 0)
		fact(s, str_z(key_z), SHADE_NONE, text);
}

/* The newest of each destination; it is for copying, so it is not cut. */
static void
draw_links(const struct screen *s, const json_t *i)
{
	const json_t *list = json_member(i, "links");

	for (size_t k = 0; k < json_array_size(list); k++) {
		const json_t *link = json_array_get(list, k);
		struct str name = json_member_text(link, "destination");

		if (str_eq(name,
			    json_member_text(json_array_get(list, k + 1), "destination")))
			continue;
		label(s, name);
		screen_text(s, SHADE_NONE, json_member_text(link, "url"), SIZE_MAX);
		fputc('\n', s->out);
	}
}

void
draw_complete(const struct screen *s, const json_t *c)
{
	json_t *gaps = json_member(c, "gaps");
	int64_t n =
		(int64_t)json_array_size(gaps) + json_i64(json_member(c, "gaps_more"), 0);
	int64_t open = json_i64(json_member(c, "not_judged"), 0);
	struct buf b;
	size_t k;
	json_t *g;

	buf_init(&b, 1024);
	if (json_member_text(c, "from").len > 0) {
		buf_add(&b, STR("complete from "));
		screen_time(s, &b, json_member_text(c, "from"), true);
		buf_add(&b, STR(" to "));
		screen_time(s, &b, json_member_text(c, "to"), true);
		buf_add_char(&b, ' ');
		screen_zone(s, &b, json_member_text(c, "to"));
		buf_add(&b, n > 0 ? STR(", except ") : STR(""));
	} else {
		buf_add(&b, STR("nothing with a time was read"));
		buf_add(&b, n > 0 ? STR("; ") : STR(""));
	}
	if (n > 0)
		buf_add_count(&b, n, "gap");
	if (open > 0)
		buf_printf(&b,
			"; %" PRId64 " not judged: the input ends before their time",
			open);
	screen_paragraph(s, n > 0 ? SHADE_YELLOW : SHADE_DIM, buf_str(&b), 0, 3);
	fputc('\n', s->out);
	buf_fini(&b);
	json_array_foreach(gaps, k, g) draw_gap(s, g);
	if (n > (int64_t)json_array_size(gaps))
		fputs("  and more\n", s->out);
}

void
draw_incident(const struct screen *s, const json_t *i)
{
	struct str level = json_member_text(i, "level");
	struct buf b;

	buf_init(&b, 1024);
	fprintf(s->out, "%s ", screen_level_mark_z(s, level));
	screen_paragraph(s, SHADE_BOLD, json_member_text(i, "title"), 2, 3);
	fputs("\n  ", s->out);
	screen_text(s, screen_level_shade(level), level, 20);
	buf_printf(&b, " %.*s %.*s  ", STR_ARG(json_member_text(i, "state")),
		STR_ARG(json_member_text(i, "rule")));
	key_text(i, &b);
	buf_printf(&b, "  %.*s", STR_ARG(json_member_text(i, "id")));
	screen_text(s, SHADE_DIM, buf_str(&b), s->width - 12);
	fputc('\n', s->out);
	draw_when(s, i);
	draw_impact(s, i);
	draw_causes(s, i);
	draw_folded(s, i);
	draw_explained_by(s, i);
	draw_explains(s, i);
	draw_note(s, i, "remediation");
	draw_note(s, i, "runbook");
	draw_links(s, i);
	fputc('\n', s->out);
	draw_timeline(s, json_member(i, "timeline"), draw_at(i, "first_at"));
	draw_complete(s, json_member(i, "complete"));
	buf_fini(&b);
}
