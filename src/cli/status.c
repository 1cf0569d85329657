/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gumshoe status: what the running daemon says of itself.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/http.h"
#include "base/json.h"
#include "cli/commands.h"
#include "cli/screen.h"
#include "cli/topics.h"

#define DEFAULT_ADDRESS "unix:/run/gumshoe/status.sock"
#define REPLY_MAX       ((size_t)16 << 20)
#define TIMEOUT_NS      (5 * TIME_S)
#define ROWS_SHOWN      ((size_t)20) /* of sources and rules, unless --all */

static const struct option_row *const options[] = { &option_address, &option_output_tree,
	&option_all_rows, &option_tz, &option_color, &option_help, NULL };

static int
not_there(const char *address_z, const char *why_z)
{
	fprintf(stderr,
		"gumshoe: nobody answers at %s: %s\n"
		"is it running?  systemctl status gumshoe\n",
		address_z, why_z);
	return EXIT_UNAVAILABLE;
}

/* 0 or an exit code after a message that says more than a failed connection does. */
static int
look_for(const char *address_z)
{
	struct str address = str_z(address_z);

	if (str_starts(address, STR("unix:")))
		return access(address_z + strlen("unix:"), R_OK | W_OK) == 0
			       ? 0
			       : not_there(address_z, strerror(errno));
	if (str_find_char(address, ':') != SIZE_MAX)
		return 0;
	fprintf(stderr,
		"gumshoe status: --address: \"%s\" is not unix:PATH or HOST:PORT\n",
		address_z);
	return EXIT_USAGE_ERROR;
}

/* The document of the daemon at address; the caller's. NULL after a message. */
static json_t *
ask(const char *address_z, int *status)
{
	struct http *h = http_new();
	struct http_request req = { .method_z = "GET",
		.url_z = "http://localhost/status",
		.timeout_ns = TIMEOUT_NS,
		.max_reply = REPLY_MAX };
	struct http_reply reply = { 0 };
	struct buf url;
	json_t *doc = NULL;
	size_t used;

	buf_init(&url, 1024);
	if (strncmp(address_z, "unix:", 5) == 0) {
		req.unix_z = address_z + 5;
	} else {
		buf_printf(&url, "http://%s/status", address_z);
		req.url_z = buf_z(&url);
	}
	if (h == NULL || req.url_z == NULL)
		*status = not_there(address_z, strerror(ENOMEM));
	else if (http_do(h, &req, &reply) != 0)
		*status = not_there(address_z, reply.error);
	else if (reply.status != 200)
		*status = not_there(address_z,
			reply.status == 503 ? "its engine is stuck" : "not a gumshoe");
	else if (json_read(buf_str(&reply.body), &doc, &used) != JSON_OK)
		*status = not_there(address_z, "the reply is no JSON");
	buf_fini(&url);
	http_free(&h);
	return doc;
}

static int64_t
number(const json_t *obj, const char *path_z)
{
	return json_i64(json_at(obj, str_z(path_z)), 0);
}

static struct str
text(const json_t *obj, const char *path_z)
{
	return json_text(json_at(obj, str_z(path_z)));
}

/* "3.2 MiB" */
static void
add_bytes(struct buf *b, int64_t n)
{
	static const char units[] = "KMGTP";
	double v = (double)n;
	size_t unit = 0;

	if (n < 1024) {
		buf_printf(b, "%" PRId64 " B", n);
		return;
	}
	for (v /= 1024; v >= 1024 && unit + 2 < sizeof(units); unit++)
		v /= 1024;
	buf_printf(b, "%.1f %ciB", v, units[unit]);
}

static void
print_time(const struct screen *s, struct str at)
{
	struct buf b;

	buf_init(&b, 64);
	if (at.len > 0)
		screen_time(s, &b, at, true);
	screen_text(s, SHADE_DIM, at.len > 0 ? buf_str(&b) : STR("-"), 20);
	buf_fini(&b);
}

static void
print_head(const struct screen *s, const json_t *doc)
{
	const json_t *reasons = json_member(doc, "not_ready");
	bool ready = json_is_true(json_member(doc, "ready"));
	struct buf b;
	size_t i;
	const json_t *r;

	buf_init(&b, 256);
	time_format_duration(&b, number(doc, "uptime_s") * TIME_S);
	screen_text(s, ready ? SHADE_GREEN : SHADE_RED, text(doc, "state"), 20);
	fprintf(s->out, ", up %.*s, rules generation %" PRId64 "\n", STR_ARG(buf_str(&b)),
		number(doc, "rules.generation"));
	json_array_foreach(reasons, i, r)
	{
		fputs("  ", s->out);
		screen_text(s, SHADE_RED, json_text(r), s->width);
		fputc('\n', s->out);
	}
	if (text(doc, "rules.error").len > 0) {
		fputs("  the last reload failed: ", s->out);
		screen_text(s, SHADE_RED, text(doc, "rules.error"), 400);
		fputc('\n', s->out);
	}
	fputs("settled up to  ", s->out);
	print_time(s, text(doc, "time.watermark"));
	fputc('\n', s->out);
	buf_reset(&b);
	add_bytes(&b, number(doc, "read.lag_bytes"));
	fprintf(s->out, "behind by      %.*s\n", STR_ARG(buf_str(&b)));
	buf_fini(&b);
}

static bool
is_bad(const json_t *source)
{
	struct str state = text(source, "state");

	return !str_eq(state, STR("reading")) && !str_eq(state, STR("idle"));
}

struct ranked {
	json_t *row;
	int64_t weight;
	size_t place;
};

/* The heaviest first, equals as they were. */
static int
by_weight(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return x->place < y->place ? -1 : 1;
}

/* The same rows, those worth a look first: the others may be cut off. A new reference. */
static json_t *
rank(const json_t *list, int64_t (*weight)(const json_t *row))
{
	size_t n = json_array_size(list);
	struct ranked *all = calloc(n + 1, sizeof(*all));
	json_t *out = json_array();

	for (size_t i = 0; all != NULL && i < n; i++) {
		json_t *row = json_array_get(list, i);

		all[i] = (struct ranked){ row, weight(row), i };
	}
	if (all != NULL)
		qsort(all, n, sizeof(*all), by_weight);
	for (size_t i = 0; all != NULL && i < n; i++)
		(void)json_array_append(out, all[i].row);
	free(all);
	return out;
}

static int64_t
source_weight(const json_t *row)
{
	return is_bad(row) ? INT64_MAX : number(row, "lag_bytes");
}

static int64_t
rule_weight(const json_t *row)
{
	return json_is_true(json_member(row, "off")) ? INT64_MAX : number(row, "matches");
}

static void
print_source_head(const struct screen *s, size_t name_width)
{
	fputs("  ", s->out);
	screen_cell(s, SHADE_DIM, STR("SOURCE"), name_width + 1);
	screen_cell(s, SHADE_DIM, STR("STATE"), 10);
	screen_cell(s, SHADE_DIM, STR("BEHIND"), 11);
	screen_text(s, SHADE_DIM, STR("LAST RECORD"), 20);
	fputc('\n', s->out);
}

/* Takes the last part of a path off, with its slash. */
static struct str
last_part(struct str *path)
{
	size_t slash = str_rfind_char(*path, '/');
	size_t from = slash == SIZE_MAX ? 0 : slash + 1;
	struct str part = str_sub(*path, from, path->len);

	*path = str_sub(*path, 0, slash == SIZE_MAX ? 0 : slash);
	return part;
}

/* A pod's log as NAMESPACE/POD/CONTAINER/N.log: its UID and where pods are say nothing.
 */
static void
add_source(struct buf *b, struct str path)
{
	struct str rest = path;
	struct str file = last_part(&rest), container = last_part(&rest);
	struct str pod = last_part(&rest), namespace = str_cut(&pod, '_');
	struct str name = str_cut(&pod, '_');

	if (pod.len == 0)
		buf_add(b, path);
	else
		buf_printf(b, "%.*s/%.*s/%.*s/%.*s", STR_ARG(namespace), STR_ARG(name),
			STR_ARG(container), STR_ARG(file));
}

static void
print_sources(const struct screen *s, const json_t *doc, size_t max)
{
	json_t *list = rank(json_member(doc, "sources"), source_weight);
	size_t n = json_array_size(list);
	size_t name_width = s->width > 70 ? s->width - 44 : 26;
	struct buf b;

	fprintf(s->out, "\nsources (%zu)\n", n);
	if (n > 0)
		print_source_head(s, name_width);
	buf_init(&b, 8192);
	for (size_t i = 0; i < n && i < max; i++) {
		const json_t *row = json_array_get(list, i);

		fputs("  ", s->out);
		buf_reset(&b);
		add_source(&b, text(row, "name"));
		screen_path(s, SHADE_NONE, buf_str(&b), name_width);
		fputc(' ', s->out);
		screen_cell(
			s, is_bad(row) ? SHADE_RED : SHADE_NONE, text(row, "state"), 10);
		buf_reset(&b);
		add_bytes(&b, number(row, "lag_bytes"));
		screen_cell(s, SHADE_NONE, buf_str(&b), 11);
		print_time(s, text(row, "last_record_at"));
		if (text(row, "error").len > 0)
			fputc(' ', s->out);
		screen_text(s, SHADE_RED, text(row, "error"), 200);
		fputc('\n', s->out);
	}
	buf_fini(&b);
	if (n > max)
		fprintf(s->out, "  and %zu more (--all)\n", n - max);
	json_decref(list);
}

/* The columns of the smaller tables. */
struct column {
	const char *path_z;
	const char *head_z;
	size_t width;
};

/* text, and blanks up to the next column unless it is the last. */
static void
print_cell(const struct screen *s, enum shade shade, struct str text, size_t width,
	bool last)
{
	if (last) {
		screen_text(s, shade, text, width);
		fputc('\n', s->out);
	} else {
		screen_cell(s, shade, text, width);
		fputc(' ', s->out);
	}
}

static void
print_value(const struct screen *s, const json_t *row, const struct column *c, bool last)
{
	const json_t *v = json_at(row, str_z(c->path_z));
	struct buf b;
	bool bad;

	buf_init(&b, (size_t)1 << 16);
	if (!json_scalar(v, &b))
		buf_add_char(&b, '-');
	bad = strcmp(c->path_z, "state") == 0 && !str_eq(buf_str(&b), STR("up"));
	print_cell(s, bad ? SHADE_RED : SHADE_NONE, buf_str(&b), c->width, last);
	buf_fini(&b);
}

static void
print_table(const struct screen *s, const json_t *list, const char *title_z,
	const struct column *c, size_t n_columns, size_t max)
{
	size_t n = json_array_size(list);

	if (n == 0)
		return;
	fprintf(s->out, "\n%s\n  ", title_z);
	for (size_t k = 0; k < n_columns; k++)
		print_cell(
			s, SHADE_DIM, str_z(c[k].head_z), c[k].width, k + 1 == n_columns);
	for (size_t i = 0; i < n && i < max; i++) {
		fputs("  ", s->out);
		for (size_t k = 0; k < n_columns; k++)
			print_value(
				s, json_array_get(list, i), &c[k], k + 1 == n_columns);
	}
	if (n > max)
		fprintf(s->out, "  and %zu more (--all)\n", n - max);
}

/* Those that happened; none is good news that is worth a line. A new reference. */
static json_t *
only_losses(const json_t *all)
{
	json_t *out = json_array();
	size_t i;
	json_t *row;

	json_array_foreach(all, i, row)
	{
		if (number(row, "n") > 0)
			(void)json_array_append(out, row);
	}
	return out;
}

static void
print_losses(const struct screen *s, const json_t *doc, bool all)
{
	static const struct column columns[] = { { "reason", "REASON", 32 },
		{ "n", "COUNT", 12 } };
	const json_t *losses = json_member(doc, "losses");
	json_t *some = only_losses(losses);

	if (!all && json_array_size(some) == 0)
		fputs("\nlost: nothing\n", s->out);
	else
		print_table(s, all ? losses : some, "lost", columns, ARRAY_LEN(columns),
			SIZE_MAX);
	json_decref(some);
}

static void
print_text(const json_t *doc, const struct options *o)
{
	static const struct column rules[] = { { "rule", "RULE", 32 },
		{ "matches", "MATCHES", 12 }, { "records", "RECORDS ASKED", 14 },
		{ "slow_steps", "SLOW STEPS", 12 }, { "off", "OFF", 6 } };
	static const struct column open[] = { { "rule", "RULE", 32 },
		{ "level", "LEVEL", 12 }, { "n", "OPEN", 8 } };
	static const struct column outbox[] = { { "destination", "DESTINATION", 20 },
		{ "state", "STATE", 10 }, { "waiting", "WAITING", 8 },
		{ "sent", "SENT", 10 }, { "muted", "MUTED", 8 },
		{ "failed", "FAILED", 8 }, { "rejected", "REJECTED", 8 },
		{ "stuck", "STUCK", 8 }, { "dropped", "DROPPED", 8 },
		{ "oldest_s", "OLDEST S", 8 }, { "error", "LAST ERROR", 200 } };
	static const struct column limits[] = { { "table", "TABLE", 24 },
		{ "now", "NOW", 12 }, { "limit", "LIMIT", 12 } };
	size_t max = o->all ? SIZE_MAX : ROWS_SHOWN;
	json_t *ranked = rank(json_at(doc, STR("rules.rows")), rule_weight);
	struct screen s;

	screen_init(&s, o, stdout);
	print_head(&s, doc);
	print_sources(&s, doc, max);
	print_table(&s, json_at(doc, STR("incidents.open")), "open incidents", open,
		ARRAY_LEN(open), max);
	print_table(
		&s, json_member(doc, "outbox"), "outbox", outbox, ARRAY_LEN(outbox), max);
	print_table(&s, ranked, "rules", rules, ARRAY_LEN(rules), max);
	json_decref(ranked);
	print_losses(&s, doc, o->all);
	print_table(&s, json_member(doc, "limits"), "tables", limits, ARRAY_LEN(limits),
		SIZE_MAX);
}

static int
run(const struct options *o)
{
	const char *address_z = o->address_z != NULL ? o->address_z : DEFAULT_ADDRESS;
	int status = look_for(address_z);
	json_t *doc = status == 0 ? ask(address_z, &status) : NULL;

	if (doc == NULL)
		return status;
	if (o->output == OUTPUT_JSON || o->output == OUTPUT_NDJSON) {
		json_dumpf(doc, stdout,
			o->output == OUTPUT_JSON
				? JSON_INDENT(1) | JSON_REAL_PRECISION(12)
				: JSON_COMPACT | JSON_REAL_PRECISION(12));
		fputc('\n', stdout);
	} else {
		print_text(doc, o);
	}
	status = json_is_true(json_member(doc, "ready")) ? 0 : EXIT_FOUND;
	json_decref(doc);
	return status;
}

static const struct example examples[] = { { "Is it well, and what is it behind on?",
						   "gumshoe status" },
	{ "The same for a program", "gumshoe status -o json" }, { 0 } };

static const struct topic exits[] = { { "0", "it is ready" },
	{ "1", "it is not, and says why" }, EXIT_ROW_USAGE, { "69", "nobody answers" },
	{ 0 } };

const struct command command_status = { .name_z = "status",
	.args_z = "",
	.brief_z = "what the running daemon does: sources, lag, losses, outbox",
	.text_z =
		"Asks the daemon that `gumshoe run` started, over its socket. What it was "
		"reading, how far it is behind, which incidents are open, what waits to be "
		"sent, and what was lost, by reason.",
	.examples = examples,
	.exits = exits,
	.options = options,
	.run = run };
