/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/draw.h"

#include <inttypes.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/headline.h"

#define BAR_WIDTH 16
#define RULE_MAX  26
#define WHERE_MAX 26

static int64_t
at_of(const json_t *entry, const char *key_z)
{
	struct str text = json_member_text(entry, key_z);
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

void
draw_table_head(const struct screen *s)
{
	fputs("  ", s->out);
	screen_cell(s, SHADE_DIM, STR("LEVEL"), 9);
	screen_cell(s, SHADE_DIM, STR("STATE"), 10);
	screen_cell(s, SHADE_DIM, STR("SINCE"), 21);
	screen_cell(s, SHADE_DIM, STR("LASTED"), 9);
	screen_cell(s, SHADE_DIM, STR("INCIDENT"), 18);
	screen_text(s, SHADE_DIM, STR("WHAT"), 10);
	fputc('\n', s->out);
}

void
draw_table_row(const struct screen *s, const json_t *incident)
{
	struct str level = json_member_text(incident, "level");
	struct buf b;

	buf_init(&b, 1024);
	fputs(screen_level_mark_z(s, level), s->out);
	fputc(' ', s->out);
	screen_cell(s, screen_level_shade(level), level, 9);
	screen_cell(s, state_shade(json_member_text(incident, "state")),
		json_member_text(incident, "state"), 10);
	screen_time(s, &b, json_member_text(incident, "first_at"), true);
	screen_cell(s, SHADE_NONE, buf_str(&b), 21);
	buf_reset(&b);
	add_span(&b, at_of(incident, "first_at"), at_of(incident, "last_at"));
	screen_cell(s, SHADE_NONE, buf_str(&b), 9);
	screen_cell(s, SHADE_DIM, json_member_text(incident, "id"), 18);
	buf_reset(&b);
	if (json_member_text(incident, "explained_by").len > 0)
		buf_printf(&b, "explained by %.*s: ",
			STR_ARG(json_member_text(incident, "explained_by")));
	buf_add(&b, json_member_text(incident, "title"));
	screen_text(s, SHADE_BOLD, buf_str(&b), s->width > 80 ? s->width - 72 : 40);
	fputc('\n', s->out);
	buf_fini(&b);
}

/* A line of a timeline: one entry, or several equal ones folded. */
struct line {
	json_t *entry;
	int64_t at_ns, last_ns;
	int64_t count;
};

static void
where_text(const json_t *entry, struct buf *b)
{
	const json_t *source = json_member(entry, "source");
	struct str pod = json_member_text(source, "pod");
	struct str service = json_member_text(source, "service");

	if (pod.len == 0)
		pod = service;
	if (pod.len == 0)
		pod = json_member_text(source, "file");
	buf_add(b, pod);
}

/* Background: the hundredth slow answer in a row says no more than the first. */
static bool
is_background(json_t *entry)
{
	return str_eq(json_member_text(entry, "level"), STR("informational")) &&
	       json_member(entry, "order_id") == NULL;
}

static bool
folds(const struct line *l, json_t *entry)
{
	return str_eq(json_member_text(l->entry, "rule"),
		       json_member_text(entry, "rule")) &&
	       (is_background(entry) || str_eq(json_member_text(l->entry, "text"),
						json_member_text(entry, "text"))) &&
	       json_equal(json_at(json_member(l->entry, "source"), STR("pod")),
		       json_at(json_member(entry, "source"), STR("pod")));
}

/* Where in the whole span this line stands, with the level's mark. */
static void
draw_bar(const struct screen *s, const struct line *l, int64_t from_ns, int64_t to_ns)
{
	struct str level = json_member_text(l->entry, "level");
	int64_t span = to_ns > from_ns ? to_ns - from_ns : 1;
	int64_t a = (l->at_ns - from_ns) / (span / (BAR_WIDTH - 1) + 1);
	int64_t b = (l->last_ns - from_ns) / (span / (BAR_WIDTH - 1) + 1);

	fputs(s->utf8 ? "│" : "|", s->out);
	for (int64_t i = 0; i < BAR_WIDTH; i++) {
		if (i == a)
			screen_text(s, screen_level_shade(level),
				str_z(screen_level_mark_z(s, level)), 1);
		else if (i > a && i <= b)
			fputs(s->utf8 ? "─" : "-", s->out);
		else
			fputc(' ', s->out);
	}
	fputs(s->utf8 ? "│ " : "| ", s->out);
}

struct widths {
	size_t rule, where;
};

static void
draw_line(const struct screen *s, const struct line *l, int64_t from_ns, int64_t to_ns,
	struct widths w)
{
	struct buf b;
	size_t used = 12 + 2 + 9 + BAR_WIDTH + 3 + w.rule + 1 + w.where + 1;
	char times[32] = "";

	buf_init(&b, 4096);
	screen_time(s, &b, json_member_text(l->entry, "at"), false);
	screen_cell(s, SHADE_NONE, buf_str(&b), 14);
	buf_reset(&b);
	buf_add_char(&b, '+');
	time_format_duration(&b, l->at_ns - from_ns);
	screen_cell(s, SHADE_DIM, buf_str(&b), 9);
	draw_bar(s, l, from_ns, to_ns);
	screen_cell(s, screen_level_shade(json_member_text(l->entry, "level")),
		json_member_text(l->entry, "rule"), w.rule);
	fputc(' ', s->out);
	buf_reset(&b);
	where_text(l->entry, &b);
	screen_cell(s, SHADE_DIM, buf_str(&b), w.where);
	fputc(' ', s->out);
	if (l->count > 1)
		snprintf(times, sizeof(times),
			s->utf8 ? "×%" PRId64 " " : "x%" PRId64 " ", l->count);
	screen_text(s, SHADE_YELLOW, str_z(times), sizeof(times));
	used += screen_columns(str_z(times));
	screen_text(s, SHADE_NONE, headline(json_member_text(l->entry, "text")),
		s->width > used + 20 ? s->width - used : 20);
	fputc('\n', s->out);
	buf_fini(&b);
}

static struct widths
find_widths(json_t *entries)
{
	struct widths w = { 4, 4 };
	struct buf b;
	size_t i;
	json_t *e;

	buf_init(&b, 4096);
	json_array_foreach(entries, i, e)
	{
		size_t rule = screen_columns(json_member_text(e, "rule"));
		size_t where;

		buf_reset(&b);
		where_text(e, &b);
		where = screen_columns(buf_str(&b));
		w.rule = rule > w.rule ? rule : w.rule;
		w.where = where > w.where ? where : w.where;
	}
	buf_fini(&b);
	w.rule = w.rule > RULE_MAX ? RULE_MAX : w.rule;
	w.where = w.where > WHERE_MAX ? WHERE_MAX : w.where;
	return w;
}

static void
draw_gaps(const struct screen *s, const json_t *gaps)
{
	size_t i;
	json_t *g;

	json_array_foreach(gaps, i, g)
	{
		struct buf b;

		buf_init(&b, 4096);
		buf_printf(&b, "gap: %.*s: %.*s", STR_ARG(json_member_text(g, "source")),
			STR_ARG(json_member_text(g, "reason")));
		if (json_i64(json_member(g, "n"), 0) > 0)
			buf_printf(
				&b, " (%" PRId64 ")", json_i64(json_member(g, "n"), 0));
		fputs("  ", s->out);
		screen_text(s, SHADE_YELLOW, buf_str(&b), s->width - 2);
		fputc('\n', s->out);
		buf_fini(&b);
	}
}

void
draw_timeline(const struct screen *s, json_t *entries, const json_t *gaps)
{
	size_t n = json_array_size(entries);
	int64_t from_ns, to_ns;
	struct widths w = find_widths(entries);
	struct line line = { 0 };

	if (n == 0)
		return;
	from_ns = at_of(json_array_get(entries, 0), "at");
	to_ns = at_of(json_array_get(entries, n - 1), "at");
	for (size_t i = 0; i < n; i++) {
		json_t *e = json_array_get(entries, i);
		int64_t at_ns = at_of(e, "at");
		int64_t count = json_i64(json_member(e, "count"), 1);

		if (line.entry != NULL && folds(&line, e)) {
			line.last_ns = at_ns;
			line.count += count;
			continue;
		}
		if (line.entry != NULL)
			draw_line(s, &line, from_ns, to_ns, w);
		line = (struct line){ e, at_ns, at_ns, count };
	}
	draw_line(s, &line, from_ns, to_ns, w);
	draw_gaps(s, gaps);
}

static void
label(const struct screen *s, struct str name)
{
	fputs("  ", s->out);
	screen_cell(s, SHADE_DIM, name, 12);
}

static void
draw_when(const struct screen *s, const json_t *i)
{
	struct buf b;

	buf_init(&b, 1024);
	screen_time(s, &b, json_member_text(i, "first_at"), true);
	buf_add(&b, STR(" to "));
	screen_time(s, &b, json_member_text(i, "last_at"), true);
	buf_add(&b, STR(" ("));
	add_span(&b, at_of(i, "first_at"), at_of(i, "last_at"));
	buf_add_char(&b, ')');
	if (json_member_text(i, "resolved_at").len > 0) {
		buf_add(&b, STR(", resolved "));
		screen_time(s, &b, json_member_text(i, "resolved_at"), true);
	} else
		buf_add(&b, STR(", still open"));
	label(s, STR("when"));
	screen_text(s, SHADE_NONE, buf_str(&b), s->width - 14);
	fputc('\n', s->out);
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
	buf_printf(&b, "%" PRId64 " orders", orders);
	if (customers > 0)
		buf_printf(&b, ", %" PRId64 " customers", customers);
	if (cents > 0)
		buf_printf(&b, ", %" PRId64 ".%02" PRId64, cents / 100, cents % 100);
	label(s, STR("hits"));
	screen_text(s, SHADE_NONE, buf_str(&b), s->width - 14);
	fputc('\n', s->out);
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
		label(s, k == 0 ? STR("suspected") : STR(""));
		screen_text(s, SHADE_YELLOW, buf_str(&b), s->width - 14);
		fputc('\n', s->out);
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
	label(s, STR("explained"));
	screen_text(s, SHADE_NONE, buf_str(&b), s->width - 14);
	fputc('\n', s->out);
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
		label(s, k == 0 ? STR("explains") : STR(""));
		screen_text(s, SHADE_NONE, buf_str(&b), s->width - 14);
		fputc('\n', s->out);
		buf_fini(&b);
	}
}

static void
draw_note(const struct screen *s, const json_t *i, const char *key_z)
{
	struct str text = json_member_text(i, key_z);

	if (text.len == 0)
		return;
	label(s, str_z(key_z));
	screen_text(s, SHADE_NONE, text, s->width - 14);
	fputc('\n', s->out);
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
	struct buf b;
	size_t gaps = json_array_size(json_member(c, "gaps"));
	int64_t open = json_i64(json_member(c, "not_judged"), 0);

	buf_init(&b, 1024);
	if (json_member_text(c, "from").len > 0) {
		buf_add(&b, STR("complete from "));
		screen_time(s, &b, json_member_text(c, "from"), true);
		buf_add(&b, STR(" to "));
		screen_time(s, &b, json_member_text(c, "to"), true);
	} else
		buf_add(&b, STR("nothing with a time was read"));
	if (gaps > 0)
		buf_printf(&b, ", except %zu gap%s", gaps, gaps == 1 ? "" : "s");
	if (open > 0)
		buf_printf(&b,
			"; %" PRId64 " not judged: the input ends before their time",
			open);
	screen_text(s, gaps > 0 ? SHADE_YELLOW : SHADE_DIM, buf_str(&b), s->width);
	fputc('\n', s->out);
	buf_fini(&b);
	draw_gaps(s, json_member(c, "gaps"));
}

void
draw_incident(const struct screen *s, const json_t *i)
{
	struct str level = json_member_text(i, "level");
	struct buf b;

	buf_init(&b, 1024);
	fprintf(s->out, "%s ", screen_level_mark_z(s, level));
	screen_text(s, SHADE_BOLD, json_member_text(i, "title"), s->width - 2);
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
	draw_explained_by(s, i);
	draw_explains(s, i);
	draw_note(s, i, "remediation");
	draw_note(s, i, "runbook");
	draw_links(s, i);
	fputc('\n', s->out);
	draw_timeline(s, json_member(i, "timeline"), NULL);
	draw_complete(s, json_member(i, "complete"));
	buf_fini(&b);
}
