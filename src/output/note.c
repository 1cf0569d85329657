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

#define HEAD        "%%% \n"
#define TAIL        "\n %%%"
#define LINE_MAX_B  ((size_t)1200) /* of data in one line */
#define ENTRY_MAX   ((size_t)220)
#define ENTRIES_MAX ((size_t)20)
#define CAUSES_MAX  ((size_t)5)
#define MORE_ROOM   ((size_t)48) /* kept for "… and N more" */

struct str
note_cut(struct str s, size_t max)
{
	size_t end = max;

	if (s.len <= max)
		return s;
	while (end > 0 && ((unsigned char)s.ptr[end] & 0xc0) == 0x80)
		end--;
	return str_sub(s, 0, end);
}

static bool
is_control(char c)
{
	return (unsigned char)c < 0x20 || c == 0x7f;
}

/* Text from outside for one line of markdown. */
static void
add_data(struct buf *b, struct str s, size_t max)
{
	struct str cut = note_cut(s, max);
	size_t percents = 0;

	for (size_t i = 0; i < cut.len; i++) {
		char c = cut.ptr[i];

		percents = c == '%' ? percents + 1 : 0;
		if (percents == 3) {
			buf_add_char(b, ' ');
			percents = 1;
		}
		if (c != '\0' && strchr("~`*[]<\\", c) != NULL)
			buf_add_char(b, '\\');
		buf_add_char(b, is_control(c) ? ' ' : c);
	}
	if (cut.len < s.len)
		buf_add(b, STR(" …"));
}

static void
add_member(struct buf *b, const json_t *obj, const char *name_z)
{
	add_data(b, json_member_text(obj, name_z), LINE_MAX_B);
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
	buf_printf(b, "%" PRId64 " orders, %" PRId64 " customers",
		number(impact, "orders"), number(impact, "customers"));
	add_amount(b, impact);
}

static bool
has_impact(const json_t *impact)
{
	return number(impact, "orders") > 0 || number(impact, "customers") > 0;
}

/* False: no room; nothing was added. Empties the line either way. */
static bool
put(struct buf *out, struct buf *line, size_t kept)
{
	size_t room = NOTE_MAX - (sizeof(TAIL) - 1) - kept;
	bool fits = !buf_failed(line) && out->len + line->len + 1 <= room;

	if (fits) {
		buf_add(out, buf_str(line));
		buf_add_char(out, '\n');
	}
	buf_reset(line);
	return fits;
}

static void
put_head(struct buf *out, struct buf *line, const json_t *finding)
{
	const json_t *impact = json_member(finding, "impact");
	struct str resolved = json_member_text(finding, "resolved_at");

	buf_add(line, STR("**"));
	add_member(line, finding, "title");
	buf_add(line, STR("**"));
	(void)put(out, line, 0);
	(void)put(out, line, 0);
	buf_printf(line, "%" PRId64 " counted from ", number(finding, "count"));
	add_member(line, finding, "first_at");
	buf_add(line, STR(" to "));
	add_member(line, finding, "last_at");
	if (resolved.len > 0) {
		buf_add(line, STR(", resolved at "));
		add_data(line, resolved, ENTRY_MAX);
	}
	(void)put(out, line, 0);
	if (has_impact(impact)) {
		buf_add(line, STR("\nImpact: "));
		add_impact(line, impact);
		(void)put(out, line, 0);
	}
	if (json_member_text(finding, "superseded_by").len > 0) {
		buf_add(line, STR("\nNow part of incident "));
		add_member(line, finding, "superseded_by");
		(void)put(out, line, 0);
	}
}

static void
add_entry(struct buf *line, const json_t *entry, size_t number_from_1)
{
	const json_t *source = json_member(entry, "source");
	int64_t count = number(entry, "count");

	buf_printf(line, "%zu. ", number_from_1);
	add_data(line, json_member_text(entry, "at"), ENTRY_MAX);
	buf_add_char(line, ' ');
	add_data(line, json_member_text(entry, "rule"), ENTRY_MAX);
	if (json_member_text(source, "service").len > 0) {
		buf_add(line, STR(" ("));
		add_data(line, json_member_text(source, "service"), ENTRY_MAX);
		buf_add_char(line, ')');
	}
	buf_add(line, STR(": "));
	add_data(line, json_member_text(entry, "text"), ENTRY_MAX);
	if (count > 1)
		buf_printf(line, " (%" PRId64 " times)", count);
}

static void
put_list(struct buf *out, struct buf *line, const json_t *list, const char *what_z,
	size_t max)
{
	size_t n = json_array_size(list);
	size_t done = 0;

	if (n == 0)
		return;
	buf_printf(line, "\n%s:\n", what_z);
	if (!put(out, line, MORE_ROOM))
		return;
	while (done < n && done < max) {
		add_entry(line, json_array_get(list, done), done + 1);
		if (!put(out, line, MORE_ROOM))
			break;
		done++;
	}
	if (done < n) {
		buf_printf(line, "\n… and %zu more", n - done);
		(void)put(out, line, 0);
	}
}

/* Short things that must not fall to a long timeline. */
static void
put_advice(struct buf *out, struct buf *line, const json_t *finding)
{
	const json_t *complete = json_member(finding, "complete");
	size_t gaps = json_array_size(json_member(complete, "gaps"));

	if (json_member_text(finding, "remediation").len > 0) {
		buf_add(line, STR("\nWhat to do: "));
		add_member(line, finding, "remediation");
		(void)put(out, line, 0);
	}
	if (json_member_text(finding, "runbook").len > 0) {
		buf_add(line, STR("\nRunbook: "));
		add_member(line, finding, "runbook");
		(void)put(out, line, 0);
	}
	if (gaps > 0) {
		buf_printf(line, "\nNot complete: %zu gaps in what was read", gaps);
		(void)put(out, line, 0);
	}
	buf_add(line, STR("\nMore: gumshoe show "));
	add_member(line, finding, "id");
	(void)put(out, line, 0);
}

void
note_event(const json_t *finding, struct buf *out)
{
	struct buf line;

	buf_init(&line, 2 * NOTE_MAX);
	buf_add(out, STR(HEAD));
	put_head(out, &line, finding);
	put_advice(out, &line, finding);
	put_list(out, &line, json_member(finding, "causes"), "Suspected causes",
		CAUSES_MAX);
	put_list(out, &line, json_member(finding, "timeline"), "Timeline", ENTRIES_MAX);
	buf_add(out, STR(TAIL));
	buf_fini(&line);
}

static void
add_plain(struct buf *b, struct str s, size_t max)
{
	s = note_cut(s, max);
	for (size_t i = 0; i < s.len; i++)
		buf_add_char(b, is_control(s.ptr[i]) ? ' ' : s.ptr[i]);
}

void
note_line(const json_t *finding, struct buf *out)
{
	const json_t *impact = json_member(finding, "impact");

	add_plain(out, json_member_text(finding, "kind"), ENTRY_MAX);
	buf_add(out, STR(": "));
	add_plain(out, json_member_text(finding, "title"), LINE_MAX_B);
	buf_printf(out, ": %" PRId64 " counted from ", number(finding, "count"));
	add_plain(out, json_member_text(finding, "first_at"), ENTRY_MAX);
	buf_add(out, STR(" to "));
	add_plain(out, json_member_text(finding, "last_at"), ENTRY_MAX);
	if (has_impact(impact)) {
		buf_add(out, STR("; "));
		add_impact(out, impact);
	}
}
