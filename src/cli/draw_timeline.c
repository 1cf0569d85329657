/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/time.h"
#include "cli/draw.h"
#include "cli/headline.h"

#define AT_WIDTH    ((size_t)14)
#define SINCE_WIDTH ((size_t)9)
#define BAR_WIDTH   ((size_t)16)
#define RULE_MAX    26
#define WHERE_MAX   26
#define WHERE_MIN   14
#define TEXT_WANTED 36
#define TEXT_MIN    20

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
	int64_t a = (l->at_ns - from_ns) / (span / (int64_t)(BAR_WIDTH - 1) + 1);
	int64_t b = (l->last_ns - from_ns) / (span / (int64_t)(BAR_WIDTH - 1) + 1);

	fputs(s->utf8 ? "│" : "|", s->out);
	for (int64_t i = 0; i < (int64_t)BAR_WIDTH; i++) {
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

/* The columns of a timeline in a window; what is 0 or false is left out. */
struct columns {
	size_t rule, where;
	bool since, bar;
};

static size_t
width_of(const struct columns *c)
{
	return AT_WIDTH + (c->since ? SINCE_WIDTH : 0) + (c->bar ? BAR_WIDTH + 3 : 0) +
	       c->rule + 1 + (c->where > 0 ? c->where + 1 : 0);
}

static size_t
room(const struct screen *s, const struct columns *c)
{
	size_t used = width_of(c);

	return s->width > used + TEXT_MIN ? s->width - used : TEXT_MIN;
}

static void
draw_line(const struct screen *s, const struct line *l, int64_t from_ns, int64_t to_ns,
	const struct columns *c)
{
	size_t left = room(s, c);
	char times[32] = "";
	struct buf b;

	buf_init(&b, 4096);
	screen_time(s, &b, json_member_text(l->entry, "at"), false);
	screen_cell(s, SHADE_NONE, buf_str(&b), AT_WIDTH);
	buf_reset(&b);
	buf_add_char(&b, '+');
	time_format_duration(&b, l->at_ns - from_ns);
	if (c->since)
		screen_cell(s, SHADE_DIM, buf_str(&b), SINCE_WIDTH);
	if (c->bar)
		draw_bar(s, l, from_ns, to_ns);
	screen_cell(s, screen_level_shade(json_member_text(l->entry, "level")),
		json_member_text(l->entry, "rule"), c->rule);
	fputc(' ', s->out);
	buf_reset(&b);
	where_text(l->entry, &b);
	if (c->where > 0) {
		screen_cell(s, SHADE_DIM, buf_str(&b), c->where);
		fputc(' ', s->out);
	}
	if (l->count > 1)
		snprintf(times, sizeof(times),
			s->utf8 ? "×%" PRId64 " " : "x%" PRId64 " ", l->count);
	screen_text(s, SHADE_YELLOW, str_z(times), sizeof(times));
	screen_text(s, SHADE_NONE, headline(json_member_text(l->entry, "text")),
		left - screen_columns(str_z(times)));
	fputc('\n', s->out);
	buf_fini(&b);
}

/* All entries are of one place: it is said once, above them. */
static bool
draw_place(const struct screen *s, json_t *entries)
{
	struct buf first, other;
	bool same = true;
	size_t i;
	json_t *e;

	buf_init(&first, 4096);
	buf_init(&other, 4096);
	json_array_foreach(entries, i, e)
	{
		buf_reset(i == 0 ? &first : &other);
		where_text(e, i == 0 ? &first : &other);
		same = same && (i == 0 || str_eq(buf_str(&first), buf_str(&other)));
	}
	if (same && i > 1 && first.len > 0) {
		fputs("all of ", s->out);
		screen_text(s, SHADE_NONE, buf_str(&first), s->width - 7);
		fputc('\n', s->out);
	}
	same = same && (i > 1 || first.len == 0);
	buf_fini(&first);
	buf_fini(&other);
	return same;
}

static void
widen(size_t *width, size_t to, size_t max)
{
	*width = to > *width ? to : *width;
	*width = *width > max ? max : *width;
}

/* In a narrow window the text, which says most, is given the room of other columns. */
static struct columns
find_columns(const struct screen *s, json_t *entries, bool with_where)
{
	struct columns c = { .rule = 4, .since = true, .bar = true };
	struct buf b;
	size_t i;
	json_t *e;

	buf_init(&b, 4096);
	json_array_foreach(entries, i, e)
	{
		widen(&c.rule, screen_columns(json_member_text(e, "rule")), RULE_MAX);
		buf_reset(&b);
		where_text(e, &b);
		if (with_where)
			widen(&c.where, screen_columns(buf_str(&b)), WHERE_MAX);
	}
	buf_fini(&b);
	c.bar = s->width >= width_of(&c) + TEXT_WANTED;
	if (c.where > WHERE_MIN && s->width < width_of(&c) + TEXT_WANTED)
		c.where = WHERE_MIN;
	c.since = s->width >= width_of(&c) + TEXT_MIN;
	return c;
}

static void
add_day(const struct screen *s, int64_t at_ns, struct buf *b)
{
	struct buf full;

	buf_init(&full, 64);
	screen_at(s, &full, at_ns, true);
	buf_add(b, str_sub(buf_str(&full), 0, strlen("2025-10-28")));
	buf_fini(&full);
}

/* A line of its own where the day of at_ns is not the one told last. */
static void
draw_day(const struct screen *s, int64_t at_ns, struct buf *told)
{
	struct buf day;

	buf_init(&day, 64);
	add_day(s, at_ns, &day);
	if (!str_eq(buf_str(&day), buf_str(told))) {
		screen_text(s, SHADE_DIM, buf_str(&day), SIZE_MAX);
		fputc('\n', s->out);
		buf_reset(told);
		buf_add(told, buf_str(&day));
	}
	buf_fini(&day);
}

static void
draw_lines(
	const struct screen *s, json_t *entries, const struct columns *c, struct buf *day)
{
	size_t n = json_array_size(entries);
	int64_t from_ns = draw_at(json_array_get(entries, 0), "at");
	int64_t to_ns = draw_at(json_array_get(entries, n - 1), "at");
	struct line line = { 0 };

	for (size_t i = 0; i < n; i++) {
		json_t *e = json_array_get(entries, i);
		int64_t at_ns = draw_at(e, "at");
		int64_t count = json_i64(json_member(e, "count"), 1);

		if (line.entry != NULL && folds(&line, e)) {
			line.last_ns = at_ns;
			line.count += count;
			continue;
		}
		if (line.entry != NULL)
			draw_line(s, &line, from_ns, to_ns, c);
		draw_day(s, at_ns, day);
		line = (struct line){ e, at_ns, at_ns, count };
	}
	draw_line(s, &line, from_ns, to_ns, c);
}

void
draw_timeline(const struct screen *s, json_t *entries, int64_t told_ns)
{
	struct columns c;
	struct buf day;

	if (json_array_size(entries) == 0)
		return;
	c = find_columns(s, entries, !draw_place(s, entries));
	buf_init(&day, 64);
	add_day(s, told_ns, &day);
	draw_lines(s, entries, &c, &day);
	buf_fini(&day);
}
