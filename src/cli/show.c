/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe show: one incident, one order, or one pod on its timeline.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/json.h"
#include "cli/commands.h"
#include "cli/draw.h"
#include "cli/place.h"
#include "cli/screen.h"
#include "cli/topics.h"
#include "incident/report.h"

static const struct option_row *const options[] = { &option_conf, &option_store,
	&option_output_tree, &option_tz, &option_color, &option_help, NULL };

static void
print_json(const struct options *o, const json_t *v)
{
	json_dumpf(v, stdout,
		JSON_REAL_PRECISION(12) |
			(o->output == OUTPUT_NDJSON ? JSON_COMPACT : JSON_INDENT(2)));
	fputc('\n', stdout);
}

/* An id may be cut short as long as it names one incident. */
static int
full_id(struct store *s, struct str prefix, struct buf *id)
{
	struct store_query *q = store_incidents(s, (struct str){ 0 });
	struct incident_row row;
	int n = 0;

	while (q != NULL && store_next_incident(q, &row))
		if (str_starts(row.id, prefix)) {
			buf_reset(id);
			buf_add(id, row.id);
			n++;
		}
	if (q != NULL)
		store_query_free(&q);
	return n;
}

/* The one that opened last and that no other has taken in. False: there is none. */
static bool
latest_id(struct store *s, struct buf *id)
{
	struct store_query *q = store_incidents(s, (struct str){ 0 });
	int64_t opened_ns = INT64_MIN;
	struct incident_row row;

	while (q != NULL && store_next_incident(q, &row)) {
		if (str_eq(row.state, STR("superseded")) || row.opened_ns <= opened_ns)
			continue;
		opened_ns = row.opened_ns;
		buf_reset(id);
		buf_add(id, row.id);
	}
	if (q != NULL)
		store_query_free(&q);
	return id->len > 0;
}

/* Where those who were told show it. */
static void
add_links(struct store *s, struct str id, json_t *report)
{
	struct store_query *q = store_links(s, id);
	json_t *list = json_array();
	struct link_row row;

	while (q != NULL && store_next_link(q, &row)) {
		json_t *link = json_object();

		json_object_set_new(link, "destination",
			json_stringn(row.destination.ptr, row.destination.len));
		json_object_set_new(
			link, "kind", json_stringn(row.kind.ptr, row.kind.len));
		json_object_set_new(
			link, "url", json_stringn(row.link.ptr, row.link.len));
		json_array_append_new(list, link);
	}
	if (q != NULL)
		store_query_free(&q);
	if (json_array_size(list) > 0)
		json_object_set(report, "links", list);
	json_decref(list);
}

/* id: whole. */
static int
show_report(struct store *s, const struct options *o, struct str id)
{
	json_t *report = report_incident(s, id);
	struct screen screen;

	if (report == NULL)
		return place_fail("store", -EIO);
	add_links(s, id, report);
	screen_init(&screen, o, stdout);
	if (o->output == OUTPUT_TEXT)
		draw_incident(&screen, report);
	else
		print_json(o, report);
	json_decref(report);
	return 0;
}

static int
show_incident(struct store *s, const struct options *o, struct str arg)
{
	int n, status = EXIT_UNAVAILABLE;
	struct buf id;

	buf_init(&id, 64);
	n = full_id(s, arg, &id);
	if (n == 1)
		status = show_report(s, o, buf_str(&id));
	else
		fprintf(stderr,
			n > 1 ? "gumshoe show: %.*s fits %d incidents\n"
			      : "gumshoe show: no incident %.*s; see: gumshoe incidents\n",
			STR_ARG(arg), n);
	buf_fini(&id);
	return status;
}

static int
show_latest(struct store *s, const struct options *o)
{
	int status = EXIT_UNAVAILABLE;
	struct buf id;

	buf_init(&id, 64);
	if (latest_id(s, &id))
		status = show_report(s, o, buf_str(&id));
	else
		fputs("gumshoe show: no incidents\n", stderr);
	buf_fini(&id);
	return status;
}

static json_t *
entity_entries(struct store *s, struct str kind, struct str id)
{
	struct store_query *q = store_entity_entries(s, kind, id);
	struct entry_row e;
	json_t *entries = json_array();

	while (q != NULL && store_next_entry(q, &e))
		json_array_append_new(entries, report_entry(&e));
	if (q != NULL)
		store_query_free(&q);
	return entries;
}

static int
show_entity(struct store *s, const struct options *o, struct str kind, struct str id)
{
	json_t *entries = entity_entries(s, kind, id);
	json_t *complete = report_complete(s);
	struct screen screen;
	int status = 0;

	screen_init(&screen, o, stdout);
	if (json_array_size(entries) == 0) {
		fprintf(stderr, "gumshoe show: nothing is known of %.*s %.*s\n",
			STR_ARG(kind), STR_ARG(id));
		if (str_eq(kind, STR("pod")) && str_find_char(id, '/') == SIZE_MAX)
			fputs("a pod is named with its namespace: pod:NAMESPACE/NAME\n",
				stderr);
		status = EXIT_UNAVAILABLE;
	} else if (o->output == OUTPUT_TEXT) {
		fprintf(stdout, "%.*s ", STR_ARG(kind));
		screen_text(&screen, SHADE_BOLD, id, screen.width - 8);
		fputs("\n\n", stdout);
		draw_timeline(&screen, entries, TIME_NONE);
		draw_complete(&screen, complete);
	} else {
		json_t *all = json_pack("{s:s%, s:s%, s:O, s:O}", "entity", kind.ptr,
			kind.len, "id", id.ptr, id.len, "timeline", entries, "complete",
			complete);

		print_json(o, all);
		json_decref(all);
	}
	json_decref(entries);
	json_decref(complete);
	return status;
}

static int
show_any(struct store *s, const struct options *o, struct str rest)
{
	struct str kind = str_cut(&rest, ':');

	return rest.len == 0 ? show_incident(s, o, kind) : show_entity(s, o, kind, rest);
}

static int
run(const struct options *o)
{
	struct store *s = NULL;
	int status;

	if (o->n_args > 1) {
		fputs("gumshoe show: name one: INCIDENT, order:ID or pod:NAMESPACE/NAME\n",
			stderr);
		return EXIT_USAGE_ERROR;
	}
	status = place_store(o, &s);
	if (status != 0)
		return status;
	status = o->n_args == 0 ? show_latest(s, o) : show_any(s, o, str_z(o->args_z[0]));
	store_close(&s);
	return status;
}

static const struct example examples[] = { { "What broke last", "gumshoe show" },
	{ "An incident by the start of its id", "gumshoe show 5f0c" },
	{ "Everything known of an order", "gumshoe show order:6900953ac1f4320001b50703" },
	{ "The life of a pod", "gumshoe show pod:sock-shop/front-end-5db94cdb6b-xkxpf" },
	{ 0 } };

static const struct topic exits[] = { { "0", "it was shown" }, EXIT_ROW_USAGE,
	EXIT_ROW_UNAVAILABLE, EXIT_ROW_IO, { 0 } };

static const struct topic files[] = { FILE_ROW_STORE, { 0 } };

static const struct topic environment[] = { ENV_ROW_STATE, ENV_ROW_COLOR, ENV_ROW_COLUMNS,
	{ 0 } };

const struct command command_show = { .name_z = "show",
	.args_z = "[INCIDENT|order:ID|pod:NAMESPACE/NAME]",
	.brief_z = "draw the timeline of one incident, one order or one pod",
	.text_z =
		"Without an argument it is the incident that opened last. An incident's id may be "
		"cut short. Equal entries in a row are folded (x19).",
	.more_z =
		"A line of the timeline is: time, time since the first entry, a bar whose mark "
		"is the entry's place in the whole, the rule, the pod (above the timeline if it "
		"is the same for all), and the first line that matched. A filled mark is a "
		"serious one. A narrow window has no bar.",
	.examples = examples,
	.exits = exits,
	.files = files,
	.environment = environment,
	.see_z = "scan incidents reconcile",
	.options = options,
	.run = run };
