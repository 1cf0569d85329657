/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lines are built one by one and added whole or not at all, so that no cut can fall into
 * an escape or leave the wrapper open.
 */
#include "output/note.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "base/json.h"
#include "output/body.h"
#include "output/links.h"

#define HEAD          "%%% \n"
#define TAIL          "\n %%%"
#define LINE_MAX_B    ((size_t)1200) /* of data in one line */
#define ENTRY_MAX     ((size_t)220)
#define ENTRIES_MAX   ((size_t)20)
#define CAUSES_MAX    ((size_t)5)
#define INCIDENTS_MAX ((size_t)10)
#define MORE_ROOM     ((size_t)48) /* kept for "… and N more" */
#define MARK          " …"

struct note {
	const struct note_form *form;
	struct buf *out;
	struct buf line;
	size_t room; /* of out, the wrapper's end left out */
};

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

static void
add_markdown(struct buf *b, struct str s)
{
	size_t percents = 0;

	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		percents = c == '%' ? percents + 1 : 0;
		if (percents == 3) {
			buf_add_char(b, ' ');
			percents = 1;
		}
		if (c != '\0' && strchr("~`*[]<\\", c) != NULL)
			buf_add_char(b, '\\');
		buf_add_char(b, is_control(c) ? ' ' : c);
	}
}

void
note_mrkdwn(struct buf *b, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.ptr[i];

		if (c == '&')
			buf_add(b, STR("&amp;"));
		else if (c == '<')
			buf_add(b, STR("&lt;"));
		else if (c == '>')
			buf_add(b, STR("&gt;"));
		else
			buf_add_char(b, is_control(c) ? ' ' : c);
	}
}

/* Text from outside for one line. */
static void
add_data(struct note *n, struct str s, size_t max)
{
	struct str cut = body_cut(s, max);

	if (n->form->style == NOTE_PLAIN) {
		note_plain(&n->line, s, max);
		return;
	}
	if (n->form->style == NOTE_DATADOG)
		add_markdown(&n->line, cut);
	else
		note_mrkdwn(&n->line, cut);
	if (cut.len < s.len)
		buf_add(&n->line, STR(MARK));
}

static void
add_member(struct note *n, const json_t *obj, const char *name_z)
{
	add_data(n, json_member_text(obj, name_z), LINE_MAX_B);
}

static int64_t
number(const json_t *obj, const char *name_z)
{
	return json_i64(json_member(obj, name_z), 0);
}

static void
add_amount(struct buf *b, const json_t *impact)
{
	int64_t cents = json_i64(json_member(impact, "amount_cents"), -1);

	if (cents >= 0)
		buf_printf(b, ", %" PRId64 ".%02" PRId64 " in amounts", cents / 100,
			cents % 100);
}

/* "4 orders, 2 customers, 349.93 in amounts" */
static void
add_impact(struct buf *b, const json_t *impact)
{
	buf_add_count(b, number(impact, "orders"), "order");
	buf_add(b, STR(", "));
	buf_add_count(b, number(impact, "customers"), "customer");
	add_amount(b, impact);
}

static bool
has_impact(const json_t *impact)
{
	return number(impact, "orders") > 0 || number(impact, "customers") > 0;
}

/* False: no room; nothing was added. Empties the line either way. */
static bool
put(struct note *n, size_t kept)
{
	bool fits = !buf_failed(&n->line) && n->room >= kept &&
		    n->out->len + n->line.len + 1 <= n->room - kept;

	if (fits) {
		buf_add(n->out, buf_str(&n->line));
		buf_add_char(n->out, '\n');
	}
	buf_reset(&n->line);
	return fits;
}

static void
put_bold(struct note *n, struct str s)
{
	struct str mark = STR("");

	if (n->form->style != NOTE_PLAIN)
		mark = n->form->style == NOTE_DATADOG ? STR("**") : STR("*");
	buf_add(&n->line, mark);
	add_data(n, s, LINE_MAX_B);
	buf_add(&n->line, mark);
	(void)put(n, 0);
	(void)put(n, 0);
}

static void
put_title(struct note *n, const struct parcel *p)
{
	struct buf title;

	buf_init(&title, 2 * LINE_MAX_B);
	note_title(p, LINE_MAX_B, &title);
	put_bold(n, buf_str(&title));
	buf_fini(&title);
}

static void
put_facts(struct note *n, const struct parcel *p)
{
	const json_t *finding = p->findings[0].body;
	const json_t *impact = json_member(finding, "impact");
	struct str resolved = json_member_text(finding, "resolved_at");

	if (p->is_group)
		buf_add(&n->line, STR("\nThe first: "));
	buf_printf(&n->line, "%" PRId64 " counted from ", number(finding, "count"));
	add_member(n, finding, "first_at");
	buf_add(&n->line, STR(" to "));
	add_member(n, finding, "last_at");
	if (resolved.len > 0) {
		buf_add(&n->line, STR(", resolved at "));
		add_data(n, resolved, ENTRY_MAX);
	}
	(void)put(n, 0);
	if (has_impact(impact)) {
		buf_add(&n->line, STR("\nImpact: "));
		add_impact(&n->line, impact);
		(void)put(n, 0);
	}
	if (json_member_text(finding, "superseded_by").len > 0) {
		buf_add(&n->line, STR("\nNow part of incident "));
		add_member(n, finding, "superseded_by");
		(void)put(n, 0);
	}
	if (json_member_text(finding, "explained_by").len > 0) {
		buf_add(&n->line, STR("\nExplained by incident "));
		add_member(n, finding, "explained_by");
		(void)put(n, 0);
	}
}

/* The head of a list; false: no room for it. */
static bool
put_heading(struct note *n, const char *what_z)
{
	buf_printf(
		&n->line, "\n%s:%s", what_z, n->form->style == NOTE_DATADOG ? "\n" : "");
	return put(n, MORE_ROOM);
}

static void
put_more(struct note *n, size_t left)
{
	if (left == 0)
		return;
	buf_printf(&n->line, "\n… and %zu more", left);
	(void)put(n, 0);
}

static void
add_entry(struct note *n, const json_t *entry, size_t number_from_1)
{
	const json_t *source = json_member(entry, "source");
	int64_t count = number(entry, "count");

	buf_printf(&n->line, "%zu. ", number_from_1);
	add_data(n, json_member_text(entry, "at"), ENTRY_MAX);
	buf_add_char(&n->line, ' ');
	add_data(n, json_member_text(entry, "rule"), ENTRY_MAX);
	if (json_member_text(source, "service").len > 0) {
		buf_add(&n->line, STR(" ("));
		add_data(n, json_member_text(source, "service"), ENTRY_MAX);
		buf_add_char(&n->line, ')');
	}
	buf_add(&n->line, STR(": "));
	add_data(n, json_member_text(entry, "text"), ENTRY_MAX);
	if (count > 1)
		buf_printf(&n->line, " (%" PRId64 " times)", count);
}

static void
put_list(struct note *n, const json_t *finding, const char *name_z, const char *more_z,
	const char *what_z, size_t max)
{
	const json_t *list = json_member(finding, name_z);
	size_t all = json_array_size(list);
	size_t done = 0;

	if (all == 0 || !put_heading(n, what_z))
		return;
	while (done < all && done < max) {
		add_entry(n, json_array_get(list, done), done + 1);
		if (!put(n, MORE_ROOM))
			break;
		done++;
	}
	put_more(n, all - done + (size_t)number(finding, more_z));
}

/* One of a list of incidents; false: no room for it. */
static bool
put_incident(struct note *n, const json_t *finding, size_t number_from_1)
{
	buf_printf(&n->line, "%zu. ", number_from_1);
	add_member(n, finding, "first_at");
	buf_add_char(&n->line, ' ');
	add_data(n, json_member_text(finding, "title"), ENTRY_MAX);
	return put(n, MORE_ROOM);
}

/* What is muted meanwhile is told here. */
static void
put_explained(struct note *n, const json_t *finding)
{
	const json_t *list = json_member(finding, "explains");
	size_t all = json_array_size(list), done = 0;

	if (all == 0 || !put_heading(n, "It explains"))
		return;
	while (done < all && done < INCIDENTS_MAX &&
		put_incident(n, json_array_get(list, done), done + 1))
		done++;
	put_more(n, all - done + (size_t)number(finding, "explains_more"));
}

static void
put_incidents(struct note *n, const struct parcel *p)
{
	size_t done = 0;

	if (!p->is_group || !put_heading(n, "Incidents"))
		return;
	while (done < p->n && done < INCIDENTS_MAX &&
		put_incident(n, p->findings[done].body, done + 1))
		done++;
	put_more(n, p->n - done);
}

static void
add_link(struct note *n, const char *name_z, struct str url)
{
	if (n->line.len > 1)
		buf_add(&n->line, STR(" | "));
	if (n->form->style == NOTE_DATADOG)
		buf_printf(&n->line, "[%s](%.*s)", name_z, STR_ARG(url));
	else if (n->form->style == NOTE_SLACK)
		buf_printf(&n->line, "<%.*s|%s>", STR_ARG(url), name_z);
	else
		buf_printf(&n->line, "%s: %.*s", name_z, STR_ARG(url));
}

static void
put_links(struct note *n, const json_t *finding)
{
	struct buf url;

	if (n->form->links == NULL)
		return;
	buf_init(&url, 2 * LINK_MAX);
	buf_add_char(&n->line, '\n');
	for (int i = 0; i < LINK_KINDS; i++) {
		buf_reset(&url);
		if (links_make(n->form->links, finding, (enum link_kind)i, &url))
			add_link(n, link_names_z[i], buf_str(&url));
	}
	if (n->line.len > 1)
		(void)put(n, 0);
	buf_reset(&n->line);
	buf_fini(&url);
}

/* Short things that must not fall to a long timeline. */
static void
put_advice(struct note *n, const json_t *finding)
{
	const json_t *complete = json_member(finding, "complete");
	size_t gaps = json_array_size(json_member(complete, "gaps"));

	if (json_member_text(finding, "remediation").len > 0) {
		buf_add(&n->line, STR("\nWhat to do: "));
		add_member(n, finding, "remediation");
		(void)put(n, 0);
	}
	if (json_member_text(finding, "runbook").len > 0) {
		buf_add(&n->line, STR("\nRunbook: "));
		add_member(n, finding, "runbook");
		(void)put(n, 0);
	}
	if (gaps > 0) {
		buf_add(&n->line, STR("\nNot complete: "));
		buf_add_count(&n->line, (int64_t)gaps, "gap");
		buf_add(&n->line, STR(" in what was read"));
		(void)put(n, 0);
	}
	put_links(n, finding);
	buf_add(&n->line, STR("\nMore: gumshoe show "));
	add_member(n, finding, "id");
	(void)put(n, 0);
}

void
note_write(const struct parcel *p, const struct note_form *form, struct buf *out)
{
	const json_t *finding = p->findings[0].body;
	bool wrapped = form->style == NOTE_DATADOG;
	struct note n = { .form = form,
		.out = out,
		.room = out->len + form->max - (wrapped ? sizeof(TAIL) - 1 : 0) };

	buf_init(&n.line, 4 * LINK_MAX + 4 * LINE_MAX_B);
	if (wrapped)
		buf_add(out, STR(HEAD));
	if (!form->no_title)
		put_title(&n, p);
	put_incidents(&n, p);
	put_facts(&n, p);
	put_explained(&n, finding);
	put_advice(&n, finding);
	put_list(&n, finding, "causes", "causes_more", "Suspected causes", CAUSES_MAX);
	put_list(&n, finding, "timeline", "timeline_more", "Timeline", ENTRIES_MAX);
	if (wrapped)
		buf_add(out, STR(TAIL));
	buf_fini(&n.line);
}

void
note_plain(struct buf *out, struct str s, size_t max)
{
	struct str cut = body_cut(s, max);

	for (size_t i = 0; i < cut.len; i++)
		buf_add_char(out, is_control(cut.ptr[i]) ? ' ' : cut.ptr[i]);
	if (cut.len < s.len)
		buf_add(out, STR(MARK));
}

void
note_title(const struct parcel *p, size_t max, struct buf *out)
{
	size_t start = out->len;

	if (p->is_group)
		buf_printf(out, "%zu incidents, %zu open: ", p->n, p->open);
	if (out->len - start + sizeof(MARK) <= max)
		note_plain(out, json_member_text(p->findings[0].body, "title"),
			max - (out->len - start) - sizeof(MARK));
}

void
note_line(const json_t *finding, struct buf *out)
{
	const json_t *impact = json_member(finding, "impact");

	note_plain(out, json_member_text(finding, "kind"), ENTRY_MAX);
	buf_add(out, STR(": "));
	note_plain(out, json_member_text(finding, "title"), LINE_MAX_B);
	buf_printf(out, ": %" PRId64 " counted from ", number(finding, "count"));
	note_plain(out, json_member_text(finding, "first_at"), ENTRY_MAX);
	buf_add(out, STR(" to "));
	note_plain(out, json_member_text(finding, "last_at"), ENTRY_MAX);
	if (has_impact(impact)) {
		buf_add(out, STR("; "));
		add_impact(out, impact);
	}
}
